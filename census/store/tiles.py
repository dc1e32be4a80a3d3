"""Draw the offline base map as vector tiles, straight from the census in the database."""

import math

from sqlalchemy import text

from census.errors import UnknownLayerError
from census.store.cell_tiles import CROWDED, LAST_ZOOM, cell_tile
from census.store.connection import Store
from census.store.shown import RUN

EXTENT = 4096
BUFFER = 64
WEB_MERCATOR_M = 20037508.342789244
# Pixels of a tile on screen; geometry finer than half of one is left out before clipping.
PIXELS = 512

# geom, in the district's CRS, as web map metres; China's 4490 and WGS 84 agree within a metre.
_ON_MAP = "st_transform(st_setsrid({geom}, 4326), 3857)"
_TILE = (
    "st_asmvtgeom(st_simplify({geom}, :grain, true), st_tileenvelope(:z, :x, :y), "
    f"{EXTENT}, {BUFFER}, true)"
)
_BOX = "st_makeenvelope(:west, :south, :east, :north, :srid)"

_AREAS = """
select code, name, level, {tile} as g from pub.division
where level = '{level}' and geom && {box}
"""
_LABELS = """
select code, name, level, st_asmvtgeom({map}, st_tileenvelope(:z, :x, :y), 4096, 0, true) as g
from (
    select code, name, level, st_pointonsurface(geom) as point from pub.division
    where level = any(cast(:labels as text[])) and geom && {box}
) d
"""
_ROADS = """
select class, name, is_bridge, is_underpass, {tile} as g from pub.road
where class = any(cast(:classes as text[])) and geom && {box}
"""
_WATER = """
select kind, name, {tile} as g from pub.water where geom && {box}
"""
_BUILDINGS = """
select kind, {tile} as g from pub.building where geom && {box}
"""
_UNITS = f"""
select d.code, d.name, z.risk_class, z.is_unsure, {{tile}} as g
from pub.division d
left join pub.risk_zone z on z.division_code = d.code
    and z.run_id = {RUN}
where d.level = '{{level}}' and d.geom && {{box}}
"""  # noqa: S608  (fixed names)

_MAIN = ("trunk", "primary")
_CLASSES = ((13, (*_MAIN, "secondary", "local", "path")), (11, (*_MAIN, "secondary")), (0, _MAIN))
_FROM_ZOOM = {"villages": 11, "buildings": 14, "village labels": 12, "town labels": 9}

LAYERS = ("basemap", "towns", "villages", "grid_units", *CROWDED)


def _shape(query: str, geom: str = "geom", level: str = "") -> str:
    on_map = _ON_MAP.format(geom=geom)
    return query.format(tile=_TILE.format(geom=on_map), map=on_map, box=_BOX, level=level)


def _parts(layer: str, z: int) -> dict[str, str]:
    if layer != "basemap":
        level = {"towns": "town", "villages": "village", "grid_units": "grid_unit"}[layer]
        return {layer: _shape(_UNITS, "d.geom", level)}
    parts = {
        "land": _shape(_AREAS, level="town"),
        "water": _shape(_WATER),
        "boundary_town": _shape(_AREAS, "st_boundary(geom)", "town"),
    }
    if z >= _FROM_ZOOM["villages"]:
        parts["boundary_village"] = _shape(_AREAS, "st_boundary(geom)", "village")
    if z >= _FROM_ZOOM["buildings"]:
        parts["building"] = _shape(_BUILDINGS)
    parts["road"] = _shape(_ROADS)
    if z >= _FROM_ZOOM["town labels"]:
        parts["place_label"] = _shape(_LABELS, "point")
    return parts


def _values(store: Store, z: int, x: int, y: int) -> dict[str, object]:
    side = 2.0**z
    margin = BUFFER / EXTENT

    def latitude(row: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    labels = [level for level in ("town", "village") if z >= _FROM_ZOOM[f"{level} labels"]]
    return {
        "z": z,
        "x": x,
        "y": y,
        "srid": store.district.srid,
        "west": (x - margin) / side * 360 - 180,
        "east": (x + 1 + margin) / side * 360 - 180,
        "south": latitude(y + 1 + margin),
        "north": latitude(y - margin),
        "grain": 2 * WEB_MERCATOR_M / side / PIXELS / 2,
        "classes": list(next(classes for least, classes in _CLASSES if z >= least)),
        "labels": labels,
    }


def tile(store: Store, layer: str, z: int, x: int, y: int, *, hazard: str | None = None) -> bytes:
    """
    Return a vector tile of the web map's tiling (EPSG:3857).

    Layer ``basemap`` holds land (towns), water (kind), boundary_town, boundary_village (z >= 11),
    building (z >= 14), road (class, name, is_bridge; small classes from z 11 and 13 on) and
    place_label (towns from z 9, villages from z 12). The other layers hold their divisions with
    ``risk_class`` and ``is_unsure``.

    Parameters
    ----------
    store
        The store, any role.
    layer
        One of basemap, towns, villages, grid_units, or as in ``cell_tile``.
    z
        Zoom, 0 to 19.
    x
        Column from the west.
    y
        Row from the north.
    hazard
        Hazard whose classes the divisions have; None for the leading one.

    Returns
    -------
    bytes
        A Mapbox vector tile; empty where nothing lies or the tile does not exist.

    Raises
    ------
    UnknownLayerError
        If there is no such layer.
    """
    if layer not in LAYERS:
        raise UnknownLayerError(layer, list(LAYERS))
    if not (0 <= z <= LAST_ZOOM and 0 <= x < 2**z and 0 <= y < 2**z):
        return b""
    if layer in CROWDED:
        return cell_tile(store, layer, z, x, y)
    # Offset 0: else each shape is made twice, to see whether it is there and to draw it.
    drawn = " || ".join(
        f"coalesce((select st_asmvt(t, '{name}', {EXTENT}, 'g') from ({rows} offset 0) t "  # noqa: S608  (fixed names)
        "where g is not null), '')"
        for name, rows in _parts(layer, z).items()
    )
    asked = {**_values(store, z, x, y), "hazard": hazard}
    with store.engine.connect() as connection:
        answer = connection.execute(text(f"select {drawn}"), asked).scalar_one()
    return bytes(answer)
