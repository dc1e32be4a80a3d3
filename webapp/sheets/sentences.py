"""Write what a sheet says: why the risk is as it is, and the lists of duties, sites, shelters."""

from itertools import groupby

from census.store.cards import DutyCard, RiskCard
from geo.vocabulary import DutyRole, HazardSiteKind, HazardType, RiskLevel, Term, UnusableReason
from webapp.sheets.column import Block, Section, heading, paragraph, row
from webapp.sheets.content import SheetContent, short_name
from webapp.sheets.points import capacity_text
from webapp.sheets.words import Words

SENTENCE_PT = 12.0
BODY_PT = 9.5
NOTE_PT = 7.5
MOST_DUTIES = 14
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


def bracketed(text: str, addition: str) -> str:
    """
    Add words in the brackets of their script.

    Parameters
    ----------
    text
        The text.
    addition
        What stands in brackets.

    Returns
    -------
    str
        Both.
    """
    return f"{text} ({addition})" if addition.isascii() else f"{text}（{addition}）"


def section(words: Words, key: str, blocks: list[Block], *, first_limit: int = 1_000) -> Section:
    """
    Put blocks under a heading in two languages.

    Parameters
    ----------
    words
        Words of the sheet.
    key
        Key of the heading.
    blocks
        The blocks.
    first_limit
        Most blocks on the first page.

    Returns
    -------
    Section
        The section.
    """
    first, second = words.pair(key)
    more_first, more_second = words.pair("continued")
    return Section(
        heading=heading(first, second),
        continued=heading(bracketed(first, more_first), bracketed(second, more_second)),
        blocks=tuple(blocks),
        first_limit=first_limit,
    )


def sentence(
    words: Words, key: str, *, size_pt: float = SENTENCE_PT, badge: str = "", **facts: object
) -> Block:
    """
    Write a sentence in two languages.

    Parameters
    ----------
    words
        Words of the sheet.
    key
        Key of the sentence.
    size_pt
        Size of the leading language, points.
    badge
        SVG or HTML put before the sentence.
    **facts
        What the sentence is filled with.

    Returns
    -------
    Block
        The sentence.
    """
    # A fact that is itself in two languages comes as a pair, the leading language first.
    leading = {name: _side(fact, 0) for name, fact in facts.items()}
    other = {name: _side(fact, 1) for name, fact in facts.items()}
    return paragraph(
        words.first(key, **leading), words.second(key, **other), size_pt=size_pt, badge=badge
    )


def _side(fact: object, index: int) -> object:
    return fact[index] if isinstance(fact, tuple) else fact


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
        return section(words, "why", [sentence(words, "risk_not_assessed", village=village.name)])
    level = RiskLevel.from_ordinal(card.risk_class)
    blocks = [
        sentence(
            words,
            "risk_lead",
            hazard=_hazard_words(card.hazard, words),
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
    if card.class_shares:
        own = f"{card.class_shares[card.risk_class - 1]:.0%}"
        key = "risk_unsure" if card.is_unsure else "risk_sure"
        blocks.append(sentence(words, key, share=own, size_pt=NOTE_PT))
    blocks.append(_limits(card, words))
    if village.people_basis == "derived":
        blocks.append(sentence(words, "people_derived", size_pt=NOTE_PT))
    return section(words, "why", blocks)


def _hazard_words(code: str, words: Words) -> tuple[str, str]:
    """Word a hazard for both lines of a sheet, as a sentence begins."""
    hazard = {each.value: each for each in HazardType}[code]
    return words.order(hazard.zh, hazard.en.capitalize())


def _limits(card: RiskCard, words: Words) -> Block:
    """Say how the limits of the levels were set, and whose run froze them."""
    scheme = card.scheme
    number = scheme.get("base_run", {}).get("number", card.number)
    facts = {"units": scheme.get("base_units", "?"), "number": number}
    return sentence(words, f"limits_{scheme['method']}", size_pt=NOTE_PT, **facts)


def table(
    words: Words,
    keys: list[str],
    widths_mm: list[float],
    rows: list[list[str]],
    *,
    size_pt: float = BODY_PT,
    lead: Block | None = None,
) -> list[Block]:
    """
    Write a table whose column heads stand wherever it goes on.

    Parameters
    ----------
    words
        Words of the sheet.
    keys
        Keys of the column heads.
    widths_mm
        Width of each column, millimetres.
    rows
        Texts of the cells.
    size_pt
        Size, points.
    lead
        What stands above the column heads, and again where the table goes on.

    Returns
    -------
    list of Block
        One block per row.
    """
    head = row([words.both(key) for key in keys], widths_mm, size_pt=NOTE_PT, kind="head")
    if lead:
        head = Block(lead.html + head.html, lead.height_mm + head.height_mm)
    return [
        row(cells, widths_mm, size_pt=size_pt, kind="odd" if number % 2 else "", head=head)
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
        return section(words, "duties", [sentence(words, "duties_not_delivered", size_pt=BODY_PT)])
    if not content.duties:
        return section(words, "duties", [sentence(words, "duties_none_here", size_pt=BODY_PT)])
    rows = [
        [_post(card, content), _label(DutyRole, card.role, words), card.task]
        for card in content.duties
    ]
    blocks = table(words, ["duty_post", "duty_role", "duty_task"], [30.0, 17.0, 57.0], rows)
    return section(words, "duties", blocks, first_limit=MOST_DUTIES)


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
        return section(
            words, "hazard_sites", [sentence(words, "hazard_sites_none", size_pt=BODY_PT)]
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
    return section(words, "hazard_sites", table(words, keys, [13.5, 38.0, 32.0, 20.5], rows))


def shelters(content: SheetContent, words: Words) -> Section:
    """
    List the usable shelters with capacity and load by their letters on the map.

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
    letters = content.letters
    rows = [
        [letters[card.code], card.name, capacity_text(card), f"{card.load_people:,}"]
        for card in content.shelters
        if card.usable
    ]
    keys = ["shelter_letter", "shelter_name", "shelter_capacity", "shelter_load"]
    blocks = table(words, keys, [12.0, 54.0, 20.0, 18.0], rows)
    if any(card.usable and card.capacity_source == "derived" for card in content.shelters):
        blocks.append(sentence(words, "capacity_derived", size_pt=NOTE_PT))
    closed = sorted(
        (card for card in content.shelters if not card.usable),
        key=lambda card: (card.unusable_reason or "", card.code),
    )
    for reason, group in groupby(closed, key=lambda card: card.unusable_reason):
        blocks += _closed([card.name for card in group], reason, words)
    return section(words, "shelters", blocks)


def _closed(names: list[str], reason: str | None, words: Words) -> list[Block]:
    """Name shelters that nobody is sent to, once, and the reason in both languages."""
    first, second = words.term(UnusableReason, reason, "reason_unknown")
    return [
        paragraph(
            words.first("shelter_closed", reason=first, shelters=words.listed(some)[0]),
            words.second("shelter_closed_brief", reason=second),
            size_pt=NOTE_PT,
        )
        for some in batched(names, _NAMES_A_BLOCK)
    ]


def batched(names: list[str], count: int) -> list[list[str]]:
    """
    Cut a list into pieces.

    Parameters
    ----------
    names
        The list.
    count
        Most items of a piece.

    Returns
    -------
    list
        The pieces in order.
    """
    return [names[start : start + count] for start in range(0, len(names), count)]
