"""Every panel of a whole loaded district is built in both languages, without a fault."""

import pytest

from census.store.database import open_store
from census.store.rankings import ranking
from webapp.pages import district, town, village
from webapp.words import LANGUAGES

pytestmark = [pytest.mark.postgis, pytest.mark.slow]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_division_of_the_district_has_a_panel(cluster_settings, story_place, language):
    with open_store(cluster_settings, place=story_place, role="public") as store:
        panels = [district.view(store, language)]
        for view, level in ((town.view, "town"), (village.view, "village")):
            panels += [view(store, one.code, language) for one in ranking(store, level=level)]
    assert len(panels) > 1
    assert all(panel.to_plotly_json()["props"]["children"] for panel in panels)
