"""All faults of a delivery at once, each with file, row, column, value, rule and sentence."""

from dataclasses import replace

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, Polygon

from census.intake.checking import check
from census.intake.context import Context, no_divisions
from census.intake.forms import form_named
from census.intake.problems import has_errors
from census.intake.reading import read
from census.intake.writing import write_table
from geo.shifted import bd09, gcj02
from tests.census.intake.conftest import SOUTH, WEST, square

BOW = Polygon(
    [(WEST, SOUTH), (WEST + 0.01, SOUTH + 0.01), (WEST + 0.01, SOUTH), (WEST, SOUTH + 0.01)]
)


@pytest.fixture
def checked(tmp_path, context):
    def write_and_check(form_name, frame, *, where=context, suffix="gpkg", **options):
        form = form_named(form_name)
        path = tmp_path / f"{form_name}.{suffix}"
        write_table(form, frame, path)
        return check(read(path, form, **options), form, where)

    return write_and_check


def people(**columns):
    codes = [f"99000100{t}00{v}" for t in (1, 2) for v in (1, 2)]
    frame = pd.DataFrame({"division_code": codes, "people": [100, 200, 300, 400]})
    return frame.assign(basis="counted", **columns)


def buildings(*shapes, **columns):
    return gpd.GeoDataFrame(
        {"kind": ["住宅"] * len(shapes)} | columns, geometry=list(shapes), crs=4490
    )


def found(problems, level="error"):
    return [(problem.rule, problem.row) for problem in problems if problem.level == level]


def test_a_clean_table_is_accepted_without_a_word(checked):
    accepted, problems = checked("people", people(), suffix="xlsx")
    assert problems == []
    assert list(accepted["people"]) == [100, 200, 300, 400]
    assert list(accepted["basis"]) == ["counted"] * 4


def test_every_fault_of_every_row_is_listed_at_once(checked):
    frame = people(village_name=["村11", "别村", "村21", None], elderly_people=[101, 1, "许多", -1])
    frame["people"] = [100, None, 300, "４００"]  # noqa: RUF001  (full-width digits are the case)
    frame["division_code"] = ["990001001001", "990001001002", "990001001000", "990001001001"]
    accepted, problems = checked("people", frame, suffix="xlsx")
    assert set(found(problems)) == {
        ("ages", 2),
        ("people", 3),
        ("village_name", 3),
        ("elderly_people", 4),
        ("division_code", 4),
        ("elderly_people", 5),
        ("key", 5),
    }
    assert [row for _, row in found(problems)] == [2, 3, 3, 4, 4, 5, 5]
    assert accepted.empty
    strange = next(problem for problem in problems if problem.value == "许多")
    assert (strange.file, strange.sheet, strange.column) == (
        "people.xlsx",
        "数据",
        "65岁及以上人口",
    )
    assert "不是数字" in strange.sentence_zh
    assert "is no number" in strange.sentence_en


def test_full_width_digits_are_read_and_noted(checked):
    frame = people()
    frame["people"] = [100, 200, 300, "４００"]  # noqa: RUF001  (full-width digits are the case)
    accepted, problems = checked("people", frame, suffix="xlsx")
    assert found(problems, "repair") == [("people", 5)]
    assert accepted["people"].iloc[3] == 400
    assert accepted["notes"].iloc[3][0]["level"] == "repair"


def test_a_code_typed_in_full_width_or_with_unseen_signs_is_the_same_code(checked):
    shelters = gpd.GeoDataFrame(
        {"code": ["ＢＮ－００１", "BN-002\u200b", "BN-003"], "name": ["甲", "乙", "丙（备用）"]},  # noqa: RUF001  (full-width is the case)
        geometry=[Point(WEST + 0.001 * n, SOUTH + 0.001) for n in (1, 2, 3)],
        crs=4490,
    )
    accepted, problems = checked("shelters", shelters)
    assert list(accepted["code"]) == ["BN-001", "BN-002", "BN-003"]
    assert list(accepted["name"]) == ["甲", "乙", "丙（备用）"]
    told = [each for each in problems if each.rule == "code"]
    assert [(each.level, each.row) for each in told] == [("repair", 1), ("repair", 2)]
    assert "BN-002[U+200B]" in told[1].sentence_en


def test_two_spellings_of_one_code_in_a_file_are_one_code_twice(checked):
    twins = gpd.GeoDataFrame(
        {"code": ["R1", "Ｒ１"], "name": ["甲", "乙"]},  # noqa: RUF001  (full-width is the case)
        geometry=[Point(WEST + 0.001, SOUTH + 0.001)] * 2,
        crs=4490,
    )
    _, problems = checked("shelters", twins)
    assert ("key", 2) in found(problems)


def test_villages_without_a_row_of_people_are_named(checked):
    _, problems = checked("people", people().iloc[:3], suffix="xlsx")
    assert found(problems, "warning") == [("complete", None)]
    assert problems[0].value == "村22"


def test_divisions_must_come_first(checked, rules):
    nothing = Context(4490, 4549, no_divisions(4490), shelter_rules=rules)
    accepted, problems = checked("people", people(), where=nothing, suffix="xlsx")
    assert accepted.empty
    assert found(problems) == [("divisions_first", None)]


def test_a_ring_that_touches_itself_is_repaired_and_noted(checked):
    # Two squares that meet in one point, drawn as one ring: make_valid splits it, area unchanged.
    x, y = WEST, SOUTH
    ring = Polygon([(x, y), (x + 0.001, y), (x + 0.001, y + 0.001), (x + 0.002, y + 0.001),
                    (x + 0.002, y + 0.002), (x + 0.001, y + 0.002), (x + 0.001, y + 0.001),
                    (x, y + 0.001)])  # fmt: skip
    assert not ring.is_valid
    accepted, problems = checked("buildings", buildings(ring))
    assert found(problems, "repair") == [("valid", 1)]
    assert accepted.geometry.is_valid.all()
    assert shapely.area(accepted.geometry.to_numpy()).sum() == pytest.approx(2e-6)


def test_a_repair_that_changes_the_area_by_more_than_one_percent_is_refused(checked):
    accepted, problems = checked("buildings", buildings(square(0, 0, 0.1), BOW))
    assert found(problems) == [("valid", 2)]
    assert "more than 1 %" in problems[-1].sentence_en
    assert len(accepted) == 1


def test_swapped_axes_refuse_the_whole_file(checked):
    turned = [shapely.transform(square(c, 0, 0.1), lambda p: p[:, ::-1]) for c in range(3)]
    accepted, problems = checked("buildings", buildings(*turned))
    assert accepted.empty
    assert "axes are swapped" in problems[0].sentence_en
    assert "坐标轴颠倒" in problems[0].sentence_zh


def test_swapped_axes_are_seen_even_before_divisions_are_known(checked, divisions, rules):
    nothing = Context(4490, 4549, no_divisions(4490), shelter_rules=rules)
    turned = divisions.set_geometry(
        shapely.transform(divisions.geometry.to_numpy(), lambda p: p[:, ::-1])
    ).set_crs(4490, allow_override=True)
    accepted, problems = checked("divisions", turned, where=nothing)
    assert accepted.empty
    assert "axes are swapped" in problems[0].sentence_en


def test_another_districts_file_is_refused_whole(checked):
    far = [shapely.transform(square(c, 0, 0.1), lambda p: np.add(p, (5, 2))) for c in range(3)]
    _, problems = checked("buildings", buildings(*far))
    assert found(problems) == [("crs", None)]
    assert "Most features are not in the district" in problems[0].sentence_en


def test_one_stray_row_is_refused_alone(checked):
    near = [square(c, 0, 0.1) for c in range(3)]
    far = shapely.transform(square(0, 0, 0.1), lambda p: np.add(p, (5, 2)))
    accepted, problems = checked("buildings", buildings(*near, far))
    assert found(problems) == [("district", 4)]
    assert len(accepted) == 3


def test_a_declared_crs_brings_metres_into_the_district(checked):
    metric = buildings(square(0, 0, 0.1)).to_crs(4549)
    accepted, problems = checked("buildings", metric)
    assert problems == []
    assert accepted.crs.to_epsg() == 4490
    assert accepted.geometry.iloc[0].centroid.x == pytest.approx(WEST + 0.0005)


def test_an_unknown_crs_gets_a_sentence(checked):
    accepted, problems = checked("buildings", buildings(square(0, 0, 0.1)), source_crs="GCJ03")
    assert accepted.empty
    assert found(problems) == [("crs", None)]
    assert "The CRS 'GCJ03' is not known" in problems[0].sentence_en


@pytest.mark.parametrize(("name", "shift"), [("GCJ02", gcj02), ("bd-09", bd09)])
def test_what_is_declared_as_shifted_comes_where_it_is(checked, name, shift):
    house = square(0, 0, 0.1)
    moved = shapely.transform(house, shift)
    assert moved.distance(house) > 0
    accepted, problems = checked("buildings", buildings(moved), source_crs=name)
    assert problems == []
    (back,) = accepted.geometry
    assert back.hausdorff_distance(house) < 1e-8


def test_a_table_of_shifted_places_comes_where_it_is(checked):
    there = (WEST + 0.001, SOUTH + 0.001)
    firm = {"code": ["E1"], "name": ["甲厂"], "colour": ["red"]}
    frame = gpd.GeoDataFrame(firm, geometry=shapely.points(gcj02(np.array([there]))), crs=4326)
    accepted, problems = checked("enterprises", frame, suffix="xlsx", source_crs="GCJ-02")
    assert problems == []
    assert accepted.geometry.iloc[0].distance(Point(there)) < 1e-6


def test_duplicates_overlaps_and_odd_sizes_of_buildings_are_remarks(checked):
    one = square(0, 0, 0.1)
    crumb = Point(WEST + 0.02, SOUTH + 0.01).buffer(1e-6)
    accepted, problems = checked("buildings", buildings(one, one, square(0.05, 0, 0.1), crumb))
    assert not has_errors(problems)
    assert ("repeated_shape", 2) in found(problems, "warning")
    assert ("footprint", 4) in found(problems, "warning")
    assert sum(rule == "overlap" for rule, _ in found(problems, "warning")) == 2
    assert len(accepted) == 4


def test_a_layer_of_the_wrong_kind_is_refused_row_by_row(checked):
    line = LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    _, problems = checked("buildings", buildings(line))
    assert found(problems) == [("shape", 1)]


def test_a_shelter_declared_too_full_is_remarked(checked):
    # 0.001 degree squared is about 94 m x 111 m: 10,500 m2 hold 20,000 people at 0.5 m2, no more.
    frame = gpd.GeoDataFrame(
        {"code": ["S1"], "name": ["学校"], "kind": ["school"], "capacity_text": ["150000"]},
        geometry=[square(0, 0, 0.1)], crs=4490,
    )  # fmt: skip
    accepted, problems = checked("shelters", frame)
    assert found(problems, "warning") == [("capacity_area", 1)]
    assert accepted["capacity_text_raw"].iloc[0] == "150000"


def division_faults(divisions, row, **values):
    for name, value in values.items():
        divisions.loc[row, name] = value
    return divisions


@pytest.mark.parametrize(
    ("row", "values", "sentence"),
    [
        (1, {"parent_code": "990001009000"}, "The parent 990001009000 is not in this delivery"),
        (2, {"code": "990001002001009"}, "does not begin with that of its village"),
        (1, {"parent_code": "990001002000"}, "Only 0% of its area lies in its parent"),
        (0, {"parent_code": "990001002000"}, "A town names no parent"),
    ],
)
def test_a_division_out_of_the_tree_is_refused(checked, divisions, row, values, sentence):
    _, problems = checked("divisions", division_faults(divisions, row, **values))
    assert sentence in " ".join(problem.sentence_en for problem in problems)


def test_children_of_a_refused_division_are_refused_with_it(checked, divisions):
    accepted, problems = checked("divisions", division_faults(divisions, 0, name=None))
    assert len(accepted) == 5
    assert set(accepted["town_code" if "town_code" in accepted else "code"].str[:9]) == {
        "990001002"
    }
    assert len([problem for problem in problems if problem.level == "error"]) == 5


def test_a_hole_between_villages_is_remarked(checked, divisions):
    village = divisions.loc[1, "geometry"]
    hole = shapely.box(WEST + 0.004, SOUTH + 0.004, WEST + 0.006, SOUTH + 0.006)
    divisions.loc[1, "geometry"] = village.difference(hole)
    _, problems = checked("divisions", divisions)
    assert [problem.rule for problem in problems] == ["hole"]
    assert "level village" in problems[0].sentence_en


def test_a_point_on_a_shared_border_belongs_to_the_lowest_code(context):
    border = Point(WEST + 0.01, SOUTH + 0.005)
    outside = Point(WEST - 0.01, SOUTH)
    codes = context.village_codes(gpd.GeoSeries([border, outside], crs=4490))
    assert list(codes) == ["990001001001", None]


def test_multipolygons_and_rows_keep_their_order(checked):
    shapes = [MultiPolygon([square(c, 0, 0.1), square(c, 0.5, 0.1)]) for c in (0, 1, 2)]
    accepted, _ = checked("buildings", buildings(*shapes, name=["甲", "乙", "丙"]))
    assert list(accepted["name"]) == ["甲", "乙", "丙"]
    assert np.array_equal(accepted["row"], [1, 2, 3])


def test_a_coordinate_that_is_no_number_refuses_its_row(checked):
    corner = [(121.001, 32.001), (121.002, 32.001), (121.002, np.nan), (121.001, 32.002)]
    with np.errstate(invalid="ignore"):
        accepted, problems = checked("buildings", buildings(square(0, 0, 0.1), Polygon(corner)))
    assert len(accepted) == 1
    assert found(problems) == [("coordinates", 2)]


def test_a_control_sign_in_a_text_refuses_its_row(context, tmp_path):
    file = tmp_path / "duties.csv"
    file.write_text("区划代码,岗位,职责,角色\n990001001001,网\x00格员,巡查,A角\n", "utf-8")
    form = form_named("duties")
    accepted, problems = check(read(file, form), form, context)
    assert accepted.empty
    assert any("U+0000" in problem.sentence_en for problem in problems)


def test_a_fault_in_one_file_leaves_the_same_row_of_another_file_alone(context, tmp_path):
    form = form_named("people")
    for name, count in (("a", 7), ("b", -7)):
        code = {"a": "990001001001", "b": "990001001002"}[name]
        (tmp_path / f"{name}.csv").write_text(
            f"村代码,常住人口,数据依据\n{code},{count},统计\n", "utf-8"
        )
    both = [read(tmp_path / f"{name}.csv", form) for name in "ab"]
    together = replace(both[0], frame=pd.concat([each.frame for each in both], ignore_index=True))
    accepted, _ = check(together, form, context)
    assert list(accepted["people"]) == [7]


def test_a_value_out_of_range_is_told_in_whole_figures(checked):
    frame = people()
    frame["people"] = [-5, 200, 300, 400]
    _, problems = checked("people", frame, suffix="xlsx")
    assert problems[0].sentence_en.startswith("-5 lies outside 0 to 2,000,000 people")
