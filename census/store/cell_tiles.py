"""Draw layers of a million features as tiles: cells of features far out, the features close up.

Up to zoom 13 a tile holds cells, 64 along each side, each with the number of its features; from
zoom 14 on it holds features. Where a tile would hold too many, the smaller ones are left out.
No tile keeps that to itself: its layer ``told`` has one feature that says how many features lie in
the tile (``of``), how many of them it shows (``n``), and in what way (``how``).
"""

import math
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import text

from census.store.connection import Store

EXTENT: Final = 4096
MARGIN: Final = 64
CELLS: Final = 64  # along each side of a tile
LAST_CELL_ZOOM: Final = 13
LAST_ZOOM: Final = 19  # a tile of it is one cell of the finest
# Features of a tile of zoom 14 that are drawn one and all; of more, only the large ones.
FEW: Final = 4000

# Layer as it is served, and the table it is in.
CROWDED: Final = {
    "buildings": "building",
    "enterprises": "enterprise",
    "hazard_sites": "hazard_site",
}


@dataclass(frozen=True)
class _Drawn:
    """
    What a tile shows of a feature, which ones are large, which come first, how many at most.

    Points are gathered: those of which a tile says the same are one feature of many points, a sixth
    of the bytes.
    """

    columns: str
    shape: str
    large: str
    first: str
    most: int
    is_gathered: bool = False


_COUNTS = """
select cast(coalesce(sum(n), 0) as int) as of, cast(coalesce(sum(n_large), 0) as int) as n_large
from pub.tile_cell
where layer = :table and z = :cell_z and cx = any(:columns) and cy between :top and :bottom
"""
# One cell beyond each edge: what is drawn across it is drawn on both sides, and counted on its own.
_CELLS = f"""
with cell as materialized (
    select cx, cy, n, worst from pub.tile_cell
    where layer = :table and z = :cell_z and cx = any(:wide_columns)
        and cy between :top - 1 and :bottom + 1
), counted as (
    select cast(sum(n) as int) as n from cell
    where cx between :left and :right and cy between :top and :bottom
)
select (
    select st_asmvt(t, 'cells', {EXTENT}, 'g') from (
        select n, worst, st_collect(array_agg(
            st_makepoint((cx - :left) * :cell + :cell / 2, (cy - :top) * :cell + :cell / 2)
        )) as g
        from cell group by n, worst
    ) t
) || (
    select st_asmvt(t, 'told', {EXTENT}, 'g') from (
        select n, n as of, 'cells' as how, st_makepoint({EXTENT // 2}, {EXTENT // 2}) as g
        from counted where n > 0
    ) t
)
"""  # noqa: S608  (fixed names)
# A tile is so small that degrees stand for metres of the web map: a tenth of a unit at most.
# Small areas need no clipping, which costs three times as much as all the rest; they are stored
# turning the way that is right once north is up and rows count down. The encoder cuts what follows
# the point: half a unit is added first, which costs less than rounding each vertex beforehand.
_PLACED = "st_affine({geom}, :scale_x, 0, 0, :scale_y, :shift_x, :shift_y)"
_SMALL = _PLACED.format(geom="geom")
_POINTS = _PLACED.format(geom="st_collect(array_agg(geom))")
_SHAPE = (
    "st_asmvtgeom(geom, st_makebox2d(st_makepoint(:west, :south), st_makepoint(:east, :north)), "
    f"{EXTENT}, {MARGIN}, true)"
)
_BOX = (
    "geom && st_makeenvelope(:west - :dx, :south - :dy, :east + :dx, :north + :dy, "
    "cast(:srid as int))"
)
_FEATURES = f"""
select (select st_asmvt(t, '{{name}}', {EXTENT}, 'g') from ({{rows}}) t) || (
    select st_asmvt(t, 'told', {EXTENT}, 'g') from (
        select {{n}} as n, {{of}} as of, {{how}} as how,
               st_makepoint({EXTENT // 2}, {EXTENT // 2}) as g
        where {{of}} > 0
    ) t
)
"""  # noqa: S608  (fixed names)
# The features one and all with their number, unless they are too many: then only the number.
_ALL_OF_FEW = f"""
with held as materialized ({_COUNTS})
select of, n_large, case when of <= :few then ({_FEATURES}) end from held
"""  # noqa: S608  (fixed names)
# What layer ``told`` says: what was asked before, or what the same question finds.
_TOLD: Final = {"n": "cast(:n as int)", "of": "cast(:of as int)", "how": "cast(:how as text)"}
_HELD: Final = {"n": "held.of", "of": "held.of", "how": "'all'"}

_EACH: Final = "true"
_DRAWN = {
    "buildings": _Drawn("kind", _SMALL, "footprint_m2 > 150", "footprint_m2 desc, id", 8000),
    "enterprises": _Drawn(
        "colour",
        _POINTS,
        _EACH,
        "array_position(array['red', 'orange', 'yellow', 'blue'], colour), code",
        20000,
        is_gathered=True,
    ),
    "hazard_sites": _Drawn(
        "kind, hazard", _SHAPE, _EACH, "people_threatened desc nulls last, code", 8000
    ),
}


def edges(z: int, x: int, y: int) -> tuple[float, float, float, float]:
    """
    Return the edges of a tile of the web map's tiling.

    Parameters
    ----------
    z
        Zoom.
    x
        Column from the west.
    y
        Row from the north.

    Returns
    -------
    tuple of float
        West, south, east, north in degrees.
    """
    side = 2.0**z

    def latitude(row: float) -> float:
        return math.degrees(math.atan(math.sinh(math.pi * (1 - 2 * row / side))))

    return x / side * 360 - 180, latitude(y + 1), (x + 1) / side * 360 - 180, latitude(y)


def _cells_of(z: int, x: int, y: int) -> dict[str, Any]:
    """Name the cells of a tile: its own up to zoom 13, those of zoom 13 that it is made of."""
    cell_z = min(z, LAST_CELL_ZOOM)
    across = CELLS >> (z - cell_z)
    left, top = x * across, y * across
    return {
        "cell_z": cell_z,
        "cell": EXTENT // CELLS,
        "left": left,
        "top": top,
        "right": left + across - 1,
        "bottom": top + across - 1,
        "columns": list(range(left, left + across)),
        "wide_columns": list(range(left - 1, left + across + 1)),
    }


def _frame(z: int, x: int, y: int) -> dict[str, float]:
    """Say where a tile lies, what else it takes in, and how degrees become its units."""
    west, south, east, north = edges(z, x, y)
    scale_x, scale_y = EXTENT / (east - west), -EXTENT / (north - south)
    return {
        "west": west, "south": south, "east": east, "north": north,
        "dx": (east - west) * MARGIN / EXTENT, "dy": (north - south) * MARGIN / EXTENT,
        "scale_x": scale_x, "scale_y": scale_y,
        "shift_x": 0.5 - west * scale_x, "shift_y": 0.5 - north * scale_y,
    }  # fmt: skip


def _few(layer: str, z: int) -> int:
    """Say up to how many features a tile holds one and all."""
    drawn = _DRAWN[layer]
    is_costly = z == LAST_CELL_ZOOM + 1 and drawn.large != _EACH
    return FEW if is_costly else drawn.most


def _features(layer: str, of: int, n_large: int) -> tuple[str, str, int]:
    """Choose what a tile of too many features holds: rows, in what way, how many are shown."""
    drawn = _DRAWN[layer]
    if n_large == of <= drawn.most:
        return _rows(layer), "all", of
    if n_large <= drawn.most and n_large < of:
        return _rows(layer, f"and {drawn.large}"), "large", n_large
    wanted = drawn.large if n_large >= drawn.most else _EACH
    most = min(drawn.most, of)
    return _rows(layer, f"and {wanted} order by {drawn.first} limit {drawn.most}"), "some", most


def _rows(layer: str, more: str = "") -> str:
    drawn = _DRAWN[layer]
    chosen = f"from pub.{CROWDED[layer]} where {_BOX} {more}"
    if drawn.is_gathered:
        chosen = f"from (select {drawn.columns}, geom {chosen}) c group by {drawn.columns}"
    return f"select {drawn.columns}, {drawn.shape} as g {chosen}"


def cell_tile(store: Store, layer: str, z: int, x: int, y: int) -> bytes:
    """
    Return a vector tile of a layer that may have a million features.

    Parameters
    ----------
    store
        The store, any role.
    layer
        One of ``CROWDED``.
    z
        Zoom, 0 to 19.
    x
        Column from the west.
    y
        Row from the north.

    Returns
    -------
    bytes
        A Mapbox vector tile with ``cells`` (n, worst) up to zoom 13, else the features in a layer
        of its name, and ``told`` (n, of, how: cells, all, large or some); empty where nothing lies.
    """
    values = {**_cells_of(z, x, y), "table": CROWDED[layer]}
    with store.engine.connect() as connection:
        if z <= LAST_CELL_ZOOM:
            return bytes(connection.execute(text(_CELLS), values).scalar_one())
        values |= {**_frame(z, x, y), "srid": store.district.srid, "few": _few(layer, z)}
        query = text(_ALL_OF_FEW.format(name=layer, rows=_rows(layer), **_HELD))
        of, n_large, body = connection.execute(query, values).one()
        if body is not None:
            return bytes(body)
        rows, how, n = _features(layer, of, n_large)
        values |= {"n": n, "of": of, "how": how}
        query = text(_FEATURES.format(name=layer, rows=rows, **_TOLD))
        return bytes(connection.execute(query, values).scalar_one())
