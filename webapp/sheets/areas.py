"""Fill areas so that they read in colour and in a photocopy: a tint and a hatch per risk class."""

import geopandas as gpd
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry

from geo.vocabulary import RiskLevel
from webapp import theme
from webapp.sheets.frame import MapFrame
from webapp.sheets.ground import collection
from webapp.sheets.legend import Legend
from webapp.sheets.strokes import dots, hatch, path

_MM_PER_PX = 25.4 / 96
_RISING_DEG = 45
_FALLING_DEG = 135
_SWATCH = shapely.box(0.5, 0.5, 9.5, 4.5)
_DOT_SPACING_MM = 2.4
_STRIPE_MM = 0.8
_STRIPE_SPACING_MM = 3.0


_UNDER_STRIPES = path(_SWATCH, fill=theme.UNKNOWN, stroke="none")
_UNSURE_RIM = path(_SWATCH, fill="none", stroke=theme.MUTED, stroke_width=0.3)


def risk_fill(shape: BaseGeometry, level: RiskLevel) -> str:
    """
    Fill an area with the tint and hatch of a class.

    Parameters
    ----------
    shape
        Area in millimetres.
    level
        The class.

    Returns
    -------
    str
        SVG elements.
    """
    colour, pattern = theme.RISK[level], theme.PATTERNS[level]
    filled = path(shape, fill=colour, fill_opacity=theme.FILL_SHARE, stroke="none")
    if not pattern.angles_deg:
        return filled
    lines = hatch(
        shape,
        spacing_mm=pattern.gap_px * _MM_PER_PX,
        rising=_RISING_DEG in pattern.angles_deg,
        falling=_FALLING_DEG in pattern.angles_deg,
    )
    ink = theme.darkened(colour)
    return filled + path(lines, fill="none", stroke=ink, stroke_width=0.13, stroke_opacity=0.55)


def unknown_fill(shape: BaseGeometry) -> str:
    """
    Fill an area that was not assessed: dots on white.

    Parameters
    ----------
    shape
        Area in millimetres.

    Returns
    -------
    str
        SVG elements.
    """
    spots = dots(shape, spacing_mm=_DOT_SPACING_MM)
    return path(
        spots, fill="none", stroke=theme.mixed(theme.UNKNOWN, theme.INK, 0.7),
        stroke_width=0.45, stroke_linecap="round",
    )  # fmt: skip


def unsure_stripes(shape: BaseGeometry) -> str:
    """
    Draw white stripes over a class that is unsure, as the map on the screen has them.

    Parameters
    ----------
    shape
        Area in millimetres, already filled.

    Returns
    -------
    str
        SVG elements; a rim of the class stays whole, so that no stripe reaches into a neighbour.
    """
    inner = shape.buffer(-_STRIPE_MM / 2)
    if inner.is_empty:
        return ""
    stripes = hatch(inner, spacing_mm=_STRIPE_SPACING_MM, rising=False, falling=True)
    return path(stripes, fill="none", stroke=theme.PAPER, stroke_width=_STRIPE_MM)


def draw_risk(frame: MapFrame, units: gpd.GeoDataFrame, legend: Legend) -> str:
    """
    Draw the classes of the units, worst class first in the legend.

    Parameters
    ----------
    frame
        The map frame.
    units
        Areas with columns ``risk_class`` (1 low to 5 high, missing where not assessed) and
        ``is_unsure`` (missing where nobody drew other weights), metric CRS.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG elements.
    """
    classes = pd.to_numeric(units["risk_class"], errors="coerce")
    drawn: list[str] = []
    for level in reversed(RiskLevel):
        shape = _joined(frame, units[classes == level.ordinal])
        if shape.is_empty:
            continue
        drawn.append(risk_fill(shape, level))
        swatch = risk_fill(_SWATCH, level) + _outline(_SWATCH, theme.darkened(theme.RISK[level]))
        words = legend.words
        name = (
            words.first("risk_class", word=level.label(words.language)),
            words.second("risk_class", word=level.label(words.other)),
        )
        legend.add(f"risk_{level.ordinal}", swatch, name=name)
    shape = _joined(frame, units[classes.isna()])
    if not shape.is_empty:
        drawn.append(unknown_fill(shape))
        legend.add("not_assessed", unknown_fill(_SWATCH) + _outline(_SWATCH, theme.MUTED))
    # Unit by unit: stripes over joined areas would hide which of two neighbours is the unsure one.
    is_unsure = classes.notna() & units["is_unsure"].map(lambda each: each is True or each == 1)
    striped = [unsure_stripes(each) for each in frame.paper(units.geometry[is_unsure].to_numpy())]
    if any(striped):
        legend.add("unsure", _UNDER_STRIPES + unsure_stripes(_SWATCH) + _UNSURE_RIM)
    return "".join([*drawn, *striped])


def draw_unit_lines(frame: MapFrame, units: gpd.GeoDataFrame, legend: Legend) -> str:
    """
    Draw the lines between units.

    Parameters
    ----------
    frame
        The map frame.
    units
        Areas, metric CRS.
    legend
        Learns what was drawn.

    Returns
    -------
    str
        SVG element.
    """
    look: dict[str, str | float] = {
        "fill": "none", "stroke": theme.MUTED, "stroke_width": 0.25, "stroke_dasharray": "1.4 0.7",
    }  # fmt: skip
    drawn = path(collection(frame, units), **look)
    if drawn:
        legend.add("unit_line", path("M0.5 2.5H9.5", **look))
    return drawn


def draw_hazard_areas(
    frame: MapFrame, sites: gpd.GeoDataFrame, legend: Legend, *, is_filled: bool = True
) -> str:
    """
    Draw the extents of hazard sites; sites that are points have none.

    Parameters
    ----------
    frame
        The map frame.
    sites
        Hazard sites, metric CRS.
    legend
        Learns what was drawn.
    is_filled
        False draws the outline alone, so that the classes below keep their colour and hatch.

    Returns
    -------
    str
        SVG elements.
    """
    areas = sites[sites.geometry.geom_type.isin(["Polygon", "MultiPolygon"])]
    shape = _joined(frame, areas)
    if shape.is_empty:
        return ""
    draw = _hazard_fill if is_filled else _hazard_line
    legend.add("area_hazard_site", draw(_SWATCH))
    return draw(shape)


def _hazard_line(shape: BaseGeometry) -> str:
    ink = theme.MARKS["hazard-site"]
    return path(shape, fill="none", stroke=ink, stroke_width=0.6, stroke_dasharray="1.6 0.8")


def _hazard_fill(shape: BaseGeometry) -> str:
    ink = theme.MARKS["hazard-site"]
    return path(
        shape, fill=ink, fill_opacity=0.1, stroke=ink, stroke_width=0.4, stroke_dasharray="1.6 0.8",
    ) + path(
        hatch(shape, spacing_mm=2.2, rising=False, falling=True),
        fill="none", stroke=ink, stroke_width=0.16, stroke_opacity=0.7,
    )  # fmt: skip


def _joined(frame: MapFrame, shapes: gpd.GeoDataFrame) -> BaseGeometry:
    return shapely.union_all(frame.paper(shapes.geometry.to_numpy()))


def _outline(shape: BaseGeometry, ink: str) -> str:
    return path(shape, fill="none", stroke=ink, stroke_width=0.3)
