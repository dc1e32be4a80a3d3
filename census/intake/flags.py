"""Columns of marks: what a cell left empty means is settled by the whole column, and told.

Where a column is filled at all, an empty cell is a no; a column left empty, or not delivered, says
nothing. The designations of shelters by hazard come as such marks.
"""

from collections.abc import Iterator

import numpy as np
import pandas as pd

from census.intake.fields import Field
from census.intake.parsing import tidy
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery


def settle_flags(delivery: Delivery, values: pd.DataFrame) -> list[Problem]:
    """
    Put a no where a mark is absent from a column that has marks.

    Parameters
    ----------
    delivery
        The delivery.
    values
        What :func:`census.intake.values.check_values` read; columns of marks are changed in place.

    Returns
    -------
    list of Problem
        One remark for each column of each sheet with empty cells.
    """
    problems: list[Problem] = []
    for each in delivery.form.fields:
        if each.type == "flag" and each.name in values:
            problems += _settled(delivery, values, each)
    return problems


def _settled(delivery: Delivery, values: pd.DataFrame, each: Field) -> Iterator[Problem]:
    marks = values[each.name].to_numpy(dtype=object, copy=True)
    kind, cells = pd.factorize(delivery.frame[each.name], use_na_sentinel=True)
    # The last entry serves kind -1: nothing there.
    empty = np.array([*(not tidy(cell) for cell in cells), True], dtype=bool)[kind]
    heading = delivery.headings.get(each.name, each.heading)
    sheets = delivery.frame.groupby(["file", "sheet"], sort=False).ngroup().to_numpy()
    for number in np.unique(sheets):
        rows = sheets == number
        blank = np.flatnonzero(rows & empty)
        first = delivery.frame.iloc[int(rows.argmax())]
        here = Source(str(first["file"]), str(first["sheet"]))
        if not len(blank):
            continue
        if len(blank) == rows.sum():
            yield here.problem(
                "marks",
                "warning",
                column=heading,
                value=len(blank),
                zh=f"“{heading}”整列为空，{len(blank)} 行按未知计",
                en=f"The column {heading!r} is empty: unknown for its {len(blank)} rows",
            )
            continue
        marks[blank] = False
        yield here.problem(
            "marks",
            "repair",
            column=heading,
            value=len(blank),
            zh=f"“{heading}”有 {len(blank)} 个空格，按“否”计",
            en=f"{len(blank)} empty cells of {heading!r} are taken as no",
        )
    values[each.name] = pd.Series(marks, index=values.index, dtype=object)
