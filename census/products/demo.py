"""Load a whole place in one go: deliveries, import, zoning, hazard sites, evacuation plan."""

import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from census.errors import NotYetMadeError
from census.intake.entering import ImportReport
from census.intake.example import make_example, read_recipe
from census.intake.loading import import_delivery
from census.intake.places import prepare
from census.intake.prepared import Prepared
from census.intake.reading_room import ReadingRoom
from census.intake.recipes import SamplesMissingError
from census.intake.stored_context import KNOWN_TO_CHECKS, district_context
from census.products.coping_capacity import run_capacity
from census.products.evacuation_plan import PlanResult, propose_plan
from census.products.flood_losses import hazards_with_floods, run_losses
from census.products.hazard_sites import derive_hazard_sites
from census.products.loaded import EXAMPLE, made_from, stored_report
from census.products.zoning_run import ZoningResult, run_zoning
from census.store.connection import Store, open_server
from census.store.database import open_store
from census.store.layers import read_layer
from census.store.peoples_work import require_no_work
from census.store.places import (
    create_place,
    mark_complete,
    names,
    set_profile,
    sole_loader,
)
from census.store.settings import Settings, data_folder

Progress = Callable[[str], None]
T = TypeVar("T")


@dataclass
class Clock:
    """
    Seconds of each stage.

    Attributes
    ----------
    tell
        Called with the name of each stage as it begins.
    seconds
        Wall time by stage.
    """

    tell: Progress
    seconds: dict[str, float] = field(default_factory=dict)

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """
        Time the body of a ``with`` block.

        Parameters
        ----------
        name
            Name of the stage.

        Yields
        ------
        None
            Nothing.
        """
        self.tell(name)
        started = time.perf_counter()
        yield
        self.seconds[name] = round(time.perf_counter() - started, 3)


def load_place(
    settings: Settings,
    place: str,
    *,
    samples: Path | None = None,
    seed: int | None = None,
    villages: int | None = None,
    progress: Progress | None = None,
    drops_work: bool = False,
) -> dict[str, Any]:
    """
    Load a place into a database of its own and compute its products, unless that was done already.

    Parameters
    ----------
    settings
        The deployment.
    place
        ``example``, or a place with a recipe in ``data/places``.
    samples
        Folder of the public files; None for that of the settings. The example needs none.
    seed
        Seed of the example; None for the recipe's.
    villages
        Villages of the example; None for the recipe's.
    progress
        Called with the name of each stage.
    drops_work
        Load it anew also where people work in it.

    Returns
    -------
    dict
        Divisions per level, rows imported and refused per form, people, people_demand,
        people_served, people_unserved, validation, seconds per stage, and ``is_reused``.

    Raises
    ------
    UnknownPlaceError
        If there is neither recipe nor example of that name.
    SamplesMissingError
        If files of the place are not there.
    PlaceBusyError
        If another process loads it.
    PeoplesWorkError
        If it is to be loaded anew, people work in it, and ``drops_work`` is False.
    """
    origin = made_from(settings, place, samples=samples, seed=seed, villages=villages)
    stored = stored_report(settings, place, origin)
    if stored is not None:
        return stored
    clock = Clock(progress or (lambda _stage: None))
    folder = samples or settings.samples
    with (
        # Held over every step: the private server starts once.
        open_server(settings) as server,
        sole_loader(settings, place),
        tempfile.TemporaryDirectory(prefix="riskatlas-") as scratch,
    ):
        # Before minutes are spent on what is then refused.
        if not drops_work and place in names(server):
            require_no_work(server, place)
        with clock.stage("prepare"):
            prepared = _prepare(place, folder, Path(scratch), seed=seed, villages=villages)
        with clock.stage("create"):
            create_place(settings, place, prepared.profile, replace=True, drops_work=drops_work)
        with open_store(settings, place=place) as store:
            reports = _import(store, prepared, clock)
            figures = _products(store, clock)
            report = {**_counts(store, prepared, reports), **figures, "seconds": clock.seconds}
            clock.seconds["total"] = round(sum(clock.seconds.values()), 3)
            set_profile(store, {"fingerprint": origin, "report": report})
            mark_complete(store)
    return {**report, "is_reused": False}


def _prepare(
    place: str, samples: Path | None, out: Path, *, seed: int | None, villages: int | None
) -> Prepared:
    if place == EXAMPLE:
        recipe = read_recipe(data_folder() / "example" / "recipe.toml")
        return make_example(recipe, out, seed=seed, villages=villages)
    if samples is None:
        raise SamplesMissingError(place, [Path("$RISKATLAS_SAMPLES")])
    return prepare(place, samples, out)


def _import(store: Store, prepared: Prepared, clock: Clock) -> list[ImportReport]:
    """Import form by form; good rows enter, faulty ones are counted and listed."""
    reports: list[ImportReport] = []
    context: Any = None
    with ReadingRoom() as room:
        for form, files, stated in _in_turn(prepared):
            with clock.stage(f"import {form}{_which(stated)}"):
                context = context or district_context(store)
                reports.append(
                    import_delivery(
                        store, form, files, accept_faulty=True, room=room, context=context,
                        stated=stated,
                    )
                )  # fmt: skip
                context = None if form in KNOWN_TO_CHECKS else context
    return reports


def _in_turn(prepared: Prepared) -> list[tuple[str, list[Path], Mapping[str, float]]]:
    """Put the files of a form together, but for those of which something is stated."""
    together: dict[str, list[Path]] = {}
    alone: list[tuple[str, list[Path], Mapping[str, float]]] = []
    for form, path in prepared.deliveries:
        if path in prepared.stated:
            alone.append((form, [path], prepared.stated[path]))
        else:
            together.setdefault(form, []).append(path)
    return [*((form, files, {}) for form, files in together.items()), *alone]


def _which(stated: Mapping[str, float]) -> str:
    years = stated.get("return_period_years")
    return "" if years is None else f" T{years:g}"


def _products(store: Store, clock: Clock) -> dict[str, Any]:
    """Compute what the deliveries allow; what they do not is said."""
    figures: dict[str, Any] = {"not_made": []}
    with clock.stage("zoning"):
        zoning = _made(figures, lambda: run_zoning(store))
    with clock.stage("hazard_sites"):
        sites = _made(figures, lambda: derive_hazard_sites(store))
    with clock.stage("plan"):
        plan = _made(figures, lambda: propose_plan(store))
    with clock.stage("capacity"):
        capacity = _made(figures, lambda: run_capacity(store))
    with clock.stage("losses"):
        figures["losses"] = _losses(store, figures)
    figures |= {"hazard_sites_derived": sites.count if sites else 0}
    figures["capacity"] = capacity.number if capacity else None
    figures |= _zoning_figures(zoning) | _plan_figures(plan)
    if figures["people"] is None:
        # Who lives here is known without a zoning.
        people = read_layer(store, "people", columns=["people"])["people"]
        figures["people"] = int(people.sum()) if len(people) else None
    return figures


def _losses(store: Store, figures: dict[str, Any]) -> dict[str, str]:
    """Compute the losses of every hazard that has depths with a return period."""
    made = {
        hazard: _made(figures, partial(run_losses, store, hazard=hazard))
        for hazard in hazards_with_floods(store)
    }
    return {hazard: found.number for hazard, found in made.items() if found}


def _made(figures: dict[str, Any], make: Callable[[], T]) -> T | None:
    try:
        return make()
    except NotYetMadeError as fault:
        told = {"zh": fault.sentence_zh, "en": fault.sentence_en}
        # One missing delivery keeps several products away: it is told once.
        figures["not_made"] += [told] if told not in figures["not_made"] else []
        return None


def _zoning_figures(zoning: ZoningResult | None) -> dict[str, Any]:
    scores = zoning.validation if zoning else {}
    keys = ("hit_rate", "false_alarm", "csi", "auc", "n")
    return {
        "zoning": zoning.number if zoning else None,
        "people": zoning.summary["people"] if zoning else None,
        "validation": {key: scores.get(key) for key in keys}
        | {
            key: scores.get(key)
            for key in ("base_rate", "everything_floods", "depth_alone", "is_made_up", "reason")
            if key in scores
        },
    }


def _plan_figures(plan: PlanResult | None) -> dict[str, Any]:
    return {
        "plan": plan.number if plan else None,
        "people_demand": plan.demand_people if plan else None,
        "people_served": plan.served_people if plan else None,
        "people_unserved": plan.unserved_people if plan else None,
        "people_unserved_by_reason": plan.summary["unserved_by_reason"] if plan else None,
    }


def _counts(store: Store, prepared: Prepared, reports: list[ImportReport]) -> dict[str, Any]:
    levels = read_layer(store, "division", columns=["code", "level"])["level"].value_counts()
    return {
        "place": store.place,
        "divisions": {
            level: int(levels.get(level, 0)) for level in ("town", "village", "grid_unit")
        },
        "imported": _by_form(reports, lambda report: report.imported),
        "refused": _by_form(reports, lambda report: report.refused),
        "problems": {
            form: _by_level(
                [
                    each.level
                    for report in reports
                    if report.form == form
                    for each in report.problems
                ]
            )
            for form in dict.fromkeys(report.form for report in reports)
        },
        "prepared_notes": len(prepared.notes),
        "attribution": store.district.attribution,
    }


def _by_form(reports: list[ImportReport], count: Callable[[ImportReport], int]) -> dict[str, int]:
    """Add up the deliveries of each form."""
    sums: dict[str, int] = {}
    for report in reports:
        sums[report.form] = sums.get(report.form, 0) + count(report)
    return sums


def _by_level(levels: list[str]) -> dict[str, int]:
    return {level: levels.count(level) for level in sorted(set(levels))}
