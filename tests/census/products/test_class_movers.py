"""Which input moves which village into another class, told by hand."""

import numpy as np
import pandas as pd
import pytest

from census.products.class_movers import class_movers
from geo.zoning import classify, risk_index

PARAMETERS = {
    "index": {"powers": [1.0, 0.5, 0.5], "k": 0.5, "floor": 0.01},
    "uncertainty": {"kappa": 60.0},
    "what_moves": {
        "people_share": 0.1, "vulnerability_share": 0.2, "capacity_share": 0.5, "k_shift": 0.1,
    },
}  # fmt: skip
PERCENTILES = np.linspace(0, 1000, 101)


def villages(rows):
    table = pd.DataFrame(rows, columns=list("HEVC"), index=[f"v{at}" for at in range(len(rows))])
    table["assessed"] = table["H"].notna()
    table["density"] = table["E"] * 1000
    table["risk"] = risk_index(*(table[name] for name in "HEVC"), powers=(1, 0.5, 0.5), k=0.5)
    return table


def moved(rows, breaks, shifted=None):
    table, limits = villages(rows), np.array(breaks)
    classes = classify(table["risk"].to_numpy(), limits).astype(float)
    table["risk_class"] = np.where(table["assessed"], classes, np.nan)
    told = class_movers(
        table, PARAMETERS, breaks=limits, percentiles=PERCENTILES, shifted=shifted
    )  # fmt: skip
    return told, {each["name"]: each for each in told["inputs"]}


def test_capacity_moves_the_village_that_has_some_and_not_the_one_without():
    # R = 0.5 x (1 - 0.5 C): 0.4 at C = 0.4; C of 0.2 gives 0.45, of 0.6 gives 0.35.
    _, told = moved([(0.5, 1.0, 1.0, 0.4), (0.5, 1.0, 1.0, 0.0)], [0.36, 0.42])
    assert told["capacity"]["low"] == {"rose": 1, "fell": 0}
    assert told["capacity"]["high"] == {"rose": 0, "fell": 1}
    assert told["capacity"]["codes"] == ["v0"]
    assert told["capacity"]["swing"] == pytest.approx((0.1 + 0.0) / 2)


def test_a_limit_that_is_the_index_of_a_unit_moves_nothing_by_rounding():
    rows = [(0.3, 0.7, 0.9, 0.0), (0.31, 0.2, 0.6, 0.0)]
    limits = np.sort(villages(rows)["risk"].to_numpy())[:1]
    _, told = moved(rows, limits)
    # Nobody has capacity, so neither C nor k moves anything.
    assert told["capacity"]["codes"] == told["k"]["codes"] == []


def test_depths_are_named_unknown_where_their_error_is_not_known():
    told, by_name = moved([(0.5, 0.5, 0.5, 0.0)], [0.2])
    assert told["unknown"] == ["depth"]
    assert "depth" not in by_name


def test_depths_move_the_village_that_their_error_moves():
    # R = H x 1 x 1: 0.5 lies below 0.55, at one error more 0.6 lies above it.
    told, by_name = moved(
        [(0.5, 1.0, 1.0, 0.0), (np.nan,) * 4], [0.55], np.array([[0.4, np.nan], [0.6, np.nan]])
    )
    assert told["units"] == 1
    assert told["inputs"][0]["name"] == "depth"
    assert by_name["depth"]["high"] == {"rose": 1, "fell": 0}
    assert by_name["depth"]["low"] == {"rose": 0, "fell": 0}


def test_without_an_assessed_village_nothing_moves():
    told, by_name = moved([(np.nan,) * 4], [0.5])
    assert told["units"] == 0
    assert by_name["people"]["codes"] == []
