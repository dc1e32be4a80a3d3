"""A made-up district of 300 villages with crooked borders, and files of its buildings, for imports.

The land grows with the buildings, one to a square of fifty metres, so that a file of four million
is as crowded as one of a million; now and then two stand on one another, as in any survey.
"""

import geopandas as gpd
import numpy as np
import pyogrio
import shapely

from census.store.database import create_place, open_store
from census.store.layers import write_layer
from tests.bench.millions import M_PER_DEGREE, footprints

PLACE = "wards"
SPACING_M = 50
EAST, NORTH = 20, 15  # villages side by side, and above one another
BENDS = 50  # of the border between two corners
SOUTH_WEST = (121.0, 31.0)
BLOCK = 250_000
PROFILE = {
    "code": "990004", "name_zh": "入库区", "name_en": "Wards", "srid": 4490,
    "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
    "attribution": "made up", "data_date": "2026-01-01",
}  # fmt: skip
KINDS = np.array(["住宅", "工业", "学校", "其他"], dtype=object)
FRAMES = np.array(["砖混", "钢筋混凝土", "木结构", None], dtype=object)


def size(count):
    """Return width and height of the land of so many buildings, degrees."""
    side = np.ceil(np.sqrt(count)) * SPACING_M / M_PER_DEGREE
    return np.array([side / 0.857, side])


def _border(dice, one, other, wiggle):
    """Return the way between two corners, bent anywhere but at its ends."""
    share = np.linspace(0, 1, BENDS + 2)[:, None]
    way = one + share * (other - one)
    way[1:-1] += dice.normal(0, 1, (BENDS, 2)) * wiggle
    return way


def villages(count):
    """Return 300 polygons that share their borders and cover the land of so many buildings."""
    dice = np.random.default_rng(41)
    land = size(count)
    step = land / (EAST, NORTH)
    corner = np.array(
        [[np.array(SOUTH_WEST) + step * (x, y) for y in range(NORTH + 1)] for x in range(EAST + 1)]
    )
    # The outer border is straight: what is delivered lies within.
    across = [
        [_border(dice, corner[x, y], corner[x + 1, y], step * 0.004 * (0 < y < NORTH))
         for y in range(NORTH + 1)] for x in range(EAST)
    ]  # fmt: skip
    up = [
        [_border(dice, corner[x, y], corner[x, y + 1], step * 0.004 * (0 < x < EAST))
         for y in range(NORTH)] for x in range(EAST + 1)
    ]  # fmt: skip
    rings = [
        np.concatenate([across[x][y], up[x + 1][y], across[x][y + 1][::-1], up[x][y][::-1]])
        for x in range(EAST)
        for y in range(NORTH)
    ]
    return shapely.make_valid(np.array([shapely.Polygon(ring) for ring in rings]))


def corners(count, dice):
    """Return where the buildings stand, along the rows of the land."""
    across = int(np.ceil(np.sqrt(count)))
    number = np.arange(count)
    grid = np.stack([number % across, number // across], axis=1) + 0.4
    return (grid + dice.uniform(0, 0.1, (count, 2))) * size(count) / across + SOUTH_WEST


def blocks(count, *, changed_share=0.0):
    """Yield frames of a file's features; a share of them tells of other levels."""
    dice, other = np.random.default_rng(2028), np.random.default_rng(7)
    where = corners(count, dice)
    for begin in range(0, count, BLOCK):
        part = where[begin : begin + BLOCK]
        shapes, _ = footprints(dice, part)
        rows = len(part)
        levels = dice.integers(1, 12, rows)
        is_named = dice.uniform(0, 1, rows) < 0.1
        names = [f"{begin + n}号楼" if told else None for n, told in enumerate(is_named)]
        columns = {
            "用途": dice.choice(KINDS, rows), "名称": names, "结构": dice.choice(FRAMES, rows),
            "层数": levels + 12 * (other.uniform(0, 1, rows) < changed_share),
        }  # fmt: skip
        yield gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)


def write_file(path, count, *, changed_share=0.0):
    """Write the GeoPackage that is delivered."""
    for frame in blocks(count, changed_share=changed_share):
        pyogrio.write_dataframe(frame, path, layer="建筑物", driver="GPKG", append=path.exists())


def make(settings, count):
    """Make the place with its divisions and no building."""
    create_place(settings, PLACE, PROFILE)
    shapes = villages(count)
    town = "990004001000"
    codes = [f"990004{1 + n // 100:03}{1 + n % 100:03}" for n in range(len(shapes))]
    rows = {
        "code": [town, *codes], "level": ["town"] + ["village"] * len(codes),
        "name": ["入库镇", *(f"{n}村" for n in range(len(codes)))],
        "parent_code": [None] + [town] * len(codes), "town_code": town,
        "village_code": [None, *codes], "area_m2": 1.0,
    }  # fmt: skip
    whole = shapely.union_all(shapes)
    frame = gpd.GeoDataFrame(rows, geometry=[whole, *shapes], crs=4490)
    with open_store(settings, place=PLACE) as store:
        write_layer(store, "division", frame, delivery_id=None)
