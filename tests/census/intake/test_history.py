"""A delivery that comes again: what differs is found, applied and remembered; nothing else."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import LineString, MultiPolygon, Point, Polygon
from sqlalchemy import text

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.products.crosschecks.asking import ask
from census.store.deliveries import generation
from census.store.layers import read_layer
from census.store.object_history import object_history
from tests.census.intake.conftest import SOUTH, WEST, square
from webapp import cli

pytestmark = pytest.mark.postgis

# 0.001 degree of latitude at 32 N, metres on the ellipsoid.
MILLIDEGREE_M = 110.9
CORNER = np.array([WEST + 0.001, SOUTH + 0.001])


@pytest.fixture
def deliver(store, tmp_path, room):
    def write_and_import(form_name, frame, *, suffix="gpkg", **options):
        path = tmp_path / f"{form_name}.{suffix}"
        write_table(form_named(form_name), frame, path)
        return import_delivery(store, form_name, [path], room=room, **options)

    return write_and_import


def sites(rows):
    """Hazard sites: code to (name, people, row of the lattice)."""
    return gpd.GeoDataFrame(
        {
            "code": list(rows), "name": [row[0] for row in rows.values()],
            "kind": ["waterlogging"] * len(rows), "hazard": ["flood"] * len(rows),
            "people_threatened": [row[1] for row in rows.values()],
        },
        geometry=[Point(WEST + 0.005, SOUTH + row[2]) for row in rows.values()], crs=4490,
    )  # fmt: skip


def many(count=40):
    return {f"H{n:03}": (f"点{n}", n, 0.0004 * n) for n in range(count)}


def changes(store, layer="hazard_site"):
    query = text(
        "select r.code, r.kind, r.changed, round(r.moved_m), r.before, r.after "
        "from census.change_row r join census.change_set s on s.id = r.change_set_id "
        "where r.layer = :layer and s.id = (select max(id) from census.change_set) order by 1"
    )
    with store.engine.connect() as connection:
        return connection.execute(query, {"layer": layer}).all()


def sets(store):
    with store.engine.connect() as connection:
        return connection.execute(text("select count(*) from census.change_set")).scalar_one()


def test_a_file_delivered_twice_changes_nothing_and_bumps_no_generation(store, deliver):
    deliver("hazard_sites", sites(many()))
    before = sets(store), generation(store, "hazard_site"), read_layer(store, "hazard_site")
    report = deliver("hazard_sites", sites(many()))
    assert report.difference.counts() == {
        "stood": 40, "added": 0, "changed": 0, "moved": 0, "gone": 0, "kept": 0,
        "unchanged": 40, "doubtful": 0,
    }  # fmt: skip
    assert (sets(store), generation(store, "hazard_site")) == before[:2]
    # Whoever stood keeps the delivery it came with.
    pd.testing.assert_frame_equal(read_layer(store, "hazard_site"), before[2])


def test_a_number_that_jumped_between_deliveries_is_told_by_the_cross_checks(store, deliver):
    deliver("hazard_sites", sites(many()))
    rows = many()
    # 10 -> 400 people is forty times as many; 20 -> 25 is less than 1.5 times.
    rows["H010"], rows["H020"] = ("点10", 400, 0.004), ("点20", 25, 0.008)
    deliver("hazard_sites", sites(rows))
    (answer,) = ask(store, rules=["outlier"])
    assert [(each.code, each.value) for each in answer.findings] == [("H010", "400")]
    # It is held against the first of several deliveries, and a number set back is none.
    rows["H010"] = ("点10", 11, 0.004)
    deliver("hazard_sites", sites(rows))
    assert ask(store, rules=["outlier"])[0].findings == ()


def test_added_changed_moved_and_gone_are_told_apart_and_kept_as_history(store, deliver):
    deliver("hazard_sites", sites(many()))
    rows = many() | {"H900": ("新点", 7, 0.0101)}
    rows["H001"] = ("点1", 99, 0.0004)
    rows["H002"] = ("点2", 2, 0.0008 + 0.001)
    del rows["H003"]
    report = deliver("hazard_sites", sites(rows))
    found = report.difference
    assert (found.added, found.changed, found.moved, found.gone) == (1, 2, 1, 1)
    assert found.unchanged == 37
    told = {row[0]: row for row in changes(store)}
    assert told["H001"][1:4] == ("update", ["people_threatened"], None)
    assert (told["H001"][4]["people_threatened"], told["H001"][5]["people_threatened"]) == (1, 99)
    assert told["H002"][1:3] == ("update", ["geom"])
    assert told["H002"][3] == pytest.approx(MILLIDEGREE_M, abs=1)
    assert (told["H003"][1], told["H003"][4]["name"], told["H003"][5]) == ("delete", "点3", None)
    assert (told["H900"][1], told["H900"][4], told["H900"][5]["name"]) == ("insert", None, "新点")
    stored = read_layer(store, "hazard_site").set_index("code")
    assert "H003" not in stored.index
    assert stored.loc["H001", "people_threatened"] == 99
    # 1 of 40 is gone: below 5 %, told and done.
    assert [(each.rule, each.level, each.value) for each in report.problems] == [
        ("gone", "warning", "H003")
    ]


def test_more_than_one_in_twenty_gone_has_to_be_said_a_second_time(store, deliver):
    deliver("hazard_sites", sites(many()))
    rows = dict(list(many().items())[:37])
    report = deliver("hazard_sites", sites(rows))
    # 3 of 40 are 7.5 %.
    assert report.is_refused
    assert "3 of 40 stored rows (7.5%)" in report.problems[0].sentence_en
    assert "--yes" in report.problems[0].sentence_zh
    assert len(read_layer(store, "hazard_site")) == 40
    assert deliver("hazard_sites", sites(rows), accept_gone=True).difference.gone == 3
    assert len(read_layer(store, "hazard_site")) == 37


def test_checking_tells_what_would_change_and_changes_nothing(store, deliver):
    deliver("hazard_sites", sites(many()))
    before = sets(store), read_layer(store, "delivery"), read_layer(store, "hazard_site")
    rows = many() | {"H001": ("点1", 99, 0.0004)}
    report = deliver("hazard_sites", sites(rows), check_only=True)
    assert [(each.code, each.changed) for each in report.difference.changes] == [
        ("H001", ("people_threatened",))
    ]
    assert report.delivery_id is None
    assert sets(store) == before[0]
    pd.testing.assert_frame_equal(read_layer(store, "delivery"), before[1])
    pd.testing.assert_frame_equal(read_layer(store, "hazard_site"), before[2])


def test_a_row_that_is_refused_keeps_what_is_stored_of_it(store, deliver):
    deliver("hazard_sites", sites(many()))
    rows = many() | {"H001": ("点1", -5, 0.0004)}
    report = deliver("hazard_sites", sites(rows), accept_faulty=True)
    assert (report.refused, report.difference.kept, report.difference.gone) == (1, 1, 0)
    stored = read_layer(store, "hazard_site").set_index("code")
    assert stored.loc["H001", "people_threatened"] == 1


def test_one_object_under_another_code_is_told_as_doubtful(deliver):
    deliver("hazard_sites", sites(many()))
    rows = many()
    rows["NEW1"] = (*rows.pop("H001")[:2], 0.0004 + 0.0001)
    report = deliver("hazard_sites", sites(rows))
    doubt = next(each for each in report.problems if each.rule == "doubtful")
    assert doubt.value == "H001 - NEW1"
    # A ten-thousandth of a degree northward.
    assert "11 m away" in doubt.sentence_en


def test_noise_of_another_program_is_no_change(deliver):
    one = Polygon([(0, 0), (0.001, 0), (0.001, 0.001), (0, 0.001)])
    turned = Polygon([(0.001, 0.001), (0.001, 0), (0, 0), (0, 0.001)])
    shapes = [shapely.transform(one, lambda c: c + CORNER)]
    again = [shapely.transform(turned, lambda c: c + CORNER + 3e-9)]
    first = gpd.GeoDataFrame({"name": ["楼"]}, geometry=shapes, crs=4490)
    deliver("buildings", first)
    report = deliver("buildings", first.set_geometry([MultiPolygon(again)]).set_crs(4490))
    assert report.difference.unchanged == 1


def test_what_became_of_an_object_is_told_step_by_step(
    store, deliver, cluster_settings, capsys, monkeypatch
):
    deliver("hazard_sites", sites(many()))
    deliver("hazard_sites", sites(many() | {"H001": ("改名", 99, 0.0004 + 0.001)}))
    rows = {code: row for code, row in many().items() if code != "H001"}
    deliver("hazard_sites", sites(rows))
    steps, standing = object_history(store, "hazard_site", "H001")
    mine = [step for step in steps if step.changed or step.kind == "delete"][-2:]
    assert [step.kind for step in mine] == ["update", "delete"]
    assert mine[0].changed == {"name": ("点1", "改名"), "people_threatened": (1, 99)}
    assert mine[0].moved_m == pytest.approx(MILLIDEGREE_M, abs=1)
    assert (mine[0].file_name, standing) == ("hazard_sites.gpkg", None)
    assert object_history(store, "hazard_site", "H002")[1].says["name"] == "点2"
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    asked = ["--place", store.place]
    assert cli.main(["history", "hazard_sites", "H001", *asked]) == 0
    told = capsys.readouterr().out
    assert "name: 点1 → 改名" in told
    assert "no longer in the layer" in told
    assert cli.main(["history", "hazard_sites", "nothing", *asked]) == 1


def test_without_keys_the_same_shape_with_another_word_is_a_change_and_keeps_its_number(
    store, deliver
):
    shapes = [square(0, 0, 0.1), square(0.2, 0, 0.1), square(0.4, 0, 0.1)]
    frame = gpd.GeoDataFrame({"name": ["甲", "乙", "丙"]}, geometry=shapes, crs=4490)
    deliver("buildings", frame)
    later = gpd.GeoDataFrame(
        {"name": ["丁", "丙", "改名"]}, geometry=[square(0.6, 0, 0.1), shapes[2], shapes[1]],
        crs=4490,
    )  # fmt: skip
    found = deliver("buildings", later, accept_gone=True).difference
    assert (found.added, found.changed, found.gone, found.unchanged) == (1, 1, 1, 1)
    stored = read_layer(store, "building").set_index("id")["name"].to_dict()
    new = max(stored)
    assert stored == {2: "改名", 3: "丙", new: "丁"}
    assert new > 3


def test_the_number_of_an_object_that_is_gone_is_not_given_to_another(store, deliver):
    shapes = [square(0.2 * n, 0, 0.1) for n in range(4)]
    frame = gpd.GeoDataFrame({"name": ["甲", "乙", "丙", "丁"]}, geometry=shapes, crs=4490)
    deliver("buildings", frame.iloc[:3])
    deliver("buildings", frame.iloc[:2], accept_gone=True)
    deliver("buildings", frame.iloc[[0, 1, 3]])
    stored = read_layer(store, "building").set_index("name")["id"].to_dict()
    assert (stored["甲"], stored["乙"]) == (1, 2)
    assert stored["丁"] > 3
    steps, _ = object_history(store, "building", "3")
    assert steps[-1].kind == "delete"


def test_two_rows_that_say_the_same_are_two(deliver):
    frame = gpd.GeoDataFrame(
        {"class": ["local", "local"]},
        geometry=[LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])] * 2, crs=4490,
    )  # fmt: skip
    deliver("roads", frame)
    assert deliver("roads", frame).difference.unchanged == 2
    found = deliver("roads", frame.iloc[:1], accept_gone=True).difference
    assert (found.gone, found.unchanged) == (1, 1)


def test_an_empty_value_differs_from_an_empty_text_beside_it(deliver):
    one = sites({"H1": ("点", None, 0.001)}).assign(description=["5"])
    other = sites({"H1": ("点", 5, 0.001)}).assign(description=[None])
    deliver("hazard_sites", one)
    found = deliver("hazard_sites", other).difference
    assert found.changes[0].changed == ("description", "people_threatened")


def test_sites_that_people_and_products_made_are_left_alone(store, deliver):
    deliver("hazard_sites", sites(many()))
    with store.begin() as connection:
        connection.execute(
            text("update census.hazard_site set origin = 'reported' where code = 'H001'")
        )
    rows = {code: row for code, row in many().items() if code != "H001"}
    assert deliver("hazard_sites", sites(rows)).difference.gone == 0
    assert "H001" in set(read_layer(store, "hazard_site")["code"])


def test_people_go_into_the_history_with_their_village(store, deliver, divisions):
    people = pd.DataFrame(
        {"division_code": ["990001001001", "990001002002"], "people": [1, 4], "basis": "counted"}
    )
    deliver("people", people, suffix="xlsx")
    kept = divisions[~divisions["code"].str.startswith("990001002002")]
    deliver("divisions", kept, accept_gone=True)
    assert [(row[0], row[1], row[4]["people"]) for row in changes(store, "people")] == [
        ("990001002002", "delete", 4)
    ]


@settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(data=st.data())
def test_what_is_stored_is_what_was_delivered_last_whatever_came_before(store, deliver, data):
    """The oracle: a dictionary. The history: each row's former state, once."""
    state = st.dictionaries(
        st.sampled_from([f"H{n}" for n in range(8)]),
        st.tuples(st.sampled_from(["甲", "乙"]), st.sampled_from([None, 1, 2]),
                  st.sampled_from([0.001, 0.002])),
        min_size=1,
    )  # fmt: skip
    for rows in data.draw(st.lists(state, min_size=2, max_size=4)):
        stood = read_layer(store, "hazard_site")
        was = set(zip(stood["code"], stood["name"], stood["people_threatened"].fillna(-1),
                      stood.geometry.y.round(4), strict=True))  # fmt: skip
        found = deliver("hazard_sites", sites(rows), accept_gone=True).difference
        now = read_layer(store, "hazard_site")
        held = set(zip(now["code"], now["name"], now["people_threatened"].fillna(-1),
                       now.geometry.y.round(4), strict=True))  # fmt: skip
        wanted = {
            (code, name, -1 if people is None else people, round(SOUTH + y, 4))
            for code, (name, people, y) in rows.items()
        }
        assert held == wanted
        codes, before = {row[0] for row in was}, {row[0] for row in wanted}
        assert found.added == len(before - codes)
        assert found.gone == len(codes - before)
        assert found.unchanged == len(was & wanted)
