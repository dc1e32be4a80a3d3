"""Compose the map of a sheet from ground, areas, routes, marks and labels."""

from dataclasses import dataclass

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from webapp import theme
from webapp.sheets.areas import draw_hazard_areas, draw_risk, draw_unit_lines
from webapp.sheets.content import EVACUATION, SheetContent, short_name
from webapp.sheets.furniture import (
    BAR_MAX_MM,
    draw_frame_line,
    draw_graticule,
    draw_north,
    draw_scale_bar,
)
from webapp.sheets.ground import (
    MAIN_ROADS,
    draw_boundaries,
    draw_buildings,
    draw_land,
    draw_roads,
    draw_wash,
    draw_water,
    readable,
)
from webapp.sheets.labels import Labels, LabelStyle, shortened
from webapp.sheets.legend import Legend
from webapp.sheets.points import draw_marks, label_marks
from webapp.sheets.routes import DrawnRoute, draw_delivered, draw_routes
from webapp.sheets.sentences import distance_text
from webapp.sheets.words import Words

_UNIT = LabelStyle(size_pt=8, colour=theme.INK)
_NEIGHBOUR = LabelStyle(size_pt=9, colour=theme.MUTED)
_ROAD = LabelStyle(size_pt=6.5, colour=theme.MUTED)
_NAMED_ROADS = ("trunk", "primary", "secondary")
_MOST_ROAD_NAMES = 40
_TICK_ROOM_MM = 6.5


@dataclass(frozen=True)
class DrawnMap:
    """
    A map ready for the page.

    Attributes
    ----------
    svg
        The drawing, 292 x 236 mm.
    legend
        What it shows.
    labels_dropped
        Labels of marks and units that found no room.
    """

    svg: str
    legend: Legend
    labels_dropped: int


def draw_map(content: SheetContent, words: Words) -> DrawnMap:
    """
    Draw the map of a sheet.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    DrawnMap
        The map with its legend.
    """
    frame, legend = content.frame, Legend(words)
    labels = Labels(frame.width_mm, frame.height_mm)
    _reserve_ticks(labels)
    furniture = _draw_furniture(content, words, labels)
    areas = _draw_areas(content, legend)
    # Marks stand where they stand; numbers and labels then keep off them.
    marks = Legend(words)
    points = draw_marks(content, labels, marks)
    routes, numbers = _draw_routes(content, words, labels, legend)
    legend.entries.update(marks.entries)
    roads = draw_roads(
        frame, readable(frame, content.shapes["roads"], content.shape, MAIN_ROADS), legend
    )
    water = draw_water(frame, content.shapes["water"], legend)
    veil = draw_wash(frame, content.shape)
    lines = draw_boundaries(frame, content.shapes["villages"], content.shape, legend)
    dropped = labels.dropped + _write_labels(content, words, labels)
    buildings = draw_buildings(
        frame, readable(frame, content.shapes["buildings"], content.shape), legend
    )
    ground = draw_land(frame, content.shapes["villages"]) + buildings
    layers = [
        ground, areas, water, roads, veil, lines, routes, numbers, points, *labels.written,
        furniture,
    ]  # fmt: skip
    size = f'width="{frame.width_mm:g}mm" height="{frame.height_mm:g}mm"'
    box = f'viewBox="0 0 {frame.width_mm:g} {frame.height_mm:g}"'
    svg = f'<svg xmlns="http://www.w3.org/2000/svg" {size} {box}>{"".join(layers)}</svg>'
    return DrawnMap(svg=svg, legend=legend, labels_dropped=dropped)


def _draw_areas(content: SheetContent, legend: Legend) -> str:
    units, sites = content.shapes["grid_units"], content.shapes["hazard_sites"]
    if content.kind == EVACUATION:
        return draw_hazard_areas(content.frame, sites, legend) + draw_unit_lines(
            content.frame, units, legend
        )
    if units.empty:
        card = content.risk
        columns = {
            "risk_class": [card.risk_class if card else None],
            "is_unsure": [card.is_unsure if card else None],
        }
        units = gpd.GeoDataFrame(columns, geometry=[content.shape], crs=units.crs)
    drawn = draw_risk(content.frame, units, legend)
    lines = draw_unit_lines(content.frame, content.shapes["grid_units"], legend)
    return drawn + lines + draw_hazard_areas(content.frame, sites, legend, is_filled=False)


def _draw_routes(
    content: SheetContent, words: Words, labels: Labels, legend: Legend
) -> tuple[str, str]:
    if content.kind != EVACUATION:
        return "", ""
    shapes = content.shapes["routes"].set_index("code").geometry
    drawn = [
        DrawnRoute(
            number=number,
            group=card.unit_code or card.code,
            shape=shapes[card.code],
            exit_text=words.first(
                "to_shelter",
                number=number,
                shelter=shortened(card.shelter_name or ""),
                distance=distance_text(card.length_m or 0),
            ),
        )
        for number, card in enumerate(content.routes, start=1)
        if card.code in shapes.index
    ]
    delivered = draw_delivered(content.frame, content.shapes["delivered_routes"], legend)
    lines, numbers = draw_routes(content.frame, drawn, labels, legend)
    return delivered + lines, numbers


def _draw_furniture(content: SheetContent, words: Words, labels: Labels) -> str:
    frame, village = content.frame, content.frame.paper([content.shape])[0]
    width, height = frame.width_mm, frame.height_mm
    inset = _TICK_ROOM_MM + 1
    bar_width, bar_height = BAR_MAX_MM + 16, 14.5
    bar = _emptiest(
        village,
        [
            (inset, height - inset - bar_height),
            (width - inset - bar_width, height - inset - bar_height),
            (inset, inset),
            (width - inset - bar_width, inset),
        ],
        (bar_width, bar_height),
    )
    labels.keep_clear(bar[0], bar[1], bar[0] + bar_width, bar[1] + bar_height)
    corners = [(width - inset - 18, inset), (inset, inset)]
    free = [
        spot for spot in corners if abs(spot[1] - bar[1]) > 1 or abs(spot[0] - bar[0]) > BAR_MAX_MM
    ]
    north = _emptiest(village, free, (18, 26))
    labels.keep_clear(north[0], north[1], north[0] + 18, north[1] + 26)
    return (
        draw_graticule(frame, content.to_degrees, ink=theme.INK)
        + draw_scale_bar(frame, bar[0] + 4, bar[1] + 7.5, ink=theme.INK)
        + draw_north(north[0] + 9, north[1] + 7, ink=theme.INK, caption=words.first("grid_north"))
        + draw_frame_line(frame, ink=theme.INK)
    )


def _emptiest(
    village: BaseGeometry, corners: list[tuple[float, float]], size: tuple[float, float]
) -> tuple[float, float]:
    def covered(corner: tuple[float, float]) -> float:
        left, top = corner
        box = shapely.box(left, top, left + size[0], top + size[1])
        return float(shapely.area(shapely.intersection(village, box)))

    return min(corners, key=covered)


def _reserve_ticks(labels: Labels) -> None:
    width, height, room = labels.width_mm, labels.height_mm, _TICK_ROOM_MM
    labels.keep_clear(0, 0, width, room)
    labels.keep_clear(0, height - room, width, height)
    labels.keep_clear(0, 0, room, height)
    labels.keep_clear(width - room, 0, width, height)


def _write_labels(content: SheetContent, words: Words, labels: Labels) -> int:
    dropped = label_marks(content, words, labels) if content.kind == EVACUATION else 0
    units = content.shapes["grid_units"]
    for name, shape in zip(units["name"], _papers(content, units), strict=True):
        text = shortened(short_name(str(name), content.village.name))
        if not labels.in_area([text], shape, _UNIT):
            dropped += not shape.is_empty
    neighbours = content.shapes["villages"]
    neighbours = neighbours[neighbours["code"] != content.village.code]
    for name, shape in zip(neighbours["name"], _papers(content, neighbours), strict=True):
        labels.in_area([shortened(str(name))], shape, _NEIGHBOUR, must_fit=True)
    _write_road_names(content, labels)
    return dropped


def _papers(content: SheetContent, shapes: gpd.GeoDataFrame) -> list[BaseGeometry]:
    return list(content.frame.paper(shapes.geometry.to_numpy()))


def _write_road_names(content: SheetContent, labels: Labels) -> None:
    roads = content.shapes["roads"]
    named = roads[roads["class"].isin(_NAMED_ROADS) & roads["name"].notna()]
    lines = named.dissolve(by="name") if not named.empty else named
    pieces = [
        (str(name), _longest_piece(line))
        for name, line in zip(lines.index, _papers(content, lines), strict=True)
        if not line.is_empty
    ]
    pieces.sort(key=lambda piece: (-piece[1].length, piece[0]))
    for name, line in pieces[:_MOST_ROAD_NAMES]:
        labels.along_line(name, line, _ROAD)


def _longest_piece(line: BaseGeometry) -> BaseGeometry:
    merged = shapely.line_merge(line) if line.geom_type == "MultiLineString" else line
    longest: BaseGeometry = max(shapely.get_parts(merged), key=lambda part: part.length)
    return longest
