"""Rules of delivered evacuation routes: codes of their own, shelters that exist."""

from collections.abc import Iterator

import geopandas as gpd
import pandas as pd

from census.intake.context import Context
from census.intake.problems import Problem
from census.intake.reading import Delivery
from census.intake.values import source


def routes(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    """
    Check codes and shelters of delivered evacuation routes.

    Parameters
    ----------
    delivery
        The delivery.
    values
        Its rows as read.
    shapes
        Their lines; not asked.
    context
        What the district knows already.

    Yields
    ------
    Problem
        Codes that only the program gives, and shelters that nobody delivered.
    """
    del shapes
    for row, code in enumerate(values["code"]):
        if code is not None and code not in context.published_routes and _is_ours(code, context):
            yield source(delivery, row).problem(
                "reserved_code",
                "error",
                column=delivery.headings["code"],
                value=code,
                zh=f"{code} 这样的编号由系统编给方案路线（P-）和新画路线（N-），请改用本单位的编号",
                en=f"Codes such as {code} are given by the program to routes of the plan (P-) and "
                "to new ones (N-); use a code of your own",
            )
    if "shelter_code" not in values:
        return
    for row, code in enumerate(values["shelter_code"]):
        if code is not None and code not in context.shelter_codes:
            yield source(delivery, row).problem(
                "shelter_code",
                "error",
                column=delivery.headings["shelter_code"],
                value=code,
                zh=f"没有编号为 {code} 的避难场所",
                en=f"No shelter has the code {code}",
            )


def _is_ours(code: str, context: Context) -> bool:
    prefix, _, rest = code.partition("-")
    return prefix in {"P", "N"} and "-" in rest and rest.partition("-")[0] in context.names
