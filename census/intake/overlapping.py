"""Pairs of polygons whose insides meet, and the sentence where there are too many of them."""

from collections.abc import Callable, Iterator

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from census.intake.context import area_m2
from census.intake.crowding import CrowdedError, meeting
from census.intake.problems import Problem, Source
from census.intake.whereabouts import GEOMETRY


def overlaps(
    shapes: gpd.GeoSeries, *, areas_m2: Callable[[gpd.GeoSeries], NDArray[np.float64]] = area_m2
) -> Iterator[tuple[int, int, float]]:
    """
    Find pairs of polygons whose insides meet.

    Parameters
    ----------
    shapes
        Valid polygons with a CRS.
    areas_m2
        What measures what two share.

    Yields
    ------
    one : int
        Position of the later polygon.
    other : int
        Position of the earlier one.
    overlap_m2 : float
        Area that both cover, square metres.

    Raises
    ------
    CrowdedError
        When too many pairs meet to be looked at.
    """
    array = shapes.to_numpy()
    later, earlier = meeting(array)
    # Neighbours that only touch make up most pairs: the cheap test comes before the overlay.
    inside = ~shapely.touches(array[later], array[earlier])
    later, earlier = later[inside], earlier[inside]
    common = gpd.GeoSeries(shapely.intersection(array[later], array[earlier]), crs=shapes.crs)
    order = np.lexsort((earlier, later))
    sizes = areas_m2(common)
    for i in order:
        yield int(later[i]), int(earlier[i]), float(sizes[i])


def crowded(file: str, crowd: CrowdedError) -> Problem:
    """
    State that shapes lie on one another too often.

    Parameters
    ----------
    file
        Name of the file.
    crowd
        What was found.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    return Source(file).problem(
        "overlap", "error", column=GEOMETRY, zh=crowd.sentence_zh, en=crowd.sentence_en
    )
