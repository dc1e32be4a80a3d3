"""A Chromium for the benches, and people who sign in as people do: by the form."""

import secrets
from contextlib import contextmanager

from playwright.sync_api import sync_playwright

from census.store.actors import system_actor, visitor
from census.store.cluster import open_cluster
from census.store.commands import create_account, grant_role, issue_code, redeem_code
from census.store.database import open_store
from census.store.settings import Settings

CHROMIUM = "/usr/bin/chromium"
DESK = {"width": 1440, "height": 900}
PASSWORD = "三条河流在此 meet"
READY_MS = 180_000


@contextmanager
def chromium():
    """Give a browser; each context of it begins with an empty cache."""
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield browser
        browser.close()


@contextmanager
def opened(home, place):
    """Give the store of a loaded place, role app."""
    settings = Settings(home=home)
    with open_cluster(settings), open_store(settings, place=place) as store:
        yield store


def hire(store, *roles):
    """Make an account with these roles for the whole district; return its login name."""
    name = f"bench-{secrets.token_hex(4)}"
    account = create_account(store, system_actor(), login_name=name, display_name="Bench")
    for role in roles:
        grant_role(store, system_actor(), account_id=account, role=role, scope_code="")
    code = issue_code(store, system_actor(), account_id=account)
    redeem_code(store, visitor("bench"), login_name=name, code=code, new_password=PASSWORD)
    return name


def sign_in(page, address, name):
    """Fill in the form of the page on which people sign in."""
    page.goto(f"{address}/login")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url(lambda url: not url.endswith("/login"))
