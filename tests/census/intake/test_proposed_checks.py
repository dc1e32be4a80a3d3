"""Inside a proposal: which cross-checks it would newly break and mend, with nothing written."""

from contextlib import contextmanager
from dataclasses import replace

import geopandas as gpd
import numpy as np
import pytest
import rasterio
from affine import Affine
from shapely.geometry import Point, box, shape
from sqlalchemy import text

from census.intake import settling
from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.proposing import propose_files, work_on
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from census.products.crosschecks.asking import ask
from census.products.crosschecks.proposed import proposed_checks
from census.store.actors import Actor, Grant
from census.store.layers import read_layer, write_layer
from census.store.object_history import object_history
from census.store.proposal_decisions import accept_delivery, reject_delivery, stop_delivery
from census.store.proposal_events import DONE, WORKING
from census.store.proposal_reading import proposal_changes, proposal_problems, read_proposal
from tests.census.intake.conftest import SOUTH, WEST

pytestmark = pytest.mark.postgis

OFFICER = Actor("33333333-3333-3333-3333-333333333333", "审核员", (Grant("data_officer"),), "::1")


def sites(rows):
    """Hazard sites: code to (name, people, thousandths of a degree east of the corner)."""
    return gpd.GeoDataFrame(
        {
            "code": list(rows), "name": [row[0] for row in rows.values()],
            "kind": ["waterlogging"] * len(rows), "hazard": ["flood"] * len(rows),
            "responsible_post": ["网格员"] * len(rows),
            "people_threatened": [row[1] for row in rows.values()],
        },
        geometry=[Point(WEST + 0.001 * row[2], SOUTH + 0.005) for row in rows.values()], crs=4490,
    )  # fmt: skip


STANDS = {f"H{n:02}": (f"点{n}", 100 + n, 1 + n) for n in range(20)}


@pytest.fixture
def write(tmp_path):
    def written(rows, name="sites.gpkg"):
        path = tmp_path / name
        write_table(form_named("hazard_sites"), sites(rows), path)
        return path

    return written


@pytest.fixture
def loaded(store, room, write):
    import_delivery(store, "hazard_sites", [write(STANDS, "first.gpkg")], room=room)
    yield store
    with store.engine.connect() as connection:
        numbers = connection.execute(text("select id from census.proposal")).scalars().all()
    for number in numbers:
        if read_proposal(store, number).state in WORKING:
            stop_delivery(store, OFFICER, number=number)
        if read_proposal(store, number).state not in DONE:
            reject_delivery(store, OFFICER, number=number, reason="")


@pytest.fixture
def propose(store, room, write):
    def proposed(rows, asks=proposed_checks):
        number = propose_files(store, OFFICER, "hazard_sites", [write(rows)], {})
        work_on(store, number, room=room, asks=asks)
        return read_proposal(store, number)

    return proposed


@pytest.fixture
def grid_file(tmp_path):
    """A grid over the tiny district with one value in all cells."""

    def written(value):
        path = tmp_path / "height.tif"
        place = Affine(0.001, 0, WEST, 0, -0.001, SOUTH + 0.02)
        with rasterio.open(
            path, "w", driver="GTiff", width=40, height=20, count=1, dtype="float32",
            crs="EPSG:4490", transform=place, nodata=-9999,
        ) as target:  # fmt: skip
            target.write(np.full((20, 40), value, "float32"), 1)
        return path

    return written


def told(found, kind):
    return {(each["rule"], each["code"]) for each in found.found["checks"][kind]}


def test_what_would_newly_disagree_is_told_and_nothing_is_written(loaded, propose):
    before = read_layer(loaded, "hazard_site")
    # The same name 9 m beside the first: perhaps it twice. And a site with thirty times the people.
    rows = STANDS | {"H90": ("点0", 5, 1.1)}
    rows["H07"] = ("点7", 107 * 30, 8)
    found = propose(rows)
    assert told(found, "broken") == {("repeated_object", "H90"), ("outlier", "H07")}
    assert told(found, "mended") == set()
    assert read_layer(loaded, "hazard_site").equals(before)
    assert sum(len(each.findings) for each in ask(loaded, rules=["repeated_object"])) == 0


def test_the_stored_findings_after_it_is_loaded_are_those_that_were_told(loaded, propose, room):
    rows = STANDS | {"H90": ("点0", 5, 1.1)}
    rows["H07"] = ("点7", 107 * 30, 8)
    found = propose(rows)
    before = {(each.rule, one.code) for each in ask(loaded) for one in each.findings}
    accept_delivery(loaded, OFFICER, number=found.number)
    assert work_on(loaded, found.number, room=room, asks=proposed_checks) == "accepted"
    after = {(each.rule, one.code) for each in ask(loaded) for one in each.findings}
    assert after - before == told(found, "broken") != set()
    assert before - after == told(found, "mended") == set()


def test_what_is_mended_is_told_and_what_stays_wrong_is_neither(loaded, propose, room):
    wrong = STANDS | {"H90": ("点0", 5, 1.1), "H91": ("点9", 5, 10.1)}
    first = propose(wrong)
    accept_delivery(loaded, OFFICER, number=first.number)
    work_on(loaded, first.number, room=room)
    right = dict(wrong) | {"H90": ("另一点", 5, 1.1)}
    found = propose(right)
    assert told(found, "mended") == {("repeated_object", "H90")}
    assert told(found, "broken") == set()
    rule = next(r for r in found.found["checks"]["rules"] if r["rule"] == "repeated_object")
    # H91 still has the name of H09.
    assert (rule["broken"], rule["mended"], rule["left"]) == (0, 1, 1)


@pytest.mark.usefixtures("loaded")
def test_a_rule_that_cannot_be_asked_says_which_table_is_empty(propose):
    rules = {each["rule"]: each for each in propose(STANDS).found["checks"]["rules"]}
    assert rules["shelter_in_hazard"]["empty"] == ["shelter"]
    assert rules["repeated_object"]["empty"] == []
    # Rules that do not read the layer are not asked.
    assert "stock_balance" not in rules


@pytest.mark.usefixtures("loaded")
def test_the_states_of_the_layers_that_were_read_are_kept_with_the_answer(propose):
    states = propose(STANDS).found["checks"]["generations"]
    assert {"hazard_site", "duty", "shelter"} <= set(states)


@pytest.mark.usefixtures("loaded")
def test_a_rule_that_breaks_holds_no_delivery_up(propose):
    def broken(_store, connection, _merging):
        connection.execute(text("select 1 / 0"))

    found = propose(STANDS | {"H90": ("新点", 5, 30)}, asks=broken)
    assert (found.state, found.found["checks"]) == ("read", settling.NOT_ASKED)
    assert found.counts["added"] == 1


def test_the_history_of_a_value_names_who_accepted_it_and_its_row(loaded, propose, room):
    rows = STANDS | {"H07": ("点7", 8, 8)}
    found = propose(rows)
    accept_delivery(loaded, OFFICER, number=found.number)
    work_on(loaded, found.number, room=room)
    steps, standing = object_history(loaded, "hazard_site", "H07")
    # H00 is feature 1, so H07 is feature 8.
    assert (steps[-1].accepted_by, steps[-1].source_row) == ("审核员", 8)
    assert standing.accepted_by == "审核员"
    # What a command loaded before nobody accepted.
    assert object_history(loaded, "hazard_site", "H06")[1].accepted_by is None


@pytest.fixture
def no_buildings(store):
    """The district without the buildings of tests before."""
    write_layer(store, "building", read_layer(store, "building").iloc[:0], delivery_id=None)


@pytest.mark.usefixtures("no_buildings")
def test_what_was_found_between_the_parts_of_a_large_delivery_has_its_place(store, tmp_path):
    corners = [(0.001 + 0.001 * n, 0.001) for n in range(12)] + [(0.00105, 0.001)]
    shapes = gpd.GeoDataFrame(
        {"kind": ["住宅"] * 13},
        geometry=[box(WEST + x, SOUTH + y, WEST + x + 1e-4, SOUTH + y + 1e-4) for x, y in corners],
        crs=4490,
    )  # fmt: skip
    path = tmp_path / "buildings.gpkg"
    write_table(form_named("buildings"), shapes, path)
    number = propose_files(store, OFFICER, "buildings", [path], {})
    with ReadingRoom(part_rows=5) as small:
        assert work_on(store, number, room=small, asks=proposed_checks) == "read"
        found = read_proposal(store, number)
        (overlap,) = [
            each for each in proposal_problems(store, OFFICER, reading=found.reading)
            if each["rule"] == "overlap"
        ]  # fmt: skip
        assert overlap["row"] == 13
        assert shape(overlap["place"]).bounds[:2] == pytest.approx((WEST + 0.00105, SOUTH + 0.001))
        last = max((each.code for each in proposal_changes(store, OFFICER, found=found)), key=int)
        accept_delivery(store, OFFICER, number=number, left_out=[last])
        assert work_on(store, number, room=small) == "accepted"
    assert len(read_layer(store, "building")) == 12


@contextmanager
def listed_up_to(store, most):
    profile = {"census_loading": {"review": {"first_rows_listed": most}}}
    yield replace(store, district=replace(store.district, profile=profile))


def test_a_first_delivery_is_told_row_by_row_and_loaded_without_the_rows_left_out(
    store, room, propose
):
    found = propose(STANDS)
    changes = proposal_changes(store, OFFICER, found=found)
    assert [(each.code, each.kind) for each in changes] == [(code, "insert") for code in STANDS]
    assert found.counts["stood"] == 0
    accept_delivery(store, OFFICER, number=found.number, left_out=["H03", "H19"])
    assert work_on(store, found.number, room=room) == "accepted"
    assert sorted(read_layer(store, "hazard_site")["code"]) == sorted(set(STANDS) - {"H03", "H19"})


@pytest.mark.usefixtures("no_buildings")
def test_a_first_delivery_of_rows_without_codes_is_loaded_without_those_left_out(
    store, room, tmp_path
):
    shapes = gpd.GeoDataFrame(
        {"kind": ["住宅"] * 3},
        geometry=[Point(WEST + 0.002 * n, SOUTH + 0.005).buffer(0.0001) for n in (1, 2, 3)],
        crs=4490,
    )
    path = tmp_path / "buildings.gpkg"
    write_table(form_named("buildings"), shapes, path)
    number = propose_files(store, OFFICER, "buildings", [path], {})
    work_on(store, number, room=room)
    changes = proposal_changes(store, OFFICER, found=read_proposal(store, number))
    codes = [each.code for each in changes]
    assert len(codes) == 3
    accept_delivery(store, OFFICER, number=number, left_out=codes[1:2])
    assert work_on(store, number, room=room) == "accepted"
    stands = read_layer(store, "building")
    assert sorted(map(str, stands["id"])) == sorted([codes[0], codes[2]])
    assert stands["delivery_id"].notna().all()


def test_a_first_delivery_of_more_rows_than_are_listed_is_counted_only(store, room, write):
    number = propose_files(store, OFFICER, "hazard_sites", [write(STANDS)], {})
    with listed_up_to(store, 19) as strict:
        work_on(strict, number, room=room, asks=proposed_checks)
    found = read_proposal(store, number)
    assert (found.found["is_listed"], found.found["checks"]) == (False, None)
    assert proposal_changes(store, OFFICER, found=found) == []
    accept_delivery(store, OFFICER, number=number)
    assert work_on(store, number, room=room) == "accepted"
    assert len(read_layer(store, "hazard_site")) == 20


def test_a_grid_is_proposed_whole_told_beside_what_stands_and_loaded(store, room, grid_file):
    number = propose_files(store, OFFICER, "elevation", [grid_file(4.0)], {})
    assert work_on(store, number, room=room, asks=proposed_checks) == "read"
    whole = read_proposal(store, number).found["whole"]
    assert (whole["stood"], whole["comes"]["lowest"], whole["comes"]["highest"]) == (None, 4, 4)
    accept_delivery(store, OFFICER, number=number)
    assert work_on(store, number, room=room) == "accepted"
    # Now there is one to be held against.
    number = propose_files(store, OFFICER, "elevation", [grid_file(6.5)], {})
    work_on(store, number, room=room)
    whole = read_proposal(store, number).found["whole"]
    assert (whole["stood"]["mean"], whole["comes"]["mean"]) == (4, 6.5)
    reject_delivery(store, OFFICER, number=number, reason="")
