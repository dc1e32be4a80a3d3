"""The tables are held against each other: sums, codes, places and dates that a reader can redo."""

import json
from datetime import date

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from census.products.crosschecks.asking import RULES, UnknownRuleError, answered, ask
from census.products.crosschecks.district import Change, District
from census.products.parameters import load_parameters
from census.store.settings import data_folder
from webapp import cli

TODAY = date(2026, 7, 1)
METRIC, GEOGRAPHIC = 4549, 4490
# 0.001 degree of latitude is 111 m, of longitude at 32 degrees north 94 m.
WEST, NORTH = 121.0, 32.0


def rules(**overrides):
    return load_parameters(data_folder(), "census_checks", {"rule": overrides})["rule"]


def table(rows, *columns):
    filled = [dict.fromkeys(columns) | row for row in rows]
    frame = pd.DataFrame(filled, columns=list(columns) if not rows else None, dtype=object)
    if "geom" in columns:
        return gpd.GeoDataFrame(frame, geometry="geom", crs=GEOGRAPHIC)
    return frame


COLUMNS = {
    "shelter": (
        "code", "name", "village_code", "capacity_people", "effective_area_m2", "duration",
        "usable_flood", "geom",
    ),
    "water": ("id", "name", "geom"),
    "road": ("id", "geom"),
    "hazard_site": ("code", "name", "hazard", "village_code", "responsible_post", "geom"),
    "shelter_round": ("id", "shelter_code", "checked_on", "is_fit"),
    "evacuation_route": ("code", "name", "origin", "shelter_code", "geom"),
    "duty": (
        "id", "division_code", "post", "role", "valid_from", "valid_to", "phone_checked_on",
    ),
    "emergency_plan": ("code", "name", "division_code", "issued_on", "review_due_on"),
    "installation": (
        "code", "name", "village_code", "level", "r_value", "people_within_500m", "geom",
    ),
    "installation_substance": (
        "id", "installation_code", "substance", "cas", "hazard_class", "quantity_t",
        "critical_quantity_t", "beta",
    ),
    "stock_movement": (
        "id", "code", "depot_code", "material", "batch", "movement", "amount", "unit",
        "moved_on", "expires_on",
    ),
    "division": ("code", "name", "level", "town_code", "village_code", "geom"),
    "people": ("division_code", "people", "households"),
}  # fmt: skip


def district(*, changes=(), substances=None, **tables):
    frames = {name: table(tables.get(name, []), *columns) for name, columns in COLUMNS.items()}
    return District(
        read=lambda name: frames[name] if name in frames else table([], "code", "name", "geom"),
        metric_srid=METRIC, today=TODAY, substances=substances or {},
        changes=lambda name, _since: [each for each in changes if each.table == name],
    )  # fmt: skip


def found(name, place, **overrides):
    parameters = rules(**({name: overrides} if overrides else {}))[name]
    return list(answered(place, name, parameters, {}).findings)


def point(east_m=0.0, north_m=0.0):
    # Metres beside the corner, by the metric CRS itself.
    corner = gpd.GeoSeries([shapely.Point(WEST, NORTH)], crs=GEOGRAPHIC).to_crs(METRIC).iloc[0]
    moved = shapely.Point(corner.x + east_m, corner.y + north_m)
    return gpd.GeoSeries([moved], crs=METRIC).to_crs(GEOGRAPHIC).iloc[0]


def shape(kind, *metres):
    return kind([(point(*each).x, point(*each).y) for each in metres])


def square(east_m, north_m, side_m):
    return shape(
        shapely.Polygon, (east_m, north_m), (east_m + side_m, north_m),
        (east_m + side_m, north_m + side_m), (east_m, north_m + side_m),
    )  # fmt: skip


def test_every_rule_has_its_words_and_every_word_its_rule():
    declared = rules()
    assert set(declared) == set(RULES)
    for rule in declared.values():
        assert rule["level"] in {"error", "warning"}
        assert all(
            rule[f"{word}_{tongue}"] for word in ("title", "clause") for tongue in ("zh", "en")
        )
        assert all(rule[name] for name in ("source", "check"))


def test_a_code_that_names_nothing_is_found_and_an_empty_one_is_not():
    place = district(
        shelter=[{"code": "S1", "name": "小学"}],
        shelter_round=[
            {"id": 1, "shelter_code": "S1", "checked_on": TODAY},
            {"id": 2, "shelter_code": "S9", "checked_on": TODAY},
        ],
        evacuation_route=[{"code": "R1", "origin": "delivered"}],
    )
    only = [{"table": "shelter_round", "column": "shelter_code", "target": "shelter"}]
    (one,) = found("reference", place, of=only)
    assert (one.table, one.code, one.column, one.value) == (
        "shelter_round", "2", "shelter_code", "S9",
    )  # fmt: skip
    assert one.name == f"S9 · {TODAY}"
    routes = [{"table": "evacuation_route", "column": "shelter_code", "target": "shelter"}]
    assert found("reference", place, of=routes) == []


def test_one_name_at_one_place_under_two_codes_is_found_once():
    shelters = [
        {"code": "S1", "name": "第一小学", "geom": point()},
        {"code": "S2", "name": "第一小学", "geom": point(30)},
        {"code": "S3", "name": "第一小学", "geom": point(300)},
        {"code": "S4", "name": "村部", "geom": point(10)},
    ]
    found_ = found("repeated_object", district(shelter=shelters), tables=["shelter"])
    assert [(each.code, "S1" in each.sentence_zh) for each in found_] == [("S2", True)]
    assert "30 米" in found_[0].sentence_zh


@pytest.mark.parametrize(
    ("duration", "people", "is_found"),
    # 600 m2: 300 people at 2.0 m2, 1200 at 0.5, 133 at 4.5.
    [("short", 300, False), ("short", 301, True), (None, 1200, False), (None, 1201, True),
     ("emergency", 1200, False), ("long", 133, False), ("long", 134, True)],
)  # fmt: skip
def test_a_shelter_holds_its_area_divided_by_the_area_of_each(duration, people, is_found):
    shelter = {
        "code": "S1", "name": "小学", "capacity_people": people, "effective_area_m2": 600.0,
        "duration": duration, "geom": point(),
    }  # fmt: skip
    assert bool(found("capacity_area", district(shelter=[shelter]))) is is_found


def test_a_shelter_in_a_lake_is_found_and_one_on_its_bank_is_not():
    shelters = [
        {"code": "S1", "name": "湖心", "geom": point(50, 50)},
        {"code": "S2", "name": "岸边", "geom": point(1, 50)},
        {"code": "S3", "name": "村部", "geom": point(-50, 50)},
    ]
    place = district(shelter=shelters, water=[{"id": 1, "name": "东湖", "geom": square(0, 0, 100)}])
    (one,) = found("shelter_in_water", place)
    assert (one.code, one.value) == ("S1", "东湖")
    assert "50 米" in one.sentence_zh
    # Whose banks are drawn better may ask more.
    assert {each.code for each in found("shelter_in_water", place, bank_m=0.5)} == {"S1", "S2"}


def test_a_shelter_within_a_hazard_site_is_found_unless_it_is_ruled_out_for_that_hazard():
    shelters = [
        {"code": "S1", "name": "甲", "geom": point(20), "usable_flood": True},
        {"code": "S2", "name": "乙", "geom": point(20, 5), "usable_flood": False},
        {"code": "S3", "name": "丙", "geom": point(20, 9)},
        {"code": "S4", "name": "丁", "geom": point(80)},
    ]
    sites = [{"code": "H1", "name": "积水点", "hazard": "flood", "geom": point()}]
    found_ = found("shelter_in_hazard", district(shelter=shelters, hazard_site=sites))
    assert [each.code for each in found_] == ["S1", "S3"]
    assert "却标为可用" in found_[0].sentence_zh
    assert "却标为可用" not in found_[1].sentence_zh


def test_only_the_last_round_says_whether_a_shelter_is_fit():
    rounds = [
        {"id": 1, "shelter_code": "S1", "checked_on": date(2026, 3, 1), "is_fit": False},
        {"id": 2, "shelter_code": "S1", "checked_on": date(2026, 5, 1), "is_fit": True},
        {"id": 3, "shelter_code": "S2", "checked_on": date(2026, 5, 1), "is_fit": False},
        {"id": 4, "shelter_code": "S2", "checked_on": date(2026, 3, 1), "is_fit": True},
        {"id": 5, "shelter_code": "S3", "checked_on": date(2026, 3, 1), "is_fit": None},
    ]
    shelters = [{"code": f"S{k}", "name": "甲", "geom": point()} for k in (1, 2, 3)]
    found_ = found("shelter_unfit", district(shelter=shelters, shelter_round=rounds))
    assert [(each.code, each.value) for each in found_] == [("S2", "2026-05-01")]


def test_a_route_beside_the_road_is_one_of_the_network_and_one_across_fields_is_not():
    roads = [{"id": 1, "geom": shape(shapely.LineString, (0, 0), (1000, 0))}]
    routes = [
        {"code": code, "name": code, "origin": origin, "shelter_code": "S1", "geom": geometry}
        for code, origin, geometry in (
            ("R1", "delivered", shape(shapely.LineString, (0, 10), (1000, 10))),
            ("R2", "delivered", shape(shapely.LineString, (0, 0), (500, 0), (500, 500))),
            ("P1", "planned", shape(shapely.LineString, (0, 500), (500, 500))),
        )
    ]
    place = district(
        evacuation_route=routes, road=roads,
        shelter=[{"code": "S1", "name": "小学", "geom": point(1050)}],
    )  # fmt: skip
    found_ = found("route_network", place)
    # R2: of 1000 m the first 500 and 20 m beside the road count: 48 % do not.
    assert [(each.code, each.column, each.value) for each in found_] == [
        ("R2", "geom", "48%"), ("R2", "shelter_code", "S1"),
    ]  # fmt: skip


def test_a_site_has_a_post_of_its_own_or_a_primary_duty_in_force_in_its_village():
    sites = [
        {"code": "H1", "village_code": "V1", "responsible_post": "村主任"},
        {"code": "H2", "village_code": "V2"},
        {"code": "H3", "village_code": "V3"},
        {"code": "H4", "village_code": "V4"},
    ]
    duties = [
        {"id": 1, "division_code": "V2", "post": "村主任", "role": "primary"},
        {"id": 2, "division_code": "V3", "post": "村主任", "role": "deputy"},
        {"id": 3, "division_code": "V4", "post": "村主任", "role": "primary",
         "valid_to": date(2026, 6, 30)},
    ]  # fmt: skip
    place = district(hazard_site=sites, duty=duties)
    assert [each.code for each in found("hazard_site_post", place)] == ["H3", "H4"]


def test_telephones_never_checked_are_one_finding_and_single_stale_ones_each_their_own():
    duty = {"division_code": "V1", "post": "村主任", "role": "primary"}
    never = [{**duty, "id": 1}, {**duty, "id": 2}]
    (one,) = found("duty_phone", district(duty=never))
    assert (one.code, one.value) == ("", "2")
    some = [
        {**duty, "id": 1, "phone_checked_on": date(2025, 7, 1)},
        {**duty, "id": 2, "phone_checked_on": date(2025, 6, 30)},
        {**duty, "id": 3},
        {**duty, "id": 4, "valid_to": date(2026, 1, 1)},
    ]
    assert [each.code for each in found("duty_phone", district(duty=some))] == ["2", "3"]


def test_a_plan_is_overdue_after_its_date_or_three_years_after_its_issue():
    plans = [
        {"code": "Y1", "issued_on": date(2020, 1, 1), "review_due_on": date(2026, 7, 1)},
        {"code": "Y2", "issued_on": date(2026, 1, 1), "review_due_on": date(2026, 6, 30)},
        {"code": "Y3", "issued_on": date(2023, 7, 1)},
        {"code": "Y4", "issued_on": date(2023, 6, 30)},
        {"code": "Y5", "issued_on": date(2020, 2, 29)},
    ]
    found_ = found("plan_overdue", district(emergency_plan=plans))
    assert [each.code for each in found_] == ["Y2", "Y4", "Y5"]
    assert "2023-03-01" in found_[2].sentence_zh


def installation(level, people, *substances, r_value=None):
    rows = [
        {"id": k, "installation_code": "W1", **each} for k, each in enumerate(substances, start=1)
    ]
    works = {
        "code": "W1", "name": "罐区", "level": level, "people_within_500m": people,
        "r_value": r_value, "geom": point(),
    }  # fmt: skip
    listed = [
        {"cas": "7664-41-7", "names": ["氨", "液氨"], "critical_quantity_t": 10.0, "beta": 2.0}
    ]
    return district(
        installation=[works], installation_substance=rows,
        substances={"substance": listed, "beta_of_class": {"W5.1": 1.5}},
    )  # fmt: skip


def test_the_level_of_an_installation_follows_from_its_substances():
    # q/Q = 40/10 = 4 and 30/10 = 3; R = 1.5 x (2 x 4 + 1.5 x 3) = 18.75: level 3.
    ammonia = {"substance": "液氨", "quantity_t": 40.0}
    petrol = {
        "substance": "石脑油", "quantity_t": 30.0, "critical_quantity_t": 10.0,
        "hazard_class": "W5.1",
    }  # fmt: skip
    assert found("installation_level", installation("level_3", 60, ammonia, petrol)) == []
    (one,) = found("installation_level", installation("level_4", 60, ammonia, petrol))
    assert "R = 18.75 (alpha = 1.5) gives level 3" in one.sentence_en
    (other,) = found(
        "installation_level", installation("level_3", 60, ammonia, petrol, r_value=20.0)
    )
    assert (other.column, other.value) == ("r_value", "20")


def test_without_the_people_around_only_what_no_number_of_them_explains_is_an_error():
    # Sum of beta q/Q = 8: R is 4 with nobody around, 16 with many: level 4 or 3.
    ammonia = {"substance": "氨", "quantity_t": 40.0}
    (one,) = found("installation_level", installation("level_3", None, ammonia))
    assert "3–4" in one.sentence_zh
    # 0.8: level 4 whoever lives there, but q/Q = 4/10 is no major hazard at all.
    little = {"substance": "氨", "quantity_t": 4.0}
    (none,) = found("installation_level", installation("level_4", None, little))
    assert "0.40" in none.sentence_zh
    # 2.4 and at most 4.8: level 4 for certain.
    some = {"substance": "氨", "quantity_t": 12.0}
    assert found("installation_level", installation("level_4", None, some)) == []


def test_what_is_missing_for_the_level_is_named():
    strange = {"substance": "某物", "quantity_t": 4.0}
    (one,) = found("installation_level", installation("level_4", 0, strange))
    assert "某物 没有临界量" in one.sentence_zh
    (none,) = found("installation_level", installation("level_4", 0))
    assert "没有物质" in none.sentence_zh


def movement(number, kind, amount, day, **more):
    return {
        "id": number, "code": f"D{number}", "depot_code": "K1", "material": "救生衣",
        "movement": kind, "amount": amount, "unit": "件", "moved_on": day, **more,
    }  # fmt: skip


def test_more_cannot_leave_a_depot_than_came_and_a_count_begins_anew():
    first, second, third = date(2026, 1, 1), date(2026, 2, 1), date(2026, 3, 1)
    # 100 - 60 - 50 = -10.
    moves = [movement(1, "in", 100, first), movement(2, "out", 60, second),
             movement(3, "out", 50, third)]  # fmt: skip
    assert [each.code for each in found("stock_balance", district(stock_movement=moves))] == ["D3"]
    # 100 - 60, counted 45 on the same day, - 50 = -5; of another batch nothing is taken.
    moves = [*moves[:2], movement(4, "count", 55, second), movement(3, "out", 50, third),
             movement(5, "in", 1, third, batch="B")]  # fmt: skip
    assert found("stock_balance", district(stock_movement=moves)) == []


def test_what_lies_in_stock_past_its_date_is_found_and_what_went_is_not():
    june = date(2026, 6, 30)
    gone = [movement(1, "in", 5, date(2026, 1, 1), expires_on=june),
            movement(2, "out", 5, date(2026, 2, 1))]  # fmt: skip
    there = [movement(3, "in", 5, date(2026, 1, 1), expires_on=june, batch="B"),
             movement(4, "scrap", 2, date(2026, 2, 1), batch="B"),
             movement(5, "in", 5, date(2026, 1, 1), expires_on=TODAY, batch="C")]  # fmt: skip
    (one,) = found("stock_expired", district(stock_movement=[*gone, *there]))
    assert "救生衣 3 件" in one.sentence_zh


def test_villages_that_overlap_and_ground_without_a_village_are_found_with_their_area():
    divisions = [
        {"code": "T1", "name": "镇", "level": "town", "town_code": "T1",
         "geom": square(0, 0, 300)},
        {"code": "V1", "name": "东村", "level": "village", "town_code": "T1",
         "geom": square(0, 0, 200)},
        {"code": "V2", "name": "西村", "level": "village", "town_code": "T1",
         "geom": square(150, 0, 150)},
    ]  # fmt: skip
    place = district(division=divisions)
    # 50 m x 150 m are in both.
    (both,) = found("division_overlap", place)
    assert both.code == "V2"
    assert float(both.value.split()[0]) == pytest.approx(7500, rel=1e-3)
    # 300 x 300 - 200 x 200 - 100 x 150 = 35,000.
    (none,) = found("division_gap", place)
    assert none.code == "T1"
    assert float(none.value.split()[0]) == pytest.approx(35_000, rel=1e-3)
    assert found("division_gap", place, most_m2=40_000.0) == []


def test_a_number_far_from_the_change_of_its_column_is_an_outlier():
    villages = [{"division_code": f"V{k}", "people": 1000.0 + k} for k in range(20)]
    villages[3]["people"], villages[4]["people"] = 5000.0, 1100.0
    changes = [
        Change(table="people", code="V3", column="people", before=1000.0, after=5000.0),
        Change(table="people", code="V4", column="people", before=1000.0, after=1100.0),
    ]
    columns = [{"table": "people", "column": "people"}]
    (one,) = found("outlier", district(people=villages, changes=changes), columns=columns)
    assert (one.code, one.value) == ("V3", "5000")
    # Where a census counts everybody twice as many, twice as many is what all have.
    doubled = [
        Change(table="people", code=f"V{k}", column="people", before=(1000.0 + k) / 2,
               after=1000.0 + k)
        for k in range(20) if k not in (3, 4)
    ]  # fmt: skip
    twice = district(people=villages, changes=[*changes, *doubled])
    assert {each.code for each in found("outlier", twice, columns=columns)} == {"V3", "V4"}


def test_a_rule_without_rows_says_so_and_finds_nothing():
    answer = answered(district(), "shelter_in_water", rules()["shelter_in_water"], {})
    assert (answer.empty_tables, answer.findings) == (("shelter", "water"), ())


def test_the_example_district_is_asked_whole_and_its_findings_name_file_and_row(small_place):
    answers = {each.rule: each for each in ask(small_place, today=date(2026, 11, 1))}
    assert list(answers) == list(RULES)
    assert answers["division_overlap"].findings == answers["division_gap"].findings == ()
    overdue = list(answers["plan_overdue"].rows())
    assert overdue
    for row in overdue:
        assert row["form"] == "emergency_plans"
        assert row["file"].startswith("emergency_plans.")
        assert row["source_row"] >= 1
        assert "待核" in row["clause_zh"]


def test_a_rule_that_is_not_there_is_refused_with_the_names_of_those_that_are(small_place):
    with pytest.raises(UnknownRuleError, match="plan_overdue"):
        ask(small_place, rules=["no_such"])


def test_the_command_lists_the_findings_and_writes_them_whole(
    cluster_settings, small_place, tmp_path, monkeypatch, capsys
):
    monkeypatch.setenv("RISKATLAS_HOME", str(cluster_settings.home))
    report = tmp_path / "findings.json"
    asked = [
        "check",
        "--place",
        small_place.place,
        "--rule",
        "plan_overdue",
        "--rule",
        "division_gap",
    ]
    assert cli.main([*asked, "--report", str(report)]) == 1
    rows = json.loads(report.read_text("utf-8"))
    assert rows
    assert {row["rule"] for row in rows} == {"plan_overdue"}
    assert f"2 rules asked, {len(rows)} findings" in capsys.readouterr().out
    assert cli.main([*asked[:3], "--rule", "division_gap", "--json"]) == 0
    (summary,) = json.loads(capsys.readouterr().out)["rules"]
    assert (summary["rule"], summary["findings"]) == ("division_gap", 0)
    assert cli.main([*asked[:3], "--rule", "no_such"]) == 1
