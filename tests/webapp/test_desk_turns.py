"""The desk judges a few lines at a time: one too many is told when to come again."""

import threading

import pytest
from flask import Flask

from webapp import session
from webapp.desk_turns import RETRY_S, DeskBusyError, DeskInTurn
from webapp.turns import Bounds


class SlowDesk:
    """A desk whose checks take until somebody lets them go."""

    def __init__(self):
        self.begun, self.end = threading.Semaphore(0), threading.Event()

    def check(self, code, line, **_options):
        self.begun.release()
        assert self.end.wait(20)
        return code, line

    snap = alternatives = check

    def road_at(self, lon, lat):
        return lon, lat


@pytest.mark.parametrize("work", ["check", "snap", "alternatives"])
def test_one_line_too_many_is_refused_and_the_next_is_judged(work):
    slow = SlowDesk()
    desk = DeskInTurn(slow, Bounds(at_once=1, waiting=0, longest_wait_s=0.0))
    first = threading.Thread(target=desk.check, args=("P-1", []))
    first.start()
    slow.begun.acquire()
    ask = {"check": ("P-2", []), "snap": ([],), "alternatives": ("P-2",)}[work]
    with pytest.raises(DeskBusyError, match="checking other lines"):
        getattr(desk, work)(*ask)
    assert desk.road_at(1.0, 2.0) == (1.0, 2.0)
    slow.end.set()
    first.join()
    assert desk.check("P-3", [1]) == ("P-3", [1])


def test_a_check_that_fails_gives_its_turn_back():
    desk = DeskInTurn(None, Bounds(at_once=1, waiting=0, longest_wait_s=0.0))
    for _ in range(3):
        with pytest.raises(AttributeError):
            desk.check("P-1", [])
    assert desk.turns.inside == 0


def test_the_refusal_is_503_and_says_when_to_ask_again():
    with Flask("x").test_request_context("/api/routes/P-1/check", method="POST"):
        answer = session.explain_passing(DeskBusyError())
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, str(RETRY_S))
    assert set(answer.json) == {"error_en", "error_zh"}
