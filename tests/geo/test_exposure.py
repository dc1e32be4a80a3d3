"""People are conserved between zones and cells, and zone statistics do not depend on row order."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
import shapely
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely.geometry import LineString, Polygon, box

from geo.coverage import Coverage
from geo.errors import CRSError, GridError, LayerError, ParameterError
from geo.exposure import OWN_STATISTICS, _of_exactextract, dasymetric, zonal

NINE = np.arange(1.0, 10).reshape(3, 3)
UNIT = Affine(1, 0, 0, 0, -1, 3)


def squares(*boxes, index=None, epsg="EPSG:32748"):
    return gpd.GeoDataFrame(geometry=[box(*b) for b in boxes], index=index, crs=epsg)


def test_a_cell_counts_by_the_share_of_it_inside():
    table = zonal(NINE, UNIT, squares((0.5, 0.5, 2.5, 2.5)), ["count", "sum", "mean", "max"])
    # four corner quarters, four halves, one whole: 1/4 (1+3+7+9) + 1/2 (2+4+6+8) + 5 = 20
    assert table.loc[0].tolist() == [4, 20, 5, 9]
    assert list(table.columns) == ["count", "sum", "mean", "max"]


def test_cells_without_data_do_not_count():
    holed = NINE.copy()
    holed[1, 1] = np.nan
    table = zonal(holed, UNIT, squares((1, 1, 3, 2), (1, 1, 2, 2)), ["count", "sum", "mean"])
    assert table.loc[0].tolist() == [1, 6, 6]
    assert table.loc[1, ["count", "sum"]].tolist() == [0, 0]
    assert np.isnan(table.loc[1, "mean"])


def test_shuffled_zones_get_the_very_same_values():
    rng = np.random.default_rng(3)
    values = rng.random((40, 40))
    corners = rng.random((30, 2)) * 35
    zones = squares(*((x, y, x + 3.3, y + 4.1) for x, y in corners), index=range(100, 130))
    stats = ["mean", "sum", "max", "count"]
    table = zonal(values, Affine(1, 0, 0, 0, -1, 40), zones, stats)
    shuffled = zones.sample(frac=1, random_state=1)
    again = zonal(values, Affine(1, 0, 0, 0, -1, 40), shuffled, stats)
    assert again.index.equals(shuffled.index)
    assert again.loc[table.index].equals(table)


def test_a_file_gives_what_its_array_gives(tmp_path):
    path = tmp_path / "nine.tif"
    holed = np.where(NINE == 5, -9999, NINE)
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        width=3,
        height=3,
        count=1,
        dtype="float64",
        crs="EPSG:32748",
        transform=UNIT,
        nodata=-9999,
    ) as raster:
        raster.write(holed, 1)
    zones = squares((0.5, 0.5, 2.5, 2.5), (0, 0, 3, 3))
    stats = ["count", "sum", "mean"]
    from_array = zonal(np.where(NINE == 5, np.nan, NINE), UNIT, zones, stats, crs="EPSG:32748")
    assert zonal(path, None, zones, stats).equals(from_array)
    with pytest.raises(CRSError, match=r"nine.tif is in EPSG:32748 and zones in EPSG:4326"):
        zonal(path, None, zones.to_crs("EPSG:4326"), stats)


OWN = sorted(OWN_STATISTICS)


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_every_statistic_is_that_of_exactextract(data):
    cell = st.one_of(st.floats(-100, 100, width=32), st.just(np.nan))
    values = data.draw(hnp.arrays(np.float64, (8, 9), elements=cell))
    # No corner on a line: there exactextract may count a cell that it touches in no area.
    place = st.integers(-20, 100).map(lambda tenths: tenths / 10 + 0.03)
    triangles = st.lists(st.tuples(place, place), min_size=3, max_size=3).map(Polygon)
    shapes = [s for s in data.draw(st.lists(triangles, min_size=1, max_size=4)) if s.area > 0.01]
    holed = [s.difference(s.centroid.buffer(0.4, 3)) for s in shapes]
    zones = gpd.GeoDataFrame(geometry=[s for s in (*shapes, *holed) if not s.is_empty])
    grid = Affine(1, 0, 0, 0, -1, 8)
    ours = zonal(values, grid, zones, ["count", "sum", "mean", "variance", "stdev"])
    theirs = _of_exactextract(values, grid, zones, list(ours.columns))
    for name in ours.columns:
        expected = theirs[name][name]
        assert ours[name].to_numpy() == pytest.approx(expected, rel=1e-5, abs=1e-4, nan_ok=True)


def test_extremes_are_those_of_exactextract_on_ordinary_zones():
    rng = np.random.default_rng(8)
    values = rng.normal(10, 3, (60, 70))
    values[rng.random(values.shape) < 0.1] = np.nan
    around = [shapely.Point(x, y).buffer(r, 5) for x, y, r in rng.random((50, 3)) * (70, 60, 9)]
    zones = gpd.GeoDataFrame(
        geometry=[a.union(b) for a, b in zip(around, around[7:], strict=False)]
    )
    grid = Affine(1, 0, 0, 0, -1, 60)
    ours, theirs = zonal(values, grid, zones, OWN), _of_exactextract(values, grid, zones, OWN)
    for name in OWN:
        assert ours[name].to_numpy() == pytest.approx(theirs[name][name], rel=1e-6, nan_ok=True), (
            name
        )


def test_a_spread_is_that_of_its_cells():
    # Shares 1, 1, 1/2 of 2, 4, 8: mean 10 / 2.5 = 4, variance (4 + 0 + 16 / 2) / 2.5 = 4.8.
    table = zonal(np.array([[2.0, 4, 8]]), Affine(1, 0, 0, 0, -1, 1), squares((0, 0, 2.5, 1)), OWN)
    assert table.loc[0, "variance"] == pytest.approx(4.8)
    assert table.loc[0, "stdev"] == pytest.approx(4.8**0.5)
    assert table.loc[0, "coefficient_of_variation"] == pytest.approx(4.8**0.5 / 4)


def test_other_statistics_are_asked_of_exactextract_and_keep_the_name_asked_for():
    stats = ["median", "sum", "quantile(q=0.25)", "deep=max", "variety"]
    table = zonal(NINE, UNIT, squares((0, 0, 3, 3), (9, 9, 10, 10), index=["a", "b"]), stats)
    assert table.columns.tolist() == ["median", "sum", "quantile(q=0.25)", "deep", "variety"]
    assert table.loc["a"].tolist() == [5, 45, 3, 9, 9]
    assert table.loc["b", "sum"] == 0
    assert np.isnan(table.loc["b", "median"])
    with pytest.raises(ParameterError, match="Of height: a statistic cannot be computed"):
        zonal(NINE, UNIT, squares((0, 0, 3, 3)), ["height"])


@pytest.mark.parametrize(
    "kind", ["float32", "int16", "list", "turned", "fortran", "masked", "read"]
)
def test_grids_of_every_kind_give_the_same(kind):
    grid = {
        "float32": NINE.astype(np.float32),
        "int16": NINE.astype(np.int16),
        "list": NINE.tolist(),
        "turned": np.ascontiguousarray(NINE[::-1])[::-1],
        "fortran": np.asfortranarray(NINE),
        "masked": np.ma.masked_equal(np.vstack([NINE[:2], [7, 8, 9]]), -1),
        "read": NINE.copy(),
    }[kind]
    if kind == "read":
        grid.flags.writeable = False
    zone = squares((0.5, 0.5, 2.5, 2.5))
    assert zonal(grid, UNIT, zone, OWN).equals(zonal(NINE, UNIT, zone, OWN))


def test_masked_cells_do_not_count():
    masked = np.ma.masked_equal(NINE, 5)
    holed = np.where(NINE == 5, np.nan, NINE)
    zone = squares((0.5, 0.5, 2.5, 2.5))
    assert zonal(masked, UNIT, zone, OWN).equals(zonal(holed, UNIT, zone, OWN))


def test_a_second_map_of_the_grid_uses_the_cut_zones():
    zones = squares((0.5, 0.5, 2.5, 2.5), (0, 0, 3, 1), index=["a", "b"])
    cut = Coverage.of(zones, UNIT, (3, 3))
    for grid in (NINE, NINE**2):
        again = zonal(grid, UNIT, zones, OWN, coverage=cut)
        assert again.equals(zonal(grid, UNIT, zones, OWN))
    with pytest.raises(LayerError, match="of 2 other zones than the 1 given"):
        zonal(NINE, UNIT, zones.iloc[:1], OWN, coverage=cut)
    with pytest.raises(GridError, match="Cut them for this grid"):
        zonal(NINE[:2], UNIT, zones, OWN, coverage=cut)


def write(path, cells, **profile):
    with rasterio.open(
        path,
        "w",
        driver="GTiff",
        height=cells.shape[-2],
        width=cells.shape[-1],
        dtype=cells.dtype,
        crs="EPSG:32748",
        **({"count": 1, "transform": Affine(1, 0, 0, 0, -1, cells.shape[-2])} | profile),
    ) as raster:
        if cells.ndim == 3:
            raster.write(cells)
        else:
            raster.write(cells, 1)
    return path


@pytest.mark.parametrize("rows_at_once", [64, 10_000])
def test_a_file_read_in_blocks_gives_the_very_bits_of_its_array(
    tmp_path, monkeypatch, rows_at_once
):
    monkeypatch.setattr("geo.grid_rows.BLOCK_CELLS", rows_at_once * 90)
    rng = np.random.default_rng(4)
    cells = rng.random((200, 150)).astype(np.float32)
    cells[rng.random(cells.shape) < 0.2] = -9999
    zones = squares(*((x, y, x + 40.3, y + 25.7) for x, y in rng.random((30, 2)) * (90, 150)))
    tiles = {"tiled": True, "blockxsize": 64, "blockysize": 32, "nodata": -9999}
    path = write(tmp_path / "tiles.tif", cells, **tiles)
    grid = Affine(1, 0, 0, 0, -1, 200)
    expected = zonal(np.where(cells == -9999, np.nan, cells), grid, zones, OWN)
    assert zonal(path, None, zones, OWN).equals(expected)


def test_a_file_whose_end_is_missing_is_told_and_never_summed(tmp_path, monkeypatch):
    # Threads read ahead: what one of them meets has to reach the caller.
    monkeypatch.setattr("geo.grid_rows.BLOCK_CELLS", 32 * 150)
    tiles = {"tiled": True, "blockxsize": 64, "blockysize": 32, "compress": "deflate"}
    noise = np.random.default_rng(6).random((400, 150))
    path = write(tmp_path / "cut.tif", noise, **tiles)
    zones = squares((0, 0, 150, 400))
    assert zonal(path, None, zones, ["count"])["count"].tolist() == [60_000]
    whole = path.read_bytes()
    path.write_bytes(whole[: len(whole) * 3 // 4])
    with pytest.raises(rasterio.errors.RasterioIOError):
        zonal(path, None, zones, ["count"])


def test_scale_mask_and_whole_numbers_of_a_file_are_heeded(tmp_path):
    zone = squares((0.5, 0.5, 2.5, 2.5))
    holed = np.where(NINE == 5, np.nan, NINE)
    centimetres = np.where(NINE == 5, -1, NINE * 100).astype(np.int16)
    path = write(tmp_path / "scaled.tif", centimetres, nodata=-1)
    with rasterio.open(path, "r+") as raster:
        raster.scales, raster.offsets = (0.01,), (0,)
    found = zonal(path, None, zone, OWN).loc[0].to_numpy()
    assert found == pytest.approx(zonal(holed, UNIT, zone, OWN).loc[0].to_numpy())
    path = write(tmp_path / "whole.tif", np.where(NINE == 5, 255, NINE).astype("uint8"), nodata=255)
    assert zonal(path, None, zone, OWN).equals(zonal(holed, UNIT, zone, OWN))
    # In 32 bits 0.1 is another number, and the same mark.
    path = write(tmp_path / "tenth.tif", np.where(NINE == 5, 0.1, NINE).astype("f4"), nodata=0.1)
    assert zonal(path, None, zone, OWN).equals(zonal(holed, UNIT, zone, OWN))
    path = write(tmp_path / "mask.tif", NINE)
    with rasterio.open(path, "r+") as raster:
        raster.write_mask(NINE != 5)
    assert zonal(path, None, zone, OWN).equals(zonal(holed, UNIT, zone, OWN))
    path = write(tmp_path / "bands.tif", np.stack([NINE, NINE]), count=2)
    with pytest.raises(GridError, match=r"bands.tif has 2 bands; one is needed"):
        zonal(path, None, zone, OWN)


def test_no_zones_give_an_empty_table():
    table = zonal(NINE, UNIT, squares((0, 0, 1, 1)).iloc[:0], ["mean", "sum"])
    assert table.shape == (0, 2)


def test_bad_zones_and_grids_are_refused():
    line = gpd.GeoDataFrame(geometry=[LineString([(0, 0), (1, 1)])], index=["v1"])
    with pytest.raises(LayerError, match="1 rows are not valid polygons: v1"):
        zonal(NINE, UNIT, line, ["mean"])
    bow = gpd.GeoDataFrame(geometry=[Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])])
    with pytest.raises(LayerError, match="not valid polygons: 0"):
        zonal(NINE, UNIT, bow, ["mean"])
    with pytest.raises(GridError, match="rotated or flipped"):
        zonal(NINE, Affine(1, 0, 0, 0, 1, 0), squares((0, 0, 1, 1)), ["mean"])
    with pytest.raises(CRSError, match="grid is in EPSG:4326"):
        zonal(NINE, UNIT, squares((0, 0, 1, 1)), ["mean"], crs="EPSG:4326")


@settings(deadline=None, max_examples=200)
@given(st.data())
def test_people_are_conserved_zone_by_zone(data):
    count = data.draw(st.integers(1, 5))
    zone = data.draw(hnp.arrays(np.int64, (6, 7), elements=st.integers(-1, count - 1)))
    weights = st.one_of(st.floats(0, 1e12), st.just(np.nan), st.just(0.0), st.just(5e-324))
    weight = data.draw(hnp.arrays(np.float64, (6, 7), elements=weights))
    people = data.draw(hnp.arrays(np.float64, count, elements=st.floats(0, 1e7)))
    spread = dasymetric(zone, people, weight)
    for number in range(count):
        back = spread.people[zone == number].sum() + spread.unplaced[number]
        assert back == pytest.approx(people[number], rel=1e-9, abs=1e-300)
    assert (spread.people[zone == -1] == 0).all()
    assert (spread.people[~(weight > 0)] == 0).all()


def test_renumbering_the_zones_moves_no_bit():
    rng = np.random.default_rng(5)
    zone, weight = rng.integers(-1, 9, (50, 60)), rng.random((50, 60))
    people = rng.random(9) * 1000
    order = rng.permutation(9)
    renumbered = np.where(zone < 0, -1, np.argsort(order)[zone])
    first = dasymetric(zone, people, weight)
    second = dasymetric(renumbered, people[order], weight)
    assert np.array_equal(first.people, second.people)


def test_a_zone_without_cells_keeps_its_people_unplaced():
    spread = dasymetric(np.array([0, 0]), np.array([4.0, 6.0]), np.array([1.0, 3.0]))
    assert spread.people.tolist() == [1, 3]
    assert spread.unplaced.tolist() == [0, 6]


def test_zones_of_odd_kinds_are_taken_or_named():
    spread = dasymetric([[0.0, 1.0], [0.0, -1.0]], [10, 20], [[1, 1], [3, 5]])
    assert spread.people.tolist() == [[2.5, 20], [7.5, 0]]
    assert dasymetric(np.zeros((0, 3), int), [5.0], np.zeros((0, 3))).unplaced.tolist() == [5]
    with pytest.raises(GridError, match="no whole numbers in 2 cells"):
        dasymetric([0.5, np.nan], [1.0], [1, 1])
    with pytest.raises(GridError, match="people has 0 dimensions"):
        dasymetric([0], 5.0, [1])


@settings(max_examples=100, deadline=None)
@given(st.data())
def test_people_stay_the_same_under_another_unit_of_weight_and_order_of_cells(data):
    zone = data.draw(hnp.arrays(np.int64, 20, elements=st.integers(-1, 2)))
    weight = data.draw(hnp.arrays(np.float64, 20, elements=st.floats(0, 1e6)))
    people = data.draw(hnp.arrays(np.float64, 3, elements=st.floats(0, 1e6)))
    order = np.array(data.draw(st.permutations(range(20))))
    spread = dasymetric(zone, people, weight)
    # A power of two moves no bit.
    assert np.array_equal(dasymetric(zone, people, weight * 1024).people, spread.people)
    turned = dasymetric(zone[order], people, weight[order])
    assert turned.people == pytest.approx(spread.people[order], rel=1e-12)


def test_all_faults_are_named_at_once():
    with pytest.raises(GridError) as fault:
        dasymetric(np.array([0, 3]), np.array([4.0, np.nan]), np.array([1.0, -1.0, np.inf]))
    text = str(fault.value)
    assert "zone has shape (2,), weight (3,)" in text
    assert "zone numbers run 0..3 but there are 2 zones" in text
    assert "people is negative, infinite or missing in 1 zones" in text
    assert "weight is negative, infinite or missing in 2 cells" in text
