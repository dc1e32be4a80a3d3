"""The made-up district: exact tiling, one road network, equal seeds equal files, faults shown."""

import hashlib
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from census.intake.example import (
    ExampleSeedError,
    ExampleSizeError,
    make_counties,
    make_example,
    read_recipe,
)
from census.intake.example_faults import put_faults
from census.intake.example_land import make_waters
from census.intake.example_lattice import grow, make_lattice, polygons, scatter_seeds, smooth_noise
from census.intake.forms import form_named
from census.intake.prepared import Prepared
from census.intake.reading import read

ROOT = Path(__file__).resolve().parents[3]
RECIPE = read_recipe(ROOT / "data" / "example" / "recipe.toml")
CODES = {"town": 12, "village": 12, "grid_unit": 15}


@dataclass(frozen=True)
class Made:
    prepared: Prepared

    def table(self, form: str) -> pd.DataFrame:
        """What a reader of the delivery sees, under the form's field names."""
        return read(dict(self.prepared.deliveries)[form], form_named(form)).frame

    def raster(self, form: str) -> tuple[np.ndarray, rasterio.Affine]:
        with rasterio.open(dict(self.prepared.deliveries)[form]) as file:
            return file.read(1, masked=True).filled(np.nan), file.transform


@pytest.fixture(scope="module")
def twenty(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(make_example(RECIPE, tmp_path_factory.mktemp("twenty"), seed=4, villages=20))


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Made:
    return Made(make_example(RECIPE, tmp_path_factory.mktemp("two"), seed=4, villages=2))


def fingerprints(prepared: Prepared) -> dict[str, str]:
    return {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest() for _, path in prepared.deliveries
    }


def assert_tiles(divisions: gpd.GeoDataFrame) -> None:
    level = divisions["level"].replace({"乡镇": "town", "村": "village", "网格": "grid_unit"})
    by_level = {name: divisions[level == name] for name in CODES}
    assert divisions.is_valid.all()
    for name, digits in CODES.items():
        assert by_level[name]["code"].str.len().eq(digits).all()
        assert by_level[name]["code"].str.startswith("98").all()
        # Exactly the same corners on both sides of every border, and nothing overlaps.
        assert shapely.coverage_is_valid(by_level[name].geometry.to_numpy())
    for small, large in (("grid_unit", "village"), ("village", "town")):
        parts = by_level[small].dissolve("parent_code").geometry
        whole = by_level[large].set_index("code").geometry.loc[parts.index]
        assert shapely.equals(parts.to_numpy(), whole.to_numpy()).all()
    assert divisions["code"].is_unique
    assert by_level["village"]["name"].is_unique


def road_components(roads: gpd.GeoDataFrame) -> np.ndarray:
    ends = np.concatenate(
        [shapely.get_coordinates(shapely.get_point(roads.geometry.to_numpy(), k)) for k in (0, -1)]
    )
    node = np.unique(ends, axis=0, return_inverse=True)[1].ravel()
    start, end = np.split(node, 2)
    graph = coo_array((np.ones(len(start)), (start, end)), shape=(node.max() + 1,) * 2)
    return connected_components(graph, directed=False)[1][start]


@pytest.mark.parametrize("size", ["two", "twenty"])
def test_units_tile_villages_and_villages_tile_towns_exactly(
    size: str, request: pytest.FixtureRequest
) -> None:
    assert_tiles(request.getfixturevalue(size).table("divisions"))


def test_a_district_has_the_villages_and_units_asked_for(twenty: Made) -> None:
    levels = twenty.table("divisions")["level"].value_counts()
    # 20 villages of 8 1/3 units each are 166.7 units; one town serves 25 villages.
    assert levels.to_dict() == {"网格": 167, "村": 20, "乡镇": 1}
    assert len(twenty.table("people")) == 20


def test_the_roads_are_one_network(twenty: Made) -> None:
    assert set(road_components(twenty.table("roads"))) == {0}


def test_every_crossing_of_a_river_is_a_bridge(twenty: Made) -> None:
    lattice = make_lattice(RECIPE, 4, 20)
    waters = make_waters(RECIPE, 4, lattice)
    roads = twenty.table("roads").to_crs(RECIPE["district"]["metric_srid"])
    tree = shapely.STRtree(roads.geometry.to_numpy())
    # A millimetre of rounding lies between the river's own points and those of the delivery.
    lines = np.concatenate((waters.rivers, waters.canals))
    crossing = np.unique(tree.query(lines, predicate="dwithin", distance=0.01)[1])
    assert len(crossing) > 5
    bridges = roads["is_bridge"].to_numpy()[crossing]
    assert set(bridges) == {"是"}


def test_rivers_and_sea_are_sound_surfaces_that_overlap_nothing(twenty: Made) -> None:
    surfaces = twenty.table("water").to_crs(RECIPE["district"]["metric_srid"])
    shapes = surfaces.geometry.to_numpy()
    assert set(surfaces["种类" if "种类" in surfaces else "kind"]) == {"河流", "海域"}
    assert shapely.is_valid(shapes).all()
    assert shapely.get_num_coordinates(shapes).sum() < 3000
    both = shapely.area(shapely.union_all(shapes))
    assert both == pytest.approx(shapely.area(shapes).sum(), rel=1e-6)


def test_rivers_lie_in_the_district_and_the_sea_outside_it(twenty: Made) -> None:
    metric = RECIPE["district"]["metric_srid"]
    surfaces = twenty.table("water").to_crs(metric)
    towns = twenty.table("divisions").query("level == '乡镇'").to_crs(metric).geometry.union_all()
    sea = surfaces["kind"].to_numpy() == "海域"
    rivers = surfaces.geometry[~sea].union_all()
    # A bank is drawn to a decimetre.
    assert rivers.difference(towns.buffer(0.2)).area == 0
    assert surfaces.geometry[sea].union_all().intersection(towns.buffer(-0.2)).area == 0
    # The coast is the border of the land: no strip between.
    assert surfaces.geometry[sea].union_all().buffer(0.5).intersection(towns).length > 5000


def test_the_lowest_beds_and_the_sea_of_the_elevation_are_where_the_water_is(twenty: Made) -> None:
    lattice = make_lattice(RECIPE, 4, 20)
    waters = make_waters(RECIPE, 4, lattice)
    surfaces = twenty.table("water").to_crs(RECIPE["district"]["metric_srid"])
    height, transform = twenty.raster("elevation")
    row, column = np.nonzero(np.isnan(height))
    x, y = transform @ (column + 0.5, row + 0.5)
    sea = surfaces.geometry[surfaces["kind"] == "海域"].union_all()
    # Cells on the shore have their centres up to half a diagonal, 21 m, inland.
    assert shapely.contains_xy(sea.buffer(22.0), x, y).all()
    rivers = surfaces.geometry[surfaces["kind"] == "河流"].union_all()
    middles = shapely.line_interpolate_point(waters.rivers, 0.5, normalized=True)
    towns = twenty.table("divisions").query("level == '乡镇'").to_crs(surfaces.crs)
    inland = middles[shapely.contains(towns.geometry.union_all().buffer(-50), middles)]
    assert len(inland) > 5
    assert shapely.contains(rivers, inland).all()


def test_roads_have_every_class_and_pass_under_the_expressway(twenty: Made) -> None:
    roads = twenty.table("roads")
    assert {"干线公路", "次要道路", "乡村道路", "小路"} <= set(roads["class"])
    assert (roads["is_underpass"] == "是").any()


def test_buildings_overlap_nothing_and_lie_in_the_district(twenty: Made) -> None:
    shapes = twenty.table("buildings").geometry
    sound = shapes[shapes.is_valid].to_numpy()
    one, other = shapely.STRtree(sound).query(sound, predicate="overlaps")
    assert len(one) == len(other) == 0
    towns = twenty.table("divisions").query("level == '乡镇'").geometry.union_all()
    assert shapely.contains(towns, shapely.centroid(sound)).all()
    assert len(shapes) == pytest.approx(20 * 133.3, rel=0.05)


def test_people_add_up_to_the_recipe(twenty: Made) -> None:
    people = twenty.table("people")
    figures = people["people"].map(lambda value: int(str(value).removesuffix(".0")))
    assert figures.sum() == 20 * RECIPE["people"]["per_village"]
    assert (figures > 0).all()


def test_the_design_flood_wets_some_of_the_built_area_but_not_most(twenty: Made) -> None:
    depth, transform = twenty.raster("flood_depth")
    shapes = twenty.table("buildings").to_crs(RECIPE["district"]["metric_srid"]).geometry
    at = shapely.get_coordinates(shapely.centroid(shapes[shapes.is_valid].to_numpy()))
    column, row = ~transform @ (at[:, 0], at[:, 1])
    deep = depth[row.astype(int), column.astype(int)] > 0.3
    assert 0.02 < deep.mean() < 0.3
    assert np.nanmin(depth) >= 0
    assert np.nanmax(depth) < 10
    assert np.isnan(depth).any(), "the sea has no flood depth"


def test_the_past_flood_differs_from_the_design_flood_and_says_it_is_made_up(twenty: Made) -> None:
    past = twenty.table("historical_disasters")
    assert past.is_valid.all()
    assert past["event"].str.contains("虚构").all()
    assert past["name"].is_unique
    depth, transform = twenty.raster("flood_depth")
    shapes = past.to_crs(RECIPE["district"]["metric_srid"]).geometry
    outline = rasterio.features.rasterize(shapes, depth.shape, transform=transform) > 0
    assert (outline & ~(depth > 0.3)).any()
    assert (outline & (depth > 0.3)).sum() > 0.3 * outline.sum()


def test_delivered_routes_lead_from_a_unit_to_a_shelter(twenty: Made) -> None:
    routes, shelters = twenty.table("evacuation_routes"), twenty.table("shelters")
    units = twenty.table("divisions").set_index("code").geometry
    places = shelters.set_index("code").geometry
    for route in routes.itertuples():
        first, last = (shapely.get_point(route.geometry, k) for k in (0, -1))
        assert units[route.unit_code].contains(first)
        assert places[route.shelter_code].distance(last) < 0.001
    assert len(routes) >= 1


def test_duties_name_posts_for_every_division(twenty: Made) -> None:
    duties, divisions = twenty.table("duties"), twenty.table("divisions")
    assert set(duties["division_code"]) == set(divisions["code"])
    assert set(duties["role"]) == {"A角", "B角"}


def test_enterprises_have_four_colours_and_one_that_is_none(twenty: Made) -> None:
    firms = twenty.table("enterprises")
    assert len(firms) == round(20 * 5.79) + 1
    assert set(firms["colour"]) - {"红", "橙", "黄", "蓝"} == {"紫"}


@pytest.mark.parametrize("size", ["two", "twenty"])
def test_every_fault_of_the_recipe_is_in_the_files(
    size: str, request: pytest.FixtureRequest
) -> None:
    made = request.getfixturevalue(size)
    people, shelters = made.table("people"), made.table("shelters")
    firms, buildings = made.table("enterprises"), made.table("buildings")
    text = people["people"].astype(str)
    plain = text.map(lambda value: int(float(value)))
    older = people["children_people"].astype(float) + people["elderly_people"].astype(float)
    latitude_first = shelters.geometry.map(lambda shape: shape.centroid.x < 60)
    found = {
        "full_width_digits": text.map(lambda value: value != value.strip() or not value.isascii()),
        "ages_exceed_total": older > plain,
        "about": shelters["capacity_text"] == "约500人",
        "swapped_coordinates": latitude_first,
        "blank": shelters["name"].fillna("") == "",
        "duplicate_row": firms["code"].duplicated(),
        "unknown_word": firms["colour"] == "紫",
        "self_intersection": ~buildings.is_valid,
    }
    assert {fault["kind"] for fault in RECIPE["faults"]} == set(found)
    assert {kind: int(rows.sum()) for kind, rows in found.items()} == dict.fromkeys(found, 1)


def test_the_same_seed_gives_the_same_bytes_in_another_process(tmp_path: Path) -> None:
    here = fingerprints(make_example(RECIPE, tmp_path / "here", seed=11, villages=3))
    program = (
        "import sys; from pathlib import Path; from census.intake.example import *; "
        f"make_example(read_recipe(Path({str(ROOT / 'data/example/recipe.toml')!r})), "
        "Path(sys.argv[1]), seed=11, villages=3)"
    )
    subprocess.run(
        [sys.executable, "-c", program, str(tmp_path / "there")],
        check=True,
        cwd=ROOT,
        env={**os.environ, "PYTHONHASHSEED": "77"},
    )
    there = {
        path.stem: hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (tmp_path / "there").iterdir()
    }
    assert there == here


def test_another_seed_gives_another_district(tmp_path: Path, two: Made) -> None:
    other = fingerprints(make_example(RECIPE, tmp_path, seed=5, villages=2))
    assert all(other[form] != mark for form, mark in fingerprints(two.prepared).items())


def test_counties_lie_side_by_side_under_codes_of_their_own(tmp_path: Path) -> None:
    counties = list(make_counties(RECIPE, tmp_path, seed=1, villages=2, counties=5))
    assert [county.profile["code"] for county in counties] == [f"98010{k}" for k in range(1, 6)]
    boxes = [
        shapely.box(*Made(county).table("divisions").total_bounds.tolist()) for county in counties
    ]
    tree = shapely.STRtree(boxes)
    assert len(tree.query(boxes, predicate="intersects")[0]) == 5


@pytest.mark.parametrize("seed", range(6))
def test_a_faulty_shelter_is_none_that_a_route_leads_to(seed: int) -> None:
    codes = [f"S{number}" for number in range(6)]
    frame = gpd.GeoDataFrame(
        {"code": codes, "name": codes, "capacity_people": 10},
        geometry=gpd.points_from_xy(range(6), [40.0] * 6),
    )
    recipe = {"faults": [{"form": "shelters", "kind": "swapped_coordinates"}] * 2}
    out = put_faults(recipe, seed, "shelters", frame, named=frozenset({"S0", "S1", "S2"}))
    moved = out["code"][(out.geometry.x != frame.geometry.x) | (out.geometry.y != frame.geometry.y)]
    assert not set(moved) & {"S0", "S1", "S2"}


@pytest.mark.parametrize("villages", [0, 1, 1001])
def test_a_size_that_cannot_be_is_refused(villages: int, tmp_path: Path) -> None:
    with pytest.raises(ExampleSizeError, match=f"2 to 1000 villages, not {villages}"):
        make_example(RECIPE, tmp_path, villages=villages)


def test_a_seed_below_zero_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ExampleSeedError, match="0 or larger, not -1"):
        make_example(RECIPE, tmp_path, seed=-1, villages=2)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 2**32), villages=st.integers(2, 60))
def test_units_are_connected_without_holes_for_any_seed(seed: int, villages: int) -> None:
    lattice = make_lattice(RECIPE, seed, villages)
    shapes = polygons(lattice.rings)
    assert len(shapes) == round(villages * 25 / 3)
    assert shapely.is_valid(shapes).all()
    whole = shapely.coverage_union_all(shapes)
    assert whole.geom_type == "Polygon"
    assert len(whole.interiors) == 0
    assert shapely.contains_xy(shapes, lattice.hub).all()


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 2**32), count=st.integers(1, 30))
def test_seeds_are_as_many_as_asked_for_and_all_different(seed: int, count: int) -> None:
    rng = np.random.default_rng(seed)
    chosen = scatter_seeds(rng, rng.random((30, 2)), count)
    assert len(set(chosen.tolist())) == count


def test_groups_grow_along_the_cheapest_steps() -> None:
    # A line of five: the step from 1 to 2 is dear, so 2 goes with the seed at 4.
    pairs = np.array([[0, 1], [1, 2], [2, 3], [3, 4]])
    group = grow(np.array([0, 4]), pairs, np.array([1.0, 9.0, 1.0, 1.0]), 5)
    assert group.tolist() == [0, 0, 1, 1, 1]


def test_smooth_noise_is_smooth_and_of_unit_spread() -> None:
    noise = smooth_noise(np.random.default_rng(1), (400, 300), 10.0)
    assert noise.std() == pytest.approx(1, abs=0.15)
    assert np.abs(np.diff(noise, axis=0)).max() < 0.6


@pytest.mark.slow
def test_the_full_size_district_has_the_size_of_the_model_case(tmp_path: Path) -> None:
    made = Made(make_example(RECIPE, tmp_path))
    divisions = made.table("divisions")
    assert_tiles(divisions)
    assert divisions["level"].value_counts().to_dict() == {"网格": 2500, "村": 300, "乡镇": 12}
    assert len(made.table("enterprises")) == 1737 + 1
    assert set(road_components(made.table("roads"))) == {0}
