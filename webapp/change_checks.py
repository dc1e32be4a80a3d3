"""What a delivery means beside its rows: cross-checks it breaks and mends, a grid as a whole."""

from collections.abc import Mapping
from typing import Any, Final

from census.store.connection import Store
from census.store.deliveries import generations
from census.store.proposal_events import OPEN
from census.store.proposal_reading import Proposal
from webapp.census_pages.pages import label, layer_forms, object_path
from webapp.words import Language, speak

SHOWN: Final = 100
GRID: Final = ("columns", "rows", "cell", "valued", "lowest", "highest", "mean")
_WHOLE: Final = frozenset({"columns", "rows", "valued"})


def checks_of(office: Store, found: Proposal, language: Language) -> dict[str, Any]:
    """
    Gather what the cross-checks said of the district as it would be.

    Parameters
    ----------
    office
        The store, role app.
    found
        The proposal.
    language
        Language of the page.

    Returns
    -------
    dict
        ``checks``, None where nothing was asked, and ``grid``, None but for a raster.
    """
    told = found.found.get("checks")
    return {
        "checks": None if told is None else _checks(office, found, told, language),
        "grid": _grid(found.found.get("whole"), language),
    }


def _checks(
    office: Store, found: Proposal, told: Mapping[str, Any], language: Language
) -> dict[str, Any]:
    if told.get("is_broken_off"):
        return {"is_broken_off": True}
    rules = {each["rule"]: each for each in told["rules"]}
    parts = {kind: [_row(each, rules, language) for each in told[kind][:SHOWN]]
             for kind in ("broken", "mended")}  # fmt: skip
    counts = {kind: sum(each[kind] for each in rules.values()) for kind in parts}
    return {
        "is_broken_off": False,
        **parts,
        "counts": counts,
        "asked": [_title(each, language) for each in rules.values() if not each["empty"]],
        "asked_on": told["asked_on"],
        "unasked": [
            (_title(each, language), _layers(each["empty"], language))
            for each in rules.values()
            if each["empty"]
        ],
        "moves_others": told["moves_others"],
        # Once it is loaded, its own layer has changed, rightly.
        "outdated": _changed_since(office, told, language) if found.state in OPEN else "",
    }


def _title(rule: Mapping[str, Any], language: Language) -> str:
    return str(rule[f"title_{language}"])


def _layers(tables: list[str], language: Language) -> str:
    known = layer_forms()
    names = [label(known[each], language) if each in known else each for each in tables]
    return ("、" if language == "zh" else ", ").join(names)


def _changed_since(office: Store, told: Mapping[str, Any], language: Language) -> str:
    now = generations(office)
    changed = [name for name, state in told["generations"].items() if now.get(name, 0) != state]
    return _layers(changed, language)


def _row(
    finding: Mapping[str, Any], rules: Mapping[str, Mapping[str, Any]], language: Language
) -> dict[str, Any]:
    rule, form = rules[finding["rule"]], layer_forms().get(finding["table"])
    return {
        "title": _title(rule, language),
        "clause": rule[f"clause_{language}"],
        "level": rule["level"],
        "level_word": speak(language)(f"change_level.{rule['level']}"),
        "layer": "" if form is None else label(form, language),
        "name": finding["name"],
        "code": finding["code"],
        "href": object_path(form, finding["code"]) if form and finding["code"] else "",
        "sentence": finding[f"sentence_{language}"],
        "fix": finding[f"fix_{language}"],
    }


def _grid(told: Mapping[str, Any] | None, language: Language) -> dict[str, Any] | None:
    """Put a raster beside the one that stands, figure by figure."""
    if told is None:
        return None
    comes, stood = told["comes"], told["stood"] or {}
    say = speak(language)
    return {
        "is_same": bool(stood) and stood["sha256"] == comes["sha256"],
        "is_first": not stood,
        "lines": [
            (say(f"change_grid.{name}"), _figure(name, stood.get(name)), _figure(name, comes[name]))
            for name in GRID
        ],
    }


def _figure(name: str, value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if name in _WHOLE else f"{value:,.6g}"
