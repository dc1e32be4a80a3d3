"""Dykes of the made-up district along coast and rivers, its sea levels and its storm formula."""

from itertools import pairwise

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from shapely.geometry.base import BaseGeometry
from shapely.ops import substring

from census.intake.example_divisions import in_degrees
from census.intake.example_land import Ground, Waters
from census.intake.example_lattice import F, Recipe, stream

LEAST_SECTION_M = 5.0
GRID_M = 0.1


def dykes(recipe: Recipe, seed: int, waters: Waters, ground: Ground) -> gpd.GeoDataFrame:
    """
    Lead dykes along the coast and both banks of the main rivers, and cut them into sections.

    Parameters
    ----------
    recipe
        The recipe of the example district, with a table ``dykes``.
    seed
        Seed of the district.
    waters
        Lines of rivers.
    ground
        The elevation model that tells the sea.

    Returns
    -------
    GeoDataFrame
        Fields of form ``dykes``, LineStrings in the storage CRS; the sea comes in at the mouths of
        the rivers, nowhere between sections.
    """
    rules, names = recipe["dykes"], recipe["district"]
    coast = coast_line(ground)
    rivers = [*waters.rivers, *_upstream(waters, ground)]
    beds = shapely.union_all(shapely.buffer(rivers, rules["from_river_m"], quad_segs=4))
    land = shapely.Polygon([*coast.coords, *_west_corners(ground)])
    parts = [
        ("sea", piece) for piece in _sections(shapely.difference(coast, beds), rules["section_m"])
    ]
    banks = shapely.intersection(shapely.boundary(beds), land)
    parts += [("river", piece) for piece in _sections(banks, rules["section_m"])]
    rng = stream(seed, "dykes")
    kinds = [kind for kind, _ in parts]
    crest = np.array([rng.uniform(*rules[f"{kind}_crest_m"]) for kind in kinds])
    on_sea = kinds.count("sea")
    # One low section: it is where the sea comes in first.
    crest[int(on_sea * rules["low_section_at"])] = rules["low_crest_m"]
    frame = pd.DataFrame(
        {
            "code": [f"S{names['code']}{number + 1:03d}" for number in range(len(parts))],
            "name": [rules["names"][kind] for kind in kinds],
            "section": [f"第{number + 1}段" for number in range(len(parts))],
            "crest_m": np.round(crest, 2),
            "datum": names["datum"],
            "standard_years": [rules["standard_years"][kind] for kind in kinds],
            "owner": rules["owner"],
        }
    )
    shapes = in_degrees(recipe, np.array([line for _, line in parts], dtype=object))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=names["srid"])


def coast_line(ground: Ground) -> shapely.LineString:
    """
    Draw a line along the last cells of land before the sea, from edge to edge of the model.

    Parameters
    ----------
    ground
        The elevation model; the sea lies in its east.

    Returns
    -------
    LineString
        North to south, metres of the metric CRS.
    """
    sea, cell = np.isnan(ground.bare), ground.cell_size_m
    first = np.where(sea.any(axis=1), sea.argmax(axis=1), sea.shape[1])
    rows = np.arange(len(first))
    x = ground.transform.c + (first - 0.5) * cell
    y = ground.transform.f - (rows + 0.5) * cell
    x, y = np.concatenate((x[:1], x, x[-1:])), np.concatenate((y[:1], y, y[-1:]))
    y[0], y[-1] = y[0] + cell / 2, y[-1] - cell / 2
    line = shapely.LineString(np.stack([x, y], axis=1))
    return shapely.LineString(line.simplify(cell / 3).coords)


def _upstream(waters: Waters, ground: Ground) -> list[shapely.LineString]:
    """Lead the rivers on to the western edge of the model, so that their dykes end nowhere."""
    ends = np.array([line.coords[end] for line in waters.rivers for end in (0, -1)]).reshape(-1, 2)
    points, times = np.unique(np.round(ends, 2), axis=0, return_counts=True)
    west = ground.transform.c
    middle = west + ground.bare.shape[1] * ground.cell_size_m / 2
    return [
        shapely.LineString([(west - ground.cell_size_m, y), (x, y)])
        for (x, y), count in zip(points.tolist(), times.tolist(), strict=True)
        if count == 1 and x < middle
    ]


def _west_corners(ground: Ground) -> list[tuple[float, float]]:
    rows, cell = ground.bare.shape[0], ground.cell_size_m
    west, north = ground.transform.c, ground.transform.f
    return [(west, north - rows * cell), (west, north)]


def _sections(lines: BaseGeometry, section_m: float) -> list[shapely.LineString]:
    merged = shapely.line_merge(shapely.set_precision(lines, GRID_M))
    parts = [part for part in shapely.get_parts(merged) if part.length >= LEAST_SECTION_M]
    parts.sort(key=lambda part: (-part.bounds[3], part.bounds[0]))
    return [piece for part in parts for piece in _cut(part, section_m)]


def _cut(line: shapely.LineString, section_m: float) -> list[shapely.LineString]:
    """Cut a line into equal sections, each about as long as asked for."""
    count = max(1, round(line.length / section_m))
    ends: F = np.linspace(0.0, line.length, count + 1)
    pieces = [substring(line, start, end) for start, end in pairwise(ends)]
    return [shapely.LineString(piece.coords) for piece in pieces]


def sea_levels(recipe: Recipe, seed: int) -> pd.DataFrame:
    """
    Write the levels of the sea: the recipe's, all raised or lowered by some centimetres.

    Parameters
    ----------
    recipe
        The recipe, with a table ``sea_levels``.
    seed
        Seed of the district.

    Returns
    -------
    DataFrame
        Fields of form ``sea_levels``.
    """
    rules, names = recipe["sea_levels"], recipe["district"]
    years = np.array(rules["return_period_years"], dtype=np.float64)
    higher = stream(seed, "sea levels").uniform(-rules["apart_m"], rules["apart_m"])
    return pd.DataFrame(
        {
            "return_period_years": years,
            "level_m": np.round(np.array(rules["level_m"]) + higher, 2),
            "datum": names["datum"],
            "basis": "still_water",
            "source": names["attribution"],
        }
    )


def storm_formulas(recipe: Recipe, seed: int) -> pd.DataFrame:
    """
    Write a storm intensity formula: the recipe's, A1 some per cent larger or smaller.

    Parameters
    ----------
    recipe
        The recipe, with a table ``storm_formula``.
    seed
        Seed of the district.

    Returns
    -------
    DataFrame
        Fields of form ``storm_formulas``.
    """
    names, formula = recipe["district"], dict(recipe["storm_formula"])
    apart = formula.pop("a1_apart_share")
    larger = 1.0 + stream(seed, "storm formula").uniform(-apart, apart)
    formula["a1"] = round(formula["a1"] * larger, 3)
    return pd.DataFrame([{"place": names["name_zh"], "source": names["attribution"], **formula}])
