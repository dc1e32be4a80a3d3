"""Hold a delivery of routes against those that people published: these stay, and it is told."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

from census.intake.context import Context
from census.intake.fields import Form
from census.intake.problems import Problem, Source
from census.intake.values import source_of
from census.store.connection import Store
from census.store.layers import read_layer

TABLE = "evacuation_route"
COLUMNS = ["code", "name", "unit_code", "shelter_code", "origin", "version", "geom"]
COMPARED = {
    "shelter_code": ("避难场所", "shelter"),
    "unit_code": ("起点网格", "grid unit"),
    "name": ("名称", "name"),
}
SAME_M = 0.01
"""Stored coordinates are rounded to about a millimetre."""


@dataclass(frozen=True)
class Kept:
    """
    A delivery of routes without those that people published.

    Attributes
    ----------
    rows
        The rows to write.
    codes
        Routes that stay as they were published, delivered or not.
    problems
        A remark for each that the delivery would have changed or left out.
    """

    rows: Any
    codes: frozenset[str]
    problems: list[Problem]


def keep_published(  # noqa: PLR0917  (a delivery, its rows as they came and as they are written)
    store: Store, form: Form, rows: Any, file: str, context: Context, accepted: Any = None
) -> Kept:
    """
    Take the published routes out of a delivery.

    Parameters
    ----------
    store
        The district's database.
    form
        Form of the delivery; any but that of routes is left as it is.
    rows
        Rows to write.
    file
        Name of the file.
    context
        The district.
    accepted
        Rows of the delivery in the same order, with file, sheet and row; None where there are none.

    Returns
    -------
    Kept
        What is left to write, and what is told.
    """
    if form.table != TABLE:
        return Kept(rows, frozenset(), [])
    stored = read_layer(store, TABLE, columns=COLUMNS)
    published = stored[stored["version"].notna()].set_index("code")
    metric = published.geometry.to_crs(context.metric_srid)
    lines = rows.geometry.to_crs(context.metric_srid).to_numpy() if len(rows) else ()
    problems = []
    for at, code in enumerate(rows["code"]):
        if code in published.index:
            told = list(_differences(rows.iloc[at], published.loc[code], lines[at], metric[code]))
            if told:
                here = source_of(accepted, at)
                problems.append(_kept(here, code, int(published.loc[code, "version"]), told))
    problems += _left_out(published, rows, Source(file))
    left = rows[~rows["code"].isin(published.index)]
    return Kept(left, frozenset(published.index), problems)


def _differences(
    row: "pd.Series[Any]", shown: "pd.Series[Any]", line: Any, shown_line: Any
) -> Iterator[tuple[str, str]]:
    away_m = float(shapely.hausdorff_distance(line, shown_line))
    if away_m > SAME_M:
        yield f"线路最多相差 {away_m:.2f} 米", f"its line lies up to {away_m:.2f} m away"
    for name, (zh, en) in COMPARED.items():
        old, new = _text(shown[name]), _text(row.get(name))
        if old != new:
            yield f"{zh}公布为“{old}”、交付为“{new}”", f"{en} {new!r} instead of {old!r}"


def _text(value: object) -> str:
    return "" if value is None or value is pd.NA or value != value else str(value)  # noqa: PLR0124  (NaN)


def _kept(here: Source, code: str, version: int, told: list[tuple[str, str]]) -> Problem:
    zh, en = zip(*told, strict=True)
    return here.problem(
        "published_route",
        "warning",
        value=code,
        zh=f"路线 {code} 已公布第 {version} 版，保持公布的样子，本行未采用；"
        f"不同之处：{'；'.join(zh)}",
        en=f"Route {code} stays as version {version} that was published, this row is not taken: "
        f"{'; '.join(en)}",
    )


def _left_out(published: gpd.GeoDataFrame, rows: Any, here: Source) -> list[Problem]:
    delivered = published.index[published["origin"] == "delivered"]
    return [
        here.problem(
            "published_route_left_out",
            "warning",
            value=code,
            zh=f"交付中没有路线 {code}，但它已公布第 {int(published.loc[code, 'version'])} 版，"
            "予以保留；不再使用时请在路线工作台撤回",
            en=f"The delivery lacks route {code}, of which version "
            f"{int(published.loc[code, 'version'])} is published: it stays; withdraw it at the "
            "route desk if it is no longer used",
        )
        for code in sorted(set(delivered) - set(rows["code"]))
    ]
