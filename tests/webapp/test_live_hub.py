"""What waits for an open page is bounded, and what it is told is an id or a number."""

import asyncio
import json
import resource
import signal

import pytest
import uvicorn
from hypothesis import given
from hypothesis import strategies as st

from census.store.listening import Silence, Standing
from census.store.telling import FACTS, Told, read
from webapp import live_hub
from webapp.live_hub import FullHouseError, Hub, Subscriber, most_streams, written
from webapp.live_server import StreamServer


def events(frames):
    """Name and facts of every event of a stream."""
    found = []
    for block in frames.decode("ascii").split("\n\n"):
        lines = dict(line.split(": ", 1) for line in block.splitlines())
        if "event" in lines:
            found.append((lines["event"], json.loads(lines["data"])))
    return found


def taken(subscriber):
    """What waits for a stream now; None where it is over."""
    return asyncio.run(subscriber.next())


def hub(most=3):
    made = Hub("b00t", most=most)
    made.hear(Standing(1, {"division": 4}, {"P-1": 2}))
    return made


@given(st.dictionaries(st.text(max_size=8), st.text() | st.integers(), max_size=4))
def test_an_event_is_one_name_and_one_line_of_json_whatever_it_carries(facts):
    frame = written("version", facts)
    assert frame.startswith(b"event: version\ndata: {")
    assert frame.endswith(b"}\n\n")
    assert frame.count(b"\n") == 3
    assert events(frame) == [("version", facts)]


def test_a_new_stream_hears_first_what_holds_and_when_to_come_again():
    frames = taken(hub().join())
    assert frames.startswith(b"retry: ")
    ((name, facts),) = events(frames)
    assert name == "hello"
    assert (facts["boot"], facts["generation"], facts["edition"]) == ("b00t", 4, 1)
    assert (facts["layers"], facts["editing"]) == ({"division": 4}, {"P-1": 2})


def test_each_of_two_streams_hears_a_change_once():
    there = hub()
    streams = [there.join(), there.join()]
    for each in streams:
        taken(each)
    change = Told("generation", {"layer": "division", "generation": 5})
    there.hear(change)
    there.hear(change)
    for each in streams:
        assert events(taken(each)) == [("generation", {"layer": "division", "generation": 5})]


def test_one_more_event_than_may_wait_drops_the_stream_and_tells_it_to_come_again():
    there = hub()
    slow, quick = there.join(), there.join()
    for number in range(live_hub.MOST_WAITING):
        taken(quick)
        there.hear(Told("version", {"code": "P-1", "version": number, "status": "saved"}))
    assert events(taken(quick))[-1][1]["version"] == live_hub.MOST_WAITING - 1
    assert events(taken(slow)) == [("dropped", {})]
    assert taken(slow) is None
    assert there.subscribers == {quick}


def test_without_its_bound_a_slow_stream_would_hold_everything():
    """The control: the same events, and nothing is dropped."""
    there = hub()
    slow = Subscriber(most_waiting=10_000)
    there.subscribers.add(slow)
    for number in range(live_hub.MOST_WAITING + 1):
        there.hear(Told("version", {"code": "P-1", "version": number, "status": "saved"}))
    assert len(events(taken(slow))) == live_hub.MOST_WAITING + 1


def test_the_stream_after_the_last_is_turned_away_until_one_leaves():
    there = hub(most=2)
    first = there.join()
    there.join()
    with pytest.raises(FullHouseError, match="by itself") as refused:
        there.join()
    assert live_hub.SOONEST_AGAIN_S <= refused.value.retry_after_s <= live_hub.LATEST_AGAIN_S
    there.leave(first)
    there.join()


def test_no_more_streams_than_files_may_be_open(monkeypatch):
    for files, streams in ((1024, 768), (8192, 2000), (10, 1), (resource.RLIM_INFINITY, 2000)):
        monkeypatch.setattr(resource, "getrlimit", lambda _which, n=files: (n, n))
        assert most_streams() == streams


def test_a_count_that_is_the_same_is_not_told_again_and_nobody_is_told_as_none():
    there = hub()
    stream = there.join()
    taken(stream)
    there.hear(Told("editing", {"code": "P-1", "count": 2}))
    there.hear(Told("editing", {"code": "P-1", "count": 0}))
    assert events(taken(stream)) == [("editing", {"code": "P-1", "count": 0})]
    assert there.standing.editing == {}


def test_who_left_without_a_word_is_noticed_at_the_next_look():
    there = hub()
    stream = there.join()
    taken(stream)
    there.hear(Standing(1, {"division": 4}, {}))
    there.hear(Standing(1, {"division": 4}, {}))
    assert events(taken(stream)) == [("editing", {"code": "P-1", "count": 0})]


def test_after_a_silence_pages_hear_anew_what_holds_and_what_moved_meanwhile():
    there = hub()
    stream = there.join()
    taken(stream)
    there.hear(Silence("gone"))
    there.hear(Silence("gone"))
    ((name, facts),) = events(taken(stream))
    assert (name, facts["heard"]) == ("heartbeat", False)
    there.hear(Standing(1, {"division": 6}, {"P-1": 2}))
    hello, moved = events(taken(stream))
    assert (hello[0], hello[1]["heard"], hello[1]["generation"]) == ("hello", True, 6)
    assert moved == ("generation", {"layer": "division", "generation": 6})


def test_a_place_loaded_anew_is_told_as_another_edition():
    there = hub()
    stream = there.join()
    taken(stream)
    there.hear(Standing(2, {"division": 4}, {}))
    assert events(taken(stream))[0][1]["edition"] == 2


def test_a_closed_hub_ends_every_stream():
    there = hub()
    streams = [there.join(), there.join()]
    there.close()
    for each in streams:
        taken(each)
        assert taken(each) is None
    assert there.subscribers == set()


def test_a_server_told_to_stop_does_not_wait_for_its_streams():
    there = hub()
    stream = there.join()
    taken(stream)
    server = StreamServer(uvicorn.Config(lambda: None), there.close)
    server.handle_exit(signal.SIGTERM, None)
    assert server.should_exit
    assert taken(stream) is None


@pytest.mark.parametrize(
    "payload",
    [
        "", "x", "[]", "5", '"generation"', "{}", '{"event": "generation"}', "[" * 5000,
        '{"event": "gossip", "layer": "division", "generation": 1}',
        '{"event": "generation", "layer": "division", "generation": 1, "name": "张三"}',
        '{"event": "generation", "layer": "张三", "generation": 1}',
        '{"event": "generation", "layer": "division", "generation": -1}',
        '{"event": "generation", "layer": "division", "generation": true}',
        '{"event": "generation", "layer": "division", "generation": 1.5}',
        '{"event": "editing", "code": "P-1", "count": "张三"}',
        '{"event": "editing", "code": "", "count": 1}',
        '{"event": "version", "code": "P-1", "version": 1, "status": "by 张三"}',
        '{"event": ["version"], "code": "P-1", "version": 1, "status": "saved"}',
    ],
)  # fmt: skip
def test_a_notification_with_more_than_its_facts_is_not_heard(payload):
    assert read(payload) is None


def test_every_event_carries_ids_and_numbers_alone():
    assert {event: set(facts) for event, facts in FACTS.items()} == {
        "generation": {"layer", "generation"},
        "editing": {"code", "count"},
        "version": {"code", "version", "status"},
    }
    told = read('{"event": "version", "code": "P-1", "version": 3, "status": "published"}')
    assert told == Told("version", {"code": "P-1", "version": 3, "status": "published"})
