"""Join neighbouring units of one class into zones that tile the district, and absorb small ones."""

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import require_metric
from geo.errors import LayerError, ParameterError
from geo.layers import require_polygons

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays

# Times the gap: what units share along no more than this is a corner, not a border.
_CORNERS = 10.0


def merge_zones(
    units: gpd.GeoDataFrame,
    classes: ArrayLike,
    *,
    least_area_m2: float = 0.0,
    gap_m: float = 0.0,
) -> tuple[I, I]:
    """
    Give each unit its zone: neighbours of one class are one zone, and units stay whole.

    Two units are neighbours when they share a line, not a point. A zone smaller than the least area
    is absorbed, the smallest first, by the neighbouring zone with which it shares the longest
    border; it takes that zone's class. A small zone without neighbours stays.

    Parameters
    ----------
    units
        Polygons that do not overlap, in a metric CRS.
    classes
        Class of each, 0 for none, shape ``(n,)``; units without a class are zones of their own kind
        and are neither absorbed nor absorb.
    least_area_m2
        Least area of a zone, m², at least 0.
    gap_m
        Outlines that were drawn one by one leave gaps and overlaps; units as near as this along
        more than ten times as much are neighbours. With 0 they must share their line exactly.

    Returns
    -------
    zone : ndarray of int
        Zone of each unit, 0.. in the order of the zones' first units, shape ``(n,)``.
    zone_class : ndarray of int
        Class of each zone.

    Raises
    ------
    LayerError
        If units are no polygons or do not fit the classes.
    CRSError
        If their CRS is not metric.
    ParameterError
        If the least area or the gap is negative or unknown.

    Examples
    --------
    Three squares in a row, of classes 1, 1 and 5; the third is smaller than two square metres:

    >>> from shapely.geometry import box
    >>> row = gpd.GeoDataFrame(geometry=[box(x, 0, x + 1, 1) for x in range(3)], crs=4549)
    >>> merge_zones(row, [1, 1, 5])
    (array([0, 0, 1]), array([1, 5]))
    >>> merge_zones(row, [1, 1, 5], least_area_m2=2.0)
    (array([0, 0, 0]), array([1]))
    """
    require_polygons(units)
    given = np.asarray(classes, dtype=np.int64)
    require_metric(units, name="units")
    if given.shape != (len(units),):
        raise LayerError(
            f"There are {len(units)} units and classes of shape {given.shape}.",
            f"单元有 {len(units)} 个，等级的形状却是 {given.shape}。",
        )
    for name, name_zh, value in (
        ("least area", "最小面积", least_area_m2), ("gap", "间隙", gap_m)
    ):  # fmt: skip
        if not (np.isfinite(value) and value >= 0):
            raise ParameterError(
                f"The {name} is {value}; it must be at least 0.",
                f"{name_zh}为 {value}；应不小于 0。",
            )
    one, other, border_m = _borders(units, gap_m)
    areas_m2 = shapely.area(units.geometry.to_numpy())
    now = given.copy()
    while True:
        zone = _joined(len(units), one, other, now)
        area_m2: F = np.bincount(zone, weights=areas_m2).astype(np.float64)
        into = _absorber(zone, now, area_m2, least_area_m2, (one, other, border_m))
        if into is None:
            break
        small, taken = into
        now[zone == small] = taken
    first = np.unique(zone, return_index=True)[1]
    return zone, now[first]


def _borders(units: gpd.GeoDataFrame, gap_m: float) -> tuple[I, I, F]:
    """Find the pairs of units that share a line, and how long it is."""
    shapes = units.geometry.to_numpy()
    if gap_m > 0:
        shapes = shapely.buffer(shapes, gap_m / 2, join_style="mitre", mitre_limit=2.0)
    one, other = shapely.STRtree(shapes).query(shapes, predicate="intersects")
    one, other = one[one < other], other[one < other]
    common = shapely.intersection(shapes[one], shapes[other])
    # A strip of the gap's width along the border; two corners that meet make a square of it.
    length_m = shapely.area(common) / gap_m if gap_m > 0 else shapely.length(common)
    shared = length_m > _CORNERS * gap_m
    return one[shared], other[shared], length_m[shared]


def _joined(count: int, one: I, other: I, classes: I) -> I:
    """Give connected units of one class one number, in the order of their first unit."""
    alike = classes[one] == classes[other]
    edges = coo_array((np.ones(alike.sum()), (one[alike], other[alike])), shape=(count, count))
    _, component = connected_components(edges, directed=False)
    _, first, numbered = np.unique(component, return_index=True, return_inverse=True)
    order = np.argsort(np.argsort(first))
    zone: I = order[numbered].astype(np.int64)
    return zone


def _absorber(
    zone: I, classes: I, areas_m2: F, least_area_m2: float, borders: tuple[I, I, F]
) -> tuple[int, int] | None:
    """Choose the smallest zone that is too small, and the class of the one that takes it."""
    one, other, border_m = borders
    between = (zone[one] != zone[other]) & (classes[one] > 0) & (classes[other] > 0)
    sides = np.concatenate([one[between], other[between]])
    facing = np.concatenate([other[between], one[between]])
    length_m = np.tile(border_m[between], 2)
    small = np.unique(zone[sides])
    small = small[areas_m2[small] < least_area_m2]
    if not len(small):
        return None
    chosen = int(small[np.argmin(areas_m2[small])])
    own = zone[sides] == chosen
    shared_m = np.bincount(zone[facing[own]], weights=length_m[own], minlength=len(areas_m2))
    taker = int(np.argmax(shared_m))
    return chosen, int(classes[zone == taker][0])
