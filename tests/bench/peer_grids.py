"""Run by the peers' own Python: does what each line of its input tells, and answers seconds.

Lines in: ``fill richdem2 FILE``, ``slope pyflwdir FILE``, ``zonal rasterstats RASTER ZONES``; lines
out begin with ``took`` and end with a file of the result, or with ``failed`` and why.
"""

import importlib
import sys
import time

import numpy as np

LOADED = {}


def loaded(path):
    """Read a terrain once."""
    if path not in LOADED:
        LOADED[path] = np.load(path)
    return LOADED[path]


def richdem2(what, path):
    """Depressions by Zhou's method, or Horn's slope."""
    richdem = importlib.import_module("richdem")
    terrain = richdem.rdarray(loaded(path), no_data=-9999)
    terrain.geotransform = (0, 10, 0, 0, 0, -10)
    began = time.perf_counter()
    if what == "fill":
        found = richdem.FillDepressions(terrain, epsilon=False, in_place=False)
    else:
        found = richdem.TerrainAttribute(terrain, attrib="slope_degrees")
    return time.perf_counter() - began, np.asarray(found)


def pyflwdir(what, path):
    """Depressions by Wang's method, or Horn's slope as rise over run."""
    dem = importlib.import_module("pyflwdir").dem
    terrain = loaded(path)
    began = time.perf_counter()
    if what == "fill":
        found = dem.fill_depressions(terrain, nodata=-9999)[0]
    else:
        found = dem.slope(terrain, nodata=-9999, transform=(10, 0, 0, 0, -10, 0))
    return time.perf_counter() - began, np.asarray(found)


def rasterstats(_, raster, zones):
    """Count, sum, mean, least and greatest."""
    zonal_stats = importlib.import_module("rasterstats").zonal_stats
    began = time.perf_counter()
    found = zonal_stats(zones, raster, stats=["count", "sum", "mean", "min", "max"])
    return time.perf_counter() - began, np.array([row["mean"] for row in found], dtype=np.float64)


PEERS = {"richdem2": richdem2, "pyflwdir": pyflwdir, "rasterstats": rasterstats}


def main():
    """Answer each line."""
    for line in sys.stdin:
        what, peer, *files, result = line.split()
        try:
            seconds, found = PEERS[peer](what, *files)
        except Exception as fault:  # noqa: BLE001 - whatever a peer raises is told
            sys.stdout.write(f"failed {type(fault).__name__}: {fault}".splitlines()[0] + "\n")
        else:
            np.save(result, found)
            sys.stdout.write(f"took {seconds}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
