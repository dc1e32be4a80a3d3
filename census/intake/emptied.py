"""A delivery with headings and no rows: nothing stands in its layer, or nothing is to stand there.

An export of an empty layer is such a file. It is held against what is stored like any other, so
that of a layer with rows all would be gone, which has to be said twice.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import pandas as pd

from census.intake.fields import Form
from census.intake.problems import Problem, Source

COLUMNS: Final = "columns"
"""The member of an empty GeoJSON that names its columns: without features the format keeps none."""
_MOST_BYTES: Final = 64 * 1024
_NO_FEATURES: Final = re.compile(r'"features"\s*:\s*\[\s*\]')


def no_rows(here: Source) -> Problem:
    """
    State that a file has headings and no rows.

    Parameters
    ----------
    here
        The file or sheet.

    Returns
    -------
    Problem
        A remark.
    """
    return here.problem(
        "no_rows",
        "warning",
        zh="只有表头，没有数据行：按空图层计",
        en="There are headings but no rows: it is taken as an empty layer",
    )


def nothing_changes(form: Form, here: Source, stood: int) -> Problem:
    """
    State that an empty delivery leaves everything as it is.

    Parameters
    ----------
    form
        Its form.
    here
        The file.
    stood
        Rows that stand in the layer.

    Returns
    -------
    Problem
        A remark.
    """
    zh = f"库中“{form.label_zh}”也没有行，什么都没有改动"
    en = f"There are no rows of {form.label_en} in the store either: nothing was changed"
    if form.is_personal:
        zh = "人员按村替换：没有行的文件不涉及任何村，什么都没有改动"
        en = "Persons are replaced village by village: no row, no village; nothing was changed"
    elif form.adds_rows and stood:
        zh = f"“{form.label_zh}”是逐条累加的：库中 {stood} 行保留，什么都没有改动"
        en = f"{form.label_en} add up line by line: the {stood} stored stay, nothing was changed"
    return here.problem("no_rows", "warning", value=0, zh=zh, en=en)


def no_rows_of(form: Form) -> pd.DataFrame:
    """
    Make rows of a form's table without one.

    Parameters
    ----------
    form
        The form.

    Returns
    -------
    pandas.DataFrame
        The columns of its key.
    """
    return pd.DataFrame(columns=list(form.key), dtype=object)


def columns_of_empty(path: Path) -> list[str]:
    """
    Read which columns a GeoJSON without features names.

    Parameters
    ----------
    path
        The file.

    Returns
    -------
    list of str
        The columns; none where it has features or does not name any.
    """
    with path.open("rb") as file:
        text = file.read(_MOST_BYTES).decode("utf-8", errors="replace")
    if not _NO_FEATURES.search(text):
        return []
    try:
        told: Any = json.loads(text)
    except ValueError:
        return []
    columns = told.get(COLUMNS) if isinstance(told, dict) else None
    return [str(each) for each in columns] if isinstance(columns, list) else []
