"""A made-up district of ten thousand villages of 13 vertices, stored as a census is."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from sqlalchemy import insert

from census.store.database import create_place, open_store
from census.store.layers import write_layer

PLACE = "crowd"
SIDE = 100  # villages along each side
BLOCK = 10  # villages along each side of a town
STEP_DEGREE = 0.0025
SOUTH_WEST = (121.0, 31.0)
PROFILE = {
    "code": "990002", "name_zh": "万村区", "name_en": "Ten thousand villages", "srid": 4490,
    "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
    "attribution": "made up", "data_date": "2026-01-01",
}  # fmt: skip


def rings():
    """
    Return the villages' outlines: 12 corners each and the first again, shared with neighbours.

    Every edge of a lattice has two corners of its own between its ends, all moved a little.
    """
    random = np.random.default_rng(13)
    thirds = 3 * SIDE + 1
    x, y = np.meshgrid(np.arange(thirds) / 3, np.arange(thirds) / 3)
    moved = np.stack([x, y], axis=-1) + random.uniform(-0.09, 0.09, (thirds, thirds, 2))
    lattice = moved * STEP_DEGREE + SOUTH_WEST
    around = [(0, 0), (0, 1), (0, 2), (0, 3), (1, 3), (2, 3), (3, 3), (3, 2), (3, 1), (3, 0),
              (2, 0), (1, 0), (0, 0)]  # fmt: skip
    corners = np.array(around)
    for row in range(SIDE):
        for column in range(SIDE):
            at = corners + np.array([3 * row, 3 * column])
            yield lattice[at[:, 0], at[:, 1]]


def _codes():
    """Return the towns' codes, and each village's, row by row; a town is a block of 10 x 10."""
    towns = [f"{PROFILE['code']}{number + 1:03}000" for number in range((SIDE // BLOCK) ** 2)]
    blocks = SIDE // BLOCK
    villages = [
        f"{towns[row // BLOCK * blocks + column // BLOCK][:9]}"
        f"{row % BLOCK * BLOCK + column % BLOCK + 1:03}"
        for row in range(SIDE)
        for column in range(SIDE)
    ]
    return towns, villages


def _divisions():
    towns, villages = _codes()
    shapes = gpd.GeoSeries([shapely.Polygon(ring) for ring in rings()])
    upper = [f"{code[:9]}000" for code in villages]
    blocks = shapes.groupby(np.array(upper)).agg(shapely.union_all)
    return gpd.GeoDataFrame(
        {
            "code": towns + villages,
            "level": ["town"] * len(towns) + ["village"] * len(villages),
            "name": [*(f"{code[6:9]}镇" for code in towns), *(f"村{v[6:]}" for v in villages)],
            "parent_code": [None] * len(towns) + upper,
            "town_code": towns + upper,
            "village_code": [None] * len(towns) + villages,
            "area_m2": 6e4,
        },
        geometry=[*blocks.loc[towns], *shapes],
        crs=4490,
    )


def make(settings):
    """Make the district with a class for each village."""
    create_place(settings, PLACE, PROFILE)
    random = np.random.default_rng(7)
    villages = _codes()[1]
    with open_store(settings, place=PLACE) as store:
        write_layer(store, "division", _divisions(), delivery_id=None)
        run = insert(store.tables.zoning_run).values(
            number="FZ-1", hazard="flood", data_date="2026-01-01", rule_edition="1",
            code_version="0", parameters={}, inputs={}, scheme={}, summary={},
        )  # fmt: skip
        with store.begin() as connection:
            number = connection.execute(run.returning(store.tables.zoning_run.c.id)).scalar_one()
        zones = pd.DataFrame(
            {
                "run_id": number, "division_code": villages, "level": "village",
                "risk_class": random.integers(1, 6, len(villages)), "people": 100.0,
            }
        )  # fmt: skip
        write_layer(store, "risk_zone", zones, delivery_id=None)
