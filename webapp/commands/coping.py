"""The command `capacity`: how well towns and villages can cope."""

import argparse

from census.products.coping_capacity import run_capacity
from census.store.database import open_store
from geo.vocabulary import CapacityLevel
from webapp.commands.console import Console

LEVEL_WORDS = {"town": ("乡镇", "towns"), "village": ("村", "villages")}


def run_assessment(asked: argparse.Namespace, console: Console) -> int:
    """
    Assess coping capacity and tell the classes, what has none, and what nobody has verified.

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
    with open_store(console.settings, place=asked.place) as store:
        found = run_capacity(store, progress=console.progress)
    console.say(
        f"{store.place}：减灾能力评估 {found.number} 完成。",
        f"{store.place}: coping capacity {found.number} is done.",
    )
    for level, (zh, en) in LEVEL_WORDS.items():
        counts = found.summary["classes"][level]
        missing = sum(each["level"] == level for each in found.summary["not_assessed"])
        pairs = list(zip(CapacityLevel, counts, strict=True))[::-1]
        console.say(
            f"{zh}：" + "，".join(f"{word.zh} {count}" for word, count in pairs)
            + f"；未评估 {missing}。",
            f"{en}: " + ", ".join(f"{word.en} {count}" for word, count in pairs)
            + f"; not assessed {missing}.",
        )  # fmt: skip
        idle = [name for name, each in found.summary["indicators"][level].items() if each["reason"]]
        if idle:
            console.say(f"  未参与的指标：{'、'.join(idle)}", f"  took no part: {', '.join(idle)}")
    tables = found.summary["unverified_parameters"]
    console.say(f"待核：{'、'.join(tables)}", f"unverified: {', '.join(tables)}")
    console.answer(
        {
            "number": found.number,
            "summary": found.summary,
            "seconds": round(found.seconds, 3),
        }
    )
    return 0
