"""The command that asks whether the tables of a district agree with each other."""

import argparse
import json
from typing import Any, Final

from census.products.crosschecks.asking import Answer, ask
from census.store.database import open_store
from webapp.commands.console import Console
from webapp.commands.faults import LEVELS
from webapp.commands.files import require_file, write_file

_SHOWN: Final = 5


def run_check(asked: argparse.Namespace, console: Console) -> int:
    """
    Ask the cross-checks and tell what does not agree.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 where everything agrees, 1 where a person has something to look at.
    """
    report = asked.report
    if report is not None:
        require_file(report, option="--report")
    with open_store(console.settings, place=asked.place) as store:
        answers = ask(store, rules=asked.rule)
    for answer in answers:
        _say(answer, console, is_whole=asked.all)
    rows = [row for answer in answers for row in answer.rows()]
    if report is not None:
        content = json.dumps(rows, ensure_ascii=False, indent=1, default=str)
        write_file(report, content.encode(), option="--report")
    console.say(
        f"共核对 {len(answers)} 条规则，{len(rows)} 处需要处理。",
        f"{len(answers)} rules asked, {len(rows)} findings.",
    )
    console.answer({"findings": rows, "rules": [_summary(each) for each in answers]})
    return 1 if rows else 0


def _say(answer: Answer, console: Console, *, is_whole: bool) -> None:
    found = answer.findings
    doubt = "" if answer.is_verified else " 待核"
    head = f"{answer.title_zh} {answer.title_en} [{answer.rule}]{doubt}"
    if answer.empty_tables:
        console.line(f"  —  {head}: 无数据 no rows in {', '.join(answer.empty_tables)}")
        return
    level = LEVELS[answer.level] if found else "一致 agrees"
    console.line(f"  {len(found):>5}  {level}  {head}")
    for each in found if is_whole else found[:_SHOWN]:
        where = " ".join(part for part in (each.code, each.name) if part)
        console.line(f"           {where}: {each.sentence_zh}；{each.fix_zh}。")
        console.line(f"           {' ' * len(where)}  {each.sentence_en}. {each.fix_en}.")
    if not is_whole and len(found) > _SHOWN:
        rest = len(found) - _SHOWN
        console.line(f"           … 另有 {rest} 处，--all 全部列出 {rest} more with --all")


def _summary(answer: Answer) -> dict[str, Any]:
    return {
        "rule": answer.rule, "level": answer.level, "title_zh": answer.title_zh,
        "title_en": answer.title_en, "clause_zh": answer.clause_zh, "clause_en": answer.clause_en,
        "is_verified": answer.is_verified, "empty_tables": list(answer.empty_tables),
        "findings": len(answer.findings),
    }  # fmt: skip
