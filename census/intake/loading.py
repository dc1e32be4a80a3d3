"""Deliveries into the store: read, check, and in one transaction change what differs."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any, NoReturn

import geopandas as gpd
import pandas as pd

from census.intake.assembling import assemble
from census.intake.checking import check, divisions_first, outlines_first
from census.intake.context import Context
from census.intake.division_codes import part_withdrawn
from census.intake.division_effects import division_effects
from census.intake.forms import Form, form_named
from census.intake.grids import Grid, check_grid
from census.intake.merging import Merging, doubts, has_doubts, keys_of_refused
from census.intake.problems import Problem, Source, has_errors, in_order
from census.intake.published_routes import keep_published
from census.intake.reading import Delivery, read
from census.intake.reading_room import ReadingRoom
from census.intake.stored_context import district_context
from census.store.actors import Actor, visitor
from census.store.database import Store
from census.store.differences import Difference
from census.store.layers import bump_generation, put_raster, record_delivery
from census.store.personal import enter_residents, put_residents

# Who loads, where it is typed.
CONSOLE = "console"
_PIECE_BYTES = 1024 * 1024


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
        deliveries = [reader(path, form, opener=opened.open_tables) for path in paths]
        if form.geometry == "raster":
            prepared = _prepared_grid(store, form, deliveries, context, opened)
        else:
            prepared = _prepared_rows(store, form, deliveries, context)
    is_kept_out = has_errors(prepared.problems) and not accept_faulty
    # What is put whole is held against nothing: there is no difference to look for.
    is_only_looked_at = check_only and prepared.merging is None
    if prepared.is_empty or is_kept_out or is_only_looked_at:
        return ImportReport(form.name, 0, prepared.refused, tuple(prepared.problems))
    note: dict[str, Any] = {
        "form": form.name, "file_name": "、".join(path.name for path in paths),
        "sha256": _sha256(paths), "rows_imported": prepared.accepted,
        "rows_refused": prepared.refused, "source_crs": source_crs,
    }  # fmt: skip
    try:
        with _work(store, form, prepared.villages, actor) as connection:
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
def _work(
    store: Store, form: Form, villages: tuple[str, ...], actor: Actor | None
) -> Iterator[Any]:
    """Open the transaction of the writing: that of a deed where persons are entered."""
    if not form.is_personal:
        with store.begin() as connection:
            yield connection
        return
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


def _prepared_rows(
    store: Store, form: Form, deliveries: Sequence[Delivery], context: Context
) -> _Prepared:
    delivery = _together(deliveries, context)
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


def _together(deliveries: Sequence[Delivery], context: Context) -> Delivery:
    first = deliveries[0]
    if len(deliveries) == 1:
        return first
    problems = [problem for each in deliveries for problem in each.problems]
    frames: list[Any] = []
    for each in deliveries:
        frame: Any = each.frame
        if isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None:
            frame = frame.to_crs(context.srid)
        frames.append(frame)
    shaped = [isinstance(frame, gpd.GeoDataFrame) for frame in frames]
    if any(shaped) and not all(shaped) and not has_errors(problems):
        problems.append(
            Source(first.path.name).problem(
                "file_kind", "error",
                zh="同一次交付不能既有图层又有表格",
                en="Layers and tables do not mix in one delivery",
            )
        )  # fmt: skip
    headings = {name: word for each in deliveries for name, word in each.headings.items()}
    if has_errors(problems):
        return replace(first, problems=tuple(problems))
    whole = pd.concat(frames, ignore_index=True)
    return replace(first, frame=whole, problems=tuple(problems), headings=headings)


def _sha256(paths: Sequence[Path]) -> str:
    digests = [_digest(path) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _digest(path: Path) -> str:
    """Sum up what was delivered; a geodatabase is a folder of files."""
    whole = hashlib.sha256()
    for part in sorted(path.iterdir()) if path.is_dir() else [path]:
        with part.open("rb") as stream:
            while chunk := stream.read(_PIECE_BYTES):
                whole.update(chunk)
    return whole.hexdigest()
