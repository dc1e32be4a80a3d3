"""What is found between parts: repeats, boxes that meet, and areas that stand for themselves."""

import geopandas as gpd
import numpy as np
import pytest
import shapely
from hypothesis import given
from hypothesis import strategies as st

from census.intake import neighbours
from census.intake.across import Seen
from census.intake.context import area_m2, small_areas_m2
from census.intake.crowding import CrowdedError
from census.intake.neighbours import Neighbours

KEYS = st.lists(st.lists(st.sampled_from([b"a", b"b", b"c", b"d", b"e"]), max_size=6), max_size=12)


@given(KEYS)
def test_a_repeat_names_the_row_it_first_came_with_in_whichever_part_that_was(parts):
    first, seen, row = {}, Seen(), 0
    for keys in parts:
        rows = np.arange(row, row + len(keys))
        row += len(keys)
        expected = []
        for key, number in zip(keys, rows.tolist(), strict=True):
            expected.append(first.get(key, -1))
            first.setdefault(key, number)
        assert seen.earlier(np.array(keys, dtype=object), rows).tolist() == expected


CORNERS = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9), st.integers(1, 3)), max_size=20)


@given(CORNERS, st.integers(1, 5), st.integers(1, 7))
def test_strips_find_each_pair_of_boxes_once_in_the_order_of_the_later(corners, strip, part):
    shapes = np.array([shapely.box(x, y, x + s, y + s) for x, y, s in corners], dtype=object)
    kept = Neighbours()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(neighbours, "_STRIP_ROWS", strip)
        for at in range(0, len(shapes), part):
            kept.add(shapes[at : at + part], np.arange(at, at + len(shapes[at : at + part])) + 100)
        found = list(kept.meeting())
    kept.close()
    brute = [
        (later + 100, earlier + 100)
        for later in range(len(shapes))
        for earlier in range(later)
        if shapes[later].intersects(shapes[earlier])
    ]
    rows = [(each.later.tolist(), each.earlier.tolist()) for each in found]
    assert [pair for pairs in rows for pair in zip(*pairs, strict=True)] == brute
    for each in found:
        assert shapely.equals(each.one, shapes[each.later - 100]).all()
        assert shapely.equals(each.other, shapes[each.earlier - 100]).all()


def test_too_many_pairs_are_told_as_the_whole_tells_them():
    # 1,700 houses in one place are 1,445,000 pairs, each counted both ways, and 1,700 themselves:
    # 2,889,700 + 1,700, more than 2,000,000 and 20 for each house.
    kept = Neighbours()
    kept.add(np.array([shapely.box(0, 0, 1, 1)] * 1_700, dtype=object), np.arange(1_700))
    with pytest.raises(CrowdedError, match="1,700 shapes"):
        list(kept.meeting())
    kept.close()


def house(x, y, size):
    return shapely.box(121 + x, 32 + y, 121 + x + size, 32 + y + size)


def test_a_building_has_its_area_whatever_is_measured_beside_it():
    # At 32 N a degree of latitude is 110,879 m and one of longitude 94,498 m (Bessel's series):
    # a square of 0.0001 degree has 11.0879 x 9.4498 = 104.78 m2, one of 0.0002 four times that.
    yard = shapely.Polygon(house(0, 0, 0.0002).exterior, [house(5e-5, 5e-5, 0.0001).exterior])
    two = shapely.multipolygons([house(0, 0, 0.0001), house(0.001, 0, 0.0001)])
    shapes = gpd.GeoSeries([house(0, 0, 0.0001), yard, two, house(9, 20, 0.0001)], crs=4490)
    sizes = small_areas_m2(shapes)
    assert sizes[:3] == pytest.approx([104.78, 3 * 104.78, 2 * 104.78], rel=1e-4)
    assert sizes[:1] == pytest.approx(area_m2(shapes[:1]), rel=1e-5)
    assert sizes[0] == small_areas_m2(shapes[:1])[0]
