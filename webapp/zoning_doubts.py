"""Say what is in doubt of a run: error of the depths, what moves classes, classes of depth."""

from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final

from census.store.cards import ZoningCard
from webapp.words import Language, count, speak

INPUTS: Final = ("depth", "people", "vulnerability", "capacity", "weights", "k")
HALF_PX: Final = 100
_NAMED: Final = 12


def depth_rows(run: ZoningCard, language: Language) -> dict[str, Any] | None:
    """
    Tell residents and area by depth, and which limits the error of the depths refuses.

    Parameters
    ----------
    run
        The run.
    language
        Language of the page.

    Returns
    -------
    dict or None
        ``said`` (sentences) and ``rows`` (``limits``, ``people``, ``area_km2``; the deepest
        first); None for a run that did not count them.
    """
    told = run.summary.get("depth_classes")
    if not told:
        return None
    say = speak(language)
    rmse, merged = told["rmse_m"], told["merged_m"]
    ratio = run.parameters["depth_error"]["limit_per_rmse"]
    said = [say("zoning.rmse_known", rmse=f"{rmse:g}") if rmse else say("zoning.rmse_unknown")]
    if merged:
        refused = say("zoning.comma").join(f"{each:g}" for each in merged)
        said.append(say("zoning.merged", limits=refused, rmse=f"{rmse:g}", ratio=f"{ratio:g}"))
    ends = [0.0, *told["limits_m"]]
    names = [f"{low:g} – {high:g} m" for low, high in pairwise(ends)]
    names.append(f"> {ends[-1]:g} m")
    rows = [
        {"limits": name, "people": count(people), "area_km2": f"{area_m2 / 1e6:,.2f}"}
        for name, people, area_m2 in zip(names, told["people"], told["area_m2"], strict=True)
    ]
    return {"said": said, "rows": rows[::-1]}


def mover_rows(
    run: ZoningCard, names: Mapping[str, str], language: Language
) -> dict[str, Any] | None:
    """
    Tell which input alone moves how many villages into another class, as bars of a tornado.

    Parameters
    ----------
    run
        The run.
    names
        Name of each village by code.
    language
        Language of the page.

    Returns
    -------
    dict or None
        ``units``, ``unknown`` (inputs whose error is not known, in words) and ``rows``: ``name``,
        ``span`` (by how much it was moved), ``low`` and ``high`` (``text``, ``width_px`` of 100),
        ``moved``, ``villages`` (names of the first) and ``more``; None for a run without.
    """
    told = run.summary.get("movers")
    if not told:
        return None
    say = speak(language)
    most = max([1, *(_moved(each, side) for each in told["inputs"] for side in ("low", "high"))])
    rows = []
    for each in told["inputs"]:
        codes = each["codes"]
        listed = [names.get(code, code) for code in codes[:_NAMED]]
        row: dict[str, Any] = {
            "name": say(f"mover.{each['name']}"), "span": _span(run, each["name"], language),
            "moved": count(len(codes)), "villages": say("zoning.comma").join(listed),
            "more": len(codes) - len(listed),
        }  # fmt: skip
        for side in ("low", "high"):
            width = _moved(each, side) * HALF_PX / most
            text = say("zoning.moved", rose=each[side]["rose"], fell=each[side]["fell"])
            row[side] = {"text": text, "width_px": f"{width:.1f}"}
        row["low"]["x_px"] = f"{HALF_PX - float(row['low']['width_px']):.1f}"
        rows.append(row)
    unknown = [say(f"mover.{name}") for name in told["unknown"]]
    return {"units": count(told["units"]), "unknown": unknown, "rows": rows}


def _moved(told: Mapping[str, Any], side: str) -> int:
    return int(told[side]["rose"] + told[side]["fell"])


def _span(run: ZoningCard, name: str, language: Language) -> str:
    """Say by how much an input was moved down and up."""
    rules = run.parameters["what_moves"]
    if name == "depth":
        return f"± {run.summary['depth_classes']['rmse_m']:g} m"
    if name == "k":
        return f"± {rules['k_shift']:g}"
    if name == "weights":
        return speak(language)("zoning.one_sd")
    return f"± {rules[f'{name}_share']:.0%}"
