"""A made-up district with a million buildings and a million enterprises, crowded as towns are."""

import geopandas as gpd
import numpy as np
import shapely

from census.store.database import create_place, open_store
from census.store.deliveries import bump_generation
from census.store.layers import write_layer

PLACE = "millions"
COUNT = 1_000_000
TOWNS = 300
SOUTH_WEST = (121.0, 31.0)
SIDE_DEGREE = 0.5
M_PER_DEGREE = 111_320
BLOCK = 250_000  # rows of one frame: more would need gigabytes
PROFILE = {
    "code": "990003", "name_zh": "百万区", "name_en": "Millions", "srid": 4490,
    "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
    "attribution": "made up", "data_date": "2026-01-01",
}  # fmt: skip


def places(dice, count):
    """Return points: six in ten near a town, towns of very different size, the others anywhere."""
    centres = dice.uniform(0.04, 0.96, (TOWNS, 2))
    size = dice.lognormal(0, 1, TOWNS)
    of = dice.choice(TOWNS, count, p=size / size.sum())
    spread = 0.004 + 0.01 * np.sqrt(size / size.max())
    near = centres[of] + dice.normal(0, 1, (count, 2)) * spread[of][:, None]
    anywhere = dice.uniform(0, 1, (count, 2))
    mixed = np.where(dice.uniform(0, 1, (count, 1)) < 0.6, near, anywhere)
    return np.clip(mixed, 0, 0.999) * SIDE_DEGREE + SOUTH_WEST


def footprints(dice, corners):
    """Return turned L-shaped houses at the points, and their area; the median is 90 m2."""
    count = len(corners)
    wide = np.clip(dice.lognormal(np.log(11), 0.45, count), 4, 120)
    deep = wide * dice.uniform(0.6, 1.2, count)
    outline = np.array([[0, 0], [1, 0], [1, 0.6], [0.55, 0.6], [0.55, 1], [0, 1], [0, 0]])
    turn = dice.uniform(0, np.pi / 2, count)[:, None]
    x = outline[:, 0] * wide[:, None]
    y = outline[:, 1] * deep[:, None]
    east = (x * np.cos(turn) - y * np.sin(turn)) / (M_PER_DEGREE * 0.857)
    north = (x * np.sin(turn) + y * np.cos(turn)) / M_PER_DEGREE
    rings = np.stack([east, north], axis=-1) + corners[:, None, :]
    return shapely.polygons(rings), 0.82 * wide * deep


def _in_order(points):
    """Sort by where they lie, as the files of a survey are."""
    series = gpd.GeoSeries(shapely.points(points))
    return points[np.argsort(series.hilbert_distance().to_numpy(), kind="stable")]


def _write_divisions(store):
    """One town with one village that takes in everything."""
    (west, south), side = SOUTH_WEST, SIDE_DEGREE
    town, village = "990003001000", "990003001001"
    rows = {
        "code": [town, village], "level": ["town", "village"], "name": ["百万镇", "百万村"],
        "parent_code": [None, town], "town_code": town, "village_code": [None, village],
        "area_m2": 2.6e9,
    }  # fmt: skip
    shape = shapely.box(west, south, west + side, south + side)
    frame = gpd.GeoDataFrame(rows, geometry=[shape, shape], crs=4490)
    write_layer(store, "division", frame, delivery_id=None)


def make(settings, count=COUNT):
    """Make the place; the same on each machine."""
    create_place(settings, PLACE, PROFILE)
    dice = np.random.default_rng(2027)
    with open_store(settings, place=PLACE) as store:
        _write_divisions(store)
        corners = _in_order(places(dice, count))
        kinds = np.array(["residential", "industrial", "school", "other"])
        for begin in range(0, count, BLOCK):
            part = corners[begin : begin + BLOCK]
            shapes, area = footprints(dice, part)
            rows = {"kind": dice.choice(kinds, len(part)), "footprint_m2": area,
                    "levels": dice.integers(1, 12, len(part)).astype(float)}  # fmt: skip
            frame = gpd.GeoDataFrame(rows, geometry=shapes, crs=4490)
            write_layer(store, "building", frame, delivery_id=None, replace=begin == 0)
        points = _in_order(places(dice, count))
        colours = dice.choice(["blue", "yellow", "orange", "red"], count, p=[0.7, 0.2, 0.08, 0.02])
        codes = [f"E{number:07}" for number in range(count)]
        rows = {"code": codes, "name": codes, "colour": colours}
        frame = gpd.GeoDataFrame(rows, geometry=shapely.points(points), crs=4490)
        write_layer(store, "enterprise", frame, delivery_id=None)
        for layer in ("building", "enterprise"):
            bump_generation(store, layer)
