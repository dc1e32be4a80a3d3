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


def _shift(text: str) -> tuple[str, float]:
    name, equals, metres = text.rpartition("=")
    try:
        found = float(metres)
    except ValueError:
        found = float("nan")
    if not equals or not name or not abs(found) < 1000:  # noqa: PLR2004  (no datums lie a kilometre apart)
        raise argparse.ArgumentTypeError(f"应为 基准=米数 must be DATUM=METRES: {text!r}")
    return name, found
