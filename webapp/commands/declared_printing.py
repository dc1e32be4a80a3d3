"""Declare the command that prints sheets of villages and reports of runs."""

import argparse
from typing import Any

from webapp.commands.console import folder_of


def declare_printing(
    parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser
) -> None:
    """
    Declare the command ``print``.

    Parameters
    ----------
    parsers
        Where commands are declared.
    common
        Options of every command.
    """
    prints = parsers.add_parser("print", parents=[common], help="打印图件、报告 print sheets")
    prints.add_argument(
        "kind", choices=["risk", "evacuation", "run"],
        help="A3风险图、转移图，或A4区划报告 a sheet, or the report of a zoning run",
    )  # fmt: skip
    which = prints.add_mutually_exclusive_group(required=True)
    which.add_argument("number", nargs="?", metavar="NUMBER", help="区划编号 a run, for its report")
    which.add_argument("--village", nargs="+", metavar="CODE", help="村代码 these villages")
    which.add_argument("--town", metavar="CODE", help="一个乡镇的全部村 a town's villages")
    which.add_argument("--all", action="store_true", help="全部村 every village")
    prints.add_argument(
        "--out", type=folder_of, required=True, metavar="DIR", help="写到此文件夹 folder"
    )
    prints.add_argument("--lang", choices=["zh", "en"], default="zh", help="语言 language")
    prints.add_argument("--hazard", help="风险图的灾种，默认首要灾种 hazard of risk sheets")
    prints.add_argument("--address", help="二维码中的网址 address of the pages in the QR code")
    prints.set_defaults(run="printing:run_print")
