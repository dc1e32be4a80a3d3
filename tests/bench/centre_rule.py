"""The baseline of zonal statistics, fixed: a cell belongs to the zone that holds its centre.

Zones are burnt into a grid of numbers by GDAL, then one compiled pass adds up every cell. It is
what a careful caller would write who can do without exact shares. Never to be tuned, for the bench
measures against it.
"""

import numba
import numpy as np
import rasterio
from rasterio.features import rasterize


@numba.njit(cache=True)
def one_pass(labels, values, zones):
    """Count, sum, least and greatest of each zone; labels from 1, NaN has no value."""
    count, total = np.zeros(zones), np.zeros(zones)
    low, high = np.full(zones, np.inf), np.full(zones, -np.inf)
    for row in range(labels.shape[0]):
        for column in range(labels.shape[1]):
            zone = labels[row, column] - 1
            value = values[row, column]
            if zone >= 0 and not np.isnan(value):
                count[zone] += 1
                total[zone] += value
                low[zone] = min(low[zone], value)
                high[zone] = max(high[zone], value)
    return count, total, low, high


def centre_rule(values, transform, shapes):
    """Count, sum, least and greatest of an array in each shape."""
    numbered = ((shape, number) for number, shape in enumerate(shapes, start=1))
    labels = rasterize(numbered, out_shape=values.shape, transform=transform, dtype=np.int32)
    return one_pass(labels, values, len(shapes))


def centre_rule_of_file(path, shapes):
    """Do the same for a file, read whole."""
    with rasterio.open(path) as raster:
        values = raster.read(1)
        values[values == raster.nodata] = np.nan
        return centre_rule(values, raster.transform, shapes)
