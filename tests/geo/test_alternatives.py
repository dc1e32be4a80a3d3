"""Several ways with little in common are proposed, and it is told why there are not more."""

import numpy as np
import pytest

from geo.alternatives import alternatives
from geo.errors import NetworkError
from geo.roads import Network

# 0 -> 3 over node 1 (200 m), over node 2 (240 m), and straight (300 m).
LADDER = Network.from_edges(
    np.array([0, 1, 0, 2, 0]), np.array([1, 3, 2, 3, 3]), np.array([100.0, 100, 120, 120, 300])
).at_speed(1.0)
DRY = np.zeros(5)


def edges(found):
    return [list(a.route.edges) for a in found.found]


def test_three_ways_come_quickest_first_with_what_they_share():
    found = alternatives(LADDER, 0, 3, hazard_m=DRY, count=3)
    assert edges(found) == [[0, 1], [2, 3], [4]]
    assert [a.route.length_m for a in found.found] == [200, 240, 300]
    assert [a.route.minutes for a in found.found] == pytest.approx([200 / 60, 4, 5])
    assert [a.overlap_share for a in found.found] == [0, 0, 0]
    assert [a.is_pareto for a in found.found] == [True, False, False]
    assert found.why_not_more is None


def test_a_longer_dry_way_stands_beside_a_short_wet_one():
    wet = np.array([50.0, 0, 0, 0, 0])
    found = alternatives(LADDER, 0, 3, hazard_m=wet, count=2)
    assert edges(found) == [[0, 1], [2, 3]]
    assert [a.hazard_m for a in found.found] == [50, 0]
    assert [a.is_pareto for a in found.found] == [True, True]


def test_it_is_said_when_there_is_no_other_way():
    line = Network.from_edges(np.array([0, 1]), np.array([1, 2]), np.array([10.0, 10])).at_speed(1)
    found = alternatives(line, 0, 2, hazard_m=np.zeros(2))
    assert (edges(found), found.why_not_more) == ([[0, 1]], "no_other_way")
    cut = alternatives(line.close([1]), 0, 2, hazard_m=np.zeros(2))
    assert (cut.found, cut.why_not_more) == ([], "no_way")
    assert alternatives(line, 1, 1, hazard_m=np.zeros(2)).why_not_more == "same_place"


def test_ways_with_too_much_in_common_are_left_out():
    # A long common stretch, then two short branches.
    network = Network.from_edges(
        np.array([0, 1, 1]), np.array([1, 2, 2]), np.array([900.0, 100, 110])
    ).at_speed(1)
    assert len(alternatives(network, 0, 2, hazard_m=np.zeros(3)).found) == 1
    both = alternatives(network, 0, 2, hazard_m=np.zeros(3), most_overlap=0.95)
    assert edges(both) == [[0, 1], [0, 2]]
    assert both.found[1].overlap_share == pytest.approx(900 / 1010)


def test_minutes_are_needed():
    bare = Network.from_edges(np.array([0]), np.array([1]), np.array([1.0]))
    with pytest.raises(NetworkError, match="at_speed"):
        alternatives(bare, 0, 1, hazard_m=np.zeros(1))
