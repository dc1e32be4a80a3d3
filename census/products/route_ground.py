"""Read what an edited route is judged by beside the roads: hazards, places, shelters, routes."""

from collections.abc import Mapping
from dataclasses import dataclass

import geopandas as gpd
import numpy as np
import pandas as pd
import pyproj
import shapely
from numpy.typing import NDArray

from census.products.inputs import required_raster, texts
from census.products.layer_hashes import layer_hash
from census.products.parameters import Parameters
from census.products.sampling import at_points
from census.products.ways import barriers_of
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.reported_sites import REPORTED, ReportedSite, reported_sites
from geo.along import Areas
from geo.barriers import Barriers
from geo.sites import Sites

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Hazards:
    """
    Hazard sites.

    Attributes
    ----------
    areas
        All areas, by kind.
    surveyed, reported
        Those delivered or derived, by kind; those reported from the place and accepted, by code.
    sites
        Points and lines.
    code, name, kind
        What each row is; the rows of all of the above.
    told
        What is known of the report behind a site, by its code.
    hazard_hash
        Hash of all.
    """

    areas: Areas
    surveyed: Areas
    reported: Areas
    sites: Sites
    code: NDArray[np.object_]
    name: NDArray[np.object_]
    kind: NDArray[np.object_]
    told: Mapping[str, ReportedSite]
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


def read_hazards(store: Store, hazard: str) -> Hazards:
    """
    Read the hazard sites of one hazard, and all that were reported from the place.

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
    every = read_layer(store, "hazard_site", columns=[*columns, "origin"])
    # A blocked road or a slide in the rain is no flood, yet nobody is led over it.
    counts = (every["hazard"] == hazard) | (every["origin"] == REPORTED)
    stored = every.loc[counts, columns].reset_index(drop=True)
    is_reported = every.loc[counts, "origin"].to_numpy() == REPORTED
    shapes = stored.to_crs(store.district.metric_srid).geometry.to_numpy()
    code, kind = texts(stored["code"]), texts(stored["kind"])
    # A row keeps its place in each: what belongs to the other is an empty shape there.
    nothing = np.full(len(shapes), shapely.Polygon(), dtype=np.object_)
    return Hazards(
        areas=Areas(shapes, kind),
        surveyed=Areas(np.where(is_reported, nothing, shapes), kind),
        reported=Areas(np.where(is_reported, shapes, nothing), code),
        sites=Sites(shapes),
        code=code,
        name=texts(stored["name"]),
        kind=kind,
        told=reported_sites(store),
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
    stored = read_layer(store, "division", columns=columns)
    found = stored[stored.geometry.notna()].to_crs(store.district.metric_srid)
    code, shapes = texts(found["code"]), found.geometry.to_numpy()
    shapely.prepare(shapes)
    is_town = (found["level"] == "town").to_numpy()
    return Places(
        towns=Areas(shapes[is_town], code[is_town]),
        name=dict(zip(code, texts(found["name"]), strict=True)),
        shape=dict(zip(code, shapes, strict=True)),
        town=dict(zip(code, texts(found["town_code"]), strict=True)),
    )


def read_shelters(store: Store, rules: Parameters) -> dict[str, Shelter]:
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


def read_water(store: Store, rules: Parameters) -> Barriers:
    """
    Read the water that nobody walks through.

    Parameters
    ----------
    store
        The store, role app.
    rules
        Evacuation parameters.

    Returns
    -------
    Barriers
        Rivers, lakes and sea.
    """
    found = read_layer(store, "water", columns=["kind", "geom"])
    return barriers_of(found.to_crs(store.district.metric_srid), rules["access"]["bank_m"])


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
