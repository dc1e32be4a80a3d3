"""A delivery that waits for a yes: looked at, decided on whole or row by row, loaded as seen."""

import csv
import io
import json
import zipfile
from contextlib import contextmanager
from dataclasses import replace

import geopandas as gpd
import pandas as pd
import pytest
from shapely.geometry import Point
from sqlalchemy import text

from census.intake import proposing
from census.intake.change_files import changes_csv, changes_xlsx
from census.intake.change_words import ChangeWords
from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.proposing import propose_files, work_on
from census.intake.writing import write_table
from census.products.jobs import run_worker
from census.products.queueing import ask_to_work_on
from census.proposal_errors import (
    LeftOutError,
    OwnProposalError,
    PersonalProposalError,
    ProposalFileError,
    ProposalStateError,
    SecondYesError,
    TooManyProposalsError,
    UnknownChangeError,
    UnknownProposalError,
)
from census.store.actors import Actor, Grant
from census.store.deliveries import generation
from census.store.layers import read_layer
from census.store.loading_rules import LoadingRuleError, loading_rules
from census.store.object_history import left_out_of, object_history
from census.store.proposal_decisions import (
    accept_delivery,
    check_delivery_again,
    reject_delivery,
    stop_delivery,
)
from census.store.proposal_events import DONE, WORKING
from census.store.proposal_reading import (
    proposal_changes,
    proposal_of,
    proposal_problems,
    proposal_steps,
    proposed_deliveries,
)
from census.store.proposal_work import taken
from census.store.proposals import keep_piece, propose_delivery, send_delivery
from tests.census.intake.conftest import SOUTH, WEST, square
from webapp import cli

pytestmark = pytest.mark.postgis

# 0.001 degree of latitude at 32 N, metres on the ellipsoid.
MILLIDEGREE_M = 110.9
OFFICER = (Grant("data_officer"),)
GIVER = Actor("11111111-1111-1111-1111-111111111111", "录入员", OFFICER, "127.0.0.1")
OTHER = Actor("22222222-2222-2222-2222-222222222222", "审核员", OFFICER, "127.0.0.1")
PLANNER = replace(OTHER, name="规划员", grants=(Grant("planner"),))


def sites(rows):
    """Hazard sites: code to (name, people, degrees north of the corner)."""
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


def changed():
    """Forty sites of which one says something else, one moved, one is gone, and one is new."""
    rows = many() | {"H900": ("新点", 7, 0.0101)}
    rows["H001"] = ("点1", 99, 0.0004)
    rows["H002"] = ("点2", 2, 0.0008 + 0.001)
    del rows["H003"]
    return rows


@pytest.fixture(autouse=True)
def nothing_waits(tiny_place):
    """A test leaves nothing undecided to the next one: one person may have so many."""
    yield
    for each in proposed_deliveries(tiny_place, OTHER):
        if each.state in WORKING:
            stop_delivery(tiny_place, OTHER, number=each.number)
        elif each.state not in DONE:
            reject_delivery(tiny_place, OTHER, number=each.number, reason="")
        if each.state == "accepting":
            reject_delivery(tiny_place, OTHER, number=each.number, reason="")


@pytest.fixture
def write(tmp_path):
    def written(frame, form="hazard_sites", name="sites.gpkg"):
        path = tmp_path / name
        write_table(form_named(form), frame, path)
        return path

    return written


@pytest.fixture
def loaded(store, room, write):
    import_delivery(store, "hazard_sites", [write(sites(many()), name="first.gpkg")], room=room)
    return store


@pytest.fixture
def propose(loaded, room, write):
    """Propose sites and have them checked."""

    def proposed(rows, *, actor=GIVER, declared=None):
        number = propose_files(loaded, actor, "hazard_sites", [write(sites(rows))], declared or {})
        work_on(loaded, number, room=room)
        return number

    return proposed


def stands(store):
    """Everything that a layer says, and how often it changed."""
    rows = read_layer(store, "hazard_site").sort_values("code").drop(columns=["delivery_id"])
    return generation(store, "hazard_site"), pd.util.hash_pandas_object(
        rows.astype(str), index=False
    ).tolist()


def left_out(store, code, number):
    """What one proposal would have done to a site and did not."""
    return [each for each in left_out_of(store, "hazard_site", code) if each.number == number]


@contextmanager
def with_rules(store, **tables):
    yield replace(store, district=replace(store.district, profile={"census_loading": tables}))


def test_a_proposal_changes_nothing_and_tells_what_it_would_change(loaded, propose):
    before = stands(loaded)
    found = proposal_of(loaded, OTHER, number=propose(changed()))
    assert stands(loaded) == before
    assert (found.state, found.proposed_by_name, found.file_names) == (
        "read",
        "录入员",
        "sites.gpkg",
    )
    # 40 stood; 1 came, 2 differ, 1 of them in place, 1 went, 37 stay.
    assert found.counts == {
        "stood": 40, "added": 1, "changed": 2, "moved": 1, "gone": 1, "kept": 0, "unchanged": 37,
        "doubtful": 0,
    }  # fmt: skip
    told = {each.code: each for each in proposal_changes(loaded, OTHER, found=found)}
    assert set(told) == {"H001", "H002", "H003", "H900"}
    assert told["H001"].changed == ("people_threatened",)
    assert (told["H001"].before["people_threatened"], told["H001"].after["people_threatened"]) == (
        1, 99,
    )  # fmt: skip
    assert told["H002"].moved_m == pytest.approx(MILLIDEGREE_M, abs=1)
    assert told["H002"].before["geom"]["coordinates"][1] == pytest.approx(SOUTH + 0.0008)
    assert (told["H003"].kind, told["H900"].kind) == ("delete", "insert")
    by_kind = {
        kind: [each.code for each in proposal_changes(loaded, OTHER, found=found, kind=kind)]
        for kind in ("added", "changed", "moved", "gone", "doubtful")
    }
    assert by_kind == {
        "added": ["H900"], "changed": ["H001", "H002"], "moved": ["H002"], "gone": ["H003"],
        "doubtful": [],
    }  # fmt: skip


def test_what_is_accepted_is_loaded_and_says_who_gave_and_who_accepted_it(loaded, propose, room):
    number = propose(changed())
    accept_delivery(loaded, OTHER, number=number)
    assert work_on(loaded, number, room=room) == "accepted"
    rows = read_layer(loaded, "hazard_site").set_index("code")
    assert rows.loc["H001", "people_threatened"] == 99
    assert {"H003", "H900"} & set(rows.index) == {"H900"}
    with loaded.engine.connect() as connection:
        who = connection.execute(
            text("select proposed_by, reviewed_by from census.change_set order by id desc limit 1")
        ).one()
    assert tuple(who) == (GIVER.id, OTHER.id)
    steps = proposal_steps(loaded, OTHER, number=number)
    assert [each.kind for each in steps] == ["sent", "read", "accepting", "accepted"]
    assert [each.actor_name for each in steps] == ["录入员", "录入员", "审核员", "审核员"]


def test_changes_that_are_left_out_leave_the_stored_rows_and_stand_in_their_history(
    loaded, propose, room
):
    # Tests share a place, and history is for good.
    before = [len(object_history(loaded, "hazard_site", code)[0]) for code in ("H001", "H002")]
    number = propose(changed())
    accept_delivery(loaded, OTHER, number=number, left_out=["H001", "H003"], reason="人数待核")
    assert work_on(loaded, number, room=room) == "accepted"
    rows = read_layer(loaded, "hazard_site").set_index("code")
    assert rows.loc["H001", "people_threatened"] == 1
    assert {"H003", "H900"} <= set(rows.index)
    assert len(object_history(loaded, "hazard_site", "H001")[0]) == before[0]
    (left,) = left_out(loaded, "H001", number)
    assert (left.outcome, left.proposed_by, left.decided_by) == ("left_out", "录入员", "审核员")
    assert (left.reason, left.file_name) == ("人数待核", "sites.gpkg")
    assert left.changed == {"people_threatened": (1, 99)}
    # What moved was accepted: a step, and nothing left out.
    moved, _ = object_history(loaded, "hazard_site", "H002")
    assert len(moved) == before[1] + 1
    assert (moved[-1].proposed_by, moved[-1].reviewed_by) == (GIVER.id, OTHER.id)
    assert left_out(loaded, "H002", number) == []


def test_a_rejected_delivery_changes_nothing_and_its_reason_stays(loaded, propose, room):
    before, number = stands(loaded), propose(changed())
    reject_delivery(loaded, OTHER, number=number, reason="坐标有误")
    assert work_on(loaded, number, room=room) == "rejected"
    assert stands(loaded) == before
    (left,) = left_out(loaded, "H002", number)
    assert (left.outcome, left.reason) == ("rejected", "坐标有误")
    with pytest.raises(ProposalStateError, match="rejected"):
        accept_delivery(loaded, OTHER, number=number)


def test_what_was_overtaken_by_another_change_is_not_loaded_but_checked_again(
    loaded, propose, room, write
):
    number = propose(changed())
    rows = many() | {"H001": ("点1", 50, 0.0004)}
    import_delivery(loaded, "hazard_sites", [write(sites(rows), name="b.gpkg")], room=room)
    between = stands(loaded)
    accept_delivery(loaded, OTHER, number=number)
    assert work_on(loaded, number, room=room) == "overtaken"
    assert stands(loaded) == between
    check_delivery_again(loaded, OTHER, number=number)
    assert work_on(loaded, number, room=room) == "read"
    found = proposal_of(loaded, OTHER, number=number)
    told = {each.code: each for each in proposal_changes(loaded, OTHER, found=found)}
    assert told["H001"].before["people_threatened"] == 50
    accept_delivery(loaded, OTHER, number=number)
    assert work_on(loaded, number, room=room) == "accepted"


def test_a_first_delivery_is_overtaken_when_what_the_checks_know_changed(store, room, write):
    number = propose_files(store, GIVER, "hazard_sites", [write(sites(many()))], {})
    assert work_on(store, number, room=room) == "read"
    assert proposal_of(store, OTHER, number=number).counts["added"] == 40
    with store.begin() as connection:
        connection.execute(
            text("update census.layer_generation set generation = generation + 1 "
                 "where layer = 'division'")
        )  # fmt: skip
    accept_delivery(store, OTHER, number=number)
    assert work_on(store, number, room=room) == "overtaken"
    check_delivery_again(store, OTHER, number=number)
    work_on(store, number, room=room)
    accept_delivery(store, OTHER, number=number)
    assert work_on(store, number, room=room) == "accepted"
    assert len(read_layer(store, "hazard_site")) == 40


def test_more_than_one_in_twenty_gone_needs_a_second_yes(loaded, propose, room):
    # 3 of 40 are 7.5 %.
    number = propose(dict(list(many().items())[:37]))
    with pytest.raises(SecondYesError, match=r"3 of 40 stored rows \(7.5%\)"):
        accept_delivery(loaded, OTHER, number=number)
    # 2 of 40 are 5 %, not more.
    accept_delivery(loaded, OTHER, number=number, left_out=["H037"])
    stop_delivery(loaded, OTHER, number=number)
    accept_delivery(loaded, OTHER, number=number, says_gone=True)
    assert work_on(loaded, number, room=room) == "accepted"
    assert len(read_layer(loaded, "hazard_site")) == 37


def test_where_the_place_asks_for_it_another_person_accepts(loaded, propose):
    number = propose(changed())
    with with_rules(loaded, review={"by_another_person": True}) as strict:
        with pytest.raises(OwnProposalError):
            accept_delivery(strict, GIVER, number=number)
        assert proposal_of(loaded, GIVER, number=number).state == "read"
        accept_delivery(strict, OTHER, number=number)
    assert proposal_of(loaded, GIVER, number=number).state == "accepting"


def test_a_profile_that_sets_what_there_is_not_is_named(store):
    with (
        with_rules(store, review={"by_nobody": True}, ghosts={"a": 1}) as wrong,
        pytest.raises(LoadingRuleError, match=r"review\.by_nobody, ghosts"),
    ):
        loading_rules(wrong)


def test_a_delivery_with_faults_is_refused_with_all_of_them_and_can_be_given_as_it_is(
    loaded, propose, room
):
    rows = changed() | {"H010": ("点10", -5, 0.004), "H011": ("点11", -6, 0.0044)}
    number = propose(rows)
    found = proposal_of(loaded, OTHER, number=number)
    problems = proposal_problems(loaded, OTHER, reading=found.reading)
    assert found.state == "refused"
    assert [(each["row"], each["level"], each["value"]) for each in problems] == [
        (10, "error", "-5"), (11, "error", "-6"),
    ]  # fmt: skip
    with pytest.raises(ProposalStateError):
        accept_delivery(loaded, OTHER, number=number)
    number = propose(rows, declared={"accept_faulty": True})
    found = proposal_of(loaded, OTHER, number=number)
    assert (found.state, found.found["refused"], found.counts["kept"]) == ("read", 2, 2)
    accept_delivery(loaded, OTHER, number=number)
    assert work_on(loaded, number, room=room) == "accepted"


def test_a_stopped_check_is_over_and_a_stopped_loading_waits_again(loaded, write, room):
    number = propose_files(loaded, GIVER, "hazard_sites", [write(sites(changed()))], {})
    stop_delivery(loaded, GIVER, number=number)
    assert work_on(loaded, number, room=room) == "stopped"
    check_delivery_again(loaded, GIVER, number=number)
    work_on(loaded, number, room=room)
    before = stands(loaded)
    accept_delivery(loaded, OTHER, number=number)
    stop_delivery(loaded, OTHER, number=number)
    assert work_on(loaded, number, room=room) == "halted"
    assert stands(loaded) == before


@pytest.mark.parametrize("stage", ["reading", "checking", "comparing", "writing"])
def test_a_stop_in_the_midst_of_the_work_undoes_all_of_it(
    loaded, propose, room, monkeypatch, stage
):
    number, before, tell = propose(changed()), stands(loaded), proposing.work.tell_progress
    accept_delivery(loaded, OTHER, number=number)

    def stop_then(store, at, name, rows, **more):
        tell(store, at, name, rows, **more)
        if name == stage:
            stop_delivery(store, OTHER, number=at)

    monkeypatch.setattr(proposing.work, "tell_progress", stop_then)
    assert work_on(loaded, number, room=room) == "halted"
    assert stands(loaded) == before


def test_what_is_left_out_must_be_changed_and_divisions_go_whole(loaded, propose, write, room):
    number = propose(changed())
    with pytest.raises(UnknownChangeError, match="H005, H999"):
        accept_delivery(loaded, OTHER, number=number, left_out=["H999", "H001", "H005"])
    divisions = read_layer(loaded, "division")[["code", "name", "level", "parent_code", "geom"]]
    divisions["name"] = divisions["name"].replace("村11", "新村")
    path = write(divisions, "divisions", "divisions.gpkg")
    number = propose_files(loaded, GIVER, "divisions", [path], {})
    assert work_on(loaded, number, room=room) == "read"
    with pytest.raises(LeftOutError):
        accept_delivery(loaded, OTHER, number=number, left_out=["990001001001"])


def test_rows_without_a_key_are_left_out_by_their_number(store, room, write):
    def houses(rows):
        shapes = [square(column, 0, 0.1) for column, _ in rows]
        return gpd.GeoDataFrame({"name": [n for _, n in rows]}, geometry=shapes, crs=4490)

    first = [(0, "甲"), (0.2, "乙"), (0.4, "丙")]
    import_delivery(store, "buildings", [write(houses(first), "buildings", "a.gpkg")], room=room)
    before = read_layer(store, "building")
    later = [(0, "改甲"), (0.2, "改乙"), (0.6, "丁")]
    path = write(houses(later), "buildings", "b.gpkg")
    number = propose_files(store, GIVER, "buildings", [path], {})
    work_on(store, number, room=room)
    found = proposal_of(store, OTHER, number=number)
    told = proposal_changes(store, OTHER, found=found, kind="changed")
    assert len(told) == 2
    accept_delivery(store, OTHER, number=number, left_out=[told[0].code], says_gone=True)
    assert work_on(store, number, room=room) == "accepted"
    after = read_layer(store, "building").set_index("id")["name"].to_dict()
    kept, other = int(told[0].code), int(told[1].code)
    was = before.set_index("id")["name"].to_dict()
    assert (after[kept], after[other]) == (was[kept], told[1].after["name"])
    assert sorted(after.values()) == sorted([was[kept], told[1].after["name"], "丁"])


def test_persons_are_never_proposed_and_a_visitor_may_nothing(store, write):
    path = write(sites(many()))
    with pytest.raises(PersonalProposalError):
        propose_files(store, GIVER, "vulnerable_residents", [path], {})
    with pytest.raises(Exception, match="propose deliveries"):
        propose_files(store, PLANNER, "hazard_sites", [path], {})
    scoped = replace(GIVER, grants=(Grant("data_officer", "990001001000"),))
    with pytest.raises(Exception, match="propose deliveries"):
        propose_files(store, scoped, "hazard_sites", [path], {})
    for read in (proposed_deliveries, lambda store, who: proposal_of(store, who, number=1)):
        with pytest.raises(Exception, match="see proposed"):
            read(store, PLANNER)


def test_a_file_comes_in_pieces_and_not_otherwise(store):
    mb = 1024 * 1024
    options = {"form": "people", "layer": "people", "declared": {}}
    number = propose_delivery(store, GIVER, files=[("a.csv", mb + 3)], **options)
    put = {"number": number, "file": 0}
    keep_piece(store, GIVER, piece=0, content=bytes(mb), **put)
    with pytest.raises(ProposalFileError, match=r"Not all of a\.csv"):
        send_delivery(store, GIVER, number=number)
    for piece, content in ((1, b"abcd"), (2, b"abc"), (-1, b"abc"), (0, b"abc")):
        with pytest.raises(ProposalFileError, match="not announced"):
            keep_piece(store, GIVER, piece=piece, content=content, **put)
    with pytest.raises(Exception, match="may not"):
        keep_piece(store, OTHER, piece=1, content=b"abc", **put)
    keep_piece(store, GIVER, piece=1, content=b"abc", **put)
    keep_piece(store, GIVER, piece=1, content=b"abc", **put)
    send_delivery(store, GIVER, number=number)
    with pytest.raises(ProposalStateError):
        keep_piece(store, GIVER, piece=1, content=b"abc", **put)


@pytest.mark.parametrize(
    "files",
    [
        [], [("../a.csv", 3)], [("a/b.csv", 3)], [("a\\b.csv", 3)], [(".env", 3)], [("", 3)],
        [("a.csv", 0)], [("a.csv", 3), ("a.csv", 4)], [("a\n.csv", 3)], [("x" * 121, 3)],
        [("a.csv", 300 * 1024 * 1024)], [(f"{n}.csv", 3) for n in range(13)],
    ],
)  # fmt: skip
def test_a_name_or_a_size_that_no_delivery_has_is_refused(store, files):
    with pytest.raises(ProposalFileError):
        propose_delivery(store, GIVER, form="people", layer="people", declared={}, files=files)


def test_one_person_has_no_more_than_so_many_waiting(store):
    who = replace(GIVER, id="44444444-4444-4444-4444-444444444444")
    options = {"form": "people", "layer": "people", "declared": {}, "files": [("a.csv", 3)]}
    with with_rules(store, upload={"most_waiting": 2}) as narrow:
        numbers = [propose_delivery(narrow, who, **options) for _ in range(2)]
        with pytest.raises(TooManyProposalsError):
            propose_delivery(narrow, who, **options)
        reject_delivery(narrow, who, number=numbers[0], reason="")
        propose_delivery(narrow, who, **options)


@pytest.mark.parametrize("number", [0, -1, 2**31, 999_999])
def test_a_number_that_none_has_is_named(store, number):
    with pytest.raises(UnknownProposalError):
        proposal_of(store, GIVER, number=number)
    with pytest.raises(UnknownProposalError):
        accept_delivery(store, GIVER, number=number)


def test_the_list_of_changes_as_a_file_holds_every_field_and_no_formula(loaded, propose):
    rows = changed() | {"H004": ("=1+1", 4, 0.0016)}
    found = proposal_of(loaded, OTHER, number=propose(rows))
    changes = proposal_changes(loaded, OTHER, found=found)
    zh, en = (ChangeWords("hazard_sites", is_chinese=each) for each in (True, False))
    text_table = changes_csv(changes, zh).decode("utf-8-sig")
    lines = list(csv.reader(io.StringIO(text_table)))
    assert lines[0] == ["改动", "编号", "名称", "列", "原为", "改为", "位移（米）"]
    by_code = {line[1]: line for line in lines[1:]}
    assert by_code["H001"][:6] == ["变更", "H001", "点1", "受威胁人数 (人)", "1", "99"]
    assert by_code["H002"][3] == "位置"
    assert float(by_code["H002"][6]) == pytest.approx(MILLIDEGREE_M, abs=1)
    assert by_code["H004"][2:6] == ["'=1+1", "名称", "点4", "'=1+1"]
    assert "=点3" in by_code["H003"][4]
    assert by_code["H003"][0] == "消失"
    book = changes_xlsx(changes, en)
    with zipfile.ZipFile(io.BytesIO(book)) as parts:
        assert "<f>" not in parts.read("xl/worksheets/sheet1.xml").decode()
    sheet = pd.read_excel(io.BytesIO(book), engine="calamine", dtype=str).set_index("Code")
    assert sheet.loc["H004", "After"] == "=1+1"
    assert tuple(sheet.loc["H900", ["Change", "Name"]]) == ("added", "新点")


def test_proposals_are_never_changed_by_the_program_itself(loaded, propose):
    propose(changed())
    for table in ("proposal", "proposal_piece", "proposal_event", "proposal_change"):
        for question in (f"delete from census.{table}", f"truncate census.{table} cascade"):  # noqa: S608
            with pytest.raises(Exception, match="permission denied"), loaded.begin() as connection:
                connection.execute(text(question))


def test_the_worker_takes_up_what_was_left_and_what_it_is_asked_for(loaded, write):
    path = write(sites(changed()))
    left = propose_files(loaded, GIVER, "hazard_sites", [path], {})
    # Nobody put it into the queue: its process fell in between.
    run_worker(loaded, wait=False)
    assert proposal_of(loaded, OTHER, number=left).state == "read"
    accept_delivery(loaded, OTHER, number=left)
    for _ in range(2):
        ask_to_work_on(loaded, left)
    run_worker(loaded, wait=False)
    assert proposal_of(loaded, OTHER, number=left).state == "accepted"
    kinds = [each.kind for each in proposal_steps(loaded, OTHER, number=left)]
    assert kinds == ["sent", "read", "accepting", "accepted"]


def test_two_who_work_on_one_delivery_do_it_once(loaded, write, room):
    number = propose_files(loaded, GIVER, "hazard_sites", [write(sites(changed()))], {})
    with taken(loaded, number) as is_ours:
        assert is_ours
        assert work_on(loaded, number, room=room) == "sent"
    assert work_on(loaded, number, room=room) == "read"


@pytest.fixture
def at_home(cluster_settings, monkeypatch):
    """Commands find the cluster of the tests."""
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))


@pytest.mark.usefixtures("at_home")
def test_the_command_line_proposes_shows_decides_and_tells_the_history(
    loaded, write, capsys, tmp_path
):
    def riskatlas(*typed):
        code = cli.main([*map(str, typed), "--place", loaded.place])
        said = capsys.readouterr()
        return code, said.out + said.err

    path = write(sites(changed()))
    code, said = riskatlas("import", "hazard_sites", path, "--propose", "--json")
    number = json.loads(said)["number"]
    assert (code, json.loads(said)["state"]) == (0, "read")
    code, said = riskatlas("changes")
    assert f"{number}  " in said
    assert "待审核 waiting for a decision" in said
    out = tmp_path / "changes.csv"
    code, said = riskatlas("changes", number, "--out", out)
    assert "受威胁人数 (人): 1 → 99" in said
    assert "H900" in out.read_text("utf-8-sig")
    code, said = riskatlas("changes", number, "--accept", "--without", "H001", "--reason", "待核")
    assert code == 0
    assert "accepted" in said
    assert "people_threatened: 1 ↛ 99" in riskatlas("history", "hazard_sites", "H001")[1]
    code, said = riskatlas("changes", number, "--reject")
    assert (code, "is accepted" in said) == (1, True)
    assert riskatlas("changes", 999_999)[0] == 1
    assert riskatlas("changes", number, "--out", tmp_path / "a.pdf")[0] == 1
