"""Two visitors at a time, a short queue, and for the rest a word when to come again."""

import threading

import pytest
from flask import Flask

from census.store.actors import Actor
from webapp import gate, identity
from webapp.passing import CrowdedError, Outage
from webapp.turns import Bounds, Turns

ONE_BY_ONE = Bounds(at_once=1, waiting=1, longest_wait_s=10)
NO_QUEUE = Bounds(at_once=1, waiting=0, longest_wait_s=0)


class Slow:
    """A server whose first page answers when it is told to."""

    def __init__(self, bounds):
        self.begun, self.go_on = threading.Semaphore(0), threading.Event()
        self.server = Flask("slow")
        gate.bound_visitors(self.server, {gate.READ: bounds})
        self.server.add_url_rule("/", "page", self.page)
        self.server.add_url_rule("/healthz", "health", lambda: "OK")
        self.server.add_url_rule("/theme.css", "style", lambda: "")

    def page(self):
        self.begun.release()
        assert self.go_on.wait(10)
        return "page"

    def get(self, path="/"):
        return self.server.test_client().get(path).status_code


@pytest.fixture
def crowd():
    """Start visitors in threads and tell what they heard."""
    threads, heard = [], []

    def start(visit):
        threads.append(threading.Thread(target=lambda: heard.append(visit())))
        threads[-1].start()
        return heard

    yield start
    for thread in threads:
        thread.join()


def test_whoever_finds_no_turn_and_no_place_to_wait_is_refused_and_later_admitted():
    turns = Turns(NO_QUEUE)
    assert turns.take()
    assert not turns.take()
    turns.give_back()
    assert turns.take()


def test_one_runs_one_waits_and_the_third_is_refused(crowd):
    slow = Slow(ONE_BY_ONE)
    crowd(slow.get)
    assert slow.begun.acquire(timeout=10)
    turns = slow.server.extensions[gate.TURNS][gate.READ]
    heard = crowd(slow.get)
    while turns.inside < turns.bounds.inside:
        threading.Event().wait(0.001)
    with slow.server.test_request_context("/"), pytest.raises(CrowdedError, match="by itself"):
        slow.server.preprocess_request()
    slow.go_on.set()
    assert slow.begun.acquire(timeout=10)
    assert set(heard) <= {200}


def test_styles_and_health_are_not_counted(crowd):
    slow = Slow(NO_QUEUE)
    crowd(slow.get)
    assert slow.begun.acquire(timeout=10)
    assert (slow.get("/healthz"), slow.get("/theme.css")) == (200, 200)
    slow.go_on.set()


def test_one_who_works_here_waits_for_no_visitor(crowd, monkeypatch):
    slow = Slow(NO_QUEUE)
    crowd(slow.get)
    assert slow.begun.acquire(timeout=10)
    monkeypatch.setattr(identity, "current_actor", lambda: Actor("one who works here", "某人"))
    slow.go_on.set()
    assert slow.get() == 200


def test_a_page_that_fails_gives_its_turn_back():
    slow = Slow(NO_QUEUE)
    slow.server.add_url_rule("/<path:path>", "broken", lambda path: path.nothing)
    slow.server.config["PROPAGATE_EXCEPTIONS"] = False
    assert [slow.get("/x") for _visit in range(3)] == [500] * 3


@pytest.mark.parametrize(("quiet_s", "lines"), [(60.0, 1), (0.0, 3)])
def test_an_outage_is_told_once_and_again_only_after_a_while(caplog, quiet_s, lines):
    outage = Outage(quiet_s)
    for _request in range(3):
        assert outage.met(ConnectionError("gone\nfor now")).retry_after_s <= 3
    assert [line.getMessage() for line in caplog.records] == [
        "the database is away, requests get 503 until it is back: gone for now"
    ] * lines
