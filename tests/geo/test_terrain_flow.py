"""Every cell's water is counted once on its way down, and no way goes round."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from hypothesis import given, settings
from hypothesis.extra import numpy as hnp

from geo.errors import GridError, ParameterError
from geo.terrain import flow_accumulation

# East, then counter-clockwise.
MOVES = [(0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1), (1, 0), (1, 1)]
ESRI = [1, 128, 64, 32, 16, 8, 4, 2]
heights = hnp.arrays(np.int8, hnp.array_shapes(min_dims=2, max_dims=2, min_side=1, max_side=8))


def downhill(z):
    """Way of each cell to its lowest neighbour, 8 where it is the lowest, -1 for a tenth."""
    ways = np.full(z.shape, 8)
    for row, column in np.ndindex(z.shape):
        lowest = z[row, column]
        for way, (down, right) in enumerate(MOVES):
            r, c = row + down, column + right
            if 0 <= r < z.shape[0] and 0 <= c < z.shape[1] and z[r, c] < lowest:
                lowest, ways[row, column] = z[r, c], way
    ways[z % 10 == 0] = -1
    return ways


def coded(ways, codes, nothing):
    return np.array([*codes, 0, nothing])[ways]


def by_walking(ways):
    """Each cell walks to its end and counts where it passes."""
    found = np.where(ways < 0, np.nan, 0.0)
    for start in np.argwhere(ways >= 0):
        row, column = start
        while 0 <= row < ways.shape[0] and 0 <= column < ways.shape[1] and ways[row, column] >= 0:
            found[row, column] += 1
            if ways[row, column] == 8:
                break
            down, right = MOVES[ways[row, column]]
            row, column = row + down, column + right
    return found


@settings(max_examples=200, deadline=None)
@given(heights)
def test_counts_are_those_of_walking_every_cell_down(z):
    ways = downhill(z)
    expected = by_walking(ways)
    taudem = coded(ways, range(1, 9), -1)
    for direction, encoding in (
        (taudem, "d8_taudem"),
        (np.where(taudem < 0, np.nan, taudem), "d8_taudem"),
        (coded(ways, ESRI, 247).astype(np.uint8), "d8_esri"),
    ):
        found = flow_accumulation(direction, encoding)
        assert np.array_equal(found, expected, equal_nan=True)
    marked = coded(ways, range(1, 9), 99)
    assert np.array_equal(flow_accumulation(marked, "d8_taudem", nodata=99), found, equal_nan=True)


@settings(max_examples=100, deadline=None)
@given(heights)
def test_what_arrives_at_the_ends_is_every_cell_once(z):
    ways = downhill(z)
    found = flow_accumulation(coded(ways, range(1, 9), -1), "d8_taudem")
    around = np.pad(ways, 1, constant_values=-1)
    arrives = 0
    for row, column in np.argwhere(ways >= 0):
        way = ways[row, column]
        down, right = (0, 0) if way == 8 else MOVES[way]
        if way == 8 or around[row + 1 + down, column + 1 + right] < 0:
            arrives += found[row, column]
    assert arrives == (ways >= 0).sum()


def raster_of(reference, name):
    with rasterio.open(reference / "taudem_enogeo" / name) as raster:
        return raster.read(1, masked=True), raster.transform


def test_the_accumulation_of_taudem_is_met_cell_by_cell(reference):
    pointer, _ = raster_of(reference, "enogeop.tif")
    expected, _ = raster_of(reference, "enogeoad8.tif")
    known = ~np.ma.getmaskarray(expected)
    plain = flow_accumulation(pointer.filled(-32768), "d8_taudem")
    assert (known.sum(), (~np.isnan(plain)).sum()) == (589_313, 600_346)
    assert np.array_equal(plain[known], expected.data[known])
    # And so are the cells that it leaves out because water from outside may reach them.
    checked = flow_accumulation(pointer, "d8_taudem", edge_contamination=True)
    assert np.array_equal(checked, expected.astype(np.float64).filled(np.nan), equal_nan=True)
    assert np.nanmax(checked) == 155_235


def test_the_accumulation_above_an_outlet_is_that_of_taudem(reference):
    pointer, transform = raster_of(reference, "enogeop.tif")
    expected, _ = raster_of(reference, "enogeoad8o.tif")
    point = gpd.read_file(reference / "taudem_enogeo" / "Outlets.shp").geometry.iloc[0]
    column, row = (int(part) for part in ~transform @ (point.x, point.y))
    found = flow_accumulation(pointer, "d8_taudem", outlets=[(row, column)])
    assert np.array_equal(found, expected.astype(np.float64).filled(np.nan), equal_nan=True)
    assert ((~np.isnan(found)).sum(), np.nanmax(found)) == (154_269, 154_269)


def test_water_from_outside_spoils_what_lies_below_it():
    # A row that runs east into the middle of a 5 x 3 grid of sinks; only the middle row is inner.
    direction = np.zeros((3, 5), np.int64)
    direction[1] = [1, 1, 0, 0, 0]
    found = flow_accumulation(direction, "d8_taudem", edge_contamination=True)
    assert np.isnan(found[1, :3]).all()
    assert found[1, 3] == 1


def test_an_inland_sink_of_merit_hydro_ends_the_water():
    assert flow_accumulation([[1, 255, 16, 247]], "d8_esri")[0, :3].tolist() == [1, 3, 1]


def test_directions_that_mean_nothing_are_named():
    with pytest.raises(GridError, match=r"circle over 2 cells, one of them in row 0, column 1"):
        flow_accumulation([[1, 1, 5]], "d8_taudem")
    with pytest.raises(GridError, match=r"2 cells hold codes that are no directions .*: 3, 9\."):
        flow_accumulation([[1, 3, 9]], "d8_esri")
    with pytest.raises(GridError, match=r"1 cells hold codes .* of d8_taudem: 1\.5"):
        flow_accumulation([[1.5, np.nan]], "d8_taudem")
    with pytest.raises(GridError, match="have 1 dimensions"):
        flow_accumulation([1, 2], "d8_esri")
    with pytest.raises(ParameterError, match="'d8' is unknown; there are d8_taudem, d8_esri"):
        flow_accumulation([[1]], "d8")
    with pytest.raises(GridError, match=r"2 outlets lie outside .*: 0, 2; 0, 1"):
        flow_accumulation([[1, -1]], "d8_taudem", outlets=[(0, 2), (0, 1), (0, 0)])
    assert flow_accumulation(np.zeros((0, 0), int), "d8_esri").shape == (0, 0)
