"""What is no number is refused at the door; what is masked is unknown, whatever lies beneath."""

import datetime as dt
from decimal import Decimal

import numpy as np
import pytest

from geo.curves import Curve
from geo.errors import GeoError, GridError
from geo.impact import average_loss, expected_annual, modal_damage_state
from geo.masked import floats
from geo.storms import runoff_mm
from geo.terrain import slope
from geo.zoning import classify, natural_breaks, risk_index

NO_NUMBERS = {
    "nothing": None,
    "a text": "abc",
    "texts": ["1", "2"],
    "dates": np.array(["2020-01-01"], dtype="datetime64[D]"),
    "a masked date": np.ma.masked_array(np.array(["2020-01-01"], dtype="datetime64[D]"), [True]),
    "spans of time": np.array([3], dtype="timedelta64[D]"),
    "a date in an object column": np.array([dt.date(2020, 1, 1)], dtype=object),
    "complex numbers": [1j, 2],
    "rows of different lengths": [[1, 2], [3]],
}


@pytest.mark.parametrize("values", NO_NUMBERS.values(), ids=NO_NUMBERS)
def test_what_is_no_number_is_refused_in_both_languages(values):
    with pytest.raises(GridError) as refused:
        floats(values)
    assert "Numbers are needed" in refused.value.sentence_en
    assert "需要数值" in refused.value.sentence_zh


def test_whole_numbers_yes_and_no_decimals_and_unknown_ones_are_numbers():
    assert floats([3, 4]).tolist() == [3.0, 4.0]
    assert floats([True, False]).tolist() == [1.0, 0.0]
    assert floats([Decimal("0.5")]).tolist() == [0.5]
    assert np.isnan(floats([None, 1.0])).tolist() == [True, False]
    assert floats(np.uint16(80)) == 80.0
    assert floats([]).shape == (0,)


def test_numbers_that_are_float64_are_not_copied():
    given = np.array([1.0, 2.0])
    assert floats(given) is given


def test_what_lies_under_a_mask_changes_no_answer():
    hidden = np.ma.masked_equal([50.0, 9999.0], 9999.0)
    # 50 mm on curve number 80: S = 63.5 mm, (50 - 12.7)^2 / (50 + 50.8) = 13.80 mm.
    assert runoff_mm(hidden, 80).round(2).tolist()[0] == 13.8
    assert np.isnan(runoff_mm(hidden, 80)[1])
    reached = modal_damage_state(
        np.ma.masked_equal([0.1, 9999.0], 9999.0), [0.1, 0.3], [[0.2, 1.0]]
    )
    assert reached.tolist()[1] == -1


@pytest.mark.parametrize(
    "asked",
    [
        lambda odd: classify(odd, [1.0, 2.0]),
        lambda odd: classify([1.0], odd),
        lambda odd: natural_breaks(odd, 2),
        lambda odd: risk_index(odd, odd, odd, odd, powers=(1, 1, 1), k=0.5),
        lambda odd: expected_annual(odd, [1.0]),
        lambda odd: expected_annual([1.0], odd),
        lambda odd: runoff_mm(odd, 80),
        lambda odd: modal_damage_state(odd, [0.1, 0.3], [[0.2, 1.0]]),
        lambda odd: slope(np.ones((3, 3)), odd),
        lambda odd: Curve(intensity=odd, ratio=odd),
        lambda odd: average_loss(odd, odd, Curve(intensity=[0, 2], ratio=[0, 0.5]), hazard_years=1),
    ],
)
def test_a_date_or_a_text_is_never_counted_as_a_number(asked):
    for odd in (NO_NUMBERS["dates"], NO_NUMBERS["texts"], None):
        with pytest.raises(GeoError) as refused:
            asked(odd)
        assert refused.value.sentence_zh
