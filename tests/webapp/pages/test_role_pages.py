"""Which roles need a second step: seen and said on one page, and asked at the next sign-in."""

import re

import pytest
from sqlalchemy import select

from census.store.access_tables import AuditEntry
from tests.webapp.pages.signed_in import Browser, account

pytestmark = pytest.mark.postgis
HERE = "/accounts/roles"


@pytest.fixture
def keeper(app, office):
    """A security administrator, signed in."""
    return Browser(app, office).hold(account(office, "security_admin", password=False)[0])


def form_of(page, role):
    """Fields of the form of a role."""
    (form,) = (each for each in page.split("<form")[1:] if f'value="{role}"' in each)
    return {
        name: re.search(f'name="{name}" value="([^"]+)"', form)[1]
        for name in ("form_id", "role", "is_needed")
    }


def row_of(page, word):
    return next(row for row in page.split("<tr>") if f">{word}<" in row)


def require(keeper, role):
    return keeper.send(HERE, form_at=HERE, **form_of(keeper.get(HERE).text, role))


def test_a_requirement_is_said_once_shown_kept_and_taken_back(keeper, app, office):
    name = account(office, "verifier")[1]
    page = keeper.get(HERE).text
    assert "自愿" in row_of(page, "核查员")
    assert "还未设置" in row_of(page, "核查员")
    assert ">访客<" not in page  # nobody signs in with it
    form = form_of(page, "verifier")
    assert keeper.send(HERE, form_at=HERE, **form).status_code == 303
    assert "必须" in row_of(keeper.get(HERE).text, "核查员")
    assert Browser(app, office).sign_in(name).headers["Location"] == "/login/second"
    again = keeper.send(HERE, form_at=HERE, **form)
    assert "没有再次执行" in again.text
    assert require(keeper, "verifier").status_code == 303
    assert "自愿" in row_of(keeper.get(HERE).text, "核查员")
    assert Browser(app, office).sign_in(name).headers["Location"] == "/reports"
    with office.begin() as connection:
        entries = connection.execute(
            select(AuditEntry.detail)
            .where(AuditEntry.object_code == "verifier", AuditEntry.outcome == "done")
            .order_by(AuditEntry.id)
        ).scalars()
        assert [each["is_needed"] for each in entries] == [True, False]


def test_a_role_that_nobody_holds_is_refused_in_words(keeper):
    form = form_of(keeper.get(HERE).text, "planner") | {"role": "visitor"}
    refused = keeper.send(HERE, form_at=HERE, **form)
    assert refused.status_code == 422
    assert "visitor" in refused.text


def test_nobody_else_sees_the_page_or_says_anything(app, office):
    for role in ("district_admin", "auditor", "planner"):
        browser = Browser(app, office).hold(account(office, role, password=False)[0])
        assert browser.get(HERE).status_code == 403
