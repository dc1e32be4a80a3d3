"""Commands that make products and take layers out: zone, evacuate, export."""

import argparse

from census.products.evacuation_plan import propose_plan
from census.products.exports import export_layer
from census.products.hazard_sites import derive_hazard_sites
from census.products.history import history_of_new_method
from census.products.run_items import export_item
from census.products.zoning_run import method, run_zoning
from census.store.actors import system_actor
from census.store.database import open_store
from census.store.offered import RUN_FORMATS
from geo.errors import ParameterError
from webapp.commands.console import Console
from webapp.commands.recomputing import run_recompute, say_history
from webapp.map_looks import look_of


def run_zone(asked: argparse.Namespace, console: Console) -> int:
    """
    Zone the district and derive its hazard sites.

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
    if asked.recompute_history:
        return run_recompute(asked, console)
    parameters = _classes_asked(asked)
    with open_store(console.settings, place=asked.place) as store:
        found = run_zoning(
            store, hazard=asked.hazard, parameters=parameters, progress=console.progress
        )
        console.progress("hazard sites")
        # Only a method that names them derives sites: those of the flood stay as they are.
        derives = "hazard_sites" in method(f"{asked.hazard}_zoning", None)
        count = derive_hazard_sites(store, hazard=asked.hazard).count if derives else 0
        history = history_of_new_method(store, asked.hazard, progress=console.progress)
    console.say(
        f"{store.place}：风险区划 {found.number} 完成，推得隐患点 {count} 处。",
        f"{store.place}: zoning {found.number} is done, hazard sites derived: {count}.",
    )
    console.answer(
        {
            "number": found.number,
            "summary": found.summary,
            "validation": found.validation,
            "hazard_sites": count,
            "seconds": round(found.seconds, 3),
            "history": say_history(history, console),
        }
    )
    return 0


def _classes_asked(asked: argparse.Namespace) -> dict[str, dict[str, object]]:
    """Read what was asked of the classes; fixed limits are their own method."""
    ways = [bool(asked.base_run), bool(asked.limits), asked.classes not in {None, "fixed"}]
    if sum(ways) > 1:
        raise ParameterError(
            "Limits are set in one way: by --base-run, by --limits, or by --classes METHOD.",
            "分级界限只能用一种办法确定：--base-run、--limits 或 --classes 方法。",
        )
    wanted = {
        "unit": {"grid": "grid_unit"}.get(asked.unit, asked.unit),
        "method": asked.classes or ("fixed" if asked.limits else None),
        "limits": asked.limits,
        "base_run": asked.base_run,
    }
    return {"classes": {name: value for name, value in wanted.items() if value}}


def run_propose(asked: argparse.Namespace, console: Console) -> int:
    """
    Propose an evacuation plan.

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
        plan = propose_plan(store, hazard=asked.hazard, progress=console.progress)
    console.say(
        f"{store.place}：方案 {plan.number}，需转移 {plan.demand_people:,} 人，"
        f"已安排 {plan.served_people:,}，无去处 {plan.unserved_people:,}。",
        f"{store.place}: plan {plan.number}, {plan.demand_people:,} to evacuate, "
        f"{plan.served_people:,} with a place, {plan.unserved_people:,} without.",
    )
    console.answer(
        {
            "number": plan.number,
            "people": plan.people,
            "people_demand": plan.demand_people,
            "people_served": plan.served_people,
            "people_unserved": plan.unserved_people,
            "summary": plan.summary,
            "seconds": round(plan.seconds, 3),
        }
    )
    return 0


def run_export(asked: argparse.Namespace, console: Console) -> int:
    """
    Write a layer to a file.

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
    is_item = [asked.layer == "run", bool(asked.number), asked.format in RUN_FORMATS]
    if any(is_item) != all(is_item):
        raise ParameterError(
            "A run is taken out as `export run NUMBER --format stac --out DIR`.",
            "导出区划：export run 编号 --format stac --out 文件夹。",
        )
    if asked.number:
        return _export_item(asked, console)
    with open_store(console.settings, place=asked.place) as store:
        rows = export_layer(
            store, asked.layer, asked.format, asked.out, actor=system_actor(),
            look=look_of(asked.layer), hazard=asked.hazard,
        )  # fmt: skip
    console.say(f"已写出 {rows:,} 行到 {asked.out}", f"{rows:,} rows written to {asked.out}")
    console.answer({"layer": asked.layer, "rows": rows, "file": str(asked.out)})
    return 0


def _export_item(asked: argparse.Namespace, console: Console) -> int:
    """Write the rasters of a run with the item that describes them."""
    with open_store(console.settings, place=asked.place) as store:
        paths = export_item(store, asked.number, asked.out)
    console.say(f"已写出 {len(paths)} 个文件到 {asked.out}", f"{len(paths)} files in {asked.out}")
    console.answer({"run": asked.number, "files": {name: str(at) for name, at in paths.items()}})
    return 0
