"""Where the faults of a delivery are shown: at the row's own shape, or at what two rows share."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from shapely.geometry import Point, box, shape

from census.intake.checking import check
from census.intake.fault_places import MOST_POINTS, as_place, with_places
from census.intake.forms import form_named
from census.intake.problems import Source
from census.intake.reading import read
from census.intake.writing import write_table
from tests.census.intake.conftest import SOUTH, WEST


@pytest.fixture
def checked(tmp_path, context):
    def written_and_checked(form_name, frame):
        form, path = form_named(form_name), tmp_path / f"{form_name}.gpkg"
        write_table(form, frame, path)
        return check(read(path, form), form, context)[1]

    return written_and_checked


def sites(*points):
    count = len(points)
    return gpd.GeoDataFrame(
        {
            "code": [f"H{n}" for n in range(count)], "name": ["点"] * count,
            "kind": ["waterlogging"] * count, "hazard": ["flood"] * count,
        },
        geometry=list(points), crs=4490,
    )  # fmt: skip


def test_a_row_refused_for_its_place_is_shown_where_it_was_delivered(checked):
    near = [Point(WEST + 0.001 * n, SOUTH + 0.01) for n in range(1, 20)]
    problems = checked("hazard_sites", sites(*near, Point(0, 0)))
    (stray,) = [each for each in problems if each.rule == "district"]
    assert (stray.row, stray.place) == (20, {"type": "Point", "coordinates": [0.0, 0.0]})


def test_a_fault_of_a_cell_is_shown_at_its_row_even_where_the_shape_is_refused_as_well(checked):
    rows = sites(Point(WEST + 0.005, SOUTH + 0.01), *[Point(WEST + 0.006, SOUTH + 0.01)] * 19)
    rows["hazard"] = ["unheard of", *["flood"] * 19]
    odd = rows.geometry.tolist()
    rows = rows.set_geometry([Point(0, 0), *odd[1:]], crs=4490)
    problems = checked("hazard_sites", rows)
    cell = next(each for each in problems if each.rule == "hazard")
    assert (cell.row, cell.place["coordinates"]) == (1, [0.0, 0.0])


def test_an_overlap_of_villages_is_the_ground_that_both_claim(checked, divisions):
    villages = divisions["level"] == "village"
    first = divisions.index[villages][0]
    # The first village is 0.01 wide; a quarter of a step more lies in its neighbour.
    west, south, east, north = divisions.geometry[first].bounds
    divisions.loc[first, "geometry"] = box(west, south, east + 0.0025, north)
    problems = checked("divisions", divisions)
    (overlap,) = [each for each in problems if each.rule == "overlap"]
    assert shape(overlap.place).bounds == pytest.approx((east, south, east + 0.0025, north))


def test_a_hole_between_villages_is_shown_as_it_is(checked, divisions):
    villages = divisions.index[divisions["level"] == "village"]
    west, south = divisions.geometry[villages[0]].bounds[:2]
    hole = box(west + 0.004, south + 0.004, west + 0.006, south + 0.006)
    divisions.loc[villages[0], "geometry"] = divisions.geometry[villages[0]].difference(hole)
    holes = [each for each in checked("divisions", divisions) if each.rule == "hole"]
    assert [shape(each.place).bounds for each in holes] == [pytest.approx(hole.bounds)]


def test_what_speaks_of_the_whole_file_has_no_place(checked):
    points = [Point(SOUTH, WEST - 90)] * 3
    problems = checked("hazard_sites", sites(*points))
    assert [each.place for each in problems if each.row is None] == [None]


def test_an_outline_of_many_points_is_drawn_with_few():
    circle = Point(WEST, SOUTH).buffer(0.01, quad_segs=2000)
    assert shapely.get_num_coordinates(circle) == 8001
    drawn = shape(as_place(circle))
    assert shapely.get_num_coordinates(drawn) <= MOST_POINTS
    # A two-hundredth of its width of 0.02 is 0.0001.
    assert shapely.hausdorff_distance(drawn, circle) <= 0.0001 + 1e-7
    comb = [(WEST + 0.0001 * n, SOUTH + 0.01 * (n % 2)) for n in range(1000)]
    assert len(as_place(shapely.LineString(comb))["coordinates"][0]) == 5


def test_an_outline_that_crosses_itself_millions_of_times_is_a_place_all_the_same():
    # Each point lies two fifths of a turn after the one before, so nearly all lines cross.
    turn = np.arange(20_001) * (2 * np.pi * 2 / 5 + 0.001)
    star = shapely.Polygon(np.column_stack([WEST + np.cos(turn), SOUTH + np.sin(turn)]))
    drawn = shape(as_place(star))
    assert drawn.bounds == pytest.approx(star.bounds, abs=0.01)
    assert shapely.get_num_coordinates(drawn) <= MOST_POINTS


def test_small_parts_and_points_beside_lines_are_passed_over():
    round_ = Point(WEST, SOUTH).buffer(0.01, quad_segs=100)
    speck = shapely.box(WEST + 1, SOUTH, WEST + 1.000001, SOUTH + 0.000001)
    drawn = shape(as_place(shapely.MultiPolygon([round_, speck])))
    assert drawn.bounds[0] == pytest.approx(WEST - 0.01)
    line = shapely.LineString([(WEST + 0.001 * n, SOUTH) for n in range(300)])
    mixed = shapely.GeometryCollection([Point(WEST, SOUTH), line])
    assert shape(as_place(mixed)).equals(shapely.LineString([line.coords[0], line.coords[-1]]))


def test_nothing_and_a_coordinate_that_is_none_have_no_place():
    assert as_place(None) is None
    assert as_place(shapely.Point()) is None
    assert as_place(Point(np.inf, SOUTH)) is None
    assert as_place(Point(WEST, SOUTH, 4.5))["coordinates"] == [WEST, SOUTH]


def test_a_place_of_two_rows_is_not_lent_to_other_faults_of_the_row():
    here = Source("a.gpkg", "layer", 1)
    shared = here.problem("overlap", "warning", zh="甲", en="a", place={"type": "Point"})
    cell = here.problem("key", "error", zh="乙", en="b")
    frame = sites(Point(WEST, SOUTH)).assign(file="a.gpkg", sheet="layer", row=1)
    told = with_places([shared, cell], frame, frame.geometry.to_numpy())
    assert told[0].place == {"type": "Point"}
    assert told[1].place["coordinates"] == [WEST, SOUTH]


def test_a_place_is_for_maps_and_not_for_the_record_of_the_delivery():
    told = Source("a.gpkg").problem("key", "error", zh="甲", en="a", place={"type": "Point"})
    assert "place" not in told.as_row()
