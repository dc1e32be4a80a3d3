"""Areas that nobody should enter: led round however far, and named where no way leads round."""

import numpy as np
import shapely

from geo.along import Areas
from geo.detours import Entered, unavoidable
from geo.roads import Network

# 0 -- 1 -- 2 in a row of 100 m each, and from 0 to 1 a loop of 3,000 m.
EDGES = {"tail": [0, 1, 0], "head": [1, 2, 1], "length_m": [100.0, 100.0, 3000.0]}
LINES = [[(0, 0), (100, 0)], [(100, 0), (200, 0)], [(0, 0), (50, 1499), (100, 0)]]
FIRST, SECOND = shapely.box(40, -10, 60, 10), shapely.box(140, -10, 160, 10)


def network():
    made = Network.from_edges(**EDGES).at_speed(1.0)
    object.__setattr__(made, "geometry", np.array([shapely.LineString(line) for line in LINES]))
    return made


def test_an_area_with_a_long_way_round_is_avoidable_and_one_on_the_only_way_is_not():
    roads = network()
    entered = Entered.of(roads, Areas([FIRST, SECOND], ["a", "b"]))
    assert entered.metres_of(3).tolist() == [20, 20, 0]
    assert unavoidable(roads, 0, 2, entered).tolist() == [1]
    assert entered.outside_of(np.array([1])).tolist() == [0]


def test_the_way_with_fewer_metres_inside_counts_however_short_the_other_is():
    roads = network()
    areas = Areas([FIRST, shapely.box(40, 1490, 60, 1500)], ["a", "tip of the loop"])
    # The loop is in the second area for 19 m and a little, the road in the first for 20.
    entered = Entered.of(roads, areas)
    inside = entered.metres_of(3)
    assert inside[2] < inside[0]
    assert unavoidable(roads, 0, 1, entered).tolist() == [1]


def test_without_areas_or_without_a_way_nothing_is_unavoidable():
    roads = network()
    assert unavoidable(roads, 0, 2, Entered.of(roads, Areas([], []))).tolist() == []
    entered = Entered.of(roads, Areas([SECOND], ["b"]))
    assert unavoidable(roads.close([1]), 0, 2, entered).tolist() == []
    # An edge that only touches an area is not in it.
    touching = Areas([shapely.box(100, 0, 200, 10)], ["c"])
    assert Entered.of(roads.close([1]), touching).metres_of(3)[0] == 0
