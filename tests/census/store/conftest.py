"""A small made-up district, countable by hand; and clusters of their own for tests of faults."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

import geopandas as gpd
import numpy as np
import pandas as pd
import psycopg
import pytest
from affine import Affine
from rasterio.io import MemoryFile
from shapely.geometry import LineString, Point, box
from sqlalchemy import Engine, create_engine, event, insert

from census.store.cluster import open_cluster, place_server
from census.store.database import Store, create_place, drop_place, open_store
from census.store.layers import bump_generation, put_raster, write_layer
from census.store.settings import Settings
from tests.census.store.clusters import begin_holding

if TYPE_CHECKING:
    import subprocess

TOWN = "990001001000"
WEST = "990001001001"
EAST = "990001001002"
UNIT = "990001001001001"
SCHEME = {
    "name": "five", "breaks": [0.1, 0.2, 0.4, 0.6], "method": "natural_breaks",
    "base_level": "grid_unit", "base_units": 1,
}  # fmt: skip
RUN = {
    "hazard": "flood", "data_date": "2026-01-01", "rule_edition": "1", "code_version": "0",
    "parameters": {}, "inputs": {},
}  # fmt: skip

ZONING = RUN | {
    "parameters": {
        "index": {"powers": [1.0, 0.5, 0.5], "k": 0.5}, "depth": {"evacuate_depth_m": 0.5},
    }
}  # fmt: skip


def _layer(columns: dict[str, object], shapes: list[object]) -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=4490)


def _write_divisions(store: Store) -> None:
    frame = _layer(
        {
            "code": [TOWN, WEST, EAST, UNIT],
            "level": ["town", "village", "village", "grid_unit"],
            "name": ["河口镇", "西河村", "东河村", "西河一组"],
            "parent_code": [None, TOWN, TOWN, WEST],
            "town_code": [TOWN] * 4,
            "village_code": [None, WEST, EAST, WEST],
            "area_m2": [2e6, 1e6, 1e6, 5e5],
        },
        [
            box(121.00, 31.00, 121.02, 31.01),
            box(121.00, 31.00, 121.01, 31.01),
            box(121.01, 31.00, 121.02, 31.01),
            box(121.00, 31.00, 121.005, 31.01),
        ],
    )
    write_layer(store, "division", frame, delivery_id=None)
    people = pd.DataFrame(
        {"division_code": [WEST, EAST], "people": [300, 50], "basis": ["counted", "derived"]}
    )
    write_layer(store, "people", people, delivery_id=None)


def _write_what_stands_there(store: Store) -> None:
    road = {"class": ["primary", "path"], "name": ["河滨路", None], "length_m": [1900.0, 100.0]}
    lines = [
        LineString([(121.001, 31.005), (121.019, 31.005)]),
        LineString([(121.015, 31.005), (121.015, 31.006)]),
    ]
    write_layer(store, "road", _layer(road, lines), delivery_id=None)
    water = {"kind": ["river", "sea"], "name": ["西河", None], "area_m2": [1.0e5, 1.0e6]}
    surfaces = [box(121.0, 31.0, 121.0008, 31.01), box(121.02, 31.0, 121.03, 31.01)]
    write_layer(store, "water", _layer(water, surfaces), delivery_id=None)
    _write_places(store)


def _write_places(store: Store) -> None:
    house = {"kind": ["住宅"], "footprint_m2": [100.0], "village_code": [WEST]}
    shape = [box(121.002, 31.002, 121.0021, 31.0021)]
    write_layer(store, "building", _layer(house, shape), delivery_id=None)
    shelter = {
        "code": ["S1", "S2"], "name": ["东河小学", "西河祠堂"], "kind": ["school", "other"],
        "village_code": [EAST, WEST], "capacity_people": [200, None],
        "capacity_source": ["declared", "unknown"], "capacity_text": ["200人", "电话 12345"],
    }  # fmt: skip
    places = [Point(121.015, 31.005), Point(121.003, 31.003)]
    write_layer(store, "shelter", _layer(shelter, places), delivery_id=None)
    site = {
        "code": ["H1"], "name": ["西河低洼地"], "kind": ["waterlogging"], "hazard": ["flood"],
        "origin": ["derived"], "village_code": [WEST], "people_threatened": [120],
    }  # fmt: skip
    area = [box(121.0, 31.0, 121.002, 31.002)]
    write_layer(store, "hazard_site", _layer(site, area), delivery_id=None)
    flood = {"hazard": ["flood"], "event": ["2007年洪水"], "year": [2007]}
    write_layer(
        store, "historical_disaster",
        _layer(flood, [box(121.005, 31.0, 121.01, 31.01)]), delivery_id=None,
    )  # fmt: skip
    _write_firms_and_duties(store, places)


def _write_firms_and_duties(store: Store, places: list[object]) -> None:
    firm = {
        "code": ["E1", "E2"], "name": ["甲厂", "乙厂"], "colour": ["blue", "red"],
        "village_code": [WEST, WEST],
    }  # fmt: skip
    write_layer(store, "enterprise", _layer(firm, places), delivery_id=None)
    duty = pd.DataFrame(
        {
            "division_code": [WEST, WEST, EAST], "post": ["村主任", "会计", "村主任"],
            "task": ["组织转移", "清点人数", "组织转移"],
            "role": ["primary", "deputy", "primary"], "sequence": [1, 2, 1],
        }
    )  # fmt: skip
    write_layer(store, "duty", duty, delivery_id=None)


def _write_products(store: Store) -> None:
    tables = store.tables
    with store.begin() as connection:
        run = connection.execute(
            insert(tables.zoning_run)
            .values(**ZONING, number="FZ-1", scheme=SCHEME, summary={"reference": "median"})
            .returning(tables.zoning_run.c.id)
        ).scalar_one()
        plan = connection.execute(
            insert(tables.evacuation_plan)
            .values(
                **RUN, number="EP-1", people=350, demand_people=120, served_people=100,
                unserved_people=20,
                summary={"unusable_shelters": [{"code": "S2", "reason": "too_deep"}]},
            )
            .returning(tables.evacuation_plan.c.id)
        ).scalar_one()  # fmt: skip
    _write_zones(store, run)
    _write_plan(store, plan)


def _write_zones(store: Store, run: int) -> None:
    zones = pd.DataFrame(
        {
            "run_id": run, "division_code": [WEST, EAST, UNIT],
            "level": ["village", "village", "grid_unit"], "risk_class": [4, None, 5],
            "risk_index": [0.5, None, 0.7], "hazard_index": [0.5, None, 0.8],
            "exposure_index": [1.0, None, 0.9], "vulnerability_index": [1.0, None, 0.9],
            "capacity_index": [0.0, None, 0.1],
            "people": [300.0, 50.0, 180.4], "contributions": [[0.5, 0.25, 0.0, -0.25], None, None],
            "why_zh": [["水深大。"], None, None], "why_en": [["Deep water."], None, None],
        }
    )  # fmt: skip
    write_layer(store, "risk_zone", zones, delivery_id=None)


def _write_plan(store: Store, plan: int) -> None:
    demand = _layer(
        {
            "plan_id": [plan, plan], "unit_code": [UNIT, EAST + "001"],
            "village_code": [WEST, EAST], "people": [300, 50], "demand_people": [110, 10],
            "served_people": [100, 0], "unserved_people": [10, 10],
            "reason": ["no_place", "cut_off"],
        },
        [Point(121.002, 31.005), None],
    )  # fmt: skip
    write_layer(store, "evacuation_demand", demand, delivery_id=None)
    route = {
        "code": ["R1", "R2"], "plan_id": [plan, plan], "origin": ["planned"] * 2,
        "unit_code": [UNIT] * 2, "village_code": [WEST] * 2, "shelter_code": ["S1"] * 2,
        "name": ["一号", "二号"], "people": [30, 70], "minutes": [9.0, 12.0],
        "road_ids": [[1], [1, 2]],
    }  # fmt: skip
    line = LineString([(121.002, 31.005), (121.015, 31.005)])
    write_layer(store, "evacuation_route", _layer(route, [line, line]), delivery_id=None)


@pytest.fixture(scope="session")
def small_district(cluster_settings: Settings) -> Iterator[Store]:
    """The district, read as role public; tests leave it as it is."""
    place = f"small_{uuid4().hex[:8]}"
    profile = {
        "code": "990001", "name_zh": "河口区", "name_en": "River Mouth", "srid": 4490,
        "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
        "attribution": "made up", "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, place, profile)
    with open_store(cluster_settings, place=place) as store:
        _write_divisions(store)
        _write_what_stands_there(store)
        _write_products(store)
    with open_store(cluster_settings, place=place, role="public") as store:
        yield store
    drop_place(cluster_settings, place)


ROUTES = [f"P-{number}" for number in range(1, 10)]


def write_routes(store: Store) -> None:
    """Nine planned routes of the west village to the school, alike but for their names."""
    line = LineString([(121.002, 31.005), (121.008, 31.005), (121.015, 31.005)])
    rows = {
        "code": ROUTES, "origin": "planned", "unit_code": UNIT, "village_code": WEST,
        "shelter_code": "S1", "name": [f"路线{code}" for code in ROUTES], "people": 10,
        "length_m": 1240.0, "minutes": 19.0, "hazard_m": 0.0,
    }  # fmt: skip
    frame = _layer(rows, [line] * len(ROUTES))
    write_layer(store, "evacuation_route", frame, delivery_id=None, replace=False)


def _shallow_water() -> bytes:
    """Cells of 0.0005 degrees: 0.2 m of water on the river road at 121.008-121.009, else dry."""
    depth = np.zeros((24, 44), dtype="float32")
    depth[11:13, 18:20] = 0.2
    transform = Affine(0.0005, 0, 120.999, 0, -0.0005, 31.011)
    with MemoryFile() as memory:
        with memory.open(
            driver="GTiff", height=24, width=44, count=1, dtype="float32", crs="EPSG:4490",
            transform=transform, nodata=-9999,
        ) as raster:  # fmt: skip
            raster.write(depth, 1)
        return memory.read()


def _write_way_round(store: Store) -> None:
    # The river road in three pieces, a way round to the north, a path to the school's door.
    lines = [
        LineString([(121.001, 31.005), (121.006, 31.005)]),
        LineString([(121.006, 31.005), (121.011, 31.005)]),
        LineString([(121.011, 31.005), (121.019, 31.005)]),
        LineString([(121.006, 31.005), (121.006, 31.008), (121.011, 31.008), (121.011, 31.005)]),
    ]
    names = ["河滨路", "河滨路", "河滨路", "北环路"]
    rows = {"class": ["primary"] * 3 + ["local"], "name": names, "length_m": [500.0] * 4}
    write_layer(store, "road", _layer(rows, lines), delivery_id=None)
    bump_generation(store, "road")
    point = {"code": ["A1"], "name": ["村口"], "village_code": [WEST], "capacity_people": [80]}
    write_layer(store, "assembly_point", _layer(point, [Point(121.002, 31.005)]), delivery_id=None)
    put_raster(
        store, "flood_depth", "flood_depth", "current", "m", _shallow_water(), is_made_up=True
    )
    bump_generation(store, "raster")


@pytest.fixture(scope="module")
def desk_district(cluster_settings: Settings) -> Iterator[Store]:
    """The district with routes to edit, open as role app; each test takes a route of its own."""
    place = f"desk_{uuid4().hex[:8]}"
    profile = {
        "code": "990001", "name_zh": "河口区", "name_en": "River Mouth", "srid": 4490,
        "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
        "attribution": "made up", "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, place, profile)
    with open_store(cluster_settings, place=place) as store:
        _write_divisions(store)
        _write_what_stands_there(store)
        _write_products(store)
        write_routes(store)
        _write_way_round(store)

        # The tests of interleaving commit a thousand times; none of them pulls the plug.
        @event.listens_for(store.engine, "connect")
        def commit_lazily(connection, _record):
            connection.execute("set synchronous_commit = off")

        store.engine.dispose()
        yield store
    drop_place(cluster_settings, place)


@pytest.fixture(scope="module")
def bureau(cluster_settings: Settings) -> Iterator[Store]:
    """A district of one town and two villages with duties, as role app; tests write into it."""
    place = f"bureau_{uuid4().hex[:8]}"
    profile = {
        "code": "990001", "name_zh": "河口区", "name_en": "River Mouth", "srid": 4490,
        "metric_srid": 4549, "timezone": "Asia/Shanghai", "is_made_up": True,
        "attribution": "made up", "data_date": "2026-01-01",
    }  # fmt: skip
    create_place(cluster_settings, place, profile)
    with open_store(cluster_settings, place=place) as store:
        _write_divisions(store)
        _write_what_stands_there(store)
        yield store
    drop_place(cluster_settings, place)


@pytest.fixture(scope="module")
def bureau_owner(bureau: Store) -> Iterator[Engine]:
    """The same district as its owner, who is a superuser here."""
    address = bureau.address.replace("riskatlas_app@", "riskatlas_owner@")
    engine = create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address))
    yield engine
    engine.dispose()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own for one cluster, below a folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="riskatlas-fault-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def stopped(home: Path) -> Settings:
    """A cluster that was made, used and stopped."""
    settings = Settings(home=home)
    with open_cluster(settings):
        pass
    place_server(settings).log_file.unlink()
    return settings


@pytest.fixture
def hold() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start other processes that hold a cluster until they are told to leave."""
    begun: list[subprocess.Popen[str]] = []

    def start(home: Path, *, user: str | None = None) -> "subprocess.Popen[str]":
        begun.append(begin_holding(home, user=user))
        return begun[-1]

    yield start
    for child in begun:
        child.kill()
        child.communicate()
