"""From a commit to an open page: the database's words arrive, it may die, and no name travels."""

import asyncio
import importlib.util
import json
import sys
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import psycopg
import pytest
from shapely.geometry import LineString

from census.store import route_commands, route_workflow, routes, seats
from census.store.actors import Actor, Grant
from census.store.database import open_store
from census.store.deliveries import bump_generation
from census.store.listening import heard
from census.store.route_commands import Checked, Choices
from census.store.route_keeping import today_of
from census.store.telling import LIVE_CHANNEL, tell_live
from webapp import live_events
from webapp.live import create_live
from webapp.live_events import EventStream
from webapp.live_hub import Hub

HERE = Path(__file__).resolve().parents[1] / "census" / "store" / "conftest.py"
_spec = importlib.util.spec_from_file_location("store_conftest_for_stream", HERE)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

pytestmark = pytest.mark.postgis

CANARY = "金丝雀"
ANNA = Actor(f"{CANARY}-id", CANARY, (Grant("planner"),), "10.0.0.1")
BORIS = Actor("b-2", "鲍里斯", (Grant("planner"),), "10.0.0.2")
CHIEF = Actor("c-3", f"{CANARY}主任", (Grant("approver"),), "10.0.0.3")
LINE = [[121.002, 31.005], [121.008, 31.006], [121.015, 31.005]]
TAB, OTHER_TAB = "0" * 32, "f" * 32
PATIENCE_S = 30.0


class Stream:
    """An open answer of /live, read event by event; every byte is kept."""

    def __init__(self, app, headers):
        self.app, self.headers = app, headers
        self.bytes, self.events = b"", asyncio.Queue()
        self.start, self.left = None, asyncio.Event()

    async def run(self):
        scope = {
            "type": "http", "asgi": {"version": "3.0"}, "http_version": "1.1", "method": "GET",
            "scheme": "http", "path": "/live", "raw_path": b"/live", "query_string": b"",
            "headers": self.headers, "client": ("127.0.0.1", 1), "server": ("127.0.0.1", 8051),
            "root_path": "",
        }  # fmt: skip
        await self.app(scope, self.receive, self.send)
        self.events.put_nowait(None)

    async def receive(self):
        await self.left.wait()
        return {"type": "http.disconnect"}

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.start = message
            return
        self.bytes += message["body"]
        for block in message["body"].decode("ascii").split("\n\n"):
            lines = dict(line.split(": ", 1) for line in block.splitlines())
            if "event" in lines:
                self.events.put_nowait((lines["event"], json.loads(lines["data"])))

    async def wait_for(self, name, **facts):
        """The next event of this name with these facts; others before it are passed over."""
        async with asyncio.timeout(PATIENCE_S):
            while True:
                event = await self.events.get()
                assert event is not None, "the stream ended"
                if event[0] == name and facts.items() <= event[1].items():
                    return event[1]


@asynccontextmanager
async def opened(app, count=1, headers=()):
    """Streams of an app whose lifespan runs."""
    async with app.router.lifespan_context(app):
        streams = [Stream(app, list(headers)) for _ in range(count)]
        tasks = [asyncio.create_task(each.run()) for each in streams]
        for each in streams:
            await each.wait_for("hello", heard=True)
        yield streams
        for each in streams:
            each.left.set()
        await asyncio.gather(*tasks)


@pytest.fixture
def public(cluster_settings, desk_district):
    with open_store(cluster_settings, place=desk_district.place, role="public") as store:
        yield store


@pytest.fixture
def app(cluster_settings, public, monkeypatch):
    """The live process, which hears what is told and does not look for itself meanwhile."""
    monkeypatch.setattr(live_events, "heard", partial(heard, look_s=3600.0))
    return create_live(cluster_settings, public)


@pytest.fixture
def ask_app(app):
    """Ask the app for a path, one answer at a time."""
    spec = importlib.util.spec_from_file_location(
        "asgi_caller_of_stream", Path(__file__).with_name("asgi_caller.py")
    )
    caller = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = caller
    spec.loader.exec_module(caller)
    return lambda path: caller.call(app, path)


def save(store, actor, code, **choices):
    return route_commands.save_version(
        store, actor, code=code, base_version=routes.head(store, code).newest,
        line=LineString(LINE), checked=Checked(length_m=1300.0), choices=Choices(**choices),
    )  # fmt: skip


def test_a_commit_is_told_to_every_open_page_and_leaving_frees_the_place(app, desk_district):
    async def story():
        async with opened(app, count=2) as streams:
            number = await asyncio.to_thread(bump_generation, desk_district, "shelter")
            for each in streams:
                await each.wait_for("generation", layer="shelter", generation=number)
            assert len(app.state.events.hub.subscribers) == 2
            streams[0].left.set()
            async with asyncio.timeout(PATIENCE_S):
                assert await streams[0].events.get() is None
            assert len(app.state.events.hub.subscribers) == 1

    asyncio.run(story())
    assert app.state.events.hub.subscribers == set()


def test_what_is_rolled_back_is_told_to_nobody(app, desk_district):
    def fail():
        with desk_district.engine.connect() as connection:
            bump_generation(desk_district, "road", connection=connection)
            connection.rollback()

    async def story():
        async with opened(app) as (stream,):
            await asyncio.to_thread(fail)
            number = await asyncio.to_thread(bump_generation, desk_district, "water")
            told = []
            while not told or told[-1][1].get("layer") != "water":
                async with asyncio.timeout(PATIENCE_S):
                    told.append(await stream.events.get())
            assert told == [("generation", {"layer": "water", "generation": number})]

    asyncio.run(story())


def test_the_headers_let_pages_of_this_host_read_an_endless_answer(app):
    async def story():
        ours = [(b"origin", b"http://bureau.test:8050"), (b"host", b"bureau.test:8051")]
        async with opened(app, headers=ours) as (stream,):
            found = {k.decode(): v.decode() for k, v in stream.start["headers"]}
            assert stream.start["status"] == 200
            assert found["content-type"].startswith("text/event-stream")
            assert found["cache-control"] == "no-store"
            assert found["access-control-allow-origin"] == "http://bureau.test:8050"
            assert "content-length" not in found

    asyncio.run(story())


def test_the_database_dies_and_comes_back_and_pages_hear_anew_what_holds(
    app, desk_district, database_away
):
    async def story():
        async with opened(app) as (stream,):
            leave = database_away()
            await asyncio.to_thread(leave.__enter__)
            assert (await stream.wait_for("heartbeat"))["heard"] is False
            await asyncio.to_thread(leave.__exit__, None, None, None)
            hello = await stream.wait_for("hello")
            assert hello["heard"] is True
            assert hello["boot"] == app.state.events.hub.boot
            number = await asyncio.to_thread(bump_generation, desk_district, "shelter")
            assert number > hello["layers"].get("shelter", 0)
            await stream.wait_for("generation", layer="shelter", generation=number)

    asyncio.run(story())


def test_a_session_that_the_server_ends_is_replaced_and_misses_nothing(app, desk_district):
    def cut():
        query = (
            "select count(pg_terminate_backend(pid)) from pg_stat_activity "
            "where query ilike 'listen%' or usename = 'riskatlas_public'"
        )
        owner = desk_district.address.replace("riskatlas_app@", "riskatlas_owner@")
        with psycopg.connect(owner) as connection:
            assert connection.execute(query).fetchone()[0] > 0
        return bump_generation(desk_district, "building")

    async def story():
        async with opened(app) as (stream,):
            number = await asyncio.to_thread(cut)
            hello = await stream.wait_for("hello")
            if hello["layers"].get("building") != number:
                await stream.wait_for("generation", layer="building", generation=number)

    asyncio.run(story())


def _a_working_day(store):
    """Everything that is told of a route, by people and with words that are nobody's business."""
    seats.take_seat(store, ANNA, code="P-1", tab=TAB)
    seats.take_seat(store, BORIS, code="P-1", tab=OTHER_TAB)
    route_commands.keep_draft(
        store, ANNA, code="P-1", base_version=0, lines=[LINE], state={"note": CANARY}
    )
    words = {"note": CANARY, "off_road_reason": CANARY, "explanations": {"x": CANARY}}
    made = save(store, ANNA, "P-1", **words)
    route_workflow.submit(
        store, ANNA, code="P-1", version=made, checked=Checked(), explanations={"x": CANARY}
    )
    route_workflow.return_to_author(store, CHIEF, code="P-1", version=made, reason=CANARY)
    route_workflow.submit(store, ANNA, code="P-1", version=made, checked=Checked())
    route_workflow.approve(
        store, CHIEF, checked=route_workflow.Checked(), code="P-1", version=made, reason=CANARY
    )
    day = today_of(store)
    route_workflow.publish(
        store, CHIEF, checked=route_workflow.Checked(), code="P-1", version=made, valid_from=day
    )
    route_workflow.withdraw(store, CHIEF, code="P-1", version=made, reason=CANARY)
    seats.leave_seat(store, BORIS, code="P-1", tab=OTHER_TAB)
    seats.leave_seat(store, ANNA, code="P-1", tab=TAB)


def test_a_day_of_work_is_told_step_by_step_and_nobody_is_named(app, desk_district):
    async def story():
        async with opened(app) as (stream,):
            await asyncio.to_thread(_a_working_day, desk_district)
            await stream.wait_for("version", code="P-1", status="withdrawn")
            await stream.wait_for("editing", code="P-1", count=0)
            return stream.bytes

    told = asyncio.run(story())
    for step in (b"saved", b"submitted", b"returned", b"approved", b"published"):
        assert b'"status":"' + step in told
    assert b'"count":2' in told
    written = told.decode("ascii").encode("ascii").decode("unicode_escape")
    for secret in (CANARY, ANNA.id, BORIS.id, BORIS.name, TAB, OTHER_TAB):
        assert secret not in written


def test_who_puts_a_name_into_an_event_is_stopped_where_it_is_told(desk_district):
    with (
        pytest.raises(ValueError, match="does not carry"),
        desk_district.begin() as connection,
    ):
        tell_live(connection, "editing", {"code": "P-1", "count": 1, "name": CANARY})


def test_a_name_notified_past_the_program_is_not_passed_on(app, desk_district):
    def shout(payload):
        with psycopg.connect(desk_district.address, autocommit=True) as connection:
            connection.execute("select pg_notify(%s, %s)", (LIVE_CHANNEL, payload))

    async def story():
        async with opened(app) as (stream,):
            forged = {"event": "editing", "code": "P-2", "count": 1, "name": CANARY}
            await asyncio.to_thread(shout, json.dumps(forged))
            await asyncio.to_thread(shout, CANARY)
            number = await asyncio.to_thread(bump_generation, desk_district, "shelter")
            await stream.wait_for("generation", generation=number)
            return stream.bytes

    assert CANARY not in asyncio.run(story()).decode("ascii").encode().decode("unicode_escape")


def test_role_public_counts_editors_and_reads_nothing_of_them(public):
    with psycopg.connect(public.address) as connection:
        found = connection.execute("select * from pub.route_editing").description
        assert [column.name for column in found] == ["code", "editors"]
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("select * from census.route_seat")


def test_the_count_of_streams_and_the_one_after_the_last(app, ask_app):
    app.state.events.hub.most = 0
    full = ask_app("/live")
    assert full.status == 503
    assert 5 <= int(full.headers["retry-after"]) <= 30
    said = json.loads(full.body)
    assert "as this machine can hold" in said["error_en"]
    assert "上限" in said["error_zh"]
    assert json.loads(ask_app("/live/streams").body) == {"streams": 0, "most": 0, "heard": False}


def test_a_reader_who_takes_nothing_is_cut_and_frees_the_place():
    async def story():
        hub = Hub("b00t", most=1)
        stream = EventStream(hub, hub.join(), send_wait_s=0.01)
        forever = asyncio.Event()

        async def send(message):
            if message["type"] == "http.response.body":
                await forever.wait()

        async with asyncio.timeout(PATIENCE_S):
            await stream({}, forever.wait, send)
        assert hub.subscribers == set()

    asyncio.run(story())


def test_a_fault_that_nobody_thought_of_does_not_end_the_listening(app, monkeypatch, caplog):
    async def broken(_store):
        monkeypatch.setattr(live_events, "heard", heard)
        raise KeyError("nobody thought of it")
        yield

    monkeypatch.setattr(live_events, "heard", broken)
    monkeypatch.setattr(live_events, "BEAT_S", 0.01)

    async def story():
        async with opened(app):
            pass

    asyncio.run(story())
    assert "listening failed and begins again" in caplog.text
