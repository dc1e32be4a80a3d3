"""Gather all that is said of a zoning run, in words: the same on its page and in its report."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from census.store.cards import ZoningCard
from census.store.database import Store
from census.store.zoning_runs import run_factors
from geo.vocabulary import HazardType, RiskLevel, Term, UnassessedReason, UnvalidatedReason
from webapp.origin_words import depth_sentence, layer_word
from webapp.words import Language, count, share, speak
from webapp.zoning_doubts import depth_rows, mover_rows
from webapp.zoning_history import is_of_factors, origin_of
from webapp.zoning_scheme import how_set, in_words_of_others, limits_of

ROOT: Final = "/zonings"
RUN: Final = "run"
"""Kind under which the report of a run is printed and kept; its code is the run's number."""
SCORES: Final = ("hit_rate", "false_alarm", "csi", "auc")
OWN: Final = "zoning"
RIVALS: Final = ("depth_alone", "everything_floods")
LEVELS: Final = ("town", "village", "grid_unit")
_UNVERIFIED: Final = "待核"
_HASH_SIGNS: Final = 12


def class_word(ordinal: int | None, language: Language) -> str:
    """
    Name a class.

    Parameters
    ----------
    ordinal
        The class; None or 0 for not assessed.
    language
        Language of the word.

    Returns
    -------
    str
        The word.
    """
    if not ordinal:
        return speak(language)("map.unknown")
    return RiskLevel.from_ordinal(ordinal).label(language)


def head_of(run: ZoningCard, store: Store, language: Language) -> dict[str, Any]:
    """
    Tell which run this is: number, when it was made, of which data, by which method.

    Parameters
    ----------
    run
        The run.
    store
        The district's store.
    language
        Language of the hazard's word.

    Returns
    -------
    dict
        Texts by name, ``is_current``, ``href`` of its page, and ``origin`` of a recomputed one.
    """
    made = run.made_at.astimezone(ZoneInfo(store.district.timezone))
    return {
        "number": run.number, "hazard": _label(HazardType, run.hazard, language),
        "made_at": f"{made:%Y-%m-%d %H:%M}", "data_date": run.data_date,
        "rule_edition": run.rule_edition, "code_version": run.code_version,
        "is_current": run.is_current, "href": f"{ROOT}/{run.number}",
        "origin": origin_of(run, language),
    }  # fmt: skip


def _label(kind: type[Term], code: str, language: Language) -> str:
    known = {term.value: term for term in kind}
    return known[code].label(language) if code in known else code


def class_rows(run: ZoningCard, language: Language) -> list[dict[str, Any]]:
    """
    Tell the limits of each class and how many units have it.

    Parameters
    ----------
    run
        The run.
    language
        Language of the page.

    Returns
    -------
    list of dict
        ``ordinal`` (0 for not assessed), ``word``, ``limits`` and ``units`` by level, the highest
        class first.
    """
    breaks = [float(each) for each in run.scheme["breaks"]]
    rows = []
    for ordinal in (*range(len(breaks) + 1, 0, -1), 0):
        limits = limits_of(breaks, ordinal) if ordinal else ""
        units = [count(run.classes.get(level, {}).get(ordinal, (0, 0.0))[0]) for level in LEVELS]
        rows.append(
            {
                "ordinal": ordinal,
                "word": class_word(ordinal, language),
                "limits": limits,
                "units": units,
            }
        )
    return rows


def parameter_rows(parameters: Mapping[str, Any]) -> list[dict[str, Any]]:
    """
    List the numbers of a method, table by table.

    Parameters
    ----------
    parameters
        As the run stored them.

    Returns
    -------
    list of dict
        ``name``, ``entries`` (name and value as text), ``source`` and whether it ``is_verified``.
    """
    return [
        {
            "name": name,
            "entries": [
                (key, ", ".join(map(str, value)) if isinstance(value, list) else str(value))
                for key, value in table.items()
                if key not in {"source", "check"}
            ],
            "source": table.get("source", ""),
            "is_verified": table.get("check") != _UNVERIFIED,
        }
        for name, table in parameters.items()
        if isinstance(table, Mapping)
    ]


def _inputs(run: ZoningCard, language: Language) -> list[dict[str, str]]:
    told = run.inputs.get("sources", {})
    return [
        {
            "name": layer_word(name, language),
            "code": name,
            **{
                fact: told.get(name, {}).get(fact) or ""
                for fact in ("data_date", "provider", "received_on")
            },
            "rows": count(each["rows"]) if "rows" in each else "",
            "sha256": f"{each['sha256'][:_HASH_SIGNS]}…",
            "whole": each["sha256"],
        }
        for name, each in run.inputs.get("layers", {}).items()
    ]


def _validation(run: ZoningCard, language: Language) -> dict[str, Any]:
    told = run.validation or {}
    if not told.get("is_validated"):
        reason = told.get("reason", UnvalidatedReason.NO_EVENT.value)
        return {"reason": _label(UnvalidatedReason, reason, language), "n": told.get("n", 0)}
    say = speak(language)
    columns = [told, *(told.get(rival, {}) for rival in RIVALS)]
    return {
        "reason": "", "n": count(told["n"]), "events": told["events"],
        "unseen": told.get("unseen_units", 0), "is_made_up": told["is_made_up"],
        "base_rate": share(told["base_rate"]),
        "columns": [say(f"validation.{name}") for name in (OWN, *RIVALS)],
        "scores": [
            (
                say(f"validation.{name}"),
                ["–" if each.get(name) is None else f"{each[name]:.2f}" for each in columns],
            )
            for name in SCORES
        ],
    }  # fmt: skip


def _missing(run: ZoningCard, language: Language) -> list[tuple[str, int]]:
    """Count the units without a class by reason and level."""
    counts: dict[tuple[str, str], int] = {}
    for each in run.summary.get("not_assessed", []):
        key = (each["level"], each["reason"])
        counts[key] = counts.get(key, 0) + 1
    say = speak(language)
    return [
        (f"{say(f'zoning_level.{level}')}: {_label(UnassessedReason, reason, language)}", units)
        for (level, reason), units in sorted(counts.items())
    ]


def _areas(run: ZoningCard, language: Language) -> list[dict[str, Any]]:
    say = speak(language)
    shown = [
        each for each in run.summary.get("areas", [])
        if (each["risk_class"] or 0) >= RiskLevel.MEDIUM.ordinal
    ]  # fmt: skip
    return [
        {
            "name": say("zoning.area", name=each["name"], villages=len(each["villages"]))
            if len(each["villages"]) > 1 else each["name"],
            "code": each["code"], "ordinal": each["risk_class"],
            "word": class_word(each["risk_class"], language), "people": count(each["people"]),
            "area_km2": f"{each['area_m2'] / 1e6:,.2f}",
        }
        for each in shown
    ]  # fmt: skip


def run_facts(store: Store, run: ZoningCard, language: Language) -> dict[str, Any]:
    """
    Gather all that is said of a run, on its page as in its report.

    Parameters
    ----------
    store
        The district's store, any role.
    run
        The run.
    language
        Language of the words.

    Returns
    -------
    dict
        What the template ``zoning_facts.html`` asks for.
    """
    say = speak(language)
    level_words = [say(f"zoning_level.{level}") for level in LEVELS]
    unsure = run.summary.get("unsure") or {}
    names = {each.code: each.name or each.code for each in run_factors(store, run, "village")}
    depths = run.summary.get("depth_classes") or {}
    return {
        "run": head_of(run, store, language), "classes": class_rows(run, language),
        "levels": level_words, "how": how_set(run, language),
        "others_words": in_words_of_others(run, language),
        "validation": _validation(run, language),
        "doubt": run.parameters.get("uncertainty") if unsure else None,
        "depth_rmse_m": None if is_of_factors(run) else depths.get("rmse_m"),
        "unsure": [(word, unsure.get(at)) for word, at in zip(level_words, LEVELS, strict=True)],
        "missing": _missing(run, language), "areas": _areas(run, language),
        "depth_origin": depth_sentence(run.summary.get("depth") or {}, language, say),
        "depths": depth_rows(run, language), "movers": mover_rows(run, names, language),
        "inputs": _inputs(run, language), "parameters": parameter_rows(run.parameters),
    }  # fmt: skip
