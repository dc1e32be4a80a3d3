"""The auditor reads the audit on the web, finds it whole or not, and takes it out as a file."""

import csv
import io
import re
import secrets

import pytest
from sqlalchemy import select, text

from census.store.access_tables import AuditEntry
from census.store.actors import Actor, Grant
from census.store.audit import ChainFinding, record, verify_chain
from tests.webapp.pages.signed_in import Browser, account
from webapp import audit_pages

pytestmark = pytest.mark.postgis


@pytest.fixture
def auditor(app, office):
    """An auditor, signed in."""
    return Browser(app, office).hold(account(office, "auditor", password=False)[0])


@pytest.fixture
def deeds(office):
    """Two entries of an actor found nowhere else: his name, his id."""
    name = f"王{secrets.token_hex(4)}"
    actor = Actor(secrets.token_hex(8), name, (Grant("planner"),), "10.1.2.3")
    with office.begin() as connection:
        record(connection, actor, "route.save", object_kind="route", object_code="R-甲")
        record(
            connection, actor, "route.publish", object_kind="route", object_code="R-乙",
            outcome="refused", detail={"command": "publish"},
        )  # fmt: skip
    return name, actor.id


def newest(office):
    query = select(AuditEntry.action, AuditEntry.detail, AuditEntry.outcome)
    with office.begin() as connection:
        return connection.execute(query.order_by(AuditEntry.id.desc()).limit(1)).one()


def read(answer):
    """The text of a file."""
    return answer.get_data().decode("utf-8-sig")


def body(answer):
    return answer.text.split("<tbody>")[-1].split("</tbody>")[0]


def test_the_newest_entries_are_shown_and_the_look_is_one_of_them(auditor, office, deeds):
    page = body(auditor.get("/audit"))
    for words in (deeds[0], "保存路线版本", "规划员", "10.1.2.3", "已拒绝", "R-乙"):
        assert words in page
    assert (newest(office).action, newest(office).detail["command"]) == ("audit.read", "entries")
    assert "publish a route" in body(auditor.get("/audit?lang=en"))


@pytest.mark.parametrize("which", [0, 1])
def test_entries_are_filtered_by_actor_action_and_day(auditor, deeds, which):
    found = body(auditor.get(f"/audit?who={deeds[which]}"))
    assert ("R-甲" in found, "R-乙" in found) == (True, True)
    assert "R-甲" not in body(auditor.get(f"/audit?who={deeds[which]}&action=route.publish"))
    today = re.search(r"\d{4}-\d\d-\d\d", found)[0]
    assert "R-甲" in body(auditor.get(f"/audit?who={deeds[which]}&day={today}"))
    assert "没有符合条件的记录" in auditor.get(f"/audit?who={deeds[which]}&day=2001-01-01").text


def test_a_login_name_finds_what_the_account_did(app, office, auditor):
    _, name = account(office, "planner")
    Browser(app, office).sign_in(name)
    found = body(auditor.get(f"/audit?who={name}"))
    assert "登录" in found
    assert "某人" in found


def test_a_day_that_is_none_is_told(auditor):
    for path in ("/audit?day=yesterday", "/audit.csv?day=yesterday"):
        answer = auditor.get(path)
        assert (answer.status_code, "is no day" in answer.text) == (422, True)


def test_older_entries_are_a_page_further(auditor, monkeypatch, deeds):
    monkeypatch.setattr(audit_pages, "SHOWN", 1)
    first = auditor.get(f"/audit?who={deeds[1]}")
    assert "R-乙" in body(first)
    assert "R-甲" not in body(first)
    older = re.search('href="(/audit[^"]*before=[^"]*)"', first.text)[1].replace("&amp;", "&")
    second = auditor.get(older)
    assert "R-甲" in body(second)
    assert "最新的记录" in second.text


def test_a_whole_chain_is_found_whole_and_a_head_noted_elsewhere_is_looked_for(auditor, office):
    head = verify_chain(office).head_hash
    page = auditor.get(f"/audit/chain?head={head}").text
    assert "完整" in page
    assert newest(office).detail["command"] in {"entries", "check_chain"}
    strange = auditor.get(f"/audit/chain?head={'ab' * 32}").text
    assert "没有您抄存的末端散列" in strange
    assert "完整：" not in strange


def test_a_changed_entry_is_found_and_told(auditor, monkeypatch):
    """The page believes the chain alone, whose own tests change rows behind the trigger."""
    broken = ChainFinding(entries=9, broken_at=4, head_hash="0" * 64)
    monkeypatch.setattr(audit_pages, "check_chain", lambda *_a, **_k: broken)
    assert "第 4 条起不相符" in auditor.get("/audit/chain").text


def test_the_file_has_the_filtered_entries_and_is_itself_in_the_audit(auditor, office, deeds):
    answer = auditor.get(f"/audit.csv?who={deeds[1]}")
    assert answer.mimetype == "text/csv"
    assert "attachment" in answer.headers["Content-Disposition"]
    assert answer.headers["Cache-Control"] == "private, no-store"
    rows = list(csv.DictReader(io.StringIO(read(answer))))
    assert [row["object_code"] for row in rows] == ["R-甲", "R-乙"]
    assert rows[0]["hash"] == rows[1]["previous_hash"]
    entry = newest(office)
    assert (entry.action, entry.outcome) == ("audit.read", "done")
    assert (entry.detail["command"], entry.detail["rows"]) == ("export_entries", 2)
    assert len(entry.detail["sha256"]) == 64


def test_no_cell_of_the_file_computes(auditor, office):
    name = f"=1+1{secrets.token_hex(4)}"
    actor = Actor(secrets.token_hex(8), name, (), "10.1.2.3")
    with office.begin() as connection:
        record(connection, actor, "route.save", object_kind="route")
    rows = read(auditor.get(f"/audit.csv?who={actor.id}"))
    assert f",'{name}," in rows


def test_who_may_not_read_the_audit_gets_neither_page_nor_file(app, office):
    for role in ("security_admin", "planner"):
        person = Browser(app, office).hold(account(office, role, password=False)[0])
        for path in ("/audit", "/audit.csv", "/audit/chain"):
            answer = person.get(path)
            assert answer.status_code == 403, path
            assert "<tbody>" not in answer.text


def test_the_chain_in_the_database_is_what_the_page_asks(office):
    with office.begin() as connection:
        count = connection.execute(text("select count(*) from access.audit_entry")).scalar_one()
    assert verify_chain(office).entries == count
