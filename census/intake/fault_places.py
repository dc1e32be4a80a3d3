"""Where the faults of a delivery are: each row's shape as it came, light enough to be drawn."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.problems import Problem
from census.intake.reading import PLACE_COLUMNS

# A shape of more points is drawn with fewer: the map tells where it is, not how it is made.
MOST_POINTS: Final = 200
# Of its larger side: what lies nearer to its outline than this cannot be told apart on a map.
_GRAIN: Final = 1 / 200
_DECIMALS: Final = 7
# Points of one line that are looked at: the time of thinning can grow with their square.
_MOST_OF_A_LINE: Final = 4_000
_LEAST_OF_A_RING: Final = 4

_Key = tuple[str, str, int]


def as_place(shape: Any) -> dict[str, Any] | None:
    """
    Write a shape as a place.

    Parameters
    ----------
    shape
        A shape in the district's geographic CRS; it need not be valid.

    Returns
    -------
    dict or None
        A GeoJSON geometry of few points, the box around it where it stays too long; what had many
        points is drawn without its holes. None for nothing, and where a coordinate is no number.
    """
    if shape is None or shapely.is_empty(shape):
        return None
    if not np.isfinite(shapely.get_coordinates(shape)).all():
        return None
    west, south, east, north = shapely.bounds(shape)
    if shapely.get_num_coordinates(shape) > MOST_POINTS:
        grain = max(east - west, north - south) * _GRAIN
        shape = _lighter(shape, grain)
        if shapely.is_empty(shape) or shapely.get_num_coordinates(shape) > MOST_POINTS:
            shape = shapely.box(west, south, east, north)
    rounded = shapely.transform(shapely.force_2d(shape), lambda xy: np.round(xy, _DECIMALS))
    place: dict[str, Any] = json.loads(shapely.to_geojson(rounded))
    return place


def with_places(
    problems: Iterable[Problem], rows: pd.DataFrame, shapes: NDArray[Any] | None
) -> list[Problem]:
    """
    Say where each problem of a row is.

    Parameters
    ----------
    problems
        Problems of a delivery; those that know a place of their own keep it.
    rows
        Rows of the delivery, with ``file``, ``sheet`` and ``row``.
    shapes
        Their shapes in the district's geographic CRS, one per row, None where there is none; None
        for a table without places.

    Returns
    -------
    list of Problem
        The same; a row whose shape was refused is where another of its problems says.
    """
    told = list(problems)
    places = _known(told)
    wanted = {key for each in told if each.place is None and (key := _key(each))} - set(places)
    if shapes is not None and wanted:
        places |= _of_rows(wanted, rows, shapes)
    return [
        each
        if each.place is not None or (key := _key(each)) is None or key not in places
        else replace(each, place=places[key])
        for each in told
    ]


def _lighter(shape: Any, grain: float) -> Any:
    # Line by line: thinning a whole polygon would also repair it, which knows no limit where it
    # crosses itself millions of times.
    if shapely.get_dimensions(shape) == 1:
        lines = [part for part in shapely.get_parts(shape) if shapely.get_dimensions(part) == 1]
        return shapely.MultiLineString([_thin(line, grain) for line in lines])
    outer = [_thin(part.exterior, grain) for part in shapely.get_parts(shape) if _is_area(part)]
    return shapely.MultiPolygon([(ring, ()) for ring in outer if len(ring) >= _LEAST_OF_A_RING])


def _is_area(part: Any) -> bool:
    return bool(shapely.get_type_id(part) == shapely.GeometryType.POLYGON)


def _thin(line: Any, grain: float) -> NDArray[np.float64]:
    xy = shapely.get_coordinates(line)
    few = np.vstack([xy[: -1 : -(-len(xy) // _MOST_OF_A_LINE)], xy[-1:]])
    thin: NDArray[np.float64] = shapely.get_coordinates(
        shapely.simplify(shapely.LineString(few), grain)
    )
    return thin


def _key(problem: Problem) -> _Key | None:
    return None if problem.row is None else (problem.file, problem.sheet, problem.row)


def _known(problems: Sequence[Problem]) -> dict[_Key, Mapping[str, Any]]:
    # What two rows share is a place of the fault alone, not of the row.
    return {
        key: each.place
        for each in problems
        if each.place is not None and each.rule != "overlap" and (key := _key(each))
    }


def _of_rows(wanted: set[_Key], frame: pd.DataFrame, shapes: NDArray[Any]) -> dict[_Key, Any]:
    # Most rows have no problem: their numbers are passed over at once.
    near = np.flatnonzero(frame["row"].isin({number for _, _, number in wanted}).to_numpy())
    keys = zip(*(frame[name].iloc[near] for name in PLACE_COLUMNS), strict=True)
    found: dict[_Key, Any] = {}
    for position, key in zip(near, keys, strict=True):
        if key in wanted and (place := as_place(shapes[position])) is not None:
            found[key] = place
    return found
