"""Read what an edited route is judged by: roads in the water, hazards, places, shelters, routes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from census.errors import NotYetMadeError
from census.products.inputs import CellValues, required_raster, sorted_layer
from census.products.layer_hashes import layer_hash
from census.products.sampling import at_points, cell_size_m
from census.products.water_edges import cut_at_water
from census.store.connection import Store
from census.store.layers import read_layer
from geo.along import Areas
from geo.edge_runs import Segments
from geo.roads import Network
from geo.sites import Sites

F = NDArray[np.float64]
Rules = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True, eq=False)
class Roads:
    """
    The roads in the water.

    Attributes
    ----------
    network
        All roads, cut where deep water begins and ends; flooded edges open.
    pieces
        Its straight pieces.
    flooded, drowned, bridge
        Per edge: too deep to wade; flooded anywhere between its junctions; dry above the water.
    wet_m, depth_max_m
        Per edge: metres in deeper water than the wet depth, and the deepest; 0 on bridges.
    road_id, road_name
        Of each line of the network.
    depth
        Water depth.
    step_m
        Distance between samples of depth.
    network_hash
        Hash of the delivered roads.
    """

    network: Network
    pieces: Segments
    flooded: NDArray[np.bool_]
    drowned: NDArray[np.bool_]
    bridge: NDArray[np.bool_]
    wet_m: F
    depth_max_m: F
    road_id: NDArray[np.int64]
    road_name: NDArray[np.object_]
    depth: CellValues
    step_m: float
    network_hash: str

    def ids(self, edges: NDArray[np.int64]) -> NDArray[np.int64]:
        """
        Name the roads of edges.

        Parameters
        ----------
        edges
            Edges of the network.

        Returns
        -------
        numpy.ndarray
            Ids of the stored roads.
        """
        return self.road_id[self.network.line[edges]]


@dataclass(frozen=True, kw_only=True, eq=False)
class Hazards:
    """Hazard sites: areas by kind, points and lines, what each row is, and the hash of all."""

    areas: Areas
    sites: Sites
    code: NDArray[np.object_]
    name: NDArray[np.object_]
    kind: NDArray[np.object_]
    hazard_hash: str


@dataclass(frozen=True, kw_only=True, eq=False)
class Places:
    """Towns with names; the shapes of all divisions and the town of each, by code."""

    towns: Areas
    name: Mapping[str, str]
    shape: Mapping[str, shapely.Geometry]
    town: Mapping[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class Shelter:
    """A shelter as the checks see it; the place in the metric CRS, a depth of NaN is unknown."""

    code: str
    name: str
    xy: tuple[float, float]
    capacity_people: int | None
    depth_m: float


@dataclass(frozen=True, kw_only=True)
class RouteRow:
    """What the stored route says; people of None is not known."""

    code: str
    unit_code: str | None
    village_code: str | None
    shelter_code: str | None
    people: int | None
    assembly_point_code: str | None = None


@dataclass(frozen=True, kw_only=True, eq=False)
class Routes:
    """All current routes; where groups of the current plan and people of a point gather, metric."""

    row: Mapping[str, RouteRow]
    group: Mapping[str, tuple[float, float]]
    point: Mapping[str, tuple[float, float]]

    def load_people(self, shelter_code: str, *, but: str) -> int:
        """
        Add up the people that all routes but one send to a shelter.

        Parameters
        ----------
        shelter_code
            The shelter.
        but
            Code of the route left out.

        Returns
        -------
        int
            Persons; routes of unknown number send none.
        """
        return sum(
            row.people or 0
            for row in self.row.values()
            if row.shelter_code == shelter_code and row.code != but
        )


def read_roads(store: Store, rules: Rules) -> Roads:
    """
    Build the network and the water on it.

    Parameters
    ----------
    store
        The store, role app.
    rules
        Evacuation parameters.

    Returns
    -------
    Roads
        The network.

    Raises
    ------
    NotYetMadeError
        If roads or depth were not delivered.
    """
    depth = required_raster(store, rules["depth"]["raster"], "flood depth raster", "水深栅格")
    stored = read_layer(store, "road", columns=["id", "name", "is_bridge", "geom"])
    if stored.empty:
        raise NotYetMadeError("roads", "道路", "riskatlas import roads FILE")
    roads = sorted_layer(stored.to_crs(store.district.metric_srid))
    crs = pyproj.CRS(roads.crs)
    step_m = rules["road"]["sample_cells"] * cell_size_m(depth, crs)
    whole = Network.from_lines(roads).at_speed(rules["walking"]["speed_m_s"])
    dry = roads["is_bridge"].to_numpy(dtype=bool) & rules["road"]["bridges_stay_dry"]
    water = cut_at_water(
        whole, depth, dry, step_m=step_m,
        wading_m=rules["road"]["wading_depth_m"], wet_m=rules["road"]["wet_depth_m"],
    )  # fmt: skip
    return Roads(
        network=water.network,
        pieces=Segments(water.network),
        flooded=water.flooded,
        drowned=water.drowned,
        bridge=dry[water.network.line],
        wet_m=water.wet_m,
        depth_max_m=water.depth_max_m,
        road_id=roads["id"].to_numpy(dtype=np.int64),
        road_name=texts(roads["name"]),
        depth=depth,
        step_m=step_m,
        network_hash=str(layer_hash(stored)["sha256"]),
    )


def texts(column: pd.Series) -> NDArray[np.object_]:
    """
    Read a column of texts that may have gaps.

    Parameters
    ----------
    column
        The column.

    Returns
    -------
    numpy.ndarray
        Texts, None for a gap.
    """
    return np.array([None if pd.isna(value) else str(value) for value in column], dtype=object)


def read_hazards(store: Store, hazard: str) -> Hazards:
    """
    Read the hazard sites of one hazard.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        Such as ``flood``.

    Returns
    -------
    Hazards
        The sites.
    """
    columns = ["code", "name", "kind", "hazard", "geom"]
    stored = read_layer(store, "hazard_site", where={"hazard": hazard}, columns=columns)
    sites = stored.to_crs(store.district.metric_srid)
    return Hazards(
        areas=Areas(sites.geometry.to_numpy(), texts(sites["kind"])),
        sites=Sites(sites.geometry.to_numpy()),
        code=texts(sites["code"]),
        name=texts(sites["name"]),
        kind=texts(sites["kind"]),
        hazard_hash=str(layer_hash(stored)["sha256"]),
    )


def read_places(store: Store) -> Places:
    """
    Read the divisions.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    Places
        Shapes and names by code.
    """
    columns = ["code", "level", "name", "town_code", "geom"]
    found = read_layer(store, "division", columns=columns).to_crs(store.district.metric_srid)
    code, shapes = texts(found["code"]), found.geometry.to_numpy()
    shapely.prepare(shapes)
    is_town = (found["level"] == "town").to_numpy()
    return Places(
        towns=Areas(shapes[is_town], code[is_town]),
        name=dict(zip(code, texts(found["name"]), strict=True)),
        shape=dict(zip(code, shapes, strict=True)),
        town=dict(zip(code, texts(found["town_code"]), strict=True)),
    )


def read_shelters(store: Store, rules: Rules) -> dict[str, Shelter]:
    """
    Read the shelters with the water they stand in.

    Parameters
    ----------
    store
        The store, role app.
    rules
        Evacuation parameters.

    Returns
    -------
    dict
        Shelters by code.
    """
    columns = ["code", "name", "capacity_people", "geom"]
    found = read_layer(store, "shelter", columns=columns).to_crs(store.district.metric_srid)
    depth = required_raster(store, rules["depth"]["raster"], "flood depth raster", "水深栅格")
    xy = np.column_stack([found.geometry.x, found.geometry.y]).reshape(-1, 2)
    deep = at_points(depth, xy, pyproj.CRS(found.crs))
    rows = zip(found["code"], found["name"], xy, found["capacity_people"], deep, strict=True)
    return {
        str(code): Shelter(
            code=str(code),
            name=str(name),
            xy=(float(place[0]), float(place[1])),
            capacity_people=None if pd.isna(capacity) else int(capacity),
            depth_m=float(depth_m),
        )
        for code, name, place, capacity, depth_m in rows
    }


def read_routes(store: Store, hazard: str) -> Routes:
    """
    Read the current routes, and the groups of the current plan.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        Such as ``flood``.

    Returns
    -------
    Routes
        Routes by code, places of the groups by unit, assembly points by code.
    """
    columns = ["code", "unit_code", "village_code", "shelter_code", "people"]
    found = read_layer(store, "evacuation_route", columns=columns)
    named = [texts(found[name]) for name in columns[:4]]
    people = [None if pd.isna(value) else int(value) for value in found["people"]]
    rows = {
        str(code): RouteRow(
            code=str(code), unit_code=unit, village_code=village, shelter_code=goal, people=count
        )
        for code, unit, village, goal, count in zip(*named, people, strict=True)
    }
    where = {"hazard": hazard, "is_current": True}
    plans = read_layer(store, "evacuation_plan", where=where, columns=["id"])["id"].tolist()
    points = read_layer(store, "assembly_point", columns=["code", "geom"])
    point = _places(points.to_crs(store.district.metric_srid), "code")
    if not plans:
        return Routes(row=rows, group={}, point=point)
    groups = read_layer(
        store, "evacuation_demand", where={"plan_id": plans}, columns=["unit_code", "geom"]
    ).to_crs(store.district.metric_srid)
    return Routes(row=rows, group=_places(groups, "unit_code"), point=point)


def _places(points: gpd.GeoDataFrame, key: str) -> dict[str, tuple[float, float]]:
    known = points[points.geometry.notna()]
    places = zip(known[key], known.geometry.x, known.geometry.y, strict=True)
    return {str(code): (float(x), float(y)) for code, x, y in places}


def read_posts(store: Store) -> dict[str, set[str]]:
    """
    Read which divisions have responsible posts, and in which roles.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    dict
        Roles (``primary``, ``deputy``) by division code.
    """
    found = read_layer(store, "duty", columns=["division_code", "role"])
    posts: dict[str, set[str]] = {}
    for code, role in zip(found["division_code"], found["role"], strict=True):
        posts.setdefault(str(code), set()).add(str(role))
    return posts
