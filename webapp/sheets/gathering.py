"""Gather what a village's sheet shows out of schema ``pub``, and bring it into the metric CRS."""

from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import shapely
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from census.errors import NotYetMadeError, UnknownDivisionError
from census.store import pages
from census.store.blocked_routes import blocked_routes
from census.store.cards import DivisionCard, RouteCard, ShelterCard
from census.store.database import Store
from census.store.frames import Reader, geometries, reading
from geo.errors import ParameterError
from geo.vocabulary import AdminLevel
from webapp.sheets.content import EVACUATION, KINDS, Gap, SheetContent
from webapp.sheets.frame import MapFrame, fit_frame, fit_frame_with_routes

DELIVERED = "delivered"
_AROUND = ("villages", "roads", "buildings", "water")
_OF_VILLAGE = ("grid_units", "hazard_sites", "assembly_points", "enterprises")


def gather(
    store: Store, kind: str, village_code: str, *, hazard: str | None = None
) -> SheetContent:
    """
    Read everything that a sheet shows.

    Parameters
    ----------
    store
        The district's database, any role: only schema ``pub`` is read.
    kind
        ``"risk"`` or ``"evacuation"``.
    village_code
        Code of the village.
    hazard
        Hazard of the risk sheet; None for the leading one.

    Returns
    -------
    SheetContent
        Shapes in metres of the district's metric CRS.

    Raises
    ------
    ParameterError
        If the kind is not known.
    UnknownDivisionError
        If the district has no village of this code.
    """
    village = _asked(store, kind, village_code)
    shelters = pages.shelters(store, village_code)
    routes = [card for card in pages.routes(store, village_code) if card.origin != DELIVERED]
    to_degrees = Transformer.from_crs(
        store.district.metric_srid, store.district.srid, always_xy=True
    )
    with reading(store) as connection:
        layers = Layers(store, connection)
        shapes = _shapes_of_village(layers, village_code, shelters)
        own = layers.metric("villages", village_code=village_code)
        shape = shapely.union_all(own.geometry.to_numpy())
        shown = _frame(kind, shape, shapes, routes)
        bounds = to_degrees.transform_bounds(*shown.bounds_m)
        shapes |= {name: layers.metric(name, bounds=bounds) for name in _AROUND}
        gaps = _gaps(layers, village)
    sites = pages.hazard_sites(store, village_code)
    plan = pages.plan_card(store)
    of_plan = plan.hazard if plan else None
    return SheetContent(
        kind=kind,
        district=store.district,
        village=village,
        town=pages.division(store, village.town_code),
        shape=shape,
        frame=shown,
        to_degrees=to_degrees,
        shapes=shapes,
        risk=pages.risk_card(store, village_code, hazard=hazard),
        plan=plan,
        demand=pages.demand(store, village_code, hazard=of_plan if kind == EVACUATION else hazard),
        zoning=pages.zoning_card(store, hazard),
        gaps=gaps,
        sites=sites,
        shelters=shelters,
        routes=routes,
        duties=pages.duties(store, village_code),
        delivered={**pages.delivered(store), "hazard_sites": len(sites)},
        blocked=blocked_routes(store, village_code=village_code),
    )


def _asked(store: Store, kind: str, village_code: str) -> DivisionCard:
    if kind not in KINDS:
        raise ParameterError(
            f"There are sheets of kind {' and '.join(KINDS)}, none of kind {kind!r}.",
            f"图件种类只有 {'、'.join(KINDS)}，没有“{kind}”。",
        )
    village = pages.division(store, village_code)
    if village.level != AdminLevel.VILLAGE.value:
        raise UnknownDivisionError(village_code, store.place)
    if not village.has_outline:
        raise NotYetMadeError(
            f"outline of {village.name}",
            f"“{village.name}”的边界",
            "riskatlas import divisions FILE",
        )
    return village


@dataclass(frozen=True)
class Layers:
    """
    The district's layers over one connection.

    Attributes
    ----------
    store
        The district's database.
    connection
        Open as long as the layers are read.
    """

    store: Store
    connection: Reader

    def stored(self, name: str, **limits: Any) -> gpd.GeoDataFrame:
        """
        Read a layer as it is stored.

        Parameters
        ----------
        name
            Name of the layer.
        **limits
            Village or bounds, as ``geometries`` takes them.

        Returns
        -------
        geopandas.GeoDataFrame
            In the district's CRS.
        """
        return geometries(self.store, name, connection=self.connection, **limits)

    def metric(self, name: str, **limits: Any) -> gpd.GeoDataFrame:
        """
        Read a layer and bring it into metres.

        Parameters
        ----------
        name
            Name of the layer.
        **limits
            Village or bounds, as ``geometries`` takes them.

        Returns
        -------
        geopandas.GeoDataFrame
            In the district's metric CRS.
        """
        return self.stored(name, **limits).to_crs(self.store.district.metric_srid)


def _shapes_of_village(
    layers: Layers, village_code: str, shelters: list[ShelterCard]
) -> dict[str, gpd.GeoDataFrame]:
    shapes = {name: layers.metric(name, village_code=village_code) for name in _OF_VILLAGE}
    routes = layers.metric("routes", village_code=village_code)
    is_ours = routes["origin"] != DELIVERED
    shapes["routes"], shapes["delivered_routes"] = routes[is_ours], routes[~is_ours]
    shapes["towns"] = layers.metric("towns")
    district = layers.store.district
    points = [shapely.Point(card.x, card.y) for card in shelters]
    codes = {"code": [card.code for card in shelters]}
    shapes["shelters"] = gpd.GeoDataFrame(codes, geometry=points, crs=district.srid).to_crs(
        district.metric_srid
    )
    return shapes


def _frame(
    kind: str,
    shape: BaseGeometry,
    shapes: dict[str, gpd.GeoDataFrame],
    routes: list[RouteCard],
) -> MapFrame:
    if kind != EVACUATION or not routes:
        return fit_frame(shape.bounds)
    left, bottom, right, top = shapes["routes"].total_bounds.tolist()
    return fit_frame_with_routes(shape.bounds, (left, bottom, right, top))


def _gaps(layers: Layers, village: DivisionCard) -> list[Gap]:
    """List groups with people left over; those without a known place count for the village."""
    store = layers.store
    total = pages.demand(store, village.code)
    if total is None or total.unserved_people == 0:
        return []
    found = layers.stored("evacuation_demand", village_code=village.code)
    left = found[found["unserved_people"] > 0]
    names = {card.code: card.name for card in pages.grid_units(store, village.code)}
    gaps = [
        Gap(names.get(code, code), int(people), reason)
        for code, people, reason in zip(
            left["code"], left["unserved_people"], left["reason"], strict=True
        )
    ]
    unplaced = total.unserved_people - sum(gap.people for gap in gaps)
    if unplaced > 0:
        gaps.append(Gap(village.name, unplaced, None))
    return gaps
