"""Name exactly what a product was made from: hashes of its inputs and the version of the code."""

import hashlib
import importlib.metadata
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
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


def fingerprint(parts: Mapping[str, Any]) -> str:
    """
    Hash a nested mapping of plain values.

    Parameters
    ----------
    parts
        Strings, numbers, lists and mappings of them.

    Returns
    -------
    str
        SHA-256 in hexadecimal, the same whatever the order of the keys.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def package_version() -> str:
    """
    Name the version of the package, without the commit of a checkout.

    Returns
    -------
    str
        For example ``0.1.0``; ``0`` where the package is not installed.
    """
    try:
        return importlib.metadata.version("riskatlas")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def code_version() -> str:
    """
    Name the version of the running code.

    Returns
    -------
    str
        Version of the package, with the commit in a source checkout: ``0.1.0+g1a2b3c4``.
    """
    root, version = Path(__file__).resolve().parents[2], package_version()
    if not (root / ".git").exists():
        return version
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        # A checkout that another user owns, or without git: the version of the package remains.
        return version
    return f"{version}+g{answer.stdout.strip().replace('-', '.')}"
