"""The surroundings of GDAL in a child that reads: no driver but those of the kinds we take.

GDAL asks each of its drivers whether it knows a file by its content, and many of them open other
files, or addresses, that the content names. What the environment forbids is never asked.
"""

from collections.abc import Mapping
from functools import cache
from typing import Final

import pyogrio
from rasterio.env import Env

from census.intake.kinds import KINDS

# Held in memory; nothing on disk is of this kind.
_NEEDED: Final = {"MEM", "Memory"}
_PINNED: Final = {
    "GDAL_DISABLE_READDIR_ON_OPEN": "EMPTY_DIR",
    "CPL_VSIL_CURL_ALLOWED_EXTENSIONS": "none-such",
    "CPL_VSIL_CURL_USE_HEAD": "NO",
    "GDAL_HTTP_TIMEOUT": "1",
    "GDAL_HTTP_MAX_RETRY": "0",
    "GDAL_DRIVER_PATH": "disable",
    "GDAL_PYTHON_DRIVER_PATH": "",
    "GDAL_VRT_ENABLE_PYTHON": "NO",
    "GDAL_PAM_ENABLED": "NO",
    "GDAL_NUM_THREADS": "1",
    "GDAL_CACHEMAX": "64",
    "GDAL_MAX_DATASET_POOL_SIZE": "2",
    "OGR_SQLITE_ALLOW_EXTERNAL_ACCESS": "NO",
    "OGR_SQLITE_LOAD_EXTENSIONS": "",
    "OGR_GEOJSON_MAX_OBJ_SIZE": "200",
    "PROJ_NETWORK": "OFF",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "NUMEXPR_MAX_THREADS": "1",
    "ARROW_DEFAULT_MEMORY_POOL": "system",
    "MALLOC_ARENA_MAX": "2",
}


@cache
def pinned_environment(*, is_raster: bool) -> Mapping[str, str]:
    """
    Give the variables that a reading child starts with.

    Parameters
    ----------
    is_raster
        Whether it reads a raster: layers and rasters are read by two builds of GDAL.

    Returns
    -------
    mapping
        Name to value; every driver of that GDAL that no kind of file needs is left out.
    """
    needed = _NEEDED | {driver for kind in KINDS for driver in kind.drivers}
    if is_raster:
        with Env() as env:
            known = set(env.drivers())
    else:
        known = set(pyogrio.list_drivers())
    skipped = ",".join(sorted(known - needed))
    return {**_PINNED, "GDAL_SKIP": skipped}
