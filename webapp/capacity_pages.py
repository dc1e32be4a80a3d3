"""Coping capacity as pages for the office: all towns and villages, and one of them."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, abort, request
from werkzeug.wrappers import Response as AnyResponse

from census.intake.forms import forms
from census.products.coping_words import value_told
from census.store.capacity_runs import CapacityRun, UnitCapacity, capacity_of, current_capacity
from census.store.database import Store
from geo.vocabulary import CapacityLevel
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.words import Language, count, share, speak
from webapp.zoning_facts import parameter_rows

ROOT: Final = "/capacity"
LEVELS: Final = ("town", "village")
BREAKS: Final = ("natural_breaks", "mean_sd", "fixed", "fewer_breaks")
REASONS: Final = ("not_delivered", "no_value", "all_alike")
LEFT_OUT: Final = ("outside", "no_capacity", "no_members", "not_told_working", "unfit", "expired")
UNVERIFIED: Final = "待核"


def _word(ordinal: int | None, language: Language) -> str:
    if not ordinal:
        return speak(language)("map.unknown")
    return CapacityLevel.from_ordinal(ordinal).label(language)


def _head(run: CapacityRun, store: Store) -> dict[str, Any]:
    made = run.made_at.astimezone(ZoneInfo(store.district.timezone))
    return {
        "number": run.number, "made_at": f"{made:%Y-%m-%d %H:%M}", "data_date": run.data_date,
        "rule_edition": run.rule_edition, "code_version": run.code_version,
    }  # fmt: skip


def class_rows(run: CapacityRun, language: Language) -> list[dict[str, Any]]:
    """
    Tell how many towns and villages have each class.

    Parameters
    ----------
    run
        The assessment.
    language
        Language of the page.

    Returns
    -------
    list of dict
        ``ordinal`` (0 for not assessed), ``word`` and ``units`` by level, the weakest class first.
    """
    missing = [each["level"] for each in run.summary["not_assessed"]]
    counts = {level: [missing.count(level), *run.summary["classes"][level]] for level in LEVELS}
    return [
        {
            "ordinal": ordinal,
            "word": _word(ordinal, language),
            "units": [count(counts[level][ordinal]) for level in LEVELS],
        }
        for ordinal in (*range(1, len(run.scheme["words"]) + 1), 0)
    ]


def _limits(run: CapacityRun, language: Language) -> list[str]:
    say = speak(language)
    return [
        say(
            f"capacity_breaks.{each['method']}",
            level=say(f"zoning_level.{level}"),
            units=each["units"],
            breaks=", ".join(f"{limit:.3f}" for limit in each["breaks"]) or "–",
        )
        for level in LEVELS
        for each in (run.scheme["levels"][level],)
    ]


def _label(run: CapacityRun, name: str, language: Language) -> str:
    label = str(run.parameters["indicator"][name][f"label_{language}"])
    return label[:1].upper() + label[1:]


def _ordered(
    run: CapacityRun, level: str, by_name: Mapping[str, Mapping[str, Any]]
) -> list[tuple[str, Mapping[str, Any]]]:
    """Order indicators by their weight in the method; the database keeps no order of names."""
    tables = run.parameters["indicator"]
    return sorted(by_name.items(), key=lambda each: (-tables[each[0]]["weights"][level], each[0]))


def indicator_rows(run: CapacityRun, level: str, language: Language) -> list[dict[str, Any]]:
    """
    Tell of each indicator of a level what it counts, how it is scored and what it lacks.

    Parameters
    ----------
    run
        The assessment.
    level
        ``town`` or ``village``.
    language
        Language of the page.

    Returns
    -------
    list of dict
        ``label``, ``counts``, ``weight``, ``none`` and ``full`` (values of no and full points),
        ``missing_units``, ``reason`` for taking no part, ``left_out``, ``source`` and whether it
        ``is_verified``.
    """
    say, rows = speak(language), []
    scales = run.scheme["levels"][level]["scales"]
    for name, told in _ordered(run, level, run.summary["indicators"][level]):
        table = run.parameters["indicator"][name]
        scale = scales.get(name)
        none, full = _ends(scale, table, language) if scale else ("–", "–")
        rows.append(
            {
                "label": _label(run, name, language),
                "counts": table[f"counts_{language}"],
                "weight": f"{scale['weight']:.1%}" if scale else "–",
                "none": none,
                "full": full,
                "missing_units": count(told["missing_units"]),
                "reason": _reason(told, language),
                "left_out": [
                    say(f"capacity_left.{why}", rows=count(number))
                    for why, number in told["left_out"].items()
                ],
                "source": table["source"],
                "is_verified": table["check"] != UNVERIFIED,
            }
        )
    return rows


def _ends(
    scale: Mapping[str, float], table: Mapping[str, Any], language: Language
) -> tuple[str, str]:
    low, high = (value_told(scale[end], table["unit"], language) for end in ("low", "high"))
    return (high, low) if table["direction"] == "less" else (low, high)


def _reason(told: Mapping[str, Any], language: Language) -> str:
    if not told["reason"]:
        return ""
    words = {form.table: form.label_zh if language == "zh" else form.label_en for form in forms()}
    tables = [words.get(name, name) for name in told["empty_tables"]]
    separator = "、" if language == "zh" else ", "
    return speak(language)(f"capacity_reason.{told['reason']}", tables=separator.join(tables))


def _line(run: CapacityRun, unit: UnitCapacity, language: Language) -> dict[str, Any]:
    return {
        "code": unit.code,
        "name": unit.name or unit.code,
        "town": unit.town_name if unit.level == "village" else "",
        "href": f"{ROOT}/{unit.code}",
        "ordinal": unit.capacity_class or 0,
        "word": _word(unit.capacity_class, language),
        "index": "–" if unit.capacity_index is None else f"{unit.capacity_index:.3f}",
        "weakest": _label(run, unit.weakest[0], language) if unit.weakest else "–",
        "lift": _lift(run, unit, language),
        "known": share(unit.known_share),
    }


def _lift(run: CapacityRun, unit: UnitCapacity, language: Language) -> str:
    name = unit.lift_indicator
    if name is None:
        return "–"
    kind = run.parameters["indicator"][name]["unit"]
    return (
        f"{_label(run, name, language)} → {value_told(unit.indicator_needed[name], kind, language)}"
    )


def _towns(units: Sequence[UnitCapacity]) -> list[tuple[str, str]]:
    return sorted((each.code, each.name or each.code) for each in units if each.level == "town")


def _list_page(store: Store) -> AnyResponse:
    language, office = session.language(), identity.office()
    say = speak(language)
    run = current_capacity(office)
    if run is None:
        return drawn(store, "capacity.html", title=say("capacity.title"), run=None)
    units = capacity_of(office, run)
    town = request.args.get("town", "")
    shown = [each for each in units if not town or each.town_code == town]
    tables = [
        (
            say(f"zoning_level.{level}"),
            [_line(run, each, language) for each in shown if each.level == level],
        )
        for level in LEVELS
    ]
    indicators = [
        (say(f"zoning_level.{level}"), indicator_rows(run, level, language)) for level in LEVELS
    ]
    rules = {name: run.parameters[name] for name in ("quality", "classes")}
    return drawn(
        store, "capacity.html",
        title=say("capacity.title"), run=_head(run, store), classes=class_rows(run, language),
        levels=[word for word, _ in tables], limits=_limits(run, language), tables=tables,
        towns=_towns(units), town=town, indicators=indicators, rules=parameter_rows(rules),
        without_people=len(run.summary["without_people"]),
    )  # fmt: skip


def value_rows(run: CapacityRun, unit: UnitCapacity, language: Language) -> list[dict[str, Any]]:
    """
    Tell of a unit's indicators value, score and weight, and what each alone would have to be.

    Parameters
    ----------
    run
        The assessment.
    unit
        The unit.
    language
        Language of the page.

    Returns
    -------
    list of dict
        ``label``, ``value``, ``full``, ``score`` (0-1 or None), ``weight`` and ``needed``,
        the heaviest first.
    """
    rows = []
    for name, scale in _ordered(run, unit.level, run.scheme["levels"][unit.level]["scales"]):
        table = run.parameters["indicator"][name]
        needed = unit.indicator_needed.get(name)
        rows.append(
            {
                "label": _label(run, name, language),
                "counts": table[f"counts_{language}"],
                "value": value_told(unit.indicator_values[name], table["unit"], language),
                "full": _ends(scale, table, language)[1],
                "score": unit.indicator_scores[name],
                "weight": f"{scale['weight']:.1%}",
                "needed": value_told(needed, table["unit"], language),
                "is_verified": table["check"] != UNVERIFIED,
            }
        )
    return rows


def _unit_page(store: Store, code: str) -> AnyResponse:
    language, office = session.language(), identity.office()
    run = current_capacity(office) or abort(404)
    (unit,) = capacity_of(office, run, code=code) or abort(404)
    idle = [row for row in indicator_rows(run, unit.level, language) if row["reason"]]
    return drawn(
        store, "capacity_unit.html",
        title=unit.name or unit.code, run=_head(run, store), unit=_line(run, unit, language),
        map_href=f"/{unit.level}/{unit.code}", rows=value_rows(run, unit, language), idle=idle,
        why=unit.why_zh if language == "zh" else unit.why_en,
        lift=unit.lift_zh if language == "zh" else unit.lift_en,
        of_town=f"{ROOT}?town={unit.code}" if unit.level == "town" else "",
    )  # fmt: skip


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages of coping capacity.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """
    server.get(ROOT, endpoint="capacity")(lambda: _list_page(store))
    server.get(f"{ROOT}/<code>", endpoint="capacity_unit")(lambda code: _unit_page(store, code))
