"""The end of a period is not before its beginning: the pairs of fields that a form names."""

from collections.abc import Iterator

import pandas as pd

from census.intake.problems import Problem
from census.intake.reading import Delivery
from census.intake.values import source


def check_periods(delivery: Delivery, values: pd.DataFrame) -> Iterator[Problem]:
    """
    Find rows that end before they begin.

    Parameters
    ----------
    delivery
        The delivery; its form names the pairs.
    values
        Its values, read: dates or times.

    Yields
    ------
    Problem
        An error for each such row.
    """
    for begin, end in delivery.form.periods:
        if begin not in values or end not in values:
            continue
        for row, (began, ended) in enumerate(zip(values[begin], values[end], strict=True)):
            if began is None or ended is None or ended >= began:
                continue
            yield source(delivery, row).problem(
                "period",
                "error",
                column=delivery.headings.get(end, end),
                value=ended,
                zh=f"{ended} 早于“{delivery.headings.get(begin, begin)}” {began}",
                en=f"{ended} is before {delivery.headings.get(begin, begin)!r}, {began}",
            )
