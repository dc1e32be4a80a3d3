"""Turn shapes in millimetres into SVG: paths, hatches, halo text, all vector."""

from html import escape

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from webapp import theme

MM_PER_PT = 25.4 / 72
FONT = theme.SHEET_FONT
# Corners closer than this to the simplified line cannot be seen in print.
TOLERANCE_MM = 0.05


def path_data(shape: BaseGeometry) -> str:
    """
    Write lines and polygons as the ``d`` of an SVG path; points are left out.

    Parameters
    ----------
    shape
        Any geometry in millimetres; may be empty or mixed.

    Returns
    -------
    str
        Path data, empty for an empty shape.
    """
    thin = shapely.simplify(_simple_parts(shape), TOLERANCE_MM, preserve_topology=True)
    kinds = shapely.get_type_id(thin)
    # Rings oriented: the non-zero rule then keeps holes open.
    areas = shapely.orient_polygons(thin[kinds == shapely.GeometryType.POLYGON])
    lines = thin[kinds == shapely.GeometryType.LINESTRING]
    return _runs(shapely.get_rings(areas), "Z") + _runs(lines, "")


def _simple_parts(shape: BaseGeometry) -> NDArray[np.object_]:
    # Twice: a collection may hold multi-geometries.
    parts = shapely.get_parts(shapely.get_parts([shape]))
    return np.asarray(shapely.get_parts(parts), dtype=object)


def _runs(lines: NDArray[np.object_], end: str) -> str:
    if len(lines) == 0:
        return ""
    points, owner = shapely.get_coordinates(lines, return_index=True)
    texts = [f"{x:g} {y:g}" for x, y in np.round(points, 2).tolist()]
    starts = np.flatnonzero(np.diff(owner, prepend=-1)).tolist()
    stops = [*starts[1:], len(texts)]
    # A ring ends where it began; Z draws that last side.
    last = 1 if end else 0
    return "".join(
        f"M{'L'.join(texts[start : stop - last])}{end}"
        for start, stop in zip(starts, stops, strict=True)
    )


def path(shape: BaseGeometry | str, **attributes: str | float) -> str:
    """
    Write one SVG path; an empty shape gives an empty text.

    Parameters
    ----------
    shape
        Geometry in millimetres, or path data already written.
    **attributes
        SVG attributes; an underscore stands for a hyphen.

    Returns
    -------
    str
        The element.
    """
    data = shape if isinstance(shape, str) else path_data(shape)
    if not data:
        return ""
    return f'<path d="{data}"{_written(attributes)}/>'


def _written(attributes: dict[str, str | float]) -> str:
    return "".join(
        f' {name.rstrip("_").replace("_", "-")}="{escape(str(value))}"'
        for name, value in attributes.items()
    )


def halo_text(
    text: str,
    x_mm: float,
    y_mm: float,
    *,
    size_pt: float,
    colour: str,
    halo: str = theme.PAPER,
    halo_mm: float = 0.9,
    anchor: str = "middle",
    angle: float = 0.0,
    bold: bool = False,
) -> str:
    """
    Write a label twice: a stroked one as halo, the filled one on top.

    Parameters
    ----------
    text
        The label.
    x_mm
        Anchor on the baseline, millimetres.
    y_mm
        Baseline, millimetres.
    size_pt
        Size in points.
    colour
        Colour of the letters.
    halo
        Colour of the halo.
    halo_mm
        Width of the halo's stroke, millimetres; 0 leaves it out.
    anchor
        SVG text-anchor.
    angle
        Clockwise turn about the anchor, degrees.
    bold
        Heavier letters.

    Returns
    -------
    str
        One or two text elements.
    """
    turn = f' transform="rotate({angle:.1f} {x_mm:.2f} {y_mm:.2f})"' if angle else ""
    weight = ' font-weight="700"' if bold else ""
    common = (
        f'x="{x_mm:.2f}" y="{y_mm:.2f}" font-size="{size_pt * MM_PER_PT:.2f}" '
        f'font-family="{FONT}" text-anchor="{anchor}"{weight}{turn}'
    )
    letters = escape(text)
    under = (
        f'<text {common} fill="{halo}" stroke="{halo}" stroke-width="{halo_mm}" '
        f'stroke-linejoin="round">{letters}</text>'
        if halo_mm
        else ""
    )
    return f'{under}<text {common} fill="{colour}">{letters}</text>'


def hatch(shape: BaseGeometry, *, spacing_mm: float, rising: bool, falling: bool = False) -> str:
    """
    Fill a polygon with diagonal lines that run on across neighbouring polygons.

    Parameters
    ----------
    shape
        Polygon in millimetres.
    spacing_mm
        Distance between lines, millimetres.
    rising
        Lines from bottom left to top right.
    falling
        Lines from top left to bottom right; both together make a cross hatch.

    Returns
    -------
    str
        Path data of the lines.
    """
    if shape.is_empty:
        return ""
    left, top, right, bottom = shape.bounds
    step = spacing_mm * np.sqrt(2.0)
    strokes: list[NDArray[np.float64]] = []
    if rising:
        total = np.arange(np.ceil((left + top) / step), (right + bottom) / step) * step
        strokes.append(_lines(total - top, top, total - bottom, bottom))
    if falling:
        total = np.arange(np.ceil((left - bottom) / step), (right - top) / step) * step
        strokes.append(_lines(total + top, top, total + bottom, bottom))
    lines = shapely.linestrings(np.concatenate(strokes))
    cut = np.atleast_1d(np.asarray(shapely.intersection(lines, shape), dtype=object))
    return path_data(shapely.GeometryCollection(cut.tolist()))


def _lines(
    x0: NDArray[np.float64], y0: float, x1: NDArray[np.float64], y1: float
) -> NDArray[np.float64]:
    starts = np.column_stack((x0, np.full_like(x0, y0)))
    ends = np.column_stack((x1, np.full_like(x1, y1)))
    return np.stack((starts, ends), axis=1)


def dots(shape: BaseGeometry, *, spacing_mm: float) -> str:
    """
    Fill a polygon with dots on a square lattice; stroke them with round caps.

    Parameters
    ----------
    shape
        Polygon in millimetres.
    spacing_mm
        Distance between dots, millimetres.

    Returns
    -------
    str
        Path data of zero-length strokes.
    """
    if shape.is_empty:
        return ""
    left, top, right, bottom = shape.bounds
    xs = np.arange(np.ceil(left / spacing_mm), right / spacing_mm) * spacing_mm
    ys = np.arange(np.ceil(top / spacing_mm), bottom / spacing_mm) * spacing_mm
    grid_x, grid_y = (side.ravel() for side in np.meshgrid(xs, ys))
    inside = shapely.contains_xy(shape, grid_x, grid_y)
    return "".join(
        f"M{x:.2f} {y:.2f}h0.01" for x, y in zip(grid_x[inside], grid_y[inside], strict=True)
    )


def text_width_mm(text: str, size_pt: float) -> float:
    """
    Estimate the width of a text in Noto Sans CJK, rather too wide than too narrow.

    Parameters
    ----------
    text
        One line.
    size_pt
        Size in points.

    Returns
    -------
    float
        Millimetres.
    """
    ems = sum(_advance(letter) for letter in text)
    return ems * size_pt * MM_PER_PT


# Last code point before the blocks of Chinese, Japanese and Korean.
_LAST_NARROW = 0x2E7F


# Advances of Noto Sans CJK SC Regular in thousandths of an em, rounded up by kind of letter.
def _advance(letter: str) -> float:
    if ord(letter) > _LAST_NARROW or letter in "，。、；：（）“”①":
        return 1.0
    if letter.isupper():
        return 0.66
    if letter in "mwMW%@→—…":
        return 0.95
    if letter in " .,:;'|!ijl":
        return 0.32
    return 0.58
