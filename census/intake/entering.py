"""Enter a checked delivery in one transaction: find what differs, let it be looked at, write it."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, NoReturn

from census.intake.corrected_links import TABLE as CROSSWALK
from census.intake.division_effects import crosswalk_effects, division_effects
from census.intake.forms import Form
from census.intake.merging import Merging, doubts, has_doubts
from census.intake.part_by_part import Held
from census.intake.problems import Problem, has_errors, in_order
from census.intake.reviewing import Review
from census.store.actors import Actor, visitor
from census.store.connection import Store
from census.store.differences import Difference
from census.store.layers import record_delivery
from census.store.personal import enter_residents


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


@dataclass(frozen=True)
class Prepared:
    """
    A checked delivery.

    Attributes
    ----------
    accepted, refused
        Rows that enter, and rows with an error.
    problems
        What was found in it.
    merging
        Its rows; None for what is put whole.
    put
        Puts what is put whole.
    told_whole
        Tells what is put whole, and what stands in its place: ``comes`` and ``stood``.
    villages
        Villages of the persons that it tells of.
    held
        The transaction in which its rows are staged already; None where they are not.
    """

    accepted: int
    refused: int
    problems: list[Problem]
    merging: Merging | None = None
    put: Callable[[int, Any], None] | None = None
    told_whole: Callable[[], Mapping[str, Any]] | None = None
    villages: tuple[str, ...] = ()
    held: Held | None = None

    @property
    def is_empty(self) -> bool:
        """
        Tell whether nothing could enter.

        Returns
        -------
        bool
            True where no row is left.
        """
        return self.merging is None and self.put is None

    def find(
        self, store: Store, connection: Any, *, accept_gone: bool
    ) -> tuple[Difference | None, list[Problem]]:
        """
        Hold the rows against the stored; a grid is replaced whole, persons by village.

        Parameters
        ----------
        store
            The store, role app.
        connection
            The transaction.
        accept_gone
            Whether somebody said that many rows are gone indeed.

        Returns
        -------
        found : Difference or None
            What would change; None for what is put whole.
        problems : list of Problem
            All of them, in reading order.
        """
        if self.merging is None:
            return None, self.problems
        found = self.merging.find(store, connection)
        told = doubts(found, self.merging, accepts_gone=accept_gone)
        if found.layer == "division":
            told += division_effects(store, connection, found, self.merging.file)
        if found.layer == CROSSWALK and self.merging.rows is not None:
            told += crosswalk_effects(connection, self.merging.rows, self.merging.file)
        return found, in_order([*self.problems, *told])

    def write(
        self,
        store: Store,
        connection: Any,
        found: Difference | None,
        *,
        delivery_id: int,
        by: tuple[str, str],
    ) -> None:
        """
        Change the layer, or put what is put whole.

        Parameters
        ----------
        store
            The store, role app.
        connection
            The transaction of :meth:`find`.
        found
            What is to be written.
        delivery_id
            Number of the delivery.
        by
            Who gave it and who accepted it.
        """
        if self.merging is not None and found is not None:
            self.merging.apply(store, connection, found, delivery_id=delivery_id, by=by)
        if self.put is not None:
            self.put(delivery_id, connection)


@dataclass(frozen=True)
class Entering:
    """
    One transaction: find what differs, let it be looked at, write it, or undo all of it.

    Attributes
    ----------
    store
        The store, role app.
    form
        The form.
    prepared
        The checked delivery.
    note
        What is noted of the delivery.
    check_only, accept_faulty, accept_gone, by, review
        As for :func:`census.intake.loading.import_delivery`.
    """

    store: Store
    form: Form
    prepared: Prepared
    note: Mapping[str, Any]
    check_only: bool
    accept_faulty: bool
    accept_gone: bool
    by: str
    review: Review | None

    def out(self, actor: Actor | None) -> ImportReport:
        """
        Carry it out.

        Parameters
        ----------
        actor
            Who enters persons.

        Returns
        -------
        ImportReport
            What became of it.
        """
        name, refused = self.form.name, self.prepared.refused
        try:
            with _work(self.store, self.form, self.prepared, actor) as connection:
                prepared, found, problems = self._found(connection)
                if self.review is not None and self.check_only:
                    return ImportReport(name, 0, refused, tuple(problems), difference=found)
                is_kept_out = has_errors(problems) and not self.accept_faulty
                if self.check_only or is_kept_out or has_doubts(problems):
                    _undo(found, problems)
                delivery_id = self._put(connection, prepared, found, problems)
        except _UndoneError as undone:
            told = tuple(undone.problems)
            return ImportReport(name, 0, refused, told, difference=undone.found)
        return ImportReport(
            name, self.prepared.accepted, refused, tuple(problems), delivery_id, found
        )

    def _found(self, connection: Any) -> tuple[Prepared, Difference | None, list[Problem]]:
        prepared, review = self.prepared, self.review
        tell(review, "comparing", prepared.accepted)
        found, problems = prepared.find(self.store, connection, accept_gone=self.accept_gone)
        if review is not None:
            prepared, found = review.settle(connection, prepared, found, problems)
        return prepared, found, problems

    def _put(
        self,
        connection: Any,
        prepared: Prepared,
        found: Difference | None,
        problems: list[Problem],
    ) -> int:
        tell(self.review, "writing", self.prepared.accepted)
        number = record_delivery(
            self.store, **self.note, data_date=self.store.district.data_date,
            problems=[_remembered(problem, self.form) for problem in problems],
            connection=connection,
        )  # fmt: skip
        given_by = self.by if self.review is None else self.review.proposed_by
        prepared.write(self.store, connection, found, delivery_id=number, by=(given_by, self.by))
        if self.review is not None:
            self.review.written(connection, number)
        return number


def tell(review: Review | None, stage: str, rows: int) -> None:
    """
    Say which stage begins, where somebody listens.

    Parameters
    ----------
    review
        Who listens; None for nobody.
    stage
        Name of the stage.
    rows
        Rows that it is about.
    """
    if review is not None:
        review.tell(stage, rows)


@contextmanager
def _work(store: Store, form: Form, prepared: Prepared, actor: Actor | None) -> Iterator[Any]:
    """Open the transaction of the writing: that of a deed where persons are entered."""
    if prepared.held is not None:
        with prepared.held as held:
            yield held
        return
    if not form.is_personal:
        with store.begin() as connection:
            yield connection
        return
    with enter_residents(store, actor or visitor(""), villages=prepared.villages) as connection:
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
