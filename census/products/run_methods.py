"""Hold the methods of two runs against each other: what differs, and what a recomputing needs."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

from census.store.cards import ZoningCard

FACTOR_TABLES: Final = (
    "depth", "hazard_score", "exposure", "vulnerability", "capacity", "index", "dasymetric",
)  # fmt: skip
"""Tables of a method that the index hangs on: limits mean the same only where they agree."""
INPUT_TABLES: Final = ("depth", "hazard_score", "capacity", "dasymetric")
"""Tables behind H and C, which are kept as the run had them: another needs the cells anew."""
FROM_INPUTS: Final = "inputs"
"""A run was recomputed from its inputs, which had not changed."""
FROM_FACTORS: Final = "factors"
"""A run was recomputed from what it kept of each unit; its cells were gone."""
_WORDS_ABOUT: Final = frozenset({"source", "check"})
_KEPT_OF_EXPOSURE: Final = frozenset({"percentiles"})


def differing_tables(
    one: Mapping[str, Any], other: Mapping[str, Any], among: Iterable[str] = FACTOR_TABLES
) -> list[str]:
    """
    Name the tables in which two methods differ; words about a number do not count.

    Parameters
    ----------
    one, other
        Parameters of two runs.
    among
        Tables that are looked at; by default those that the index hangs on.

    Returns
    -------
    list of str
        Names out of ``among``.
    """
    return [name for name in among if _numbers(one, name) != _numbers(other, name)]


def unlike(one: ZoningCard, other: ZoningCard) -> list[str]:
    """
    Name all tables in which two runs differ.

    Parameters
    ----------
    one, other
        The runs.

    Returns
    -------
    list of str
        Names; the rules of the limits count only where the limits themselves differ, for
        limits that were lent are those of the lender.
    """
    known = {
        name for each in (one, other) for name, table in each.parameters.items()
        if isinstance(table, Mapping)
    }  # fmt: skip
    found = differing_tables(one.parameters, other.parameters, sorted(known - {"classes"}))
    is_set_alike = _rules_of_limits(one) == _rules_of_limits(other)
    return found if is_set_alike or has_same_limits(one, other) else [*found, "classes"]


def _rules_of_limits(run: ZoningCard) -> dict[str, Any]:
    return _numbers(run.parameters, "classes") | {"base_run": ""}


def has_same_limits(one: ZoningCard, other: ZoningCard) -> bool:
    """
    Tell whether two runs class between the same limits, their densities placed alike.

    Parameters
    ----------
    one, other
        The runs.

    Returns
    -------
    bool
        True where breaks and percentiles agree to the last bit.
    """
    names = ("breaks", "density_percentiles_per_km2")
    return all(one.scheme.get(name) == other.scheme.get(name) for name in names)


def compares(one: ZoningCard, other: ZoningCard) -> bool:
    """
    Tell whether a change of class between two runs is a change of risk.

    Parameters
    ----------
    one, other
        The runs.

    Returns
    -------
    bool
        True for two runs of one hazard whose index is made alike, between the same limits.
    """
    is_alike = not differing_tables(one.parameters, other.parameters)
    return one.hazard == other.hazard and is_alike and has_same_limits(one, other)


def is_of_same_data(one: ZoningCard, other: ZoningCard) -> bool:
    """
    Tell whether two runs were made of the same data, so that only their methods can differ.

    Parameters
    ----------
    one, other
        The runs.

    Returns
    -------
    bool
        True where date and hashes of all inputs agree; False where either names no inputs.
    """
    layers, others = (each.inputs.get("layers") for each in (one, other))
    return bool(layers) and one.data_date == other.data_date and layers == others


def needing_inputs(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """
    Name the tables that keep an old run from being recomputed out of what it kept.

    Parameters
    ----------
    old, new
        Parameters of the old run, and of the method under which it is wanted.

    Returns
    -------
    list of str
        Tables behind H and C that differ; ``exposure`` where people are measured otherwise (how
        many percentiles are frozen does not matter: they are lent); empty where nothing is in the
        way.
    """
    found = differing_tables(old, new, INPUT_TABLES)
    ways = [
        {key: value for key, value in _numbers(each, "exposure").items()
         if key not in _KEPT_OF_EXPOSURE}
        for each in (old, new)
    ]  # fmt: skip
    return found if ways[0] == ways[1] else [*found, "exposure"]


def counterpart(run: ZoningCard, beside: ZoningCard, runs: Iterable[ZoningCard]) -> str | None:
    """
    Find a run that was recomputed so that it compares with another.

    Parameters
    ----------
    run
        The run that is wanted under another method.
    beside
        The run whose method and limits count.
    runs
        All runs, the newest first.

    Returns
    -------
    str or None
        Number of the newest such run; None where there is none.
    """
    own = run.recomputed_from or run.id
    fit = (each for each in runs if each.recomputed_from == own and compares(each, beside))
    return next((each.number for each in fit if each.id != run.id), None)


def _numbers(parameters: Mapping[str, Any], name: str) -> dict[str, Any]:
    table = parameters.get(name, {})
    return {key: value for key, value in table.items() if key not in _WORDS_ABOUT}
