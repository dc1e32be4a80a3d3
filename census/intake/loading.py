"""Deliveries into the store: read, check, and in one transaction change what differs."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from functools import partial
from pathlib import Path
from typing import Any

import geopandas as gpd

from census.intake.assembling import assemble
from census.intake.checking import check, divisions_first, outlines_first
from census.intake.context import Context
from census.intake.division_codes import part_withdrawn, settled_keys
from census.intake.emptied import no_rows_of, nothing_changes
from census.intake.entering import Entering, ImportReport, Prepared, tell
from census.intake.fault_places import with_places
from census.intake.fingerprint import sha256_of
from census.intake.forms import Form, form_named
from census.intake.grids import Grid, check_grid
from census.intake.merging import Merging, keys_of_refused
from census.intake.part_by_part import comes_in_parts, stage_parts
from census.intake.problems import Problem, Source, has_errors, in_order
from census.intake.published_routes import keep_published
from census.intake.reading import Delivery, read
from census.intake.reading_room import ReadingRoom
from census.intake.reviewing import Review
from census.intake.stated_facts import stated_faults, stored_name
from census.intake.stored_context import district_context
from census.intake.together import together
from census.store.actors import Actor
from census.store.database import Store
from census.store.layers import bump_generation, put_raster
from census.store.personal import put_residents
from census.store.rasters import RasterTerms, grid_facts, stored_grid_facts

# Who loads, where it is typed.
CONSOLE = "console"


def import_delivery(
    store: Store,
    form_name: str,
    paths: Sequence[Path],
    *,
    check_only: bool = False,
    source_crs: str | None = None,
    encoding: str | None = None,
    mapping: Mapping[str, str] | None = None,
    layers: Sequence[str] = (),
    stated: Mapping[str, float] | None = None,
    accept_faulty: bool = False,
    accept_gone: bool = False,
    by: str = CONSOLE,
    room: ReadingRoom | None = None,
    actor: Actor | None = None,
    context: Context | None = None,
    review: Review | None = None,
) -> ImportReport:
    """
    Import the delivery of a form; what differs from the stored rows is changed, and noted.

    Parameters
    ----------
    store
        The district's database, role app.
    form_name
        Name of the form, such as ``"people"``.
    paths
        The files; several are taken together as one delivery.
    check_only
        Check and change nothing.
    source_crs
        CRS declared by the sender, such as ``"EPSG:4490"``.
    encoding
        Encoding of text tables and shapefiles.
    mapping
        Heading to field name, for headings that the form does not know.
    layers
        Names of the layers or sheets to read; empty for all that fit the form.
    stated
        What the sender states of a raster: ``return_period_years``, ``vertical_rmse_m``.
    accept_faulty
        Load the rows without errors although others have some. A fault of a whole file still
        refuses all of it.
    accept_gone
        Let many stored rows go that are no longer delivered.
    by
        Who loads it.
    room
        Where the files are opened; None for one of its own, which takes most of a second to make.
    actor
        Who imports; a form that tells of persons is entered by nobody unnamed.
    context
        What :func:`district_context` gathered, where nothing that it knows has changed since; None
        to gather it now.
    review
        Who looks at what was found before it is written, or, where only a check is asked for, in
        place of it; None to write at once.

    Returns
    -------
    ImportReport
        Counts and problems; a delivery with errors changes nothing unless ``accept_faulty``.

    Raises
    ------
    UnknownFormError
        When there is no such form.
    ForbiddenError
        When the form tells of persons and the actor may not enter them.
    """
    form = form_named(form_name)
    context = context or district_context(store)
    tell(review, "reading", 0)
    with ReadingRoom() if room is None else nullcontext(room) as opened:
        reader = partial(
            read, source_crs=source_crs, encoding=encoding, mapping=mapping, layers=layers
        )
        prepared = _prepared(
            store, form, paths, reader, context, opened,
            accepts_faulty=accept_faulty, review=review, stated=stated or {},
        )  # fmt: skip
    is_kept_out = has_errors(prepared.problems) and not accept_faulty
    # What is put whole is held against nothing: unless it is kept, nothing is left to look for.
    is_only_looked_at = check_only and prepared.merging is None and review is None
    if prepared.is_empty or is_kept_out or is_only_looked_at:
        return ImportReport(form.name, 0, prepared.refused, tuple(prepared.problems))
    note: dict[str, Any] = {
        "form": form.name, "file_name": "、".join(path.name for path in paths),
        "sha256": sha256_of(paths), "rows_imported": prepared.accepted,
        "rows_refused": prepared.refused, "source_crs": source_crs,
    }  # fmt: skip
    return Entering(
        store, form, prepared, note, check_only=check_only, accept_faulty=accept_faulty,
        accept_gone=accept_gone, by=by, review=review,
    ).out(actor)  # fmt: skip


def _prepared(  # noqa: PLR0917  (what an import is made of)
    store: Store,
    form: Form,
    paths: Sequence[Path],
    reader: Callable[..., Delivery],
    context: Context,
    room: ReadingRoom,
    *,
    accepts_faulty: bool,
    review: Review | None,
    stated: Mapping[str, float],
) -> Prepared:
    """Read and check: part by part where that may be, else whole."""
    part_rows = room.part_rows if comes_in_parts(form, paths) else 0
    deliveries = [
        reader(each, form, opener=room.open_tables, part_rows=part_rows) for each in paths
    ]
    tell(review, "checking", sum(len(each.frame) for each in deliveries))
    faults = stated_faults(form, stated, Source(paths[0].name))
    if faults:
        return Prepared(0, len(deliveries[0].frame) or 1, faults)
    if form.geometry == "raster":
        return _prepared_grid(store, form, deliveries, context, room, stated=stated)
    if deliveries[0].rest is not None:
        parts = _prepared_parts(store, deliveries[0], context, accepts_faulty=accepts_faulty)
        if parts is not None:
            return parts
        # Something is odd of all of it: it is looked at whole.
        deliveries = [reader(each, form, opener=room.open_tables) for each in paths]
    return _prepared_rows(store, form, deliveries, context)


def _prepared_rows(
    store: Store, form: Form, deliveries: Sequence[Delivery], context: Context
) -> Prepared:
    delivery = together(deliveries, context)
    if delivery.frame.empty and not has_errors(delivery.problems):
        return _prepared_empty(store, form, delivery, context)
    accepted, problems = check(delivery, form, context)
    refused = len(delivery.frame) - len(accepted)
    refused_keys = settled_keys(form, keys_of_refused(form, delivery.frame, accepted))
    accepted, withdrawn = part_withdrawn(form, accepted)
    if accepted.empty:
        return Prepared(0, refused, problems)
    rows, found = assemble(form, accepted, context)
    if isinstance(accepted, gpd.GeoDataFrame):
        found = with_places(found, accepted, accepted.geometry.to_numpy())
    if form.is_personal:
        people = rows.to_dict("records")
        return Prepared(
            len(rows), refused, in_order([*problems, *found]),
            # Of persons nobody is told that something changed.
            put=lambda _delivery_id, connection: put_residents(store, connection, people),
            villages=tuple(sorted(set(rows["village_code"]))),
        )  # fmt: skip
    kept = keep_published(store, form, rows, delivery.path.name, context, accepted)
    taken = len(accepted) - (len(rows) - len(kept.rows))
    merging = Merging(
        form, kept.rows, delivery.path.name, refused_keys,
        kept.codes, withdrawn,
    )  # fmt: skip
    return Prepared(taken, refused, in_order([*problems, *found, *kept.problems]), merging)


def _prepared_empty(store: Store, form: Form, delivery: Delivery, context: Context) -> Prepared:
    """Prepare to hold a layer without rows against what is stored."""
    problems = list(delivery.problems)
    if form.is_personal:
        told = nothing_changes(form, Source(delivery.path.name), 0)
        return Prepared(0, 0, in_order([*problems, told]))
    kept = keep_published(store, form, no_rows_of(form), delivery.path.name, context)
    merging = Merging(form, kept.rows, delivery.path.name, published=kept.codes, is_empty=True)
    return Prepared(0, 0, in_order([*problems, *kept.problems]), merging)


def _prepared_parts(
    store: Store, delivery: Delivery, context: Context, *, accepts_faulty: bool
) -> Prepared | None:
    """Take a delivery part by part; None where it has to come whole."""
    found = stage_parts(store, delivery, context, accepts_faulty=accepts_faulty)
    if found is None:
        return None
    taken, held = found
    merging = None
    if held is not None:
        merging = Merging(delivery.form, None, delivery.path.name, standing=taken.standing)
    return Prepared(taken.accepted, taken.refused, taken.problems, merging, held=held)


def _prepared_grid(
    store: Store,
    form: Form,
    deliveries: Sequence[Delivery],
    context: Context,
    room: ReadingRoom,
    *,
    stated: Mapping[str, float],
) -> Prepared:
    need = form.raster
    assert need is not None  # noqa: S101  (a raster form)
    grid, problems = _checked_grid(form, deliveries, context, room)
    if grid is None:
        return Prepared(0, 1, problems)
    file, name = grid.file, stored_name(form, stated)
    scenarios: Mapping[str, str] = store.district.profile.get("scenarios", {})
    years = stated.get("return_period_years")
    scenario = scenarios.get(form.name, need.scenario) if years is None else f"T={years:g}"
    terms = RasterTerms(
        hazard=need.hazard or None, rung="imported" if need.hazard else None,
        return_period_years=years, vertical_rmse_m=stated.get("vertical_rmse_m"),
    )  # fmt: skip

    def put(delivery_id: int, connection: Any) -> None:
        put_raster(
            store, name, form.name, scenario, need.unit, file,
            data_date=store.district.data_date, is_made_up=store.district.is_made_up,
            delivery_id=delivery_id, terms=terms, connection=connection,
        )  # fmt: skip
        bump_generation(store, form.table, connection=connection)

    def told_whole() -> Mapping[str, Any]:
        return {"comes": grid_facts(file), "stood": stored_grid_facts(store, name)}

    return Prepared(1, 0, problems, put=put, told_whole=told_whole)


def _checked_grid(
    form: Form, deliveries: Sequence[Delivery], context: Context, room: ReadingRoom
) -> tuple[Grid | None, list[Problem]]:
    first = deliveries[0]
    here = Source(first.path.name)
    problems = [problem for each in deliveries for problem in each.problems]
    if len(deliveries) > 1:
        problems.append(
            here.problem("file_kind", "error", zh="只收一个栅格文件", en="One raster file is taken")
        )
    if context.divisions.empty:
        problems.append(divisions_first(here))
    elif not context.has_outlines:
        problems.append(outlines_first(here))
    if has_errors(problems):
        return None, problems
    return check_grid(first.path, form, context, source_crs=first.source_crs, opener=room.open_grid)
