"""What stands on a village that went passes to its one heir; with several it is a question."""

from datetime import UTC, date, datetime
from uuid import uuid4

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from census.products.crosschecks.asking import ask
from census.products.parameters import load_parameters
from census.store.actors import Actor, Grant, actor_of, system_actor
from census.store.audit import verify_chain
from census.store.commands import create_account
from census.store.database import create_place, drop_place, open_store
from census.store.layers import read_layer, write_layer
from census.store.personal import assign_duty, duty_people, residents
from census.store.report_commands import send_report
from census.store.report_decisions import return_report
from census.store.report_statements import Sent, Statement
from census.store.reports import reports
from census.store.settings import data_folder
from tests.census.intake.conftest import SOUTH, WEST
from tests.census.intake.terms import (
    EAST,
    MIDDLE,
    NEW,
    PROFILE,
    TWO,
    changes,
    delivering,
    drawn,
    emptied,
)

pytestmark = pytest.mark.postgis

LIMITS = load_parameters(data_folder(), "hazard_reports")
MERGED = drawn((NEW, "新村", 0, 4))
MERGER = changes([EAST, NEW, "合并", "2024-01-01"], [MIDDLE, NEW, "合并", "2024-01-01"])
# East stays as it is; what was the middle is parted.
PARTED = drawn((EAST, "东村", 0, 2), (NEW, "新村", 2, 1), ("990001001004", "末村", 3, 1))
SPLIT = changes([MIDDLE, NEW, "拆分", "2024-01-01"], [MIDDLE, "990001001004", "拆分", "2024-01-01"])


@pytest.fixture(scope="module")
def place(cluster_settings):
    create_place(cluster_settings, "carried", PROFILE)
    with open_store(cluster_settings, place="carried") as store:
        yield store
    drop_place(cluster_settings, "carried")


@pytest.fixture
def district(place):
    for name in ("household", "emergency_plan"):
        write_layer(place, name, read_layer(place, name).iloc[:0], delivery_id=None)
    with place.begin() as connection:
        connection.execute(text("select set_config('app.scope', '*', true)"))
        for name in ("personal.resident", "personal.duty_person", "access.account_role"):
            connection.execute(text(f"delete from {name}"))  # noqa: S608  (fixed names)
    return emptied(place)


@pytest.fixture
def deliver(district, tmp_path, room):
    return delivering(district, tmp_path, room)


def duties(*rows):
    names = ["division_code", "post", "task", "role"]
    return pd.DataFrame([dict(zip(names, row, strict=True)) for row in rows])


def person(village, name):
    return {"village_code": village, "name": name}


def officer(store, scope, role="officer"):
    """An account with a role, and the actor that it is."""
    number = create_account(
        store, system_actor(), login_name=f"u{uuid4().hex[:8]}", display_name="某员",
        grants=(Grant(role, scope),),
    )  # fmt: skip
    return number, actor_of(store, number, address="10.0.0.1")


def reported(store, actor, column):
    """A report from the middle of a column of the lattice."""
    statement = Statement(
        id=uuid4(), x=WEST + 0.01 * column + 0.005, y=SOUTH + 0.005, accuracy_m=8.0,
        place_source="gps", kind="waterlogging", severity=2, named_village=None,
        people_threatened=None, words=None, photos=(),
        sent=Sent(device="d-1", sequence=1, written_at=datetime.now(UTC), clock_off_s=0.0,
                  content_sha256="ab" * 32),
    )  # fmt: skip
    send_report(store, actor, statement=statement, limits=LIMITS)
    return statement.id


def told(report, rule):
    return {each.column: each for each in report.problems if each.rule == rule}


def questions(store):
    (answer,) = ask(store, rules=["former_code"])
    return {each.table: each for each in answer.findings}


def test_duties_plans_and_households_pass_to_the_village_that_took_theirs_in(district, deliver):
    deliver("divisions", TWO)
    deliver("duties", duties(
        (EAST, "村主任", "组织转移", "primary"), (MIDDLE, "村主任", "组织转移", "primary"),
        (MIDDLE, "会计", "清点人数", "deputy"),
    ))  # fmt: skip
    deliver("emergency_plans", pd.DataFrame({
        "code": ["Y1"], "division_code": [MIDDLE], "name": ["预案"], "kind": ["overall"],
        "issued_on": ["2023-01-01"],
    }))  # fmt: skip
    deliver("households", pd.DataFrame({
        "division_code": [EAST, MIDDLE], "households": [10, 20],
        "low_income_households": [1, None],
    }))  # fmt: skip
    deliver("division_changes", MERGER)
    looked = deliver("divisions", MERGED, accept_gone=True, check_only=True)
    said = told(looked, "stated_code_carried")
    assert set(said) == {"duty", "emergency_plan", "household"}
    assert said["duty"].sentence_en.startswith("3 duties stand on codes")
    assert set(read_layer(district, "duty")["division_code"]) == {EAST, MIDDLE}
    deliver("divisions", MERGED, accept_gone=True)
    stored = read_layer(district, "duty")
    # Both villages had the post of the chairman with one task: it is one post now.
    assert sorted(zip(stored["division_code"], stored["post"], strict=True)) == [
        (NEW, "会计"), (NEW, "村主任")
    ]  # fmt: skip
    assert read_layer(district, "emergency_plan")["division_code"].tolist() == [NEW]
    (row,) = read_layer(district, "household").to_dict("records")
    # 10 + 20; what one of them did not deliver is not known of both.
    assert (row["division_code"], row["households"]) == (NEW, 30)
    assert pd.isna(row["low_income_households"])
    assert questions(district) == {}
    with district.engine.connect() as connection:
        noted = connection.execute(
            text(
                "select layer, kind, count(*) from census.change_row where change_set_id = "
                "(select max(id) from census.change_set) and layer in "
                "('duty', 'emergency_plan', 'household') group by 1, 2 order by 1, 2"
            )
        ).all()
    assert noted == [
        ("duty", "delete", 3), ("duty", "insert", 2), ("emergency_plan", "update", 1),
        ("household", "delete", 2), ("household", "insert", 1),
    ]  # fmt: skip


def test_residents_and_holders_of_posts_pass_and_it_is_recorded_without_a_name(district, deliver):
    deliver("divisions", TWO)
    deliver("duties", duties((MIDDLE, "村主任", "组织转移", "primary")))
    me = system_actor()
    deliver("vulnerable_residents", pd.DataFrame([person(EAST, "张某"), person(MIDDLE, "李某")]),
            actor=me)  # fmt: skip
    assign_duty(district, me, division_code=MIDDLE, post="村主任", name="王某", phone=None,
                valid_from=date(2024, 1, 1))  # fmt: skip
    deliver("division_changes", MERGER)
    deliver("divisions", MERGED, accept_gone=True)
    assert {row["name"] for row in residents(district, me, village_code=NEW)} == {"张某", "李某"}
    assert [row["name"] for row in duty_people(district, me, division_code=NEW)] == ["王某"]
    with district.engine.connect() as connection:
        kept = connection.execute(
            text(
                "select object_kind, detail from access.audit_entry "
                "where detail ? 'carried_from' and detail ? 'rows' order by id desc limit 3"
            )
        ).all()
    assert sorted((kind, detail["carried_from"], detail["rows"]) for kind, detail in kept) == [
        ("duty_person", MIDDLE, 1), ("resident", EAST, 1), ("resident", MIDDLE, 1)
    ]  # fmt: skip
    assert not any("某" in str(detail) for _, detail in kept)


def test_an_officer_of_a_merged_village_can_still_report_and_a_verifier_sees_it(district, deliver):
    deliver("divisions", TWO)
    number, li = officer(district, MIDDLE)
    one, wang = officer(district, MIDDLE, "verifier")
    report = reported(district, li, 3)
    deliver("division_changes", MERGER)
    before = read_layer(district, "report", where={"id": report})
    deliver("divisions", MERGED, accept_gone=True)
    li, wang = (actor_of(district, each, address="10.0.0.1") for each in (number, one))
    assert (li.grants, wang.grants) == ((Grant("officer", NEW),), (Grant("verifier", NEW),))
    later = reported(district, li, 3)
    assert {report, later} <= {each.id for each in reports(district, wang)}
    return_report(district, wang, report_id=report, reason="看过")
    # The statement itself stands as it came.
    assert read_layer(district, "report", where={"id": report}).equals(before)
    assert before["village_code"].tolist() == [MIDDLE]
    with district.engine.connect() as connection:
        entries = connection.execute(
            text(
                "select object_code, detail from access.audit_entry where action = "
                "'account.manage' and detail ? 'carried_from' order by id"
            )
        ).all()
    assert (number, {"role": "officer", "carried_from": MIDDLE, "scope_code": NEW}) in [
        tuple(row) for row in entries
    ]
    assert verify_chain(district).broken_at is None


def test_of_a_village_that_was_parted_everything_is_a_question_and_nothing_is_guessed(
    district, deliver
):
    deliver("divisions", TWO)
    deliver("duties", duties((MIDDLE, "村主任", "组织转移", "primary")))
    deliver("vulnerable_residents", pd.DataFrame([person(MIDDLE, "李某")]), actor=system_actor())
    number, li = officer(district, MIDDLE)
    report = reported(district, li, 3)
    deliver("division_changes", SPLIT)
    said = told(deliver("divisions", PARTED, accept_gone=True), "stated_code_gone")
    assert set(said) == {"duty", "resident", "account_role"}
    assert actor_of(district, number, address="").grants == (Grant("officer", MIDDLE),)
    found = questions(district)
    assert set(found) == {"duty", "resident", "account_role"}
    assert found["account_role"].sentence_en == (
        f"1 scopes of accounts (officer) stand on {MIDDLE}, which is no longer in force; it has 2 "
        f"heirs: {NEW} (新村), 990001001004 (末村); none is guessed"
    )
    assert "李某" not in str(found)
    assert "安全管理员" in found["account_role"].fix_zh
    # A report lies where it lies: the third column from the west is the last village now.
    there = Actor("v-9", "核", (Grant("verifier", "990001001004"),), "10.0.0.9")
    beside = Actor("v-8", "查", (Grant("verifier", NEW),), "10.0.0.9")
    assert report in {each.id for each in reports(district, there)}
    assert report not in {each.id for each in reports(district, beside)}


def test_a_crosswalk_that_comes_after_the_divisions_carries_what_was_a_question(district, deliver):
    deliver("divisions", TWO)
    deliver("duties", duties((MIDDLE, "村主任", "组织转移", "primary")))
    number, _ = officer(district, MIDDLE)
    deliver("divisions", MERGED, accept_gone=True)
    assert set(questions(district)) == {"duty", "account_role"}
    assert "nothing says what became of it" in questions(district)["duty"].sentence_en
    said = told(deliver("division_changes", MERGER), "stated_code_carried")
    assert set(said) == {"duty", "account_role"}
    assert questions(district) == {}
    assert actor_of(district, number, address="").grants == (Grant("officer", NEW),)


def test_a_village_with_households_of_its_own_keeps_them_and_the_others_are_a_question(
    district, deliver
):
    deliver("divisions", TWO)
    deliver("households", pd.DataFrame({"division_code": [EAST, MIDDLE], "households": [10, 20]}))
    deliver("division_changes", changes([MIDDLE, EAST, "合并", "2024-01-01"]))
    deliver("divisions", drawn((EAST, "东村", 0, 4)), accept_gone=True)
    kept = read_layer(district, "household").set_index("division_code")["households"].to_dict()
    assert kept == {EAST: 10, MIDDLE: 20}
    assert "has rows of its own" in questions(district)["household"].sentence_en
    # Once the crosswalk says that it was merged with itself, they add up.
    deliver("division_changes", changes([EAST, EAST, "合并", "2024-01-01"]))
    kept = read_layer(district, "household").set_index("division_code")["households"].to_dict()
    assert kept == {EAST: 30}


def test_a_wrong_heir_is_corrected_by_a_new_delivery_and_stands_in_the_history(district, deliver):
    deliver("divisions", TWO)
    wrong = changes(["990001001008", EAST, "合并", "2021-01-01"],
                    ["990001001009", EAST, "合并", "2021-01-01"])  # fmt: skip
    deliver("division_changes", wrong)
    right = changes(["990001001008", MIDDLE, "合并", "2021-01-01"])
    report = deliver("division_changes", right)
    assert not report.is_refused
    assert told(report, "corrected")[""].value == f"990001001008 · {EAST} · 2021-01-01"
    stored = read_layer(district, "division_change").sort_values("from_code")
    assert list(zip(stored["from_code"], stored["to_code"], strict=True)) == [
        ("990001001008", MIDDLE), ("990001001009", EAST)
    ]  # fmt: skip
    with district.engine.connect() as connection:
        rows = connection.execute(
            text(
                "select kind, before ->> 'to_code', after ->> 'to_code' from census.change_row "
                "where layer = 'division_change' and change_set_id = "
                "(select max(id) from census.change_set) order by kind"
            )
        ).all()
    assert rows == [("delete", EAST, None), ("insert", None, MIDDLE)]
    # The same again changes nothing.
    assert deliver("division_changes", right).difference.is_none


def test_a_wrong_day_is_corrected_and_what_a_code_became_on_other_days_stays(district, deliver):
    deliver("divisions", TWO)
    deliver("division_changes", changes([EAST, EAST, "更名", "2019-01-01"],
                                        ["990001001008", EAST, "合并", "2021-01-01"]))  # fmt: skip
    deliver("division_changes", changes([EAST, EAST, "更名", "2023-01-01"],
                                        ["990001001008", EAST, "合并", "2021-07-01"]))  # fmt: skip
    stored = read_layer(district, "division_change")
    days = sorted(zip(stored["from_code"], map(str, stored["changed_on"]), strict=True))
    assert days == [
        (EAST, "2019-01-01"), (EAST, "2023-01-01"), ("990001001008", "2021-07-01")
    ]  # fmt: skip


def test_a_village_group_states_the_village_of_today(district, deliver):
    deliver("divisions", TWO)
    deliver("village_groups", gpd.GeoDataFrame(
        {"code": ["Z1"], "name": ["一组"], "village_code": [MIDDLE]},
        geometry=[Point(WEST + 0.035, SOUTH + 0.005)], crs=4490,
    ))  # fmt: skip
    deliver("division_changes", MERGER)
    deliver("divisions", MERGED, accept_gone=True)
    assert read_layer(district, "village_group")["village_code"].tolist() == [NEW]
