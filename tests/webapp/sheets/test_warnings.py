"""A sheet says first which of its routes run through what was reported and verified."""

import re
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from census.store.blocked_routes import BlockedRoute
from webapp.sheets.actions import actions
from webapp.sheets.gathering import gather
from webapp.sheets.warnings import warnings
from webapp.sheets.words import Words

WEST = "990001001001"
# 02:05 in London is 10:05 in the district.
CAME_IN = datetime(2026, 7, 1, 2, 5, tzinfo=UTC)


def blocked(code, name="旧路"):
    return BlockedRoute(
        code=code, name=name, village_code=WEST, village_name="西河村", version=None,
        site_code="R-3", site_name="道路中断", report_kind="road_blocked", reported_at=CAME_IN,
        metres=40.2,
    )  # fmt: skip


def told(blocks):
    return [re.sub(r"<[^>]+>", " ", block.html) for block in blocks]


@pytest.mark.parametrize("language", ["zh", "en"])
def test_a_blocked_route_is_warned_of_by_its_number_before_anybody_is_sent_on_it(
    small_district, language
):
    content, words = gather(small_district, "evacuation", WEST), Words(language)
    assert (content.blocked, warnings(content, words)) == ([], [])
    # One that has a number on the map, and a delivered one that goes by its name.
    rows = [blocked("D-9"), blocked(content.routes[0].code)]
    (said,) = told(warnings(replace(content, blocked=rows), words))
    for part in (
        "路线 1、旧路",
        "R-3（道路中断，2026-07-01 10:05 上报）",
        "40 米",
        "routes 1, 旧路",
    ):
        assert part in said
    assert said in told(actions(replace(content, blocked=rows), words).blocks)[0]
