"""Give a delivery to be looked at: its files are kept as they came, and nothing is changed."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from census.proposal_errors import (
    ProposalFileError,
    ProposalStateError,
    TooManyProposalsError,
)
from census.store.actors import Actor
from census.store.audit import deed, require
from census.store.connection import Store, require_room
from census.store.loading_rules import loading_rules
from census.store.proposal_events import BEGUN, DONE, STATES, move, state_of
from census.store.rights import rights

KIND: Final = "proposal"
LONGEST_NAME: Final = 120

_WAITING = """
select count(*) from census.proposal p
where p.proposed_by = :actor and coalesce((
    select e.kind from census.proposal_event e where e.proposal_id = p.id order by e.id desc limit 1
), 'begun') <> all(:done)
"""
_OWN = "select proposed_by, files, layer from census.proposal where id = :number"
_HELD = """
select file, piece, content from census.proposal_piece
where proposal_id = :number order by file, piece
"""


def propose_delivery(
    store: Store,
    actor: Actor,
    *,
    form: str,
    layer: str,
    declared: Mapping[str, Any],
    files: Sequence[tuple[str, int]],
) -> int:
    """
    Announce a delivery; its files follow in pieces.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who proposes it.
    form
        Name of its form.
    layer
        The table that it goes to.
    declared
        What is declared of it: ``source_crs``, ``encoding``, ``mapping``, ``layers``,
        ``accept_faulty``.
    files
        Name and size in bytes of each.

    Returns
    -------
    int
        Number of the proposal.

    Raises
    ------
    ForbiddenError
        If the actor may not, in the whole district.
    TooManyProposalsError
        If as many of the actor's wait already as may.
    ProposalFileError
        If files have no name, the same, or are too many or too large.
    DiskFullError
        If the disk has no room for them.
    """
    limits = loading_rules(store)["upload"]
    with deed(store, actor, "propose_delivery", object_kind=KIND) as work:
        _require_files(files, limits)
        require_room(store, sum(size for _, size in files))
        named = {"actor": actor.id, "done": sorted(DONE)}
        waiting = work.connection.execute(text(_WAITING), named).scalar_one()
        # At the command line one's own disk is the limit.
        if waiting >= limits["most_waiting"] and not actor.is_system:
            raise TooManyProposalsError(limits["most_waiting"])
        table = store.tables.proposal
        put = insert(table).values(
            form=form, layer=layer, declared=dict(declared),
            files=[{"name": name, "bytes": size} for name, size in files],
            proposed_by=actor.id, proposed_by_name=actor.name,
        )  # fmt: skip
        number = int(work.connection.execute(put.returning(table.c.id)).scalar_one())
        work.object_code = str(number)
        work.detail |= {"form": form, "files": len(files)}
    return number


def _require_files(files: Sequence[tuple[str, int]], limits: Mapping[str, Any]) -> None:
    names = [name for name, _ in files]
    whole = sum(size for _, size in files)
    if not 1 <= len(files) <= limits["most_files"]:
        most = limits["most_files"]
        raise ProposalFileError(
            f"A delivery is one to {most} files, not {len(files)}; pack them into a .zip.",
            f"一次交付为 1 至 {most} 个文件，不是 {len(files)} 个；可打包为 .zip。",
        )
    for name in names:
        is_plain = name.isprintable() and not set(name) & set('/\\:*?"<>|') and name[:1] != "."
        if not is_plain or not 0 < len(name) <= LONGEST_NAME or names.count(name) > 1:
            raise ProposalFileError(
                f"{name[:LONGEST_NAME]!r} cannot be the name of a delivered file, or comes twice. "
                "Rename it.",
                f"{name[:LONGEST_NAME]!r} 不能作为交付文件的名称，或重复出现。请改名。",
            )
    if not 0 < whole <= limits["largest_bytes"] or any(size < 1 for _, size in files):
        most_mb = limits["largest_bytes"] / 1024 / 1024
        raise ProposalFileError(
            f"The files together have {whole / 1024 / 1024:.1f} MB; a delivery has at most "
            f"{most_mb:.0f} MB, and no file is empty. Larger ones go through `riskatlas import`.",
            f"文件共 {whole / 1024 / 1024:.1f} MB；一次交付最多 {most_mb:.0f} MB，且不得为空文件。"
            "更大的请用 riskatlas import。",
        )


def keep_piece(
    store: Store, actor: Actor, *, number: int, file: int, piece: int, content: bytes
) -> None:
    """
    Keep a piece of a file; the same piece again changes nothing.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who proposed the delivery.
    number
        Number of the proposal.
    file, piece
        Which file, which of its pieces, from 0.
    content
        Its bytes.

    Raises
    ------
    ForbiddenError
        If the actor may not, or somebody else proposed it.
    ProposalStateError
        If it was sent already.
    ProposalFileError
        If no such piece was announced.
    """
    require(actor, rights().commands["keep_piece"])
    limits = loading_rules(store)["upload"]
    with store.begin() as connection:
        _require_begun(connection, actor, number)
        files = connection.execute(text(_OWN), {"number": number}).one().files
        size = files[file]["bytes"] if 0 <= file < len(files) else 0
        due = min(limits["piece_bytes"], size - piece * limits["piece_bytes"])
        if piece < 0 or due <= 0 or len(content) != due:
            raise ProposalFileError(
                f"Piece {piece} of file {file} was not announced like this. Send the file anew.",
                f"文件 {file} 的第 {piece} 段与所声明的不符。请重新发送。",
            )
        put = (
            "insert into census.proposal_piece (proposal_id, file, piece, content) "
            "values (:number, :file, :piece, :content) on conflict do nothing"
        )
        values = {"number": number, "file": file, "piece": piece, "content": content}
        connection.execute(text(put), values)


def _require_begun(connection: Connection, actor: Actor, number: int) -> None:
    state = state_of(connection, number)
    owner = connection.execute(text(_OWN), {"number": number}).one().proposed_by
    if owner != actor.id:
        require(actor, None)
    if state != BEGUN:
        raise ProposalStateError(number, *STATES[state])


def send_delivery(store: Store, actor: Actor, *, number: int) -> None:
    """
    Say that all files are there: from now on the delivery is checked.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who proposed it.
    number
        Number of the proposal.

    Raises
    ------
    ForbiddenError
        If the actor may not, or somebody else proposed it.
    ProposalFileError
        If a piece is missing.
    """
    with deed(
        store, actor, "send_delivery", object_kind=KIND, object_code=str(number)
    ) as work:  # fmt: skip
        _require_begun(work.connection, actor, number)
        files = work.connection.execute(text(_OWN), {"number": number}).one().files
        sums = [hashlib.sha256() for _ in files]
        sizes = [0] * len(files)
        for row in _pieces(work.connection, number):
            sums[row.file].update(row.content)
            sizes[row.file] += len(row.content)
        short = [each["name"] for each, size in zip(files, sizes, strict=True)
                 if size != each["bytes"]]  # fmt: skip
        if short:
            raise ProposalFileError(
                f"Not all of {', '.join(short)} has arrived. Send it again.",
                f"{'、'.join(short)} 尚未传完。请重新发送。",
            )
        told = {"sha256": [each.hexdigest() for each in sums]}
        move(
            work.connection, number, "sent", allowed={BEGUN}, who=(actor.id, actor.name),
            detail=json.dumps(told),
        )  # fmt: skip
        work.detail |= told


def _pieces(connection: Connection, number: int) -> Iterator[Any]:
    few = {"yield_per": 8}
    with connection.execute(text(_HELD), {"number": number}, execution_options=few) as rows:
        yield from rows
