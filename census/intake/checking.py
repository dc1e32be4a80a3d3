"""Rows of a delivery into accepted rows and a list of all problems at once."""

from collections import defaultdict
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from census.intake.across import Across
from census.intake.carried_codes import tell_carried
from census.intake.context import Context
from census.intake.division_codes import settle_codes
from census.intake.fault_places import with_places
from census.intake.fields import Form
from census.intake.flags import settle_flags
from census.intake.problems import Problem, Source, in_order
from census.intake.reading import PLACE_COLUMNS, Delivery
from census.intake.rules import check_rules, orphans
from census.intake.shapes import check_shapes
from census.intake.shift_detection import find_shift
from census.intake.stated_villages import check_stated_villages
from census.intake.values import check_keys, check_values


def check(
    delivery: Delivery, form: Form, context: Context, across: Across | None = None
) -> tuple[pd.DataFrame, list[Problem]]:
    """
    Check a delivery; never stops at the first fault.

    Parameters
    ----------
    delivery
        What :func:`census.intake.reading.read` returned.
    form
        Its form.
    context
        The district.
    across
        Where the delivery is a part of a larger one, what is found between its parts; what speaks
        of all of them is not told here, but kept in it.

    Returns
    -------
    accepted : pandas.DataFrame
        Rows without an error, values read, columns ``file``, ``sheet``, ``row`` and ``notes`` (the
        row's repairs and remarks); a GeoDataFrame in the district's geographic CRS, geometry
        ``geom``, where the form has shapes. Empty where the whole file is refused.
    problems : list of Problem
        Every fault, repair and remark, in reading order, with its place where it has one.
    """
    problems = list(delivery.problems)
    if delivery.frame.empty:
        return pd.DataFrame(), in_order(problems)
    problems += _without_divisions(form, context, Source(delivery.path.name))
    if _refuses_all(problems):
        return pd.DataFrame(), in_order(problems)
    values, found = check_values(delivery, context)
    problems += found
    problems += settle_flags(delivery, values)
    problems += settle_codes(delivery, values)
    problems += tell_carried(delivery, context)
    problems += check_keys(delivery, values, form, context)
    shapes = None
    if form.geometry != "none":
        shapes, found = check_shapes(delivery, context, across)
        problems += found
        problems += find_shift(delivery, values, shapes, context)
    if not _refuses_all(problems):
        problems += check_rules(delivery, values, shapes, context, across)
        if shapes is not None:
            problems += check_stated_villages(delivery, values, shapes, context)
    problems = with_places(problems, delivery.frame, None if shapes is None else shapes.to_numpy())
    if _refuses_all(problems):
        return pd.DataFrame(), in_order(problems)
    accepted = _accepted(delivery, values, shapes, problems)
    if form.name == "divisions" and not accepted.empty and "parent_code" in accepted:
        found = orphans(accepted)
        if found:
            problems += found
            accepted = _accepted(delivery, values, shapes, problems)
    return accepted, in_order(problems)


def _without_divisions(form: Form, context: Context, here: Source) -> list[Problem]:
    if form.needs_divisions and context.divisions.empty:
        return [divisions_first(here)]
    if form.needs_divisions and form.geometry != "none" and not context.has_outlines:
        return [outlines_first(here)]
    return []


def divisions_first(here: Source) -> Problem:
    """
    State that a form cannot be checked before the divisions are there.

    Parameters
    ----------
    here
        The file.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    return here.problem(
        "divisions_first",
        "error",
        zh="还没有区划；请先导入表单“行政区划与网格”",
        en="There are no divisions yet; import the form divisions first",
    )


def outlines_first(here: Source) -> Problem:
    """
    State that places cannot be checked where divisions are codes without outlines.

    Parameters
    ----------
    here
        The file.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    return here.problem(
        "outlines_first",
        "error",
        zh="区划只有代码，没有边界，无法核对位置；请先用表单“行政区划与网格”（divisions）交付边界",
        en="Divisions are codes without outlines, so places cannot be checked: deliver the "
        "outlines first, with the form divisions",
    )


def _refuses_all(problems: list[Problem]) -> bool:
    return any(problem.level == "error" and problem.row is None for problem in problems)


def _accepted(
    delivery: Delivery,
    values: pd.DataFrame,
    shapes: gpd.GeoSeries | None,
    problems: list[Problem],
) -> pd.DataFrame:
    frame: Any = values.assign(**{name: delivery.frame[name] for name in PLACE_COLUMNS})
    by_row: defaultdict[tuple[str, str, int], list[Problem]] = defaultdict(list)
    for problem in problems:
        if problem.row is not None:
            by_row[problem.file, problem.sheet, problem.row].append(problem)
    places = zip(*(frame[name] for name in PLACE_COLUMNS), strict=True)
    notes = np.empty(len(frame), dtype=object)
    # Most rows have none, and share one empty list.
    notes.fill([])
    keep = np.ones(len(frame), dtype=bool)
    for row, place in enumerate(places if by_row else ()):
        if found := by_row.get(place):
            notes[row] = [note_of(problem) for problem in found]
            keep[row] = all(each.level != "error" for each in found)
    frame["notes"] = notes
    if shapes is not None:
        frame = gpd.GeoDataFrame(frame, geometry=shapes.to_numpy(), crs=shapes.crs)
        frame = frame.rename_geometry("geom")
    accepted: pd.DataFrame = frame[keep].reset_index(drop=True)
    return accepted


def note_of(problem: Problem) -> dict[str, str]:
    """
    Write a problem as a row keeps it.

    Parameters
    ----------
    problem
        A problem of that row.

    Returns
    -------
    dict
        Rule, level, column, value and both sentences.
    """
    return {
        "rule": problem.rule,
        "level": problem.level,
        "column": problem.column,
        "value": problem.value,
        "zh": problem.sentence_zh,
        "en": problem.sentence_en,
    }
