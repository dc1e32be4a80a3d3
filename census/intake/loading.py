"""Deliveries into the store: read, check, and in one transaction change what differs."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

from census.intake.assembling import assemble
from census.intake.checking import check, divisions_first, outlines_first
from census.intake.context import Context
from census.intake.division_codes import part_withdrawn
from census.intake.division_effects import division_effects
from census.intake.fingerprint import sha256_of
from census.intake.forms import Form, form_named
from census.intake.grids import Grid, check_grid
from census.intake.merging import Merging, doubts, has_doubts, keys_of_refused
from census.intake.part_by_part import Held, comes_in_parts, stage_parts
from census.intake.problems import Problem, Source, has_errors, in_order
from census.intake.published_routes import keep_published
from census.intake.reading import Delivery, read
from census.intake.reading_room import ReadingRoom
from census.intake.stored_context import district_context
from census.intake.together import together
from census.store.actors import Actor, visitor
from census.store.database import Store
from census.store.differences import Difference
from census.store.layers import bump_generation, put_raster, record_delivery
from census.store.personal import enter_residents, put_residents

# Who loads, where it is typed.
CONSOLE = "console"


@dataclass(frozen=True)
class ImportReport:
    """
    What became of a delivery.

    Attributes
    ----------
    form
        Name of the form.
    imported
        Rows that entered; 0 where the delivery was refused or only checked.
    refused
        Rows with an error, whether the others entered or not.
    problems
        Every fault, repair and remark, in reading order.
    delivery_id
        Number of the delivery; None where nothing was changed.
    difference
        What it changes, or would; None for a raster and where it was refused before.
    """

    form: str
    imported: int
    refused: int
    problems: tuple[Problem, ...]
    delivery_id: int | None = None
    difference: Difference | None = None

    @property
    def is_refused(self) -> bool:
        """
        Tell whether errors kept the delivery out.

        Returns
        -------
        bool
            True where there are errors and nothing entered.
        """
        return self.delivery_id is None and has_errors(self.problems)


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
    accept_faulty: bool = False,
    accept_gone: bool = False,
    by: str = CONSOLE,
    room: ReadingRoom | None = None,
    actor: Actor | None = None,
    context: Context | None = None,
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
    with ReadingRoom() if room is None else nullcontext(room) as opened:
        reader = partial(
            read, source_crs=source_crs, encoding=encoding, mapping=mapping, layers=layers
        )
        prepared = _prepared(
            store, form, paths, reader, context, opened, accepts_faulty=accept_faulty
        )
    is_kept_out = has_errors(prepared.problems) and not accept_faulty
    # What is put whole is held against nothing: there is no difference to look for.
    is_only_looked_at = check_only and prepared.merging is None
    if prepared.is_empty or is_kept_out or is_only_looked_at:
        return ImportReport(form.name, 0, prepared.refused, tuple(prepared.problems))
    note: dict[str, Any] = {
        "form": form.name, "file_name": "、".join(path.name for path in paths),
        "sha256": sha256_of(paths), "rows_imported": prepared.accepted,
        "rows_refused": prepared.refused, "source_crs": source_crs,
    }  # fmt: skip
    try:
        with _work(store, form, prepared, actor) as connection:
            found, problems = prepared.find(store, connection, accept_gone=accept_gone)
            is_kept_out = has_errors(problems) and not accept_faulty
            if check_only or is_kept_out or has_doubts(problems):
                _undo(found, problems)
            delivery_id = record_delivery(
                store, **note, data_date=store.district.data_date,
                problems=[_remembered(problem, form) for problem in problems],
                connection=connection,
            )  # fmt: skip
            prepared.write(store, connection, found, delivery_id=delivery_id, by=by)
    except _UndoneError as undone:
        told = tuple(undone.problems)
        return ImportReport(form.name, 0, prepared.refused, told, difference=undone.found)
    return ImportReport(
        form.name, prepared.accepted, prepared.refused, tuple(problems), delivery_id, found
    )


@contextmanager
def _work(store: Store, form: Form, prepared: "_Prepared", actor: Actor | None) -> Iterator[Any]:
    """Open the transaction of the writing: that of a deed where persons are entered."""
    if prepared.held is not None:
        with prepared.held as held:
            yield held
        return
    if not form.is_personal:
        with store.begin() as connection:
            yield connection
        return
    villages = prepared.villages
    with enter_residents(store, actor or visitor(""), villages=villages) as connection:
        yield connection


def _remembered(problem: Problem, form: Form) -> dict[str, Any]:
    """Keep of a problem what the district may read: of persons the place and the rule alone."""
    if form.is_personal:
        problem = replace(problem, value="", sentence_zh="", sentence_en="")
    return problem.as_row()


class _UndoneError(Exception):
    """The transaction that only looked is undone; what it found is told."""

    def __init__(self, found: Difference | None, problems: list[Problem]) -> None:
        super().__init__()
        self.found = found
        self.problems = problems


def _undo(found: Difference | None, problems: list[Problem]) -> NoReturn:
    raise _UndoneError(found, problems)


@dataclass(frozen=True)
class _Prepared:
    """A checked delivery: its counts, its problems, and its rows, or what puts it whole."""

    accepted: int
    refused: int
    problems: list[Problem]
    merging: Merging | None = None
    put: Callable[[int, Any], None] | None = None
    villages: tuple[str, ...] = ()
    # The transaction in which the rows of a delivery in parts are staged.
    held: Held | None = None

    @property
    def is_empty(self) -> bool:
        """Tell whether nothing could enter."""
        return self.merging is None and self.put is None

    def find(
        self, store: Store, connection: Any, *, accept_gone: bool
    ) -> tuple[Difference | None, list[Problem]]:
        """Hold the rows against the stored; a grid is replaced whole, persons by village."""
        if self.merging is None:
            return None, self.problems
        found = self.merging.find(store, connection)
        told = doubts(found, self.merging, accepts_gone=accept_gone)
        if found.layer == "division":
            told += division_effects(store, connection, found, self.merging.file)
        return found, in_order([*self.problems, *told])

    def write(
        self, store: Store, connection: Any, found: Difference | None, *, delivery_id: int, by: str
    ) -> None:
        """Change the layer, or put what is put whole."""
        if self.merging is not None and found is not None:
            self.merging.apply(store, connection, found, delivery_id=delivery_id, by=by)
        if self.put is not None:
            self.put(delivery_id, connection)


def _prepared(  # noqa: PLR0917  (what an import is made of)
    store: Store,
    form: Form,
    paths: Sequence[Path],
    reader: Callable[..., Delivery],
    context: Context,
    room: ReadingRoom,
    *,
    accepts_faulty: bool,
) -> _Prepared:
    """Read and check: part by part where that may be, else whole."""
    part_rows = room.part_rows if comes_in_parts(form, paths) else 0
    deliveries = [
        reader(each, form, opener=room.open_tables, part_rows=part_rows) for each in paths
    ]
    if form.geometry == "raster":
        return _prepared_grid(store, form, deliveries, context, room)
    if deliveries[0].rest is not None:
        parts = _prepared_parts(store, deliveries[0], context, accepts_faulty=accepts_faulty)
        if parts is not None:
            return parts
        # Something is odd of all of it: it is looked at whole.
        deliveries = [reader(each, form, opener=room.open_tables) for each in paths]
    return _prepared_rows(store, form, deliveries, context)


def _prepared_rows(
    store: Store, form: Form, deliveries: Sequence[Delivery], context: Context
) -> _Prepared:
    delivery = together(deliveries, context)
    accepted, problems = check(delivery, form, context)
    refused = len(delivery.frame) - len(accepted)
    accepted, withdrawn = part_withdrawn(form, accepted)
    if accepted.empty:
        return _Prepared(0, refused, problems)
    rows, found = assemble(form, accepted, context)
    if form.is_personal:
        people = rows.to_dict("records")
        return _Prepared(
            len(rows), refused, in_order([*problems, *found]),
            # Of persons nobody is told that something changed.
            put=lambda _delivery_id, connection: put_residents(store, connection, people),
            villages=tuple(sorted(set(rows["village_code"]))),
        )  # fmt: skip
    kept = keep_published(store, form, rows, accepted, context)
    taken = len(accepted) - (len(rows) - len(kept.rows))
    merging = Merging(
        form, kept.rows, delivery.path.name, keys_of_refused(form, delivery.frame, accepted),
        kept.codes, withdrawn,
    )  # fmt: skip
    return _Prepared(taken, refused, in_order([*problems, *found, *kept.problems]), merging)


def _prepared_parts(
    store: Store, delivery: Delivery, context: Context, *, accepts_faulty: bool
) -> _Prepared | None:
    """Take a delivery part by part; None where it has to come whole."""
    found = stage_parts(store, delivery, context, accepts_faulty=accepts_faulty)
    if found is None:
        return None
    taken, held = found
    merging = None if held is None else Merging(delivery.form, None, delivery.path.name)
    return _Prepared(taken.accepted, taken.refused, taken.problems, merging, held=held)


def _prepared_grid(
    store: Store,
    form: Form,
    deliveries: Sequence[Delivery],
    context: Context,
    room: ReadingRoom,
) -> _Prepared:
    need = form.raster
    assert need is not None  # noqa: S101  (a raster form)
    grid, problems = _checked_grid(form, deliveries, context, room)
    if grid is None:
        return _Prepared(0, 1, problems)
    file = grid.file
    scenarios: Mapping[str, str] = store.district.profile.get("scenarios", {})

    def put(delivery_id: int, connection: Any) -> None:
        put_raster(
            store,
            form.name,
            form.name,
            scenarios.get(form.name, need.scenario),
            need.unit,
            file,
            data_date=store.district.data_date,
            is_made_up=store.district.is_made_up,
            delivery_id=delivery_id,
            connection=connection,
        )
        bump_generation(store, form.table, connection=connection)

    return _Prepared(1, 0, problems, put=put)


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
