"""Work on a proposed delivery: read the file that was kept, tell what it would change, load it.

What was looked at is what is written: loading reads the same bytes with the same declarations, and
is refused where it finds another difference than the one that somebody accepted. Each step is one
transaction with its event, so a process that falls leaves the proposal as it was before, and the
next one goes on.
"""

import logging
import tempfile
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, nullcontext
from pathlib import Path
from typing import Any, Final

from census.errors import CensusError
from census.intake.entering import ImportReport
from census.intake.forms import form_named
from census.intake.kinds import without_parts
from census.intake.loading import import_delivery
from census.intake.reading_room import ReadingRoom
from census.intake.settling import Asking, Settling, told_of
from census.proposal_errors import OvertakenError, PersonalProposalError, StoppedError
from census.store import proposal_work as work
from census.store.actors import Actor
from census.store.connection import Store
from census.store.outages import is_away
from census.store.proposal_reading import Proposal, read_proposal
from census.store.proposals import keep_piece, propose_delivery, send_delivery

LOOK_EVERY_S: Final = 0.5
_UNEXPECTED: Final = ("程序出错，详见日志", "the program failed, see its log")
log = logging.getLogger(__name__)


def propose_files(
    store: Store, actor: Actor, form_name: str, paths: list[Path], declared: Mapping[str, Any]
) -> int:
    """
    Propose files that lie on this machine; they are kept, and wait to be checked.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who proposes them.
    form_name
        Name of the form.
    paths
        The files; what must stand beside a shapefile comes along.
    declared
        What is declared of them.

    Returns
    -------
    int
        Number of the proposal.

    Raises
    ------
    UnknownFormError
        If there is no such form.
    PersonalProposalError
        If the form tells of persons.
    ProposalFileError
        If the files cannot be kept.
    """
    table = require_open_form(form_name)
    files = _with_companions(paths)
    sizes = [(path.name, path.stat().st_size) for path in files]
    number = propose_delivery(
        store, actor, form=form_name, layer=table, declared=declared, files=sizes
    )
    for at, path in enumerate(files):
        with path.open("rb") as file:
            for piece, content in enumerate(_pieces(file, work.piece_bytes(store))):
                keep_piece(store, actor, number=number, file=at, piece=piece, content=content)
    send_delivery(store, actor, number=number)
    return number


def require_open_form(form_name: str) -> str:
    """
    Refuse a form of which nothing may be kept and shown.

    Parameters
    ----------
    form_name
        Name of the form.

    Returns
    -------
    str
        The table that it goes to.

    Raises
    ------
    UnknownFormError
        If there is no such form.
    PersonalProposalError
        If it tells of persons.
    """
    form = form_named(form_name)
    if form.is_personal:
        raise PersonalProposalError(form.label_zh, form.label_en)
    return form.table


def _with_companions(paths: list[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        beside = [path]
        if path.suffix.lower() in {".shp", ".asc"}:
            stem = path.stem
            beside += [
                each for each in sorted(path.parent.iterdir())
                if each.stem == stem and each != path and not without_parts([path, each])[1:]
            ]  # fmt: skip
        found += [each for each in beside if each not in found]
    return found


def _pieces(file: Any, size: int) -> Iterator[bytes]:
    while content := file.read(size):
        yield content


def work_on(
    store: Store, number: int, *, room: ReadingRoom | None = None, asks: Asking | None = None
) -> str:
    """
    Do what a proposal waits for: check it, or load it; nothing where it waits for nobody.

    Parameters
    ----------
    store
        The store, role app.
    number
        Number of the proposal.
    room
        Where files are opened; None for one of its own.
    asks
        What is asked of the district as it would be
        (:func:`census.products.crosschecks.proposed.proposed_checks`); None to ask nothing.

    Returns
    -------
    str
        Where it stands then.
    """
    with work.taken(store, number) as is_ours:
        found = read_proposal(store, number)
        if not is_ours or found.state not in {"sent", "accepting"}:
            return found.state
        with ReadingRoom() if room is None else nullcontext(room) as opened:
            _carried_out(store, found, opened, asks)
    return read_proposal(store, number).state


def _carried_out(store: Store, found: Proposal, room: ReadingRoom, asks: Asking | None) -> None:
    """Work, and note how it ended; where the database went away, the next one tries again."""
    who = (found.state_by or found.proposed_by, found.state_by_name or found.proposed_by_name)
    kind, reason = "", None
    told: dict[str, Any] = {}
    try:
        with _watched(store, found, room, asks) as review:
            report = _imported(store, found, review, room)
        if not review.is_settled:
            kind, told = _unsettled(found, report)
    except StoppedError:
        pass
    except OvertakenError:
        kind = "overtaken"
    except CensusError as fault:
        kind, reason = "failed", f"{fault.sentence_zh} {fault.sentence_en}"
    except Exception as fault:
        if is_away(fault):
            raise
        log.exception("the delivery %d could not be worked on", found.number)
        kind, reason = "failed", " ".join(_UNEXPECTED)
    if kind:
        work.note_step(
            store, found.number, kind, allowed=found.state, who=who, reason=reason, detail=told
        )
    work.tell_progress(store, found.number, "over", 0, is_over=True)


def _unsettled(found: Proposal, report: ImportReport) -> tuple[str, dict[str, Any]]:
    """Name what became of a delivery of which nothing could be held against the stored rows."""
    if found.state == "accepting":
        return "overtaken", {}
    told = told_of(report.problems, (report.imported, report.refused))
    return "refused", told


def _imported(store: Store, found: Proposal, review: Settling, room: ReadingRoom) -> ImportReport:
    declared = found.declared
    with tempfile.TemporaryDirectory(prefix="riskatlas-", ignore_cleanup_errors=True) as name:
        paths = without_parts(work.write_files(store, found.number, Path(name)))
        return import_delivery(
            store, found.form, paths,
            check_only=found.state == "sent",
            source_crs=declared.get("source_crs"), encoding=declared.get("encoding"),
            mapping=declared.get("mapping") or {}, layers=declared.get("layers") or (),
            stated=declared.get("stated") or {},
            # Whether many may go is asked of who accepts it.
            accept_faulty=bool(declared.get("accept_faulty")), accept_gone=True,
            by=found.state_by or found.proposed_by, room=room, review=review,
        )  # fmt: skip


@contextmanager
def _watched(
    store: Store, found: Proposal, room: ReadingRoom, asks: Asking | None
) -> Iterator[Settling]:
    """Look now and then whether somebody stopped the work; then the file's reader is ended."""
    over, review = threading.Event(), Settling(store, found, found.proposed_by, asks)

    def watch() -> None:
        while not over.wait(LOOK_EVERY_S):
            try:
                if work.current_state(store, found.number) == found.state:
                    continue
            except Exception as fault:  # noqa: BLE001  (the work itself meets it as well)
                log.warning("the delivery %d cannot be watched: %s", found.number, fault)
                continue
            review.stopped.set()
            if review.stage == "reading":
                room.close()
            return

    watching = threading.Thread(target=watch, name="watch delivery", daemon=True)
    watching.start()
    try:
        yield review
    except Exception:
        if review.stopped.is_set():
            raise StoppedError(found.number) from None
        raise
    finally:
        over.set()
        watching.join()
