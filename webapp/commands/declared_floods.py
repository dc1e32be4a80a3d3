"""Declare the commands that compute floods."""

import argparse
from typing import Any


def declare_floods(
    parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser
) -> None:
    """
    Declare ``flood`` and its steps.

    Parameters
    ----------
    parsers
        Where commands are declared.
    common
        Options that every command has.
    """
    flood = parsers.add_parser("flood", help="淹没计算 compute floods")
    steps = flood.add_subparsers(dest="step", required=True)
    surge = steps.add_parser(
        "surge", parents=[common], help="风暴潮漫堤淹没 the sea over the dykes, at each level"
    )
    surge.add_argument(
        "--return-period", type=float, metavar="YEARS",
        help="用于区划的重现期，须有潮位 return period that is zoned; it needs a level",
    )  # fmt: skip
    surge.add_argument(
        "--breach", nargs="+", default=[], metavar="SECTION",
        help="溃决的堤段编号 codes of dyke sections that are gone",
    )  # fmt: skip
    surge.add_argument(
        "--shift", action="append", default=[], type=_shift, metavar="DATUM=METRES",
        help="该基准的高程数应加的米数 what to add to heights in this datum",
    )  # fmt: skip
    surge.add_argument(
        "--elevation-datum", metavar="NAME",
        help="高程栅格未注明基准时用 datum of an elevation that states none",
    )  # fmt: skip
    surge.set_defaults(run="flooding:run_surge_flood")
    spill = steps.add_parser(
        "spill", parents=[common], help="设计暴雨填洼 a design storm at rest in the hollows"
    )
    _storm(spill)
    spill.set_defaults(run="flooding:run_storm_flood", window=None)
    simulate = steps.add_parser(
        "simulate", parents=[common], help="设计暴雨二维模拟 a design storm in time, town by town"
    )
    _storm(simulate)
    simulate.add_argument(
        "--window", nargs="+", default=[], metavar="CODE",
        help="乡镇或村代码，默认全部乡镇 towns or villages, by default every town",
    )  # fmt: skip
    simulate.set_defaults(run="flooding:run_storm_flood")


def _storm(step: argparse.ArgumentParser) -> None:
    step.add_argument(
        "--return-period", type=float, required=True, metavar="YEARS", help="重现期 return period"
    )
    step.add_argument(
        "--duration-min", type=float, default=120.0, metavar="MINUTES",
        help="降雨历时，分钟，默认120 length of the storm, by default 120",
    )  # fmt: skip
    step.add_argument(
        "--formula", metavar="EDITION",
        help="暴雨强度公式的版次，仅有一个时不必填 edition of the formula, where there are several",
    )  # fmt: skip
    step.add_argument("--later", action="store_true", help="交给后台进程 let the worker do it")


def _shift(text: str) -> tuple[str, float]:
    name, equals, metres = text.rpartition("=")
    try:
        found = float(metres)
    except ValueError:
        found = float("nan")
    if not equals or not name or not abs(found) < 1000:  # noqa: PLR2004  (no datums lie a kilometre apart)
        raise argparse.ArgumentTypeError(f"应为 基准=米数 must be DATUM=METRES: {text!r}")
    return name, found
