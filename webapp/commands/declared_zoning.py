"""Declare the command that zones."""

import argparse
from collections.abc import Mapping
from typing import Any


def declare_zone(
    parsers: "argparse._SubParsersAction[Any]",
    common: argparse.ArgumentParser,
    hazard: Mapping[str, Any],
) -> None:
    """
    Declare ``zone``.

    Parameters
    ----------
    parsers
        Where commands are declared.
    common
        Options that every command has.
    hazard
        What every command says of its option ``--hazard``.
    """
    zone = parsers.add_parser("zone", parents=[common], help="风险区划 run a risk zoning")
    zone.add_argument("--hazard", **hazard)
    zone.add_argument(
        "--unit", choices=["village", "town", "grid"],
        help="按哪一级定分级界限，默认最细 whose units set the breaks, by default the finest",
    )  # fmt: skip
    zone.add_argument(
        "--classes", choices=["natural_breaks", "quantile", "mean_sd", "fixed"], metavar="METHOD",
        help="分级方法 how limits are set: natural_breaks quantile mean_sd fixed",
    )  # fmt: skip
    zone.add_argument(
        "--limits", type=float, nargs="+", metavar="INDEX",
        help="固定界限，升序 limits of fixed classes, ascending",
    )  # fmt: skip
    zone.add_argument(
        "--base-run", metavar="NUMBER",
        help="沿用此区划的界限 take the limits of this earlier run",
    )  # fmt: skip
    zone.add_argument(
        "--recompute-history", action="store_true",
        help="不区划，按现用区划重算早先的 zone nothing: bring earlier runs to the current method",
    )  # fmt: skip
    zone.set_defaults(run="products:run_zone")
