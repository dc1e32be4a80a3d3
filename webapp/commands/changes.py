"""Commands that look at proposed deliveries and decide on them: changes, import --propose."""

import argparse
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from census.intake.change_files import KINDS, SUFFIXES, changes_csv, changes_xlsx
from census.intake.change_words import ChangeWords
from census.intake.proposing import propose_files, work_on
from census.intake.stated_facts import LIMITS
from census.products.crosschecks.proposed import proposed_checks
from census.store.actors import system_actor
from census.store.connection import Store
from census.store.database import open_store
from census.store.proposal_decisions import (
    accept_delivery,
    check_delivery_again,
    reject_delivery,
    stop_delivery,
)
from census.store.proposal_events import STATES
from census.store.proposal_reading import (
    Proposal,
    ToldChange,
    proposal_changes,
    proposal_of,
    proposal_problems,
    proposed_deliveries,
)
from webapp.commands.console import Console
from webapp.commands.faults import say_faults
from webapp.commands.files import require_file, write_file
from webapp.errors import ChangeFileError

_SHOWN: Final = 40
# What went well ends with 0.
_GOOD: Final = frozenset({"read", "halted", "accepted", "rejected", "stopped"})


def stated_of(asked: argparse.Namespace) -> dict[str, float]:
    """
    Read what was stated of a raster on the command line.

    Parameters
    ----------
    asked
        What was typed.

    Returns
    -------
    dict
        Number by fact, those that were stated.
    """
    found = {name: getattr(asked, name) for name in LIMITS}
    return {name: value for name, value in found.items() if value is not None}


def run_propose(asked: argparse.Namespace, console: Console) -> int:
    """
    Keep a delivery, check it, and tell what it would change; nothing of the layer changes.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 where it waits for a decision, 1 where it was refused with a list of problems.
    """
    declared = {
        "source_crs": asked.source_crs, "encoding": asked.encoding, "mapping": dict(asked.map),
        "layers": asked.layer, "stated": stated_of(asked), "accept_faulty": asked.yes,
    }  # fmt: skip
    with open_store(console.settings, place=asked.place) as store:
        number = propose_files(store, system_actor(), asked.form, asked.files, declared)
        console.progress(f"check {number}")
        work_on(store, number, asks=proposed_checks)
        return _told(store, number, console)


def run_changes(asked: argparse.Namespace, console: Console) -> int:
    """
    List proposed deliveries, show one, or decide on it.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 done, 1 where the delivery was refused or overtaken.
    """
    if asked.out:
        require_file(asked.out, option="--out")
        if asked.out.suffix not in SUFFIXES:
            raise ChangeFileError(asked.out)
    with open_store(console.settings, place=asked.place) as store:
        if asked.number is None:
            return _list(store, console)
        _decide(store, asked)
        work_on(store, asked.number, asks=proposed_checks)
        if asked.out:
            _write(store, asked.number, asked.out)
        return _told(store, asked.number, console)


def _decide(store: Store, asked: argparse.Namespace) -> None:
    actor, number = system_actor(), asked.number
    if asked.accept:
        accept_delivery(
            store, actor, number=number, left_out=asked.without, says_gone=asked.yes,
            reason=asked.reason,
        )  # fmt: skip
    elif asked.reject:
        reject_delivery(store, actor, number=number, reason=asked.reason or "")
    elif asked.stop:
        stop_delivery(store, actor, number=number)
    elif asked.again:
        check_delivery_again(store, actor, number=number)


def _list(store: Store, console: Console) -> int:
    found = proposed_deliveries(store, system_actor())
    zone = ZoneInfo(store.district.timezone)
    for each in found:
        zh, en = STATES[each.state]
        when = f"{each.proposed_at.astimezone(zone):%Y-%m-%d %H:%M}"
        console.line(
            f"  {each.number:5}  {when}  {each.form:22} {each.file_names}  "
            f"{each.proposed_by_name}  {zh} {en}"
        )
    if not found:
        console.say("没有待审交付。", "No delivery was proposed.")
    console.answer({"proposals": [_facts(each) for each in found]})
    return 0


def _told(store: Store, number: int, console: Console) -> int:
    actor = system_actor()
    found = proposal_of(store, actor, number=number)
    problems = proposal_problems(store, actor, reading=found.reading)
    changes = proposal_changes(store, actor, found=found)
    zh, en = STATES[found.state]
    console.say(f"交付 {number}（{found.file_names}）：{zh}", f"delivery {number}: {en}")
    if found.reason:
        console.line(f"  {found.reason}")
    say_faults(problems, console, most=_SHOWN)
    _say_changes(found, changes, console)
    _say_beside(found, console)
    told = _facts(found) | {"problems": problems, "changes": list(map(asdict, changes))}
    console.answer(told)
    return 0 if found.state in _GOOD else 1


def _say_changes(found: Proposal, changes: Sequence[ToldChange], console: Console) -> None:
    counts, words = found.counts, ChangeWords(found.form, is_chinese=True)
    if counts:
        console.say(
            f"  新增 {counts['added']}，变更 {counts['changed']}（移动 {counts['moved']}），"
            f"消失 {counts['gone']}，存疑 {counts['doubtful']}，不变 {counts['unchanged']}。",
            f"  {counts['added']} added, {counts['changed']} changed ({counts['moved']} moved), "
            f"{counts['gone']} gone, {counts['doubtful']} doubtful, {counts['unchanged']} "
            "unchanged.",
        )
    for change in changes[:_SHOWN]:
        zh, en = KINDS[change.kind]
        moved = "" if change.moved_m is None else f"  {change.moved_m:.1f} m"
        console.line(f"  {zh} {en}  {change.code}  {words.name(change)}{moved}")
        for line in words.lines(change) if change.kind == "update" else ():
            console.line(f"      {line.field}: {line.before} → {line.after}")
    more = len(changes) - _SHOWN
    if more > 0:
        console.say(f"  另有 {more} 项，见 --out。", f"  {more} more: see --out.")


def _say_beside(found: Proposal, console: Console) -> None:
    """Say what it means beside its rows: for a grid as a whole, and for the other tables."""
    whole, checks = found.found.get("whole"), found.found.get("checks")
    if whole is not None:
        for zh, en, grid in (("现在", "stored", whole["stood"]), ("入库后", "new", whole["comes"])):
            if grid is not None:
                shape = f"{grid['columns']} x {grid['rows']}"
                span = f"{grid['lowest']:g} – {grid['highest']:g}"
                console.say(f"  栅格（{zh}）：{shape}，{span}", f"  grid ({en}): {shape}, {span}")
    if checks is None or "rules" not in checks:
        return
    broken, mended = (sum(each[kind] for each in checks["rules"]) for kind in ("broken", "mended"))
    console.say(
        f"  入库后与其他表：新增不一致 {broken} 处，消除 {mended} 处。",
        f"  against the other tables: {broken} newly disagree, {mended} mended.",
    )
    for each in checks["broken"][:_SHOWN]:
        console.line(f"  [{each['rule']}] {each['table']} {each['code']}")
        console.line(f"      {each['sentence_zh']}  {each['sentence_en']}")


def _facts(found: Proposal) -> dict[str, Any]:
    kept = ("number", "form", "layer", "files", "proposed_by", "proposed_at", "state", "reason")
    told = {name: getattr(found, name) for name in kept}
    beside = {name: found.found.get(name) for name in ("checks", "whole")}
    return told | beside | {"counts": dict(found.counts), "decision": dict(found.decision)}


def _write(store: Store, number: int, out: Path) -> None:
    actor = system_actor()
    found = proposal_of(store, actor, number=number)
    changes = proposal_changes(store, actor, found=found)
    write = changes_csv if out.suffix == ".csv" else changes_xlsx
    write_file(out, write(changes, ChangeWords(found.form, is_chinese=True)), option="--out")
