"""Texts in every encoding: read back the same, or asked about; nothing is read in silence."""

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from census.intake.dbf import read_dbf
from census.intake.encodings import known_encoding, preferred, readings
from census.intake.forms import form_named
from census.intake.problems import Source
from census.intake.raw import UnreadableError
from census.intake.reading import read
from census.intake.text_tables import text_rows

PEOPLE = form_named("people")
HANS = [
    "通江街居委会",
    "沿江渔场",
    "海门港新区",
    "悦来镇",
    "三星镇",
    "岸边村",
    "新河社区",
    "滑坡隐患点",
]
HANT = ["臺北市", "信義區", "桃園區", "花蓮縣", "避難收容處所", "土石流潛勢溪流", "鄉鎮公所"]
JA = [
    "米子市",
    "上福原１丁目",
    "もみじ台中学校",
    "御祓地区",
    "コミュニティセンター",
    "洪水",
    "字沢田",
]
EUROPE = ["São Paulo", "Zürich", "Besançon", "Ørsted", "Malmö"]
WORDS = {
    "gb18030": HANS, "cp950": HANT, "cp932": JA, "cp1252": EUROPE,
    "utf-8": HANS + HANT + JA + EUROPE, "utf-16-le": HANS + HANT + JA,
    "utf-16-be": HANS + HANT + JA,
}  # fmt: skip
BENIGN = settings(suppress_health_check=[HealthCheck.function_scoped_fixture])


def table(words):
    return "\n".join(["code,name", *(f"{n},{word}" for n, word in enumerate(words, start=1))])


def read_back(folder, content):
    """The rows of a text table as they are read, with what is said about their encoding."""
    path = Path(folder) / "t.csv"
    path.write_bytes(content)
    problems = []
    rows = text_rows(path, Source("t.csv"), None, problems)
    return rows, [(each.rule, each.level) for each in problems]


@BENIGN
@given(
    st.sampled_from(sorted(WORDS)).flatmap(
        lambda name: st.tuples(
            st.just(name), st.lists(st.sampled_from(WORDS[name]), min_size=1, max_size=6)
        )
    )
)
def test_words_of_a_district_are_read_back_the_same_or_asked_about(tmp_path, drawn):
    encoding, words = drawn
    rows, told = read_back(tmp_path, table(words).encode(encoding))
    if rows is None:
        assert told == [("encoding", "error")]
        return
    assert [row[1] for row in rows[1:]] == words
    if encoding != "utf-8":
        assert told == [("encoding", "warning")]


@BENIGN
@given(
    st.sampled_from(["gb18030", "cp950", "cp932"]),
    st.lists(
        st.text(
            "一丁七万丈三上下不与东両乙九乱亀了事二云亞京人仁山川木日月水火土口田岡島", min_size=1
        ),
        min_size=1,
    ),
)
def test_any_signs_are_read_the_same_or_the_finding_is_told_with_its_readings(
    tmp_path, encoding, words
):
    try:
        content = table(words).encode(encoding)
    except UnicodeEncodeError:
        return
    rows, told = read_back(tmp_path, content)
    right = rows is not None and [row[1] for row in rows[1:]] == words
    assert right or told in ([("encoding", "warning")], [("encoding", "error")])


@pytest.mark.parametrize(("encoding", "words"), sorted(WORDS.items()))
def test_six_words_are_enough_to_tell_an_encoding(tmp_path, encoding, words):
    rows, told = read_back(tmp_path, table(words[:6]).encode(encoding))
    assert [row[1] for row in rows[1:]] == words[:6]
    assert told == ([] if encoding == "utf-8" else [("encoding", "warning")])


def test_two_readings_of_about_the_same_likelihood_are_a_question_with_both(tmp_path):
    # The same bytes are 高雄 in Big5 and 蔼动 in GB18030.
    path = tmp_path / "p.csv"
    path.write_bytes("code,name\n1,高雄\n".encode("cp950"))
    (problem,) = read(path, PEOPLE).problems
    assert (problem.rule, problem.level) == ("encoding", "error")
    assert "Big5 reads '高雄'" in problem.sentence_en
    assert "GB18030 reads '蔼动'" in problem.sentence_en
    assert "--encoding Big5 / --encoding GB18030" in problem.sentence_en
    told = read(path, PEOPLE, encoding="Big5").problems
    assert all(each.rule != "encoding" for each in told)


def dbf(path, texts, width, *, language=0, heading=b"NAME", encoding="gb18030"):
    """A table of one column of texts, byte by byte; a text may be cut by its column."""
    records = b"".join(b" " + text.encode(encoding)[:width].ljust(width) for text in texts)
    head = struct.pack("<B3sIHH16xBB2x", 3, b"\x7c\x01\x01", len(texts), 65, width + 1, 0, language)
    column = struct.pack("<11sc4xBB14x", heading, b"C", width, 0)
    path.write_bytes(head + column + b"\r" + records + b"\x1a")
    return path


def test_half_a_sign_at_the_width_of_a_column_is_left_out_and_told(tmp_path):
    path = dbf(tmp_path / "t.dbf", ["通江街居委会", "悦来镇"], 11)
    own = read_dbf(path, Source("t.dbf"), encoding=None)
    assert list(own.frame["NAME"]) == ["通江街居委", "悦来镇"]
    assert [each.rule for each in own.problems] == ["encoding", "cut_text"]


def test_a_heading_cut_at_ten_bytes_keeps_its_whole_signs(tmp_path):
    heading = "受威胁人口数".encode("gb18030")[:9]
    path = dbf(tmp_path / "t.dbf", ["悦来镇", "三星镇"], 20, heading=heading)
    assert read_dbf(path, Source("t.dbf"), encoding=None).headings == ["受威胁人"]


@pytest.mark.parametrize(
    ("language", "told"), [(0x4D, []), (0x57, ["encoding"]), (0, ["encoding"])]
)
def test_the_language_byte_is_believed_where_it_says_something(tmp_path, language, told):
    path = dbf(tmp_path / "t.dbf", ["悦来镇", "三星镇"], 20, language=language)
    own = read_dbf(path, Source("t.dbf"), encoding=None)
    assert list(own.frame["NAME"]) == ["悦来镇", "三星镇"]
    assert [each.rule for each in own.problems] == told


def test_a_page_that_says_latin_over_chinese_texts_is_a_question(tmp_path):
    path = dbf(tmp_path / "t.dbf", ["悦来镇", "三星镇", "滑坡隐患点"], 20)
    path.with_suffix(".cpg").write_text("ISO-8859-1")
    own = read_dbf(path, Source("t.dbf"), encoding=None)
    assert [each.level for each in own.problems] == ["error"]
    assert "names the encoding ISO-8859-1, which does not fit" in own.problems[0].sentence_en
    path.with_suffix(".cpg").write_text("936")
    own = read_dbf(path, Source("t.dbf"), encoding=None)
    assert (own.problems, next(iter(own.frame["NAME"]))) == ([], "悦来镇")


@pytest.mark.parametrize("size", range(0, 70, 3))
def test_a_table_cut_off_anywhere_is_refused_or_read_up_to_there(tmp_path, size):
    path = dbf(tmp_path / "t.dbf", ["悦来镇"], 20)
    path.write_bytes(path.read_bytes()[:size])
    try:
        own = read_dbf(path, Source("t.dbf"), encoding=None)
    except UnreadableError:
        return
    assert own.frame.empty


def test_a_deleted_record_is_no_row_and_the_others_keep_their_numbers(tmp_path):
    path = dbf(tmp_path / "t.dbf", ["a", "b", "c"], 4)
    content = bytearray(path.read_bytes())
    content[65 + 5] = ord("*")
    path.write_bytes(bytes(content))
    own = read_dbf(path, Source("t.dbf"), encoding=None)
    assert (list(own.frame["NAME"]), list(own.records)) == (["a", "c"], [0, 2])


@pytest.mark.parametrize(
    ("name", "codec"),
    [("GBK", "gb18030"), ("936", "gb18030"), ("ANSI 1252", "cp1252"), ("SJIS", "cp932"),
     ("Big5", "cp950"), ("UTF-8", "utf-8"), ("65001", "utf-8"), ("rot13", None), ("?", None)],
)  # fmt: skip
def test_encodings_are_known_by_the_names_that_people_write(name, codec):
    assert known_encoding(name) == codec


def test_nothing_that_decodes_nothing_is_taken():
    assert preferred(readings([b"\xff\x81\x81"]), None) == (None, False)
