"""Say of a run that it was recomputed, and of two runs which recomputed ones compare instead."""

from collections.abc import Sequence
from typing import Any, Final

from census.products.run_methods import (
    FROM_FACTORS,
    FROM_INPUTS,
    compares,
    counterpart,
    is_of_same_data,
    needing_inputs,
    unlike,
)
from census.store.cards import ZoningCard
from webapp.words import Language, speak

WAYS: Final = (FROM_INPUTS, FROM_FACTORS)


def origin_of(run: ZoningCard, language: Language) -> dict[str, str] | None:
    """
    Tell from which run a run was recomputed, and out of what.

    Parameters
    ----------
    run
        The run.
    language
        Language of the words.

    Returns
    -------
    dict or None
        ``number`` and ``href`` of the original, ``method_of``, ``said`` (a sentence on the way it
        was done); None for a run that was made from its inputs when it was published.
    """
    if run.original is None:
        return None
    told, say = run.inputs.get("recomputed", {}), speak(language)
    way = told.get("way")
    return {
        "number": run.original, "href": f"/zonings/{run.original}",
        "method_of": str(told.get("method_of", "")),
        "said": say(f"recomputed_way.{way}") if way in WAYS else "",
    }  # fmt: skip


def is_of_factors(run: ZoningCard) -> bool:
    """
    Tell whether the depths of a run were gone when it was recomputed.

    Parameters
    ----------
    run
        The run.

    Returns
    -------
    bool
        True where only what was kept of each unit was there.
    """
    return bool(run.inputs.get("recomputed", {}).get("way") == FROM_FACTORS)


def bridge(
    before: ZoningCard, after: ZoningCard, runs: Sequence[ZoningCard], language: Language
) -> dict[str, Any]:
    """
    Offer runs that were recomputed so that they compare, where two runs do not.

    Parameters
    ----------
    before, after
        The runs that are held against each other.
    runs
        All runs, the newest first.
    language
        Language of the words.

    Returns
    -------
    dict
        ``differ`` (tables), ``same_breaks``, ``offers`` (``text`` and ``href`` of comparisons that
        stand on one method and one set of limits) and ``said``: why there is none, or what to do.
    """
    say = speak(language)
    same = compares(before, after)
    told: dict[str, Any] = {
        "differ": unlike(before, after), "offers": [], "said": "",
        "same_breaks": before.scheme["breaks"] == after.scheme["breaks"],
    }  # fmt: skip
    if same or before.hazard != after.hazard:
        return told
    pairs = [
        (after, after.number, counterpart(before, after, runs)),
        (before, counterpart(after, before, runs), before.number),
    ]
    told["offers"] = [
        {
            "text": say("recomputed.both", number=model.number),
            "href": f"/zonings/{one}/against/{other}",
        }
        for model, one, other in pairs
        if one and other
    ]
    if not told["offers"] and is_of_same_data(before, after):
        # Under one method they would be one run: nothing is recomputed, and nothing is to be done.
        told["said"] = say("recomputed.same_data")
    elif not told["offers"]:
        tables = needing_inputs(before.parameters, after.parameters)
        names = say("zoning.comma").join(tables)
        told["said"] = say("recomputed.needs", tables=names) if tables else say("recomputed.how")
    return told
