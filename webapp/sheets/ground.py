"""Draw the ground of a map: neighbours muted, water, roads by class, buildings, boundaries."""

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.vocabulary import RoadClass, WaterKind
from webapp import theme
from webapp.sheets.frame import MapFrame
from webapp.sheets.legend import Legend
from webapp.sheets.strokes import path

_MAIN = (RoadClass.TRUNK.value, RoadClass.PRIMARY.value)
_MIDDLE = (RoadClass.SECONDARY.value,)
_SMALL = (RoadClass.LOCAL.value, RoadClass.PATH.value)
# Narrowest first, so that wide roads lie on top: (key of the legend, classes, width in mm).
_ROADS = (("road_small", _SMALL, 0.55), ("road_middle", _MIDDLE, 0.95), ("road_main", _MAIN, 1.4))
_CASING_MM = 0.3
# Fill of the theme by key of the legend, widest surface first.
_WATER = (
    ("water_sea", (WaterKind.SEA.value,), "sea"),
    ("water_inland", (WaterKind.RIVER.value, WaterKind.LAKE.value), "water"),
)
_BANK_MM = 0.15
BUILDING_LINE = theme.BASE["village-line"]
# At smaller scales a house is under half a millimetre wide and cannot be read.
SMALLEST_WITH_BUILDINGS = 25_000
SMALLEST_WITH_ALL_AROUND = 10_000
MAIN_ROADS = (*_MAIN, *_MIDDLE)
_SMALLEST_BUILDING_MM2 = 0.06


def collection(frame: MapFrame, shapes: gpd.GeoDataFrame) -> shapely.GeometryCollection:
    """
    Bring a layer to paper as one geometry.

    Parameters
    ----------
    frame
        The map frame.
    shapes
        Layer in the metric CRS.

    Returns
    -------
    GeometryCollection
        Shapes in millimetres, cut at the frame; empty ones left out.
    """
    parts = frame.paper(shapes.geometry.to_numpy())
    return shapely.GeometryCollection([part for part in parts if part and not part.is_empty])


def road_factor(denominator: float) -> float:
    """
    Return how much thinner roads are drawn than at 1:5 000.

    Parameters
    ----------
    denominator
        Of the scale.

    Returns
    -------
    float
        0.45 to 1.15; the fourth root keeps the order of widths at every scale.
    """
    return float(min(1.15, max(0.45, (5000 / denominator) ** 0.4)))


def readable(
    frame: MapFrame, layer: gpd.GeoDataFrame, village: BaseGeometry, always: tuple[str, ...] = ()
) -> gpd.GeoDataFrame:
    """
    Leave out small things of the neighbours at scales where they only blur.

    Parameters
    ----------
    frame
        The map frame.
    layer
        Roads or buildings, metric CRS.
    village
        The village's area, metric CRS.
    always
        Classes of road that stay.

    Returns
    -------
    geopandas.GeoDataFrame
        All of it at 1:10 000 and larger scales, else what touches the village, and those classes.
    """
    if frame.denominator <= SMALLEST_WITH_ALL_AROUND:
        return layer
    touches = layer.intersects(village)
    return layer[touches | layer["class"].isin(always)] if always else layer[touches]


def draw_land(frame: MapFrame, villages: gpd.GeoDataFrame) -> str:
    """
    Draw the district's land on white paper.

    Parameters
    ----------
    frame
        The map frame.
    villages
        Villages around, metric CRS.

    Returns
    -------
    str
        SVG elements.
    """
    return path(collection(frame, villages), fill=theme.BASE["land"], stroke="none")


def draw_water(frame: MapFrame, water: gpd.GeoDataFrame, legend: Legend) -> str:
    """
    Draw the sea, rivers and lakes with a thin bank, so that they read in a photocopy.

    Parameters
    ----------
    frame
        The map frame.
    water
        Surfaces with column ``kind``, metric CRS; none where water was not delivered.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG elements.
    """
    drawn = []
    for key, kinds, colour in _WATER:
        look: dict[str, str | float] = {
            "fill": theme.BASE[colour],
            "stroke": theme.BASE["bank"],
            "stroke_width": _BANK_MM,
            "stroke_linejoin": "round",
        }
        surfaces = path(collection(frame, water[water["kind"].isin(kinds)]), **look)
        if surfaces:
            drawn.append(surfaces)
            legend.add(key, path("M0.5 1C3.5 0 6.5 2 9.5 1V4C6.5 5 3.5 3 0.5 4Z", **look))
    return "".join(drawn)


def draw_buildings(frame: MapFrame, buildings: gpd.GeoDataFrame, legend: Legend) -> str:
    """
    Draw footprints.

    Parameters
    ----------
    frame
        The map frame.
    buildings
        Footprints, metric CRS.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG element.
    """
    if frame.denominator > SMALLEST_WITH_BUILDINGS:
        return ""
    look: dict[str, str | float] = {
        "fill": theme.mixed(theme.BASE["built"], theme.BASE["rail"], 0.7),
        "stroke": BUILDING_LINE,
        "stroke_width": 0.12,
    }
    shapes = frame.paper(buildings.geometry.to_numpy())
    seen = shapes[shapely.area(shapes) > _SMALLEST_BUILDING_MM2] if len(shapes) else shapes
    drawn = path(shapely.GeometryCollection(list(seen)), **look)
    if drawn:
        legend.add("building", path("M1.5 1H8.5V4.2H5.5V3H1.5Z", **look))
    return drawn


def draw_roads(frame: MapFrame, roads: gpd.GeoDataFrame, legend: Legend) -> str:
    """
    Draw roads in three widths, casings below, so that crossings run into each other.

    Parameters
    ----------
    frame
        The map frame.
    roads
        Lines with column ``class``, metric CRS.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG elements.
    """
    factor = road_factor(frame.denominator)
    casings, fills = [], []
    for key, classes, width in _ROADS:
        lines = collection(frame, roads[roads["class"].isin(classes)])
        over, under = _road_pair(lines, width * factor)
        if not over:
            continue
        casings.append(under)
        fills.append(over)
        sample = _road_pair(shapely.LineString([(0.5, 2.5), (9.5, 2.5)]), width * factor)
        ground = path("M0 0H10V5H0Z", fill=theme.BASE["built"])
        legend.add(key, ground + sample[1] + sample[0])
    return "".join(casings) + "".join(fills)


def _road_pair(lines: BaseGeometry, width_mm: float) -> tuple[str, str]:
    common: dict[str, str | float] = {"fill": "none", "stroke_linejoin": "round"}
    over = path(lines, stroke=theme.BASE["road"], stroke_width=round(width_mm, 2), **common)
    casing = theme.mixed(theme.BASE["road-casing"], theme.BASE["dike"], 0.45)
    under = path(lines, stroke=casing, stroke_width=round(width_mm + _CASING_MM, 2), **common)
    return over, under


def draw_wash(frame: MapFrame, village: BaseGeometry) -> str:
    """
    Lay a white veil over everything outside the village.

    Parameters
    ----------
    frame
        The map frame.
    village
        The village's area, metric CRS.

    Returns
    -------
    str
        SVG element.
    """
    whole = shapely.box(0, 0, frame.width_mm, frame.height_mm)
    outside = shapely.difference(whole, frame.paper([village])[0])
    return path(outside, fill=theme.PAPER, fill_opacity=0.55, stroke="none")


def draw_boundaries(
    frame: MapFrame, villages: gpd.GeoDataFrame, village: BaseGeometry, legend: Legend
) -> str:
    """
    Draw the lines of the neighbours thin and the village's own line strong.

    Parameters
    ----------
    frame
        The map frame.
    villages
        Villages around, metric CRS.
    village
        The village's area, metric CRS.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG elements.
    """
    thin: dict[str, str | float] = {
        "fill": "none", "stroke": theme.BASE["village-line"], "stroke_width": 0.3,
    }  # fmt: skip
    strong: dict[str, str | float] = {
        "fill": "none", "stroke": theme.INK, "stroke_width": 0.7,
        "stroke_dasharray": "4 1.2 0.8 1.2", "stroke_linejoin": "round",
    }  # fmt: skip
    neighbours = path(collection(frame, villages), **thin)
    own = path(frame.paper([village])[0], **strong)
    legend.add("village_line", path("M0.5 2.5H9.5", **strong))
    if neighbours:
        legend.add("neighbour_line", path("M0.5 2.5H9.5", **thin))
    return neighbours + own
