"""Faults of a delivery as lines on a console: how grave, where, and both sentences."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from webapp.commands.console import Console

LEVELS: Final = {"error": "错误 error", "warning": "提醒 warning", "repair": "已修正 repaired"}


def say_faults(faults: Sequence[Mapping[str, Any]], console: Console, *, most: int) -> None:
    """
    Tell the first faults; the caller says where the others are.

    Parameters
    ----------
    faults
        Rows of problems: file, sheet, row, column, value, level and both sentences.
    console
        Where to speak.
    most
        How many are told.
    """
    for each in faults[:most]:
        console.line(f"  [{LEVELS[each['level']]}] {_where(each)}")
        console.line(f"      {each['sentence_zh']}  {each['sentence_en']}")


def _where(fault: Mapping[str, Any]) -> str:
    """Name file, sheet, row, column and value, as far as the fault has them."""
    row = "" if fault["row"] is None else f"第 {fault['row']} 行 row {fault['row']}"
    value = repr(fault["value"]) if fault["value"] else ""
    told = " = ".join(part for part in (fault["column"], value) if part)
    return " · ".join(part for part in (fault["file"], fault["sheet"], row, told) if part)
