"""Duties hold from a day to a day, and lists show those of today."""

from datetime import UTC, datetime, timedelta

import pandas as pd
import pytest

from census.store import pages
from census.store.database import Store
from census.store.layers import write_layer
from census.store.terms import terms_turned

pytestmark = pytest.mark.postgis

VILLAGE = "990001001001"
# Two days off, so that the zone of no district matters.
NOW = datetime.now(UTC).date()
PAST, COMING = NOW - timedelta(days=2), NOW + timedelta(days=2)


def duties(store, *terms):
    rows = pd.DataFrame(
        {
            "division_code": VILLAGE, "post": [f"岗位{k}" for k in range(len(terms))],
            "task": "值班", "role": "primary", "valid_from": [begin for begin, _ in terms],
            "valid_to": [end for _, end in terms],
        }
    )  # fmt: skip
    write_layer(store, "duty", rows, delivery_id=None)
    return [each.post for each in pages.duties(store, VILLAGE)]


def test_a_duty_is_listed_from_its_first_to_its_last_day(empty_place: Store) -> None:
    terms = [(None, None), (PAST, None), (COMING, None), (None, PAST), (PAST, COMING)]
    assert duties(empty_place, *terms) == ["岗位0", "岗位1", "岗位4"]


def test_each_beginning_and_end_that_has_passed_is_counted(empty_place: Store) -> None:
    duties(empty_place, (None, None), (COMING, None))
    assert terms_turned(empty_place) == 0
    duties(empty_place, (PAST, None), (PAST, PAST), (None, PAST), (PAST, COMING))
    # Three have begun, two are over.
    assert terms_turned(empty_place) == 5
