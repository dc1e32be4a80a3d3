"""Scale, packing and labels of a sheet, on figures a reader can redo."""

import numpy as np
import pyproj
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from geo.errors import GridError
from webapp.sheets.column import Block, Section, lines_of, pack_first, pack_on, row
from webapp.sheets.content import letters_of, short_name
from webapp.sheets.frame import (
    DENOMINATORS,
    MapFrame,
    choose_denominator,
    fit_frame,
    fit_frame_with_routes,
)
from webapp.sheets.furniture import bar_length_m, degrees_text
from webapp.sheets.labels import Labels, LabelStyle, shortened
from webapp.sheets.lanes import LANE_MM, Lanes
from webapp.sheets.strokes import hatch, path_data
from webapp.sheets.words import Words

STYLE = LabelStyle(size_pt=8, colour="#000000")


def section(count, height_mm=10.0, first_limit=1000):
    heading = Block("h", 5.0, is_heading=True)
    blocks = tuple(Block(str(number), height_mm) for number in range(count))
    return Section(heading, Block("more", 5.0, is_heading=True), blocks, first_limit)


def test_a_village_of_2_km_fits_1_to_10_000():
    # 2 000 m are 200 mm at 1:10 000; the frame offers 236 - 24 = 212 mm; 1:7 500 would need 267.
    assert choose_denominator(1000, 2000) == 10_000


def test_larger_than_the_list_is_refused_with_a_sentence():
    with pytest.raises(GridError, match="does not fit an A3 sheet"):
        choose_denominator(1e9, 1)


@given(st.floats(1, 60_000), st.floats(1, 60_000))
def test_the_chosen_scale_fits_and_the_next_larger_does_not(width_m, height_m):
    chosen = choose_denominator(width_m, height_m)
    larger = [one for one in DENOMINATORS if one < chosen]
    room = (268.0, 212.0)

    def fits(denominator):
        return all(
            side * 1000 / denominator <= free + 1e-9
            for side, free in zip((width_m, height_m), room, strict=True)
        )

    assert fits(chosen)
    assert not larger or not fits(larger[-1])


def test_a_route_far_away_does_not_shrink_the_village():
    village = (0.0, 0.0, 400.0, 400.0)
    near, far = (0.0, 0.0, 600.0, 400.0), (0.0, 0.0, 20_000.0, 400.0)
    assert fit_frame(village).denominator == 2_000
    assert fit_frame_with_routes(village, near).denominator in {2_000, 2_500}
    assert fit_frame_with_routes(village, far).denominator == 2_000


def test_ten_millimetres_are_a_hundred_metres_at_1_to_10_000():
    frame = MapFrame(1000, 1000, 10_000)
    points = frame.points_mm(np.array([[1000.0, 1000.0], [1100.0, 1100.0]]))
    assert points.tolist() == [[146.0, 118.0], [156.0, 108.0]]


def test_the_scale_bar_is_round_and_at_most_60_mm():
    # 60 mm are 450 m at 1:7 500: 200 m is the longest round length below.
    assert bar_length_m(MapFrame(0, 0, 7_500)) == 200
    assert bar_length_m(MapFrame(0, 0, 25_000)) == 1000


def test_degrees_are_written_with_minutes_and_seconds():
    assert degrees_text(106 * 3600 + 50 * 60 + 30, "E", "W") == "106°50\u203230\u2033E"
    assert degrees_text(-6 * 3600, "N", "S") == "6°00\u2032S"


def test_no_block_is_lost_between_the_first_column_and_further_pages():
    sections = [section(9), section(30), section(0)]
    placed, rest = pack_first(sections, fixed_mm=100, shares=[0.5, 0.5, 0.0])
    pages = pack_on(rest, height_mm=236, columns=3)
    shown = [block.html for column in placed for block in column if not block.is_heading]
    shown += [b.html for page in pages for col in page for b in col if not b.is_heading]
    assert sorted(shown) == sorted(str(n) for count in (9, 30) for n in range(count))


def test_no_column_is_fuller_than_it_is_high():
    for page in pack_on([section(100, 31.0)], height_mm=236, columns=3):
        assert len(page) <= 3
        for column in page:
            assert sum(block.height_mm for block in column) <= 236


def test_a_table_goes_on_after_its_fourteenth_row():
    placed, rest = pack_first([section(20, 1.0, first_limit=14)], fixed_mm=0, shares=[1.0])
    assert len(placed[0]) == 1 + 14
    assert len(rest[0].blocks) == 6


def table_section(count):
    head = row(["no.", "name"], [20.0, 84.0], kind="head")
    rows = tuple(row([str(n), "x"], [20.0, 84.0], head=head) for n in range(count))
    heading = Block("h", 5.0, is_heading=True)
    return Section(heading, Block("more", 5.0, is_heading=True), rows), head


def test_column_heads_stand_above_each_piece_of_a_table():
    section, head = table_section(40)
    for page in pack_on([section], height_mm=60, columns=3):
        for column in page:
            assert column[0].is_heading
            assert column[1] == head
            assert len(column) >= 3


def test_a_table_does_not_begin_with_a_single_row_of_several():
    section, head = table_section(5)
    one_row_mm = 5.0 + head.height_mm + section.blocks[0].height_mm
    assert section.split(one_row_mm + 0.01) == ((), section)
    taken, rest = section.split(one_row_mm + section.blocks[1].height_mm + 0.01)
    assert (len(taken), len(rest.blocks)) == (4, 3)


def test_the_columns_of_a_half_empty_page_are_even():
    # 12 blocks of 10 mm and a heading of 5 mm in each of three columns: 45 mm each.
    page = pack_on([section(12)], height_mm=236, columns=3)[0]
    assert [len(column) for column in page] == [5, 5, 5]


def test_a_text_that_surely_fits_takes_one_line():
    assert lines_of("编号", size_pt=10, width_mm=20) == 1
    assert lines_of("很" * 40, size_pt=10, width_mm=50) >= 3


def test_the_second_label_at_one_place_moves_aside_or_is_dropped():
    labels = Labels(100, 100)
    area = shapely.box(45, 45, 55, 55)
    placed = [labels.in_area(["名称"], area, STYLE) for _ in range(30)]
    boxes = np.array(labels.taken)
    assert placed[0]
    assert not placed[-1]
    assert not any(
        shapely.intersects(boxes[i], np.delete(boxes, i)).any() for i in range(len(boxes))
    )


def test_hatch_lines_stay_inside_their_area():
    area = shapely.box(10, 10, 20, 15)
    drawn = hatch(area, spacing_mm=1.0, rising=True, falling=True)
    numbers = np.array(
        [list(map(float, pair.split())) for pair in drawn.replace("M", "L").split("L") if pair]
    )
    assert numbers[:, 0].min() >= 10
    assert numbers[:, 0].max() <= 20
    assert numbers[:, 1].min() >= 10
    assert numbers[:, 1].max() <= 15


def test_a_hole_stays_a_hole_in_path_data():
    ring = shapely.box(0, 0, 10, 10) - shapely.box(4, 4, 6, 6)
    assert path_data(ring).count("Z") == 2


def test_a_unit_is_named_without_its_village():
    assert short_name("西河村第1网格", "西河村") == "第1网格"
    assert short_name("西河村", "西河村") == "西河村"


def test_shelters_are_counted_in_letters():
    # 26 letters, then two: the 27th is AA, the 53rd BA.
    assert [letters_of(number) for number in (0, 25, 26, 52)] == ["A", "Z", "AA", "BA"]


def test_routes_of_two_groups_on_one_road_lie_a_lane_apart_and_each_has_its_own_end():
    road = [(0.0, 0.0), (10.0, 0.0)]
    lines = [shapely.LineString([*road, (10.0, 9.0)]), shapely.LineString([*road, (20.0, 0.0)])]
    lanes = Lanes(lines, ["a", "b"])
    first, second = lanes.moved()
    heights = [shapely.get_coordinates(line)[0, 1] for line in (first, second)]
    assert abs(heights[0] - heights[1]) == pytest.approx(LANE_MM)
    assert [own.length for own in lanes.alone()] == [9.0, 10.0]


def test_a_road_walked_in_both_directions_still_has_two_lanes():
    lines = [shapely.LineString([(0, 0), (10, 0)]), shapely.LineString([(10, 0), (0, 0)])]
    first, second = Lanes(lines, ["a", "b"]).moved()
    assert first.distance(second) == pytest.approx(LANE_MM)


def test_routes_of_one_group_share_a_lane_and_nothing_stays_nothing():
    line = shapely.LineString([(0, 0), (10, 0)])
    first, second, nothing = Lanes([line, line, shapely.LineString()], ["a", "a", "b"]).moved()
    assert first.equals(line)
    assert second.equals(line)
    assert nothing.is_empty


def test_a_name_too_long_for_the_map_is_cut_with_an_ellipsis():
    assert shortened("a" * 40) == "a" * 31 + "\u2026"
    assert shortened("西河小学") == "西河小学"


def test_the_scale_bar_agrees_with_the_geodesic_to_a_thousandth():
    # Jakarta in UTM 48S: the scale factor of the projection is near 1.0004 there.
    frame = MapFrame(703_000, 9_320_000, 10_000)
    to_degrees = pyproj.Transformer.from_crs(32748, 4326, always_xy=True)
    length_m = bar_length_m(frame)
    xs = [703_000, 703_000 + length_m]
    (west, east), (south, north) = to_degrees.transform(xs, [9_320_000] * 2)
    _, _, geodesic_m = pyproj.Geod(ellps="WGS84").inv(west, south, east, north)
    assert geodesic_m == pytest.approx(length_m, rel=1e-3)


def test_one_is_told_apart_from_many_in_english():
    words = Words("en")
    assert words.first("people_unit", count="1") == "1 person"
    assert words.first("people_unit", count="1,001") == "1,001 people"
