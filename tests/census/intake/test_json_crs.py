"""A GeoJSON is read in the CRS that it names; one that nobody knows is never WGS 84."""

import json

import pytest

from census.intake.forms import form_named
from census.intake.json_crs import stated_crs
from census.intake.problems import Source
from census.intake.reading import read

HERE = Source("x.geojson")
ROW = {
    "type": "Feature", "properties": {"编号": "C1", "crs": "anything"},
    "geometry": {"type": "Point", "coordinates": [121.0, 32.0]},
}  # fmt: skip
NAMED = {"type": "name", "properties": {"name": "urn:ogc:def:crs:EPSG::4490"}}
LINK = {"type": "link", "properties": {"href": "https://example.org/crs", "type": "proj4"}}
LOCAL = {"type": "name", "properties": {"name": "本地坐标系"}}
WGS84 = "EPSG:4326"


def write(path, *, before=None, behind=None, has_crs=True):
    head = {"type": "FeatureCollection"}
    collection = {
        **head, **({"crs": before} if has_crs and behind is None else {}), "features": [ROW],
        **({"crs": behind} if behind is not None else {}),
    }  # fmt: skip
    path.write_text(json.dumps(collection, ensure_ascii=False), "utf-8")
    return path


@pytest.mark.parametrize(
    ("stated", "expected", "is_told"),
    [
        (NAMED, "urn:ogc:def:crs:EPSG::4490", False),
        ({"type": "name", "properties": {"name": "urn:ogc:def:crs:OGC:1.3:CRS84"}}, WGS84, False),
        ({"type": "EPSG", "properties": {"code": 4549}}, "EPSG:4549", False),
        (LINK, None, True),
        (LOCAL, None, True),
        ({"type": "name", "properties": {"name": "+proj=longlat +nadgrids=/x"}}, None, True),
        ("EPSG:4490", None, True),
        (None, None, False),
    ],
)
def test_what_a_file_names_is_its_crs_and_what_nobody_knows_is_none(
    tmp_path, stated, expected, is_told
):
    problems = []
    path = write(tmp_path / "x.geojson", before=stated)
    assert stated_crs(path, WGS84, HERE, problems) == expected
    assert [each.rule for each in problems] == (["crs"] if is_told else [])
    if stated is not None:
        # Some systems write it behind the rows.
        path = write(tmp_path / "y.geojson", behind=stated)
        assert stated_crs(path, WGS84, HERE, []) == expected


def test_a_file_that_names_none_is_in_the_wgs_84_of_its_standard(tmp_path):
    # A field of the rows may be called so: that is no CRS.
    path = write(tmp_path / "x.geojson", has_crs=False)
    assert stated_crs(path, WGS84, HERE, []) == WGS84
    one = tmp_path / "one.geojson"
    one.write_text(json.dumps(ROW, ensure_ascii=False), "utf-8")
    assert stated_crs(one, WGS84, HERE, []) == WGS84


def test_a_delivery_with_a_link_for_a_crs_is_a_question_until_it_is_declared(tmp_path):
    path = write(tmp_path / "x.geojson", before=LINK)
    asked = read(path, form_named("material_depots"))
    assert ("crs", "error") in {(each.rule, each.level) for each in asked.problems}
    told = read(path, form_named("material_depots"), source_crs=WGS84)
    assert "error" not in {each.level for each in told.problems if each.rule == "crs"}
