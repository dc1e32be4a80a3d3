"""Put marks on the map: hazard sites, shelters, assembly points, enterprises and their labels."""

from dataclasses import dataclass

import geopandas as gpd

from census.store.cards import ShelterCard
from geo.vocabulary import CapacitySource, EnterpriseColour
from webapp import theme
from webapp.sheets import marks
from webapp.sheets.content import EVACUATION, SheetContent
from webapp.sheets.frame import MapFrame
from webapp.sheets.labels import Labels, LabelStyle, shortened
from webapp.sheets.legend import Legend
from webapp.sheets.words import Words

_SHELTER = LabelStyle(size_pt=8, colour=theme.ACCENT, bold=True)
_ASSEMBLY = LabelStyle(size_pt=7.5, colour=theme.MARKS["assembly-point"])
_HALF_MM = marks.SIZE_MM / 2


@dataclass(frozen=True)
class Spot:
    """
    Where a mark stands on paper.

    Attributes
    ----------
    x_mm
        Millimetres from the left.
    y_mm
        Millimetres from the top.
    """

    x_mm: float
    y_mm: float


def spots(frame: MapFrame, shapes: gpd.GeoDataFrame) -> dict[str, Spot]:
    """
    Find a point inside each shape that lies in the frame.

    Parameters
    ----------
    frame
        The map frame.
    shapes
        Layer with column ``code``, metric CRS.

    Returns
    -------
    dict
        Code to place on paper.
    """
    if shapes.empty:
        return {}
    papers = frame.paper(shapes.geometry.representative_point().to_numpy())
    return {
        str(code): Spot(point.x, point.y)
        for code, point in zip(shapes["code"], papers, strict=True)
        if not point.is_empty
    }


def draw_marks(content: SheetContent, labels: Labels, legend: Legend) -> str:
    """
    Draw every mark of the sheet and reserve its room.

    Parameters
    ----------
    content
        What the sheet shows.
    labels
        Learns where marks stand.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG elements, shelters on top.
    """
    drawn = [_draw_sites(content, labels, legend)]
    if content.kind == EVACUATION:
        drawn.append(_draw_assembly(content, labels, legend))
    else:
        drawn.append(_draw_enterprises(content, labels, legend))
    drawn.append(_draw_shelters(content, labels, legend))
    return "".join(drawn)


def _hold(labels: Labels, spot: Spot) -> None:
    labels.keep_clear(
        spot.x_mm - _HALF_MM, spot.y_mm - _HALF_MM, spot.x_mm + _HALF_MM, spot.y_mm + _HALF_MM
    )


def _draw_sites(content: SheetContent, labels: Labels, legend: Legend) -> str:
    places = spots(content.frame, content.shapes["hazard_sites"])
    drawn = []
    for number, card in enumerate(content.sites, start=1):
        spot = places.get(card.code)
        if spot is None:
            continue
        _hold(labels, spot)
        fill = theme.MARKS["hazard-site"]
        drawn.append(marks.triangle(spot.x_mm, spot.y_mm, str(number), fill=fill))
        key = "mark_hazard_site" + ("_evacuation" if content.kind == EVACUATION else "")
        legend.add(key, marks.triangle(5, 2.8, "1", fill=fill))
    # The worst site lies on top where two meet.
    return "".join(reversed(drawn))


def _draw_shelters(content: SheetContent, labels: Labels, legend: Legend) -> str:
    places = spots(content.frame, content.shapes["shelters"])
    drawn = []
    letters = content.letters
    for card in content.shelters:
        spot = places.get(card.code)
        if spot is None:
            continue
        _hold(labels, spot)
        name = "shelter" if card.usable else "shelter-unusable"
        text = letters.get(card.code, "")
        fill, usable = theme.MARKS[name], card.usable
        drawn.append(marks.house(spot.x_mm, spot.y_mm, text, fill=fill, is_usable=usable))
        key = "mark_shelter" if card.usable else "mark_shelter_unusable"
        if card.usable and card.is_candidate:
            key = "mark_shelter_candidate"
        sample = "A" if usable else ""
        legend.add(key, marks.house(5, 2.5, sample, fill=fill, is_usable=usable))
    return "".join(drawn)


def _draw_assembly(content: SheetContent, labels: Labels, legend: Legend) -> str:
    fill = theme.MARKS["assembly-point"]
    drawn = []
    for spot in spots(content.frame, content.shapes["assembly_points"]).values():
        _hold(labels, spot)
        drawn.append(marks.circle(spot.x_mm, spot.y_mm, "集", fill=fill))
        legend.add("mark_assembly", marks.circle(5, 2.5, "集", fill=fill))
    return "".join(drawn)


def _draw_enterprises(content: SheetContent, labels: Labels, legend: Legend) -> str:
    layer = content.shapes["enterprises"]
    places = spots(content.frame, layer)
    drawn = []
    for code, value in zip(layer.get("code", []), layer.get("colour", []), strict=True):
        spot = places.get(str(code))
        if spot is None:
            continue
        colour = next(term for term in EnterpriseColour if term.value == value)
        _hold(labels, spot)
        drawn.append(_enterprise(spot.x_mm, spot.y_mm, colour))
        legend.add("mark_enterprise", _enterprise(5, 2.5, colour))
    return "".join(drawn)


def _enterprise(x_mm: float, y_mm: float, colour: EnterpriseColour) -> str:
    ink = theme.INK if colour is EnterpriseColour.YELLOW else theme.PAPER
    return marks.square(x_mm, y_mm, colour.zh, fill=theme.ENTERPRISES[colour], ink=ink)


def label_marks(content: SheetContent, words: Words, labels: Labels) -> int:
    """
    Name shelters, with capacity and load, and assembly points.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.
    labels
        Gets the labels.

    Returns
    -------
    int
        Labels that found no room.
    """
    dropped = 0
    places = spots(content.frame, content.shapes["shelters"])
    # Those that cannot be used are listed with the reason; their names would hide the others.
    usable = [card for card in content.shelters if card.usable]
    for card in sorted(usable, key=lambda card: -card.load_people):
        spot = places.get(card.code)
        if spot is None:
            continue
        lines = [shortened(card.name), _places_text(card, words)]
        dropped += not labels.at_point(lines, spot.x_mm, spot.y_mm, _SHELTER)
    layer = content.shapes["assembly_points"]
    places = spots(content.frame, layer)
    for code, name in zip(layer.get("code", []), layer.get("name", []), strict=True):
        spot = places.get(str(code))
        if spot is not None:
            dropped += not labels.at_point([shortened(str(name))], spot.x_mm, spot.y_mm, _ASSEMBLY)
    return dropped


def _places_text(card: ShelterCard, words: Words) -> str:
    return words.first("people_unit", count=f"{card.load_people} / {capacity_text(card)}")


def capacity_text(card: ShelterCard) -> str:
    """
    Write a shelter's capacity; a star marks one that is derived.

    Parameters
    ----------
    card
        The shelter.

    Returns
    -------
    str
        A number, a number with a star, or a question mark.
    """
    if card.capacity_people is None:
        return "?"
    star = "*" if card.capacity_source == CapacitySource.DERIVED.value else ""
    return f"{card.capacity_people}{star}"
