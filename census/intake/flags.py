"""Columns of marks: what a cell left empty means is settled by the whole column, and told.

Where a column is filled at all, an empty cell is a no; a column left empty, or not delivered, says
nothing. The designations of shelters by hazard come as such marks.
"""

import numpy as np
import pandas as pd
from numpy.typing import NDArray

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
        One remark for each column of each sheet with some empty cells, one for its empty columns.
    """
    problems: list[Problem] = []
    flags = [each for each in delivery.form.fields if each.type == "flag" and each.name in values]
    sheets = delivery.frame.groupby(["file", "sheet"], sort=False).ngroup().to_numpy()
    for number in np.unique(sheets) if flags else ():
        rows = np.flatnonzero(sheets == number)
        first = delivery.frame.iloc[int(rows[0])]
        here = Source(str(first["file"]), str(first["sheet"]))
        unmarked = []
        for each in flags:
            heading = delivery.headings.get(each.name, each.heading)
            blank = rows[_is_empty(delivery.frame[each.name].iloc[rows])]
            if len(blank) == len(rows):
                unmarked.append(heading)
            elif len(blank):
                values.loc[values.index[blank], each.name] = False
                problems.append(_taken_as_no(here, heading, len(blank)))
        if unmarked:
            problems.append(_unmarked(here, unmarked, len(rows)))
    return problems


def _is_empty(cells: pd.Series) -> NDArray[np.bool_]:
    kind, each = pd.factorize(cells, use_na_sentinel=True)
    # The last entry serves kind -1: nothing there.
    is_empty: NDArray[np.bool_] = np.array([*(not tidy(cell) for cell in each), True], dtype=bool)
    return is_empty[kind]


def _unmarked(here: Source, headings: list[str], rows: int) -> Problem:
    listed_zh = "、".join(f"“{heading}”" for heading in headings)
    listed_en = ", ".join(map(repr, headings))
    columns, are = ("column", "is") if len(headings) == 1 else ("columns", "are")
    return here.problem(
        "marks",
        "warning",
        column="、".join(headings),
        value=rows,
        zh=f"{listed_zh}整列为空，{rows} 行按未知计",
        en=f"The {columns} {listed_en} {are} empty: unknown for its {rows} rows",
    )


def _taken_as_no(here: Source, heading: str, rows: int) -> Problem:
    return here.problem(
        "marks",
        "repair",
        column=heading,
        value=rows,
        zh=f"“{heading}”有 {rows} 个空格，按“否”计",
        en=f"{rows} empty cells of {heading!r} are taken as no",
    )
