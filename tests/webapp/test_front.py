"""https as people meet it: the real command, the real nginx, the bureau's own authority."""

import gzip
import http.client
import json
import os
import shutil
import signal
import socket
import ssl
import subprocess
import sys
import threading
import time
from contextlib import closing, contextmanager
from dataclasses import dataclass, replace
from itertools import islice
from uuid import uuid4

import pytest
from playwright.sync_api import sync_playwright

from census.store.database import open_store
from census.store.deliveries import bump_generation
from tests.conftest import CHROMIUM
from tests.ports import free_port, is_free
from webapp import serve
from webapp.certificates import read
from webapp.errors import PortTakenError
from webapp.front import Front, configuration, tls_folder
from webapp.tls_errors import CertificateMissingError, NginxMissingError
from webapp.web_options import LARGEST_REQUEST_BYTES

pytestmark = [pytest.mark.postgis, pytest.mark.allow_hosts(["127.0.0.1", "127.0.0.2", "::1"])]
READY_S = 120
EVERYWHERE = "0.0.0.0"  # noqa: S104  (what is tested)
HOST = "bureau.test"  # as a phone names the office
ELSEWHERE = "127.0.0.2"  # another address of this machine, as a phone's would be


@dataclass
class Served:
    """A served district: its ports, folder of certificates and process."""

    port: int
    tls_port: int
    folder: object
    process: subprocess.Popen

    @contextmanager
    def ask(self, path, *, host="localhost", headers=None, trusted=True, body=None):
        """Give the answer while its connection is open."""
        context = ssl.create_default_context(cafile=self.folder / "ca.crt" if trusted else None)
        asked = http.client.HTTPSConnection(host, self.tls_port, timeout=20, context=context)
        with closing(asked):
            asked.request("POST" if body else "GET", path, body=body, headers=headers or {})
            with asked.getresponse() as answer:
                yield answer

    def read(self, path, **asked):
        """Give status and body of an answer."""
        with self.ask(path, **asked) as answer:
            return answer.status, answer.read()

    def cookies(self, path, **asked):
        with self.ask(path, **asked) as answer:
            return answer.headers.get_all("Set-Cookie")


def command(settings, port, *words):
    environment = {
        **os.environ, "RISKATLAS_HOME": str(settings.home), "RISKATLAS_PORT": str(port),
        "RISKATLAS_HOST": EVERYWHERE,
    }  # fmt: skip
    return {"args": [sys.executable, "-m", "webapp.cli", *words], "env": environment}


@pytest.fixture(scope="module")
def served(cluster_settings, small_district):
    """The district over https, at every address of the machine."""
    if shutil.which("nginx", path="/usr/sbin:/usr/bin") is None:
        pytest.skip("no nginx; apt-get install nginx-light")
    port = free_port(3)
    names = [part for host in ("localhost", ELSEWHERE, HOST) for part in ("--host", host)]
    made = subprocess.run(
        **command(cluster_settings, port, "tls", "init", *names, "--json"),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    folder = tls_folder(cluster_settings)
    assert json.loads(made.stdout)["authority"] == str(folder / "ca.crt")
    words = ["serve", "--place", small_district.place, "--tls", "--tls-port", str(port + 2)]
    pipe = {"stdout": subprocess.PIPE, "stderr": subprocess.STDOUT, "text": True}
    with subprocess.Popen(**command(cluster_settings, port, *words), **pipe) as process:
        told = []
        for line in process.stdout:
            told.append(line)
            if f"https://localhost:{port + 2}" in line:
                break
        assert process.poll() is None, "".join(told)
        drain = threading.Thread(target=process.stdout.read, daemon=True)
        drain.start()
        yield Served(port, port + 2, folder, process)
        process.kill()
        drain.join(60)
    shutil.rmtree(folder)


def until(is_so):
    end = time.monotonic() + READY_S
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.1)


def test_pages_and_live_process_are_one_origin_for_who_trusts_the_authority(served):
    with served.ask("/") as page:
        assert (page.status, page.headers["Server"]) == (200, "nginx")
    assert json.loads(served.read("/generation")[1])["generation"] >= 0
    assert served.read("/features/villages.geojson")[0] == 200
    assert served.read("/display/parts/screen.js")[0] == 200
    assert served.read("/ca.crt") == (200, (served.folder / "ca.crt").read_bytes())
    with pytest.raises(ssl.SSLCertVerificationError):
        served.read("/", trusted=False)


def test_an_event_comes_through_as_it_is_told(served):
    with served.ask("/live", headers={"Accept": "text/event-stream"}) as stream:
        assert stream.status == 200
        lines = iter(stream.readline, b"")
        assert b"event: hello\n" in islice(lines, 5)


@pytest.fixture
def trusting(served, tmp_path):
    """Opens a browser that trusts the bureau's authority, and nothing is switched off for it."""
    store = f"sql:{tmp_path / '.pki' / 'nssdb'}"
    (tmp_path / ".pki" / "nssdb").mkdir(parents=True)
    certutil = shutil.which("certutil")
    assert certutil, "no certutil; apt-get install libnss3-tools"
    authority = str(served.folder / "ca.crt")
    for words in (["-N", "--empty-password"], ["-A", "-t", "C,,", "-n", "bureau", "-i", authority]):
        subprocess.run([certutil, "-d", store, *words], check=True)
    with sync_playwright() as play:

        def launch(**more):
            return play.chromium.launch_persistent_context(
                tmp_path / "profile", executable_path=CHROMIUM,
                args=["--no-sandbox", f"--host-resolver-rules=MAP {HOST} 127.0.0.1"],
                env={**os.environ, "HOME": str(tmp_path)}, **more,
            )  # fmt: skip

        yield launch


def child(served, name):
    """Find one of the processes behind the front."""
    own = ["pgrep", "-P", str(served.process.pid), "-f", f"web_process {name}"]
    return int(subprocess.check_output(own, text=True).split()[0])


@contextmanager
def silent(process):
    """Let a process not answer for the length of a block."""
    os.kill(process, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(process, signal.SIGCONT)


@pytest.mark.browser
def test_a_phone_that_trusts_the_authority_keeps_the_form_and_locates_itself(served, trusting):
    phone = trusting(
        viewport={"width": 390, "height": 844}, permissions=["geolocation"],
        geolocation={"longitude": 121.004, "latitude": 31.005, "accuracy": 9},
    )  # fmt: skip
    page = phone.new_page()
    page.goto(f"https://{HOST}:{served.tls_port}/report")
    assert page.evaluate("window.isSecureContext") is True
    page.wait_for_function("() => navigator.serviceWorker.controller !== null")
    page.click("#here")
    page.wait_for_function("() => (officer.village.place() || {}).accuracy_m === 9")
    with silent(child(served, "web")):
        again = phone.new_page()
        again.goto(f"https://{HOST}:{served.tls_port}/report")
        again.wait_for_selector("#kinds button")


def screen_link(served, settings, place):
    """Make a screen as an operator does, while the server runs; give its link by host name."""
    words = ["screen", "add", f"屏 {uuid4().hex[:8]}", "--profile", "hall"]
    made = subprocess.run(
        **command(settings, served.port, *words, "--place", place, "--json"),
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    link = json.loads(made.stdout)["link"]
    front = f"https://localhost:{served.tls_port}/display/hall/"
    assert link.startswith(front)
    return link.replace("localhost", HOST)


def kill(browser):
    """End a browser as a power cut does."""
    session = browser.browser.new_browser_cdp_session()
    told = session.send("SystemInfo.getProcessInfo")["processInfo"]
    os.kill(next(each["id"] for each in told if each["type"] == "browser"), signal.SIGKILL)


SCREEN_IS_KEPT = """async () => {
  await riskatlas.kept.keepShell();
  for (;;) {
    const shell = await caches.open("riskatlas-screen-shell");
    const kept = (await shell.keys()).map((each) => new URL(each.url).pathname);
    if (kept.includes(location.pathname) && kept.includes("/display/parts/screen.js")
      && kept.includes("/display/parts/theme.css")) return;
    await new Promise((go) => setTimeout(go, 100));
  }
}"""
HEARS = """() => {
  const hear = riskatlas.picture.hear.bind(riskatlas.picture);
  window.layers = [];
  riskatlas.picture.hear = (news) => {
    if (news.name === "generation") window.layers.push(news.facts.layer);
    hear(news);
  };
}"""


@pytest.mark.browser
def test_a_wall_by_host_name_hears_what_changes_and_outlives_a_power_cut(
    served, trusting, cluster_settings, small_district
):
    link = screen_link(served, cluster_settings, small_district.place)
    hall = {"viewport": {"width": 1920, "height": 1080}}
    browser = trusting(**hall)
    page = browser.new_page()
    page.goto(link)
    page.wait_for_selector("#band[data-standing=fresh]")
    page.evaluate(HEARS)
    with open_store(cluster_settings, place=small_district.place) as office:
        bump_generation(office, "shelter")
    page.wait_for_function("() => layers.includes('shelter')", timeout=2000)
    page.evaluate(SCREEN_IS_KEPT)
    kill(browser)
    with silent(child(served, "live")):
        again = trusting(**hall).new_page()
        again.goto(link)
        again.wait_for_function("() => age.textContent.startsWith('数据连接中断，画面为')")
        again.wait_for_selector(".name-town")
    again.wait_for_selector("#band[data-standing=fresh]", timeout=90_000)


def test_what_machines_and_screens_ask_is_answered_by_the_live_process(served):
    # The layer is unknown to it: the answer in JSON is its own, a page of the office is not.
    for path in ("/identify/no_such?x=121&y=31&z=14", "/tiles/no_such/14/1/1.mvt"):
        status, said = served.read(path)
        assert (status, set(json.loads(said))) == (404, {"error_en", "error_zh"})
    assert served.read("/live/streams")[0] == 200


def test_from_elsewhere_only_the_front_is_reached(served):
    assert served.read("/readyz", host=ELSEWHERE)[0] == 200
    for port in (served.port, served.port + 1):
        with pytest.raises(ConnectionRefusedError), socket.create_connection((ELSEWHERE, port), 5):
            pass


def test_who_types_http_is_led_to_https(served):
    asked = http.client.HTTPConnection("localhost", served.tls_port, timeout=20)
    with closing(asked):
        asked.request("GET", "/login")
        with asked.getresponse() as answer:
            assert answer.status == 307
            assert answer.headers["Location"] == f"https://localhost:{served.tls_port}/login"


def test_cookies_are_for_https_alone_whatever_a_visitor_says(served):
    for said in ({}, {"X-Forwarded-For": "10.9.9.9", "X-Forwarded-Proto": "http"}):
        cookies = served.cookies("/login", headers=said)
        assert cookies
        assert all("; Secure" in cookie for cookie in cookies)


def test_a_body_that_nginx_lays_on_disk_reaches_the_pages(served):
    told, page = served.read("/login", body=b"x" * 100_000)
    assert told == 400
    assert "token" in json.loads(page)["en"]


def test_a_body_above_the_limit_is_refused_in_words_that_a_script_reads(served):
    with served.ask("/api/reports/x", body=b"x" * (LARGEST_REQUEST_BYTES + 1)) as answer:
        told = json.loads(answer.read())
    assert (answer.status, answer.headers["Content-Type"]) == (413, "application/json")
    assert "4 MB" in told["error_en"]
    assert "4 MB" in told["error_zh"]


def test_the_map_of_a_village_comes_through_compressed_and_only_when_it_changed(served):
    path = "/api/report-villages/990001001001"
    packs = {"Accept-Encoding": "gzip"}
    with served.ask(path, headers=packs) as answer:
        assert answer.headers["Content-Encoding"] == "gzip"
        assert json.loads(gzip.decompress(answer.read()))["village"]["code"] == "990001001001"
    known = {"If-None-Match": answer.headers["ETag"]}
    with served.ask(path, headers=packs | known) as again:
        assert (again.status, again.headers["ETag"]) == (304, answer.headers["ETag"])
        assert "Accept-Encoding" in again.headers["Vary"]


def test_while_the_pages_start_again_a_page_says_so(served):
    os.kill(child(served, "web"), signal.SIGKILL)
    status, page = served.read("/")
    assert (status, "正在重新启动" in page.decode()) == (503, True)
    until(lambda: served.read("/readyz")[0] == 200)


def test_a_front_that_falls_after_a_new_certificate_comes_back_with_it(served, cluster_settings):
    before = read(served.folder).server.read_bytes()
    again = command(cluster_settings, served.port, "tls", "init", "--host", "localhost")
    told = subprocess.run(**again, check=True, capture_output=True, text=True)
    assert "riskatlas stop" in told.stdout
    assert read(served.folder).server.read_bytes() != before
    pid = served.folder / f"run-{served.tls_port}" / "nginx.pid"
    first = pid.read_text()
    os.kill(int(first), signal.SIGKILL)
    until(lambda: pid.exists() and pid.read_text().strip() not in {"", first.strip()})
    until(lambda: not is_free(served.tls_port))
    assert served.read("/readyz")[0] == 200


@pytest.mark.parametrize("port", ["0", "-1", "99999", "x", "1e3"])
def test_what_is_no_port_is_wrong_usage(cluster_settings, port):
    typed = command(cluster_settings, 17000, "serve", "--tls", f"--tls-port={port}")
    assert subprocess.run(**typed, check=False, capture_output=True).returncode == 2


@pytest.mark.usefixtures("served")
def test_the_ports_of_the_processes_behind_are_refused(cluster_settings):
    for port in (17000, 17001):
        with pytest.raises(PortTakenError, match="--tls-port"):
            serve.serve(replace(cluster_settings, port=17000), print, tls_port=port)


def test_a_killed_front_comes_back_and_none_is_left_when_its_server_is_killed(served):
    pid = served.folder / f"run-{served.tls_port}" / "nginx.pid"
    first = int(pid.read_text())
    os.kill(first, signal.SIGKILL)
    until(lambda: pid.exists() and pid.read_text().strip() not in {"", str(first)})
    until(lambda: not is_free(served.tls_port))
    assert served.read("/readyz")[0] == 200
    served.process.kill()
    until(lambda: is_free(served.tls_port))


def test_without_nginx_or_certificate_it_is_said_before_anything_starts(
    cluster_settings, tmp_path, monkeypatch
):
    settings = type(cluster_settings)(home=tmp_path)
    with pytest.raises(CertificateMissingError, match="tls init"):
        Front.of(settings, 8443)
    monkeypatch.setattr("webapp.front.shutil.which", lambda *_args, **_options: None)
    with pytest.raises(NginxMissingError, match="apt-get install -y nginx-light"):
        Front.of(settings, 8443)


def test_an_address_with_colons_is_written_in_brackets(served, cluster_settings):
    settings = replace(cluster_settings, host="::")
    told = configuration(settings, read(served.folder), 8443, served.folder)
    assert "listen [::]:8443 ssl" in told
