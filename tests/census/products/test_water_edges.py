"""A road that floods in its dip is cut there; nobody is led through the water to its dry end."""

import geopandas as gpd
import numpy as np
import pytest
from affine import Affine
from pyproj import CRS
from shapely.geometry import LineString, Point, box

from census.products.inputs import CellValues
from census.products.water_edges import cut_at_water
from census.products.ways import barriers_of, build_ways
from geo.roads import Network
from geo.routing import routes

METRIC = 4549
X, Y = 613_000.0, 3_542_000.0
RULES = {
    "road": {
        "bridges_stay_dry": True, "wading_depth_m": 0.3, "wet_depth_m": 0.05,
    },
    "access": {"distance_m": 500.0},
    "walking": {"speed_m_s": 1.0},
}  # fmt: skip


def depth():
    """Cells of 10 m: 1 m deep for x in 400..500, 0.1 m for 500..520, else dry."""
    cells = np.zeros((60, 120))
    cells[:, 50:60], cells[:, 60:62] = 1.0, 0.1
    transform = Affine(10, 0, X - 100, 0, -10, Y + 300)
    return CellValues(cells=cells, transform=transform, crs=CRS(METRIC))


def roads(*lines):
    moved = [LineString([(x + X, y + Y) for x, y in line]) for line in lines]
    rows = {"id": range(len(lines)), "is_bridge": False}
    return gpd.GeoDataFrame(rows, geometry=moved, crs=METRIC)


def points(*places):
    frame = {"code": range(len(places))}
    moved = [Point(x + X, y + Y) for x, y in places]
    return gpd.GeoDataFrame(frame, geometry=moved, crs=METRIC)


def cut(*lines, is_dry=False):
    whole = Network.from_lines(roads(*lines)).at_speed(1.0)
    dry = np.full(len(lines), is_dry)
    return cut_at_water(whole, depth(), dry, wading_m=0.3, wet_m=0.05)


def test_a_road_is_cut_where_its_water_begins_and_ends_and_adds_up_to_the_whole():
    water = cut([(0, 0), (900, 0)], [(0, 100), (300, 100)])
    pieces = sorted(zip(water.network.length_m, water.flooded, water.drowned, strict=True))
    assert [tuple(each) for each in pieces] == [
        (pytest.approx(100), True, True),
        (pytest.approx(300), False, False),
        (pytest.approx(400), False, True),
        (pytest.approx(400), False, True),
    ]
    assert water.wet_m.sum() == pytest.approx(100 + 20)
    assert water.wet_m[water.flooded].sum() == pytest.approx(100)
    assert water.depth_max_m.max() == 1
    assert (water.depth_max_m[~water.flooded] <= 0.3).all()


def test_a_dry_network_and_a_bridge_are_not_cut():
    assert cut([(0, 0), (300, 0)]).network.edge_count == 1
    bridge = cut([(0, 0), (900, 0)], is_dry=True)
    assert (bridge.network.edge_count, bridge.depth_max_m.max()) == (1, 0)


def way_m(lines, groups, shelter, rivers=()):
    """Metres from each group to the shelter, legs included; None where there is no way."""
    surfaces = [box(x0 + X, y0 + Y, x1 + X, y1 + Y) for x0, y0, x1, y1 in rivers]
    frame = gpd.GeoDataFrame({"kind": ["river"] * len(rivers)}, geometry=surfaces, crs=METRIC)
    water = barriers_of(frame, 3.0)
    ways = build_ways(roads(*lines), points(*groups), points(shelter), depth(), RULES, water=water)
    goals = np.full(len(groups), ways.shelter_node[0])
    found = [
        None if node < 0 else routes(ways.network, [node], [goal])[0]
        for node, goal in zip(ways.unit_node, goals, strict=True)
    ]
    return [None if each is None else round(each.length_m) for each in found], ways


@pytest.mark.parametrize("line", [[(0, 0), (900, 0)], [(900, 0), (0, 0)]])
def test_a_group_and_a_shelter_on_the_dry_end_of_one_road_have_the_piece_between_them(line):
    metres, ways = way_m([line], [(600, 10)], (850, 10))
    assert metres == [10 + 250 + 10]
    assert ways.reason == [None]


def test_nobody_comes_to_a_dry_end_from_the_other_side_of_the_water():
    # The second group stands before the water; 250 m away lies the dry end behind it.
    metres, ways = way_m([[(0, 0), (900, 0)]], [(600, 10), (250, 10)], (850, 10))
    assert metres == [270, None]
    assert ways.reason == [None, "cut_off"]
    # With a dry road farther away than the dry end it goes there.
    lines = [[(0, 0), (900, 0)], [(0, 350), (900, 350), (900, 0)]]
    metres, ways = way_m(lines, [(600, 10), (250, 10)], (850, 10))
    assert metres == [270, 340 + 650 + 340 + 50]  # the shelter is also 50 m from the eastern road


def test_a_dry_end_without_a_shelter_stays_closed():
    metres, _ = way_m([[(0, 0), (900, 0)]], [(100, 10)], (850, 10))
    assert metres == [None]


def test_nobody_is_led_through_a_river_to_a_road_behind_it():
    # 10 m away behind a river of 6 m runs a dry road; the one on this bank is 100 m away.
    behind, before = [(600, 0), (900, 0)], [(600, 110), (900, 110), (900, 0)]
    metres, _ = way_m([behind], [(700, 10)], (850, -10), rivers=[(550, 2, 890, 8)])
    assert metres == [None]
    metres, ways = way_m([behind, before], [(700, 10)], (850, -10), rivers=[(550, 2, 890, 8)])
    assert metres == [100 + 200 + 110 + 50 + 10]
    assert ways.reason == [None]
    dry, _ = way_m([behind, before], [(700, 10)], (850, -10))
    assert dry == [10 + 150 + 10]
