"""The command `divisions`: those of today or of an older edition, with their figures."""

import argparse
from dataclasses import asdict
from typing import Any, Final

from census.store.database import open_store
from census.store.editions import EditionRow, edition
from webapp.commands.console import Console

_SQUARE_KM_M2: Final = 1e6
FIGURES: Final = ("people", "area_m2", "shelters")


def run_divisions(asked: argparse.Namespace, console: Console) -> int:
    """
    List the divisions that were in force on a day, with today's people, area and shelters.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    with open_store(console.settings, place=asked.place) as store:
        rows = edition(store, asked.of, level=asked.level)
    for row in rows:
        _say_row(row, console)
    totals = {name: _total([getattr(row, name) for row in rows]) for name in FIGURES}
    console.line(f"  {'合计 total':38} {_shown(totals)}")
    _say_notes(rows, console)
    console.answer(
        {"of": asked.of, "level": asked.level, "rows": [asdict(row) for row in rows],
         "totals": totals}
    )  # fmt: skip
    return 0


def _say_row(row: EditionRow, console: Console) -> None:
    mark = "~" if row.is_parted else " "
    figures = _shown({name: getattr(row, name) for name in FIGURES})
    console.line(f" {mark}{'+'.join(row.codes):16} {row.name:20} {figures}")


def _shown(figures: dict[str, Any]) -> str:
    people, area, shelters = (figures[name] for name in FIGURES)
    square_km = "—" if area is None else f"{area / _SQUARE_KM_M2:,.2f}"
    return (
        f"{_count(people):>10} 人 people {square_km:>9} km² {_count(shelters):>6} 避难场所 shelters"
    )


def _count(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"


def _total(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None


def _say_notes(rows: list[EditionRow], console: Console) -> None:
    parted = sum(row.is_parted for row in rows)
    together = sum(len(row.codes) > 1 for row in rows)
    if parted:
        console.say(
            f"~：{parted} 个区划后来合并，其数字按撤销前的人口或面积分摊，为推算值。",
            f"~: {parted} divisions were merged since; their figures are apportioned by their last "
            "people or area: estimates.",
        )
    if together:
        console.say(
            f"{together} 行为几个区划合计：没有依据把它们分开。",
            f"{together} rows count several divisions together: nothing tells them apart.",
        )
