"""An officer's phone: real Chromium with a profile of its own, killed by its process id."""

import os
import shutil
import signal
import tempfile
from contextlib import suppress
from pathlib import Path

from playwright.sync_api import Error

from tests.conftest import CHROMIUM
from tests.webapp.reports.faults.house import signed

SIZE = {"width": 390, "height": 844}
HERE = {"latitude": 31.004, "longitude": 121.002, "accuracy": 8}
PATIENCE_MS = 60_000
LEFT = "() => officer.outbox.state.entries.length"
# A transaction that never ends: the phone has its receipt and cannot write down that it has it.
HELD = """
window.riskatlasHold = (method, isMeant) => {
  const own = IDBObjectStore.prototype[method];
  IDBObjectStore.prototype[method] = function (value, ...rest) {
    if (this.name !== "outbox" || !isMeant(value)) return own.call(this, value, ...rest);
    window.isHeld = true;
    const spin = () => { this.count().onsuccess = spin; };
    spin();
    return null;
  };
};
"""
HOLD_DROP = HELD + "riskatlasHold('delete', () => true);"
HOLD_NOTE = HELD + "riskatlasHold('put', (entry) => entry.parcels.some((one) => one.isDone));"


class Phone:
    """A browser whose memory outlives it."""

    def __init__(self, player, house, office, account_id):
        self.player, self.house, self.office = player, house, office
        self.account_id = account_id
        self.address = f"http://localhost:{house.proxy.port}"
        self.profile = Path(tempfile.mkdtemp(prefix="riskatlas-phone-"))
        self.context = self.page = self.pid = self.sign_in = None
        self.kills = 0

    def open(self, *, script=None, is_signed_in=True, path="/report"):
        """Start the browser and open the page."""
        self.context = self.player.chromium.launch_persistent_context(
            str(self.profile), executable_path=CHROMIUM, args=["--no-sandbox"], viewport=SIZE,
            geolocation=HERE, permissions=["geolocation"], has_touch=True,
        )  # fmt: skip
        self.context.set_default_timeout(PATIENCE_MS)
        self.pid = self._pid()
        if is_signed_in:
            self.enter(self.account_id)
        if script:
            self.context.add_init_script(script)
        self.page = self.context.pages[0]
        self.show(path)
        return self.page

    def show(self, path="/report"):
        self.page.goto(self.address + path)
        self.page.wait_for_selector("main:not([inert])")

    def enter(self, account_id):
        """Sign in: a browser that was killed has lost the cookie of its session."""
        value, self.sign_in = signed(self.house.settings, self.office, account_id)
        self.context.add_cookies(
            [{"name": "riskatlas_session", "value": value, "url": self.address}]
        )

    def _pid(self):
        mine = f"--user-data-dir={self.profile}".encode()
        for each in Path("/proc").iterdir():
            with suppress(OSError, ValueError):
                words = (each / "cmdline").read_bytes().split(b"\0")
                is_child = any(word.startswith(b"--type=") for word in words)
                if mine in words and not is_child and b"chrom" in words[0]:
                    return int(each.name)
        message = "the browser is not there"
        raise RuntimeError(message)

    def kill(self):
        """End the browser at once; may be called from another thread."""
        os.kill(self.pid, signal.SIGKILL)
        self.kills += 1

    def buried(self):
        """Let go of a browser that was killed."""
        with suppress(Error):
            self.context.close()
        self.context = None

    def close(self):
        """End the browser in peace."""
        if self.context is not None:
            with suppress(Error):
                self.context.close()
            self.context = None

    def forget(self):
        """Throw the phone away."""
        self.close()
        shutil.rmtree(self.profile, ignore_errors=True)

    def keep_offline(self):
        """Wait until the worker holds the page, so that it opens without a server."""
        self.page.wait_for_function("() => navigator.serviceWorker.controller !== null")
        self.page.evaluate("() => navigator.serviceWorker.ready.then(() => true)")

    def write(self, words, *photos):
        """Fill the form in as the officer does."""
        page = self.page
        page.click("#here")
        page.wait_for_function("() => officer.village.place() !== null")
        page.click("#kinds [data-value=waterlogging]")
        page.click("#severities [data-value='2']")
        for number, photo in enumerate(photos):
            file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
            page.set_input_files("#album", file)
            page.wait_for_function(
                "many => document.querySelectorAll('#pictures li').length === many", arg=number + 1
            )
        page.fill("#text", words)

    def send(self):
        """Tap the button; what is queued may be gone at once, with the browser."""
        with suppress(Error):
            self.page.click("#send")

    def report(self, words, *photos):
        """Write a report and send it."""
        self.write(words, *photos)
        self.send()

    def add(self, words, *photos):
        """Add to the report that came last, as the officer does in My reports."""
        page = self.page
        page.evaluate("() => { window.location.hash = '#mine'; }")
        more = page.locator("#reports .more").first
        more.locator("summary").click()
        for number, photo in enumerate(photos):
            file = {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": photo}
            more.locator("input[type=file]").first.set_input_files(file)
            more.locator(".taken li").nth(number).wait_for()
        more.locator("textarea").fill(words)
        with suppress(Error):
            more.locator("[data-act=amend]").click()

    def waiting(self):
        """How many reports wait."""
        return self.page.evaluate(LEFT)

    def delivered(self):
        """Wait until nothing waits any more; the phone is told that its network is back."""
        page = self.page
        page.evaluate("() => window.dispatchEvent(new Event('online'))")
        page.wait_for_function(f"() => ({LEFT})() === 0 && officer.outbox.state.last !== null")
