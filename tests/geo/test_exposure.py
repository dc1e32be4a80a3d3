"""People are conserved between zones and cells, and zone statistics do not depend on row order."""

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from shapely.geometry import LineString, Polygon, box

from geo.errors import CRSError, GridError, LayerError
from geo.exposure import dasymetric, zonal

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


def test_all_faults_are_named_at_once():
    with pytest.raises(GridError) as fault:
        dasymetric(np.array([0, 3]), np.array([4.0, np.nan]), np.array([1.0, -1.0, np.inf]))
    text = str(fault.value)
    assert "zone has shape (2,), weight (3,)" in text
    assert "zone numbers run 0..3 but there are 2 zones" in text
    assert "people is negative, infinite or missing in 1 zones" in text
    assert "weight is negative, infinite or missing in 2 cells" in text
