"""Say what to do: one sentence per household group, a small table where a group is split up."""

from collections.abc import Mapping
from itertools import groupby
from typing import Any

from census.store.cards import DemandCard, RouteCard
from geo.vocabulary import UnservedReason
from webapp import theme
from webapp.sheets.column import Block, Section
from webapp.sheets.content import Gap, SheetContent, short_name
from webapp.sheets.marks import circle
from webapp.sheets.sentences import BODY_PT, distance_text, section, sentence, table
from webapp.sheets.warnings import warnings
from webapp.sheets.words import Words

LEAD_PT = 13.0
ROW_PT = 10.5
# A group on more ways than this gets a table: a longer sentence is not read at arm's length.
MOST_WAYS_TOLD = 2
# A route that crosses less water than a step is not worth a warning.
_WET_M = 1.0
# More groups without a place than these are listed, not told.
MOST_GAPS_TOLD = 3
_WIDTHS_MM = [13.0, 39.0, 18.0, 16.0, 18.0]
UNKNOWN = "–"
_KEYS = ["number", "way_shelter", "way_people", "way_minutes", "way_distance"]

Numbered = tuple[int, RouteCard]
Letters = Mapping[str, str]
Sides = tuple[str, str]


def actions(content: SheetContent, words: Words) -> Section:
    """
    Write the totals and one sentence per household group.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    Section
        The sentences, in the order of route numbers, then the groups without a place.
    """
    if content.plan is None or content.demand is None:
        # People may have published a route before there was a plan.
        blocks = [sentence(words, "no_plan", size_pt=LEAD_PT)]
    elif content.village.people is None:
        # No count is not a count of 0: nobody may read here that they can stay.
        blocks = [sentence(words, "people_unknown", size_pt=LEAD_PT)]
    else:
        blocks = [_totals(content.demand, words)]
    blocks[:0] = warnings(content, words)
    demand = content.demand
    if content.village.people is not None and demand is not None and demand.demand_people == 0:
        blocks.append(sentence(words, "no_demand", size_pt=LEAD_PT))
    numbered = list(enumerate(content.routes, start=1))
    for _, group in groupby(numbered, key=lambda pair: pair[1].unit_code):
        blocks.extend(_group(list(group), content, words))
    blocks.extend(_gaps(content.gaps, content.village.name, words))
    return section(words, "actions", blocks)


def _totals(demand: DemandCard, words: Words) -> Block:
    return sentence(
        words,
        "demand_lead",
        size_pt=BODY_PT,
        people=f"{demand.people:,}",
        demand=f"{demand.demand_people:,}",
        served=f"{demand.served_people:,}",
        unserved=f"{demand.unserved_people:,}",
    )


def _group(group: list[Numbered], content: SheetContent, words: Words) -> list[Block]:
    """Write where one household group goes, and a warning where its way is wet."""
    # A route that starts at no group of houses is the whole village's.
    unit = short_name(group[0][1].unit_name or "", content.village.name) or content.village.name
    letters = content.letters
    is_split = len(group) > MOST_WAYS_TOLD
    told = _split(group, unit, words) if is_split else _told(group, unit, letters, words)
    wet = [(number, card) for number, card in group if (card.hazard_m or 0) >= _WET_M]
    if wet:
        badge = "" if is_split else " "
        warning = _wet(wet, words, is_all=len(wet) == len(group) > 1, badge=badge)
        told = Block(told.html + warning.html, told.height_mm + warning.height_mm)
    return _table(group, told, letters, words) if is_split else [told]


def _people(group: list[Numbered]) -> str:
    known = [card.people for _, card in group if card.people is not None]
    return f"{sum(known):,}" if known else UNKNOWN


def _told(group: list[Numbered], unit: str, letters: Letters, words: Words) -> Block:
    facts: dict[str, Any] = {"unit": unit, "people": _people(group)}
    badge = _badge(group[0][0])
    if len(group) == 1:
        facts |= _way(*group[0], letters, words)
        return sentence(words, "go_one", size_pt=LEAD_PT, badge=badge, **facts)
    pairs = [
        _sides(
            words,
            "go_part",
            people=_people([(number, card)]),
            **_way(number, card, letters, words),
        )
        for number, card in group
    ]
    first, second = (
        ("；" if language == "zh" else "; ").join(side)
        for language, side in zip(
            (words.language, words.other), zip(*pairs, strict=True), strict=True
        )
    )
    return sentence(words, "go_many", size_pt=LEAD_PT, badge=badge, **facts, parts=(first, second))


def _way(number: int, card: RouteCard, letters: Letters, words: Words) -> dict[str, Any]:
    return {
        "number": number,
        "shelter": _goal(card, letters, words),
        "minutes": max(1, round(card.minutes or 0)),
        "distance": distance_text(card.length_m or 0),
    }


def _sides(words: Words, key: str, **facts: Any) -> Sides:
    """Fill a text whose facts may themselves be in two languages."""
    sides = [
        {name: fact[side] if isinstance(fact, tuple) else fact for name, fact in facts.items()}
        for side in (0, 1)
    ]
    return words.first(key, **sides[0]), words.second(key, **sides[1])


def _goal(card: RouteCard, letters: Letters, words: Words) -> Sides:
    """Name a shelter with its letter on the map."""
    name = card.shelter_name or ""
    letter = letters.get(card.shelter_code or "")
    return words.pair("shelter_named", name=name, letter=letter) if letter else (name, name)


def _split(group: list[Numbered], unit: str, words: Words) -> Block:
    return sentence(
        words, "go_split", size_pt=LEAD_PT, unit=unit, people=_people(group), ways=len(group)
    )


def _table(group: list[Numbered], lead: Block, letters: Letters, words: Words) -> list[Block]:
    rows = [
        [
            str(number),
            _goal(card, letters, words)[0],
            _people([(number, card)]),
            str(max(1, round(card.minutes or 0))),
            distance_text(card.length_m or 0),
        ]
        for number, card in group
    ]
    return table(words, _KEYS, _WIDTHS_MM, rows, size_pt=ROW_PT, lead=lead)


def _wet(wet: list[Numbered], words: Words, *, is_all: bool, badge: str) -> Block:
    """Warn once for all ways of a group: the longest stretch and the deepest spot among them."""
    numbers = [str(number) for number, _ in wet]
    return sentence(
        words,
        "go_wet_all" if is_all else "go_wet",
        size_pt=BODY_PT,
        badge=badge,
        ways=len(wet),
        numbers=words.listed(numbers),
        hazard=f"{max(card.hazard_m or 0 for _, card in wet):,.0f}",
        depth=f"{max(card.depth_max_m or 0 for _, card in wet):.1f}",
    )


def _badge(number: int) -> str:
    drawn = circle(3, 3, str(number), fill=theme.ACCENT, size_mm=5.2)
    return f'<svg width="6mm" height="6mm" viewBox="0 0 6 6">{drawn}</svg>'


def _gaps(gaps: list[Gap], village_name: str, words: Words) -> list[Block]:
    """Name groups without a place: one sentence each, or one for all that share a reason."""
    blocks: list[Block] = []
    ordered = sorted(gaps, key=lambda gap: gap.reason or "")
    for code, group in groupby(ordered, key=lambda gap: gap.reason or ""):
        why = words.term(UnservedReason, code, "reason_unknown")
        alike = list(group)
        many = len(alike) > MOST_GAPS_TOLD
        blocks.extend(
            _gap_table(alike, why, village_name, words)
            if many
            else [_gap(alike, why, village_name, words)]
        )
    return blocks


def _gap_table(gaps: list[Gap], why: Sides, village_name: str, words: Words) -> list[Block]:
    """List the groups in two pairs of columns under one sentence."""
    lead = sentence(
        words,
        "go_unserved_split",
        size_pt=LEAD_PT,
        groups=len(gaps),
        people=f"{sum(gap.people for gap in gaps):,}",
        reason=why,
    )
    cells = [[short_name(gap.unit_name, village_name), f"{gap.people:,}"] for gap in gaps]
    half = -(-len(cells) // 2)
    right = [*cells[half:], ["", ""]]
    rows = [one + other for one, other in zip(cells[:half], right, strict=False)]
    keys = ["gap_unit", "way_people"] * 2
    return table(words, keys, [33.0, 19.0] * 2, rows, size_pt=ROW_PT, lead=lead)


def _gap(gaps: list[Gap], why: Sides, village_name: str, words: Words) -> Block:
    facts: dict[str, Any] = {
        "people": f"{sum(gap.people for gap in gaps):,}",
        "reason": why,
    }
    if len(gaps) == 1:
        unit = short_name(gaps[0].unit_name, village_name)
        return sentence(words, "go_unserved", size_pt=ROW_PT, unit=unit, **facts)
    named = [
        (
            short_name(gap.unit_name, village_name),
            words.pair("people_unit", count=f"{gap.people:,}"),
        )
        for gap in gaps
    ]
    units = words.listed(
        [f"{name} {people[0]}" for name, people in named],
        [f"{name} {people[1]}" for name, people in named],
    )
    return sentence(words, "go_unserved_many", size_pt=ROW_PT, units=units, **facts)
