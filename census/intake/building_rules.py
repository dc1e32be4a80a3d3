"""Rules of buildings: odd footprints, and buildings that stand on one another."""

from collections.abc import Iterator

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.across import Across
from census.intake.context import Context, small_areas_m2
from census.intake.crowding import CrowdedError
from census.intake.neighbours import Meeting
from census.intake.overlapping import crowded, overlaps
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery
from census.intake.values import source
from census.intake.whereabouts import GEOMETRY

# Buildings that share less are drawn beside one another.
LEAST_OVERLAP_M2 = 1.0


def buildings(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    """
    Hold buildings against one another and against the sizes that buildings have.

    Parameters
    ----------
    delivery
        The delivery.
    values
        Its values, which no rule asks for.
    shapes
        Its shapes in the district's CRS.
    context
        The district, which no rule asks for.

    Yields
    ------
    Problem
        A warning for each odd footprint and each overlap.
    """
    del values, context
    assert shapes is not None  # noqa: S101  (the form takes polygons)
    rows, chosen = _sized(shapes)
    yield from _odd_footprints(delivery, rows, small_areas_m2(chosen))
    for one, other, overlap_m2 in overlaps(chosen, areas_m2=small_areas_m2):
        if overlap_m2 < LEAST_OVERLAP_M2 or chosen.iloc[one].equals(chosen.iloc[other]):
            continue
        mate = source(delivery, rows[other]).row
        yield _overlap(source(delivery, rows[one]), mate, overlap_m2)


def _sized(shapes: gpd.GeoSeries) -> tuple[NDArray[np.intp], gpd.GeoSeries]:
    rows = np.flatnonzero(shapes.notna().to_numpy())
    return rows, shapes.iloc[rows]


def _overlap(here: Source, mate: int | None, overlap_m2: float) -> Problem:
    return here.problem(
        "overlap",
        "warning",
        column=GEOMETRY,
        value=f"{overlap_m2:.0f} m2",
        zh=f"与第 {mate} 个建筑重叠 {overlap_m2:.0f} 平方米，两个都保留",
        en=f"It overlaps building {mate} by {overlap_m2:.0f} m2; both are kept",
    )


def buildings_of_part(
    delivery: Delivery, shapes: gpd.GeoSeries, across: Across
) -> Iterator[Problem]:
    """
    Hold the buildings of a part against the sizes that buildings have, and keep them for the end.

    Parameters
    ----------
    delivery
        The part.
    shapes
        Its shapes in the district's CRS.
    across
        What the parts have together.

    Yields
    ------
    Problem
        A warning for each odd footprint.
    """
    rows, chosen = _sized(shapes)
    numbers = delivery.frame["row"].to_numpy(dtype=np.int64)
    across.neighbours.add(chosen.to_numpy(), numbers[rows])
    yield from _odd_footprints(delivery, rows, small_areas_m2(chosen))


def overlaps_across(across: Across, here: Source, context: Context) -> list[Problem]:
    """
    Tell the overlaps of buildings that came in parts.

    Parameters
    ----------
    across
        What the parts have together.
    here
        Their file and layer.
    context
        The district.

    Returns
    -------
    list of Problem
        A warning per pair, as the whole delivery would have; one error where too many meet.
    """
    problems: list[Problem] = []
    try:
        for pairs in across.neighbours.meeting():
            problems += _overlaps(pairs, here, context)
    except CrowdedError as crowd:
        return [crowded(here.file, crowd)]
    return problems


def _overlaps(pairs: Meeting, here: Source, context: Context) -> Iterator[Problem]:
    one, other = pairs.one, pairs.other
    is_shared = shapely.intersects(one, other) & ~shapely.touches(one, other)
    # One after the other, so that only those that share something are held against each other.
    shared = np.flatnonzero(is_shared)
    shared = shared[~shapely.equals(one[shared], other[shared])]
    common = gpd.GeoSeries(shapely.intersection(one[shared], other[shared]), crs=context.srid)
    for at, overlap_m2 in zip(shared, small_areas_m2(common), strict=True):
        if overlap_m2 >= LEAST_OVERLAP_M2:
            row = Source(here.file, here.sheet, int(pairs.later[at]))
            yield _overlap(row, int(pairs.earlier[at]), float(overlap_m2))


def _odd_footprints(
    delivery: Delivery, rows: NDArray[np.intp], sizes: NDArray[np.float64]
) -> Iterator[Problem]:
    assert delivery.form.footprint_range_m2 is not None  # noqa: S101  (the form declares it)
    low, high = delivery.form.footprint_range_m2
    for i in np.flatnonzero((sizes < low) | (sizes > high)):
        yield source(delivery, rows[i]).problem(
            "footprint",
            "warning",
            column=GEOMETRY,
            value=f"{sizes[i]:.1f} m2",
            zh=f"占地 {sizes[i]:,.1f} 平方米，不在 {low:g} 至 {high:,.0f} 之间，请核对",
            en=f"Its footprint of {sizes[i]:,.1f} m2 is not between {low:g} and {high:,.0f}",
        )
