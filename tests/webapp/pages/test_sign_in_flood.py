"""A flood of sign-ins holds its own few threads: who is signed in is served as before."""

import http.client
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest
import waitress

from census.store import lockout, passwords
from census.store.lockout import Attempt
from tests.ports import close_server
from tests.webapp.pages.signed_in import Browser, account
from webapp import gate
from webapp.gate import VISITOR_BOUNDS, threads_of
from webapp.web_process import OFFICE_THREADS

THREADS = threads_of(VISITOR_BOUNDS) + OFFICE_THREADS
FLOOD = 3 * THREADS
ENTERING = VISITOR_BOUNDS[gate.ENTER]

pytestmark = pytest.mark.postgis


@contextmanager
def serving(app):
    """The pages on waitress with as many threads as the web process has."""
    web = waitress.create_server(app.server, host="127.0.0.1", port=0, threads=THREADS)
    serve = threading.Thread(target=web.run, daemon=True)
    serve.start()
    yield web
    close_server(web)
    serve.join(10)


class Hashes:
    """Passwords whose hash takes until it is let go."""

    def __init__(self):
        self.go, self.begun = threading.Event(), threading.Semaphore(0)

    def is_right(self, _stored, _password):
        self.begun.release()
        assert self.go.wait(60)
        return False


@pytest.fixture
def hashes(monkeypatch):
    """Hashes that are stuck; they are let go at the end at the latest."""
    made = Hashes()
    monkeypatch.setattr(passwords, "is_right", made.is_right)
    yield made
    made.go.set()


@pytest.fixture
def counted(monkeypatch):
    """Tries that were counted as one of an account's few."""
    tries = []
    monkeypatch.setattr(lockout, "admit", lambda *_a, **_k: tries.append(1) or Attempt(1, 0))
    return tries


def ask(port, browser, method="GET", path="/account", body=None):
    """Ask over the network with the cookies of a browser; the status."""
    names = ("riskatlas_session", "_csrf_token")
    kept = [browser.client.get_cookie(name) for name in names]
    cookies = "; ".join(f"{each.key}={each.value}" for each in kept if each)
    headers = {"Cookie": cookies, "Content-Type": "application/x-www-form-urlencoded"}
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    line.request(method, path, body, headers)
    answer = line.getresponse()
    answer.read()
    line.close()
    return answer.status, dict(answer.getheaders())


def flooded(pool, port, app, office):
    """Many strangers, each with a form of his own and a name of his own."""
    strangers = [Browser(app, office) for _ in range(FLOOD)]
    typed = "csrf_token={}&name=stranger&password=x"
    bodies = [typed.format(one.token()) for one in strangers]
    return [
        pool.submit(ask, port, one, "POST", "/login", body)
        for one, body in zip(strangers, bodies, strict=True)
    ]


def test_a_flood_of_sign_ins_leaves_who_is_signed_in_and_the_map_alone(
    app, office, hashes, counted
):
    person = Browser(app, office).hold(account(office, "planner", password=False)[0])
    with serving(app) as web, ThreadPoolExecutor(FLOOD) as pool:
        told = flooded(pool, web.effective_port, app, office)
        for _ in range(ENTERING.at_once):
            assert hashes.begun.acquire(timeout=60)
        # All hashes that may be are under way, and stay so: the others wait or are sent away.
        assert ask(web.effective_port, person)[0] == 200
        assert ask(web.effective_port, person, path="/desk")[0] == 200
        assert ask(web.effective_port, Browser(app, office), path="/")[0] == 200
        assert not hashes.begun.acquire(blocking=False)
        hashes.go.set()
        answers = [each.result() for each in told]
    statuses = [status for status, _ in answers]
    assert set(statuses) == {401, 503}
    assert statuses.count(401) <= ENTERING.inside
    assert all(int(head["Retry-After"]) >= 1 for status, head in answers if status == 503)
    # Who was sent away was not counted as a failure.
    assert len(counted) == statuses.count(401)


def test_without_its_bound_the_flood_holds_every_thread(app, office, hashes, counted, monkeypatch):
    """The control: nobody is left to serve those who are signed in."""
    monkeypatch.delitem(app.server.extensions[gate.TURNS], gate.ENTER)
    with serving(app) as web, ThreadPoolExecutor(FLOOD) as pool:
        told = flooded(pool, web.effective_port, app, office)
        for _ in range(THREADS):
            assert hashes.begun.acquire(timeout=60)
        assert len(counted) == THREADS
        hashes.go.set()
        assert {each.result()[0] for each in told} == {401}


def test_who_is_sent_away_hears_it_in_both_languages_and_gets_the_form_again(app, office):
    turns = app.server.extensions[gate.TURNS][gate.ENTER]
    queued = [turns.queue_up() for _ in range(turns.bounds.inside)]
    try:
        answer = Browser(app, office).get("/login")
    finally:
        for _ in queued:
            turns.leave()
    assert answer.status_code == 503
    assert "Many are signing in" in answer.text
    assert "登录的人较多" in answer.text
    assert "/assets/waiting/again.js" in answer.text
    assert Browser(app, office).get("/login").status_code == 200
