"""Name the public objects at a place of the map, as a click on a tile asks for them."""

import json
import math
from typing import Any, Final

from sqlalchemy import text

from census.errors import UnknownLayerError
from census.store.cell_tiles import CELLS, CROWDED, LAST_CELL_ZOOM
from census.store.connection import Store

TOLERANCE_PX: Final = 6
TILE_PX: Final = 512
MOST: Final = 5

_FIELDS: Final = {
    "buildings": "a.id::text as code, a.name, a.kind, a.levels, a.structure, a.footprint_m2",
    "enterprises": "a.code, a.name, a.kind, a.colour",
    "hazard_sites": "a.code, a.name, a.kind, a.hazard, a.people_threatened, a.description",
}
_KEY = {"buildings": "id", "enterprises": "code", "hazard_sites": "code"}

_NEAR = """
select {fields}, d.name as village_name
from (
    select * from pub.{table}
    where st_dwithin(geom, st_setsrid(st_makepoint(:x, :y), cast(:srid as int)), :tolerance)
    order by st_distance(geom, st_setsrid(st_makepoint(:x, :y), cast(:srid as int))), {key}
    limit {most}
) a
left join pub.division d on d.code = a.village_code
order by st_distance(a.geom, st_setsrid(st_makepoint(:x, :y), cast(:srid as int))), a.{key}
"""
_CELL = """
select n from pub.tile_cell where layer = :table and z = :z and cx = :cx and cy = :cy
"""


def found_at(store: Store, layer: str, x: float, y: float, z: int) -> bytes:
    """
    Find what lies at a place, nearest first.

    Parameters
    ----------
    store
        The store, any role.
    layer
        One of ``CROWDED``.
    x
        Longitude, degrees.
    y
        Latitude, degrees, within the web map.
    z
        Zoom of the tile that was looked at, 512 pixels wide.

    Returns
    -------
    bytes
        JSON in UTF-8: ``count``, the features of the cell up to zoom 13, else of ``found``; and
        ``found``, public fields of at most five objects within six pixels, none up to zoom 13.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    """
    if layer not in CROWDED:
        raise UnknownLayerError(layer, list(CROWDED))
    if z <= LAST_CELL_ZOOM:
        count, found = _cell_at(store, layer, x, y, z), []
    else:
        found = _near(store, layer, x, y, z)
        count = len(found)
    answer = {"layer": layer, "count": count, "found": found}
    return json.dumps(answer, ensure_ascii=False).encode()


def _cell_at(store: Store, layer: str, x: float, y: float, z: int) -> int:
    side = CELLS * 2**z
    row = (1 - math.asinh(math.tan(math.radians(y))) / math.pi) / 2 * side
    values = {
        "table": CROWDED[layer],
        "z": z,
        "cx": int((x + 180) / 360 * side),
        "cy": int(row),
    }
    with store.engine.connect() as connection:
        return int(connection.execute(text(_CELL), values).scalar_one_or_none() or 0)


def _near(store: Store, layer: str, x: float, y: float, z: int) -> list[dict[str, Any]]:
    query = _NEAR.format(fields=_FIELDS[layer], table=CROWDED[layer], key=_KEY[layer], most=MOST)
    tolerance = TOLERANCE_PX * 360 / (TILE_PX * 2**z)
    values = {"x": x, "y": y, "srid": store.district.srid, "tolerance": tolerance}
    with store.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(query), values).mappings()]
