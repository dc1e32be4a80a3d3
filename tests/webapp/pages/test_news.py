"""What a page is given to hear what changes: generations, the stream's script, and its policy."""

import json

import pytest

from census.store.deliveries import generations
from census.store.features import SOURCES
from webapp import news

pytestmark = pytest.mark.postgis

PAGE = "http://bureau.test:8050"


def seat_of(layout):
    """The place of the news in a layout, wherever it is."""
    if isinstance(layout, dict):
        if "data-news" in layout.get("props", {}):
            return layout["props"]
        layout = list(layout.values())
    if isinstance(layout, list):
        return next((found for each in layout if (found := seat_of(each))), None)
    return None


def test_the_streams_script_may_speak_to_the_live_process_of_this_host_and_to_nobody_else(
    client, web_settings
):
    answer = client.get(news.stream_address(), base_url=PAGE, buffered=True)
    assert answer.status_code == 200
    live = f"http://bureau.test:{web_settings.port + 1}"
    policy = answer.headers["Content-Security-Policy"]
    assert policy == f"default-src 'none'; connect-src {live}; frame-ancestors 'none'"
    assert "immutable" in answer.headers["Cache-Control"]
    other = client.get("/assets/25_news.js", base_url=PAGE, buffered=True)
    assert "connect-src" not in other.headers["Content-Security-Policy"]


def test_a_page_may_run_the_stream_and_no_script_of_another_host(client):
    policy = client.get("/", base_url=PAGE).headers["Content-Security-Policy"]
    assert "worker-src 'self'" in policy


def test_the_stream_is_no_script_of_the_page_itself(client):
    text = client.get("/").text
    assert "25_news.js" in text
    assert "live/stream.js" not in text


def test_a_page_knows_the_generations_that_it_was_made_from(client, small_district):
    seat = seat_of(client.get("/_dash-layout", base_url=PAGE).json)
    assert json.loads(seat["data-generations"]) == generations(small_district)
    assert {name: tuple(one) for name, one in json.loads(seat["data-sources"]).items()} == SOURCES
    assert seat["data-stream"] == news.stream_address()
    assert seat["role"] == "status"


@pytest.mark.parametrize(("language", "said"), [("zh", "数据连接中断"), ("en", "interrupted")])
def test_it_speaks_the_visitors_language(client, language, said):
    seat = seat_of(client.get(f"/_dash-layout?lang={language}").json)
    assert said in seat["data-lost"]
