"""Compose the pages of a sheet in HTML, exact to the millimetre, and print them to PDF."""

from base64 import b64encode
from dataclasses import dataclass
from html import escape
from xml.etree import ElementTree as ET

import segno
import weasyprint
from weasyprint.urls import URLFetcher

from webapp import theme
from webapp.sheets.column import COLUMN_WIDTH_MM, Block
from webapp.sheets.strokes import text_width_mm

PAGE_WIDTH_MM, PAGE_HEIGHT_MM = 420.0, 297.0
EDGE_MM = 8.0
BAND_MM = 18.0
BODY_TOP_MM = EDGE_MM + BAND_MM + 2.0
BODY_MM = 236.0
COLUMN_LEFT_MM = EDGE_MM + 292.0 + 8.0
FOOT_TOP_MM = BODY_TOP_MM + BODY_MM + 2.5
FURTHER_COLUMNS = 3
FURTHER_WIDTH_MM = 128.0
TITLE_PT, SECOND_PT, SMALLEST_PT, TITLE_ROOM_MM = 30.0, 11.0, 7.0, 304.0
_TAG_PT, _TAG_MM = 13.0, 7.0
_COLUMN_STEP_MM = 138.0
_PICTURE = "data:image/svg+xml;base64,"

STYLE = f"""
@page {{ size: {PAGE_WIDTH_MM:g}mm {PAGE_HEIGHT_MM:g}mm; margin: 0 }}
* {{ box-sizing: border-box }}
body {{ margin: 0; font-family: "Noto Sans CJK SC"; color: {theme.INK}; font-size: 9.5pt;
  line-height: 1.32 }}
.page {{ position: relative; width: {PAGE_WIDTH_MM:g}mm; height: {PAGE_HEIGHT_MM:g}mm;
  page-break-after: always; overflow: hidden }}
.page:last-child {{ page-break-after: auto }}
.band {{ position: absolute; left: {EDGE_MM}mm; top: {EDGE_MM}mm; width: 404mm;
  height: {BAND_MM}mm;
  border-bottom: 0.6mm solid {theme.INK} }}
.band h1 {{ position: absolute; left: 0; top: -1.5mm; margin: 0; font-size: 30pt; line-height: 1.1;
  font-weight: 700; white-space: nowrap }}
.band .english {{ position: absolute; left: 0; top: 11.6mm; font-size: 11pt; line-height: 1.2;
  color: {theme.MUTED}; white-space: nowrap }}
.band h1, .band .english {{ width: {TITLE_ROOM_MM:g}mm; overflow: hidden; unicode-bidi: plaintext;
  text-align: left }}
.band .right {{ position: absolute; right: 0; top: 0; width: 98mm;
  text-align: right; font-size: 8.5pt; line-height: 1.3; overflow-wrap: anywhere }}
.band .tags {{ position: absolute; right: 100mm; top: 1mm; white-space: nowrap }}
.band .tag {{ display: inline-block; color: {theme.PAPER}; background: {theme.MARKS["hazard-site"]};
  font-size: 13pt; font-weight: 700; padding: 0.4mm 2.5mm; margin-left: 2mm }}
.map {{ position: absolute; left: {EDGE_MM}mm; top: {BODY_TOP_MM}mm; width: 292mm; height: 236mm }}
.map img {{ display: block; width: 292mm; height: 236mm }}
.column {{ position: absolute; top: {BODY_TOP_MM}mm; height: {BODY_MM}mm }}
h2 {{ font-size: 13pt; line-height: 1.2; margin: 0; padding-top: 1.6mm; height: 8.5mm;
  white-space: nowrap; overflow: hidden }}
h2 small {{ font-size: 9.5pt; font-weight: 400; color: {theme.MUTED} }}
.para {{ position: relative; padding-bottom: 1.6mm; overflow-wrap: anywhere }}
.badge {{ position: absolute; left: 0; top: 0; width: 7mm }}
.second {{ font-size: 7pt; color: {theme.MUTED} }}
table {{ border-collapse: collapse; table-layout: fixed; width: 100% }}
td {{ padding: 0.7mm 1.2mm; vertical-align: top; border-bottom: 0.15mm solid {theme.LINE};
  overflow-wrap: anywhere }}
table.odd td {{ background: {theme.mixed(theme.LINE, theme.PAPER, 0.35)} }}
table.head td {{ background: {theme.mixed(theme.LINE, theme.PAPER, 0.75)}; color: {theme.INK} }}
.legend {{ height: 6.2mm; position: relative }}
.key {{ position: absolute; top: 0; left: 0; width: 34.6mm; height: 6.2mm }}
.key + .key {{ left: 34.7mm }}
.key + .key + .key {{ left: 69.4mm }}
.key svg {{ position: absolute; left: 0; top: 0.5mm }}
.key span {{ position: absolute; left: 8.6mm; top: 0; width: 26mm; font-size: 7.5pt;
  line-height: 1.1; white-space: nowrap; overflow: hidden }}
.key i {{ font-style: normal; font-size: 7pt; color: {theme.MUTED} }}
.where {{ position: relative; height: 37mm; padding-top: 2mm }}
.where svg {{ position: absolute; left: 0; top: 2mm; border: 0.2mm solid {theme.LINE} }}
.where div {{ position: absolute; left: 53mm; top: 2mm; width: 51mm; max-height: 34mm;
  overflow: hidden; overflow-wrap: anywhere; font-size: 8pt }}
.foot {{ position: absolute; left: {EDGE_MM}mm; top: {FOOT_TOP_MM}mm; width: 404mm; height: 20mm;
  font-size: 7.5pt; line-height: 1.35 }}
.foot .facts {{ position: absolute; left: 0; top: 0; width: 225mm }}
.foot .offices {{ position: absolute; left: 230mm; top: 0.5mm; width: 128mm; font-size: 8pt }}
.foot .office {{ position: absolute; left: 0; width: 126mm;
  border-bottom: 0.2mm solid {theme.MUTED};  height: 5.4mm }}
.foot .qr {{ position: absolute; right: 0; top: 0.2mm; width: 16mm; height: 16mm }}
.foot .scan {{ position: absolute; right: 17.5mm; top: 0.5mm; width: 26mm; text-align: right;
  font-size: 7pt; overflow-wrap: anywhere }}
"""


@dataclass(frozen=True)
class Titles:
    """
    What the band at the top says.

    Attributes
    ----------
    first
        Title in the leading language.
    second
        Title in the other language.
    right
        Lines at the right: number, page.
    tags
        Marks that warn: made up, draft.
    """

    first: str
    second: str
    right: tuple[str, ...]
    tags: tuple[str, ...]


@dataclass(frozen=True)
class Foot:
    """
    What the foot says.

    Attributes
    ----------
    facts
        Lines at the left.
    offices
        Names of the blanks that the offices fill in.
    link
        The village's fixed link, also as QR code.
    scan
        What the code is for.
    """

    facts: tuple[str, ...]
    offices: tuple[str, ...]
    link: str
    scan: str


def _band(titles: Titles, page_text: str) -> str:
    tags = "".join(f'<span class="tag">{escape(tag)}</span>' for tag in titles.tags)
    right = "<br/>".join(escape(line) for line in (*titles.right, page_text) if line)
    room_mm = TITLE_ROOM_MM - sum(_TAG_MM + text_width_mm(tag, _TAG_PT) for tag in titles.tags)
    fit_pt = _fitting_pt(titles.first, TITLE_PT, room_mm)
    second_pt = _fitting_pt(titles.second, SECOND_PT, TITLE_ROOM_MM)
    return (
        f'<div class="band"><h1 style="font-size:{fit_pt:.1f}pt;width:{room_mm:.0f}mm">'
        f"{escape(titles.first)}</h1>"
        f'<div class="english" style="font-size:{second_pt:.1f}pt">{escape(titles.second)}</div>'
        f'<div class="tags">{tags}</div><div class="right">{right}</div></div>'
    )


def _fitting_pt(text: str, wanted_pt: float, room_mm: float) -> float:
    """Shrink a title that is too long for its line; it stays whole as long as it can be read."""
    needed_mm = text_width_mm(text, wanted_pt)
    return wanted_pt if needed_mm <= room_mm else max(SMALLEST_PT, wanted_pt * room_mm / needed_mm)


def _foot(foot: Foot) -> str:
    facts = "<br/>".join(escape(line) for line in foot.facts)
    blanks = "".join(
        f'<div class="office" style="top:{number * 6}mm">{escape(name)}</div>'
        for number, name in enumerate(foot.offices)
    )
    return (
        f'<div class="foot"><div class="facts">{facts}</div><div class="offices">{blanks}</div>'
        f'<div class="scan">{escape(foot.scan)}<br/>{escape(foot.link)}</div>'
        f'<div class="qr">{_qr(foot.link)}</div></div>'
    )


def _qr(link: str) -> str:
    code = segno.make(link, error="m", micro=False)
    drawn = code.svg_inline(border=2, dark=theme.INK, light=None, omitsize=True)
    return drawn.replace("<svg ", '<svg width="16mm" height="16mm" ', 1)


def _column(blocks: list[Block], left_mm: float, width_mm: float = COLUMN_WIDTH_MM) -> str:
    inner = "".join(block.html for block in blocks)
    return f'<div class="column" style="left:{left_mm:g}mm;width:{width_mm:g}mm">{inner}</div>'


def compose(
    map_svg: str,
    column: list[Block],
    further: list[list[list[Block]]],
    *,
    titles: Titles,
    foot: Foot,
    page_texts: list[str],
) -> str:
    """
    Write the HTML of a sheet.

    Parameters
    ----------
    map_svg
        The map, 292 x 236 mm.
    column
        Blocks beside the map.
    further
        Pages of columns of blocks that had no room there.
    titles
        The band at the top.
    foot
        The foot.
    page_texts
        Page numbers in words, one per page; empty texts on a single page.

    Returns
    -------
    str
        The document.
    """
    bodies = [f'<div class="map">{_picture(map_svg)}</div>' + _column(column, COLUMN_LEFT_MM)]
    bodies += [
        "".join(
            _column(blocks, EDGE_MM + number * _COLUMN_STEP_MM, FURTHER_WIDTH_MM)
            for number, blocks in enumerate(columns)
        )
        for columns in further
    ]
    pages = "".join(
        f'<div class="page">{_band(titles, text)}{body}{_foot(foot)}</div>'
        for body, text in zip(bodies, page_texts, strict=True)
    )
    name = escape(f"{titles.first} {titles.second}")
    return (
        f'<!DOCTYPE html><html><head><meta charset="utf-8"/><title>{name}</title>'
        f"<style>{STYLE}</style></head><body>{pages}</body></html>"
    )


def to_pdf(html: str) -> bytes:
    """
    Print a document; nothing is fetched from anywhere.

    Parameters
    ----------
    html
        The document.

    Returns
    -------
    bytes
        The PDF, fonts embedded as subsets.
    """
    inside = URLFetcher(allowed_protocols={"data"}, fail_on_errors=True)
    return bytes(weasyprint.HTML(string=html, url_fetcher=inside).write_pdf())


def _picture(svg: str) -> str:
    # A picture of its own: the C parser reads it, and no style of the page is matched to it.
    ET.fromstring(svg)  # noqa: S314  (drawn here; a fault must not print an empty map)
    packed = b64encode(svg.encode()).decode()
    return f'<img src="{_PICTURE}{packed}"/>'
