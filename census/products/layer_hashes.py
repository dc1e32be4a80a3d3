"""Hash the rows of a layer: what they say counts, not how or in which order they came in."""

import hashlib
from typing import Any

import geopandas as gpd
import pandas as pd
import shapely

BOOKKEEPING = ("id", "delivery_id", "source_row", "notes")
"""Columns that say how a row came in, not what it says: no part of an input's hash."""


def layer_hash(layer: pd.DataFrame) -> dict[str, Any]:
    """
    Hash the rows of a layer whatever their order.

    Parameters
    ----------
    layer
        Table or GeoDataFrame.

    Returns
    -------
    dict
        ``rows`` and ``sha256``.
    """
    geometry = layer.geometry.name if isinstance(layer, gpd.GeoDataFrame) else None
    columns = sorted(set(layer.columns) - {*BOOKKEEPING, geometry})
    parts = [layer[column].map(_text).tolist() for column in columns]
    if isinstance(layer, gpd.GeoDataFrame):
        parts.append(shapely.to_wkb(layer.geometry.to_numpy(), hex=True).tolist())
    rows = sorted("\x1f".join(map(str, row)) for row in zip(*parts, strict=True))
    digest = hashlib.sha256("\x1e".join([*columns, *rows]).encode())
    return {"rows": len(layer), "sha256": digest.hexdigest()}


def _text(value: object) -> str:
    # A column with gaps turns integers into floats: 3 and 3.0 are one value here.
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  (NaN)
        return ""
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)
