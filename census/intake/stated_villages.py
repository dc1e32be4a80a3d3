"""The village that a row says it lies in, held against the village where its point is."""

import math
import re
from collections import defaultdict
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.context import Context
from census.intake.fields import plain
from census.intake.parsing import tidy
from census.intake.problems import Problem
from census.intake.reading import Delivery
from census.intake.values import source

STATED_VILLAGE = "stated_village"
# The committee of a village stands for the village in many lists.
_COMMITTEE = re.compile(r"(村民委员会|居民委员会|村委会|居委会)$")

Rows = NDArray[np.intp]


@dataclass(frozen=True)
class Stated:
    """
    Rows and the villages that they may mean: of two villages of one name, both.

    Attributes
    ----------
    rows
        Position of the row, one per pair, ascending.
    villages
        Position among ``context.villages``, one per pair.
    unknown
        Rows that name a village which the district does not have.
    points
        A point inside the shape of each row of the delivery; None where it has none.
    """

    rows: Rows
    villages: Rows
    unknown: Rows
    points: NDArray[Any]

    def inside(self, points: NDArray[Any], context: Context) -> NDArray[np.bool_]:
        """
        Tell which rows lie in a village that they state.

        Parameters
        ----------
        points
            One per row of the delivery.
        context
            The district.

        Returns
        -------
        ndarray of bool
            One per row of the delivery; False where no known village is stated.
        """
        areas = context.villages.geometry.to_numpy()
        shapely.prepare(areas)
        result = np.zeros(len(points), dtype=bool)
        hits = shapely.intersects(areas[self.villages], points[self.rows])
        np.logical_or.at(result, self.rows, hits)
        return result


def stated_villages(values: pd.DataFrame, shapes: gpd.GeoSeries, context: Context) -> Stated:
    """
    Find the village that each row states, by code, by name, or by the names of town and village.

    Parameters
    ----------
    values
        Values of the delivery, read, with a column ``stated_village``.
    shapes
        Its shapes in the district's CRS; None where refused.
    context
        The district.

    Returns
    -------
    Stated
        Rows with a shape alone; none where the form has no such column.
    """
    known = _spellings(context)
    former = _FormerSpellings(context)
    rows, villages, unknown = [], [], []
    points = shapely.point_on_surface(shapes.to_numpy())
    texts = values[STATED_VILLAGE] if STATED_VILLAGE in values else [None] * len(points)
    for row, text in enumerate(texts):
        if text is None or points[row] is None or shapely.is_empty(points[row]):
            continue
        meant = known.get(_bare(text)) or former.villages(text)
        if meant and not any(former.is_drawn[each] for each in meant):
            # Nothing can be compared with a village that has a code and no outline.
            continue
        rows += [row] * len(meant)
        villages += meant
        unknown += [] if meant else [row]
    return Stated(
        np.array(rows, dtype=np.intp),
        np.array(villages, dtype=np.intp),
        np.array(unknown, dtype=np.intp),
        points,
    )


def _spellings(context: Context) -> dict[str, list[int]]:
    known: defaultdict[str, list[int]] = defaultdict(list)
    villages = context.villages
    towns = zip(villages["code"], villages["name"], villages["town_code"], strict=True)
    for position, (code, name, town) in enumerate(towns):
        spelled = {plain(code), _bare(name), _bare(f"{context.names.get(town, '')}{name}")}
        for word in spelled:
            known[word].append(position)
    return known


class _FormerSpellings:
    """Villages of today by the codes and names that they had before."""

    def __init__(self, context: Context) -> None:
        self._context = context
        self._positions = {code: i for i, code in enumerate(context.villages["code"])}
        self.is_drawn = context.villages.geometry.notna().to_numpy()
        self._codes: defaultdict[str, list[str]] = defaultdict(list)
        for code, former in context.former.items():
            self._codes[_bare(former.name)].append(code)

    def villages(self, text: str) -> list[int]:
        """Find what a former code or name became: of several heirs all."""
        codes = [plain(text)] if plain(text).isdecimal() else self._codes.get(_bare(text), [])
        heirs = {
            heir
            for code in codes
            for heir in self._context.crosswalk.fate(code, self._positions).heirs
        }
        return sorted(self._positions[heir] for heir in heirs)


def _bare(name: str) -> str:
    return _COMMITTEE.sub("", plain(name))


def check_stated_villages(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries, context: Context
) -> list[Problem]:
    """
    Warn of rows that lie outside the village they state, with the distance to it.

    Parameters
    ----------
    delivery
        The delivery.
    values
        Its values, read.
    shapes
        Its shapes in the district's CRS.
    context
        The district.

    Returns
    -------
    list of Problem
        One warning per row outside, and per row whose stated village is not known.
    """
    if STATED_VILLAGE not in values or context.villages.empty:
        return []
    stated = stated_villages(values, shapes, context)
    problems = [_unknown(delivery, row, values[STATED_VILLAGE].iloc[row]) for row in stated.unknown]
    outside = ~stated.inside(stated.points, context)
    pairs = outside[stated.rows]
    rows, villages = stated.rows[pairs], stated.villages[pairs]
    if not len(rows):
        return problems
    places = gpd.GeoSeries(stated.points[rows], crs=context.srid)
    areas = context.villages.geometry.iloc[villages]
    apart = shapely.distance(
        places.to_crs(context.metric_srid).to_numpy(), areas.to_crs(context.metric_srid).to_numpy()
    )
    nearest = pd.Series(apart).groupby(rows).min()
    found = context.village_codes(gpd.GeoSeries(stated.points[nearest.index], crs=context.srid))
    for row, code, distance_m in zip(nearest.index, found, nearest, strict=True):
        where = None if code is None else context.names[code]
        problems.append(
            _outside(delivery, int(row), values[STATED_VILLAGE].iloc[row], distance_m, where)
        )
    return problems


def _unknown(delivery: Delivery, row: int, text: str) -> Problem:
    return source(delivery, row).problem(
        STATED_VILLAGE,
        "warning",
        column=delivery.headings.get(STATED_VILLAGE, ""),
        value=text,
        zh=f"本区没有名为“{tidy(text)}”的村，位置未能与之核对",
        en=f"The district has no village called {tidy(text)!r}: the place is not compared with it",
    )


def _outside(
    delivery: Delivery, row: int, text: str, distance_m: float, where: str | None
) -> Problem:
    metres = f"{max(1, math.ceil(distance_m)):,}"
    return source(delivery, row).problem(
        STATED_VILLAGE,
        "warning",
        column=delivery.headings.get(STATED_VILLAGE, ""),
        value=text,
        zh=f"位置在所填“{tidy(text)}”之外 {metres} 米，"
        f"{f'落在“{where}”' if where else '不在任何村内'}；请核对位置或村名",
        en=f"It lies {metres} m outside the stated village {tidy(text)!r}, "
        f"{f'in {where}' if where else 'in no village'}; check the place or the village",
    )
