"""Losses as pages: what each flood takes, the mean of a year, one unit, and the damage curves."""

from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, abort, request
from werkzeug.wrappers import Response as AnyResponse

from census.products.damage_curves import DamageCurve, damage_curves
from census.products.parameters import load_parameters
from census.store.database import Store
from census.store.loss_reading import LossRun, current_loss_runs, unit_annual_losses, unit_losses
from census.store.settings import data_folder
from geo.vocabulary import HazardType
from webapp import hazards, identity, session
from webapp.login_forms import drawn
from webapp.loss_figures import Figure, figure
from webapp.loss_told import (
    amount,
    class_table,
    flood_rows,
    loss_figure,
    marks,
    period_rows,
    plain,
)
from webapp.markup import label
from webapp.origin_words import layer_word
from webapp.words import Language, Say, speak
from webapp.zoning_facts import parameter_rows

ROOT: Final = "/losses"
CURVES: Final = "/curves"
OFFICE: Final = "census.read"
METHOD: Final = "flood_loss"
RATIOS: Final = (0.0, 0.25, 0.5, 0.75, 1.0)
HASH_SIGNS: Final = 12


def _asked_run(runs: list[LossRun], store: Store) -> LossRun | None:
    """Choose the run of the hazard asked for, else of the one that pages show, else any."""
    by_hazard = {run.hazard: run for run in runs}
    asked = request.args.get(hazards.COOKIE, "")
    if asked and asked not in by_hazard:
        abort(404)
    wanted = (asked, hazards.asked(), store.district.leading_hazard, *by_hazard)
    return next((by_hazard[each] for each in wanted if each in by_hazard), None)


def _reader(store: Store) -> tuple[Store, bool]:
    """Choose whose eyes the page has: the office sees also what is kept from the public."""
    is_office = identity.current_actor().may(OFFICE)
    return (identity.office() if is_office else store), is_office


def _head(run: LossRun, store: Store, language: Language) -> dict[str, Any]:
    made = run.made_at.astimezone(ZoneInfo(store.district.timezone))
    return {
        "number": run.number, "made_at": f"{made:%Y-%m-%d %H:%M}", "data_date": run.data_date,
        "rule_edition": run.rule_edition, "code_version": run.code_version,
        "hazard": label(HazardType, run.hazard, language), "hazard_code": run.hazard,
        "is_made_up": any(each["is_made_up"] for each in run.scenarios),
    }  # fmt: skip


def _year(annual: dict[str, Any] | None, language: Language) -> dict[str, str] | None:
    if annual is None:
        return None
    return {
        "people": plain(annual["people_per_year"]),
        "loss": amount(annual["loss_yuan_per_year"], language),
        "rarer": amount(annual["rarer_yuan_per_year"], language),
    }


def _unit_told(
    reader: Store, run: LossRun, code: str, language: Language, *, is_office: bool
) -> dict[str, Any]:
    """Tell all of one unit: its floods, its year, its curve, its classes of buildings."""
    say = speak(language)
    rows = unit_losses(reader, run, code=code, is_office=is_office)
    annual = next(iter(unit_annual_losses(reader, run, code=code, is_office=is_office)), None)
    return {
        "rows": flood_rows(rows, run, language, say),
        "year": _year(annual, language),
        "periods": period_rows(annual, run, language, say) if annual else [],
        "figure": loss_figure(rows, language, say),
        "classes": class_table(rows, run, language, say),
        "has_annual": run.summary["has_annual"],
    }


def _listed(
    reader: Store,
    run: LossRun,
    level: str,
    language: Language,
    *,
    is_office: bool,
    within: str = "",
) -> list[dict[str, Any]]:
    """List the units of a level, those that lose most in a mean year, or in the rarest flood."""
    years = run.scenarios[-1]["return_period_years"]
    worst = {
        row["division_code"]: row
        for row in unit_losses(reader, run, level=level, is_office=is_office)
        if row["return_period_years"] == years
    }
    annual = {
        row["division_code"]: row
        for row in unit_annual_losses(reader, run, level=level, is_office=is_office)
    }
    codes = [code for code in worst if within in {"", worst[code]["town_code"]}]
    codes.sort(key=lambda code: _severity(annual.get(code), worst[code]), reverse=True)
    return [
        {
            "code": code, "name": worst[code]["name"] or code,
            "year": _year(annual.get(code), language),
            "people": plain(worst[code]["people_affected"]),
            "loss": amount(worst[code]["loss_yuan"], language),
        }
        for code in codes
    ]  # fmt: skip


def _severity(annual: dict[str, Any] | None, worst: dict[str, Any]) -> tuple[float, float]:
    return (annual["loss_yuan_per_year"] if annual else 0.0, worst["loss_yuan"])


def _losses_page(store: Store) -> AnyResponse:
    language = session.language()
    say = speak(language)
    runs = current_loss_runs(store)
    run = _asked_run(runs, store)
    if run is None:
        return drawn(store, "losses.html", title=say("losses.title"), run=None)
    reader, is_office = _reader(store)
    towns = _listed(reader, run, "town", language, is_office=is_office)
    return drawn(
        store, "losses.html", title=say("losses.title"), run=_head(run, store, language),
        others=[(each.hazard, label(HazardType, each.hazard, language)) for each in runs],
        unit=_unit_told(reader, run, store.district.code, language, is_office=is_office),
        marks=marks(run, say), towns=towns, kept_back=run.summary["towns"] - len(towns),
        is_office=is_office, longest=f"{run.scenarios[-1]['return_period_years']:g}",
        parameters=parameter_rows(run.parameters), inputs=_inputs(run, language),
    )  # fmt: skip


def _inputs(run: LossRun, language: Language) -> list[dict[str, str]]:
    return [
        {"name": layer_word(name, language),
         "rows": f"{each.get('rows', ''):,}" if "rows" in each else "",
         "sha256": each["sha256"][:HASH_SIGNS]}
        for name, each in run.inputs["layers"].items()
    ]  # fmt: skip


def _unit_page(store: Store, code: str) -> AnyResponse:
    language = session.language()
    say = speak(language)
    run = _asked_run(current_loss_runs(store), store) or abort(404)
    reader = identity.office()
    rows = unit_losses(reader, run, code=code, is_office=True) or abort(404)
    level, name = rows[0]["level"], rows[0]["name"] or code
    below = (
        _listed(reader, run, "village", language, is_office=True, within=code)
        if level == "town"
        else []
    )
    return drawn(
        store, "loss_unit.html", title=say("losses.of", place=name), code=code, level=level,
        run=_head(run, store, language), villages=below,
        unit=_unit_told(reader, run, code, language, is_office=True),
        longest=f"{run.scenarios[-1]['return_period_years']:g}",
    )  # fmt: skip


def curve_told(
    curve: DamageCurve, value_yuan: float, language: Language, say: Say
) -> dict[str, Any]:
    """
    Tell a damage curve.

    Parameters
    ----------
    curve
        The curve.
    value_yuan
        What ratio 1 takes of a square metre of floor, yuan.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    dict
        Its name, words, figure and points.
    """
    name = curve.label_zh if language == "zh" else curve.label_en
    pairs = list(zip(curve.curve.intensity.tolist(), curve.curve.ratio.tolist(), strict=True))
    return {
        "name": name, "edition": curve.edition, "is_verified": curve.is_verified,
        "value": f"{value_yuan:,.0f}", "kinds": "、".join(sorted(curve.kinds)),
        "structures": "、".join(sorted(curve.structures)) or say("curves.any"),
        "figure": _curve_figure(pairs, say("curves.figure", name=name)),
        "points": [(f"{depth:g} m", f"{ratio:.0%}") for depth, ratio in pairs],
    }  # fmt: skip


def _curve_figure(pairs: list[tuple[float, float]], words: str) -> Figure:
    whole = [depth for depth, _ in pairs if depth == round(depth)]
    return figure(
        pairs, [(each, f"{each:g}") for each in whole], [(each, f"{each:.0%}") for each in RATIOS],
        words,
    )  # fmt: skip


def _curves_page(store: Store) -> AnyResponse:
    language = session.language()
    say = speak(language)
    found, rules = damage_curves(data_folder()), load_parameters(data_folder(), METHOD)
    told = [
        curve_told(each, rules["value"][f"{each.code}_yuan_per_m2"], language, say)
        for each in found.curves
    ]
    return drawn(
        store, "curves.html", title=say("curves.title"), curves=told, curves_edition=found.edition,
        source=found.source_zh if language == "zh" else found.source_en,
        value=rules["value"],
    )  # fmt: skip


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages of losses.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it.
    """
    server.get(ROOT, endpoint="losses")(lambda: _losses_page(store))
    server.get(f"{ROOT}/<code>", endpoint="loss_unit")(lambda code: _unit_page(store, code))
    server.get(CURVES, endpoint="curves")(lambda: _curves_page(store))
