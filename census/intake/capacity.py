"""How many people a shelter holds: read from its text, else derived from its floor area."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from census.intake.parsing import DASH, MORE, Parsed, tidy

_NUMBER = r"\d{1,3}(?:[,.]\d{3})+(?!\d)|\d+"
# Words for people in the languages of the deliveries seen; "0rang" has a zero for the letter o.
_PEOPLE = r"(?:[o0]rang|jiwa|people|persons|人|名)"
_LESS = r"(?:kurang dari|less than|at most|up to|小于|少于|不超过|至多|[<≤]=?)"
_ABOUT = r"(?:sekitar|kira-kira|about|approx\.?|大约|约|約|近|将近|~)"
_INDOOR = re.compile(
    rf"(?:屋内|室内)\s*[::]?\s*({_NUMBER})\s*[人名]?\s*[/,、;和及]?\s*"
    rf"(?:屋外|室外)\s*[::]?\s*({_NUMBER})\s*[人名]?"
)
# What is said in front of the number, or in brackets behind it, about how it was reckoned.
_BEFORE = re.compile(
    r"^(?:可?容纳(?:人数)?|可安置|収容(?:可能)?人数|想定収容人数|capacity|kapasitas)\s*[::]?\s*(?=\S)",
    re.IGNORECASE,
)
_REMARK = re.compile(r"\s*\(([^()]*[^()\d][^()]*)\)$")
_TEN_THOUSAND = re.compile(r"(\d+(?:\.\d{1,4})?)\s*万")


def read_capacity(value: object) -> Parsed:
    """
    Read how many people a shelter holds.

    A plain number, or a number with a word for people, is the capacity. ``more than 300``,
    ``>300`` and ``500 - 1000`` give a lower bound, which is used. ``<300`` gives only an upper
    bound. Where indoor and outdoor people are given (屋内, 屋外) the indoor people count. Doors,
    beds, class rooms, words and addresses are no capacity.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Parsed
        People as int; None where the text gives no capacity (``at_most`` may then hold a bound).

    Examples
    --------
    >>> [read_capacity(text).value for text in ("300", "200 0rang", ">1000", "500 - 1000", "Besar")]
    [300, 200, 1000, 500, None]
    >>> read_capacity("<300").at_most
    300
    """
    text = _BEFORE.sub("", tidy(value))
    if not text:
        return Parsed(None)
    remark = _REMARK.search(text)
    if remark and not re.fullmatch(_PEOPLE, remark[1], re.IGNORECASE):
        return _remarked(text, read_capacity(text[: remark.start()]), remark[1])
    text = _REMARK.sub(r" \1", text)
    if _TEN_THOUSAND.search(text):
        return _in_ten_thousands(text)
    match = re.fullmatch(rf"({_NUMBER})(?:\.0+)?\s*({_PEOPLE})?", text, re.IGNORECASE)
    if match:
        return _counted(text, match[1], match[2] or "")
    for reader in (_bounded, _indoor):
        parsed = reader(text)
        if parsed is not None:
            return parsed
    return Parsed(None, "warning", f"{text!r} is no number of people", f"“{text}”不是人数")


def _remarked(text: str, parsed: Parsed, remark: str) -> Parsed:
    """Say with a number what stands in brackets behind it: how it was reckoned, no factor."""
    if parsed.value is None:
        return parsed
    en = parsed.en or f"{text!r} read as {parsed.value} people"
    zh = parsed.zh or f"“{text}”读作{parsed.value}人"
    return Parsed(
        parsed.value, "repair", f"{en}; the remark ({remark}) is no factor",
        f"{zh}；括号中的“{remark}”是说明，不再折算",
    )  # fmt: skip


def _in_ten_thousands(text: str) -> Parsed:
    parsed = read_capacity(_TEN_THOUSAND.sub(_written_out, text))
    if parsed.value is None or parsed.level is not None:
        return parsed
    return Parsed(
        parsed.value, "repair", f"{text!r} read as {parsed.value} people",
        f"“{text}”读作{parsed.value}人",
    )  # fmt: skip


def _written_out(match: re.Match[str]) -> str:
    return str(round(float(match[1]) * 10_000))


def _people(digits: str) -> int:
    return int(re.sub(r"[,.]", "", digits))


def _counted(text: str, digits: str, word: str) -> Parsed:
    people = _people(digits)
    if "0rang" in word.casefold() or "." in digits:
        return Parsed(
            people, "repair", f"{text!r} read as {people} people", f"“{text}”读作{people}人"
        )
    return Parsed(people)


def _bounded(text: str) -> Parsed | None:
    end = rf"\s*{_PEOPLE}?"
    number = rf"({_NUMBER})"
    patterns = (
        rf"{MORE}\s*{number}{end}(?:以上)?|"
        rf"{number}\s*(?:余|多)\s*{_PEOPLE}?|"
        rf"{number}\s*{_PEOPLE}?(?:\+|以上|余|多)|"
        rf"{number}{end}{DASH}{number}{end}"
    )
    match = re.fullmatch(patterns, text, re.IGNORECASE)
    if match:
        people = min(_people(group) for group in match.groups() if group)
        return Parsed(
            people,
            "repair",
            f"{text!r} gives a lower bound: {people} people used",
            f"“{text}”只给出下限：按{people}人计",
        )
    about = rf"{_ABOUT}\s*{number}{end}(?:左右)?|{number}{end}(?:左右|上下|程度|前後)"
    match = re.fullmatch(about, text, re.IGNORECASE)
    if match:
        people = _people(next(group for group in match.groups() if group))
        return Parsed(
            people,
            "repair",
            f"{text!r} is about {people} people",
            f"“{text}”为约数：按{people}人计",
        )
    match = re.fullmatch(rf"{_LESS}\s*{number}{end}|{number}\s*{_PEOPLE}?以下", text, re.IGNORECASE)
    if match:
        people = _people(next(group for group in match.groups() if group))
        return Parsed(
            None,
            "warning",
            f"{text!r} gives only an upper bound of {people} people",
            f"“{text}”只给出上限{people}人",
            at_most=people,
        )
    return None


def _indoor(text: str) -> Parsed | None:
    match = _INDOOR.fullmatch(text)
    if match is None:
        return None
    indoor, outdoor = _people(match[1]), _people(match[2])
    if indoor == 0:
        return Parsed(
            None, "warning", f"{text!r} has no room indoors: {outdoor} outdoors are not counted",
            f"“{text}”没有屋内容量：屋外{outdoor}人不计",
        )  # fmt: skip
    return Parsed(
        indoor,
        "repair",
        f"{indoor} people indoors used; {outdoor} outdoors not counted",
        f"按屋内{indoor}人计；屋外{outdoor}人不计",
    )


@dataclass(frozen=True)
class Capacity:
    """
    How many people a shelter holds and where the figure comes from.

    Attributes
    ----------
    people
        Capacity in people; None where nothing gives one.
    source
        ``declared``, ``derived`` or ``unknown``.
    en
        How the figure came about, in English.
    zh
        The same in Chinese.
    """

    people: int | None
    source: str
    en: str
    zh: str


def settle_capacity(
    parsed: Parsed, *, footprint_m2: float | None, levels: float | None, rule: Mapping[str, Any]
) -> Capacity:
    """
    Settle a shelter's capacity: the declared one, else one derived from its floor area.

    Derived: footprint x levels x usable share / m2 per person, rounded down. Unknown levels count
    as the rule's ``levels_assumed``. An upper bound in the text caps the derived figure. Without a
    footprint nothing can be derived and the capacity is unknown.

    Parameters
    ----------
    parsed
        What :func:`read_capacity` made of the text.
    footprint_m2
        Footprint in square metres; None for a shelter delivered as a point.
    levels
        Levels; None where unknown.
    rule
        Row of ``shelter_rules.toml``: ``usable_share``, ``m2_per_person``, ``levels_assumed``,
        ``status``.

    Returns
    -------
    Capacity
        People, source and the sentence that says how.

    Examples
    --------
    >>> rule = {"usable_share": 0.5, "m2_per_person": 2.0, "levels_assumed": 1, "status": "待核"}
    >>> settle_capacity(Parsed(None), footprint_m2=400.0, levels=2.0, rule=rule).people
    200
    """
    if parsed.value is not None:
        return Capacity(int(parsed.value), "declared", parsed.en, parsed.zh)
    if footprint_m2 is None:
        return Capacity(
            None,
            "unknown",
            _joined(parsed.en, "no footprint to derive it from"),
            _joined(parsed.zh, "没有占地面积，无法推算", sign="；"),
        )
    floors = levels if levels is not None else float(rule["levels_assumed"])
    share, per_person = float(rule["usable_share"]), float(rule["m2_per_person"])
    people = int(footprint_m2 * floors * share / per_person)
    assumed_en = "" if levels is not None else " (assumed)"
    assumed_zh = "" if levels is not None else "（假定）"
    en = (
        f"{footprint_m2:,.0f} m2 x {floors:g} levels{assumed_en} x {share:g} usable / "
        f"{per_person:g} m2 per person [{rule['status']}]"
    )
    zh = (
        f"占地{footprint_m2:,.0f}平方米×{floors:g}层{assumed_zh}×可用比例{share:g}÷"
        f"人均{per_person:g}平方米（{rule['status']}）"
    )
    if parsed.at_most is not None and people > parsed.at_most:
        people = parsed.at_most
        en, zh = f"{en}, capped at {people}", f"{zh}，不超过{people}"
    return Capacity(people, "derived", _joined(parsed.en, en), _joined(parsed.zh, zh, sign="；"))


def _joined(first: str, second: str, *, sign: str = "; ") -> str:
    return f"{first}{sign}{second}" if first else second
