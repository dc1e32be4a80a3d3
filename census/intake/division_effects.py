"""What a new delivery of divisions does to everything else, told before it is done."""

from typing import Any, Final

from census.intake.problems import Problem, Source
from census.store.connection import Store
from census.store.differences import Difference
from census.store.former_divisions import inheritance
from census.store.stated_codes import stale_codes
from census.store.village_assignment import find_reassigned

_SHOWN: Final = 20


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
    told += [
        here.problem(
            "stated_code_gone", "warning", column=layer, value="、".join(codes[:_SHOWN]),
            zh=f"图层 {layer} 有 {rows} 行填的是不再有效的区划代码，保持原样，请更新后重新交付",
            en=f"{rows} rows of layer {layer} state codes that are no longer in force; they stay "
            "as they are: bring them up to date and deliver them again",
        )
        for layer, rows, codes in stale_codes(connection)
    ]  # fmt: skip
    return told
