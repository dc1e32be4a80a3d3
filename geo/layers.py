"""Say what a layer must be (geometry, columns, units, CRS), and name all its faults at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Literal

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from pandas.api import types

from geo.crs import crs_name, crs_of, require_metric
from geo.errors import CRSError, LayerError

Kind = Literal["integer", "number", "text", "boolean", "date"]
Fault = tuple[str, str]

_KIND_ZH: Mapping[str, str] = {
    "integer": "整数",
    "number": "数值",
    "text": "文本",
    "boolean": "是/否",
    "date": "日期",
}
_NAMED_ROWS = 10


@dataclass(frozen=True, kw_only=True)
class ColumnRule:
    """
    What a column must hold.

    Attributes
    ----------
    kind
        Kind of its values.
    unit
        Unit of measure, ``""`` where there is none.
    required
        Whether the column must exist and have no gaps; a column that may be missing may have gaps.
    minimum, maximum
        Least and largest value, both allowed; None = no limit.
    unique
        Whether a value may occur only once.
    """

    kind: Kind
    unit: str = ""
    required: bool = True
    minimum: float | None = None
    maximum: float | None = None
    unique: bool = False


@dataclass(frozen=True, kw_only=True)
class LayerContract:
    """
    What a layer must be.

    Attributes
    ----------
    name
        What the sentence calls the layer.
    geometry
        Geometry kinds allowed, such as ``("Polygon", "MultiPolygon")``.
    columns
        Rule of each column that is looked at; further columns are free.
    crs
        ``"metric"`` (projected, in metres), ``"any"`` (declared), or one CRS as text.
    """

    name: str
    geometry: tuple[str, ...]
    columns: Mapping[str, ColumnRule] = field(default_factory=dict)
    crs: str = "metric"


def check_layer(layer: gpd.GeoDataFrame, contract: LayerContract) -> None:
    """
    Refuse a layer that breaks its contract, with every fault in one sentence list.

    Parameters
    ----------
    layer
        Any layer.
    contract
        What it must be.

    Raises
    ------
    LayerError
        If geometries are missing, empty, invalid or of another kind, if the CRS does not fit, or
        if columns are missing, of another kind, have gaps, repeat or leave their range.
    """
    faults = [*_crs_faults(layer, contract), *_geometry_faults(layer, contract)]
    for name, rule in contract.columns.items():
        if name in layer.columns:
            faults += _column_faults(layer, name, rule)
        elif rule.required:
            faults.append((f"column {name} is missing", f"缺少字段“{name}”"))
    if faults:
        raise LayerError(
            f"{contract.name}: " + "; ".join(fault[0] for fault in faults) + ".",
            f"图层“{contract.name}”：" + "；".join(fault[1] for fault in faults) + "。",
        )


def _crs_faults(layer: gpd.GeoDataFrame, contract: LayerContract) -> Iterator[Fault]:
    found = crs_of(layer)
    if found is None:
        yield "it has no CRS", "未声明坐标系"
    elif contract.crs == "metric":
        try:
            require_metric(found, name="it")
        except CRSError:
            name = crs_name(found)
            yield f"its CRS {name} does not measure in metres", f"坐标系 {name} 不能以米量算"
    elif contract.crs != "any":
        need = crs_of(contract.crs)
        if need is not None and not found.equals(need, ignore_axis_order=True):
            names = crs_name(found), crs_name(need)
            yield f"its CRS is {names[0]}, not {names[1]}", f"坐标系是 {names[0]}，应为 {names[1]}"


def _geometry_faults(layer: gpd.GeoDataFrame, contract: LayerContract) -> Iterator[Fault]:
    shapes = layer.geometry
    absent = (shapes.isna() | shapes.is_empty).to_numpy()
    other = ~absent & ~shapes.geom_type.isin(contract.geometry).to_numpy()
    invalid = ~absent & ~shapely.is_valid(shapes.to_numpy())
    flat = ~absent & ~np.isfinite(shapes.bounds.to_numpy()).all(axis=1)
    kinds = "/".join(contract.geometry)
    yield from _rows(layer, absent, "no geometry", "没有几何图形")
    yield from _rows(layer, other, f"a geometry that is not {kinds}", f"几何类型不是 {kinds}")
    yield from _rows(layer, invalid, "an invalid geometry", "几何图形无效")
    yield from _rows(layer, flat, "infinite coordinates", "坐标为无穷大")


def _column_faults(layer: gpd.GeoDataFrame, name: str, rule: ColumnRule) -> Iterator[Fault]:
    column = layer[name]
    gaps = column.isna().to_numpy()
    if rule.required:
        yield from _rows(layer, gaps, f"no {name}", f"“{name}”为空")
    if not _is_kind(column, rule.kind):
        yield (
            f"column {name} holds {column.dtype}, not {rule.kind}",
            f"字段“{name}”的类型是 {column.dtype}，应为{_KIND_ZH[rule.kind]}",
        )
        return
    if rule.unique:
        twice = column.duplicated(keep=False).to_numpy() & ~gaps
        yield from _rows(layer, twice, f"a {name} that occurs more than once", f"“{name}”重复")
    if rule.kind in {"integer", "number"}:
        yield from _range_faults(layer, name, rule)


def _range_faults(layer: gpd.GeoDataFrame, name: str, rule: ColumnRule) -> Iterator[Fault]:
    numbers = layer[name].to_numpy(dtype=np.float64, na_value=np.nan)
    unit = f" {rule.unit}" if rule.unit else ""
    infinite = np.isinf(numbers)
    yield from _rows(layer, infinite, f"an infinite {name}", f"“{name}”为无穷大")
    if rule.minimum is not None:
        low = (numbers < rule.minimum) & ~infinite
        limit = f"{rule.minimum:g}{unit}"
        yield from _rows(layer, low, f"{name} below {limit}", f"“{name}”小于 {limit}")
    if rule.maximum is not None:
        high = (numbers > rule.maximum) & ~infinite
        limit = f"{rule.maximum:g}{unit}"
        yield from _rows(layer, high, f"{name} above {limit}", f"“{name}”大于 {limit}")


def _is_kind(column: pd.Series, kind: Kind) -> bool:
    known = column.dropna()
    if known.empty:
        return True
    if kind == "boolean":
        return bool(types.is_bool_dtype(known.infer_objects()))
    if kind == "date":
        return bool(types.infer_dtype(known) in {"date", "datetime", "datetime64"})
    if kind == "text":
        return bool(types.infer_dtype(known) == "string")
    if types.is_bool_dtype(known) or not types.is_numeric_dtype(known):
        return False
    # A column of whole numbers with gaps arrives as floats: what counts is the values.
    numbers = known.to_numpy(dtype=np.float64)
    return kind == "number" or bool((numbers[np.isfinite(numbers)] % 1 == 0).all())


def _rows(
    layer: gpd.GeoDataFrame, faulty: "np.ndarray[tuple[int], np.dtype[np.bool_]]", en: str, zh: str
) -> Iterator[Fault]:
    count = int(faulty.sum())
    if count:
        named = ", ".join(str(key) for key in layer.index[faulty][:_NAMED_ROWS])
        more = f" and {count - _NAMED_ROWS} more" if count > _NAMED_ROWS else ""
        more_zh = f" 等共 {count} 行" if count > _NAMED_ROWS else ""
        yield f"{en} in row {named}{more}", f"{zh}（行 {named}{more_zh}）"


def require_polygons(zones: gpd.GeoDataFrame, *, name: str = "zones") -> None:
    """
    Refuse zones that have no valid area; all faulty rows are named at once.

    Parameters
    ----------
    zones
        Layer to check.
    name
        What the sentence calls it.

    Raises
    ------
    LayerError
        If geometries are missing, empty, not polygons or invalid.
    """
    shapes = zones.geometry.to_numpy()
    area = np.isin(shapely.get_type_id(shapes), (3, 6))
    faulty = ~area | shapely.is_empty(shapes) | ~shapely.is_valid(shapes)
    if faulty.any():
        rows = ", ".join(str(key) for key in zones.index[faulty][:20])
        raise LayerError(
            f"{name}: {int(faulty.sum())} rows are not valid polygons: {rows}. Repair them first.",
            f"图层“{name}”有 {int(faulty.sum())} 行不是有效的面：{rows}。请先修复。",
        )
