"""What is in doubt of a run, in words and bars: depths, their classes, and what moves levels."""

from census.store.cards import ZoningCard
from webapp.zoning_doubts import depth_rows, mover_rows


def run(depths=None, movers=None):
    summary = {}
    if depths:
        summary["depth_classes"] = depths
    if movers:
        summary["movers"] = movers
    rules = {
        "depth_error": {"limit_per_rmse": 1.5},
        "what_moves": {"people_share": 0.1, "k_shift": 0.1},
    }
    return ZoningCard(
        id=1, number="R", hazard="flood", made_at=None, data_date=None, rule_edition="e",
        code_version="c", parameters=rules, inputs={}, scheme={}, validation=None,
        summary=summary, is_current=True, classes={},
    )  # fmt: skip


COARSE = {
    "rmse_m": 0.3, "limits_m": [0.5, 1.0], "merged_m": [0.15], "people": [1500.0, 20.0, 3.0],
    "area_m2": [2.5e6, 1e6, 0.0],
}  # fmt: skip


def bar(name, low, high, codes=()):
    ends = [{"rose": rose, "fell": fell} for rose, fell in (low, high)]
    return {"name": name, "low": ends[0], "high": ends[1], "swing": 0.1, "codes": list(codes)}


def test_a_refused_limit_is_told_with_the_error_that_refuses_it():
    told = depth_rows(run(COARSE), "en")
    assert told["said"][0] == "The error of the depths (RMSE) is 0.3 m."
    assert "The limits 0.15 m are refused" in told["said"][1]
    assert "at least 1.5 times the error of 0.3 m" in told["said"][1]
    assert [row["limits"] for row in told["rows"]] == ["> 1 m", "0.5 – 1 m", "0 – 0.5 m"]
    assert told["rows"][-1] == {"limits": "0 – 0.5 m", "people": "1,500", "area_km2": "2.50"}


def test_an_error_that_nobody_stated_is_said_to_be_unknown():
    told = depth_rows(run(COARSE | {"rmse_m": None, "merged_m": []}), "zh")
    assert len(told["said"]) == 1
    assert "中误差未知" in told["said"][0]


def test_bars_are_as_long_as_villages_move_and_meet_in_the_middle():
    movers = {
        "units": 300, "unknown": [],
        "inputs": [bar("depth", (0, 8), (4, 0), ("a", "b")), bar("k", (2, 0), (0, 0))],
    }  # fmt: skip
    told = mover_rows(run(COARSE, movers), {"a": "East"}, "en")
    depth, k = told["rows"]
    assert (depth["low"]["x_px"], depth["low"]["width_px"]) == ("0.0", "100.0")
    assert depth["high"]["width_px"] == "50.0"
    assert (k["low"]["x_px"], k["low"]["width_px"]) == ("75.0", "25.0")
    assert (depth["name"], depth["span"], k["span"]) == ("depths", "± 0.3 m", "± 0.1")
    assert (depth["low"]["text"], depth["villages"]) == ("0 up, 8 down", "East, b")


def test_an_input_whose_error_is_not_known_is_named():
    movers = {"units": 3, "unknown": ["depth"], "inputs": [bar("people", (0, 0), (0, 0))]}
    told = mover_rows(run(None, movers), {}, "zh")
    assert told["unknown"] == ["水深"]
    assert told["rows"][0]["high"]["width_px"] == "0.0"


def test_a_run_of_before_tells_nothing_of_either():
    assert depth_rows(run(), "zh") is None
    assert mover_rows(run(), {}, "zh") is None
