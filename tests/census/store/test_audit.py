from concurrent.futures import ThreadPoolExecutor

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from census.access_errors import ForbiddenError
from census.store.actors import Actor, Grant, system_actor, visitor
from census.store.audit import FIRST_HASH, chained_hash, deed, record, verify_chain
from census.store.audit_reading import Filter, entries

pytestmark = pytest.mark.postgis

AUDITOR = Actor("22222222-2222-2222-2222-222222222222", "审计员", (Grant("auditor"),), "10.0.0.9")


def append(store, count=1, **facts):
    for number in range(count):
        with store.begin() as connection:
            record(
                connection, system_actor(), "route.read", object_kind="route",
                object_code=f"R{number}", detail={"中文": "值", "n": 0.1, **facts},
            )  # fmt: skip


def test_an_unbroken_chain_is_found_unbroken(empty_place):
    assert verify_chain(empty_place) == (found := verify_chain(empty_place))
    assert (found.entries, found.broken_at, found.head_hash) == (0, None, FIRST_HASH)
    append(empty_place, 3, text='引号"\n换行\\')
    found = verify_chain(empty_place)
    assert (found.entries, found.broken_at) == (3, None)


def test_the_hash_is_taken_of_the_text_that_the_revision_describes():
    # sha256 of 64 zeros, then "\n1:a", then "\n6:中文": lengths in bytes.
    import hashlib  # noqa: PLC0415

    expected = hashlib.sha256((FIRST_HASH + "\n1:a\n6:中文").encode()).hexdigest()
    assert chained_hash(FIRST_HASH, ["a", "中文"]) == expected
    assert chained_hash(FIRST_HASH, ["ab", "c"]) != chained_hash(FIRST_HASH, ["a", "bc"])


@pytest.mark.parametrize("verb", ["update", "delete", "truncate", "insert"])
def test_the_app_cannot_touch_the_audit_but_by_the_one_function(bureau, verb):
    append(bureau)
    sentence = {
        "update": "update access.audit_entry set hash = ''",
        "delete": "delete from access.audit_entry",
        "truncate": "truncate access.audit_entry",
        "insert": "insert into access.audit_entry select * from access.audit_entry",
    }[verb]
    for table in ("audit_entry", "audit_head"):
        with pytest.raises(Exception, match="permission denied"), bureau.begin() as connection:
            connection.execute(text(sentence.replace("audit_entry", table)))
    with bureau.begin() as connection:
        assert not connection.execute(
            text("select has_table_privilege('access.audit_entry', :right)"), {"right": verb}
        ).scalar()


def test_even_the_owner_is_refused_by_the_trigger(bureau, bureau_owner):
    append(bureau)
    for sentence in (
        "update access.audit_entry set outcome = 'done'",
        "delete from access.audit_entry where id = 0",
        "truncate access.audit_entry",
        "set session_replication_role = replica; delete from access.audit_entry",
    ):
        with (
            pytest.raises(Exception, match="append-only"),
            bureau_owner.begin() as connection,
        ):
            connection.execute(text(sentence))


TAMPERING = {
    "one byte of an object": (
        "update access.audit_entry set object_code = 'R9' where id = 2", 2,
    ),
    "one byte of a detail": (
        """update access.audit_entry set detail = '{"n": 0.2}' where id = 3""", 3,
    ),
    "a microsecond": (
        "update access.audit_entry set at = at + interval '1 microsecond' where id = 4", 4,
    ),
    "a row removed": ("delete from access.audit_entry where id = 3", 3),
    "the first row removed": ("delete from access.audit_entry where id = 1", 1),
    "the last row removed": ("delete from access.audit_entry where id = 5", 5),
    "a pair swapped": (
        ("update access.audit_entry a set object_code = b.object_code "
        "from access.audit_entry b where (a.id, b.id) in ((2, 3), (3, 2))"), 2,
    ),
    "a row added": (
        ("insert into access.audit_entry select 6, at, actor, actor_name, role, address, action, "
        "object_kind, object_code, outcome, detail, hash, hash from access.audit_entry "
        "where id = 5"), 6,
    ),
    "all removed": ("delete from access.audit_entry", 1),
}  # fmt: skip


@pytest.mark.parametrize("what", TAMPERING)
def test_a_superuser_who_switches_the_trigger_off_is_found_out(bureau, bureau_owner, what):
    sentence, broken_at = TAMPERING[what]
    with bureau_owner.begin() as connection:
        connection.execute(text("alter table access.audit_entry disable trigger user"))
        connection.execute(text("delete from access.audit_entry"))
        connection.execute(
            text("update access.audit_head set entry_id = 0, hash = :none"), {"none": FIRST_HASH}
        )
    append(bureau, 5)
    assert verify_chain(bureau).broken_at is None
    with bureau_owner.begin() as connection:
        connection.execute(text(sentence))
    assert verify_chain(bureau).broken_at == broken_at
    with bureau_owner.begin() as connection:
        connection.execute(text("delete from access.audit_entry"))
        connection.execute(
            text("update access.audit_head set entry_id = 0, hash = :none"), {"none": FIRST_HASH}
        )
        connection.execute(
            text("alter table access.audit_entry enable always trigger audit_is_append_only")
        )


def test_a_chain_written_anew_is_found_by_a_head_that_was_kept_elsewhere(bureau, bureau_owner):
    append(bureau, 2)
    kept = verify_chain(bureau).head_hash
    append(bureau)
    assert verify_chain(bureau, known_head=kept).broken_at is None
    with bureau_owner.begin() as connection:
        connection.execute(text("alter table access.audit_entry disable trigger user"))
        connection.execute(text("delete from access.audit_entry"))
        connection.execute(
            text("update access.audit_head set entry_id = 0, hash = :none"), {"none": FIRST_HASH}
        )
        connection.execute(
            text("alter table access.audit_entry enable always trigger audit_is_append_only")
        )
    append(bureau, 3)
    assert verify_chain(bureau).broken_at is None
    assert verify_chain(bureau, known_head=kept).broken_at == 4


def test_four_writers_at_once_keep_one_unbroken_chain(bureau):
    before = verify_chain(bureau).entries
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: append(bureau, 25), range(4)))
    found = verify_chain(bureau)
    assert (found.entries - before, found.broken_at) == (100, None)


def test_work_that_is_undone_leaves_no_entry_and_no_gap(bureau):
    before = verify_chain(bureau).entries

    def fail():
        with bureau.begin() as connection:
            record(connection, system_actor(), "route.save", object_kind="route")
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    append(bureau)
    found = verify_chain(bureau)
    assert (found.entries - before, found.broken_at) == (1, None)


def test_reading_the_audit_is_the_auditors_and_is_recorded(bureau):
    newest = entries(bureau, AUDITOR, limit=1)
    assert len(newest) == 1
    again = entries(bureau, AUDITOR, asked=Filter(who=AUDITOR.id), limit=1)[0]
    assert (again["action"], again["outcome"], again["role"]) == ("audit.read", "done", "auditor")
    assert (again["address"], again["actor_name"]) == ("10.0.0.9", "审计员")


@pytest.mark.parametrize("role", ["security_admin", "district_admin", "planner"])
def test_who_may_not_read_the_audit_is_refused_and_recorded(bureau, role):
    actor = Actor("33333333-3333-3333-3333-333333333333", "别人", (Grant(role),), "10.0.0.7")
    with pytest.raises(ForbiddenError, match="read the audit"):
        entries(bureau, actor)
    entry = entries(bureau, AUDITOR, limit=1)[0]
    assert (entry["actor"], entry["outcome"], entry["role"]) == (actor.id, "refused", role)


def test_a_command_without_a_row_is_refused_to_everybody(bureau):
    for actor in (visitor("10.0.0.1"), system_actor()):
        with pytest.raises(ForbiddenError), deed(bureau, actor, "burn", object_kind="archive"):
            raise AssertionError


def test_an_auditor_of_one_town_does_not_read_the_audit_of_the_district(bureau):
    local = Actor("44444444-4444-4444-4444-444444444444", "镇", (Grant("auditor", "990001001"),))
    with pytest.raises(ForbiddenError):
        entries(bureau, local)


def test_the_command_line_is_recorded_as_the_systems_user(bureau):
    actor = system_actor()
    entries(bureau, actor)
    entry = entries(bureau, AUDITOR, asked=Filter(who=actor.id), limit=1)[0]
    assert entry["actor"].startswith("system:")
    assert entry["role"] == "system"


def newest(store):
    query = "select outcome, detail::text as said, object_code from access.audit_entry"
    with store.begin() as connection:
        return connection.execute(text(query + " order by id desc limit 1")).one()


@pytest.mark.parametrize(
    ("sentence", "kind"),
    [
        ("select 1 / (length(cast(:secret as text)) - 6)", "DivisionByZero"),
        ("select cast(:secret as integer)", "InvalidTextRepresentation"),
    ],
)
def test_a_fault_of_the_database_in_a_command_is_recorded_without_its_values(
    bureau, sentence, kind
):
    before = verify_chain(bureau).entries
    with (
        pytest.raises(DBAPIError),
        deed(bureau, system_actor(), "close_account", object_kind="account", object_code="A") as it,
    ):
        it.connection.execute(text(sentence), {"secret": "canary"})
    assert verify_chain(bureau).entries == before + 1
    said = newest(bureau)
    assert (said.outcome, said.object_code) == ("failed", "A")
    assert kind in said.said
    assert "canary" not in said.said


def test_a_fault_of_the_program_in_a_command_is_recorded_too(bureau):
    with (
        pytest.raises(KeyError, match="canary"),
        deed(bureau, system_actor(), "close_account", object_kind="account", object_code="B"),
    ):
        raise KeyError("canary")
    said = newest(bureau)
    assert (said.outcome, said.object_code) == ("failed", "B")
    assert '"fault": "KeyError"' in said.said
    assert "canary" not in said.said
