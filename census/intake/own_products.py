"""Leave out of a delivery what this program made itself: an export holds it beside the delivered.

Sites that were derived from depths, sites that officers reported, routes that a plan proposes or
that somebody drew have their own way into the district; only what was delivered comes in again.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np

from census.intake.fields import Form
from census.intake.parsing import tidy
from census.intake.placing import Sheet
from census.intake.problems import Problem, Source
from census.store.tables import declared_table

# Beside the columns of its table an export tells where its shapes lie.
_PLACES: Final = frozenset({"longitude", "latitude"})
_ORIGIN: Final = "origin"
_MADE_HERE: Final = frozenset({"derived", "reported", "planned", "drawn"})


def without_products(form: Form, table: Sheet, file: str, problems: list[Problem]) -> Sheet:
    """
    Take out the rows that say that this program made them.

    Parameters
    ----------
    form
        The form; only those whose table holds products too are looked at.
    table
        A sheet or layer.
    file
        What the delivered file is called.
    problems
        List that a remark with their number is added to.

    Returns
    -------
    Sheet
        The others.
    """
    if _ORIGIN not in table.headings or _ORIGIN not in _stored(form):
        return table
    made = np.array([tidy(each) in _MADE_HERE for each in table.raw.frame[_ORIGIN]], dtype=bool)
    if not made.any():
        return table
    count = int(made.sum())
    problems.append(
        Source(file, table.name).problem(
            "own_product",
            "repair",
            column=_ORIGIN,
            value=count,
            zh=f"{count} 行是本系统推得、上报或拟定的（origin 列），不是交付的，未读入",
            en=f"{count} rows were derived, reported or planned by this program (column origin), "
            "not delivered: they are not read",
        )
    )
    frame = table.raw.frame[~made].reset_index(drop=True)
    raw = replace(table.raw, frame=frame, rows=table.raw.rows[~made])
    shapes = None if table.shapes is None else table.shapes[~made].reset_index(drop=True)
    return Sheet(raw, shapes)


def _stored(form: Form) -> set[str]:
    """Name the columns of a form's table; none where the table is of another schema."""
    try:
        return {column.name for column in declared_table(form.table).c}
    except KeyError:
        return set()


def computed_columns(form: Form, headings: Sequence[str]) -> list[str]:
    """
    Find headings of columns that this program computes or keeps itself: no delivery brings them.

    Parameters
    ----------
    form
        The form.
    headings
        Headings that name none of its fields.

    Returns
    -------
    list of str
        Those among them that are columns of the form's table, or the place of a shape.
    """
    own = _stored(form)
    return [heading for heading in headings if heading in (own | _PLACES if own else own)]


def computed_remark(here: Source, headings: Sequence[str]) -> Problem:
    """
    Say in one sentence which columns of an export are not read because they are computed.

    Parameters
    ----------
    here
        The sheet.
    headings
        What :func:`computed_columns` found.

    Returns
    -------
    Problem
        A remark.
    """
    told = "、".join(headings)
    return here.problem(
        "column",
        "warning",
        column=told,
        zh=f"{told} 列由系统计算，不从文件读入",
        en=f"The columns {', '.join(headings)} are computed by this program: they are not read",
    )
