"""A click on a tile is answered in words of both languages, never by a delivery's codes."""

import json

import pytest

from census.store.settings import data_folder
from webapp.identified import FILE, in_words, worded, written_words


@pytest.mark.parametrize(
    ("table", "written", "zh", "en"),
    [
        ("kinds", "Clinic/Doctor", "诊所", "clinic"),
        ("kinds", "农房", "农房", "farmhouse"),
        ("structures", "confined_masonry", "约束砌体", "confined masonry"),
        ("structures", " 钢筋混凝土 ", "钢筋混凝土结构", "reinforced concrete"),
        # What nobody explained is said as it was delivered, without the look of a code.
        ("kinds", "pump_house", "pump house", "pump house"),
    ],
)
def test_what_a_delivery_wrote_is_said_in_both_languages(table, written, zh, en):
    assert in_words(table, written) == {"zh": zh, "en": en}


def test_a_building_says_kind_and_structure_and_a_site_its_own_kind():
    house = {"name": None, "kind": "Residential", "structure": "reinforced_masonry"}
    site = {"name": "甲", "kind": "waterlogging"}
    answers = [
        json.loads(worded(json.dumps({"count": 1, "found": [each]}).encode(), layer))["found"][0]
        for each, layer in ((house, "buildings"), (site, "hazard_sites"), ({}, "enterprises"))
    ]
    assert [each["said"]["en"] for each in answers] == [
        ["residential", "reinforced masonry"], ["waterlogging spot"], [],
    ]  # fmt: skip
    assert answers[0]["said"]["zh"] == ["住宅", "配筋砌体"]


def test_nothing_is_written_twice_in_a_table():
    text = (data_folder() / "reference" / FILE).read_text(encoding="utf-8")
    for table in ("kinds", "structures"):
        whole = text.split("[[structures]]", 1)
        part = whole[0] if table == "kinds" else whole[1]
        listed = [
            each
            for line in part.splitlines()
            if line.startswith("written")
            for each in json.loads(line.split("=", 1)[1])
        ]
        assert len({each.lower() for each in listed}) == len(listed) == len(written_words(table))
