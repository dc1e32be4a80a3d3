"""An export opens in a GIS as the map of the pages looks: styles in the file, every value drawn."""

import sqlite3
from xml.etree import ElementTree as ET

import geopandas as gpd
import pandas as pd
import pyogrio
import pytest
from shapely.geometry import LineString, Point, box

from census.intake.forms import form_named, forms
from census.products.export_files import WRITERS
from census.products.qgis_styles import qml, sld
from geo.vocabulary import RiskLevel
from webapp.map_looks import look_of
from webapp.theme import ENTERPRISES, PATTERNS, RISK, channels

DRAWN = ["risk_zones", *(f.name for f in forms() if f.geometry not in {"none", "raster"})]
SHAPES = {"point": [0], "line": [1], "polygon": [2], "any": [0, 1, 2]}
SYMBOLS = ("marker", "line", "fill")


def kinds_of(layer):
    return [2] if layer == "risk_zones" else SHAPES[form_named(layer).geometry]


@pytest.mark.parametrize("layer", DRAWN)
def test_each_kind_of_shape_has_its_symbols_and_every_value_a_class(layer):
    look = look_of(layer)
    values = [each.value for each in look.classes]
    assert values.count(None) == 1  # what no class names is drawn too
    if look.field and layer != "risk_zones":
        codes = {code.code for code in form_named(layer).field(look.field).codes}
        assert set(values) - {None} == codes
    for kind in kinds_of(layer):
        top = ET.fromstring(qml(look, kind, ["code", "geom"]).partition("\n")[2])  # noqa: S314  (ours)
        symbols = top.findall("renderer-v2/symbols/symbol")
        assert [each.get("type") for each in symbols] == [SYMBOLS[kind]] * len(values)
        named = {each.get("symbol") for each in top.findall("renderer-v2/categories/category")}
        assert named == ({each.get("name") for each in symbols} if look.field else set())
        assert top.findtext("layerGeometryType") == str(kind)
        assert len(ET.fromstring(sld(look, kind, layer)).findall(".//{*}Rule")) == len(values)  # noqa: S314  (ours)


def test_risk_classes_have_colour_hatch_and_word_of_the_pages():
    look = look_of("risk_zones")
    top = ET.fromstring(qml(look, 2, ["risk_class"]).partition("\n")[2])  # noqa: S314  (ours)
    words = {each.get("value"): each.get("label") for each in top.iter("category")}
    assert words["5"] == "高 high"
    assert set(words) == {"", "1", "2", "3", "4", "5"}
    for number, level in enumerate(reversed(RiskLevel)):
        symbol = top.find(f"renderer-v2/symbols/symbol[@name='{number}']")
        fill = symbol.find("layer[@class='SimpleFill']/prop[@k='color']").get("v")
        # Two fifths of 255 are 102: as pale as on the map.
        assert fill == ",".join(map(str, (*channels(RISK[level]), 102)))
        hatches = symbol.findall("layer[@class='LinePatternFill']")
        assert len(hatches) == len(PATTERNS[level].angles_deg)


def test_layers_without_shapes_have_no_style():
    assert [look_of(name) for name in ("people", "duties", "elevation")] == [None] * 3


def test_a_geopackage_holds_a_default_style_for_each_of_its_layers(tmp_path):
    path = tmp_path / "states.gpkg"
    shapes = [Point(121, 32), LineString([(121, 32), (121.1, 32)]), box(121, 32, 121.1, 32.1)]
    frame = gpd.GeoDataFrame(
        {"code": ["1", "2", "3"], "state": ["closed", "open", "restricted"]},
        geometry=shapes, crs=4490,
    ).rename_geometry("geom")  # fmt: skip
    WRITERS["gpkg"](frame, path, "road_states", look_of("road_states"))
    parts = ["road_states_areas", "road_states_lines", "road_states_points"]
    assert sorted(name for name, kind in pyogrio.list_layers(path) if kind) == parts
    with sqlite3.connect(path) as base:
        styles = base.execute(
            "select f_table_name, f_geometry_column, styleName, styleQML, useAsDefault "
            "from layer_styles order by 1"
        ).fetchall()
        told = base.execute(
            "select data_type from gpkg_contents where table_name = 'layer_styles'"
        ).fetchall()
        columns = dict(base.execute("select table_name, column_name from gpkg_geometry_columns"))
    base.close()
    assert told == [("attributes",)]
    # QGIS finds a default style by the names of table and column of shapes.
    assert [(name, column, default) for name, column, _, _, default in styles] == [
        (name, columns[name], 1) for name in parts
    ]
    assert [each[2] for each in styles] == ["道路通行状态 road states"] * 3
    assert all("<!DOCTYPE qgis" in each[3] for each in styles)


def test_a_colour_of_an_enterprise_is_that_of_the_theme(tmp_path):
    frame = gpd.GeoDataFrame(
        pd.DataFrame({"code": ["1"], "colour": ["red"]}), geometry=[Point(121, 32)], crs=4490
    ).rename_geometry("geom")
    WRITERS["gpkg"](frame, tmp_path / "e.gpkg", "enterprises", look_of("enterprises"))
    styles = pyogrio.read_dataframe(tmp_path / "e.gpkg", layer="layer_styles")
    assert styles["f_table_name"].tolist() == ["enterprises"]
    for colour in ENTERPRISES.values():
        assert ",".join(map(str, (*channels(colour), 255))) in styles["styleQML"][0]
