"""A few may wait for a sheet; whoever finds no place is told so at once."""

import threading

import pytest

from webapp.printed import CrowdedError, waiting_room


def test_whoever_finds_no_place_to_wait_is_told_and_places_become_free_again():
    begun, go_on = threading.Barrier(3), threading.Event()

    def slow(kind, *_rest):
        begun.wait(10)
        go_on.wait(10)
        return kind.encode()

    take, taken = waiting_room(slow, places=2), []
    waiting = [
        threading.Thread(target=lambda: taken.append(take("risk", "v", "zh", "a"))) for _ in "ab"
    ]
    for visitor in waiting:
        visitor.start()
    begun.wait(10)
    with pytest.raises(CrowdedError, match="printed for others"):
        take("risk", "v", "zh", "a")
    go_on.set()
    for visitor in waiting:
        visitor.join()
    assert taken == [b"risk"] * 2


def test_a_printer_that_fails_gives_its_place_back():
    def broken(*_asked):
        raise ValueError

    take = waiting_room(broken, places=1)
    for _visitor in range(2):
        with pytest.raises(ValueError, match=r"^$"):
            take("risk", "v", "zh", "a")
