"""Keep delivered rasters as they came, with a hash of their cells, and hand them out again."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import rasterio
from rasterio.io import MemoryFile
from sqlalchemy import Connection, delete, select
from sqlalchemy.dialects.postgresql import insert

from census.errors import NotYetMadeError
from census.store.connection import Store
from census.store.deliveries import bump_generation


@dataclass(frozen=True, kw_only=True)
class RasterTerms:
    """
    What a raster stands for beside its name and unit; None where it is not known.

    Attributes
    ----------
    hazard
        Hazard that it tells of.
    return_period_years
        Years between events as large as this one, on average.
    rung
        How it was made: ``spill``, ``simulation``, ``imported`` or ``connected``.
    vertical_rmse_m
        Root mean square error of its heights or depths, metres.
    provenance
        Inputs with their hashes, parameters and version of the program that computed it.
    """

    hazard: str | None = None
    return_period_years: float | None = None
    rung: str | None = None
    vertical_rmse_m: float | None = None
    provenance: Mapping[str, Any] | None = None


def cells_sha256(file: bytes) -> str:
    """
    Hash what a raster says: cells, transform, CRS and no-data, whatever its compression.

    Parameters
    ----------
    file
        Bytes of a GeoTIFF.

    Returns
    -------
    str
        SHA-256, hexadecimal.
    """
    digest = hashlib.sha256()
    # Only GeoTIFF: another driver could be told by the file to read other files of this machine.
    with MemoryFile(file) as memory, rasterio.open(memory.name, driver="GTiff") as raster:
        place = (raster.shape, tuple(raster.transform), raster.crs.to_wkt(), raster.nodatavals)
        digest.update(repr(place).encode())
        digest.update(raster.read().tobytes())
    return digest.hexdigest()


def put_raster(  # noqa: PLR0917  (what a raster is comes before its file)
    store: Store,
    name: str,
    kind: str,
    scenario: str,
    unit: str,
    file: Path | bytes,
    *,
    data_date: date | None = None,
    provider: str | None = None,
    is_made_up: bool = False,
    delivery_id: int | None = None,
    terms: RasterTerms | None = None,
    connection: Connection | None = None,
) -> str:
    """
    Keep a raster under a name; one of that name is replaced.

    Parameters
    ----------
    store
        The store, role app.
    name
        Name, such as ``flood_depth``.
    kind
        ``flood_depth``, ``elevation`` or ``people_pattern``.
    scenario
        What it stands for.
    unit
        Unit of its cells.
    file
        A GeoTIFF: its path or its bytes.
    data_date
        Date that it stands for.
    provider
        Who delivered it.
    is_made_up
        Whether it is made up.
    delivery_id
        The delivery it came with.
    terms
        What else it stands for; None for nothing that is known.
    connection
        The caller's transaction; None for one of its own.

    Returns
    -------
    str
        Hash of its cells.
    """
    content = file if isinstance(file, bytes) else file.read_bytes()
    row = {
        "kind": kind, "scenario": scenario, "unit": unit, "sha256": cells_sha256(content),
        "file": content, "data_date": data_date, "provider": provider, "is_made_up": is_made_up,
        "delivery_id": delivery_id, **asdict(terms or RasterTerms()),
    }  # fmt: skip
    put = insert(store.tables.raster).values(name=name, **row)
    put = put.on_conflict_do_update(index_elements=["name"], set_=row)
    if connection is not None:
        connection.execute(put)
    else:
        with store.begin() as own:
            own.execute(put)
    return str(row["sha256"])


@dataclass(frozen=True, kw_only=True)
class Computed:
    """
    A raster that the program computed.

    Attributes
    ----------
    name
        Its name, also its kind.
    scenario
        What it stands for.
    unit
        Unit of its cells.
    file
        A GeoTIFF.
    terms
        What else it stands for, its provenance among it.
    """

    name: str
    scenario: str
    unit: str
    file: bytes
    terms: RasterTerms


def put_computed(store: Store, made: Sequence[Computed], *, replaces: str | None = None) -> None:
    """
    Keep the rasters of one computation, all or none.

    Parameters
    ----------
    store
        The store, role app.
    made
        The rasters.
    replaces
        Rasters whose names begin so are of an earlier computation and go.
    """
    table = store.tables.raster
    with store.begin() as connection:
        if replaces:
            stale = table.c.name.startswith(replaces, autoescape=True)
            connection.execute(delete(table).where(stale))
        for each in made:
            put_raster(
                store, each.name, each.name, each.scenario, each.unit, each.file,
                data_date=store.district.data_date, is_made_up=store.district.is_made_up,
                terms=each.terms, connection=connection,
            )  # fmt: skip
        bump_generation(store, "raster", connection=connection)


def get_raster(store: Store, name: str) -> bytes:
    """
    Return a stored raster.

    Parameters
    ----------
    store
        The store, role app.
    name
        Its name.

    Returns
    -------
    bytes
        The GeoTIFF.

    Raises
    ------
    NotYetMadeError
        If none of that name was delivered.
    """
    table = store.tables.raster
    with store.engine.connect() as connection:
        file = connection.execute(select(table.c.file).where(table.c.name == name)).scalar()
    if file is None:
        raise NotYetMadeError(f"raster {name}", f"栅格 {name}", f"riskatlas import {name} FILE")
    return bytes(file)


def rasters(store: Store) -> pd.DataFrame:
    """
    List the stored rasters.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    pandas.DataFrame
        One row each, ordered by name: all columns of table ``raster`` but the file.
    """
    table = store.tables.raster
    wanted = [column for column in table.columns if column.name != "file"]
    with store.engine.connect() as connection:
        found = connection.execute(select(*wanted).order_by(table.c.name))
        return pd.DataFrame(found.mappings().all(), columns=[c.name for c in wanted])


def grid_facts(file: bytes) -> dict[str, Any]:
    """
    Tell what a raster says, in few numbers.

    Parameters
    ----------
    file
        Bytes of a GeoTIFF.

    Returns
    -------
    dict
        ``columns``, ``rows``, ``cell`` (side of a cell, in the unit of its CRS), ``crs``,
        ``valued`` (cells with a value), ``lowest``, ``highest`` and ``mean`` of them, ``sha256``.
    """
    with MemoryFile(file) as memory, rasterio.open(memory.name, driver="GTiff") as raster:
        cells = raster.read(1, masked=True).compressed()
        crs = None if raster.crs is None else raster.crs.to_string()
        columns, rows, cell = raster.width, raster.height, abs(raster.transform.a)
    values = cells[np.isfinite(cells)].astype(np.float64)
    figures = (values.min(), values.max(), values.mean()) if len(values) else (None, None, None)
    lowest, highest, mean = (None if each is None else float(each) for each in figures)
    return {
        "columns": columns, "rows": rows, "cell": cell, "crs": crs, "valued": len(values),
        "lowest": lowest, "highest": highest, "mean": mean, "sha256": cells_sha256(file),
    }  # fmt: skip


def stored_grid_facts(store: Store, name: str) -> dict[str, Any] | None:
    """
    Tell what a stored raster says, in few numbers.

    Parameters
    ----------
    store
        The store, role app.
    name
        Its name.

    Returns
    -------
    dict or None
        As of :func:`grid_facts`; None where none of that name was delivered.
    """
    try:
        return grid_facts(get_raster(store, name))
    except NotYetMadeError:
        return None
