"""Commands of the sampling inspection: draw what is to be judged, tell what share is wrong."""

import argparse
from dataclasses import asdict

from census.intake.forms import form_named
from census.intake.writing import write_table
from census.products.inspection import Quality, draw_sample, qualities
from census.store.database import open_store
from webapp.commands.console import Console
from webapp.commands.files import require_file


def run_sample(asked: argparse.Namespace, console: Console) -> int:
    """
    Draw a sample and write the workbook in which it is judged.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    require_file(asked.out, option="--out")
    with open_store(console.settings, place=asked.place) as store:
        drawn = draw_sample(store, asked.form, objects=asked.objects, seed=asked.seed)
    form = form_named("inspections")
    whole = drawn.reindex(columns=[each.name for each in form.fields]).astype(object)
    write_table(form, whole.where(whole.notna(), None), asked.out)
    objects, name = drawn["object_code"].nunique(), drawn["sample"].iloc[0]
    console.say(
        f"抽样 {name}：{objects} 个对象，{len(drawn)} 项。填写结论后输入 "
        f"`riskatlas import inspections {asked.out.name}`。",
        f"Sample {name}: {objects} objects, {len(drawn)} values. Fill in the verdicts, then type "
        f"`riskatlas import inspections {asked.out.name}`.",
    )
    console.answer({"sample": name, "objects": objects, "items": len(drawn)})
    return 0


def run_quality(asked: argparse.Namespace, console: Console) -> int:
    """
    Tell the share of wrong values of each form that was inspected.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 where every form that was judged passes, 1 where one does not.
    """
    with open_store(console.settings, place=asked.place) as store:
        found = qualities(store)
    for each in found:
        _say(each, console)
    if not found:
        console.say("还没有核查记录。", "Nothing has been inspected yet.")
    console.answer({"forms": [asdict(each) for each in found]})
    return 1 if any(each.passes is False for each in found) else 0


def _say(found: Quality, console: Console) -> None:
    label = form_named(found.form).label_zh
    console.line(f"  {label} {found.form}")
    left = (
        f"无法核查 {found.untold}，尚未核查 {found.open} untold {found.untold}, open {found.open}"
    )
    if found.wrong_share is None or found.low is None or found.high is None:
        console.line(f"      {found.objects} 个对象 objects；{left}")
        return
    verdict = "合格 passes" if found.passes else "不合格 does not pass"
    doubt = "" if found.is_sure else "（样本尚不足以断定 the sample is too small to be sure）"
    console.line(
        f"      差错 wrong {found.wrong}/{found.judged} = {found.wrong_share:.2%} "
        f"[{found.low:.2%}, {found.high:.2%}]  {verdict}{doubt}"
    )
    console.line(f"      {found.objects} 个对象 objects；{left}")
