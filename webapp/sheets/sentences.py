"""Write what a sheet says: a sentence per household group, why the risk is as it is, and lists."""

from itertools import groupby
from typing import Any

from census.store.cards import DutyCard, RouteCard
from geo.vocabulary import DutyRole, HazardSiteKind, RiskLevel, Term
from webapp import theme
from webapp.sheets.column import Block, Section, heading, paragraph, row
from webapp.sheets.content import SheetContent, short_name
from webapp.sheets.marks import circle
from webapp.sheets.points import capacity_text
from webapp.sheets.words import Words

SENTENCE_PT = 12.0
BODY_PT = 9.5
NOTE_PT = 7.5
MOST_DUTIES = 14
_REASONS = ("no_place", "cut_off", "no_road", "too_deep", "depth_unknown", "no_capacity")
# A route that crosses less water than a step is not worth a warning.
_WET_M = 1.0
_NAMES_A_BLOCK = 12
_METRES_PER_KM = 1000


def distance_text(length_m: float) -> str:
    """
    Write a distance: metres to the ten below 1 km, else kilometres with one decimal.

    Parameters
    ----------
    length_m
        Metres.

    Returns
    -------
    str
        For example ``640 m`` or ``1.2 km``.
    """
    near = round(length_m, -1)
    return f"{near:.0f} m" if near < _METRES_PER_KM else f"{length_m / _METRES_PER_KM:.1f} km"


def _section(words: Words, key: str, blocks: list[Block], *, first_limit: int = 1_000) -> Section:
    first, second = words.pair(key)
    more_first, more_second = words.pair("continued")
    return Section(
        heading=heading(first, second),
        continued=heading(f"{first}（{more_first}）", f"{second} ({more_second})"),
        blocks=tuple(blocks),
        first_limit=first_limit,
    )


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
        return _section(words, "actions", [_sentence(words, "no_plan")])
    demand = content.demand
    counts = {
        "people": f"{demand.people:,}", "demand": f"{demand.demand_people:,}",
        "served": f"{demand.served_people:,}", "unserved": f"{demand.unserved_people:,}",
    }  # fmt: skip
    blocks = [_sentence(words, "demand_lead", size_pt=BODY_PT, **counts)]
    if demand.demand_people == 0:
        blocks.append(_sentence(words, "no_demand"))
    numbered = list(enumerate(content.routes, start=1))
    for _, group in groupby(numbered, key=lambda pair: pair[1].unit_code):
        blocks.extend(_group_sentence(list(group), words))
    blocks.extend(
        _sentence(
            words,
            "go_unserved",
            size_pt=BODY_PT,
            unit=gap.unit_name,
            people=f"{gap.people:,}",
            reason=words.pair(_reason_key(gap.reason)),
        )
        for gap in content.gaps
    )
    return _section(words, "actions", blocks)


def _sentence(
    words: Words, key: str, *, size_pt: float = SENTENCE_PT, badge: str = "", **facts: object
) -> Block:
    # A fact that is itself in two languages comes as a pair, the leading language first.
    leading = {name: _side(fact, 0) for name, fact in facts.items()}
    other = {name: _side(fact, 1) for name, fact in facts.items()}
    return paragraph(
        words.first(key, **leading), words.second(key, **other), size_pt=size_pt, badge=badge
    )


def _side(fact: object, index: int) -> object:
    return fact[index] if isinstance(fact, tuple) else fact


def _reason_key(reason: str | None) -> str:
    return f"reason_{reason}" if reason in _REASONS else "reason_unknown"


def _group_sentence(group: list[tuple[int, RouteCard]], words: Words) -> list[Block]:
    """Write the sentence of one household group, and a warning where its way is wet."""
    unit, people = group[0][1].unit_name, sum(card.people or 0 for _, card in group)
    badge = _badge(group[0][0])
    if len(group) == 1:
        (number, card) = group[0]
        said = _sentence(
            words, "go_one", badge=badge, unit=unit, people=f"{people:,}", **_way(number, card)
        )
    else:
        pairs = [
            words.pair("go_part", people=f"{card.people or 0:,}", **_way(number, card))
            for number, card in group
        ]
        first, second = (
            _joint(language).join(side)
            for language, side in zip(
                (words.language, words.other), zip(*pairs, strict=True), strict=True
            )
        )
        said = _sentence(
            words, "go_many", badge=badge, unit=unit, people=f"{people:,}", parts=(first, second)
        )
    wet = [(number, card) for number, card in group if (card.hazard_m or 0) >= _WET_M]
    return [said, _wet_sentence(wet, words)] if wet else [said]


def _joint(language: str) -> str:
    return "；" if language == "zh" else "; "


def _way(number: int, card: RouteCard) -> dict[str, Any]:
    return {
        "number": number,
        "shelter": card.shelter_name,
        "minutes": max(1, round(card.minutes or 0)),
        "distance": distance_text(card.length_m or 0),
    }


def _wet_sentence(wet: list[tuple[int, RouteCard]], words: Words) -> Block:
    """Warn once for all ways of a group: the longest stretch and the deepest spot among them."""
    return _sentence(
        words,
        "go_wet",
        size_pt=BODY_PT,
        badge=" ",
        numbers=("、".join(str(number) for number, _ in wet),) * 2,
        hazard=f"{max(card.hazard_m or 0 for _, card in wet):,.0f}",
        depth=f"{max(card.depth_max_m or 0 for _, card in wet):.1f}",
    )


def _badge(number: int) -> str:
    drawn = circle(3, 3, str(number), fill=theme.ACCENT, size_mm=5.2)
    return f'<svg width="6mm" height="6mm" viewBox="0 0 6 6">{drawn}</svg>'


def reasons(content: SheetContent, words: Words) -> Section:
    """
    Write the class of the village and why it is so.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    Section
        The sentences of the current zoning.
    """
    card, village = content.risk, content.village
    if card is None or card.risk_class is None:
        return _section(words, "why", [_sentence(words, "risk_not_assessed", village=village.name)])
    level = RiskLevel.from_ordinal(card.risk_class)
    blocks = [
        _sentence(
            words,
            "risk_lead",
            village=village.name,
            word=(level.label(words.language), level.label(words.other)),
            people=f"{card.people:,.0f}",
            exposed="?" if card.people_in_hazard is None else f"{card.people_in_hazard:,.0f}",
        )
    ]
    pairs = zip(card.why_zh or [], card.why_en or [], strict=True)
    blocks += [paragraph(*words.order(zh, en), size_pt=BODY_PT) for zh, en in pairs]
    if card.counterfactual_zh and card.counterfactual_en:
        lower = words.order(card.counterfactual_zh, card.counterfactual_en)
        blocks.append(paragraph(*lower, size_pt=BODY_PT))
    if village.people_basis == "derived":
        blocks.append(_sentence(words, "people_derived", size_pt=NOTE_PT))
    return _section(words, "why", blocks)


def _table(
    words: Words, keys: list[str], widths_mm: list[float], rows: list[list[str]]
) -> list[Block]:
    head = row([words.both(key) for key in keys], widths_mm, size_pt=NOTE_PT, kind="head")
    return [head] + [
        row(cells, widths_mm, size_pt=BODY_PT, kind="odd" if number % 2 else "")
        for number, cells in enumerate(rows)
    ]


def _label(terms: type[Term], code: str, words: Words) -> str:
    found = next((term for term in terms if term.value == code), None)
    return found.label(words.language) if found else code


def _post(card: DutyCard, content: SheetContent) -> str:
    """Name the post; that of a grid unit with the unit, of which a village has several."""
    if card.division_code == content.village.code or card.division_name is None:
        return card.post
    return f"{card.post} {short_name(card.division_name, content.village.name)}"


def duties(content: SheetContent, words: Words) -> Section:
    """
    List the village's duties by post; never a person's name.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    Section
        At most 14 rows on the first page.
    """
    if not content.delivered.get("duties"):
        return _section(
            words, "duties", [_sentence(words, "duties_not_delivered", size_pt=BODY_PT)]
        )
    if not content.duties:
        return _section(words, "duties", [_sentence(words, "duties_none_here", size_pt=BODY_PT)])
    rows = [
        [_post(card, content), _label(DutyRole, card.role, words), card.task]
        for card in content.duties
    ]
    blocks = _table(words, ["duty_post", "duty_role", "duty_task"], [34.0, 16.0, 54.0], rows)
    return _section(words, "duties", blocks, first_limit=MOST_DUTIES + 1)


def sites(content: SheetContent, words: Words) -> Section:
    """
    List the hazard sites by their numbers on the map.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    Section
        One row per site.
    """
    if not content.sites:
        return _section(
            words, "hazard_sites", [_sentence(words, "hazard_sites_none", size_pt=BODY_PT)]
        )
    rows = [
        [
            str(number),
            card.name,
            _label(HazardSiteKind, card.kind, words),
            "" if card.people_threatened is None else f"{card.people_threatened:,}",
        ]
        for number, card in enumerate(content.sites, start=1)
    ]
    keys = ["number", "site_name", "site_kind", "site_people"]
    return _section(words, "hazard_sites", _table(words, keys, [12.0, 46.0, 25.0, 21.0], rows))


def shelters(content: SheetContent, words: Words) -> Section:
    """
    List the usable shelters with capacity and load by their numbers on the map.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    Section
        One row per shelter, and what a star means.
    """
    rows = [
        [str(number), card.name, capacity_text(card), f"{card.load_people:,}"]
        for number, card in enumerate(content.shelters, start=1)
        if card.usable
    ]
    keys = ["number", "shelter_name", "shelter_capacity", "shelter_load"]
    blocks = _table(words, keys, [12.0, 54.0, 20.0, 18.0], rows)
    if any(card.usable and card.capacity_source == "derived" for card in content.shelters):
        blocks.append(_sentence(words, "capacity_derived", size_pt=NOTE_PT))
    closed = sorted(
        (card for card in content.shelters if not card.usable),
        key=lambda card: (card.unusable_reason or "", card.code),
    )
    for reason, group in groupby(closed, key=lambda card: card.unusable_reason):
        names = [card.name for card in group]
        blocks += [
            _sentence(
                words,
                "shelter_closed",
                size_pt=NOTE_PT,
                shelters=("、".join(names[start : start + _NAMES_A_BLOCK]),) * 2,
                reason=words.pair(_reason_key(reason)),
            )
            for start in range(0, len(names), _NAMES_A_BLOCK)
        ]
    return _section(words, "shelters", blocks)
