"""Draw the small map that shows where the village lies in its town and district."""

import geopandas as gpd
import shapely
from shapely.geometry.base import BaseGeometry

from webapp import theme
from webapp.sheets.frame import MapFrame
from webapp.sheets.strokes import path

WIDTH_MM = 50.0
HEIGHT_MM = 34.0
_MARGIN_MM = 1.5


def draw_locator(
    towns: gpd.GeoDataFrame, town_code: str, village: BaseGeometry, frame_bounds: BaseGeometry
) -> str:
    """
    Draw the district's towns, the own town tinted, the village filled and the sheet framed.

    Parameters
    ----------
    towns
        Towns with column ``code``, metric CRS.
    town_code
        Code of the village's town.
    village
        The village's area, metric CRS.
    frame_bounds
        Ground covered by the main map, metric CRS.

    Returns
    -------
    str
        SVG of 50 x 34 mm; empty where the district has no towns.
    """
    if towns.empty:
        return ""
    left, bottom, right, top = towns.total_bounds
    per_mm = max(
        (right - left) / (WIDTH_MM - 2 * _MARGIN_MM), (top - bottom) / (HEIGHT_MM - 2 * _MARGIN_MM)
    )
    frame = MapFrame((left + right) / 2, (bottom + top) / 2, per_mm * 1000, WIDTH_MM, HEIGHT_MM)
    own = towns[towns["code"] == town_code]
    line = theme.BASE["town-line"]
    drawn = (
        path(_paper(frame, towns), fill=theme.BASE["land"], stroke=line, stroke_width=0.18)
        + path(
            _paper(frame, own), fill=theme.mixed(theme.ACCENT, theme.PAPER, 0.25), stroke=line,
            stroke_width=0.25,
        )
        + path(
            frame.paper([village])[0], fill=theme.ACCENT, stroke=theme.ACCENT, stroke_width=0.5,
        )
        + path(
            frame.paper([frame_bounds])[0], fill="none", stroke=theme.INK, stroke_width=0.25,
        )
    )  # fmt: skip
    return (
        f'<svg width="{WIDTH_MM:g}mm" height="{HEIGHT_MM:g}mm" '
        f'viewBox="0 0 {WIDTH_MM:g} {HEIGHT_MM:g}">{drawn}</svg>'
    )


def _paper(frame: MapFrame, shapes: gpd.GeoDataFrame) -> BaseGeometry:
    return shapely.GeometryCollection(list(frame.paper(shapes.geometry.to_numpy())))
