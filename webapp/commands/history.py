"""The command that tells what became of one object, delivery by delivery."""

import argparse
from dataclasses import asdict
from typing import Any
from zoneinfo import ZoneInfo

from census.intake.forms import form_named
from census.store.database import open_store
from census.store.object_history import LeftOut, Standing, Step, left_out_of, object_history
from webapp.commands.console import Console

_WORDS = {"insert": ("新增", "added"), "update": ("变更", "changed"), "delete": ("消失", "gone")}
_LEFT = {"left_out": ("未采纳", "left out"), "rejected": ("退回", "rejected")}


def run_history(asked: argparse.Namespace, console: Console) -> int:
    """
    Tell the changes of an object, and what it says now.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0; 1 where no delivery ever had such an object.
    """
    form = form_named(asked.form)
    with open_store(console.settings, place=asked.place) as store:
        steps, standing = object_history(store, form.table, asked.code)
        left_out = left_out_of(store, form.table, asked.code)
        zone = ZoneInfo(store.district.timezone)
    for step in steps:
        _say_step(step, zone, console)
    for each in left_out:
        _say_left_out(each, zone, console)
    _say_standing(standing, zone, console, is_known=bool(steps))
    console.answer(
        {
            "form": form.name, "code": asked.code, "steps": [asdict(step) for step in steps],
            "left_out": list(map(asdict, left_out)),
            "stands": None if standing is None else asdict(standing),
        }
    )  # fmt: skip
    return 0 if steps or standing is not None else 1


def _say_step(step: Step, zone: ZoneInfo, console: Console) -> None:
    zh, en = _WORDS[step.kind]
    when = step.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    moved = "" if step.moved_m is None else f"，位移 moved {step.moved_m:.1f} m"
    who = f"  {step.proposed_by} → {step.accepted_by or step.reviewed_by}"
    console.line(f"  {when}  {zh} {en}  {step.file_name or step.origin}{moved}{who}")
    for name, (before, after) in step.changed.items():
        console.line(f"      {name}: {_shown(before)} → {_shown(after)}")


def _say_left_out(each: LeftOut, zone: ZoneInfo, console: Console) -> None:
    zh, en = _WORDS[each.kind]
    not_zh, not_en = _LEFT[each.outcome]
    when = each.at.astimezone(zone).strftime("%Y-%m-%d %H:%M")
    who = f"{each.proposed_by} → {each.decided_by}"
    why = f"  {each.reason}" if each.reason else ""
    console.line(f"  {when}  {zh} {en}：{not_zh} {not_en}  {each.file_name}  {who}{why}")
    for name, (before, after) in each.changed.items():
        console.line(f"      {name}: {_shown(before)} ↛ {_shown(after)}")


def _shown(value: Any) -> str:
    return "—" if value is None else str(value)


def _say_standing(
    standing: Standing | None, zone: ZoneInfo, console: Console, *, is_known: bool
) -> None:
    if standing is None:
        if is_known:
            console.say("  现已不在图层中。", "  It is no longer in the layer.")
        else:
            console.say("  没有这个编号。", "  There is no such code.")
        return
    at = standing.delivered_at
    when = "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M} "
    file = standing.file_name or "—"
    who = f" {standing.accepted_by}" if standing.accepted_by else ""
    console.say(f"  现状来自 {when}{file}{who}。", f"  As it stands: {when}{file}{who}.")
