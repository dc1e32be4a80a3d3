"""Add losses up: villages to towns and the district, and what of it may be published."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.building_losses import Tally
from census.products.scenario_years import annual_means, losses_at

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)
B = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class LevelLosses:
    """
    Losses of the units of a level.

    Attributes
    ----------
    level
        ``district``, ``town`` or ``village``.
    codes
        The units.
    people
        Residents affected, shape ``(scenarios, units)``.
    wet_buildings, wet_footprint_m2, loss_yuan
        Shape ``(scenarios, units, classes)``.
    """

    level: str
    codes: list[str]
    people: F
    wet_buildings: I
    wet_footprint_m2: F
    loss_yuan: F


def add_up(level: str, codes: list[str], of: I, people: F, tally: Tally) -> LevelLosses:
    """
    Sum villages to the units of a level; nothing is averaged.

    Parameters
    ----------
    level
        Name of the level.
    codes
        The units.
    of
        Unit of each village; -1 for a village of none.
    people
        Residents affected, shape ``(scenarios, villages)``.
    tally
        Sums of the villages.

    Returns
    -------
    LevelLosses
        Sums of the units.
    """
    own = of >= 0

    def summed(values: Any) -> Any:
        sums = np.zeros((len(values), len(codes), *values.shape[2:]), values.dtype)
        for row, amounts in enumerate(values):
            np.add.at(sums[row], of[own], amounts[own])
        return sums

    return LevelLosses(
        level=level,
        codes=codes,
        people=summed(people),
        wet_buildings=summed(tally.wet_buildings),
        wet_footprint_m2=summed(tally.wet_footprint_m2),
        loss_yuan=summed(tally.loss_yuan),
    )


def shown_units(wet_buildings: I, least: int) -> B:
    """
    Choose the units whose sums tell of no household, alone or by difference from the whole.

    A unit with fewer than ``least`` buildings in water in some flood, but some, is kept back; so
    are further ones, those with the fewest first, until the kept ones together have enough: else
    the whole less the shown ones would tell of them.

    Parameters
    ----------
    wet_buildings
        Shape ``(scenarios, units)``.
    least
        Buildings in water from which on a sum tells of no household.

    Returns
    -------
    ndarray
        Whether each unit is shown.

    Examples
    --------
    Three houses would be told by the whole: the next smallest town is kept back too.

    >>> shown_units(np.array([[3, 40, 25, 0]]), 10)
    array([False,  True, False,  True])
    """
    few = (wet_buildings > 0) & (wet_buildings < least)
    shown = np.array(~few.any(axis=0), dtype=np.bool_)
    wettest = wet_buildings.max(axis=0, initial=0)
    while not shown.all():
        kept = wet_buildings[:, ~shown].sum(axis=1)
        left = np.flatnonzero(shown & (wettest > 0))
        if not ((kept > 0) & (kept < least)).any() or not left.size:
            break
        shown[left[np.argmin(wettest[left])]] = False
    return shown


def loss_rows(
    units: LevelLosses, years: list[float], classes: tuple[str, ...], rules: dict[str, Any]
) -> pd.DataFrame:
    """
    Write the losses of a level as rows, one per unit and flood.

    Parameters
    ----------
    units
        The level.
    years
        Return periods of the floods.
    classes
        Codes of the classes of building, in their order.
    rules
        Table ``public`` of the parameters.

    Returns
    -------
    DataFrame
        Columns of ``census.unit_loss`` without the run.
    """
    public = _is_public(units, rules)
    rows = [
        {
            "division_code": code,
            "return_period_years": year,
            "level": units.level,
            "people_affected": float(units.people[row, at]),
            "wet_buildings": int(units.wet_buildings[row, at].sum()),
            "wet_footprint_m2": float(units.wet_footprint_m2[row, at].sum()),
            "loss_yuan": float(units.loss_yuan[row, at].sum()),
            "by_class": _by_class(units, row, at, classes),
            "is_public": bool(public[at]),
        }
        for row, year in enumerate(years)
        for at, code in enumerate(units.codes)
    ]
    return pd.DataFrame(rows)


def annual_rows(units: LevelLosses, years: list[float], rules: dict[str, Any]) -> pd.DataFrame:
    """
    Write the means of a year of a level as rows, one per unit.

    Parameters
    ----------
    units
        The level.
    years
        Return periods of the floods.
    rules
        Parameters of the method.

    Returns
    -------
    DataFrame
        Columns of ``census.unit_annual_loss`` without the run.
    """
    asked = rules["annual"]["return_periods_years"]
    loss = units.loss_yuan.sum(axis=2)
    people_mean, loss_mean = annual_means(units.people, years), annual_means(loss, years)
    return pd.DataFrame(
        {
            "division_code": units.codes,
            "level": units.level,
            "people_per_year": people_mean,
            "loss_yuan_per_year": loss_mean,
            "rarer_yuan_per_year": loss[-1] / years[-1],
            "people_at": [losses_at(each, years, asked) for each in units.people.T],
            "loss_yuan_at": [losses_at(each, years, asked) for each in loss.T],
            "is_public": _is_public(units, rules["public"]),
        }
    )


def _is_public(units: LevelLosses, rules: dict[str, Any]) -> B:
    if units.level not in rules["levels"]:
        return np.zeros(len(units.codes), dtype=np.bool_)
    return shown_units(units.wet_buildings.sum(axis=2), rules["least_wet_buildings"])


def _by_class(
    units: LevelLosses, row: int, at: int, classes: tuple[str, ...]
) -> dict[str, dict[str, float]]:
    return {
        code: {
            "wet_buildings": int(units.wet_buildings[row, at, place]),
            "wet_footprint_m2": float(units.wet_footprint_m2[row, at, place]),
            "loss_yuan": float(units.loss_yuan[row, at, place]),
        }
        for place, code in enumerate(classes)
        if units.wet_buildings[row, at, place]
    }
