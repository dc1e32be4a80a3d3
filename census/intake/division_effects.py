"""What a new delivery of divisions does to everything else, told before it is done."""

from typing import Any, Final

import pandas as pd

from census.intake.corrected_links import crosswalk_after
from census.intake.problems import Problem, Source
from census.store.connection import Store
from census.store.crosswalks import stored_crosswalk
from census.store.differences import Difference
from census.store.former_divisions import codes_in_force, inheritance
from census.store.stated_codes import WORDS, Standing, codes_now, standing_on_former
from census.store.village_assignment import find_reassigned

_SHOWN: Final = 20
REPORTS: Final = "report_state"


def division_effects(store: Store, connection: Any, found: Difference, file: str) -> list[Problem]:
    """
    Tell what else changes with the divisions.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction of the difference.
    found
        The difference of divisions.
    file
        Name of the file.

    Returns
    -------
    list of Problem
        Counts per layer of rows that get another village; people that pass to the heirs of their
        village, or into the history; rows that state a code that goes.
    """
    if not found.stood:
        return []
    here = Source(file)
    told = [
        here.problem(
            "reassigned", "repair", column=layer, value=rows,
            zh=f"图层 {layer} 有 {rows} 行按位置改归别的村，其中 {outside} 行不再落在任何村内",
            en=f"{rows} rows of layer {layer} get another village by their place; {outside} of "
            "them lie in no village any more",
        )
        for layer, (rows, outside) in find_reassigned(store, connection).items()
    ]  # fmt: skip
    inherited = inheritance(connection)
    for heir, codes in inherited.heirs.items():
        told.append(
            here.problem(
                "people_carried", "repair", value="、".join(codes),
                zh=f"{'、'.join(codes)} 的人口按对照表并入 {heir}",
                en=f"The people of {', '.join(codes)} pass to {heir} by the crosswalk",
            )
        )  # fmt: skip
    if inherited.left:
        told.append(
            here.problem(
                "people_gone", "warning", value="、".join(inherited.left),
                zh=f"{len(inherited.left)} 个村不再存在，其人口行随之移入历史",
                en=f"{len(inherited.left)} villages are gone, and their rows of people go into "
                "the history",
            )
        )  # fmt: skip
    in_force = codes_in_force(connection)
    return told + told_standing(
        standing_on_former(connection, stored_crosswalk(connection), in_force), here
    )


def crosswalk_effects(connection: Any, rows: pd.DataFrame, file: str) -> list[Problem]:
    """
    Tell what stands on former codes and will be carried, or becomes a question, by a crosswalk.

    Parameters
    ----------
    connection
        The transaction of the difference.
    rows
        Rows of the crosswalk.
    file
        Name of the file.

    Returns
    -------
    list of Problem
        As of :func:`told_standing`.
    """
    walk = crosswalk_after(connection, rows)
    found = standing_on_former(connection, walk, codes_now(connection))
    return told_standing(found, Source(file))


def told_standing(found: list[Standing], here: Source) -> list[Problem]:
    """
    Tell what stands on codes that are out of force.

    Parameters
    ----------
    found
        Rows by layer and code.
    here
        The file.

    Returns
    -------
    list of Problem
        A repair for each layer whose rows pass to the one heir of their code, a warning for each
        whose rows stay, because there are several heirs or none.
    """
    problems = []
    for layer in dict.fromkeys(each.layer for each in found):
        mine = [each for each in found if each.layer == layer]
        if layer == REPORTS:
            problems.append(_by_place(sum(each.rows for each in mine), here))
            continue
        carried = [each for each in mine if len(each.heirs) == 1]
        left = [each for each in mine if len(each.heirs) != 1]
        zh, en = WORDS[layer]
        if carried:
            shown = "、".join(f"{each.code} → {each.heirs[0]}" for each in carried[:_SHOWN])
            rows = sum(each.rows for each in carried)
            problems.append(
                here.problem(
                    "stated_code_carried", "repair", column=layer, value=shown,
                    zh=f"{zh}有 {rows} 条所填的区划代码不再有效，按对照表改归其去向",
                    en=f"{rows} {en} stand on codes that are no longer in force; they pass to "
                    "the heirs by the crosswalk",
                )
            )  # fmt: skip
        if left:
            rows = sum(each.rows for each in left)
            shown = "、".join(each.code for each in left[:_SHOWN])
            problems.append(
                here.problem(
                    "stated_code_gone", "warning", column=layer, value=shown,
                    zh=f"{zh}有 {rows} 条所填的区划代码不再有效，且没有唯一去向：保持原样，"
                    "列入“跨表核对”待处理",
                    en=f"{rows} {en} stand on codes that are no longer in force and have not one "
                    "heir: they stay as they are and are listed among the cross-checks",
                )
            )  # fmt: skip
    return problems


def _by_place(rows: int, here: Source) -> Problem:
    return here.problem(
        "stated_code_carried", "repair", column=REPORTS, value=rows,
        zh=f"{rows} 条待核实的上报按位置改归现在所在的村",
        en=f"{rows} open reports pass to the villages in which they lie now",
    )  # fmt: skip
