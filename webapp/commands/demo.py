"""The command `demo`: load a sample district, unless it is loaded already, and serve it."""

import argparse
from collections.abc import Mapping
from typing import Any

from census.products.loaded import EXAMPLE, made_from, stored_report
from census.store.connection import open_server
from webapp.commands.console import Console
from webapp.commands.running import serve_and_say


def run_demo(asked: argparse.Namespace, console: Console) -> int:
    """
    Load a sample district, compute its products and serve it.

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
    # Held to the end: the private server starts once for the look, the loading and the serving.
    with open_server(console.settings):
        report = _report(asked, console)
        _say_loaded(report, console)
        if asked.no_serve:
            console.answer(report)
        else:
            serve_and_say(console, place=report["place"], facts=report)
    return 0


def _report(asked: argparse.Namespace, console: Console) -> dict[str, Any]:
    place = asked.place or EXAMPLE
    asked_for = {"samples": asked.data, "seed": asked.seed, "villages": asked.villages}
    stored = stored_report(console.settings, place, made_from(console.settings, place, **asked_for))
    if stored is not None:
        return stored
    # What loads a place takes seconds to import; a place that is loaded does without.
    from census.products.demo import load_place  # noqa: PLC0415

    return load_place(
        console.settings,
        place,
        **asked_for,
        progress=console.progress,
        drops_work=asked.drop_work,
    )


def _say_loaded(report: Mapping[str, Any], console: Console) -> None:
    counts = report["divisions"]
    console.say(
        f"{report['place']}：{counts['town']} 个乡镇、{counts['village']} 个村、"
        f"{counts['grid_unit']} 个网格。",
        f"{report['place']}: {counts['town']} towns, {counts['village']} villages, "
        f"{counts['grid_unit']} grid units.",
    )
    for form, imported in report["imported"].items():
        refused = report["refused"].get(form, 0)
        console.line(f"  {form:24} {imported:>9,} 入库 imported {refused:>7,} 剔除 refused")
    if report.get("people_demand") is not None:
        demand, served = report["people_demand"], report["people_served"]
        left = report["people_unserved"]
        console.say(
            f"需转移 {demand:,} 人，已安排 {served:,}，无去处 {left:,}。",
            f"{demand:,} people to evacuate, {served:,} with a place, {left:,} without.",
        )
    # Several products may lack the same.
    for missing in {each["en"]: each for each in report.get("not_made", [])}.values():
        console.say(missing["zh"], missing["en"])
    console.say(f"来源 {report['attribution']}", "")
