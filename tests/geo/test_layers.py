"""A layer that breaks its contract hears of every fault at once."""

import datetime as dt

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
from shapely.geometry import Point, Polygon, box

from geo.errors import LayerError
from geo.layers import ColumnRule, LayerContract, check_layer

VILLAGES = LayerContract(
    name="villages",
    geometry=("Polygon", "MultiPolygon"),
    columns={
        "code": ColumnRule(kind="text", unique=True),
        "people": ColumnRule(kind="integer", unit="persons", minimum=0),
        "share": ColumnRule(kind="number", required=False, minimum=0, maximum=1),
        "is_coastal": ColumnRule(kind="boolean", required=False),
        "surveyed": ColumnRule(kind="date", required=False),
    },
)


def villages(crs="EPSG:32748", **columns):
    base = {"code": ["a", "b"], "people": [10, 20]}
    shapes = [box(0, 0, 1, 1), box(1, 0, 2, 1)]
    return gpd.GeoDataFrame(base | columns, geometry=shapes, crs=crs)


def test_a_sound_layer_passes_with_and_without_its_free_columns():
    check_layer(villages(), VILLAGES)
    check_layer(
        villages(
            share=[0.0, np.nan],
            is_coastal=[True, None],
            surveyed=[dt.date(2026, 1, 1), None],
            note=["", None],
        ),
        VILLAGES,
    )
    check_layer(villages(people=[1.0, 2.0], surveyed=pd.to_datetime(["2026-01-01"] * 2)), VILLAGES)


def test_all_faults_of_a_layer_come_in_one_sentence_in_both_languages():
    bow = Polygon([(0, 0), (1, 1), (1, 0), (0, 1)])
    layer = gpd.GeoDataFrame(
        {"code": ["a", "a", None, "d"], "share": [0.5, 2.0, -1.0, np.inf], "is_coastal": "yes"},
        geometry=[bow, Point(0, 0), None, box(0, 0, 1, 1)],
        index=["r1", "r2", "r3", "r4"],
        crs="EPSG:4490",
    )
    with pytest.raises(LayerError) as fault:
        check_layer(layer, VILLAGES)
    for part in (
        "villages: its CRS EPSG:4490 does not measure in metres",
        "no geometry in row r3",
        "a geometry that is not Polygon/MultiPolygon in row r2",
        "an invalid geometry in row r1",
        "no code in row r3",
        "a code that occurs more than once in row r1, r2",
        "column people is missing",
        "an infinite share in row r4",
        "share below 0 in row r3",
        "share above 1 in row r2",
        "column is_coastal holds",
    ):
        assert part in fault.value.sentence_en
    assert "缺少字段“people”" in fault.value.sentence_zh
    assert "几何图形无效（行 r1）" in fault.value.sentence_zh


@pytest.mark.parametrize(
    ("column", "values", "kind"),
    [
        ("people", [1.5, 2], "integer"),
        ("people", ["10", "20"], "integer"),
        ("code", [1, 2], "text"),
        ("share", ["0.5", "1"], "number"),
        ("surveyed", ["2026-01-01", "x"], "date"),
    ],
)
def test_a_column_of_another_kind_is_named(column, values, kind):
    with pytest.raises(LayerError, match=f"column {column} holds .*, not {kind}"):
        check_layer(villages(**{column: values}), VILLAGES)


def test_the_unit_stands_beside_the_limit():
    with pytest.raises(LayerError, match="people below 0 persons in row 1"):
        check_layer(villages(people=[1, -2]), VILLAGES)


def test_a_layer_without_or_with_another_crs_is_refused():
    with pytest.raises(LayerError, match="it has no CRS"):
        check_layer(villages(crs=None), VILLAGES)
    stored = LayerContract(name="stored", geometry=("Polygon",), crs="EPSG:4490")
    with pytest.raises(LayerError, match="its CRS is EPSG:32748, not EPSG:4490"):
        check_layer(villages(), stored)
    check_layer(villages(crs="EPSG:4490"), stored)


def test_of_many_faulty_rows_ten_are_named_and_the_rest_counted():
    many = gpd.GeoDataFrame(geometry=[None] * 13, crs="EPSG:32748")
    with pytest.raises(LayerError, match=r"no geometry in row 0, 1, .*, 9 and 3 more"):
        check_layer(many, LayerContract(name="sites", geometry=("Point",)))


def test_an_empty_layer_keeps_its_contract():
    empty = villages().iloc[:0]
    check_layer(empty, VILLAGES)
