"""Objects of the made-up census that help and watch: teams, depots, plans, stations, hazards."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census.intake.example_divisions import Settled, in_degrees
from census.intake.example_lattice import F, I, Lattice, Recipe, stream

# Where in the seat of a town its team, depot and station stand, metres from the hub.
BESIDE_HUB_M = {"team": (-22.0, 9.0), "depot": (-24.0, -9.0), "station": (9.0, -23.0)}
HOURS = 24


def make_objects(
    recipe: Recipe, seed: int, lattice: Lattice, settled: Settled,
    *, people: pd.DataFrame, enterprises: gpd.GeoDataFrame, shelters: pd.DataFrame,
) -> dict[str, pd.DataFrame]:  # fmt: skip
    """
    Make up the objects that stand on towns, villages, shelters and enterprises.

    Parameters
    ----------
    recipe
        The recipe of the example district, with a table ``objects``.
    seed
        Seed of the district.
    lattice
        The units.
    settled
        Names and codes.
    people
        Fields of form ``people``.
    enterprises
        Fields of form ``enterprises``, Points.
    shelters
        Fields of form ``shelters``.

    Returns
    -------
    dict
        Form to table: fields of the form, Points in the storage CRS where it has a place.
    """
    hubs = {name: _hubs(lattice, settled, away) for name, away in BESIDE_HUB_M.items()}
    stations = _stations(recipe, settled, hubs["station"])
    installations = _installations(recipe, seed, enterprises)
    return {
        "households": _households(seed, people),
        "installations": installations.drop(columns="true_level"),
        "installation_substances": _substances(recipe, seed, installations),
        "emergency_plans": _plans(recipe, seed, settled),
        "shelter_rounds": _rounds(recipe, seed, shelters),
        "rescue_teams": _teams(recipe, seed, settled, hubs["team"]),
        "rescue_equipment": _equipment(recipe, seed, settled),
        "material_depots": _depots(recipe, seed, settled, hubs["depot"]),
        "stock_movements": _movements(recipe, seed, settled),
        "stations": stations,
        "station_readings": _readings(recipe, seed, stations),
    }


def _hubs(lattice: Lattice, settled: Settled, away: Sequence[float]) -> F:
    """Metric places beside the hub of each town's seat, shape ``(towns, 2)``."""
    return np.asarray(lattice.hub[settled.centre[settled.seat]] + np.array(away))


def _at(recipe: Recipe, columns: dict[str, Any], at: F) -> gpd.GeoDataFrame:
    shapes = in_degrees(recipe, np.asarray(shapely.points(np.round(at, 2))))
    return gpd.GeoDataFrame(columns, geometry=shapes, crs=recipe["district"]["srid"])


def _today(recipe: Recipe) -> date:
    return date.fromisoformat(recipe["district"]["data_date"])


def _days_before(today: date, days: I) -> list[str]:
    return [(today - timedelta(days=int(each))).isoformat() for each in days]


def _numbered(letters: str, recipe: Recipe, count: int) -> list[str]:
    return [f"{letters}{recipe['district']['code']}{k + 1:04d}" for k in range(count)]


def _households(seed: int, people: pd.DataFrame) -> pd.DataFrame:
    rng = stream(seed, "households")
    homes = people["households"].to_numpy(dtype=float)

    def share(low: float, high: float) -> I:
        return np.round(homes * rng.uniform(low, high, len(homes))).astype(int)

    return pd.DataFrame(
        {
            "division_code": people["division_code"],
            "households": homes.astype(int),
            "elderly_alone_households": share(0.03, 0.09),
            "low_income_households": share(0.01, 0.03),
            "weak_house_households": share(0.0, 0.05),
        }
    )


def _installations(recipe: Recipe, seed: int, enterprises: gpd.GeoDataFrame) -> gpd.GeoDataFrame:
    rules, rng = recipe["objects"]["installations"], stream(seed, "installations")
    works = enterprises[enterprises["kind"] == rules["kind"]]
    drawn = rng.random(len(works))
    # One at least, where there are chemical works at all.
    is_chosen = drawn <= np.maximum(rules["share"], drawn.min(initial=1.0))
    chosen = works[is_chosen].reset_index(drop=True)
    count, today = len(chosen), _today(recipe)
    true_levels = rng.choice(list(rules["levels"]), count, p=list(rules["levels"].values()))
    around = rng.integers(len(rules["surroundings"]), size=count)
    columns = {
        "code": _numbered("WX", recipe, count),
        "name": [f"{name}{rules['ending']}" for name in chosen["name"]],
        "enterprise_code": chosen["code"],
        "kind": rng.choice(["production", "storage"], count),
        "level": _judged(true_levels, rules, rng),
        "true_level": true_levels,
        "people_within_500m": [rules["surroundings"][k]["people"] for k in around],
        "filed_on": _days_before(today, rng.integers(100, 1000, count)),
        "review_due_on": _days_before(today, rng.integers(-800, 60, count)),
        "responsible_post": [rules["post"]] * count,
    }
    return gpd.GeoDataFrame(columns, geometry=chosen.geometry, crs=enterprises.crs)


def _judged(levels: Any, rules: Recipe, rng: np.random.Generator) -> list[str]:
    """Give the levels as delivered: some are one too low."""
    worst_first = list(rules["levels"])
    too_low = rng.random(len(levels)) < rules["misjudged_share"]
    ranks = [worst_first.index(level) for level in levels]
    last = len(worst_first) - 1
    return [worst_first[min(k + low, last)] for k, low in zip(ranks, too_low, strict=True)]


def _substances(recipe: Recipe, seed: int, installations: pd.DataFrame) -> pd.DataFrame:
    """Draw a substance for each, as much of it as gives its level: q = R Q / (alpha beta)."""
    rules, rng = recipe["objects"]["installations"], stream(seed, "substances")
    alphas = {each["people"]: each["alpha"] for each in rules["surroundings"]}
    rows = []
    for installation in installations.to_dict("records"):
        kind = rules["substances"][rng.integers(len(rules["substances"]))]
        r_value = rng.uniform(*rules["r_values"][installation["true_level"]])
        alpha = alphas[installation["people_within_500m"]]
        # Below its critical quantity it would be no such installation.
        ratio = max(r_value / (alpha * kind["beta"]), 1.05)
        rows.append(
            {
                "installation_code": installation["code"],
                "substance": kind["name"],
                "cas": kind["cas"],
                "quantity_t": float(np.round(ratio * kind["critical_quantity_t"], 1)),
                "critical_quantity_t": kind["critical_quantity_t"],
                "beta": kind["beta"],
            }
        )
    names = ["installation_code", "substance", "cas", "quantity_t", "critical_quantity_t", "beta"]
    return pd.DataFrame(rows, columns=names)


def _plans(recipe: Recipe, seed: int, settled: Settled) -> pd.DataFrame:
    rules, rng, today = recipe["objects"]["plans"], stream(seed, "plans"), _today(recipe)
    codes = [*settled.town_codes, *settled.village_codes]
    names = [*settled.town_names, *settled.village_names]
    towns, count = len(settled.town_codes), len(codes)
    issued = rng.integers(60, rules["oldest_days"], count)
    return pd.DataFrame(
        {
            "code": _numbered("YA", recipe, count),
            "division_code": codes,
            "name": [
                name + (rules["town_name"] if k < towns else rules["village_name"])
                for k, name in enumerate(names)
            ],
            "kind": ["overall" if k < towns else "special" for k in range(count)],
            "hazard": [None if k < towns else "flood" for k in range(count)],
            "issued_on": _days_before(today, issued),
            # Some lie in the past: such a plan is overdue.
            "review_due_on": _days_before(today, issued - rules["review_days"]),
            "drilled_on": _days_before(today, rng.integers(5, 500, count)),
            "responsible_post": [rules["post"]] * count,
        }
    )


def _rounds(recipe: Recipe, seed: int, shelters: pd.DataFrame) -> pd.DataFrame:
    rng, today = stream(seed, "fitness rounds"), _today(recipe)
    rules = recipe["objects"]["rounds"]
    codes = shelters["code"].dropna().drop_duplicates().to_numpy()
    return pd.DataFrame(
        {
            "shelter_code": codes,
            "checked_on": _days_before(today, rng.integers(1, 200, len(codes))),
            "post": [rules["post"]] * len(codes),
            "is_fit": rng.random(len(codes)) < rules["fit_share"],
        }
    )


def _teams(recipe: Recipe, seed: int, settled: Settled, at: F) -> gpd.GeoDataFrame:
    rules, rng = recipe["objects"]["teams"], stream(seed, "rescue teams")
    low, high = rules["people"]
    columns = {
        "code": _numbered("DW", recipe, len(at)),
        "name": [name + rules["name"] for name in settled.town_names],
        "kind": ["general"] * len(at),
        "people": rng.integers(low, high, len(at)),
        "leader_post": [rules["post"]] * len(at),
        "ready_min": rng.integers(2, 7, len(at)) * 5,
        "is_on_call": rng.random(len(at)) < rules["on_call_share"],
    }
    return _at(recipe, columns, at)


def _equipment(recipe: Recipe, seed: int, settled: Settled) -> pd.DataFrame:
    kinds, rng = recipe["objects"]["equipment"], stream(seed, "rescue equipment")
    teams = _numbered("DW", recipe, len(settled.town_names))
    pairs = [(team, kind) for team in teams for kind in kinds]
    return pd.DataFrame(
        {
            "code": _numbered("ZB", recipe, len(pairs)),
            "name": [kind["name"] for _, kind in pairs],
            "team_code": [team for team, _ in pairs],
            "amount": rng.integers(1, [kind["most"] + 1 for _, kind in pairs]),
            "unit": [kind["unit"] for _, kind in pairs],
            "is_working": rng.random(len(pairs)) < 0.95,  # noqa: PLR2004  (made up)
        }
    )


def _depots(recipe: Recipe, seed: int, settled: Settled, at: F) -> gpd.GeoDataFrame:
    rules, rng = recipe["objects"]["depots"], stream(seed, "depots")
    columns = {
        "code": _numbered("KD", recipe, len(at)),
        "name": [name + rules["name"] for name in settled.town_names],
        "level": ["town"] * len(at),
        "area_m2": rng.integers(6, 40, len(at)) * 10,
        "keeper_post": [rules["post"]] * len(at),
    }
    return _at(recipe, columns, at)


def _movements(recipe: Recipe, seed: int, settled: Settled) -> pd.DataFrame:
    """Each material comes in, some goes out, and what is left is counted: it adds up."""
    materials, rng, today = recipe["objects"]["materials"], stream(seed, "stock"), _today(recipe)
    rows = []
    for depot in _numbered("KD", recipe, len(settled.town_names)):
        for material in materials:
            came = int(rng.integers(1, 20)) * material["lot"]
            went = int(came * rng.uniform(0, 0.6))
            told = (("in", came, 300), ("out", went, 120), ("count", came - went, 20))
            expires = (today + timedelta(days=int(rng.integers(-90, 1200)))).isoformat()
            rows += [
                (depot, material["name"], kind, amount, material["unit"],
                 (today - timedelta(days=days)).isoformat(),
                 expires if kind == "in" and material["expires"] else None)
                for kind, amount, days in told
            ]  # fmt: skip
    names = ["depot_code", "material", "movement", "amount", "unit", "moved_on", "expires_on"]
    frame = pd.DataFrame(rows, columns=names)
    frame.insert(0, "code", [f"DJ{k + 1:06d}" for k in range(len(frame))])
    return frame


def _stations(recipe: Recipe, settled: Settled, at: F) -> gpd.GeoDataFrame:
    rules = recipe["objects"]["stations"]
    columns = {
        "code": _numbered("CZ", recipe, len(at)),
        "name": [name + rules["name"] for name in settled.town_names],
        "kind": ["rain"] * len(at),
        "unit": [rules["unit"]] * len(at),
        "warning_value": [rules["warning_value"]] * len(at),
        "owner": [rules["owner"]] * len(at),
    }
    return _at(recipe, columns, at)


def _readings(recipe: Recipe, seed: int, stations: pd.DataFrame) -> pd.DataFrame:
    """Rain of each hour of the day before the data date."""
    rng = stream(seed, "readings")
    midnight = datetime.combine(_today(recipe) - timedelta(days=1), datetime.min.time())
    hours = [(midnight + timedelta(hours=k)).isoformat(sep=" ") for k in range(HOURS)]
    fall = np.round(rng.gamma(0.4, 4.0, (len(stations), HOURS)), 1)
    return pd.DataFrame(
        {
            "station_code": np.repeat(stations["code"].to_numpy(), HOURS),
            "observed_at": np.tile(np.array(hours, dtype=object), len(stations)),
            "value": fall.ravel(),
            "unit": recipe["objects"]["stations"]["unit"],
        }
    )
