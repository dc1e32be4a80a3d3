"""Hand out public layers as frames, for sheets: read through Arrow, ordered by code."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext

import geopandas as gpd
import shapely

from census.store.arrow_doors import ArrowConnection
from census.store.connection import Store
from census.store.features import Bounds, layer_query

Reader = ArrowConnection
"""A connection that several layers are read over."""


@contextmanager
def reading(store: Store) -> Iterator[ArrowConnection]:
    """
    Keep one connection open for many calls of ``geometries``: opening one costs more than a layer.

    Parameters
    ----------
    store
        The store, any role.

    Yields
    ------
    ArrowConnection
        To be passed on as ``connection=``, in one thread.
    """
    with store.arrow.open() as connection:
        yield connection


def geometries(
    store: Store,
    layer: str,
    *,
    village_code: str | None = None,
    town_code: str | None = None,
    bounds: Bounds | None = None,
    connection: ArrowConnection | None = None,
) -> gpd.GeoDataFrame:
    """
    Return a public layer as a frame, for sheets and exports.

    Parameters
    ----------
    store
        The store, any role.
    layer
        As in ``features``.
    village_code
        Only what belongs to this village.
    town_code
        Only what belongs to this town.
    bounds
        Only what touches west, south, east, north; the district's CRS.
    connection
        One of ``reading(store)``, where many layers are read in a row.

    Returns
    -------
    geopandas.GeoDataFrame
        The layer's columns and ``geom`` in the district's CRS, ordered by code.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    """
    query, values = layer_query(store, layer, village_code, town_code, bounds)
    order = list(values)
    for number, name in enumerate(order, start=1):
        kind = "text" if isinstance(values[name], str) else "float8"
        query = query.replace(f":{name}", f"cast(${number} as {kind})")
    query = query.replace("cast($5 as float8))", "cast($5 as int))")
    sent = f"select q.*, st_asbinary(q.geom) as wkb from ({query}) q"  # noqa: S608  (fixed names)
    shared = nullcontext(connection) if connection else reading(store)
    with shared as open_connection, open_connection.cursor() as cursor:
        cursor.execute(sent, [values[name] for name in order] or None)
        received = cursor.fetch_arrow_table()
    shapes = shapely.from_wkb(received["wkb"].to_numpy())
    frame = received.drop_columns(["geom", "wkb"]).to_pandas()
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=store.district.srid).rename_geometry("geom")
