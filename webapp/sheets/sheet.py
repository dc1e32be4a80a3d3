"""Turn one village's content into an A3 sheet: a true-scale map, what to do and who does it."""

from html import escape

import shapely

from geo.vocabulary import HazardType
from webapp.sheets import locator, sentences
from webapp.sheets.actions import actions
from webapp.sheets.column import Block, Section, heading, pack_first, pack_on, paragraph
from webapp.sheets.content import EVACUATION, SheetContent
from webapp.sheets.maps import DrawnMap, draw_map
from webapp.sheets.page import BODY_MM, FURTHER_COLUMNS, Foot, Titles, compose
from webapp.sheets.words import Words

ADDRESS = "http://127.0.0.1:8050"
_NOTE_PT = 7.5
_LOCATOR_MM = 37.0
_SHARES = {"evacuation": (1.0, 0.0, 0.0), "risk": (0.36, 0.34, 0.3)}
_ASKED = {
    "evacuation": ("shelters", "assembly_points", "duties", "roads"),
    "risk": ("hazard_sites", "enterprises", "buildings", "roads", "water", "duties"),
}


def write_sheet(content: SheetContent, words: Words, *, address: str = ADDRESS) -> str:
    """
    Write the HTML of a sheet.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.
    address
        Where the web pages are reached.

    Returns
    -------
    str
        The document.
    """
    drawn = draw_map(content, words)
    sections = _sections(content, words)
    legend = _legend_blocks(content, drawn, words)
    where = _locator_block(content, words)
    fixed = sum(block.height_mm for block in (*legend, *where))
    placed, rest = pack_first(sections, fixed, list(_SHARES[content.kind]))
    column = [*placed[0], *legend, *placed[1], *placed[2], *where]
    further = pack_on(rest, height_mm=BODY_MM, columns=FURTHER_COLUMNS)
    count = len(further) + 1
    numbers = [
        words.both("page", page=page, pages=count) if count > 1 else ""
        for page in range(1, count + 1)
    ]
    return compose(
        drawn.svg,
        column,
        further,
        titles=_titles(content, words),
        foot=_foot(content, words, address),
        page_texts=numbers,
    )


def _sections(content: SheetContent, words: Words) -> list[Section]:
    if content.kind == EVACUATION:
        return [
            actions(content, words),
            sentences.duties(content, words),
            sentences.shelters(content, words),
        ]
    return [
        sentences.reasons(content, words),
        sentences.sites(content, words),
        sentences.duties(content, words),
    ]


def _legend_blocks(content: SheetContent, drawn: DrawnMap, words: Words) -> list[Block]:
    blocks = [heading(*words.pair("legend")), *drawn.legend.blocks()]
    missing = [name for name in _ASKED[content.kind] if not content.delivered.get(name)]
    if missing:
        layers = [words.pair(f"layer_{name}") for name in missing]
        first, second = words.listed([one for one, _ in layers], [other for _, other in layers])
        blocks.append(
            paragraph(
                words.first("none_delivered", layers=first),
                words.second("none_delivered", layers=second),
                size_pt=_NOTE_PT,
            )
        )
    if drawn.labels_dropped:
        texts = words.pair("labels_dropped", count=drawn.labels_dropped)
        blocks.append(paragraph(*texts, size_pt=_NOTE_PT))
    return blocks


def _locator_block(content: SheetContent, words: Words) -> list[Block]:
    svg = locator.draw_locator(
        content.shapes["towns"],
        content.town.code,
        content.shape,
        shapely.box(*content.frame.bounds_m),
    )
    caption = words.pair(
        "locator_caption",
        district=content.district.name_zh if words.language == "zh" else content.district.name_en,
        town=content.town.name,
        village=content.village.name,
    )
    text = f"<b>{escape(caption[0])}</b><br/>{escape(content.village.code)}"
    name = "<b>{}</b> <small>{}</small>".format(*words.pair("locator"))
    html = f'<div class="where">{svg}<div>{name}<br/>{text}</div></div>'
    return [Block(html, _LOCATOR_MM)]


def _titles(content: SheetContent, words: Words) -> Titles:
    kind = words.pair(f"title_{content.kind}")
    district = words.order(content.district.name_zh, content.district.name_en)
    village, town = content.village.name, content.town.name
    run = content.plan if content.kind == EVACUATION else content.zoning
    code = run.hazard if run else content.district.leading_hazard
    hazard = {each.value: each for each in HazardType}[code]
    tags = []
    if content.district.is_made_up:
        tags.append(words.both("made_up"))
    if content.kind == EVACUATION and content.plan and content.plan.status == "draft":
        tags.append(words.both("draft"))
    return Titles(
        first=f"{village} {kind[0]}{_bracketed(hazard.label(words.language))}",
        second=f"{kind[1]}{_bracketed(hazard.label(words.other))} · {town} · {district[1]}",
        right=(
            f"{district[0]} {town} · {content.village.code}",
            f"{words.first('foot_number')} {run.number}" if run else "",
        ),
        tags=tuple(tags),
    )


def _bracketed(text: str) -> str:
    return f" ({text})" if text.isascii() else f"（{text}）"


def _says_made_up(attribution: str) -> bool:
    return "虚构" in attribution and "made" in attribution


def _foot(content: SheetContent, words: Words, address: str) -> Foot:
    run = content.plan if content.kind == EVACUATION else content.zoning
    district = content.district
    metric, degrees = words.both("foot_crs"), words.both("foot_degrees")
    line = [f"{words.both('foot_data_date')} {(run or district).data_date.isoformat()}"]
    if run:
        line += [
            f"{words.both('foot_rule')} {run.rule_edition}",
            f"{words.both('foot_number')} {run.number}",
        ]
    facts = [
        " · ".join(line),
        f"{words.both('foot_source')} {district.attribution}",
        f"{metric} EPSG:{district.metric_srid} · {degrees} EPSG:{district.srid}",
    ]
    if district.is_made_up and not _says_made_up(district.attribution):
        facts.append(words.both("made_up"))
    link = f"{address.rstrip('/')}/village/{content.village.code}"
    return Foot(
        facts=tuple(facts),
        offices=tuple(
            words.both(key) for key in ("foot_issued", "foot_reviewed", "foot_review_number")
        ),
        link=link,
        scan=words.both("foot_qr"),
    )
