"""Rows of a layer as they leave the district: which columns, in whose clock, in which words."""

from collections.abc import Iterable, Mapping
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely

from census.errors import NotYetMadeError
from census.intake.fields import Field, Form
from census.intake.forms import forms
from census.store.actors import Actor
from census.store.connection import Store
from census.store.formulas import guard
from census.store.layers import read_layer
from census.store.offered import LAYERS, OFFICE_LAYERS
from census.store.personal import EXPORT_TEXTS, export_texts
from census.store.privacy import personal_of
from census.store.rights import EVERYWHERE
from census.store.shown import zoned_hazards
from census.store.zoning import current_run

INTERNAL: Final = ("delivery_id", "source_row", "notes")
TABLES: Final = {**LAYERS, **OFFICE_LAYERS}
# A mark that is empty is a no where others are made: what nobody has said is written out.
MARKS: Final[Mapping[object, str]] = {True: "yes", False: "no", None: "unknown"}
_WORKBOOK_DIGITS: Final = 16
MARKS_ZH: Final = {"yes": "是", "no": "否", "unknown": "未知", "reverse": "反向"}


def form_of(layer: str) -> Form | None:
    """
    Find the form whose deliveries make a layer.

    Parameters
    ----------
    layer
        Name of a layer of rows.

    Returns
    -------
    Form or None
        None for a product.
    """
    return next((form for form in forms() if form.name == layer), None)


def rows_of(store: Store, layer: str, actor: Actor | None, *, hazard: str | None = None) -> Any:
    """
    Read a layer with the columns that the actor may take out.

    Parameters
    ----------
    store
        The store, role app.
    layer
        A name of ``LAYERS`` or ``OFFICE_LAYERS``.
    actor
        Who takes it out. Texts that people type freely may name somebody: they leave with those
        alone who may, and it is recorded.
    hazard
        Hazard of risk zones; None for the leading one.

    Returns
    -------
    Any
        GeoDataFrame with geometry ``geom`` in the district's CRS, or DataFrame; whole numbers and
        marks with gaps keep their kind, times of day are those of the district.

    Raises
    ------
    NotYetMadeError
        If risk zones are asked for before the first zoning.
    """
    frame = risk_zones(store, hazard) if layer == "risk_zones" else _stored(store, layer, actor)
    frame = _local(frame, store.district.timezone)
    form = form_of(layer)
    return frame if form is None else _marked(frame, form)


def _stored(store: Store, layer: str, actor: Actor | None) -> Any:
    name = TABLES[layer]
    table = store.tables.metadata.tables[f"census.{name}"]
    typed = {each.name for each in personal_of(table)}
    is_whole = bool(typed) and actor is not None and actor.may(EXPORT_TEXTS, EVERYWHERE)
    if is_whole and actor is not None:
        frame = export_texts(store, actor, table_name=name)
    else:
        frame = read_layer(store, name)
    hidden = set(INTERNAL) | (set() if is_whole else typed)
    first = [name for name in ("code", "name", "level") if name in frame.columns]
    rest = [name for name in frame.columns if name not in {*first, *hidden, "geom"}]
    kept = [*first, *rest, *(["geom"] if "geom" in frame.columns else [])]
    return _in_kind(frame[kept], table)


def _in_kind(frame: Any, table: Any) -> Any:
    """Keep whole numbers whole and marks marks where some are absent."""
    kinds = {"INTEGER": "Int64", "BIGINT": "Int64", "SMALLINT": "Int64", "BOOLEAN": "boolean"}
    wanted = {
        name: kinds[str(table.c[name].type)]
        for name in frame.columns
        if name in table.c and str(table.c[name].type) in kinds and frame[name].hasnans
    }
    return frame.astype(wanted)


def _local(frame: Any, zone: str) -> Any:
    """Tell times of day in the district's zone, in which forms take them too."""
    for name in frame.select_dtypes("datetimetz").columns:
        frame[name] = frame[name].dt.tz_convert(zone)
    return frame


def _marked(frame: Any, form: Form) -> Any:
    """Write marks as words where some are unknown and others are not."""
    for each in form.fields:
        if each.type != "flag" or each.name not in frame.columns:
            continue
        column = frame[each.name]
        if column.isna().all():
            frame[each.name] = pd.Series([None] * len(frame), frame.index, dtype=object)
            continue
        words = [MARKS[None if pd.isna(value) else bool(value)] for value in column]
        frame[each.name] = pd.Series(words, frame.index, dtype=object)
    return frame


def risk_zones(store: Store, hazard: str | None = None) -> gpd.GeoDataFrame:
    """
    Join the zones of the current run with name and outline of their division.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        The hazard; None for the district's leading one, or the newest where that was not zoned.

    Returns
    -------
    geopandas.GeoDataFrame
        One row per division, by level and code, with the ``hazard``.

    Raises
    ------
    NotYetMadeError
        If nothing was zoned yet.
    """
    wanted = hazard or next(iter(zoned_hazards(store)), store.district.leading_hazard)
    run = current_run(store, wanted)
    if run is None:
        raise NotYetMadeError("zoning run", "风险区划", "riskatlas zone")
    zones = read_layer(store, "risk_zone", where={"run_id": run["id"]})
    divisions = read_layer(
        store, "division", columns=["code", "name", "town_code", "village_code", "geom"]
    )
    joined = divisions.merge(zones, left_on="code", right_on="division_code", validate="1:1")
    joined = joined.drop(columns=["division_code", "run_id"]).astype({"risk_class": "Int64"})
    joined["hazard"] = wanted
    first = ["code", "name", "level", "risk_class", "risk_word", "risk_index"]
    rest = [name for name in joined.columns if name not in {*first, "geom"}]
    return joined[[*first, *rest, "geom"]].sort_values(["level", "code"]).reset_index(drop=True)


def as_delivered(frame: Any, form: Form, villages: Mapping[str, str]) -> Any:
    """
    Turn rows of a layer into what a bureau fills into the workbook of its form.

    Parameters
    ----------
    frame
        What :func:`rows_of` gave, or rows of persons.
    form
        The form of the layer.
    villages
        Code to name of each division, for columns that only compare names.

    Returns
    -------
    Any
        A column per field of the form, in its order, and the shapes; no row of a product. Words
        instead of marks, times without zone; a text that a spreadsheet would compute is guarded.
    """
    if "origin" in frame.columns:
        frame = frame[frame["origin"] == "delivered"]
    columns = {each.name: _cells(each, frame, villages) for each in form.fields}
    table = pd.DataFrame(columns, index=frame.index, dtype=object)
    if not isinstance(frame, gpd.GeoDataFrame):
        return table
    return gpd.GeoDataFrame(table, geometry=frame.geometry.to_numpy(), crs=frame.crs)


def _cells(each: Field, frame: Any, villages: Mapping[str, str]) -> "pd.Series[Any]":
    if each.name == "village_name" and "division_code" in frame:
        names = [guard(villages.get(code)) for code in frame["division_code"]]
        return pd.Series(names, frame.index, dtype=object)
    if each.name not in frame.columns:
        return pd.Series([None] * len(frame), frame.index, dtype=object)
    column = frame[each.name]
    if isinstance(column.dtype, pd.DatetimeTZDtype):
        column = column.dt.tz_localize(None)
        told: Iterable[Any] = [None if pd.isna(at) else at.to_pydatetime() for at in column]
    else:
        told = [None if _is_absent(value) else _exact(value) for value in column.astype(object)]
    if each.type in {"flag", "oneway"}:
        told = [MARKS_ZH.get(value, value) for value in told]
    return pd.Series([guard(value) for value in told], frame.index, dtype=object)


def _exact(value: Any) -> Any:
    return whole_digits(value) if isinstance(value, float) else value


def whole_digits(number: Any) -> float | str:
    """
    Write a number so that a workbook loses nothing of it.

    Parameters
    ----------
    number
        A finite number.

    Returns
    -------
    float or str
        The number; as text where it needs a seventeenth digit, which no workbook holds.
    """
    value = float(number)
    return value if float(f"{value:.{_WORKBOOK_DIGITS}g}") == value else repr(value)


def _is_absent(value: object) -> bool:
    return value is None or value is pd.NA or value is pd.NaT or value != value  # noqa: PLR0124  (NaN)


def place_columns(frame: gpd.GeoDataFrame) -> pd.DataFrame:
    """
    Write where the rows of a layer lie as longitude and latitude.

    Parameters
    ----------
    frame
        Rows with shapes in degrees.

    Returns
    -------
    pandas.DataFrame
        Columns ``longitude`` and ``latitude``: of points with every digit, else of a point inside,
        to seven digits.
    """
    shapes = frame.geometry.to_numpy()
    if (shapely.get_type_id(shapes) == shapely.GeometryType.POINT).all():
        x, y = shapely.get_x(shapes), shapely.get_y(shapes)
    else:
        inner = shapely.point_on_surface(shapes)
        x, y = (np.round(each, 7) for each in (shapely.get_x(inner), shapely.get_y(inner)))
    return pd.DataFrame({"longitude": x, "latitude": y}, index=frame.index)
