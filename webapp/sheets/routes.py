"""Draw evacuation routes: white casing, number near the start, arrow heads towards the shelter."""

from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from webapp import theme
from webapp.sheets.frame import MapFrame
from webapp.sheets.ground import collection
from webapp.sheets.labels import Labels, LabelStyle
from webapp.sheets.lanes import Lanes
from webapp.sheets.legend import Legend
from webapp.sheets.marks import circle
from webapp.sheets.strokes import path

WIDTH_MM = 1.1
CASING_MM = 2.1
NUMBER_MM = 4.4
_NUMBER_SHARES = (0.12, 0.3, 0.5, 0.05, 0.7, 0.2, 0.4, 0.6, 0.85)
_ARROW_EVERY_MM = 38.0
_SHORTEST_WITH_ARROW_MM = 8.0
_EXIT_FIRST_MM, _EXIT_LAST_MM, _EXIT_STEP_MM = 9, 50, 4
_EXIT = LabelStyle(size_pt=7.5, colour=theme.ACCENT, bold=True)


@dataclass(frozen=True)
class DrawnRoute:
    """
    A route ready for the map.

    Attributes
    ----------
    number
        Number printed on it.
    group
        Code of the household group.
    shape
        Line from the household group to the shelter, metric CRS.
    exit_text
        What is written where the route leaves the map.
    """

    number: int
    group: str
    shape: BaseGeometry
    exit_text: str


def draw_routes(
    frame: MapFrame, routes: list[DrawnRoute], labels: Labels, legend: Legend
) -> tuple[str, str]:
    """
    Draw all routes and reserve room for their numbers.

    Parameters
    ----------
    frame
        The map frame.
    routes
        The routes.
    labels
        Learns where numbers stand, and gets the texts at the edge.
    legend
        Learns that routes were drawn.

    Returns
    -------
    tuple of str
        SVG of the lines, and SVG of the numbers that lie on top.
    """
    roads = [_line(shape) for shape in frame.paper([route.shape for route in routes])]
    lanes = Lanes(roads, [route.group for route in routes])
    papers = lanes.moved()
    shown = shapely.GeometryCollection([line for line in papers if not line.is_empty])
    lines = route_stroke(shown)
    heads, numbers = [], []
    for route, line, own in zip(routes, papers, lanes.alone(), strict=True):
        if line.is_empty:
            continue
        heads.extend(_arrow_heads(line))
        x, y = _place_number(own, line, labels)
        numbers.append(circle(x, y, str(route.number), fill=theme.ACCENT, size_mm=NUMBER_MM))
        _name_exit(frame, route, line, labels)
        labels.avoid(shapely.buffer(line, WIDTH_MM))
    if lines:
        legend.add(
            "mark_route",
            route_stroke(shapely.LineString([(0.5, 2.5), (9.5, 2.5)]))
            + circle(5, 2.5, "1", fill=theme.ACCENT, size_mm=NUMBER_MM),
        )
    return lines + "".join(heads), "".join(numbers)


def route_stroke(shape: BaseGeometry) -> str:
    """
    Draw lines in the colour of routes with a white casing.

    Parameters
    ----------
    shape
        Lines in millimetres.

    Returns
    -------
    str
        SVG elements.
    """
    common: dict[str, str | float] = {
        "fill": "none", "stroke_linejoin": "round", "stroke_linecap": "round",
    }  # fmt: skip
    casing = path(shape, stroke=theme.PAPER, stroke_width=CASING_MM, **common)
    return casing + path(shape, stroke=theme.ROUTES["primary"], stroke_width=WIDTH_MM, **common)


def draw_delivered(frame: MapFrame, shapes: gpd.GeoDataFrame, legend: Legend) -> str:
    """
    Draw routes that were delivered, not planned here: dashed, without a number.

    Parameters
    ----------
    frame
        The map frame.
    shapes
        Lines, metric CRS.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG elements.
    """
    look: dict[str, str | float] = {
        "fill": "none",
        "stroke": theme.ROUTES["alternative"],
        "stroke_width": 0.7,
        "stroke_dasharray": "2.4 1.4",
    }
    drawn = path(collection(frame, shapes), **look)
    if drawn:
        legend.add("mark_route_delivered", path("M0.5 2.5H9.5", **look))
    return drawn


def _line(shape: BaseGeometry) -> BaseGeometry:
    # Cutting at the frame may leave pieces; the first long one carries number and arrows.
    if shape.geom_type == "LineString":
        return shape
    merged = shapely.line_merge(shape)
    return merged if merged.geom_type in {"LineString", "MultiLineString"} else shapely.LineString()


def _longest(line: BaseGeometry) -> BaseGeometry:
    parts = shapely.get_parts(line)
    longest: BaseGeometry = parts[int(np.argmax(shapely.length(parts)))]
    return longest


def _arrow_heads(line: BaseGeometry) -> list[str]:
    stretch = _longest(line)
    if stretch.length < _SHORTEST_WITH_ARROW_MM:
        return []
    count = max(1, int(stretch.length // _ARROW_EVERY_MM))
    return [
        _arrow_head(stretch, stretch.length * (number + 0.6) / count) for number in range(count)
    ]


def _arrow_head(line: BaseGeometry, at_mm: float) -> str:
    tip, tail = line.interpolate(min(at_mm + 1.2, line.length)), line.interpolate(at_mm - 1.2)
    angle = np.degrees(np.arctan2(tip.y - tail.y, tip.x - tail.x))
    return (
        f'<path d="M-0.9 -1L0.9 0L-0.9 1" fill="none" stroke="{theme.PAPER}" stroke-width="0.45" '
        f'stroke-linejoin="round" transform="translate({tip.x:.2f} {tip.y:.2f}) '
        f'rotate({angle:.1f})"/>'
    )


def _place_number(own: BaseGeometry, line: BaseGeometry, labels: Labels) -> tuple[float, float]:
    """Put a number where no other route runs, else where there is room on the route."""
    half = NUMBER_MM / 2
    stretches = [_longest(own)] if own.length >= NUMBER_MM else []
    spots = [
        stretch.interpolate(share, normalized=True)
        for stretch in (*stretches, _longest(line))
        for share in _NUMBER_SHARES
    ]
    spot = next((s for s in spots if labels.is_clear(s.x, s.y, half)), spots[0])
    labels.keep_clear(spot.x - half, spot.y - half, spot.x + half, spot.y + half)
    return spot.x, spot.y


def _name_exit(frame: MapFrame, route: DrawnRoute, line: BaseGeometry, labels: Labels) -> None:
    end = shapely.get_point(_longest(shapely.line_merge(route.shape)), -1)
    if shapely.box(*frame.bounds_m).contains(end):
        return
    last = shapely.get_parts(line)[-1]
    # Several routes leave by one road: their names stand along it, one behind the other.
    for before_mm in range(_EXIT_FIRST_MM, _EXIT_LAST_MM, _EXIT_STEP_MM):
        spot = last.interpolate(max(last.length - before_mm, 0.0))
        if labels.at_point([route.exit_text], spot.x, spot.y, _EXIT):
            return
    labels.dropped += 1
