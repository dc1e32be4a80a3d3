"""A tiny district of two towns and four villages, as frames and as a loaded database."""

import geopandas as gpd
import pytest
from shapely.geometry import box

from census.intake.context import Context, read_shelter_rules
from census.intake.forms import form_named, forms
from census.intake.loading import import_delivery
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from census.store.database import create_place, drop_place, open_store
from census.store.layers import read_layer, write_layer
from census.store.settings import data_folder

WEST, SOUTH = 121.0, 32.0


def square(column, row, size=1):
    """A square of the lattice of 0.01 degree, size in lattice steps."""
    x, y = WEST + 0.01 * column, SOUTH + 0.01 * row
    return box(x, y, x + 0.01 * size, y + 0.01 * size)


def tiny_divisions():
    """Two towns of 0.02 degree side by side, each with two villages of one grid unit."""
    rows = []
    for t in (1, 2):
        town, x = f"99000100{t}000", 2 * (t - 1)
        rows.append((town, f"镇{t}", "town", None, square(x, 0, 2)))
        for v in (1, 2):
            village, left = f"{town[:9]}00{v}", x + v - 1
            shape = square(left, 0).union(square(left, 1))
            rows.append((village, f"村{t}{v}", "village", town, shape))
            rows.append((f"{village}001", "网格", "grid_unit", village, shape))
    names = ["code", "name", "level", "parent_code", "geometry"]
    return gpd.GeoDataFrame(dict(zip(names, zip(*rows, strict=True), strict=True)), crs=4490)


@pytest.fixture
def divisions():
    return tiny_divisions()


@pytest.fixture
def rules():
    return read_shelter_rules(data_folder() / "reference" / "shelter_rules.toml")


@pytest.fixture
def context(divisions, rules):
    frame = divisions.rename_geometry("geom")
    frame["village_code"] = [
        None if level == "town" else code[:12]
        for code, level in zip(frame["code"], frame["level"], strict=True)
    ]
    frame["town_code"] = [code[:9] + "000" for code in frame["code"]]
    return Context(srid=4490, metric_srid=4549, divisions=frame, shelter_rules=rules)


@pytest.fixture(scope="session")
def tiny_place(cluster_settings):
    """One database for all tests of the intake: making one takes seconds."""
    profile = {
        "code": "990001", "name_zh": "小区县", "name_en": "Tiny", "srid": 4490,
        "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
        "attribution": "made up", "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, "tiny", profile)
    with open_store(cluster_settings, place="tiny") as store:
        yield store
    drop_place(cluster_settings, "tiny")


@pytest.fixture(scope="session")
def room():
    """One room for all tests of the intake, as one serves all deliveries of a district."""
    with ReadingRoom() as opened:
        yield opened


@pytest.fixture
def store(tiny_place, divisions, tmp_path, room):
    """The tiny district with its divisions loaded and nothing else."""
    for form in forms():
        if form.table not in {"raster", "division"} and not form.is_personal:
            rows = read_layer(tiny_place, form.table)
            if len(rows):
                write_layer(tiny_place, form.table, rows.iloc[:0], delivery_id=None)
    write_table(form_named("divisions"), divisions, tmp_path / "divisions.gpkg")
    report = import_delivery(tiny_place, "divisions", [tmp_path / "divisions.gpkg"], room=room)
    assert report.imported == 10
    return tiny_place
