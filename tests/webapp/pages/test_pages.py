"""Fixed links answer with the figures of the small district, in the visitor's language."""

import gzip
import re

import pytest

from webapp.overview import FORMS, missing_forms
from webapp.session import TOKEN_COOKIE, UPDATE_PATH
from webapp.words import speak

GZIP = {"Accept-Encoding": "gzip"}
TOWN, WEST, EAST = "990001001000", "990001001001", "990001001002"

pytestmark = pytest.mark.postgis


def panel(client, pathname, search=""):
    client.get("/")
    body = {
        "output": ".._pages_content.children..._pages_store.data..",
        "outputs": [
            {"id": "_pages_content", "property": "children"},
            {"id": "_pages_store", "property": "data"},
        ],
        "inputs": [
            {"id": "_pages_location", "property": "pathname", "value": pathname},
            {"id": "_pages_location", "property": "search", "value": search},
        ],
        "changedPropIds": ["_pages_location.pathname"],
        "state": [],
    }
    headers = {"X-CSRFToken": client.get_cookie(TOKEN_COOKIE).value}
    answer = client.post(UPDATE_PATH, json=body, headers=headers)
    assert answer.status_code == 200
    return texts(answer.json["response"]["_pages_content"]["children"])


def texts(part):
    if isinstance(part, str):
        return [part]
    if isinstance(part, list):
        return [text for one in part for text in texts(one)]
    if isinstance(part, dict):
        return texts(part["props"].get("children"))
    return []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/", 200),
        (f"/town/{TOWN}", 200),
        (f"/village/{WEST}", 200),
        (f"/town/{WEST}", 404),
        (f"/village/{TOWN}", 404),
        ("/village/nowhere", 404),
        ("/nowhere", 404),
        ("/village", 404),
    ],
)
def test_an_address_answers_200_only_where_a_page_has_it(client, path, status):
    assert client.get(path).status_code == status


def test_the_village_page_counts_who_must_move_and_says_why(client):
    shown = panel(client, f"/village/{WEST}")
    assert "西河村：多少人要转移，去哪里？" in shown
    assert "110" in shown
    assert "居民 300 人，其中 110 人须转移，10 人尚无去处。" in shown
    assert "水深大。" in shown
    assert "+0.50" in shown
    assert "−0.25" in shown


def test_the_village_page_lists_routes_shelters_sites_and_posts(client):
    shown = panel(client, f"/village/{WEST}")
    assert shown.count("西河一组 → 东河小学") == 2
    assert "100 / 200 人" in shown
    assert "水太深" in shown
    assert "西河低洼地" in shown
    assert {"村主任", "会计", "A角", "B角"} <= set(shown)


def test_the_same_page_speaks_english_on_request(client):
    client.get("/?lang=en")
    shown = panel(client, f"/village/{WEST}")
    assert "Why this level" in shown
    assert "Deep water." in shown
    client.get("/?lang=zh")
    assert "为什么是这个等级" in panel(client, f"/village/{WEST}")


def test_a_division_that_no_run_covers_says_so(client):
    shown = panel(client, f"/village/{EAST}")
    assert "未评估" in shown


def test_the_town_page_ranks_its_villages_worst_first(client):
    shown = panel(client, f"/town/{TOWN}")
    assert shown.index("西河村") < shown.index("东河村")


def test_the_district_page_adds_up_its_towns(client):
    shown = panel(client, "/")
    assert "河口镇" in shown
    assert "350" in shown
    assert "120" in shown


def test_water_that_nobody_delivered_is_named_and_no_fault():
    say = speak("zh")
    whole = dict.fromkeys(FORMS, 1)
    assert missing_forms(whole, say) is None
    assert "水域" in str(missing_forms(whole | {"water": 0}, say))


def test_a_code_that_does_not_exist_is_explained_in_both_languages(client):
    shown = " ".join(panel(client, "/village/990009"))
    assert "990009" in shown
    assert "没有代码为" in shown
    assert "No division of" in shown


def test_an_address_without_a_page_is_explained_in_both_languages(client):
    shown = " ".join(panel(client, "/nowhere"))
    assert "没有这个地址的页面" in shown
    assert "No page has this address" in shown


def test_a_made_up_district_says_so_in_the_frame_of_every_page(client):
    client.get("/")
    assert "示例数据 虚构" in texts(client.get("/_dash-layout").json)
    client.get("/?lang=en")
    assert "Made-up sample data" in texts(client.get("/_dash-layout").json)


def test_the_page_names_its_language_and_never_holds_figures_of_another_visit(client):
    page = client.get("/?lang=en").text
    assert '<html lang="en">' in page
    assert "西河" not in page


def test_a_sheet_of_an_unknown_village_or_kind_is_not_found(client):
    assert client.get("/village/nowhere/risk.pdf").status_code == 404
    assert client.get(f"/village/{WEST}/secret.pdf").status_code == 404


def test_what_a_page_loads_is_kept_by_the_browser_until_its_address_changes(client):
    page = client.get("/").get_data(as_text=True)
    address = re.search(r'"(/assets/look\.css\?m=[^"]+)"', page)[1]

    def kept(path):
        with client.get(path) as answer:
            return answer.headers.get("Cache-Control", "")

    assert kept(address).endswith("immutable")
    assert "immutable" not in kept("/assets/look.css") + kept("/assets/none.css?m=1")


def test_scripts_and_pages_are_sent_compressed_to_who_takes_it(client):
    page = client.get("/").get_data(as_text=True)
    script = re.search(r'"(/assets/20_layers\.js\?m=[^"]+)"', page)[1]
    for path in ("/", "/_dash-layout", script):
        with client.get(path) as plain, client.get(path, headers=GZIP) as packed:
            assert "Content-Encoding" not in plain.headers
            assert packed.headers["Content-Encoding"] == "gzip"
            assert "Accept-Encoding" in packed.headers["Vary"]
            # A page holds a number of its own further down.
            assert gzip.decompress(packed.data)[:500] == plain.data[:500]
            assert len(packed.data) < len(plain.data) / 2
    with client.get(script, headers=GZIP) as packed:
        again = {**GZIP, "If-None-Match": packed.headers["ETag"]}
    with client.get(script, headers=again) as kept:
        assert kept.status_code == 304


@pytest.mark.parametrize("path", ["/login", "/login/code"])
def test_a_form_whose_token_lies_beside_a_strangers_words_is_not_compressed(client, path):
    answer = client.get(f"{path}?next=/village/{'x' * 400}", headers=GZIP)
    assert "Content-Encoding" not in answer.headers
    assert "csrf_token" in answer.text
