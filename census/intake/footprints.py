"""How much ground a place covers: measured on its shape, stated where it is a point."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.context import area_m2


def footprints_m2(shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    """
    Footprint of each shape.

    Parameters
    ----------
    shapes
        Polygons or points with a CRS; None allowed.

    Returns
    -------
    ndarray of float
        Square metres; not-a-number for points and missing shapes.
    """
    sizes = np.full(len(shapes), np.nan)
    polygons = np.flatnonzero(shapely.get_dimensions(shapes.to_numpy()) == 2)  # noqa: PLR2004  (a surface)
    sizes[polygons] = area_m2(shapes.iloc[polygons])
    return sizes


def stated_footprints_m2(values: pd.DataFrame, shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    """
    Footprint of each place: that of its shape, for a point what was stated.

    Parameters
    ----------
    values
        Values read; column ``footprint_m2`` where it was delivered.
    shapes
        Polygons or points with a CRS; None allowed.

    Returns
    -------
    ndarray of float
        Square metres; not-a-number where neither tells it. What is measured is rounded to whole
        ones, as it is shown: the same shape through another CRS measures a little otherwise.
    """
    sizes = np.round(footprints_m2(shapes))
    if "footprint_m2" not in values:
        return sizes
    stated = pd.to_numeric(values["footprint_m2"]).to_numpy(np.float64, na_value=np.nan)
    return np.where(np.isnan(sizes), stated, sizes)
