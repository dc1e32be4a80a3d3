"""Zoning runs as pages: what each was made from, what it says, and what changed between two."""

from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, abort, request
from werkzeug.wrappers import Response as AnyResponse

from census.intake.forms import forms
from census.store.cards import ZoningCard
from census.store.database import Store
from census.store.zoning_runs import (
    ClassChange,
    class_changes,
    kept_run,
    kept_runs,
    run_factors,
)
from geo.errors import ParameterError
from geo.vocabulary import RiskLevel, UnassessedReason, UnvalidatedReason
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.markup import label
from webapp.overview import OWN, RIVALS, SCORES
from webapp.words import Language, count, share, speak
from webapp.zoning_doubts import depth_rows, mover_rows
from webapp.zoning_scheme import how_set, in_words_of_others, limits_of

ROOT: Final = "/zonings"
LEVELS: Final = ("town", "village", "grid_unit")
LISTED: Final = 100
FACTORS: Final = ("hazard", "exposure", "vulnerability")
TRY: Final = "zoning.try"
_UNVERIFIED: Final = "待核"
_HASH_SIGNS: Final = 12


def _word(ordinal: int | None, language: Language) -> str:
    if not ordinal:
        return speak(language)("map.unknown")
    return RiskLevel.from_ordinal(ordinal).label(language)


def _head(run: ZoningCard, store: Store) -> dict[str, Any]:
    made = run.made_at.astimezone(ZoneInfo(store.district.timezone))
    return {
        "number": run.number, "made_at": f"{made:%Y-%m-%d %H:%M}", "data_date": run.data_date,
        "rule_edition": run.rule_edition, "code_version": run.code_version,
        "is_current": run.is_current, "href": f"{ROOT}/{run.number}",
    }  # fmt: skip


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
            {"ordinal": ordinal, "word": _word(ordinal, language), "limits": limits, "units": units}
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
    words = {form.name: form.label_zh if language == "zh" else form.label_en for form in forms()}
    return [
        {
            "name": words.get(name, name),
            "rows": count(each["rows"]) if "rows" in each else "",
            "sha256": each["sha256"][:_HASH_SIGNS],
        }
        for name, each in run.inputs.get("layers", {}).items()
    ]


def _validation(run: ZoningCard, language: Language) -> dict[str, Any]:
    told = run.validation or {}
    if not told.get("is_validated"):
        reason = told.get("reason", UnvalidatedReason.NO_EVENT.value)
        return {"reason": label(UnvalidatedReason, reason, language), "n": told.get("n", 0)}
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
        (f"{say(f'zoning_level.{level}')}: {label(UnassessedReason, reason, language)}", units)
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
            "word": _word(each["risk_class"], language), "people": count(each["people"]),
            "area_km2": f"{each['area_m2'] / 1e6:,.2f}",
        }
        for each in shown
    ]  # fmt: skip


def _list_page(store: Store) -> AnyResponse:
    language = session.language()
    runs = kept_runs(store)
    rows = [_head(run, store) | {"rows": class_rows(run, language)} for run in runs]
    return drawn(store, "zonings.html", title=speak(language)("zoning.title"), runs=rows)


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
        "run": _head(run, store), "classes": class_rows(run, language),
        "levels": level_words, "how": how_set(run, language),
        "others_words": in_words_of_others(run, language),
        "validation": _validation(run, language),
        "doubt": run.parameters.get("uncertainty") if unsure else None,
        "depth_rmse_m": depths.get("rmse_m"),
        "unsure": [(word, unsure.get(at)) for word, at in zip(level_words, LEVELS, strict=True)],
        "missing": _missing(run, language), "areas": _areas(run, language),
        "depths": depth_rows(run, language), "movers": mover_rows(run, names, language),
        "inputs": _inputs(run, language), "parameters": parameter_rows(run.parameters),
    }  # fmt: skip


def _run_page(store: Store, number: str) -> AnyResponse:
    run = kept_run(store, number) or abort(404)
    return drawn(
        store, "zoning.html", title=run.number, **run_facts(store, run, session.language()),
        others=[_head(each, store) for each in kept_runs(store) if each.number != number],
        may_try=identity.current_actor().may(TRY) and "index" in run.parameters,
    )  # fmt: skip


def moves(changes: list[ClassChange], language: Language) -> list[dict[str, Any]]:
    """
    Count how many units went from which class to which.

    Parameters
    ----------
    changes
        Units of both runs.
    language
        Language of the page.

    Returns
    -------
    list of dict
        ``before``, ``after`` as words, ``units``, and whether they ``rose``; those that stayed
        are left out.
    """
    counts: dict[tuple[int, int], int] = {}
    for each in changes:
        pair = (each.before or 0, each.after or 0)
        if pair[0] != pair[1]:
            counts[pair] = counts.get(pair, 0) + 1
    return [
        {
            "before": _word(before, language), "after": _word(after, language), "units": units,
            "rose": bool(before) and after > before,
        }
        for (before, after), units in sorted(counts.items(), key=lambda each: each[0][::-1])[::-1]
    ]  # fmt: skip


def _told(changes: list[ClassChange], language: Language) -> dict[str, Any]:
    """Put changes into words: how many of which kind, and the first of them one by one."""
    changed = [each for each in changes if each.before != each.after]
    rows = [
        {
            "name": each.name or each.code, "town": each.town_name or "", "code": each.code,
            "before": _word(each.before, language), "after": _word(each.after, language),
            "index_before": "–" if each.index_before is None else f"{each.index_before:.3f}",
            "index_after": "–" if each.index_after is None else f"{each.index_after:.3f}",
        }
        for each in changed[:LISTED]
    ]  # fmt: skip
    return {
        "moves": moves(changes, language), "rows": rows, "changed": len(changed),
        "units": len(changes),
    }  # fmt: skip


def _asked(run: ZoningCard) -> tuple[list[float], float]:
    """Read the weights asked for; those of the run where nothing is asked, or no number."""
    own = run.parameters["index"]
    asked = [
        request.args.get(name, default=float(value), type=float)
        for name, value in zip((*FACTORS, "k"), (*own["powers"], own["k"]), strict=True)
    ]
    return asked[:-1], asked[-1]


def _trial_page(store: Store, number: str) -> AnyResponse:
    from census.products.weights_trial import try_weights  # noqa: PLC0415  (numba; few ask)

    language = session.language()
    run = kept_run(store, number) or abort(404)
    if "index" not in run.parameters:
        abort(404)
    shares, k = _asked(run)
    facts: dict[str, Any] = {"fault": None, "told": None, "powers": ""}
    try:
        trial = try_weights(run, run_factors(store, run, "village"), shares, k)
        facts["told"] = _told(trial.changes, language)
        facts["powers"] = ", ".join(f"{each:.3g}" for each in trial.powers)
    except ParameterError as fault:
        facts["fault"] = fault.sentence_zh if language == "zh" else fault.sentence_en
    say = speak(language)
    fields = [(name, say(f"why.{name}"), each) for name, each in zip(FACTORS, shares, strict=True)]
    return drawn(
        store, "zoning_trial.html", title=say("zoning.trial"), run=_head(run, store), k=k,
        fields=fields, trial_fault=facts["fault"], told=facts["told"], powers=facts["powers"],
    )  # fmt: skip


def _against_page(store: Store, number: str, other: str) -> AnyResponse:
    language = session.language()
    after, before = (kept_run(store, each) or abort(404) for each in (number, other))
    changes = class_changes(store, before, after, "village")
    differ = [
        name
        for name in sorted({*before.parameters, *after.parameters})
        if before.parameters.get(name) != after.parameters.get(name)
    ]
    return drawn(
        store, "zoning_against.html",
        title=f"{after.number} / {before.number}", after=_head(after, store),
        before=_head(before, store), differ=differ, told=_told(changes, language),
        same_breaks=before.scheme["breaks"] == after.scheme["breaks"],
    )  # fmt: skip


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages of zoning runs.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it.
    """
    server.get(ROOT, endpoint="zonings")(lambda: _list_page(store))
    server.get(f"{ROOT}/<number>", endpoint="zoning")(lambda number: _run_page(store, number))
    server.get(f"{ROOT}/<number>/what-if", endpoint="zoning_trial")(
        lambda number: _trial_page(store, number)
    )
    server.get(f"{ROOT}/<number>/against/<other>", endpoint="zoning_against")(
        lambda number, other: _against_page(store, number, other)
    )
