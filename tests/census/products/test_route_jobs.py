"""What the worker does for routes: it shows those whose day has come, and notes printed sheets."""

import asyncio
import importlib.util
import sys
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from procrastinate.periodic import PeriodicDeferrer
from shapely.geometry import LineString
from sqlalchemy import text

from census.products import jobs
from census.products.queueing import PRINT_SHEET, TAKE_EFFECT, defer, job_status, queue
from census.store import new_routes, reissues, route_commands, route_keeping, routes
from census.store import route_workflow as office
from census.store.actors import Actor, Grant
from census.store.route_commands import Checked

HERE = Path(__file__).resolve().parents[1] / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest_for_jobs", HERE)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

pytestmark = pytest.mark.postgis

WEST = "990001001001"
MIDNIGHT_S = 1_800_000_000
ANNA = Actor("a-1", "安娜", (Grant("planner"),), "10.0.0.1")
CHIEF = Actor("c-3", "主任", (Grant("approver"),), "10.0.0.3")


def published(store, *, days=0):
    """A new route of the west village, published from some days on; its code."""
    code = new_routes.create_route(store, ANNA, village_code=WEST, shelter_code="S1")
    line = LineString([(121.002, 31.005), (121.015, 31.005)])
    route_commands.save_version(
        store, ANNA, code=code, base_version=0, line=line, checked=Checked(length_m=1240.0)
    )
    office.submit(store, ANNA, code=code, version=1, checked=Checked())
    office.approve(store, CHIEF, checked=office.Checked(), code=code, version=1)
    day = route_keeping.today_of(store) + timedelta(days=days)
    office.publish(store, CHIEF, checked=office.Checked(), code=code, version=1, valid_from=day)
    return code


def test_a_worker_that_starts_shows_what_came_due_while_it_was_off(desk_district, monkeypatch):
    code = published(desk_district, days=2)
    jobs.run_worker(desk_district, wait=False)
    assert routes.head(desk_district, code).in_force is None
    later = route_keeping.today_of(desk_district) + timedelta(days=2)
    monkeypatch.setattr(jobs, "today_of", lambda _store: later)
    jobs.run_worker(desk_district, wait=False)
    assert routes.head(desk_district, code).in_force == 1
    jobs.run_worker(desk_district, wait=False)
    query = text("select count(*) from access.audit_entry where detail ->> 'command' = :command")
    with desk_district.engine.connect() as connection:
        assert connection.execute(query, {"command": TAKE_EFFECT}).scalar_one() == 1


class Evening(datetime):
    """Half past four in the afternoon in Greenwich, half past midnight in Shanghai."""

    @classmethod
    def now(cls, tz=None):
        """The moment."""
        return datetime(2026, 3, 1, 16, 30, tzinfo=UTC).astimezone(tz)


def test_the_day_is_that_of_the_district_and_not_of_greenwich(desk_district, monkeypatch):
    monkeypatch.setattr(route_keeping, "datetime", Evening)
    assert route_keeping.today_of(desk_district) == date(2026, 3, 2)
    assert Evening.now(UTC).date() == date(2026, 3, 1)


@pytest.mark.parametrize(
    ("zone", "cron"),
    [
        ("Asia/Shanghai", "0 * * * *"),  # a day begins at 16:00 in Greenwich
        ("Asia/Kolkata", "30 * * * *"),  # 18:30
        ("Asia/Kathmandu", "15 * * * *"),  # 18:15
        ("Australia/Lord_Howe", "0,30 * * * *"),  # 13:30, in summer 13:00
    ],
)
def test_the_worker_looks_when_a_day_begins_there(zone, cron):
    assert jobs.midnights(zone) == cron


def test_of_two_workers_at_midnight_one_puts_the_job_in(desk_district):
    jobs.run_worker(desk_district, wait=False)

    async def midnight():
        for _ in range(2):
            async with jobs.worker_app(desk_district).open_async() as app:
                tasks = app.periodic_registry.periodic_tasks.values()
                (task,) = (each for each in tasks if each.task.name == TAKE_EFFECT)
                assert task.cron == "0 * * * *"
                keeper = PeriodicDeferrer(app.periodic_registry)
                await keeper.defer_jobs([(task, MIDNIGHT_S)])

    asyncio.run(midnight())
    # A worker that starts soon after a full hour puts the job of that hour in as well.
    query = text(
        "select count(*) from queue.procrastinate_jobs where args ->> 'timestamp' = :at"
    ).bindparams(at=str(MIDNIGHT_S))
    with desk_district.engine.connect() as connection:
        assert connection.execute(query).scalar_one() == 1
    jobs.run_worker(desk_district, wait=False)


def test_a_sheet_that_the_worker_prints_is_no_longer_to_be_printed(desk_district):
    published(desk_district)
    assert [each.village_code for each in reissues.to_print(desk_district, CHIEF)] == [WEST]
    wanted = {"kind": "evacuation", "village_code": WEST, "language": "zh", "address": ""}

    def torn(*_asked, **_further):
        raise OSError("no paper")

    def draw(*_asked, **_further):
        return b"%PDF"

    with queue(desk_district).open() as app:
        job = defer(app, PRINT_SHEET, **wanted)
        jobs.run_worker(desk_district, renderer=torn, wait=False)
        assert job_status(app, job) == "failed"
        assert len(reissues.to_print(desk_district, CHIEF)) == 1
        defer(app, PRINT_SHEET, **wanted)
        jobs.run_worker(desk_district, renderer=draw, wait=False)
    assert reissues.to_print(desk_district, CHIEF) == []
