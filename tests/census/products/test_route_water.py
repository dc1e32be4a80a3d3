"""The water on a drawn line: its metres, and the place of its deepest."""

from types import SimpleNamespace

import numpy as np
import pyproj
from affine import Affine

from census.products.inputs import CellValues
from census.products.route_water import wading_findings, water_on
from geo.along import Course

METRIC = pyproj.CRS.from_epsg(32748)
RULES = {"road": {"wet_depth_m": 0.05, "wading_depth_m": 0.3}}


def on(line, *bridges):
    """Cells of 10 m from x 0 to 50: dry, 0.1 m, 0.4 m, 0.8 m, dry."""
    depth = CellValues(
        cells=np.array([[0.0, 0.1, 0.4, 0.8, 0.0]]), transform=Affine(10, 0, 0, 0, -10, 10),
        crs=METRIC,
    )  # fmt: skip
    roads = SimpleNamespace(bridge=None, depth=depth, network=SimpleNamespace(crs=METRIC))
    traced = SimpleNamespace(on=lambda _edges: np.array(bridges, dtype=float).reshape(-1, 2))
    return water_on(Course.through(np.array(line, dtype=float)), traced, roads, RULES)


def test_wet_and_deep_metres_are_those_of_the_cells_and_the_deepest_has_a_place():
    water = on([(5, 5), (45, 5)])
    assert (water.wet_m, water.wading_m, water.depth_max_m) == (30, 20, 0.8)
    (told,) = wading_findings(water)
    assert (told.code, told.level, told.metres) == ("deep_water", "warning", 20)
    assert (told.at.x, told.at.y) == (35, 5)


def test_a_bridge_is_dry_and_what_lies_behind_it_keeps_its_place():
    # The line runs back from the east; the bridge takes its metres 5 to 15, the deepest cell.
    water = on([(45, 5), (5, 5)], (5, 15))
    assert (water.wet_m, water.wading_m, water.depth_max_m) == (20, 10, 0.4)
    assert (water.deepest_at.x, water.deepest_at.y) == (25, 5)


def test_a_dry_line_has_no_deep_place():
    water = on([(1, 5), (9, 5)])
    assert (water.wet_m, water.deepest_at) == (0, None)
    assert wading_findings(water) == []
