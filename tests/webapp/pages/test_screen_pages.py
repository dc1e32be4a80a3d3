"""The page of wall screens: a link is made, shown once, and revoked."""

import re

import pytest
from sqlalchemy import select

from census.store.access_tables import AuditEntry, Screen
from tests.webapp.pages.signed_in import Browser, account

pytestmark = pytest.mark.postgis
HERE = "/screens"


@pytest.fixture
def keeper(app, office):
    """A security administrator, signed in."""
    return Browser(app, office).hold(account(office, "security_admin", password=False)[0])


def ids_of(page, action):
    (form,) = (each for each in page.split("<form")[1:] if f'action="{action}"' in each)
    return {"form_id": re.search('name="form_id" value="([^"]+)"', form)[1]}


def make(keeper, **fields):
    form = ids_of(keeper.get(HERE).text, HERE) | {"profile": "hall", "town": ""} | fields
    return keeper.send(HERE, form_at=HERE, **form), form


def test_a_link_is_made_shown_once_and_revoked(keeper, app, office, web_settings):
    made, form = make(keeper, name="大厅东墙")
    assert made.status_code == 303
    page = keeper.get(made.headers["Location"]).text
    link = re.search(r"<code[^>]*>([^<]+)</code>", page)[1]
    assert f":{web_settings.port + 1}/display/hall/" in link
    assert link not in keeper.get(HERE).text
    other = Browser(app, office).hold(account(office, "security_admin", password=False)[0])
    assert link not in other.get(made.headers["Location"]).text
    assert "没有再次执行" in keeper.send(HERE, form_at=HERE, **form).text
    gone = keeper.send(
        f"{HERE}/revoke", form_at=HERE, name="大厅东墙",
        **ids_of(keeper.get(HERE).text, f"{HERE}/revoke"),
    )  # fmt: skip
    assert gone.status_code == 303
    assert "撤销 " in keeper.get(HERE).text or "已于" in keeper.get(HERE).text
    with office.begin() as connection:
        over = select(Screen.revoked_at).where(Screen.name == "大厅东墙")
        assert connection.execute(over).scalar_one() is not None
        done = select(AuditEntry.detail).where(
            AuditEntry.object_kind == "screen", AuditEntry.outcome == "done"
        )
        told = [each["command"] for each in connection.execute(done).scalars()]
    assert {"add_screen", "revoke_screen"} <= set(told)


def test_what_cannot_be_is_said_and_what_was_typed_stays(keeper):
    refused, _ = make(keeper, name="屏", profile="town")
    assert refused.status_code == 422
    assert "“乡镇大厅”（town）方案展示一个乡镇：请选择乡镇" in refused.text
    assert 'value="屏"' in refused.text


def test_nobody_else_sees_the_page(app, office):
    for role in ("district_admin", "auditor", "planner"):
        browser = Browser(app, office).hold(account(office, role, password=False)[0])
        assert browser.get(HERE).status_code == 403


def test_a_page_without_a_script_leads_to_all_pages_of_ones_work(keeper, app, office):
    menu = keeper.get("/account").text.split('class="person-links"')[1].split("</details>")[0]
    assert re.findall('href="([^"]+)"', menu) == [
        "/accounts", "/screens", "/account", "/account/password",
    ]  # fmt: skip
    assert 'class="person-menu"' not in Browser(app, office).get("/login").text
