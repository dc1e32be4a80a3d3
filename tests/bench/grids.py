"""Slope, pits and zonal statistics on large grids, beside the tools that people use for them.

Every ratio is our time over the other's, medians of runs taken in turn. Peers of the terrain get
32-bit floats, which is less work than the 64 that ours are.
"""

import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from pathlib import Path
from statistics import median

import geopandas as gpd
import numpy as np
import rasterio
import shapely
from affine import Affine
from exactextract import exact_extract
from exactextract.feature import JSONFeatureSource
from exactextract.raster import NumPyRasterSource

from geo.coverage import Coverage
from geo.exposure import zonal
from geo.terrain import fill_depressions, slope
from tests.bench.centre_rule import centre_rule, centre_rule_of_file
from tests.bench.figures import tell

ROOT = Path(__file__).resolve().parents[2]
PEER = ROOT / ".venv" / "peers" / "bin" / "python"
SIDE = 4096
CELL_M = 10.0
STATS = ["count", "sum", "mean", "min", "max"]
GRID = 10_000
ZONES_A_SIDE = 100
CORNERS_A_SIDE = 11
NODATA = -9999.0
# Polygons on which rasterstats is timed; its time grows with their number.
OF_RASTERSTATS = 40
ZONAL = "zonal 10,000 polygons on 1e8 cells"


class Peers:
    """A process of the peers' own Python that does what it is told."""

    def __init__(self, folder):
        self.result = folder / "result.npy"
        self.running = subprocess.Popen(
            [PEER, ROOT / "tests" / "bench" / "peer_grids.py"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )

    def run(self, *words):
        """Return seconds and result, or None and why it failed."""
        self.running.stdin.write(" ".join(str(word) for word in (*words, self.result)) + "\n")
        self.running.stdin.flush()
        # Some peers chat.
        for line in self.running.stdout:
            if line.startswith("took "):
                return float(line.split()[1]), np.load(self.result)
            if line.startswith("failed "):
                return None, line[7:].strip()
        return None, "the peer's process ended"


@contextmanager
def peers(folder):
    """Give the peers, or None where they are not installed."""
    if not PEER.exists():
        yield None
        return
    told = Peers(folder)
    try:
        yield told
    finally:
        told.running.stdin.close()
        told.running.wait()


def terrain():
    """A fractal terrain of 4096 x 4096 cells with many pits, metres."""
    random = np.random.default_rng(1)
    across = np.fft.rfftfreq(SIDE)[None, :]
    along = np.fft.fftfreq(SIDE)[:, None]
    waves = np.hypot(across, along)
    waves[0, 0] = np.inf
    spectrum = random.normal(size=waves.shape) + 1j * random.normal(size=waves.shape)
    z = np.fft.irfft2(spectrum / waves**2.1, (SIDE, SIDE))
    return ((z - z.mean()) / z.std() * 200 + 1000).astype(np.float32)


def _timed(call):
    began = time.perf_counter()
    result = call()
    return time.perf_counter() - began, result


def _gdaldem(folder, z):
    """How gdaldem is run, file to file; None where it is not installed."""
    program = shutil.which("gdaldem")
    if program is None:
        return None
    path, out = folder / "terrain.tif", folder / "slope.tif"
    profile = {"driver": "GTiff", "width": SIDE, "height": SIDE, "count": 1, "dtype": "float32"}
    grid = Affine(CELL_M, 0, 500_000, 0, -CELL_M, 3_500_000)
    with rasterio.open(path, "w", crs="EPSG:4549", transform=grid, **profile) as raster:
        raster.write(z, 1)

    def run():
        subprocess.run([program, "slope", "-q", path, out], check=True)
        with rasterio.open(out) as raster:
            return raster.read(1, masked=True).filled(np.nan)

    return run


def _beside(what, ours, others, agrees):
    """Run ours and the others in turn, tell medians and ratios; results must agree."""
    mine, theirs = [], {name: [] for name in others}
    for _ in range(3):
        seconds, result = _timed(ours)
        mine.append(seconds)
        for name, call in others.items():
            seconds, found = call()
            if seconds is None:
                theirs[name] = found
            elif isinstance(theirs[name], list):
                theirs[name].append(seconds)
                agrees(name, result, found)
    tell("zoning", f"{what} {SIDE} x {SIDE}", median(mine) * 1000, "ms")
    for name, took in theirs.items():
        if isinstance(took, list):
            ratio = median(mine) / median(took)
            tell("zoning", f"{what} by {name}", median(took) * 1000, "ms", vs=name, ratio=ratio)
        else:
            tell("zoning", f"{what} by {name}: skipped, {took}", 0, "runs")


def _same_fill(name, ours, theirs):
    apart = float(np.abs(ours - theirs).max())
    # pyflwdir adds slack of its own.
    if apart > (1e-3 if name == "pyflwdir" else 0):
        message = f"fill differs from {name} by {apart} m"
        raise RuntimeError(message)


def _same_slope(name, ours, theirs):
    if name == "pyflwdir":  # rise over run
        theirs = np.degrees(np.arctan(theirs))
    apart = float(np.nanmax(np.abs(ours - theirs)[1:-1, 1:-1]))
    if apart > 2e-3:
        message = f"slope differs from {name} by {apart} degrees"
        raise RuntimeError(message)


def run_terrain():
    """Measure slope and fill beside gdaldem, richdem2 and pyflwdir."""
    with tempfile.TemporaryDirectory(prefix="riskatlas-bench-") as name:
        folder = Path(name)
        z = terrain()
        metres = z.astype(np.float64)
        np.save(folder / "terrain.npy", z)
        fill_depressions(metres[:64, :64])
        slope(metres[:64, :64], CELL_M)
        with peers(folder) as others:
            missing = (None, "it is not installed: .ci/peers")

            def told(what, peer):
                found = others and others.run(what, peer, folder / "terrain.npy")
                return found or missing

            for peer in ("richdem2", "pyflwdir"):  # they compile and load at the first run
                told("fill", peer)
                told("slope", peer)
            fills = {p: lambda p=p: told("fill", p) for p in ("richdem2", "pyflwdir")}
            _beside("fill", lambda: fill_depressions(metres), fills, _same_fill)
            slopes = {p: lambda p=p: told("slope", p) for p in ("richdem2", "pyflwdir")}
            gdaldem = _gdaldem(folder, z)
            slopes["gdaldem"] = lambda: (
                _timed(gdaldem) if gdaldem else (None, "it is not installed: gdal-bin")
            )
            _beside("slope", lambda: slope(metres, CELL_M), slopes, _same_slope)


def tiling():
    """10,000 polygons of 44 corners whose jagged borders are shared: they tile the grid."""
    random = np.random.default_rng(3)
    n, corners = ZONES_A_SIDE, CORNERS_A_SIDE
    cell = GRID / n
    along = np.broadcast_to(np.arange(n * corners + 1) * cell / corners, (n + 1, n * corners + 1))
    lines = np.arange(n + 1)[:, None] * cell
    shift = random.uniform(-0.04 * cell, 0.04 * cell, (2, n + 1, n * corners + 1))
    shift[:, [0, -1]] = 0  # the frame stays straight
    flat_x, flat_y = along.copy(), lines + shift[0]
    tall_x, tall_y = lines + shift[1], along.copy()
    flat_x[:, ::corners], tall_y[:, ::corners] = tall_x[:, ::corners].T, flat_y[:, ::corners].T
    rings = []
    for row in range(n):
        for column in range(n):
            a, b = column * corners, row * corners
            east, north = slice(a, a + corners), slice(b, b + corners)
            west, south = slice(a + corners, a, -1), slice(b + corners, b, -1)
            ring = [
                (flat_x[row, east], flat_y[row, east]),
                (tall_x[column + 1, north], tall_y[column + 1, north]),
                (flat_x[row + 1, west], flat_y[row + 1, west]),
                (tall_x[column, south], tall_y[column, south]),
            ]
            rings.append(np.hstack([np.array(side) for side in ring]).T)
    return gpd.GeoDataFrame(geometry=shapely.polygons(np.array(rings)), crs="EPSG:4549")


def depths(path):
    """Write 1e8 cells in tiles, with a block without data, and return them."""
    random = np.random.default_rng(5)
    wave = np.sin(np.arange(GRID) / 700)
    values = np.empty((GRID, GRID), np.float32)
    for row in range(GRID):
        noise = random.integers(0, 100, GRID)
        values[row] = 50 + 40 * wave * wave[row] + noise / 100
    values[2000:2300, 4000:4500] = NODATA
    grid = Affine(1, 0, 0, 0, -1, GRID)
    profile = {"tiled": True, "blockxsize": 512, "blockysize": 512, "compress": "deflate"}
    with rasterio.open(
        path, "w", driver="GTiff", width=GRID, height=GRID, count=1, dtype="float32",
        crs="EPSG:4549", transform=grid, nodata=NODATA, zlevel=1, **profile,
    ) as raster:  # fmt: skip
        raster.write(values, 1)
    values[values == NODATA] = np.nan
    return values, grid


def _in_turn(rounds, **calls):
    """Median seconds of each call, and what each gave last."""
    took, gave = {name: [] for name in calls}, {}
    for _ in range(rounds):
        for name, call in calls.items():
            seconds, gave[name] = _timed(call)
            took[name].append(seconds)
    return {name: median(each) for name, each in took.items()}, gave


def _peak_mb(how, path, zones):
    told = subprocess.run(
        [sys.executable, "-m", "tests.bench.one_zonal", how, path, zones],
        check=True, capture_output=True, text=True, cwd=ROOT,
    )  # fmt: skip
    return float(told.stdout.split('"peak_mb":')[1].rstrip("}"))


def _furthest(ours, theirs):
    """Greatest relative difference of any statistic of any polygon."""
    apart = 0.0
    for name in STATS:
        one, other = ours[name].to_numpy(), theirs[name].to_numpy(dtype=np.float64)
        if not np.array_equal(np.isnan(one), np.isnan(other)):
            return np.inf
        known = ~np.isnan(one) & (one != other)
        apart = max(apart, float(np.abs(one[known] / other[known] - 1).max(initial=0)))
    return apart


def _exactextract(values, zones):
    rows, columns = values.shape
    source = NumPyRasterSource(values, 0, 0, columns, rows, nodata=np.nan)
    shapes = [
        {"type": "Feature", "geometry": shapely.geometry.mapping(shape), "properties": {}}
        for shape in zones.geometry
    ]
    return exact_extract(source, JSONFeatureSource(shapes), STATS, output="pandas")


def _array_beside_baseline(values, grid, zones, cut):
    """Tell first and second map of an array; return the first's statistics."""
    shapes = list(zones.geometry)
    centre_rule(values[:200, :200], grid, shapes[:2])
    zonal(values, grid, zones.iloc[:2], STATS)
    took, gave = _in_turn(
        3,
        ours=lambda: zonal(values, grid, zones, STATS),
        second=lambda: zonal(values, grid, zones, STATS, coverage=cut),
        baseline=lambda: centre_rule(values, grid, shapes),
    )
    ratio = took["ours"] / took["baseline"]
    tell("zoning", ZONAL, took["ours"] * 1000, "ms", vs="centre rule", ratio=ratio)
    ratio = took["second"] / took["ours"]
    tell("zoning", f"{ZONAL}, second map", took["second"] * 1000, "ms", vs="first", ratio=ratio)
    return gave["ours"]


def _file_beside_baseline(path, zones, cut):
    """Tell first and second map of a file."""
    shapes = list(zones.geometry)
    took, _ = _in_turn(
        2,
        ours=lambda: zonal(path, None, zones, STATS),
        second=lambda: zonal(path, None, zones, STATS, coverage=cut),
        baseline=lambda: centre_rule_of_file(path, shapes),
    )
    ratio = took["ours"] / took["baseline"]
    first = f"{ZONAL} of a file"
    tell("zoning", first, took["ours"] * 1000, "ms", vs="centre rule", ratio=ratio)
    ratio = took["second"] / took["ours"]
    second = f"{first}, second map (reading is most of it)"
    tell("zoning", second, took["second"] * 1000, "ms", vs="first", ratio=ratio)


def run_zones():
    """Measure zonal statistics of 10,000 polygons on 1e8 cells."""
    with tempfile.TemporaryDirectory(prefix="riskatlas-bench-") as name:
        folder = Path(name)
        path, layer = folder / "depth.tif", folder / "zones.parquet"
        zones = tiling()
        zones.to_parquet(layer)
        values, grid = depths(path)
        cut = Coverage.of(zones, grid, values.shape)
        first = _array_beside_baseline(values, grid, zones, cut)
        _file_beside_baseline(path, zones, cut)
        seconds, theirs = _timed(lambda: _exactextract(values, zones))
        tell("zoning", f"{ZONAL}, exactextract of the array", seconds, "s")
        apart = _furthest(first, theirs)
        tell("zoning", f"{ZONAL}, furthest from exactextract", apart * 1e9, "relative, 1e-9")
        if apart > 1e-6:
            message = f"zonal statistics differ from exactextract by {apart}"
            raise RuntimeError(message)
        for how in ("file", "array"):
            tell("zoning", f"{ZONAL}, peak memory, {how}", _peak_mb(how, path, layer), "MB")
        _beside_rasterstats(folder, path, zones)


def _beside_rasterstats(folder, path, zones):
    what = f"zonal by rasterstats, {OF_RASTERSTATS} of 10,000 polygons, scaled up"
    some = folder / "some.geojson"
    chosen = zones.iloc[:: len(zones) // OF_RASTERSTATS]
    chosen.to_file(some, driver="GeoJSON")
    mine, theirs = [], []
    with peers(folder) as others:
        if others is None:
            tell("zoning", f"{what}: skipped, it is not installed: .ci/peers", 0, "runs")
            return
        for _ in range(3):
            seconds, found = others.run("zonal", "rasterstats", path, some)
            if seconds is None:
                tell("zoning", f"{what}: skipped, {found}", 0, "runs")
                return
            theirs.append(seconds)
            mine.append(_timed(lambda: zonal(path, None, zones, STATS))[0])
    whole = median(theirs) * len(zones) / len(chosen)
    tell("zoning", what, whole, "s", vs="rasterstats, file", ratio=median(mine) / whole)


def run():
    """Measure terrain and zones."""
    run_terrain()
    run_zones()
