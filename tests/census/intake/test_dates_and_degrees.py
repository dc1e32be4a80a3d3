"""Dates, times and coordinates in the spellings of bureaus: round trips, and questions."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from census.intake.capacity import read_capacity
from census.intake.dates import read_date, read_time
from census.intake.degrees import read_coordinate
from census.intake.parsing import read_yes_no

FIGURES = str.maketrans("0123456789", "〇一二三四五六七八九")


def in_words(number):
    """Write a number below 100 as Chinese dates do: 21 is 二十一."""
    tens, ones = divmod(number, 10)
    head = "" if not tens else ("十" if tens == 1 else f"{str(tens).translate(FIGURES)}十")
    return head + (str(ones).translate(FIGURES) if ones or not tens else "")


def wide(text):
    return "".join(chr(ord(sign) + 0xFEE0) if "!" <= sign <= "~" else sign for sign in text)


SPELLINGS = (
    lambda day: day.isoformat(),
    lambda day: f"{day:%Y%m%d}",
    lambda day: f"{day.year}.{day.month}.{day.day}",
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: wide(f"{day.year}年{day.month}月{day.day}日"),
    lambda day: f"{str(day.year).translate(FIGURES)}年{in_words(day.month)}月{in_words(day.day)}日",
    lambda day: (day - dt.date(1899, 12, 30)).days,
    lambda day: float((day - dt.date(1899, 12, 30)).days) + 0.25,
    lambda day: (
        f"{day:%d} {'JanFebMarAprMayJunJulAugSepOctNovDec'[3 * day.month - 3 :][:3]} {day.year}"
    ),
    lambda day: f"令和{day.year - 2018}年{day.month}月{day.day}日",
    lambda day: dt.datetime.combine(day, dt.time(0)),
    lambda day: f"{day} 00:00:00",
)


@given(st.dates(dt.date(2019, 5, 1), dt.date(2100, 12, 31)), st.sampled_from(SPELLINGS))
def test_a_day_is_the_same_day_in_every_spelling(day, spelling):
    assert read_date(spelling(day)).value == day


@given(st.dates(dt.date(1990, 1, 1), dt.date(2100, 12, 31)), st.sampled_from("/-."))
def test_a_date_that_ends_with_its_year_is_read_or_is_a_question(day, sign):
    american = f"{day.month:02d}{sign}{day.day:02d}{sign}{day.year}"
    parsed = read_date(american)
    if parsed.value is None:
        assert parsed.level == "error"
        assert str(day) in parsed.en
    else:
        assert parsed.value == day


@pytest.mark.parametrize(
    "text", ["2024-02-30", "2024年6月", "2024", "24年6月1日", "6月1日", "soon", "3", "99999"]
)
def test_what_is_no_day_is_an_error(text):
    assert read_date(text).level == "error"


def test_a_time_behind_a_date_is_told_to_be_left_out():
    parsed = read_date("2024年6月1日8时30分")
    assert (parsed.value, parsed.level) == (dt.date(2024, 6, 1), "repair")
    assert "not the time" in parsed.en


CLOCKS = (
    lambda clock: clock,
    lambda clock: f"{clock:%H:%M}",
    lambda clock: f"{clock:%H%M}",
    lambda clock: f"{clock.hour}时{clock.minute}分",
    lambda clock: round((clock.hour * 60 + clock.minute) / 1440, 6),
    lambda clock: f"{'下午' if clock.hour > 11 else '上午'}{(clock.hour - 1) % 12 + 1}:{clock:%M}",
    lambda clock: f"{(clock.hour - 1) % 12 + 1}:{clock:%M} {'PM' if clock.hour > 11 else 'AM'}",
)


@given(st.integers(0, 23), st.integers(0, 59), st.sampled_from(CLOCKS))
def test_a_time_of_day_is_the_same_in_every_spelling(hour, minute, spelling):
    clock = dt.time(hour, minute)
    assert read_time(spelling(clock)).value == clock


DMS = (
    "{d}°{m}\u2032{s}″E", "{d}-{m}-{s}", "{d}度{m}分{s}秒", "东经{d}°{m}\u2032{s}″",
    "E{d}°{m}'{s}\"",
    "{d} {m} {s}", "{d}:{m}:{s}", "{d}°{m}\u2032{s}″ BT", "{d}º{m}'{s}''", "東経{d}度{m}分{s}秒",
)  # fmt: skip


@given(
    st.integers(100, 179), st.integers(0, 59), st.integers(0, 599), st.sampled_from(DMS),
    st.booleans(),
)  # fmt: skip
def test_degrees_minutes_and_seconds_come_back_in_every_spelling(
    degrees, minutes, tenths, spelling, is_wide
):
    text = spelling.format(d=degrees, m=f"{minutes:02d}", s=f"{tenths // 10:02d}.{tenths % 10}")
    read = read_coordinate(wide(text) if is_wide else text, "longitude")
    assert read.value == pytest.approx(degrees + minutes / 60 + tenths / 36000, abs=1e-8)
    assert read.level == "repair"


@given(st.integers(100, 179), st.integers(0, 59), st.integers(0, 59))
def test_seven_figures_are_sixtieths_only_where_they_can_be_nothing_else(degrees, minutes, seconds):
    text = f"{degrees}{minutes:02d}{seconds:02d}"
    read = read_coordinate(text, "longitude")
    assert read.value == pytest.approx(degrees + minutes / 60 + seconds / 3600, abs=1e-8)
    assert read_coordinate(text).value == float(text)


@pytest.mark.parametrize(
    ("text", "axis", "word"),
    [
        ("121°70\u203200″", "longitude", "60 or more"),
        ("32°10\u2032N", "longitude", "is a latitude"),
        ("E121°10\u2032", "latitude", "is a longitude"),
        ("Main Street", "longitude", "is no coordinate"),
    ],
)
def test_a_coordinate_that_cannot_be_is_told_why(text, axis, word):
    parsed = read_coordinate(text, axis)
    assert parsed.level == "error"
    assert word in parsed.en


@pytest.mark.parametrize(
    ("text", "degrees"),
    [
        ("6°12\u203236″S", -6.21),
        ("6°12'36\" LS", -6.21),
        ("W75°30\u2032", -75.5),
        ("-6°12\u203236″", -6.21),
    ],
)
def test_south_and_west_are_negative(text, degrees):
    assert read_coordinate(text).value == pytest.approx(degrees)


@pytest.mark.parametrize(
    ("mark", "value"),
    [
        ("1", True),
        ("1.0", True),
        ("○", True),
        ("是", True),
        ("", None),
        ("×", False),
        ("不详", None),
    ],
)
def test_a_mark_in_any_hand_is_yes_no_or_unknown(mark, value):
    assert read_yes_no(mark).value is value


@pytest.mark.parametrize(
    ("text", "people", "word"),
    [
        ("屋内1,371人／屋外5,470人（面積の1/2）", 1371, "is no factor"),  # noqa: RUF001
        ("屋内2,736人屋外11,700人（面積の1/2）", 2736, "11700 outdoors not counted"),
        ("室内200人，室外500人", 200, "500 outdoors not counted"),
        ("屋内0人／屋外9,700人", None, "no room indoors"),  # noqa: RUF001
        ("500余人", 500, "a lower bound"),
        ("近500人", 500, "about 500"),
        ("1.2万人", 12000, "read as 12000"),
        ("300（含操场）", 300, "the remark (含操场) is no factor"),
        ("300㎡", None, "no number of people"),
    ],
)
def test_a_capacity_in_words_is_a_number_with_a_note_or_unknown(text, people, word):
    parsed = read_capacity(text)
    assert parsed.value == people
    assert word in parsed.en
