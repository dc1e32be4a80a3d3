"""Keep in memory what routes are judged by, and read anew only what a changed layer touches."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from census.products.parameters import Parameters
from census.products.route_ground import (
    Hazards,
    Places,
    Routes,
    Shelter,
    read_hazards,
    read_places,
    read_posts,
    read_routes,
    read_shelters,
    read_water,
)
from census.products.route_roads import Roads, read_roads
from census.store.connection import Store
from census.store.layers import generation
from geo.barriers import Barriers


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """
    A district at one moment.

    Attributes
    ----------
    roads
        Roads in the water.
    hazards
        Hazard sites.
    places
        Divisions.
    shelters
        Shelters by code.
    routes
        Current routes and groups.
    posts
        Roles of responsible posts by division.
    water
        Rivers, lakes and sea.
    """

    roads: Roads
    hazards: Hazards
    places: Places
    shelters: Mapping[str, Shelter]
    routes: Routes
    posts: Mapping[str, set[str]]
    water: Barriers


class Memory:
    """
    A district in memory: a part is built once however many ask, and again when its layers change.

    Parameters
    ----------
    rules
        Evacuation parameters.
    hazard
        Such as ``flood``.
    """

    def __init__(self, rules: Parameters, hazard: str) -> None:
        self._lock = threading.Lock()
        self._parts: dict[str, tuple[tuple[str, ...], Callable[[Store], Any]]] = {
            "roads": (("road", "raster"), lambda store: read_roads(store, rules)),
            "hazards": (("hazard_site",), lambda store: read_hazards(store, hazard)),
            "places": (("division",), read_places),
            "shelters": (("shelter", "raster"), lambda store: read_shelters(store, rules)),
            "routes": (
                ("evacuation_route", "evacuation_plan", "evacuation_demand", "assembly_point"),
                lambda store: read_routes(store, hazard),
            ),
            "posts": (("duty",), read_posts),
            "water": (("water",), lambda store: read_water(store, rules)),
        }
        self._layers = sorted({name for layers, _ in self._parts.values() for name in layers})
        self._kept: dict[str, tuple[int, Any]] = {}
        self._ground: tuple[int, Ground] | None = None

    def of(self, store: Store) -> Ground:
        """
        Return the district as of now.

        Parameters
        ----------
        store
            The store, role app.

        Returns
        -------
        Ground
            All parts.
        """
        with self._lock:
            # Numbers are read before the layers: a change in between is seen the next time.
            number = generation(store, *self._layers)
            if self._ground is None or self._ground[0] != number:
                parts = {name: self._part(store, name) for name in self._parts}
                self._ground = (number, Ground(**parts))
            return self._ground[1]

    def _part(self, store: Store, name: str) -> Any:
        layers, build = self._parts[name]
        number = generation(store, *layers)
        if name not in self._kept or self._kept[name][0] != number:
            self._kept[name] = (number, build(store))
        return self._kept[name][1]
