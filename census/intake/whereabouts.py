"""Where the shapes of a delivery lie: in the district, far outside it, or with axes exchanged."""

from typing import Any

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray
from pyproj.exceptions import ProjError

from census.intake.across import Across
from census.intake.bounds import LEAST_INSIDE_SHARE, meets, reaching_out, widened
from census.intake.context import Context
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery
from census.intake.values import source

GEOMETRY = "geometry"
# A road may reach out of the district, but not this many of its widths; a sea any way.
REACH_SHARE = 2.0
LARGEST_LATITUDE = 90.0
LARGEST_LONGITUDE = 180.0
# So many shapes show whether exchanged axes would put a file in its place.
SAMPLE_SHAPES = 1000

_SWAPPED = (
    "坐标轴颠倒：经度与纬度（或东、北坐标）互换后才落在区内；请交换后重新交付",
    "The axes are swapped: only with longitude and latitude (or easting and northing) exchanged "  # noqa: ISC004  (one sentence)
    "does it fall into the district; exchange them and deliver again",
)
_ELSEWHERE = (
    "要素大多不在本区：坐标系不对，或是别区的文件；请用 --source-crs 声明坐标系",
    "Most features are not in the district: the CRS is wrong, or the file is of another "  # noqa: ISC004  (one sentence)
    "district; declare the CRS with --source-crs",
)


def whole(delivery: Delivery) -> Source:
    """
    Name a delivery as a whole.

    Parameters
    ----------
    delivery
        The delivery.

    Returns
    -------
    Source
        Its file, and the sheet or layer of its first row.
    """
    sheet = delivery.frame["sheet"].iloc[0] if len(delivery.frame) else ""
    return Source(delivery.path.name, str(sheet))


def axes_fault(
    delivery: Delivery, array: NDArray[Any], given: gpd.GeoSeries, context: Context
) -> Problem | None:
    """
    Find whether the whole delivery lies elsewhere: a wrong CRS, or axes exchanged.

    Parameters
    ----------
    delivery
        The delivery.
    array
        Its shapes in the district's geographic CRS, None where there is none.
    given
        The same shapes as delivered, with their CRS.
    context
        The district.

    Returns
    -------
    Problem or None
        An error of the whole file.
    """
    boxes = shapely.bounds(array[~shapely.is_missing(array)])
    if not len(boxes):
        return None
    if context.bounds is not None:
        if meets(boxes, widened(context.bounds)).mean() >= LEAST_INSIDE_SHARE:
            return None
        frame = widened(context.bounds)
        is_swapped = bool(meets(_exchanged(given, context), frame).mean() >= LEAST_INSIDE_SHARE)
    else:
        if _on_earth(boxes).all():
            return None
        is_swapped = bool(_on_earth(_exchanged(given, context)).all())
    zh, en = _SWAPPED if is_swapped else _ELSEWHERE
    if is_swapped and not isinstance(delivery.frame, gpd.GeoDataFrame):
        x, y = (delivery.headings.get(name, name) for name in ("longitude", "latitude"))
        zh = f"{zh}，或用 --map {x}=latitude --map {y}=longitude 指明"
        en = f"{en}, or say so with --map {x}=latitude --map {y}=longitude"
    return whole(delivery).problem("crs", "error", column=GEOMETRY, zh=zh, en=en)


def _exchanged(given: gpd.GeoSeries, context: Context) -> NDArray[np.float64]:
    sample = given[given.notna() & ~given.is_empty].head(SAMPLE_SHAPES)
    turned = shapely.transform(sample.to_numpy(), lambda pairs: pairs[:, ::-1])
    try:
        placed = gpd.GeoSeries(turned, crs=given.crs).to_crs(context.srid)
    except ProjError:
        return np.full((1, 4), np.nan)
    boxes: NDArray[np.float64] = shapely.bounds(placed.to_numpy())
    return boxes


def _on_earth(boxes: NDArray[Any]) -> NDArray[np.bool_]:
    inside: NDArray[np.bool_] = (
        np.isfinite(boxes).all(axis=1)
        & (np.abs(boxes[:, [0, 2]]) <= LARGEST_LONGITUDE).all(axis=1)
        & (np.abs(boxes[:, [1, 3]]) <= LARGEST_LATITUDE).all(axis=1)
    )
    return inside


def check_place(
    delivery: Delivery, array: NDArray[Any], context: Context, across: Across | None = None
) -> list[Problem]:
    """
    Refuse rows that lie far outside the district, or reach far out of it.

    Parameters
    ----------
    delivery
        The delivery.
    array
        Its shapes in the district's geographic CRS; those refused become None.
    context
        The district; nothing is refused before its divisions are loaded.
    across
        Where the delivery is a part, what counts for all parts.

    Returns
    -------
    list of Problem
        One error per row refused, and a remark on those that overhang the district.
    """
    present = np.flatnonzero(~shapely.is_missing(array))
    if context.bounds is None or not len(present):
        return []
    boxes = shapely.bounds(array[present])
    near = meets(boxes, widened(context.bounds))
    west, south, east, north = widened(context.bounds, share=REACH_SHARE)
    within = (boxes[:, :2] >= (west, south)).all(axis=1)
    within &= (boxes[:, 2:] <= (east, north)).all(axis=1)
    within |= delivery.form.may_reach_far
    problems = [_stray(delivery, row, array[row], context) for row in present[~near]]
    problems += [
        _giant(delivery, present[position], boxes[position])
        for position in np.flatnonzero(near & ~within)
    ]
    array[present[~(near & within)]] = None
    reaching = reaching_out(boxes[near & within], context.bounds)
    if across is not None:
        across.place.reach_out += int(reaching.sum())
        across.place.kept += len(reaching)
        return problems
    return problems + overhang(delivery, int(reaching.sum()), len(reaching))


def _stray(delivery: Delivery, row: int, shape: Any, context: Context) -> Problem:
    assert context.bounds is not None  # noqa: S101  (asked by the caller)
    centre = shapely.get_coordinates(shapely.centroid(shape))[0]
    swapped = meets(centre[[1, 0, 1, 0]][None, :], widened(context.bounds))[0]
    return source(delivery, row).problem(
        "district", "error", column=GEOMETRY, value=f"{centre[0]:.5f}, {centre[1]:.5f}",
        zh="位置远在本区之外" + ("，经纬度似乎颠倒，请交换后重新交付" if swapped else ""),
        en="It lies far outside the district"
        + ("; longitude and latitude look exchanged: exchange them" if swapped else ""),
    )  # fmt: skip


def _giant(delivery: Delivery, row: int, box: NDArray[np.float64]) -> Problem:
    return source(delivery, row).problem(
        "district", "error", column=GEOMETRY,
        value=", ".join(f"{ordinate:.5f}" for ordinate in box),
        zh=f"图形伸出区界外框超过本区宽度的 {REACH_SHARE:g} 倍，多半有错误的点（如 0, 0）；"
        "请改正，或裁剪到本区附近",
        en=f"It reaches more than {REACH_SHARE:g} district widths out of the district's bounds: "
        "most likely a point is wrong (such as 0, 0); mend it, or clip it to the district's "
        "surroundings",
    )  # fmt: skip


def overhang(delivery: Delivery, out: int, kept: int) -> list[Problem]:
    """
    Remark on the features that reach out of the district's bounds.

    Parameters
    ----------
    delivery
        The delivery.
    out
        How many do.
    kept
        How many features there are.

    Returns
    -------
    list of Problem
        One, or none where none does.
    """
    if not out:
        return []
    return [
        whole(delivery).problem(
            "district", "warning", column=GEOMETRY, value=f"{out} / {kept}",
            zh=f"{out} 个要素伸出或位于区界外框之外，整体保留",
            en=f"{out} features reach or lie outside the district's bounds; kept whole",
        )
    ]  # fmt: skip
