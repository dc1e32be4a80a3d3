"""What towns and villages can rely on, measured on tables that a reader can redo."""

from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from census.products.coping_capacity import assess
from census.products.coping_ground import ground_of
from census.products.coping_measures import MEASURES
from census.products.crosschecks.district import District
from census.products.parameters import load_parameters
from census.store.settings import data_folder

TODAY = date(2025, 6, 30)
METRIC = 4549
TOWN, A, B, C = "990001001000", "990001001001", "990001001002", "990001001003"
NAN = float("nan")

COLUMNS = {
    "division": ("code", "level", "name", "town_code", "village_code", "geom"),
    "people": ("division_code", "people"),
    "duty": ("division_code", "post", "role", "valid_from", "valid_to", "phone_checked_on"),
    "hazard_site": ("code", "origin", "village_code", "responsible_post"),
    "emergency_plan": ("code", "division_code", "issued_on", "review_due_on", "drilled_on"),
    "shelter": ("code", "capacity_people", "village_code", "geom"),
    "shelter_round": ("shelter_code", "checked_on", "is_fit"),
    "assembly_point": ("code", "village_code", "capacity_people"),
    "rescue_team": ("code", "village_code", "people", "geom"),
    "rescue_equipment": ("code", "name", "team_code", "depot_code", "amount", "is_working"),
    "material_depot": ("code", "village_code", "geom"),
    "stock_movement": (
        "code", "depot_code", "material", "batch", "movement", "amount", "unit", "moved_on",
        "expires_on",
    ),
    "station": ("code", "geom"),
}  # fmt: skip


def table(rows, columns):
    frame = pd.DataFrame([dict.fromkeys(columns) | row for row in rows], columns=list(columns),
                         dtype=object)  # fmt: skip
    return gpd.GeoDataFrame(frame, geometry="geom", crs=METRIC) if "geom" in columns else frame


def box(east_m):
    # A square kilometre whose middle lies half a kilometre further east and north.
    return shapely.box(600_000 + east_m, 3_500_000, 601_000 + east_m, 3_501_000)


def at(east_m):
    return shapely.Point(600_500 + east_m, 3_500_500)


DIVISIONS = [
    {"code": TOWN, "level": "town", "name": "镇", "town_code": TOWN, "geom": box(0)},
    *(
        {"code": code, "level": "village", "name": name, "town_code": TOWN,
         "village_code": code, "geom": box(east)}
        for code, name, east in ((A, "甲", 0), (B, "乙", 1000), (C, "丙", 2000))
    ),
    {"code": f"{A}001", "level": "grid_unit", "name": "一", "town_code": TOWN, "village_code": A},
    {"code": f"{A}002", "level": "grid_unit", "name": "二", "town_code": TOWN, "village_code": A},
]  # fmt: skip
PEOPLE = [{"division_code": A, "people": 600}, {"division_code": B, "people": 400}]


def district(people=PEOPLE, **rows):
    given = {"division": DIVISIONS, "people": people} | rows
    frames = {name: table(given.get(name, []), columns) for name, columns in COLUMNS.items()}
    return District(read=frames.__getitem__, metric_srid=METRIC, today=TODAY)


def method():
    return load_parameters(data_folder(), "coping_capacity")


def measured(name, place, level="village"):
    measure, _ = MEASURES[name]
    return measure(ground_of(place), level, method()["indicator"][name])


def amounts(name, place, level="village"):
    return pytest.approx(measured(name, place, level).amounts.tolist(), nan_ok=True)


def duty(code, role, checked=None, ended=None):
    return {"division_code": code, "post": "岗", "role": role, "phone_checked_on": checked,
            "valid_to": ended}  # fmt: skip


def test_every_indicator_of_the_method_is_measured_and_nothing_else():
    assert set(method()["indicator"]) == set(MEASURES)


def test_roles_count_half_each_and_only_while_in_force():
    place = district(duty=[
        duty(A, "primary"), duty(A, "deputy"), duty(B, "primary"),
        duty(B, "deputy", ended=date(2025, 6, 29)),
    ])  # fmt: skip
    assert amounts("duty_roles", place) == [1.0, 0.5, 0.0]


def test_grid_units_with_somebody_in_charge_are_a_share_and_a_village_without_units_has_none():
    place = district(duty=[duty(f"{A}001", "primary")])
    assert amounts("grid_duties", place) == [0.5, NAN, NAN]


def test_a_telephone_tried_more_than_a_year_ago_or_never_does_not_count():
    place = district(duty=[
        duty(A, "primary", date(2024, 6, 30)), duty(f"{A}001", "primary", date(2024, 6, 29)),
        duty(f"{A}002", "primary"), duty(B, "primary"),
    ])  # fmt: skip
    # Of the three of the first village the one of 365 days ago; the third village has no duty.
    assert amounts("phones_checked", place) == [1 / 3, 0.0, NAN]
    assert amounts("phones_checked", district(duty=[duty(A, "primary")])) == [NAN, NAN, NAN]


def test_sites_name_a_post_or_not_and_derived_ones_are_no_sites_here():
    sites = [
        {"code": "1", "origin": "delivered", "village_code": A, "responsible_post": "书记"},
        {"code": "2", "origin": "delivered", "village_code": A},
        {"code": "3", "origin": "derived", "village_code": B},
    ]
    assert amounts("site_posts", district(hazard_site=sites)) == [0.5, NAN, NAN]
    assert amounts("site_posts", district(hazard_site=sites[1:])) == [NAN, NAN, NAN]


def test_a_plan_counts_until_its_review_and_drills_count_from_the_latest():
    plans = [
        {"code": "1", "division_code": A, "issued_on": date(2020, 1, 1),
         "review_due_on": date(2025, 6, 30), "drilled_on": date(2025, 6, 20)},
        {"code": "2", "division_code": A, "issued_on": date(2020, 1, 1),
         "drilled_on": date(2024, 6, 30)},
        # Three years after its issue: over since yesterday.
        {"code": "3", "division_code": B, "issued_on": date(2022, 6, 29)},
    ]  # fmt: skip
    place = district(emergency_plan=plans)
    assert amounts("plan_in_review", place) == [1.0, 0.0, 0.0]
    assert amounts("drill_days", place) == [10.0, NAN, NAN]


def test_places_are_shared_by_all_residents_within_a_kilometre_and_unfit_ones_count_for_nobody():
    shelters = [
        # Half way between the first two villages: 50 places for 600 + 400 residents.
        {"code": "S1", "capacity_people": 50, "geom": at(500)},
        {"code": "S2", "capacity_people": 60, "geom": at(-900)},
        {"code": "S3", "capacity_people": None, "geom": at(0)},
        {"code": "S4", "capacity_people": 9000, "geom": at(0)},
    ]
    rounds = [
        {"shelter_code": "S4", "checked_on": date(2025, 1, 1), "is_fit": True},
        {"shelter_code": "S4", "checked_on": date(2025, 2, 1), "is_fit": False},
        # After the date of the data, and without a verdict.
        {"shelter_code": "S4", "checked_on": date(2025, 7, 1), "is_fit": True},
        {"shelter_code": "S1", "checked_on": date(2025, 2, 1), "is_fit": None},
    ]
    place = district(shelter=shelters, shelter_round=rounds)
    # First: 50 / 1000 + 60 / 600; second: 50 / 1000; the third's residents are not known.
    assert amounts("shelter_places", place) == [0.15, 0.05, NAN]
    assert measured("shelter_places", place).left_out == {"no_capacity": 1, "unfit": 1}
    # The town: (0.15 x 600 + 0.05 x 400) / 1000.
    assert amounts("shelter_places", place, "town") == [0.11]


def test_assembly_points_hold_a_share_of_the_residents():
    points = [
        {"code": "1", "village_code": A, "capacity_people": 90},
        {"code": "2", "village_code": A, "capacity_people": 30},
        {"code": "3", "village_code": B, "capacity_people": None},
        {"code": "4", "village_code": None, "capacity_people": 500},
    ]
    place = district(assembly_point=points)
    # (90 + 30) / 600; the second village's point does not say how many; no residents in the third.
    assert amounts("assembly_places", place) == [0.2, NAN, NAN]
    assert measured("assembly_places", place).left_out == {"outside": 1, "no_capacity": 1}


@pytest.mark.parametrize(
    ("name", "layer"),
    [("team_distance", "rescue_team"), ("depot_distance", "material_depot"),
     ("station_distance", "station")],
)  # fmt: skip
def test_the_nearest_of_several_is_measured_in_a_straight_line(name, layer):
    place = district(**{layer: [{"code": "1", "geom": at(0)}, {"code": "2", "geom": at(2300)}]})
    assert amounts(name, place) == [0.0, 1000.0, 300.0]


def test_rescuers_are_counted_per_thousand_and_not_where_a_village_is_not_known():
    teams = [{"code": "1", "village_code": A, "people": 30, "geom": at(0)},
             {"code": "2", "village_code": None, "people": 9, "geom": at(0)},
             {"code": "3", "village_code": B, "people": None, "geom": at(0)}]  # fmt: skip
    everybody = [*PEOPLE, {"division_code": C, "people": 500}]
    place = district(everybody, rescue_team=teams)
    # 30 of 600 + 400 + 500.
    assert amounts("rescuers", place, "town") == [20.0]
    assert measured("rescuers", place, "town").left_out == {"outside": 1, "no_members": 1}
    assert amounts("rescuers", district(rescue_team=teams), "town") == [NAN]


def test_kinds_that_work_and_kinds_in_stock_are_counted_each_once():
    teams = [{"code": "T", "village_code": A, "geom": at(0)}]
    depots = [{"code": "D", "village_code": B, "geom": at(0)}]
    equipment = [
        {"code": "1", "name": "冲锋舟", "team_code": "T", "amount": 2, "is_working": True},
        {"code": "2", "name": "冲锋舟", "depot_code": "D", "amount": 1, "is_working": True},
        {"code": "3", "name": "排水泵", "team_code": "T", "amount": 1, "is_working": False},
        {"code": "4", "name": "照明灯", "team_code": "T", "amount": 1, "is_working": None},
        {"code": "5", "name": "照明灯", "team_code": "X", "amount": 1, "is_working": True},
    ]
    place = district(rescue_team=teams, material_depot=depots, rescue_equipment=equipment)
    found = measured("equipment_kinds", place, "town")
    assert (found.amounts.tolist(), found.left_out) == (
        [1.0],
        {"outside": 1, "not_told_working": 1},
    )

    def moved(code, material, movement, amount, expires_on=None):
        return {
            "code": code,
            "depot_code": "D",
            "material": material,
            "movement": movement,
            "amount": amount,
            "unit": "件",
            "moved_on": TODAY,
            "expires_on": expires_on,
        }

    stock = [
        moved("1", "沙袋", "in", 50),
        moved("2", "沙袋", "out", 50),
        moved("3", "救生衣", "in", 5),
        moved("4", "水", "in", 5, date(2025, 6, 29)),
    ]
    found = measured("stock_kinds", district(material_depot=depots, stock_movement=stock), "town")
    assert (found.amounts.tolist(), found.left_out) == ([1.0], {"expired": 1})


def known_place(order=1):
    plans = [
        {"code": code, "division_code": code, "issued_on": TODAY, "drilled_on": date(2025, 1, 1)}
        for code in (A, B, TOWN)
    ]
    duties = [duty(code, "primary", TODAY) for code in (A, B, f"{A}001")] + [duty(A, "deputy")]
    spots = [{"code": "1", "village_code": A, "people": 9, "geom": at(0)}]
    return district(
        PEOPLE[::order], emergency_plan=plans[::order], duty=duties[::order], rescue_team=spots,
        material_depot=spots, station=spots,
        shelter=[{"code": "S1", "capacity_people": 50, "geom": at(500)}],
    )  # fmt: skip


def test_what_was_not_delivered_takes_no_part_and_is_named_and_the_rest_is_classed():
    found = assess(known_place(), method())
    told = found.summary["indicators"]["village"]
    assert told["assembly_places"]["reason"] == "not_delivered"
    assert told["assembly_places"]["empty_tables"] == ["assembly_point"]
    assert told["shelter_places"]["missing_units"] == 1
    assert found.summary["without_people"] == [C]
    villages = found.units[found.units["level"] == "village"].set_index("division_code")
    # Roles 0.10 x 0.5, telephones, plan and drill 0.30, places 0.16 x 0.05 / 0.15, distances 0.22;
    # without grid units, sites and assembly points 0.78 of the weights are known.
    assert villages.loc[B, "capacity_index"] == pytest.approx((0.05 + 0.3 + 0.16 / 3 + 0.22) / 0.78)
    assert villages.loc[C, "known_share"] == pytest.approx(0.42)
    assert villages.loc[C, "indicator_values"]["shelter_places"] is None
    assert "避难场所容量" in villages.loc[C, "why_zh"][-1]


def test_a_town_of_which_too_little_is_known_says_so_and_has_no_class():
    # Roles 0.12, plan 0.12, drill 0.12 and places 0.18 of it are known.
    found = assess(known_place(), method())
    town = found.units.set_index("division_code").loc[TOWN]
    assert pd.isna(town["capacity_index"])
    assert town["why_zh"][0] == "未评估：已知的指标只占权重的 54%，须有 60%。"
    assert town["lift_zh"] is None
    assert {each["code"] for each in found.summary["not_assessed"]} == {C, TOWN}


def test_the_order_of_rows_changes_nothing():
    one, other = (assess(known_place(order), method()) for order in (1, -1))
    pd.testing.assert_frame_equal(one.units, other.units)
    assert (one.scheme, one.summary) == (other.scheme, other.summary)
