"""The schema, declared once: the tables of a district, with units and comments.

The geographic SRID belongs to the district (4490 in China, 4326 for the sample abroad), so the
tables, of schema ``census``, are declared by a function of it. Schema ``pub`` holds views of these
tables with the columns that the public may see: ``public_columns``. File names, original rows and
remarks of a delivery stay inside, for they may quote what a clerk wrote. Persons have a schema and
a ``MetaData`` of their own; schema ``access`` is the same everywhere: ``store.access_tables``.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import MetaData, Table

from census.store import (
    bookkeeping_tables,
    capacity_tables,
    census_tables,
    change_tables,
    help_tables,
    loss_tables,
    object_tables,
    product_tables,
    proposal_tables,
    report_tables,
    route_tables,
    survey_tables,
)
from census.store.columns import CORE
from census.store.personal_tables import PersonalTables, declare_personal

# How a route came about is the office's own, and who reported what; the public sees what is
# published, and of reports a view of its own.
OFFICE_TABLES = frozenset(
    {"route", "route_version", "route_draft", "route_seat", "route_event", "sheet_reissue"}
    | {"report", "report_photo", "report_event", "report_place", "change_set", "change_row"}
    # Deliveries that wait for a yes.
    | {"proposal", "proposal_piece", "proposal_event", "proposal_change", "proposal_progress"}
    # Quantities at enterprises, stores, and counts that in a small village tell of persons.
    | {"installation_substance", "rescue_equipment", "stock_movement", "household"}
    | {"shelter_round", "inspection"}
    # What the program remembers of rows as they were delivered.
    | {"building_imprint"}
)
ANY_SRID: Final = 4490
_DELIVERY_COLUMNS = frozenset({"delivery_id", "source_row", "notes"})
_INSIDE: dict[str, frozenset[str]] = {
    "district": frozenset({"profile"}),
    "delivery": frozenset({"id", "file_name", "sha256", "source_crs", "problems"}),
    "raster": frozenset({"file", "provenance"}),
    "shelter": frozenset({"capacity_text", "key_holder_post"}),
    "hazard_site": frozenset({"property_threatened_10k_yuan", "responsible_post"}),
    "duty": frozenset({"phone_checked_on"}),
    "installation": frozenset({"r_value", "people_within_500m", "responsible_post"}),
    "rescue_team": frozenset({"leader_post"}),
    "material_depot": frozenset({"keeper_post"}),
    "emergency_plan": frozenset({"responsible_post"}),
    "road_state": frozenset({"detour"}),
    # What recomputing asks for; shares of ages are counts of people nearly as good as themselves.
    "risk_zone": frozenset({"density_per_km2", "age_share"}),
    # How well prepared a village is stands open; which of its posts or stores it lacks does not.
    "unit_capacity": frozenset(
        {"known_share", "weakest", "indicator_values", "indicator_scores", "indicator_needed"}
        | {"lift_indicator", "why_zh", "why_en", "lift_zh", "lift_en"}
    ),
    "capacity_run": frozenset({"scheme", "summary"}),
    "village_group": frozenset({"households", "people"}),
    # Of a small village they would tell of single persons; no page of visitors shows them.
    "people": frozenset({"children_people", "elderly_people", "households"}),
    # The views leave out the rows of units with few houses in water; a class of house has fewer.
    "unit_loss": frozenset({"by_class", "is_public"}),
    "unit_annual_loss": frozenset({"is_public"}),
}


@dataclass(frozen=True)
class Tables:
    """The tables of one district database; every geometry in the district's geographic CRS."""

    metadata: MetaData
    district: Table
    layer_generation: Table
    delivery: Table
    raster: Table
    division: Table
    people: Table
    building: Table
    building_imprint: Table
    road: Table
    water: Table
    hazard_site: Table
    shelter: Table
    assembly_point: Table
    enterprise: Table
    duty: Table
    historical_disaster: Table
    surveyed_extent: Table
    zoning_run: Table
    risk_zone: Table
    capacity_run: Table
    unit_capacity: Table
    evacuation_plan: Table
    evacuation_demand: Table
    evacuation_route: Table
    sheet: Table
    tile_cell: Table
    loss_run: Table
    unit_loss: Table
    unit_annual_loss: Table
    route: Table
    route_version: Table
    route_draft: Table
    route_seat: Table
    route_event: Table
    sheet_reissue: Table
    report: Table
    report_photo: Table
    report_event: Table
    report_place: Table
    change_set: Table
    change_row: Table
    proposal: Table
    proposal_piece: Table
    proposal_event: Table
    proposal_change: Table
    proposal_progress: Table
    personal: PersonalTables
    objects: Mapping[str, Table]


def declare(srid: int) -> Tables:
    """
    Declare the tables of a district database.

    Parameters
    ----------
    srid
        EPSG code of the district's geographic CRS, x,y order (longitude, latitude).

    Returns
    -------
    Tables
        One field per table, bound to one ``MetaData`` of schema ``census``.
    """
    metadata = MetaData(schema=CORE)
    duty = help_tables.duty(metadata)
    return Tables(
        metadata=metadata,
        district=bookkeeping_tables.district(metadata),
        layer_generation=bookkeeping_tables.layer_generation(metadata),
        delivery=bookkeeping_tables.delivery(metadata),
        raster=bookkeeping_tables.raster(metadata),
        division=census_tables.division(metadata, srid),
        people=census_tables.people(metadata),
        building=census_tables.building(metadata, srid),
        road=census_tables.road(metadata, srid),
        water=census_tables.water(metadata, srid),
        historical_disaster=census_tables.historical_disaster(metadata, srid),
        surveyed_extent=survey_tables.surveyed_extent(metadata, srid),
        hazard_site=census_tables.hazard_site(metadata, srid),
        shelter=help_tables.shelter(metadata, srid),
        assembly_point=help_tables.assembly_point(metadata, srid),
        enterprise=census_tables.enterprise(metadata, srid),
        duty=duty,
        zoning_run=product_tables.zoning_run(metadata),
        risk_zone=product_tables.risk_zone(metadata),
        evacuation_plan=product_tables.evacuation_plan(metadata),
        evacuation_demand=product_tables.evacuation_demand(metadata, srid),
        evacuation_route=product_tables.evacuation_route(metadata, srid),
        sheet=product_tables.sheet(metadata),
        tile_cell=product_tables.tile_cell(metadata),
        route=route_tables.route(metadata),
        route_version=route_tables.route_version(metadata, srid),
        route_draft=route_tables.route_draft(metadata, srid),
        route_seat=route_tables.route_seat(metadata),
        route_event=route_tables.route_event(metadata),
        sheet_reissue=route_tables.sheet_reissue(metadata),
        **_of_reports(metadata, srid),
        **_of_deliveries(metadata),
        **_of_products(metadata),
        personal=declare_personal(duty),
        objects=object_tables.declare_objects(metadata, srid),
    )


def _of_reports(metadata: MetaData, srid: int) -> dict[str, Table]:
    """Declare what officers report, and where it lies today."""
    return {
        "report": report_tables.report(metadata, srid),
        "report_photo": report_tables.report_photo(metadata),
        "report_event": report_tables.report_event(metadata),
        "report_place": report_tables.report_place(metadata),
    }


def _of_products(metadata: MetaData) -> dict[str, Table]:
    """Declare what floods take, and what towns and villages can cope with."""
    return {
        "capacity_run": capacity_tables.capacity_run(metadata),
        "unit_capacity": capacity_tables.unit_capacity(metadata),
        "loss_run": loss_tables.loss_run(metadata),
        "unit_loss": loss_tables.unit_loss(metadata),
        "unit_annual_loss": loss_tables.unit_annual_loss(metadata),
    }


def _of_deliveries(metadata: MetaData) -> dict[str, Table]:
    """Declare what deliveries changed, and those that wait for a yes."""
    return {
        "building_imprint": census_tables.building_imprint(metadata),
        "change_set": change_tables.change_set(metadata),
        "change_row": change_tables.change_row(metadata),
        "proposal": proposal_tables.proposal(metadata),
        "proposal_piece": proposal_tables.proposal_piece(metadata),
        "proposal_event": proposal_tables.proposal_event(metadata),
        "proposal_change": proposal_tables.proposal_change(metadata),
        "proposal_progress": proposal_tables.proposal_progress(metadata),
    }


def declared_table(name: str) -> Table:
    """
    Return a table that deliveries go to, to be asked for its columns and their defaults.

    Parameters
    ----------
    name
        Its name, such as ``shelter``, without the schema.

    Returns
    -------
    Table
        Of schema ``census`` or ``personal``; the CRS of its geometry is no district's.

    Raises
    ------
    KeyError
        If there is no such table.
    """
    return _by_name()[name]


@cache
def _by_name() -> Mapping[str, Table]:
    tables = declare(ANY_SRID)
    every = (*tables.metadata.sorted_tables, *tables.personal.metadata.sorted_tables)
    return {table.name: table for table in every}


def public_columns(table: Table) -> list[str]:
    """
    List the columns of a table that its view in schema ``pub`` shows.

    Parameters
    ----------
    table
        A table of ``declare``.

    Returns
    -------
    list[str]
        Column names, in the table's order; none where the table has no view.
    """
    if table.name in OFFICE_TABLES:
        return []
    inside = _DELIVERY_COLUMNS | _INSIDE.get(table.name, frozenset())
    return [column.name for column in table.columns if column.name not in inside]
