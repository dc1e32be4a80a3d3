"""Hold everything one village's sheet shows: shapes in the metric CRS, cards, numbers, duties."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from string import ascii_uppercase

import geopandas as gpd
from pyproj import Transformer
from shapely.geometry.base import BaseGeometry

from census.store.blocked_routes import BlockedRoute
from census.store.cards import (
    DemandCard,
    DivisionCard,
    DutyCard,
    HazardSiteCard,
    PlanCard,
    RiskCard,
    RouteCard,
    ShelterCard,
    ZoningCard,
)
from census.store.database import District
from webapp.sheets.frame import MapFrame

RISK = "risk"
EVACUATION = "evacuation"
KINDS = (RISK, EVACUATION)


@dataclass(frozen=True)
class Gap:
    """
    A household group of which somebody has no place.

    Attributes
    ----------
    unit_name
        Name of the group's unit.
    people
        People without a place.
    reason
        Code of the reason, None where the plan gives none.
    """

    unit_name: str
    people: int
    reason: str | None


def short_name(name: str, village_name: str) -> str:
    """
    Leave the village's name out of a unit's name, on a sheet of that village.

    Parameters
    ----------
    name
        Name of the unit.
    village_name
        Name of its village.

    Returns
    -------
    str
        The rest; the whole name where nothing would be left.
    """
    return name.removeprefix(village_name).strip() or name


def letters_of(number: int) -> str:
    """
    Count in letters.

    Parameters
    ----------
    number
        From 0.

    Returns
    -------
    str
        A to Z, then AA, AB and on.
    """
    rest, last = divmod(number, len(ascii_uppercase))
    return (letters_of(rest - 1) if rest else "") + ascii_uppercase[last]


@dataclass(frozen=True)
class SheetContent:
    """
    What one sheet shows; every shape in metres of the district's metric CRS.

    Attributes
    ----------
    kind
        ``"risk"`` or ``"evacuation"``.
    district
        The district.
    village
        The village.
    town
        Its town.
    shape
        The village's area.
    frame
        The map frame.
    to_degrees
        From the metric CRS to longitude and latitude.
    shapes
        Layer name to shapes: villages, towns, grid_units, roads, buildings, water, hazard_sites,
        shelters, routes (planned), delivered_routes, assembly_points, enterprises.
    risk
        The village's risk, None before a zoning.
    plan
        The current plan, None before one is made.
    demand
        People, demand, served and unserved of the village, None without a plan.
    zoning
        The current zoning run, None before one is made.
    gaps
        Household groups with people without a place.
    sites
        Hazard sites, most people threatened first.
    shelters
        Shelters of the village and those its routes lead to.
    routes
        Planned routes of the village, in the order of their numbers.
    duties
        Duties of the village.
    delivered
        Form name to whether anything was delivered.
    blocked
        Routes of the village, delivered ones too, that run through a site reported and verified.
    """

    kind: str
    district: District
    village: DivisionCard
    town: DivisionCard
    shape: BaseGeometry
    frame: MapFrame
    to_degrees: Transformer
    shapes: Mapping[str, gpd.GeoDataFrame]
    risk: RiskCard | None
    plan: PlanCard | None
    demand: DemandCard | None
    zoning: ZoningCard | None
    gaps: list[Gap]
    sites: list[HazardSiteCard]
    shelters: list[ShelterCard]
    routes: list[RouteCard]
    duties: list[DutyCard]
    delivered: Mapping[str, object]
    blocked: Sequence[BlockedRoute] = ()

    @property
    def letters(self) -> dict[str, str]:
        """
        Give each usable shelter a letter, so that it is not taken for the number of a route.

        Returns
        -------
        dict
            Code to letter, A to Z, then AA, AB and on, in the order of the shelters.
        """
        usable = [card.code for card in self.shelters if card.usable]
        return {code: letters_of(number) for number, code in enumerate(usable)}
