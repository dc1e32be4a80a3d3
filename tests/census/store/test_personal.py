import secrets
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from uuid import uuid4

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import delete, insert, select, text
from sqlalchemy.exc import ProgrammingError

from census.access_errors import ForbiddenError
from census.errors import UnknownDivisionError
from census.store.access_tables import Base
from census.store.actors import Actor, Grant, system_actor, visitor
from census.store.engines import engine_for
from census.store.layers import write_layer
from census.store.personal import assign_duty, duty_people, export_residents, residents

pytestmark = pytest.mark.postgis

TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"
POST = "村主任"
NO_SCOPE = "app.scope is not set"


def person(role, scope):
    return Actor(str(uuid4()), "某人", (Grant(role, scope),), "10.0.0.1")


@pytest.fixture(scope="module")
def village_folk(bureau):
    """One resident in each village, whose name is found nowhere else."""
    table = bureau.tables.personal.resident
    names = {code: f"CANARY-{code}-{secrets.token_hex(4)}" for code in (WEST, EAST)}
    with bureau.begin() as connection:
        connection.execute(text("set local app.scope = '*'"))
        connection.execute(delete(table))
        for code, name in names.items():
            row = {"village_code": code, "name": name, "phone": f"tel-{name}", "household": name}
            connection.execute(insert(table).values(row))
    return names


def seen_by(engine, table, scope, *, is_local=True):
    with engine.begin() as connection:
        if scope is not None:
            setting = text("select set_config('app.scope', :scope, :is_local)")
            connection.execute(setting, {"scope": scope, "is_local": is_local})
        return set(connection.execute(select(table.c.village_code)).scalars())


@pytest.mark.parametrize("schema", ["access", "personal"])
def test_the_revisions_make_exactly_the_declared_tables(bureau, bureau_owner, schema):
    metadata = Base.metadata if schema == "access" else bureau.tables.personal.metadata
    opts = {
        "include_schemas": True,
        "include_name": lambda name, kind, _parents: kind != "schema" or name == schema,
        "compare_type": True,
        "compare_server_default": True,
    }
    with bureau_owner.connect() as connection:
        context = MigrationContext.configure(connection, opts=opts)
        assert compare_metadata(context, metadata) == []
    for table in metadata.sorted_tables:
        assert table.comment
        assert all(column.comment for column in table.columns)


def test_the_public_has_no_right_on_any_table_or_column_of_access_and_persons(bureau_owner):
    query = """
        select n.nspname || '.' || c.relname || '.' || a.attname,
               has_schema_privilege('riskatlas_public', n.oid, 'usage, create'),
               has_table_privilege('riskatlas_public', c.oid,
                                   'select, insert, update, delete, truncate, references, trigger'),
               has_column_privilege('riskatlas_public', c.oid, a.attnum,
                                    'select, insert, update, references')
        from pg_class c join pg_namespace n on n.oid = c.relnamespace
        join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where n.nspname in ('access', 'personal') and c.relkind in ('r', 'v')"""
    functions = """
        select p.proname, has_function_privilege('riskatlas_public', p.oid, 'execute')
        from pg_proc p join pg_namespace n on n.oid = p.pronamespace
        where n.nspname in ('access', 'personal')"""
    with bureau_owner.connect() as connection:
        rows = connection.execute(text(query)).all()
        tables = {name.rsplit(".", 1)[0] for name, *_ in rows}
        assert {"access.account", "access.audit_entry", "personal.resident"} < tables
        assert [row for row in rows if any(row[1:])] == []
        callable_ = connection.execute(text(functions)).all()
        assert {name for name, _ in callable_} == {
            "append_audit", "refuse_change", "is_in_scope",
        }  # fmt: skip
        assert not any(may for _, may in callable_)
        # The question can be answered yes: the app may read each of them.
        as_app = query.replace("riskatlas_public", "riskatlas_app")
        assert all(row[1] and row[2] for row in connection.execute(text(as_app)))


def test_what_is_taken_out_of_persons_is_what_lies_within_ones_scope(bureau, village_folk):
    taken = {
        who: [row["name"] for row in export_residents(bureau, person("data_officer", who))]
        for who in (WEST, EAST, TOWN)
    }
    assert taken == {
        WEST: [village_folk[WEST]],
        EAST: [village_folk[EAST]],
        TOWN: [village_folk[WEST], village_folk[EAST]],
    }
    with pytest.raises(ForbiddenError):
        export_residents(bureau, person("planner", WEST))


def test_without_a_scope_no_personal_row_is_read_or_written(bureau, village_folk):
    table = bureau.tables.personal.resident
    assert len(village_folk) == 2
    for scope in (None, "", ","):
        if scope == ",":
            assert seen_by(bureau.engine, table, scope) == set()
            continue
        with pytest.raises(Exception, match=NO_SCOPE):
            seen_by(bureau.engine, table, scope)
    # A scope of an earlier transaction on the same connection is gone with it.
    with bureau.engine.connect() as connection:
        with connection.begin():
            connection.execute(text("set local app.scope = '*'"))
            assert len(connection.execute(select(table)).all()) == 2
        with pytest.raises(Exception, match=NO_SCOPE), connection.begin():
            connection.execute(select(table))
    with bureau.engine.connect() as connection:
        connection.execute(text("select set_config('app.scope', :scope, true)"), {"scope": WEST})
        with pytest.raises(Exception, match="row-level security"):
            connection.execute(insert(table).values(village_code=EAST, name="x"))


def test_with_row_level_security_off_the_same_reading_shows_everything(
    bureau, bureau_owner, village_folk
):
    table = bureau.tables.personal.resident
    switch = "alter table personal.resident {} row level security"
    with bureau_owner.begin() as connection:
        connection.execute(text(switch.format("disable")))
    try:
        assert seen_by(bureau.engine, table, None) == set(village_folk)
    finally:
        with bureau_owner.begin() as connection:
            connection.execute(text(switch.format("enable")))
    with pytest.raises(Exception, match=NO_SCOPE):
        seen_by(bureau.engine, table, None)


def leaks(address, table, *, is_local):
    """Mixed readers over a pool of two: those who set no scope must see nothing."""
    engine = engine_for(address, pool_size=1)  # one, and one of overflow
    scopes = [WEST, EAST, None, "990001001", None] * 40
    expected = {WEST: {WEST}, EAST: {EAST}, "990001001": {WEST, EAST}, None: set()}

    def read(scope):
        try:
            return seen_by(engine, table, scope, is_local=is_local)
        except ProgrammingError as fault:
            return set() if NO_SCOPE in str(fault) else {"another fault"}

    with ThreadPoolExecutor(8) as pool:
        found = list(pool.map(read, scopes))
    engine.dispose()
    return [scope for scope, seen in zip(scopes, found, strict=True) if seen != expected[scope]]


def test_no_pooled_connection_carries_the_last_readers_scope(bureau, village_folk):
    assert village_folk
    assert leaks(bureau.address, bureau.tables.personal.resident, is_local=True) == []


def test_the_control_with_set_instead_of_set_local_leaks(bureau, village_folk):
    assert village_folk
    found = leaks(bureau.address, bureau.tables.personal.resident, is_local=False)
    assert found
    assert set(found) == {None}


@pytest.mark.parametrize(
    ("scope", "readable"),
    [("", {WEST, EAST}), (TOWN, {WEST, EAST}), (WEST, {WEST}), ("990001002", set())],
)
def test_residents_are_read_within_the_scope_and_each_reading_is_recorded(
    bureau, village_folk, scope, readable
):
    actor = person("town_admin", scope)
    for village, name in village_folk.items():
        if village in readable:
            assert [row["name"] for row in residents(bureau, actor, village_code=village)] == [name]
        else:
            with pytest.raises(ForbiddenError, match="personal data"):
                residents(bureau, actor, village_code=village)
        entry = last_entry(bureau)
        assert (entry["actor"], entry["action"]) == (actor.id, "personal.read")
        assert entry["object_code"] == village
        assert entry["outcome"] == ("done" if village in readable else "refused")
        assert "CANARY" not in str(entry)


def last_entry(store):
    newest = text("select * from access.audit_entry order by id desc limit 1")
    with store.begin() as connection:
        return dict(connection.execute(newest).mappings().one())


@pytest.mark.parametrize("role", ["planner", "approver", "officer", "auditor", "security_admin"])
def test_roles_without_the_action_read_no_person(bureau, village_folk, role):
    assert village_folk
    for actor in (person(role, ""), visitor("10.0.0.2")):
        with pytest.raises(ForbiddenError):
            residents(bureau, actor, village_code=WEST)
        with pytest.raises(ForbiddenError):
            duty_people(bureau, actor, division_code=WEST)


def test_an_actor_cannot_widen_the_scope_by_what_he_asks_for(bureau, village_folk):
    assert village_folk
    actor = person("town_admin", WEST)
    for code in ("", "9", "990001", "*", "%", "' or 'a' = 'a"):
        with pytest.raises(ForbiddenError):
            residents(bureau, actor, village_code=code)
    assert residents(bureau, actor, village_code=f"{WEST}' or 'a' = 'a") == []


def test_who_held_a_post_on_a_day_is_answered_from_the_terms(bureau):
    actor = person("town_admin", TOWN)
    for name, since in (("张甲", date(2025, 1, 1)), ("李乙", date(2026, 3, 1))):
        assign_duty(
            bureau, actor, division_code=WEST, post=POST, name=name, phone=None, valid_from=since
        )
    assert "张甲" not in str(last_entry(bureau))

    def held(day):
        return [row["name"] for row in duty_people(bureau, actor, division_code=WEST, day=day)]

    assert held(date(2024, 12, 31)) == []
    assert held(date(2025, 1, 1)) == ["张甲"]
    assert held(date(2026, 2, 28)) == ["张甲"]
    assert held(date(2026, 3, 1)) == ["李乙"]
    assert held(None) == ["李乙"]
    with pytest.raises(UnknownDivisionError):
        assign_duty(
            bureau, actor, division_code=WEST, post="无此岗", name="x", phone=None,
            valid_from=date(2026, 3, 1),
        )  # fmt: skip
    with pytest.raises(ForbiddenError):
        assign_duty(
            bureau, person("town_admin", WEST), division_code=EAST, post=POST, name="x",
            phone=None, valid_from=date(2026, 3, 1),
        )  # fmt: skip


def test_a_new_delivery_of_duties_keeps_the_persons(bureau):
    assign_duty(
        bureau, system_actor(), division_code=EAST, post=POST, name="王丙", phone="1",
        valid_from=date(2026, 1, 1),
    )  # fmt: skip
    with bureau.begin() as connection:
        duties = connection.execute(select(bureau.tables.duty)).mappings().all()
    import pandas as pd  # noqa: PLC0415

    columns = ["division_code", "post", "task", "role", "sequence"]
    write_layer(bureau, "duty", pd.DataFrame(duties)[columns], delivery_id=None)
    kept = duty_people(bureau, system_actor(), division_code=EAST)
    assert [(row["name"], row["duty_id"]) for row in kept] == [("王丙", None)]
