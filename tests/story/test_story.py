"""The whole story in a real browser: a district found, read, switched, printed and read back."""

import io
import json
import os
import re
import subprocess
import sys
import threading
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pypdf
import pytest

from census.store.database import open_store
from census.store.pages import division, risk_card
from census.store.rankings import ranking
from census.store.served import routes
from tests.ports import free_port

pytestmark = [pytest.mark.postgis, pytest.mark.browser, pytest.mark.slow]
READY_S = 120


@pytest.fixture(scope="module")
def served(cluster_settings, story_place):
    """The three processes, started as a person starts them; gives the address of the pages."""
    port = free_port()
    environment = {
        **os.environ,
        "RISKATLAS_HOME": str(cluster_settings.home),
        "RISKATLAS_PORT": str(port),
    }
    command = [sys.executable, "-m", "webapp.cli", "serve", "--place", story_place]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(command, env=environment, **pipe) as server:
        told = []
        for line in server.stdout:
            told.append(line)
            if f"http://127.0.0.1:{port}" in line and "ready" in line:
                break
        assert server.poll() is None, "".join(told)
        # A pipe that nobody reads would stop the server once it is full.
        drain = threading.Thread(target=server.stdout.read, daemon=True)
        drain.start()
        yield f"http://127.0.0.1:{port}"
        server.terminate()
        drain.join(60)
        assert server.wait(60) == 0


@pytest.fixture(scope="module")
def village(cluster_settings, story_place):
    """The riskiest village that has a planned route, with its why and its routes."""
    with open_store(cluster_settings, place=story_place, role="public") as store:
        for ranked in ranking(store, "village"):
            found = routes(store, village_code=ranked.code)
            if found:
                return division(store, ranked.code), risk_card(store, ranked.code), found
    pytest.fail("no village has a route")


@pytest.fixture(scope="module")
def desk(chromium):
    """A desk browser without internet; collects requests that leave the machine and page faults."""
    context = chromium.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    page = context.new_page()
    page.strangers, page.faults = [], []

    def note(request):
        host = urlsplit(request.url).hostname
        if host not in {None, "", "127.0.0.1"}:
            page.strangers.append(request.url)

    page.on("request", note)
    page.on("pageerror", lambda fault: page.faults.append(str(fault)))
    yield page
    context.close()


def test_a_planner_finds_a_village_reads_why_opens_its_route_and_prints_its_sheet(
    desk, served, village
):
    card, risk, found = village
    desk.goto(served)
    desk.wait_for_selector(".leaflet-ra-villages-pane path", state="attached")

    desk.fill("#search", card.name)
    desk.get_by_role("option").filter(has_text=card.code).click()
    desk.wait_for_url(f"**/village/{card.code}**")
    desk.locator("h1", has_text=card.name).wait_for()
    panel = desk.inner_text(".panel")
    for sentence in risk.why_zh:
        assert sentence in panel
    assert f"{round(found[0].length_m):,}" in panel or f"{found[0].length_m / 1000:.1f}" in panel

    desk.wait_for_selector(".leaflet-ra-routes-pane path", state="attached")
    desk.click(".switches > summary")
    desk.get_by_label("转移路线").uncheck()
    desk.wait_for_selector("[data-legend-layer=routes]", state="hidden")
    desk.get_by_label("转移路线").check()
    desk.wait_for_selector("[data-legend-layer=routes]", state="visible")

    address = desk.get_attribute(f"a[href*='/village/{card.code}/evacuation.pdf']", "href")
    sheet = desk.context.request.get(served + address, timeout=READY_S * 1000)
    assert sheet.status == 200
    reader = pypdf.PdfReader(io.BytesIO(sheet.body()))
    text = re.sub(r"\s+", "", "".join(page.extract_text() for page in reader.pages))
    assert "避险转移路线图" in text
    assert re.sub(r"\s+", "", card.name) in text
    assert [round(float(side) / 72 * 25.4) for side in reader.pages[0].mediabox[2:]] == [420, 297]

    assert desk.strangers == []
    assert desk.faults == []


def test_a_village_code_that_does_not_exist_gets_a_sentence_and_404(served):
    asked = HTTPConnection(urlsplit(served).netloc, timeout=20)
    asked.request("GET", "/village/000000000000")
    assert asked.getresponse().status == 404
    asked.close()


@pytest.mark.usefixtures("served")
def test_status_says_what_is_served(cluster_settings, story_place):
    answer = subprocess.run(
        [sys.executable, "-m", "webapp.cli", "status", "--json"],
        env={**os.environ, "RISKATLAS_HOME": str(cluster_settings.home)},
        capture_output=True,
        text=True,
        check=True,
    )
    status = json.loads(answer.stdout)
    assert story_place in status["places"]
    assert status["serving"] != []
