"""A district that has codes and no outlines: its pages say what it can do, and nothing falls."""

import pandas as pd
import pytest

from census.errors import NotYetMadeError
from census.intake.loading import import_delivery
from census.products.zoning_run import run_zoning
from census.store import counting, features, pages
from census.store.database import open_store
from webapp import codes_alone, shell
from webapp.pages import district, town, village
from webapp.words import LANGUAGES, speak

TOWN, VILLAGE = "990001410000", "990001410201"


@pytest.fixture
def listed(empty_place, tmp_path):
    path = tmp_path / "codes.csv"
    rows = {"code": ["990001410", VILLAGE], "name": ["开发区", "新村"]}
    pd.DataFrame(rows).to_csv(path, index=False)
    report = import_delivery(empty_place, "division_codes", [path])
    assert (report.imported, report.refused) == (2, 0)
    return empty_place


def texts(component):
    """All that a panel says."""
    return str(component.to_plotly_json())


def test_pages_say_what_a_district_of_codes_can_do_and_cannot(listed, cluster_settings):
    with open_store(cluster_settings, place=listed.place, role="public") as store:
        assert not counting.has_outlines(store)
        for language in LANGUAGES:
            said = codes_alone.sentences(speak(language))
            for panel in (
                district.view(store, language),
                town.view(store, TOWN, language),
                village.view(store, VILLAGE, language),
            ):
                assert [each for each in said if each not in texts(panel)] == []
            # No sheet is offered of what cannot be drawn.
            assert ".pdf" not in texts(village.view(store, VILLAGE, language))
            assert speak(language)("codes.map") in texts(shell.empty_map(speak(language)))
        assert [hit.code for hit in pages.search(store, "新村")] == [VILLAGE]
        assert features.features(store, "villages") == b'{"type":"FeatureCollection","features":[]}'


def test_nobody_says_that_no_village_is_at_risk_before_a_zoning(listed, cluster_settings):
    with open_store(cluster_settings, place=listed.place, role="public") as store:
        told = texts(district.view(store, "en"))
    assert "nobody knows where the risk is high" in told
    assert "0 people live there" not in told


def test_what_needs_outlines_is_refused_in_a_sentence(listed, tmp_path):
    sites = pd.DataFrame({"编号": ["H1"], "名称": ["甲"], "种类": ["易涝点"], "灾种": ["洪水"],
                          "经度": [121.0], "纬度": [32.0]})  # fmt: skip
    sites.to_excel(tmp_path / "hazard_sites.xlsx", index=False)
    report = import_delivery(listed, "hazard_sites", [tmp_path / "hazard_sites.xlsx"])
    assert report.is_refused
    assert "outlines_first" in {each.rule for each in report.problems}
    with pytest.raises(NotYetMadeError):
        run_zoning(listed)
