"""Privacy proved by canaries: a word in each personal field, and nobody hears one who may not.

The three processes run as they are served. A second word stands in public names; the same search
must find that one everywhere, so a walk that is deaf fails.
"""

import contextlib
import io
import logging
import secrets
import shutil
import socket
import tempfile
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from itertools import product
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import Text, create_engine, select, text, update
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.exc import DBAPIError

from census.access_errors import ForbiddenError
from census.products.exports import export_layer
from census.store import seats
from census.store.access_tables import AuditEntry, Base
from census.store.actors import Actor, Grant, system_actor
from census.store.cluster import place_server
from census.store.commands import create_account, grant_role, issue_code
from census.store.database import create_place, drop_place, open_store
from census.store.layers import bump_generation
from census.store.offered import LAYERS, ROW_FORMATS
from census.store.personal import assign_duty, duty_people, residents
from census.store.privacy import MARK, PERSONAL
from census.store.telling import LIVE_CHANNEL
from tests.census.store import conftest as districts
from tests.ports import free_port
from tests.webapp.privacy import visits
from tests.webapp.privacy.canaries import (
    EAST,
    WEST,
    Planter,
    canary_of,
    marked,
    name_of,
    seen,
    stored,
)
from webapp.cli import main
from webapp.log_lines import LOG_FORMAT, DiscreetFormatter

PASSWORD = "三条河流在此 meet"
OF_A_PERSON = ("姓名", "电话", "显示名", "登录名", "工号", "来源地址", "户号", "邮箱")
WHERE = ("page zh", "page en", "search zh", "tile", "feature", "sheet", "print",
         *(f"export {each}" for each in ROW_FORMATS))  # fmt: skip
CRASH = "login_failure_of_the_test"

pytestmark = pytest.mark.postgis


@dataclass
class World:
    """A district with canaries, and all that was heard of it."""

    store: object
    owner: object
    port: int
    settings: object
    mark: str
    planted: dict
    leak: str
    visitor: object
    heard: list = field(default_factory=list)
    logs: dict = field(default_factory=dict)
    told: list = field(default_factory=list)
    crash: tuple = ()

    @property
    def canaries(self):
        return set(self.planted.values())

    def where(self, words):
        """Channels in which one of these words is heard by those who did not send it."""
        return Counter(
            channel
            for channel, sent, head, body in self.heard
            if seen(head.encode() + b"\n", words, sent=sent) or seen(body, words, sent=sent)
        )


def lay_out(store, leak):
    """The small district of the store's tests, with a word in its public names."""
    districts._write_divisions(store)
    districts._write_what_stands_there(store)
    districts._write_products(store)
    tables = store.tables
    names = (
        (tables.division, tables.division.c.code == EAST, {"name": f"东河村{leak}"}),
        (tables.shelter, tables.shelter.c.code == "S1", {"name": f"东河小学{leak}"}),
        (tables.duty, tables.duty.c.post == "村主任", {"post": f"村主任{leak}"}),
        (tables.hazard_site, tables.hazard_site.c.code == "H1", {"name": f"低洼地{leak}"}),
        (tables.road, tables.road.c.name.is_not(None), {"name": f"河滨路{leak}"}),
        (tables.evacuation_route, tables.evacuation_route.c.code == "R1", {"name": f"一号{leak}"}),
        (tables.enterprise, tables.enterprise.c.code == "E1", {"name": f"甲厂{leak}"}),
    )
    with store.begin() as connection:
        for table, which, values in names:
            connection.execute(update(table).where(which).values(values))


@pytest.fixture(scope="module")
def folder():
    """A folder that the server's user need not enter."""
    made = Path(tempfile.mkdtemp(prefix="riskatlas-canaries-"))
    yield made
    shutil.rmtree(made)


@pytest.fixture(scope="module")
def world(cluster_settings, folder):
    """Plant, serve, walk everything once, and keep what was heard."""
    mark, place = secrets.token_hex(4), f"canary_{secrets.token_hex(4)}"
    leak = f"泄漏{secrets.token_hex(4)}"
    profile = {
        "code": "990001", "name_zh": "河口区", "name_en": "River Mouth", "srid": 4490,
        "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
        "attribution": "made up", "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, place, profile)
    with open_store(cluster_settings, place=place) as store:
        address = store.address.replace("riskatlas_app@", "riskatlas_owner@")
        owner = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address))
        lay_out(store, leak)
        planted = Planter(store, mark).plant()
        port = free_port()
        made = World(
            store, owner, port, cluster_settings, mark, planted, leak, visits.Visitor(port)
        )
        with visits.three_processes(cluster_settings, place, port, folder):
            walk(made, address)
            yield made
        owner.dispose()
    drop_place(cluster_settings, place)


def walk(world, address):
    """Hear all that a visitor can hear while people work."""
    world.heard = world.visitor.heard
    with psycopg.connect(address, autocommit=True) as listener, open_stream(world.port) as stream:
        listener.execute(f"listen {LIVE_CHANNEL}")
        people_work(world)
        visits.walk_pages(world.visitor)
        visits.walk_endpoints(world.visitor)
        visits.walk_live(world.visitor)
        visits.walk_refusals(world.visitor, world.planted["access.account.login_name"])
        world.crash = crash(world)
        world.told = [each.payload for each in listener.notifies(timeout=1)]
        stream.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while part := stream.recv(65536):
                world.heard.append(("stream", "/live", "", part))


@contextlib.contextmanager
def open_stream(port):
    """The stream of news that an open page listens to."""
    with socket.create_connection(("127.0.0.1", port + 1)) as line:
        line.sendall(b"GET /live HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n")
        line.recv(1)  # it began
        yield line


def people_work(world):
    """Somebody opens an editor, enters who holds a post, changes a layer."""
    name = world.planted["access.account.display_name"]
    one = create_account(
        world.store, system_actor(), login_name=f"w-{world.mark}", display_name=name,
        grants=(Grant("planner"), Grant("town_admin")),
    )  # fmt: skip
    actor = Actor(one, name, (Grant("planner"), Grant("town_admin")), "10.0.0.1")
    seats.take_seat(world.store, actor, code="R1", tab=secrets.token_hex(8))
    assign_duty(
        world.store, actor, division_code=EAST, post=f"村主任{world.leak}",
        name=world.planted["personal.duty_person.name"],
        phone=world.planted["personal.duty_person.phone"], valid_from=date(2026, 2, 1),
    )  # fmt: skip
    bump_generation(world.store, "shelter")


def crash(world):
    """A sign-in that the database refuses with words that quote the row; the answer."""
    rule = "check (not starts_with(login_key, 'canary-account-'))"
    with world.owner.begin() as connection:
        connection.exec_driver_sql(
            f"alter table access.login_failure add constraint {CRASH} {rule} not valid"
        )
    try:
        fields = {"name": world.planted["access.account.login_name"], "password": "x"}
        agent = {"User-Agent": world.planted["access.login_session.agent"]}
        return world.visitor.send("/login", fields, channel="crash", **agent)
    finally:
        with world.owner.begin() as connection:
            connection.exec_driver_sql(f"alter table access.login_failure drop constraint {CRASH}")


@pytest.fixture(scope="module")
def taken_out(world, folder):
    """Every export in every format, a printed sheet, and what the commands say."""
    heard = []
    for layer, kind in product(LAYERS, ROW_FORMATS):
        file = folder / f"{layer}.{kind}"
        export_layer(world.store, layer, kind, file)
        heard.append((f"export {kind}", "", file.name, file.read_bytes()))
    sheets, table = folder / "sheets", folder / "typed.csv"
    sheets.mkdir()
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("RISKATLAS_HOME", str(world.settings.home))
        for typed in (
            ["print", "evacuation", "--village", EAST, "--out", str(sheets)],
            # The console takes out in full what people typed, and it is recorded: this is heard by
            # none but who typed the command (tests/census/intake/test_odd_values).
            ["export", "roads", "--format", "csv", "--out", str(table)],
            ["layers"], ["status"],
        ):  # fmt: skip
            said = io.StringIO()
            with contextlib.redirect_stdout(said), contextlib.redirect_stderr(said):
                assert main([*typed, "--place", world.store.place]) == 0, said.getvalue()
            heard.append(("command", "", said.getvalue(), b""))
    files = [table, *(file for file in sheets.rglob("*") if file.is_file())]
    heard.extend(("print", "", file.name, file.read_bytes()) for file in files)
    return heard


def test_every_personal_field_holds_a_canary(world):
    missing = [
        name_of(each)
        for each in marked(world.store)
        if world.planted[name_of(each)] not in stored(world.owner, each)
    ]
    assert missing == []
    assert len(world.planted) >= 20
    for name in ("personal.resident.name", "personal.resident.need_class", "personal.resident.note",
                 "personal.duty_person.phone", "access.account.display_name",
                 "access.audit_entry.actor_name", "census.route_event.actor_name"):  # fmt: skip
        assert name in world.planted


def test_every_text_of_accounts_and_persons_is_marked(world):
    """A new column without a mark fails here; with the mark it gets its canary by itself."""
    tables = world.store.tables
    unmarked = [
        name_of(column)
        for metadata in (Base.metadata, tables.personal.metadata)
        for table in metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Text | JSONB) and MARK not in column.info
    ]
    assert unmarked == []
    named = [
        name_of(column)
        for metadata in (Base.metadata, tables.personal.metadata, tables.metadata)
        for table in metadata.sorted_tables
        for column in table.columns
        if any(word in (column.comment or "") for word in OF_A_PERSON)
        and "不含" not in (column.comment or "")
        and column.info.get(MARK) != PERSONAL[MARK]
    ]
    assert named == []


def test_no_visitor_hears_a_canary(world):
    assert world.where(world.canaries) == {}
    assert len(world.heard) > 400
    assert {channel for channel, *_ in world.heard} >= {
        "page zh", "page en", "search zh", "endpoint", "sheet", "tile", "feature", "live",
        "refusal", "crash", "stream",
    }  # fmt: skip


def test_no_export_and_no_sheet_holds_a_canary(world, taken_out):
    found = [
        (channel, name) for channel, _, name, body in taken_out
        if seen(name.encode(), world.canaries) or seen(body, world.canaries)
    ]  # fmt: skip
    assert found == []


def test_the_same_search_hears_a_word_of_public_names_everywhere(world, taken_out):
    """The control: were one of these channels not read, it would be missing here."""
    world_and_files = World(
        world.store, world.owner, world.port, world.settings, world.mark, {}, world.leak, None,
        [*world.heard, *taken_out],
    )  # fmt: skip
    heard = world_and_files.where({world.leak})
    assert set(WHERE) - set(heard) == set()


def test_a_fault_of_the_database_shows_nobody_the_row_and_the_log_names_the_rule_alone(
    world, folder
):
    status, page = world.crash
    assert status == 500
    assert "Failing row" not in page
    logs = {name: (folder / f"{name}.log").read_bytes() for name in ("web", "live", "worker")}
    for name, written in logs.items():
        assert written, name
        assert seen(written, world.canaries) == set(), name
    assert f"constraint={CRASH}" in logs["web"].decode()
    assert "admit" in logs["web"].decode()  # where it happened is told


def test_the_servers_own_log_quotes_no_row(world):
    written = place_server(world.settings).log_file.read_bytes()
    assert CRASH in written.decode()
    assert seen(written, world.canaries) == set()


def test_an_ordinary_log_would_have_told(world):
    """The control: the same fault, written as programs commonly do."""
    login_key = world.planted["access.account.login_key"]
    query = text("insert into access.account (login_name, login_key, display_name, fs_uniquifier)"
                 " values (:name, :name, 'x', 'x')")  # fmt: skip
    with pytest.raises(DBAPIError) as met, world.store.engine.begin() as connection:
        connection.execute(query, {"name": login_key})
    raised = (met.type, met.value, met.tb)
    assert login_key in logging.Formatter(LOG_FORMAT).formatException(raised)
    assert login_key not in DiscreetFormatter(LOG_FORMAT).formatException(raised)
    assert "account_login_key_key" in DiscreetFormatter(LOG_FORMAT).formatException(raised)


def test_no_notice_of_the_database_names_anybody(world):
    assert any('"editing"' in each or "editing" in each for each in world.told)
    assert [each for each in world.told if seen(each.encode(), world.canaries)] == []


LEAKING = {
    "page zh": "create or replace view pub.duty as select id, division_code, "
    "(select string_agg(name, ' ') from personal.resident) as post, task, role, sequence, "
    "valid_from, valid_to from census.duty",
    "tile": "create or replace view pub.division as select code, level, "
    "(select string_agg(name, ' ') from personal.resident) as name, {rest} from census.division",
}


@contextlib.contextmanager
def leaking(world, view, sentence):
    """Let a public view tell a person's name, as somebody careless might."""
    with world.owner.begin() as connection:
        kept = connection.execute(text(f"select pg_get_viewdef('{view}'::regclass)")).scalar_one()
        columns = connection.execute(
            text("select attname from pg_attribute where attrelid = cast(:v as regclass)"
                 " and attnum > 0 order by attnum"), {"v": view},
        ).scalars().all()  # fmt: skip
        rest = ", ".join(each for each in columns if each not in {"code", "level", "name"})
        connection.exec_driver_sql(sentence.format(rest=rest))
    for layer in ("division", "duty"):
        bump_generation(world.store, layer)
    try:
        yield
    finally:
        with world.owner.begin() as connection:
            connection.exec_driver_sql(f"create or replace view {view} as {kept}")
        for layer in ("division", "duty"):
            bump_generation(world.store, layer)


@pytest.mark.parametrize(("channel", "view"), [("page zh", "pub.duty"), ("tile", "pub.division")])
def test_a_view_that_leaks_is_found_by_the_same_walk(world, channel, view):
    """The control: the walk finds the canary of a resident's name where a view tells it."""
    fresh = visits.Visitor(world.port)
    with leaking(world, view, LEAKING[channel]):
        visits.walk_pages(fresh, languages=("zh",))
        visits.walk_live(fresh)
    world_then = World(
        world.store, world.owner, world.port, world.settings, world.mark, world.planted,
        world.leak, fresh, fresh.heard,
    )  # fmt: skip
    name = {world.planted["personal.resident.name"]}
    heard = world_then.where(name)
    assert channel in heard
    if view == "pub.division":
        assert "feature" in heard


@pytest.mark.parametrize(
    ("role", "scope", "may"),
    [
        ("town_admin", WEST, True), ("data_officer", "", True), ("town_admin", EAST, False),
        ("planner", WEST, False), ("security_admin", "", False), ("auditor", "", False),
    ],
)  # fmt: skip
def test_who_may_reads_the_canary_in_his_scope_and_each_reading_is_in_the_audit(
    world, role, scope, may
):
    actor = Actor(secrets.token_hex(8), "某人", (Grant(role, scope),), "10.0.0.1")
    names = {world.planted[f"personal.{each}.name"] for each in ("resident", "duty_person")}
    if may:
        rows = [
            *residents(world.store, actor, village_code=WEST),
            *duty_people(world.store, actor, division_code=WEST),
        ]
        assert seen(str(rows).encode(), names) == names
    else:
        with pytest.raises(ForbiddenError) as refused:
            residents(world.store, actor, village_code=WEST)
        with pytest.raises(ForbiddenError):
            duty_people(world.store, actor, division_code=WEST)
        assert seen(str(refused.value).encode(), world.canaries) == set()
    query = select(AuditEntry.action, AuditEntry.outcome, AuditEntry.detail)
    with world.store.begin() as connection:
        entries = connection.execute(query.where(AuditEntry.actor == actor.id)).all()
    assert [(each.action, each.outcome) for each in entries] == [
        ("personal.read", "done" if may else "refused")
    ] * 2
    assert seen(str(entries).encode(), world.canaries) == set()


def signed_in(world, role):
    """A browser of somebody with a role for the whole district, signed in by the form."""
    name = f"p-{secrets.token_hex(4)}"
    one = create_account(world.store, system_actor(), login_name=name, display_name="某人")
    grant_role(world.store, system_actor(), account_id=one, role=role)
    code = issue_code(world.store, system_actor(), account_id=one)
    browser = visits.Visitor(world.port)
    fields = {"name": name, "code": code, "new_password": PASSWORD, "again": PASSWORD}
    assert browser.send("/login/code", fields, channel="own")[0] == 303
    assert browser.send("/login", {"name": name, "password": PASSWORD}, channel="own")[0] == 303
    return browser


def test_accounts_are_named_to_those_who_keep_them_and_persons_to_nobody_on_these_pages(world):
    """The other control: signed in, the same search finds the names that a role is for."""
    persons = {each for name, each in world.planted.items() if name.startswith("personal.")}
    account = {world.planted["access.account.display_name"]}
    actor_name = {world.planted["access.audit_entry.actor_name"]}
    for role, paths, told in (
        ("security_admin", ["/accounts"], account),
        ("auditor", ["/audit", "/audit.csv"], actor_name),
        ("planner", ["/desk", "/route/R1", "/api/routes/R1", "/accounts", "/audit"], set()),
    ):
        browser = signed_in(world, role)
        browser.heard.clear()
        visits.walk_pages(browser, languages=("zh",))
        for path in paths:
            browser.ask("GET", path, channel="own")
        words = b"\n".join(body for *_, body in browser.heard)
        assert seen(words, persons) == set(), role
        assert seen(words, account | actor_name) >= told, role


def test_a_canary_is_named_after_its_field(world):
    column = world.store.tables.personal.resident.c.name
    assert canary_of(column, "x") == "canary-resident-name-x"
