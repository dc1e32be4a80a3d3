"""Made-up losses of the small district: three floods, and a storm surge with one."""

from contextlib import contextmanager

import pandas as pd
from sqlalchemy import delete

from census.products.damage_curves import damage_curves
from census.products.parameters import load_parameters
from census.store.losses import save_losses
from census.store.settings import data_folder

TOWN, WEST, EAST, DISTRICT = "990001001000", "990001001001", "990001001002", "990001"
YEARS = (5.0, 20.0, 100.0)


def loss(code, level, years, *, people, buildings, yuan, is_public):
    return {
        "division_code": code, "level": level, "return_period_years": years,
        "people_affected": people, "wet_buildings": buildings,
        "wet_footprint_m2": 100.0 * buildings, "loss_yuan": yuan, "is_public": is_public,
        "by_class": {"home": {"wet_buildings": buildings, "wet_footprint_m2": 100.0 * buildings,
                              "loss_yuan": yuan}},
    }  # fmt: skip


def mean(code, level, people, yuan, *, is_public):
    return {
        "division_code": code, "level": level, "people_per_year": people,
        "loss_yuan_per_year": yuan, "rarer_yuan_per_year": yuan / 4,
        "people_at": [None, 10.0, 15.0, 20.0, 25.0, 30.0, None],
        "loss_yuan_at": [None, 1e6, 2e6, 3e6, 4e6, 5e6, None], "is_public": is_public,
    }  # fmt: skip


def run_row(hazard, years):
    rules = load_parameters(data_folder(), "flood_loss")
    return {
        "hazard": hazard, "data_date": pd.Timestamp("2026-01-01").date(),
        "rule_edition": rules["edition"], "code_version": "0", "parameters": rules,
        "inputs": {"layers": {"people": {"rows": 2, "sha256": "ab" * 32}}},
        "curves": dict(damage_curves(data_folder()).stored),
        "scenarios": [
            {"name": f"depth_T{each:g}", "return_period_years": each, "rung": "spill",
             "sha256": "ab" * 32, "is_made_up": True, "annual_weight": 0.1} for each in years
        ],
        "summary": {
            "has_annual": len(years) > 1, "buildings": 40, "buildings_without_levels": 4,
            "buildings_without_class": 2, "buildings_of_unknown_depth": [0] * len(years),
            "buildings_outside_villages": 1, "people": 350, "towns": 1, "villages": 2,
            "people_of_unknown_depth": [0.0] * len(years), "people_without_cell": 0.0,
            "villages_of_counted_people": 1, "villages_where_a_rarer_flood_takes_less": 1,
        },
    }  # fmt: skip


@contextmanager
def kept_losses(office):
    """Keep them for the length of a ``with`` block."""
    losses, units = [], [(DISTRICT, "district", 1.0, True), (TOWN, "town", 1.0, True),
                         (WEST, "village", 0.7, False), (EAST, "village", 0.3, False)]  # fmt: skip
    for code, level, part, public in units:
        for at, years in enumerate(YEARS, start=1):
            losses.append(
                loss(code, level, years, people=part * at * 100, buildings=30 * at,
                     yuan=part * at * 1e6, is_public=public)
            )  # fmt: skip
    annual = [mean(code, level, 12.5 * part, 640_000.0 * part, is_public=public)
              for code, level, part, public in units]  # fmt: skip
    save_losses(office, run_row("flood", YEARS), pd.DataFrame(losses), pd.DataFrame(annual))
    few = [loss(DISTRICT, "district", 50.0, people=3.0, buildings=2, yuan=9e4, is_public=False)]
    save_losses(office, run_row("storm_surge", (50.0,)), pd.DataFrame(few), None)
    yield
    with office.begin() as connection:
        tables = office.tables
        for table in (tables.unit_loss, tables.unit_annual_loss, tables.loss_run):
            connection.execute(delete(table))
