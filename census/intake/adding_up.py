"""Rows of villages that were merged since: their counts are added up under the code of today."""

import pandas as pd

from census.intake.problems import Problem
from census.intake.values import source_of

COUNTS = ("people", "children_people", "elderly_people", "households")


def added_up(accepted: pd.DataFrame, rows: pd.DataFrame) -> tuple[pd.DataFrame, list[Problem]]:
    """
    Add up the counts of rows that name one village after a merger.

    Parameters
    ----------
    accepted
        Accepted rows of the form people, with columns ``row`` and ``notes``.
    rows
        The same as rows of the table; more than one of a code only where several former codes
        became one.

    Returns
    -------
    rows : pandas.DataFrame
        One row per code; a count is known where it is known of every part, and an estimate where
        one part is estimated.
    problems : list of Problem
        A repair for each sum.
    """
    if rows["division_code"].is_unique:
        return rows, []
    kept, problems = [], []
    for code, group in rows.groupby("division_code", sort=False):
        first = rows.loc[group.index[0]].to_dict()
        place = accepted.loc[group.index[0]]
        first |= {"source_row": int(place["row"]), "notes": place["notes"]}
        if len(group) > 1:
            numbers = [int(accepted.loc[each, "row"]) for each in group.index]
            parts = [int(each) for each in group["people"]]
            first |= {
                name: None if group[name].isna().any() else int(group[name].sum())
                for name in COUNTS
            }
            first["basis"] = "counted" if (group["basis"] == "counted").all() else "derived"
            problems.append(_sum(accepted, group.index[0], str(code), numbers, parts))
        kept.append(first)
    frame = pd.DataFrame(kept)
    return frame.astype(object).where(frame.notna(), None), problems


def _sum(
    accepted: pd.DataFrame, row: int, code: str, numbers: list[int], parts: list[int]
) -> Problem:
    told = " + ".join(map(str, parts))
    listed = "、".join(map(str, numbers))
    return source_of(accepted, row).problem(
        "added_up", "repair", value=code,
        zh=f"第 {listed} 行的村已并为 {code}，人口相加：{told} = {sum(parts)}",
        en=f"The villages of rows {listed} are one now, {code}: people {told} = {sum(parts)}",
    )  # fmt: skip
