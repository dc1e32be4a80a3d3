"""What a visitor sees in Chromium while the server is crowded, away or at fault: never nothing."""

import threading

import pytest
import waitress

from census.store import pages as stored
from tests.ports import close_server
from webapp import gate

WEST = "990001001001"
# The live process does not run here: the map has no figures.
NO_MAP = {"Failed to fetch"}

pytestmark = [pytest.mark.postgis, pytest.mark.browser]


@pytest.fixture(scope="module")
def origin(app):
    """The pages on a port of their own; nobody draws the map here."""
    web = waitress.create_server(app.server, host="127.0.0.1", port=0, threads=12)
    threading.Thread(target=web.run, daemon=True).start()
    yield f"http://127.0.0.1:{web.effective_port}"
    close_server(web)


@pytest.fixture
def page(chromium):
    context = chromium.new_context(viewport={"width": 1280, "height": 800})
    page = context.new_page()
    page.faults = []
    page.on("pageerror", lambda fault: page.faults.append(fault.message))
    yield page
    context.close()


@pytest.fixture
def crowd(app):
    """Take every place that visitors have, and give them back."""
    turns = app.server.extensions[gate.TURNS][gate.READ]
    inside = []

    def come():
        while turns.queue_up():
            inside.append(turns)

    def go():
        while inside:
            inside.pop().leave()

    yield come, go
    go()


def test_a_refused_page_comes_by_itself_once_there_is_room(page, origin, crowd):
    come, go = crowd
    come()
    assert page.goto(f"{origin}/village/{WEST}").status == 503
    assert "many visitors" in page.inner_text("body")
    assert "访客较多" in page.inner_text("body")
    go()
    page.wait_for_selector(".headline")


def test_a_panel_that_is_refused_says_so_and_fills_itself_once_there_is_room(page, origin, crowd):
    come, go = crowd
    page.goto(origin)
    page.wait_for_selector(".headline")
    come()
    page.evaluate(f"riskatlas.go('/village/{WEST}')")
    page.wait_for_selector("#patience p")
    said = page.inner_text("#patience")
    assert "访客较多" in said
    assert "many visitors" in said
    go()
    page.wait_for_selector(".headline >> text=西河村")
    page.wait_for_selector("#patience:empty", state="attached")
    assert set(page.faults) <= NO_MAP


def test_while_the_database_is_away_the_page_says_so_and_recovers(page, origin, database_away):
    page.goto(origin)
    page.wait_for_selector(".headline")
    with database_away():
        page.evaluate(f"riskatlas.go('/village/{WEST}')")
        page.wait_for_selector("#patience p")
        assert "数据库暂时没有应答" in page.inner_text("#patience")
        assert "The database does not answer" in page.inner_text("#patience")
    page.wait_for_selector(".headline >> text=西河村")
    assert set(page.faults) <= NO_MAP


def test_a_page_that_cannot_be_built_says_so_in_the_panel_in_both_languages(
    page, origin, monkeypatch
):
    def broken(_store, code):
        raise ValueError(code)

    monkeypatch.setattr(stored, "risk_card", broken)
    page.goto(f"{origin}/village/{WEST}")
    page.wait_for_selector(".panel .fault")
    said = page.inner_text(".panel .fault")
    assert "请重新载入页面" in said
    assert "Reload the page" in said
    assert page.inner_text("#notice") == ""


def test_a_token_that_is_no_longer_valid_is_explained(page, origin):
    page.goto(origin)
    page.wait_for_selector(".headline")
    page.context.clear_cookies()
    page.evaluate(f"riskatlas.go('/village/{WEST}')")
    page.wait_for_selector("#patience p")
    assert "Reload the page" in page.inner_text("#patience")


@pytest.mark.parametrize("mark", ["#99/999/999/junk", "#1e400/0/0", "#-5/1/1/,,,"])
def test_a_link_with_a_senseless_view_opens_the_page(page, origin, mark):
    page.goto(f"{origin}/village/{WEST}?lang=en&zoom=-1&layer={mark[1:20]}{mark}")
    page.wait_for_selector(".headline")
    page.wait_for_selector(".leaflet-container")
    assert set(page.faults) <= NO_MAP
