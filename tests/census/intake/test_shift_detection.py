"""A district moved as web maps move places is told as such and refused until somebody states it."""

from dataclasses import replace
from pathlib import Path

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box

from census.intake.checking import check
from census.intake.context import Context
from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.reading import Delivery, read
from census.intake.writing import write_table
from geo.shifted import bd09, gcj02
from tests.census.intake.conftest import SOUTH, WEST, tiny_divisions

POINTS = form_named("assembly_points")
DIVISIONS = form_named("divisions")
# Villages of 0.02 by 0.02 degree, about 1.9 by 2.2 km: those of a delta.
SIDE, STEP = 5, 0.02


def lattice():
    """A town of 25 villages, named 村1 to 村25 by row."""
    rows = [("990001001000", "镇1", "town", None, box(WEST, SOUTH, WEST + 0.1, SOUTH + 0.1))]
    for number in range(SIDE * SIDE):
        x, y = WEST + STEP * (number % SIDE), SOUTH + STEP * (number // SIDE)
        code = f"990001001{number + 1:03}"
        rows.append(
            (code, f"村{number + 1}", "village", "990001001000", box(x, y, x + STEP, y + STEP))
        )
    names = ["code", "name", "level", "parent_code", "geometry"]
    return gpd.GeoDataFrame(dict(zip(names, zip(*rows, strict=True), strict=True)), crs=4490)


def as_context(divisions):
    frame = divisions.rename_geometry("geom")
    frame["village_code"] = frame["code"].where(frame["level"] == "village", None)
    frame["town_code"] = "990001001000"
    return Context(srid=4490, metric_srid=4549, divisions=frame)


LATTICE = as_context(lattice())


def moved(frame, shift):
    return frame.set_geometry(shapely.transform(frame.geometry.to_numpy(), shift), crs=frame.crs)


def delivered(form, frame, **options):
    """A delivery as the reader would give it."""
    rows = frame.assign(file="d.gpkg", sheet="d", row=np.arange(1, len(frame) + 1))
    headings = {name: name for name in frame.columns}
    return Delivery(form, Path("d.gpkg"), rows, headings=headings, **options)


def points(at, villages):
    """Assembly points at longitudes and latitudes, each stating a village."""
    numbers = [str(number) for number in range(len(at))]
    columns = {"code": numbers, "name": numbers, "stated_village": villages}
    return gpd.GeoDataFrame(columns, geometry=shapely.points(np.asarray(at)), crs=4490)


def spread_points(count=100, seed=1):
    """Points spread over the lattice, each stating the village it lies in."""
    at = np.random.default_rng(seed).uniform(0, SIDE * STEP, (count, 2))
    column, row = (at // STEP).astype(int).T
    return points(
        at + np.array([WEST, SOUTH]),
        [f"村{c + SIDE * r + 1}" for c, r in zip(column, row, strict=True)],
    )


def shifts(form, frame, context=LATTICE, **options):
    accepted, problems = check(delivered(form, frame, **options), form, context)
    return accepted, [problem for problem in problems if problem.rule == "shift"]


@pytest.mark.parametrize(
    ("shift", "name", "metres"), [(gcj02, "GCJ-02", 470), (bd09, "BD-09", 1140)]
)
def test_divisions_moved_like_a_web_map_are_refused_with_distance_and_name(shift, name, metres):
    accepted, found = shifts(DIVISIONS, moved(lattice(), shift))
    assert accepted.empty
    (problem,) = found
    assert (problem.level, problem.row) == ("error", None)
    assert f"like {name}" in problem.sentence_en
    assert name in problem.sentence_zh
    assert f"--source-crs {name.replace('-', '')}" in problem.sentence_en
    assert "--source-crs EPSG:4490" in problem.sentence_en
    told_m = int(problem.sentence_en.split("about ")[1].split(" m")[0])
    assert told_m == pytest.approx(metres, abs=40)


def test_divisions_that_were_not_moved_are_not_accused():
    accepted, found = shifts(DIVISIONS, lattice())
    assert len(accepted) == 26
    assert found == []


def test_the_direction_is_that_of_the_move():
    # 0.004 degree of latitude to the south is 445 m, and nothing to the east.
    _, (problem,) = shifts(DIVISIONS, moved(lattice(), lambda pairs: pairs - (0, 0.004)))
    assert "about 450 m to the south, alike everywhere" in problem.sentence_en
    assert "向南偏移约 450 米" in problem.sentence_zh
    assert problem.level == "error"
    assert (
        "declare its true CRS with --source-crs, or --source-crs EPSG:4490" in problem.sentence_en
    )


def test_a_declared_crs_lets_the_file_in_with_a_warning_where_it_still_looks_moved():
    accepted, (problem,) = shifts(DIVISIONS, moved(lattice(), gcj02), source_crs="EPSG:4490")
    assert len(accepted) == 26
    assert problem.level == "warning"
    assert "declared as EPSG:4490" in problem.sentence_en


def test_two_divisions_alone_are_warned_of():
    accepted, (problem,) = shifts(DIVISIONS, moved(lattice().iloc[:2], gcj02))
    assert len(accepted) == 2
    assert problem.level == "warning"
    assert "2 of 2 features" in problem.sentence_en


def test_divisions_moved_each_its_own_way_are_warned_of():
    frame = lattice()
    turns = np.linspace(0, 2 * np.pi, len(frame), endpoint=False)
    shapes = [
        shapely.affinity.translate(shape, 0.005 * np.cos(turn), 0.005 * np.sin(turn))
        for shape, turn in zip(frame.geometry, turns, strict=True)
    ]
    _, (problem,) = shifts(DIVISIONS, frame.set_geometry(shapes, crs=4490))
    assert problem.level == "warning"
    assert "each its own way" in problem.sentence_en


def test_one_village_drawn_anew_refuses_nothing():
    frame = lattice()
    shapes = list(frame.geometry)
    shapes[25] = shapely.affinity.translate(shapes[25], -0.005, 0)
    accepted, (problem,) = shifts(DIVISIONS, frame.set_geometry(shapes, crs=4490))
    assert len(accepted) == 26
    assert problem.level == "warning"
    assert "1 of 26 features" in problem.sentence_en


@pytest.mark.parametrize(
    ("shift", "name", "metres"), [(gcj02, "GCJ-02", 470), (bd09, "BD-09", 1140)]
)
def test_points_outside_their_villages_that_come_in_when_undone_are_refused(shift, name, metres):
    accepted, (problem,) = shifts(POINTS, moved(spread_points(), shift))
    assert accepted.empty
    assert problem.level == "error"
    assert f"like {name}" in problem.sentence_en
    told_m = int(problem.sentence_en.split("about ")[1].split(" m")[0])
    assert told_m == pytest.approx(metres, abs=40)


def test_a_tenth_of_wrong_villages_hides_no_shift():
    frame = moved(spread_points(200), gcj02)
    wrong = np.arange(len(frame)) % 10 == 0
    frame.loc[wrong, "stated_village"] = "村13"
    assert shifts(POINTS, frame)[1][0].level == "error"


def test_points_as_delivered_right_are_not_accused_and_wrong_villages_are_no_shift():
    assert shifts(POINTS, spread_points())[1] == []
    frame = spread_points(200)
    wrong = np.arange(len(frame)) % 3 == 0
    frame.loc[wrong, "stated_village"] = "村13"
    assert shifts(POINTS, frame)[1] == []


def test_few_points_are_warned_of_and_one_alone_is_not():
    # On the west side of 村1, so that a move to the south-east cannot hide: the east side of it.
    at = gcj02(np.array([[WEST + 0.0195, SOUTH + 0.01], [WEST + 0.0199, SOUTH + 0.012]]))
    _, (problem,) = shifts(POINTS, points(at, ["村1", "村1"]))
    assert problem.level == "warning"
    assert "too little to say" in problem.sentence_en
    assert shifts(POINTS, points(at[:1], ["村1"]))[1] == []


def test_points_that_fall_into_place_only_with_axes_exchanged_are_told_so():
    # A made district where both ordinates are about 30: only there do exchanged axes stay inside.
    rows = [("990001001000", "镇", "town", None, box(30, 30, 30.1, 30.1))]
    rows += [
        (f"99000100100{n}", f"村{n}", "village", "990001001000", shape)
        for n, shape in ((1, box(30, 30, 30.05, 30.1)), (2, box(30.05, 30, 30.1, 30.1)))
    ]
    names = ["code", "name", "level", "parent_code", "geometry"]
    frame = gpd.GeoDataFrame(dict(zip(names, zip(*rows, strict=True), strict=True)), crs=4490)
    context = as_context(frame)
    at = np.column_stack([np.full(6, 30.08), np.linspace(30.01, 30.04, 6)])
    _, (problem,) = shifts(POINTS, points(at, ["村1"] * 6), replace(context, metric_srid=32636))
    assert problem.level == "error"
    assert "axes exchanged" in problem.sentence_en
    assert "GCJ" not in problem.sentence_en


places = st.tuples(st.integers(0, SIDE**2 - 1), st.floats(0.001, 0.999), st.floats(0.001, 0.999))


@settings(deadline=None, max_examples=40)
@given(st.lists(places, min_size=1, max_size=60))
def test_no_delivery_of_points_inside_their_villages_is_ever_accused(drawn):
    at = [(WEST + STEP * (v % SIDE + x), SOUTH + STEP * (v // SIDE + y)) for v, x, y in drawn]
    frame = points(at, [f"村{village + 1}" for village, _, _ in drawn])
    accepted, problems = check(delivered(POINTS, frame), POINTS, LATTICE)
    assert [each.rule for each in problems if each.rule in {"shift", "stated_village"}] == []
    assert len(accepted) == len(frame)


@pytest.mark.parametrize(
    "stated", ["村1", "990001001001", "镇1村1", "村1村民委员会", " 村１ "], ids=range(5)
)
def test_a_village_is_stated_by_name_code_town_and_name_or_committee(stated):
    frame = points([(WEST + 0.01, SOUTH + 0.01)], [stated])
    _, problems = check(delivered(POINTS, frame), POINTS, LATTICE)
    assert [p for p in problems if p.rule == "stated_village" and p.level == "warning"] == []


def test_a_point_outside_its_village_is_told_with_the_metres_to_it_and_enters():
    # 0.001 degree past the border at latitude 32: 111,320 * 0.001 * cos(32) = 94.4 m
    frame = points(
        [(WEST + STEP + 0.001, SOUTH + 0.01), (WEST + 0.01, SOUTH + 0.01)], ["村1", "村X"]
    )
    accepted, problems = check(delivered(POINTS, frame), POINTS, LATTICE)
    outside, unknown = sorted(
        (p for p in problems if p.rule == "stated_village"), key=lambda p: p.row
    )
    assert outside.sentence_en == (
        "It lies 95 m outside the stated village '村1', in 村2; check the place or the village."
    )
    assert "之外 95 米" in outside.sentence_zh
    assert "no village called '村X'" in unknown.sentence_en
    assert len(accepted) == 2
    assert {outside.level, unknown.level} == {"warning"}


def test_of_two_villages_of_one_name_either_will_do():
    divisions = LATTICE.divisions.copy()
    divisions.loc[divisions["name"] == "村25", "name"] = "村1"
    frame = points([(WEST + 0.09, SOUTH + 0.09)], ["村1"])
    _, problems = check(delivered(POINTS, frame), POINTS, replace(LATTICE, divisions=divisions))
    assert [p for p in problems if p.rule == "stated_village"] == []


def test_a_moved_delivery_changes_nothing_until_it_is_declared(store, tmp_path):
    path = tmp_path / "divisions.gpkg"
    write_table(DIVISIONS, moved(tiny_divisions(), gcj02), path)
    refused = import_delivery(store, "divisions", [path], accept_faulty=True)
    assert refused.is_refused
    assert "like GCJ-02" in next(p.sentence_en for p in refused.problems if p.rule == "shift")
    taken = import_delivery(store, "divisions", [path], source_crs="GCJ02")
    assert taken.imported == 10
    assert [p for p in taken.problems if p.rule == "shift"] == []


def test_the_stated_village_is_compared_and_not_stored(store, tmp_path):
    path = tmp_path / "p.xlsx"
    frame = points([(WEST + 0.005, SOUTH + 0.005)], ["村12"])
    write_table(POINTS, frame, path)
    assert read(path, POINTS).frame["stated_village"].tolist() == ["村12"]
    report = import_delivery(store, "assembly_points", [path])
    assert report.imported == 1
    assert [p.rule for p in report.problems] == ["stated_village"]


def test_points_of_no_stated_village_are_compared_with_nothing():
    frame = points([(WEST + 0.01, SOUTH + 0.01)], [None])
    accepted, found = shifts(POINTS, frame)
    assert found == []
    assert accepted.geometry.iloc[0].equals(Point(WEST + 0.01, SOUTH + 0.01))
