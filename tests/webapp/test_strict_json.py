"""JSON that browsers send: what no page sends and no database takes is refused at the door."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from webapp import strict_json
from webapp.strict_json import DEEPEST, StrictJsonError, is_code, read


@pytest.mark.parametrize(
    "text",
    [
        "NaN", "[Infinity]", '{"a": -Infinity}', "1e400", "[-1e999]", "1" * 400, "-" + "9" * 19,
        r'"\u0000"', r'{"\u0000": 1}', r'"\ud800"', r'["x\udfffy"]', r'{"\udead": 1}',
        "[" * (DEEPEST + 2) + "]" * (DEEPEST + 2), "[" * 60_000, "", "{", '{"a" 1}',
    ],
)  # fmt: skip
def test_what_no_page_sends_is_refused(text):
    with pytest.raises(StrictJsonError):
        read(text.encode())


@pytest.mark.parametrize(
    "raw", [b'"\xed\xa0\x80"', b'"\xff"', b'\xff\xfe"\x00a\x00"\x00', b'"\x00"']
)
def test_what_is_no_utf_8_text_is_refused(raw):
    with pytest.raises(StrictJsonError):
        read(raw)


def test_a_pair_of_escapes_that_stands_for_one_letter_is_that_letter():
    assert read(rb'"\ud83d\ude00"') == "\U0001f600"


def test_as_deep_as_allowed_is_read():
    text = "[" * DEEPEST + "]" * DEEPEST
    assert read(text.encode()) == json.loads(text)


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers(-(10**17), 10**17)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]))
)


@given(st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(st.text("ab"), inner)))
def test_what_pages_send_is_read_as_it_is(value):
    assert read(json.dumps(value).encode()) == value
    assert read(json.dumps(value, ensure_ascii=False).encode()) == value


def test_a_code_is_short_and_sound():
    assert is_code("P-1")
    assert is_code("路" * strict_json.LONGEST_CODE)
    assert not any(map(is_code, ["", "x" * 81, "P\x00", "P\ud800"]))
