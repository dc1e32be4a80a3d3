"""Commands that compute floods: from the sea over dykes, from design storms."""

import argparse

from census.products.pluvial import run_storm
from census.products.queueing import FLOOD, defer, queue
from census.products.surge import run_surge
from census.store.database import open_store
from webapp.commands.console import Console


def run_surge_flood(asked: argparse.Namespace, console: Console) -> int:
    """
    Flood the district from the sea and keep onset, sections and depths.

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
        made = run_surge(
            store,
            return_period_years=asked.return_period,
            breaches=asked.breach,
            shifts_m=dict(asked.shift),
            datum=asked.elevation_datum,
            progress=console.progress,
        )
    years, wet = made.design_years, made.flooded_km2[made.design_years]
    console.say(
        f"{store.place}：{years:g}年一遇风暴潮（{_scenario_zh(made.summary['breaches'])}）淹没 "
        f"{wet:.2f} 平方千米；已存栅格：{'、'.join(made.rasters)}。",
        f"{store.place}: the {years:g}-year surge ({made.scenario}) floods {wet:.2f} km2; kept: "
        f"{', '.join(made.rasters)}.",
    )
    for section in made.sections:
        console.say(
            f"  海水在 {section['onset_m']:.2f} 米时漫过堤段 {section['code']}"
            f"（{section['name']}）。",
            f"  The sea comes over dyke section {section['code']} ({section['name']}) at "
            f"{section['onset_m']:.2f} m.",
        )
    console.say(made.summary["limits_zh"], made.summary["limits_en"])
    console.answer({"rasters": made.rasters, "seconds": round(made.seconds, 3), **made.summary})
    return 0


def run_storm_flood(asked: argparse.Namespace, console: Console) -> int:
    """
    Flood the district from a design storm, at rest or, where windows are asked for, in time.

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
    wanted = {
        "years": asked.return_period,
        "duration_min": asked.duration_min,
        "edition": asked.formula,
        "windows": asked.window,
    }
    with open_store(console.settings, place=asked.place) as store:
        if asked.later:
            with queue(store).open() as app:
                job = defer(app, FLOOD, **wanted)
            console.say(f"已交给后台进程，任务 {job}。", f"The worker will do it, job {job}.")
            console.answer({"job": job})
            return 0
        made = run_storm(store, **wanted, progress=console.progress)
    told = made.summary
    console.say(
        f"{store.place}：{told['return_period_years']:g}年一遇 {told['duration_min']:g} 分钟降雨 "
        f"{told['rain_mm']:.1f} 毫米，径流 {told['runoff_mm']:.1f} 毫米；"
        f"已存栅格：{'、'.join(made.rasters)}。",
        f"{store.place}: {told['scenario']}, {told['rain_mm']:.1f} mm of rain, "
        f"{told['runoff_mm']:.1f} mm run off; kept: {', '.join(made.rasters)}.",
    )
    console.say(told["limits_zh"], told["limits_en"])
    console.answer({"rasters": made.rasters, "seconds": round(made.seconds, 3), **told})
    return 0


def _scenario_zh(breaches: list[str]) -> str:
    return f"{'、'.join(breaches)}溃决" if breaches else "堤防不溃"
