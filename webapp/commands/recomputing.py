"""Recompute earlier zoning runs under the method of the current one, and tell of each."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from census.products.history import Recomputed, recompute_history
from census.products.run_methods import FROM_INPUTS
from census.store.database import open_store
from geo.errors import ParameterError
from webapp.commands.console import Console


def run_recompute(asked: argparse.Namespace, console: Console) -> int:
    """
    Recompute the earlier runs of a hazard; nothing is zoned and no run ceases to be current.

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

    Raises
    ------
    ParameterError
        If limits were asked for too: they are those of the current run.
    """
    if asked.base_run or asked.limits or asked.classes or asked.unit:
        raise ParameterError(
            "Earlier runs are recomputed under method and limits of the current run: "
            "--recompute-history goes with --hazard alone.",
            "重算历史采用现用区划的方法和界限：--recompute-history 只能与 --hazard 同用。",
        )
    with open_store(console.settings, place=asked.place) as store:
        found = recompute_history(store, asked.hazard, progress=console.progress)
    if not found:
        console.say(
            f"{store.place}：早先的区划或与现用区划资料相同，或已可比较，无须重算。",
            f"{store.place}: nothing to recompute: every earlier run was made of the same data "
            "as the current one, or compares with it already.",
        )
    console.answer({"hazard": asked.hazard, "history": say_history(found, console)})
    return 0


def say_history(found: Sequence[Recomputed], console: Console) -> list[dict[str, Any]]:
    """
    Tell what became of each earlier run.

    Parameters
    ----------
    found
        Earlier runs.
    console
        Where to speak.

    Returns
    -------
    list of dict
        The same as plain values.
    """
    for each in found:
        if each.number is None:
            console.say(each.reason_zh, each.reason_en)
            continue
        zh, en = (
            ("资料未变，重新区划", "zoned anew, its inputs being what they were")
            if each.way == FROM_INPUTS
            else ("由当时保存的因子重算", "from the factors that it kept")
        )
        console.say(
            f"区划 {each.original} 已按新方法重算为 {each.number}（{zh}），原成果不变。",
            f"Run {each.original} was recomputed under the new method as {each.number} ({en}); "
            "what was published stays.",
        )
    return [asdict(each) for each in found]
