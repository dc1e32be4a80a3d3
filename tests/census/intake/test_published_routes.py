"""A delivery of routes leaves what people published as it is, and says where it differs."""

import itertools
import json

import geopandas as gpd
import pytest
from shapely.geometry import LineString

from census.intake import loading, merging
from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.published_routes import Kept
from census.intake.writing import write_table
from census.route_errors import RoutesPublishedMeanwhileError
from census.store import new_routes, route_commands, routes
from census.store import route_workflow as office
from census.store.actors import Actor, Grant
from census.store.layers import read_layer
from census.store.route_commands import Checked, Choices
from census.store.route_keeping import today_of
from tests.census.intake.conftest import SOUTH, WEST
from webapp import cli

pytestmark = pytest.mark.postgis

VILLAGE = "990001001001"
UNIT = f"{VILLAGE}001"
ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")
FRESH = itertools.count(1)


def line(bend=0.0):
    """A kilometre to the east; half way it bends northward by so many degrees."""
    return LineString([(WEST, SOUTH), (WEST + 0.005, SOUTH + bend), (WEST + 0.01, SOUTH)])


@pytest.fixture
def codes():
    """Three codes that no test before has published under: what is published stays in history."""
    return [f"LX{next(FRESH):03d}" for _ in range(3)]


def frame(bends, codes, *, names=("甲线", "乙线", "丙线")):
    lines = [line(bend) for bend in bends]
    columns = {"code": list(codes)[: len(lines)], "name": list(names)[: len(lines)]}
    return gpd.GeoDataFrame({**columns, "unit_code": UNIT}, geometry=lines, crs=4490)


@pytest.fixture
def shelters(store, tmp_path):
    point = gpd.GeoDataFrame(
        {"code": ["S1"], "name": ["学校"], "kind": ["school"], "capacity_text": ["100"]},
        geometry=gpd.points_from_xy([WEST + 0.01], [SOUTH]), crs=4490,
    )  # fmt: skip
    write_table(form_named("shelters"), point, tmp_path / "shelters.gpkg")
    import_delivery(store, "shelters", [tmp_path / "shelters.gpkg"])


@pytest.fixture
def deliver(store, shelters, tmp_path):  # noqa: ARG001  (the shelter has to be there)
    def write_and_import(given, **options):
        path = tmp_path / "evacuation_routes.gpkg"
        write_table(form_named("evacuation_routes"), given, path)
        return import_delivery(store, "evacuation_routes", [path], **options)

    return write_and_import


def publish(store, code, bend):
    made = route_commands.save_version(
        store, ANNA, code=code, base_version=routes.head(store, code).newest, line=line(bend),
        checked=Checked(length_m=1000.0), choices=Choices(),
    )  # fmt: skip
    office.submit(store, ANNA, code=code, version=made, checked=Checked())
    office.approve(store, CHIEF, checked=office.Checked(), code=code, version=made)
    office.publish(
        store, CHIEF, checked=office.Checked(), code=code, version=made, valid_from=today_of(store)
    )
    return made


def stored(store):
    rows = read_layer(store, "evacuation_route")
    bends = [shape.geoms[0].coords[1][1] - SOUTH for shape in rows.geometry]
    found = zip(rows["code"], rows["version"].fillna(0), bends, strict=True)
    return {code: (int(version), round(bend, 6)) for code, version, bend in found}


def test_a_published_line_stays_and_each_row_that_differs_is_told(store, deliver, codes):
    one, two, three = codes
    assert deliver(frame([0.0, 0.0, 0.0], codes)).imported == 3
    publish(store, one, 0.001)
    publish(store, two, 0.002)
    # The first as published, the second with another line and name, the third is plain.
    report = deliver(frame([0.001, 0.003, 0.004], codes, names=("甲线", "新名", "丙线")))
    assert (report.imported, report.refused) == (1, 0)
    assert stored(store) == {one: (1, 0.001), two: (1, 0.002), three: (0, 0.004)}
    (told,) = report.problems
    assert (told.rule, told.level, told.row, told.value) == (
        "published_route", "warning", 2, two,
    )  # fmt: skip
    # 0.001 degree of latitude is some 111 m.
    assert "its line lies up to 110.9" in told.sentence_en
    assert "name '新名' instead of '乙线'" in told.sentence_en
    assert "线路最多相差 110.9" in told.sentence_zh
    assert "名称公布为“乙线”、交付为“新名”" in told.sentence_zh


def test_a_published_route_that_a_delivery_lacks_stays_and_is_told(store, deliver, codes):
    one, two, _ = codes
    deliver(frame([0.0, 0.0], codes))
    publish(store, two, 0.002)
    report = deliver(frame([0.001], codes))
    assert stored(store) == {one: (0, 0.001), two: (1, 0.002)}
    (told,) = report.problems
    assert (told.rule, told.row) == ("published_route_left_out", None)
    assert two in told.sentence_en
    assert "予以保留" in told.sentence_zh


def test_without_the_look_at_versions_the_same_delivery_overwrites_them(
    store, deliver, codes, monkeypatch
):
    """The control: the published line is gone and nobody is told."""
    one = codes[0]
    deliver(frame([0.0, 0.0], codes))
    publish(store, one, 0.001)
    monkeypatch.setattr(
        loading, "keep_published",
        lambda _store, _form, rows, *_rest: Kept(rows, frozenset({one}), []),
    )  # fmt: skip
    monkeypatch.setitem(merging.OWNED, merging.ROUTES, {"origin": "delivered"})
    assert deliver(frame([0.003, 0.0], codes)).problems == ()
    assert stored(store)[one] == (0, 0.003)


def test_a_new_route_stays_through_deliveries_and_its_code_may_come_back_in_one(
    store, deliver, codes
):
    code = new_routes.create_route(store, ANNA, village_code=VILLAGE, shelter_code="S1")
    publish(store, code, 0.002)
    deliver(frame([0.0], codes))
    assert stored(store) == {codes[0]: (0, 0.0), code: (1, 0.002)}
    report = deliver(frame([0.0, 0.003], [codes[0], code]))
    assert not report.is_refused
    assert stored(store)[code] == (1, 0.002)
    assert [told.value for told in report.problems] == [code]


@pytest.mark.parametrize("code", [f"N-{VILLAGE}-77", f"P-{UNIT}-S1"])
def test_a_delivery_may_not_use_codes_that_the_program_gives(deliver, code):
    report = deliver(frame([0.0], [code]))
    assert report.is_refused
    assert report.problems[0].rule == "reserved_code"
    assert "use a code of your own" in report.problems[0].sentence_en
    assert not deliver(frame([0.0, 0.0], ["N-1", "P-北-2"])).is_refused


def test_a_route_published_while_a_delivery_is_read_stops_it(store, deliver, codes, monkeypatch):
    deliver(frame([0.0], codes))
    whole = merging.hold_published

    def late(connection):
        return whole(connection) | {codes[0]}

    monkeypatch.setattr(merging, "hold_published", late)
    with pytest.raises(RoutesPublishedMeanwhileError, match="Nothing was imported"):
        deliver(frame([0.005], codes))
    assert stored(store) == {codes[0]: (0, 0.0)}


def test_the_command_line_lists_the_rows_that_were_not_taken(
    store, deliver, codes, tmp_path, request
):
    deliver(frame([0.0], codes))
    publish(store, codes[0], 0.001)
    path = tmp_path / "again.gpkg"
    write_table(form_named("evacuation_routes"), frame([0.002], codes), path)
    capsys, settings = (request.getfixturevalue(each) for each in ("capsys", "cluster_settings"))
    request.getfixturevalue("monkeypatch").setenv("RISKATLAS_HOME", str(settings.home))
    asked = ["import", "evacuation_routes", str(path), "--place", store.place]
    assert cli.main([*asked, "--check"]) == 0
    assert "stays as version 1" in capsys.readouterr().out
    assert cli.main([*asked, "--json"]) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["imported"], facts["refused"]) == (0, 0)
    assert [each["rule"] for each in facts["problems"]] == ["published_route"]
    assert stored(store) == {codes[0]: (1, 0.001)}
