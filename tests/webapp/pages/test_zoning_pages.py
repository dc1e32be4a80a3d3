"""Zoning runs as pages: all that a run was made from, and what changed between two."""

from dataclasses import replace

import pytest
from sqlalchemy import text

from census.products.weights_trial import try_weights
from census.store.cards import ZoningCard
from census.store.zoning_runs import ClassChange, Factors, class_changes, kept_run
from geo.errors import ParameterError
from tests.webapp.pages.signed_in import Browser, account
from webapp.zoning_facts import class_rows, parameter_rows
from webapp.zoning_history import bridge, is_of_factors, origin_of
from webapp.zoning_pages import moves

WEST, EAST, NEW = "990001001001", "990001001002", "990001001999"
SCHEME = {"breaks": [0.1, 0.4]}


def run(classes, powers=(1.0, 0.5, 0.5)):
    return ZoningCard(
        id=1, number="R", hazard="flood", made_at=None, data_date=None, rule_edition="e",
        code_version="c", parameters={"index": {"powers": list(powers), "k": 0.5}}, inputs={},
        scheme=SCHEME, validation=None, summary={},
        is_current=True, classes=classes,
    )  # fmt: skip


def test_each_class_has_its_limits_and_its_units_the_highest_first():
    rows = class_rows(run({"village": {1: (1200, 9e5), 3: (2, 80.0), 0: (5, 0.0)}}), "en")
    assert [(row["ordinal"], row["limits"], row["units"][1]) for row in rows] == [
        (3, "0.400 – 1.000", "2"), (2, "0.100 – 0.400", "0"), (1, "0.000 – 0.100", "1,200"),
        (0, "", "5"),
    ]  # fmt: skip


def test_a_table_of_the_method_says_its_source_and_whether_anybody_checked_it():
    tables = {
        "edition": "one", "index": {"powers": [1.0, 0.5], "source": "us", "check": "待核"},
        "coverage": {"share": 0.9, "source": "us", "check": ""},
    }  # fmt: skip
    index, coverage = parameter_rows(tables)
    assert index["entries"] == [("powers", "1.0, 0.5")]
    assert (index["is_verified"], coverage["is_verified"]) == (False, True)


def of_history(number, *, k, breaks=(0.1, 0.4), **more):
    tables = {"index": {"powers": [1.0, 0.5, 0.5], "k": k}} | more.pop("tables", {})
    facts = {"inputs": {}, "recomputed_from": None, "original": None} | more
    return replace(
        run({}), id=number, number=f"R-{number}", parameters=tables,
        scheme={"breaks": list(breaks)}, **facts,
    )  # fmt: skip


OLD, NEW_METHOD = of_history(1, k=0.5), of_history(2, k=0.3)
RECOMPUTED = of_history(
    3, k=0.3, recomputed_from=1, original="R-1",
    inputs={"recomputed": {"from": "R-1", "method_of": "R-2", "way": "factors"}},
)  # fmt: skip


def test_two_runs_of_different_methods_lead_to_both_under_one():
    told = bridge(OLD, NEW_METHOD, [RECOMPUTED, NEW_METHOD, OLD], "en")
    assert (told["differ"], told["said"]) == (["index"], "")
    assert told["offers"] == [
        {
            "text": "Compare both by the method and limits of R-2",
            "href": "/zonings/R-2/against/R-3",
        }
    ]
    alike = bridge(RECOMPUTED, NEW_METHOD, [RECOMPUTED, NEW_METHOD, OLD], "en")
    assert alike == {"differ": [], "offers": [], "said": "", "same_breaks": True}


def test_where_nothing_was_recomputed_the_page_says_what_to_do_or_what_it_takes():
    how = bridge(OLD, NEW_METHOD, [NEW_METHOD, OLD], "en")["said"]
    assert "--recompute-history brings earlier runs" in how
    curve = of_history(4, k=0.5, tables={"hazard_score": {"score": [0.0, 1.0]}})
    needs = bridge(OLD, curve, [curve, OLD], "en")["said"]
    assert "hazard_score differ, which asks for the inputs of that time" in needs


def test_of_the_same_data_only_the_method_differs_and_nothing_is_to_be_recomputed():
    made_of = {"inputs": {"layers": {"people": {"sha256": "a"}}}}
    old, new = of_history(1, k=0.5, **made_of), of_history(2, k=0.3, **made_of)
    told = bridge(old, new, [new, old], "en")
    assert (told["differ"], told["offers"]) == (["index"], [])
    assert told["said"].startswith("Both were made of the same data")
    later = of_history(3, k=0.3, inputs={"layers": {"people": {"sha256": "b"}}})
    assert "--recompute-history" in bridge(old, later, [later, old], "en")["said"]


def test_a_recomputed_run_says_from_which_by_whose_method_and_out_of_what():
    assert origin_of(OLD, "en") is None
    told = origin_of(RECOMPUTED, "en")
    assert (told["number"], told["href"], told["method_of"]) == ("R-1", "/zonings/R-1", "R-2")
    assert "error of the depths is not in the doubt" in told["said"]
    assert is_of_factors(RECOMPUTED)
    assert not is_of_factors(OLD)


def change(before, after):
    return ClassChange(
        code="1", name=None, town_name=None, before=before, after=after, index_before=None,
        index_after=None,
    )  # fmt: skip


def test_moves_are_counted_and_what_stayed_is_left_out():
    told = moves([change(1, 5), change(1, 5), change(4, 2), change(3, 3), change(None, 2)], "en")
    assert [(each["units"], each["rose"]) for each in told] == [(2, True), (1, False), (1, False)]
    assert (told[0]["before"], told[0]["after"]) == ("low", "high")


def unit(code, risk_class, hazard, exposure):
    return Factors(
        code=code, name=None, town_name=None, risk_class=risk_class, risk_index=0.3,
        hazard=hazard, exposure=exposure, vulnerability=1.0, capacity=0.0,
    )  # fmt: skip


def test_other_weights_class_anew_between_the_limits_of_the_run():
    # Powers add up to 2: weights 1 : 1 : 0 are powers 1, 1, 0, so R = H E.
    units = [unit("a", 2, 0.9, 0.2), unit("b", 1, 0.7, 0.9)]
    trial = try_weights(run({}), units, [3, 3, 0], 0.5)
    assert trial.powers == (1.0, 1.0, 0.0)
    told = [(each.code, each.before, each.after, each.index_after) for each in trial.changes]
    # 0.9 x 0.2 = 0.18 lies between 0.1 and 0.4, 0.7 x 0.9 = 0.63 above.
    assert told == [("b", 1, 3, pytest.approx(0.63)), ("a", 2, 2, pytest.approx(0.18))]


@pytest.mark.parametrize(
    ("shares", "k"),
    [([0, 0, 0], 0.5), ([-1, 2, 1], 0.5), ([float("nan"), 1, 1], 0.5), ([1, 1, 1], 1.5)],
)
def test_weights_that_are_none_are_refused(shares, k):
    with pytest.raises(ParameterError):
        try_weights(run({}), [unit("a", 2, 0.9, 0.2)], shares, k)


@pytest.mark.postgis
def test_a_planner_tries_weights_and_a_visitor_is_sent_to_sign_in(app, office):
    planner = Browser(app, office).hold(account(office, "planner", password=False)[0])
    answer = planner.get("/zonings/FZ-1/what-if?lang=en&hazard=1&exposure=1&vulnerability=1&k=0")
    assert "Powers of H, E and V as used: 0.667, 0.667, 0.667" in answer.text
    wrong = planner.get("/zonings/FZ-1/what-if?lang=en&hazard=0&exposure=0&vulnerability=0&k=0")
    assert "must be at least 0, not all 0" in wrong.text
    assert planner.get("/zonings/FZ-9/what-if").status_code == 404
    assert Browser(app, office).get("/zonings/FZ-1/what-if").status_code == 303


@pytest.mark.postgis
def test_a_visitor_reads_how_the_current_zoning_was_made(app, office):
    visitor = Browser(app, office)
    assert "FZ-1" in visitor.get("/zonings").text
    answer = visitor.get("/zonings/FZ-1?lang=en")
    assert answer.status_code == 200
    assert "0.400 – 0.600" in answer.text
    assert visitor.get("/zonings/FZ-2").status_code == 404


@pytest.mark.postgis
def test_two_runs_are_held_against_each_other_with_what_appeared_and_went(office):
    before = kept_run(office, "FZ-1")
    with office.begin() as connection:
        copied = (
            "insert into census.zoning_run (number, hazard, made_at, data_date, rule_edition,"
            " code_version, parameters, inputs, is_current, scheme, summary)"
            " select 'FZ-0', hazard, made_at, data_date, rule_edition, code_version, parameters,"
            " inputs, false, scheme, summary from census.zoning_run where number = 'FZ-1'"
            " returning id"
        )
        number = connection.execute(text(copied)).scalar_one()
        zone = "insert into census.risk_zone (run_id, division_code, level, risk_class, people)"
        zones = f"{zone} values (:run, :west, 'village', 2, 300), (:run, :new, 'village', 3, 10)"
        values = {"run": number, "west": WEST, "new": NEW}
        connection.execute(text(zones), values)
    after = kept_run(office, "FZ-0")
    found = {each.code: (each.before, each.after) for each in
             class_changes(office, before, after, "village")}  # fmt: skip
    with office.begin() as connection:
        connection.execute(
            text("delete from census.risk_zone where run_id = :run"), {"run": number}
        )
        connection.execute(text("delete from census.zoning_run where id = :run"), {"run": number})
    assert found == {WEST: (4, 2), NEW: (None, 3), EAST: (None, None)}
