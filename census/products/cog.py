"""Write arrays as cloud-optimised GeoTIFFs whose bytes depend on their content alone."""

from collections.abc import Mapping

import numpy as np
import rasterio
from affine import Affine
from numpy.typing import NDArray
from rasterio.io import MemoryFile
from rasterio.shutil import copy

F = NDArray[np.float64]


def cog_bytes(
    bands: dict[str, F],
    transform: Affine,
    crs: rasterio.crs.CRS,
    *,
    tags: dict[str, str],
    units: Mapping[str, str] | None = None,
    words: Mapping[str, str] | None = None,
) -> bytes:
    """
    Write bands of one shape as a cloud-optimised GeoTIFF.

    Parameters
    ----------
    bands
        Array by band name; NaN = no data.
    transform
        Column, row to x, y.
    crs
        CRS of the raster.
    tags
        Texts kept in the file; no time, no machine.
    units
        Unit by band name, ``1`` for a number without one; kept with the band.
    words
        What a band tells, by its name; kept with the band as ``description``.

    Returns
    -------
    bytes
        The file, float64, tiled, deflate; the same bytes whatever the number of threads.
    """
    first = next(iter(bands.values()))
    profile = {
        "driver": "GTiff",
        "height": first.shape[0],
        "width": first.shape[1],
        "count": len(bands),
        "dtype": "float64",
        "nodata": float("nan"),
        "transform": transform,
        "crs": crs,
    }
    # One thread: GDAL then writes the tiles in one order.
    with rasterio.Env(GDAL_NUM_THREADS="1"), MemoryFile() as plain, MemoryFile() as optimised:
        with plain.open(**profile) as raster:
            for at, (name, values) in enumerate(bands.items(), start=1):
                raster.write(values, at)
                raster.set_band_description(at, name)
                if name in (units or {}):
                    raster.set_band_unit(at, (units or {})[name])
                if name in (words or {}):
                    raster.update_tags(at, description=(words or {})[name])
            raster.update_tags(**tags)
        copy(
            plain.name,
            optimised.name,
            driver="COG",
            COMPRESS="DEFLATE",
            PREDICTOR="YES",
            BLOCKSIZE="256",
            OVERVIEW_RESAMPLING="NEAREST",
            NUM_THREADS="1",
        )
        return bytes(optimised.read())
