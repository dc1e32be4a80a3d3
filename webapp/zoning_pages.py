"""Zoning runs as pages: what each was made from, what it says, and what changed between two."""

from typing import Any, Final

from flask import Flask, abort, request
from werkzeug.wrappers import Response as AnyResponse

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
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.words import Language, speak
from webapp.zoning_facts import ROOT, class_rows, class_word, head_of, run_facts
from webapp.zoning_history import bridge

LISTED: Final = 100
FACTORS: Final = ("hazard", "exposure", "vulnerability")
TRY: Final = "zoning.try"


def _list_page(store: Store) -> AnyResponse:
    language = session.language()
    runs = kept_runs(store)
    rows = [head_of(run, store, language) | {"rows": class_rows(run, language)} for run in runs]
    return drawn(store, "zonings.html", title=speak(language)("zoning.title"), runs=rows)


def _run_page(store: Store, number: str) -> AnyResponse:
    run, language = kept_run(store, number) or abort(404), session.language()
    return drawn(
        store, "zoning.html", title=run.number, **run_facts(store, run, language),
        # What another hazard does is no change of this one.
        others=[
            head_of(each, store, language) for each in kept_runs(store)
            if each.number != number and each.hazard == run.hazard
        ],
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
            "before": class_word(before, language), "after": class_word(after, language),
            "units": units, "rose": bool(before) and after > before,
        }
        for (before, after), units in sorted(counts.items(), key=lambda each: each[0][::-1])[::-1]
    ]  # fmt: skip


def _told(changes: list[ClassChange], language: Language) -> dict[str, Any]:
    """Put changes into words: how many of which kind, and the first of them one by one."""
    changed = [each for each in changes if each.before != each.after]
    rows = [
        {
            "name": each.name or each.code, "town": each.town_name or "", "code": each.code,
            "before": class_word(each.before, language), "after": class_word(each.after, language),
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
        store, "zoning_trial.html", title=say("zoning.trial"), run=head_of(run, store, language),
        k=k, fields=fields, trial_fault=facts["fault"], told=facts["told"], powers=facts["powers"],
    )  # fmt: skip


def _against_page(store: Store, number: str, other: str) -> AnyResponse:
    language = session.language()
    after, before = (kept_run(store, each) or abort(404) for each in (number, other))
    changes = class_changes(store, before, after, "village")
    return drawn(
        store, "zoning_against.html",
        title=f"{after.number} / {before.number}", after=head_of(after, store, language),
        before=head_of(before, store, language), told=_told(changes, language),
        **bridge(before, after, kept_runs(store), language),
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
