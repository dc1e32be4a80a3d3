"""Summarise the zones of a file once, in a process of its own, and tell its greatest memory."""

import json
import re
import sys
from pathlib import Path

import geopandas as gpd
import rasterio

from geo.exposure import zonal
from tests.bench.grids import STATS


def main():
    """Summarise from the file, or from its cells read whole."""
    how, path, zones = sys.argv[1:]
    layer = gpd.read_parquet(zones)
    if how == "file":
        table = zonal(path, None, layer, STATS)
    else:
        with rasterio.open(path) as raster:
            table = zonal(raster.read(1), raster.transform, layer, STATS)
    # Of this program alone: what getrusage tells begins with the parent's.
    status = Path("/proc/self/status").read_text(encoding="ascii")
    peak_mb = int(re.search(r"VmHWM:\s*(\d+)", status)[1]) / 1024
    sys.stdout.write(json.dumps({"zones": len(table), "peak_mb": peak_mb}))


if __name__ == "__main__":
    main()
