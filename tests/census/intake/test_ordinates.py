"""What the numbers of coordinates say about their CRS: told with the CRS that they suggest."""

import geopandas as gpd
import pyogrio
import pytest
from pyproj import Transformer
from shapely.geometry import Point

from census.intake.checking import check
from census.intake.forms import form_named
from census.intake.ordinates import crs_misfit
from census.intake.problems import Source
from census.intake.reading import read
from tests.census.intake.conftest import SOUTH, WEST

SHELTERS = form_named("shelters")
LON, LAT = WEST + 0.015, SOUTH + 0.015
# Transverse Mercator of CGCS2000, 3-degree zones, central meridian 120 E, without and with zone 40.
EAST, NORTH = Transformer.from_crs(4490, 4549, always_xy=True).transform(LON, LAT)


def misfit(x, y, crs, **options):
    shapes = gpd.GeoSeries([Point(x, y)] * 3, crs=crs)
    return crs_misfit(shapes, Source("f"), **options)


@pytest.mark.parametrize(
    ("x", "y", "crs", "words"),
    [
        (LON, LAT, None, "look like degrees: EPSG:4490"),
        (EAST, NORTH, None, "without a zone: ask for the central meridian"),
        (EAST + 40e6, NORTH, None, "3-degree zone 40 (central meridian 120 E) in front: EPSG:4528"),
        (EAST + 20e6, NORTH, None, "6-degree zone 20 (central meridian 117 E) in front: EPSG:4498"),
        (NORTH, EAST, None, "with easting and northing exchanged"),
        (NORTH, EAST + 40e6, None, "zone 40 (central meridian 120 E) in front, with easting"),
        (EAST, NORTH, 4490, "is one of degrees, but the coordinates lie around"),
        (EAST + 40e6, NORTH, 4549, "EPSG:4528 for CGCS2000; declare the right one"),
        (EAST, NORTH, 4528, "do not fit"),
        (LON, LAT, 4549, "look like degrees"),
        (LAT, LON, 4490, "axes are swapped"),
        (NORTH, EAST, 4549, "axes are swapped"),
        (-248.7, 625.6, 4326, "do not fit"),
    ],
)
def test_numbers_that_do_not_fit_their_crs_are_told_with_one_that_does(x, y, crs, words):
    problem = misfit(x, y, crs)
    assert (problem.rule, problem.level) == ("crs", "error")
    assert words in problem.sentence_en
    assert problem.sentence_zh.endswith("。")


@pytest.mark.parametrize(
    ("x", "y", "crs"),
    [
        (LON, LAT, 4490), (EAST, NORTH, 4549), (EAST + 40e6, NORTH, 4528), (106.8, -6.2, 4326),
        (700_000, 9_310_000, 32748), (500_000, 6_600_000, 3006), (13.5e6, 3.7e6, 3857),
        (-58.4, -34.6, 4326), (10.0, 60.0, 4326), (20_000, -150_000, 6675),
    ],
)  # fmt: skip
def test_numbers_that_fit_are_left_alone(x, y, crs):
    assert misfit(x, y, crs) is None


def test_one_stray_shape_does_not_refuse_the_file():
    shapes = gpd.GeoSeries([Point(LON, LAT)] * 3 + [Point(EAST, NORTH)], crs=4490)
    assert crs_misfit(shapes, Source("f")) is None


def test_a_table_with_exchanged_columns_is_told_the_words_that_exchange_them(tmp_path, context):
    path = tmp_path / "s.csv"
    path.write_text(f"编号,名称,种类,经度,纬度\n1,甲,学校,{LAT},{LON}\n", "utf-8")
    _, problems = check(read(path, SHELTERS), SHELTERS, context)
    (problem,) = [each for each in problems if each.level == "error"]
    assert "--map COLUMN=latitude and --map COLUMN=longitude" in problem.sentence_en
    mapping = {"经度": "latitude", "纬度": "longitude"}
    accepted, _ = check(read(path, SHELTERS, mapping=mapping), SHELTERS, context)
    assert len(accepted) == 1


def test_a_table_in_metres_needs_its_crs_declared(tmp_path, context):
    path = tmp_path / "s.csv"
    path.write_text(f"编号,名称,种类,X,Y\n1,甲,学校,{EAST + 40e6},{NORTH}\n", "utf-8")
    _, problems = check(read(path, SHELTERS), SHELTERS, context)
    (problem,) = [each for each in problems if each.level == "error"]
    assert "EPSG:4528" in problem.sentence_en
    delivery = read(path, SHELTERS, source_crs="EPSG:4528")
    accepted, _ = check(delivery, SHELTERS, context)
    assert accepted.geometry.iloc[0].distance(Point(LON, LAT)) < 1e-8


def test_a_layer_with_a_zone_in_front_is_read_once_it_is_declared(tmp_path, context):
    columns = {"编号": ["1"], "名称": ["甲"], "种类": ["学校"]}
    frame = gpd.GeoDataFrame(columns, geometry=[Point(EAST + 40e6, NORTH)], crs=4549)
    pyogrio.write_dataframe(frame, tmp_path / "s.gpkg")
    delivery = read(tmp_path / "s.gpkg", SHELTERS)
    assert [each.rule for each in delivery.problems if each.level == "error"] == ["crs"]
    accepted, _ = check(
        read(tmp_path / "s.gpkg", SHELTERS, source_crs="EPSG:4528"), SHELTERS, context
    )
    assert len(accepted) == 1
