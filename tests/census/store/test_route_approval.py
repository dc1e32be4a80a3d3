"""Another person approves what is found of a line now, whoever brought the line in."""

import pytest
from shapely.geometry import LineString

from census.route_errors import OriginalLineError, OwnWorkError, UnfitRouteError
from census.store import new_routes, routes
from census.store import route_commands as desk
from census.store import route_workflow as office
from census.store.actors import Actor, Grant
from census.store.route_commands import Checked

pytestmark = pytest.mark.postgis

ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "10.0.0.2")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")


def save(store, who, code, base, lat=31.006):
    line = LineString([(121.002, 31.005), (121.008, lat), (121.015, 31.005)])
    return desk.save_version(
        store, who, code=code, base_version=base, line=line, checked=Checked(length_m=1300.0)
    )


def begin(store):
    return new_routes.create_route(store, ANNA, village_code="990001001001", shelter_code="S1")


def submit_found(store, code, version, findings, **reasons):
    checked = Checked(findings=findings)
    office.submit(
        store, ANNA, code=code, version=version, checked=checked, explanations=reasons
    )  # fmt: skip


def test_what_is_found_at_the_submission_counts_and_is_shown_to_who_approves(desk_district):
    error = {"code": "flooded_road", "level": "error", "facts": {}}
    warning = {"code": "deep_water", "level": "warning", "facts": {}}
    code = begin(desk_district)
    made = save(desk_district, ANNA, code, 0)
    with pytest.raises(UnfitRouteError, match="flooded_road"):
        submit_found(desk_district, code, made, [error])
    submit_found(desk_district, code, made, [warning], deep_water="船接")
    told = routes.version(desk_district, code, made)
    assert (told.findings, told.explanations) == ([warning], {"deep_water": "船接"})


def test_the_line_as_planned_is_never_submitted_itself(desk_district):
    with pytest.raises(OriginalLineError, match="Restore it as a new version"):
        office.submit(desk_district, ANNA, code="P-9", version=0, checked=Checked())


BOTH = {
    who.id: Actor(who.id, who.name, (Grant("planner"), Grant("approver")), "")
    for who in (ANNA, BORIS)
}


def approve_as(store, who, code, version):
    office.approve(store, BOTH[who.id], checked=office.Checked(), code=code, version=version)


def submit(store, who, code, version):
    office.submit(store, who, code=code, version=version, checked=Checked())


def test_who_drew_a_line_that_another_restores_does_not_approve_it(desk_district):
    code = begin(desk_district)
    drawn = save(desk_district, ANNA, code, 0, 31.0063)
    submit(desk_district, ANNA, code, drawn)
    office.approve(desk_district, CHIEF, checked=office.Checked(), code=code, version=drawn)
    other = save(desk_district, BORIS, code, drawn, 31.0071)
    made = desk.restore(
        desk_district, BORIS, code=code, version=drawn, base_version=other, checked=Checked()
    )
    submit(desk_district, BORIS, code, made)
    for who in (ANNA, BORIS):
        with pytest.raises(OwnWorkError):
            approve_as(desk_district, who, code, made)
    office.approve(desk_district, CHIEF, checked=office.Checked(), code=code, version=made)


def test_without_the_lineage_the_author_of_a_restored_line_would_approve_it(
    desk_district, monkeypatch
):
    """The control: only who saved or submitted the version itself is asked."""
    own = "select actor from census.route_event where route_id = :route and version = :version"
    monkeypatch.setattr(office, "WHOSE", own)
    code = begin(desk_district)
    drawn = save(desk_district, ANNA, code, 0)
    other = save(desk_district, BORIS, code, drawn, 31.0071)
    made = desk.restore(
        desk_district, BORIS, code=code, version=drawn, base_version=other, checked=Checked()
    )
    submit(desk_district, BORIS, code, made)
    approve_as(desk_district, ANNA, code, made)


def test_a_line_taken_or_merged_from_another_is_the_work_of_both(desk_district):
    code = begin(desk_district)
    first = save(desk_district, ANNA, code, 0, 31.0063)
    merged = save(desk_district, BORIS, code, first, 31.0064)
    submit(desk_district, BORIS, code, merged)
    with pytest.raises(OwnWorkError):
        approve_as(desk_district, ANNA, code, merged)
    office.approve(desk_district, CHIEF, checked=office.Checked(), code=code, version=merged)
    # What another person approved is no longer the work of those who drew it before.
    edited = save(desk_district, BORIS, code, merged, 31.0069)
    submit(desk_district, BORIS, code, edited)
    approve_as(desk_district, ANNA, code, edited)
    # The very line of hers, sent in by somebody else, is hers still.
    again = save(desk_district, BORIS, code, edited, 31.0063)
    submit(desk_district, BORIS, code, again)
    with pytest.raises(OwnWorkError):
        approve_as(desk_district, ANNA, code, again)
