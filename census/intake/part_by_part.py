"""A large layer taken part by part: checked, assembled and staged, then forgotten, before the next.

What it comes to is what the layer would come to whole: the same rows, the same problems in the same
order. Where something is odd of all of it, such as a wrong CRS, it is read anew, whole.
"""

from collections.abc import Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.across import Across, NotInPartsError, Seen
from census.intake.assembling import assemble, unevenly_mapped
from census.intake.bounds import reaching_out
from census.intake.building_rules import overlaps_across
from census.intake.checking import check, note_of
from census.intake.context import Context
from census.intake.fields import Form
from census.intake.problems import Problem, Source, has_errors, in_order
from census.intake.reading import Delivery
from census.intake.shapes import heights_left
from census.intake.standing import Standing, rules_key, survey
from census.intake.whereabouts import overhang
from census.store.connection import Store
from census.store.differences import add_notes
from census.store.imprints import (
    Imprints,
    drop_imprints,
    known_imprints,
    stand_by,
    standing_by_village,
    take_imprints,
)
from census.store.layers import stage_rows

# Forms without a key, a stated village or marks, whose rules between rows are known across parts.
IN_PARTS: Final = frozenset({"buildings"})


@dataclass
class Taken:
    """
    What came of the parts.

    Attributes
    ----------
    accepted
        Rows without an error.
    refused
        Rows with one.
    problems
        Every fault, repair and remark, in reading order.
    is_staged
        Whether the accepted rows are all staged: not where errors keep the delivery out.
    standing
        Of the accepted, rows that come as they stand: they are not staged.
    """

    accepted: int = 0
    refused: int = 0
    problems: list[Problem] = field(default_factory=list)
    is_staged: bool = True
    standing: int = 0


def comes_in_parts(form: Form, paths: Sequence[Path]) -> bool:
    """
    Tell whether a delivery may be taken part by part.

    Parameters
    ----------
    form
        Its form.
    paths
        Its files.

    Returns
    -------
    bool
        True for one file of a form of ``IN_PARTS``.
    """
    return form.name in IN_PARTS and len(paths) == 1


class Held(ExitStack):
    """
    A transaction that is ended by another than who began it; ``with`` gives its connection.

    Parameters
    ----------
    store
        The store, role app.
    """

    def __init__(self, store: Store) -> None:
        super().__init__()
        self.connection = self.enter_context(store.begin())

    def __enter__(self) -> Any:
        """
        Give the connection.

        Returns
        -------
        Any
            That of the transaction.
        """
        return self.connection


def stage_parts(
    store: Store, delivery: Delivery, context: Context, *, accepts_faulty: bool
) -> tuple[Taken, Held | None] | None:
    """
    Check, assemble and stage a delivery part by part.

    Parameters
    ----------
    store
        The store, role app.
    delivery
        The first part, which holds the others.
    context
        The district.
    accepts_faulty
        Whether rows are staged although others have errors.

    Returns
    -------
    tuple of Taken and Held, or None
        Counts and problems, and the transaction at whose end the staged rows vanish; None in its
        place where nothing may enter, and instead of both where the whole file has to be looked at.
    """
    held = Held(store)
    with ExitStack() as undone:
        # Whatever happens before all rows are staged ends the transaction.
        undone.push(held.__exit__)
        try:
            taken = _taken(
                _Work(store, held.connection, context, delivery.form, accepts_faulty), delivery
            )
        except NotInPartsError:
            return None
        if not taken.accepted or not taken.is_staged:
            return taken, None
        undone.pop_all()
    return taken, held


def _taken(work: "_Work", delivery: Delivery) -> Taken:
    _require_sound(delivery.problems)
    known = known_imprints(work.connection, work.form.table)
    standing = survey(delivery, rules_key(delivery, work.context), *known)
    with closing(work.across.neighbours):
        work.leave(standing)
        with work.staging():
            for part, imprints in standing.parts(delivery):
                work.take(part, imprints)
        work.across.place.require_here()
        return work.ended(delivery)


def _require_sound(problems: Sequence[Problem]) -> None:
    if any(each.level == "error" and each.row is None for each in problems):
        raise NotInPartsError


@dataclass
class _Work:
    """The parts so far."""

    store: Store
    connection: Any
    context: Context
    form: Form
    accepts_faulty: bool
    across: Across = field(default_factory=Across)
    taken: Taken = field(default_factory=Taken)
    _assembled: list[Problem] = field(default_factory=list)
    _mapped: Any = field(default_factory=lambda: pd.Series(dtype=float))
    _beside: ThreadPoolExecutor = field(default_factory=lambda: ThreadPoolExecutor(1))
    _staged: "Future[None] | None" = None

    @contextmanager
    def staging(self) -> Iterator[None]:
        """Stage a part while the next one is checked; at the end all are staged."""
        with self._beside:
            yield
            self._wait()

    def leave(self, standing: Standing) -> None:
        """Count the rows that come as they stand, and name them."""
        count = len(standing.ids)
        # Also where nothing is left to be staged.
        stage_rows(self.store, self.connection, self.form.table, pd.DataFrame())
        stand_by(self.connection, standing.imprints, standing.ids)
        self._mapped = standing_by_village(self.connection, self.form.table)
        self.taken.accepted = self.taken.standing = count
        self.across.place.leave(count)

    def take(self, part: Delivery, imprints: Imprints) -> None:
        accepted, problems = check(part, self.form, self.context, self.across)
        _require_sound(problems)
        taken = self.taken
        taken.problems += problems
        taken.refused += len(part.frame) - len(accepted)
        taken.is_staged &= self.accepts_faulty or not has_errors(problems)
        if accepted.empty:
            return
        rows, found = assemble(self.form, accepted, self.context)
        rows["id"] += taken.accepted
        taken.accepted += len(accepted)
        self._assembled += [each for each in found if each.row is not None]
        self._mapped = self._mapped.add(rows["village_code"].value_counts(), fill_value=0)
        if taken.is_staged:
            self._wait()
            told = [each.row for each in (*problems, *found) if each.row is not None]
            clean = self._clean(part, imprints, rows, told)
            self._staged = self._beside.submit(self._stage, rows, *clean)

    def _clean(
        self, part: Delivery, imprints: Imprints, rows: Any, told: list[int]
    ) -> tuple[NDArray[np.int64], Imprints]:
        """Choose the rows that nothing is told about, and that count for nothing of the whole."""
        numbers = part.frame["row"].to_numpy(dtype=np.int64)
        is_clean = np.isin(numbers, rows["source_row"]) & ~np.isin(numbers, told)
        if self.across.has_heights:
            is_clean[:] = False
        bounds = self.context.bounds
        assert bounds is not None  # noqa: S101  (counting the place asked for it)
        beyond = reaching_out(shapely.bounds(rows.geometry.to_numpy()), bounds)
        is_clean &= ~np.isin(numbers, rows["source_row"].to_numpy()[beyond])
        return numbers[is_clean], imprints.of(is_clean)

    def _stage(self, rows: Any, numbers: NDArray[np.int64], imprints: Imprints) -> None:
        stage_rows(self.store, self.connection, self.form.table, rows)
        take_imprints(self.connection, numbers, imprints)

    def _wait(self) -> None:
        if self._staged is not None:
            self._staged.result()

    def ended(self, delivery: Delivery) -> Taken:
        """Add what speaks of all parts, in the places where the whole would tell it."""
        taken, place = self.taken, self.across.place
        here = Source(delivery.path.name, str(delivery.frame["sheet"].iloc[0]))
        of_all = [each for each in delivery.problems if each.row is None]
        of_all += [heights_left(delivery)] if self.across.has_heights else []
        of_all += overhang(delivery, place.reach_out, place.kept)
        # All shapes have come: by what they are known again is not asked any more.
        self.across.seen = Seen()
        between = overlaps_across(self.across, here, self.context)
        taken.problems = [*of_all, *taken.problems, *between]
        if has_errors(between):
            taken.refused += taken.accepted
            taken.accepted, taken.is_staged = 0, False
        elif taken.accepted:
            self._note(between)
            taken.problems += self._assembled
            taken.problems += unevenly_mapped(Source(here.file), self._mapped, self.context)
        taken.problems = in_order(taken.problems)
        return taken

    def _note(self, between: list[Problem]) -> None:
        notes: dict[int, list[dict[str, str]]] = {}
        for each in between:
            assert each.row is not None  # noqa: S101  (an overlap is one of two rows)
            notes.setdefault(each.row, []).append(note_of(each))
        if notes and self.taken.is_staged:
            add_notes(self.connection, notes)
            drop_imprints(self.connection, list(notes))
