"""A tab is named after its page, in the visitor's language."""

import pytest

from webapp.place_shown import tab_title

pytestmark = pytest.mark.postgis

WEST = "990001001001"


@pytest.mark.parametrize(
    ("address", "at", "name"),
    [
        ("/desk", ("desk", ""), "路线工作台 · 灾害风险图"),
        ("/desk?lang=en", ("desk", ""), "Route desk · Riskatlas"),
        (f"/village/{WEST}", ("village", WEST), "西河村 · 灾害风险图"),
        # A page that is none is named after what its map shows.
        ("/village/999999999999", ("village", "999999999999"), "河口区 · 灾害风险图"),
    ],
)
def test_a_page_is_named_in_its_tab(app, small_district, address, at, name):
    level, code = at
    with app.server.test_request_context(address):
        assert tab_title(small_district, level)(code=code) == name
