"""A phone in Chromium before an office that can be killed, and what an officer taps on it."""

import importlib.util
import io
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from sqlalchemy import text

from tests.ports import free_port
from tests.webapp.pages.signed_in import PASSWORD, account

WEBAPP = Path(__file__).resolve().parents[1]
_spec = importlib.util.spec_from_file_location(
    "store_conftest_for_phones", WEBAPP.parent / "census" / "store" / "conftest.py"
)
_store_tests = importlib.util.module_from_spec(_spec)
sys.modules[_spec.name] = _store_tests
_spec.loader.exec_module(_store_tests)
desk_district = _store_tests.desk_district

WEST, TOWN = "990001001001", "990001001000"
PLACE = {"longitude": 121.004, "latitude": 31.005, "accuracy": 9}
PHONE = {
    "viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True,
    "geolocation": PLACE, "permissions": ["geolocation"],
}  # fmt: skip
HOST = "bureau.test"
ENTRIES = "officer.keep.entries().then((all) => all.length)"
ONE_WAITS = f"() => {ENTRIES}.then((count) => count === 1)"
PATIENCE_MS = 30_000


class Office:
    """The server, which can be killed and started again on its port."""

    def __init__(self, home, store):
        self.port, self.store = free_port(), store
        self.address = f"http://localhost:{self.port}"
        self.command = [
            sys.executable, str(WEBAPP / "page_server.py"), str(home), store.place, str(self.port)
        ]  # fmt: skip
        self.process = None
        self.begin()

    def begin(self):
        """Start and wait until it answers."""
        self.process = subprocess.Popen(
            self.command, stdout=subprocess.PIPE, text=True, cwd=WEBAPP.parents[1]
        )
        assert self.process.stdout.readline() == "ready\n"

    def kill(self):
        """Kill it as a power cut would."""
        os.kill(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self.process.stdout.close()

    def count(self, table="report"):
        """Rows of a table."""
        with self.store.engine.connect() as connection:
            return connection.execute(text(f"select count(*) from census.{table}")).scalar_one()  # noqa: S608  (fixed names)


@pytest.fixture(scope="module")
def served(cluster_settings, desk_district):
    """The office."""
    office = Office(cluster_settings.home, desk_district)
    yield office
    office.kill()


@pytest.fixture
def phone(chromium, served):
    """Opens the page on a phone of somebody's, signed in."""
    opened = []

    def show(name, host="localhost", before="", **options):
        context = chromium.new_context(**PHONE | options)
        page = context.new_page()
        page.add_init_script(before)
        page.faults = []
        page.on("pageerror", lambda fault: page.faults.append(str(fault)))
        page.on("dialog", lambda dialog: dialog.accept())
        opened.append(page)
        sign_in(page, f"http://{host}:{served.port}", name)
        page.goto(f"http://{host}:{served.port}/report")
        page.wait_for_selector("#kinds button")
        page.wait_for_function("() => officer.outbox.me() && officer.village.shown()")
        return page

    yield show
    faults = [fault for page in opened for fault in page.faults]
    for page in opened:
        page.context.close()
    assert faults == []


def sign_in(page, address, name):
    page.goto(f"{address}/login?next=/account")
    page.fill("#name", name)
    page.fill("#password", PASSWORD)
    page.click("button[type=submit]")
    page.wait_for_url("**/account")


@pytest.fixture(scope="module")
def officer(desk_district):
    """Login name of an officer of the west village."""
    return account(desk_district, "officer", scope=WEST)[1]


def noise(width, height):
    """A photo that compresses badly, as one of rain and leaves does."""
    kept = io.BytesIO()
    Image.frombytes("RGB", (width, height), os.urandom(3 * width * height)).save(
        kept, "JPEG", quality=90
    )
    return kept.getvalue()


def photograph(page, photo=None, name="rain.jpg"):
    before = page.locator("#pictures li").count()
    body = photo or noise(1200, 900)
    page.set_input_files("#camera", {"name": name, "mimeType": "image/jpeg", "buffer": body})
    page.wait_for_function(
        "(n) => document.querySelectorAll('#pictures li').length > n", arg=before
    )


def write(page, kind="waterlogging", severity=2):
    """Place, kind, severity: three of the five taps."""
    page.click("#here")
    page.wait_for_function("() => (officer.village.place() || {}).source === 'gps'")
    page.click(f"#kinds [data-value={kind}]")
    page.click(f"#severities [data-value='{severity}']")


def until(page, question, arg=None):
    """Ask a question whose answer is a promise until it is truthy; give that answer.

    `wait_for_function` takes the promise itself for the answer and waits for nothing.
    """
    return page.evaluate(
        f"""async ([arg, last]) => {{
          for (;;) {{
            const answer = await ({question})(arg);
            if (answer) return answer;
            if (Date.now() > last) throw new Error("never came true");
            await new Promise((go_on) => setTimeout(go_on, 50));
          }}
        }}""",
        [arg, page.evaluate("Date.now()") + PATIENCE_MS],
    )


def cut_off(page):
    """Take the network away, and wait until nothing the page sends gets through any more."""
    page.context.set_offline(True)
    until(page, "() => fetch('/healthz', { cache: 'no-store' }).then(() => false, () => true)")


def arrived(page):
    """When the page last heard a receipt."""
    return page.evaluate("officer.outbox.state.last && officer.outbox.state.last.at")


def sent(page, since=None):
    """Wait until something has its receipt and nothing waits any more."""
    page.wait_for_function(
        "(since) => officer.outbox.state.last && officer.outbox.state.last.at !== since"
        " && officer.outbox.state.entries.length === 0",
        arg=since,
    )


def wait_for_words(page, seat, words):
    page.wait_for_function(
        "([seat, words]) => document.getElementById(seat).textContent.includes(words)",
        arg=[seat, words],
    )


def tab(page):
    """Open the page once more on the same phone."""
    other = page.context.new_page()
    other.on("dialog", lambda dialog: dialog.accept())
    other.goto(page.url)
    other.wait_for_function("() => officer.outbox.me() && officer.village.shown()")
    return other


def drafted(page, words):
    page.fill("#text", words)
    until(
        page,
        "(words) => officer.keep.all('draft ').then((all) => all.some((one) => one.words === words)"
        ")",
        words,
    )


def drag(page, dx, dy):
    box = page.locator("#map").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    page.mouse.move(x + dx, y + dy, steps=4)
    page.mouse.up()
