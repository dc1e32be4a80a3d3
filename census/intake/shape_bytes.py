"""Hold the bytes of shapes against limits before anything builds them.

The library that builds shapes falls, and its process with it, on collections nested some ten
thousand deep; a shape of millions of points keeps every later step waiting. The bytes are walked
here without building anything.
"""

import struct
from typing import Final

import numpy as np
import pyarrow as pa
import shapely
from numpy.typing import NDArray

from census.intake.problems import Problem, Source

MOST_DEPTH: Final = 8
# A shape of more points is a fault of its maker, and keeps every later step waiting.
MOST_VERTICES: Final = 200_000
# Of all shapes of a file together: five million buildings have as many.
MOST_VERTICES_IN_ALL: Final = 50_000_000

_HEAD_BYTES = 5
_SIMPLE = (1, 2, 3)
_MULTIPLE = (4, 5, 6)
_COLLECTION = 7
_POINT, _LINE, _POLYGON = _SIMPLE
# Bits of the extended form that say "with height", "with measure", "with its CRS".
_HEIGHT, _MEASURE, _OWN_CRS = 0x80000000, 0x40000000, 0x20000000
_ORDINATE_BYTES = 8

_SENTENCES = {
    "depth": (
        f"图形集合嵌套超过 {MOST_DEPTH} 层，不予读取；请导出为点、线或面",
        f"Its collections are nested more than {MOST_DEPTH} deep: it is not read; export it as "  # noqa: ISC004  (one sentence)
        "points, lines or polygons",
    ),
    "vertices": (
        f"图形的点远超过 {MOST_VERTICES:,} 个，不予读取；请简化或拆分",
        f"The shape has far more than {MOST_VERTICES:,} points: it is not read; simplify or "  # noqa: ISC004  (one sentence)
        "divide it",
    ),
    "kind": (
        "图形是曲线或未知类型，不予读取；请导出为点、线或面",
        "The shape is a curve or of an unknown kind: it is not read; export it as points, lines "  # noqa: ISC004  (one sentence)
        "or polygons",
    ),
    "broken": (
        "图形的内容损坏，不予读取；请重新导出",
        "The content of the shape is damaged: it is not read; export it anew",
    ),
}


def without_harm(
    wkb: NDArray[np.object_], rows: NDArray[np.int64], here: Source
) -> tuple[NDArray[np.object_], list[Problem]]:
    """
    Take out the shapes that must not be built.

    Parameters
    ----------
    wkb
        Well-known binary of each shape, None where there is none.
    rows
        Row number of each.
    here
        The layer.

    Returns
    -------
    kept : ndarray of object
        The same, None in place of those taken out.
    problems : list of Problem
        One error per shape taken out; one of the whole file where all together have too many
        points.
    """
    faults = _faults(wkb)
    if not faults:
        return wkb, []
    if -1 in faults:
        return np.full(len(wkb), None, dtype=object), [too_many(here)]
    kept = wkb.copy()
    kept[list(faults)] = None
    return kept, [_problem(_at(here, rows[row]), faults[row]) for row in faults]


def _at(here: Source, row: np.int64) -> Source:
    return Source(here.file, here.sheet, int(row))


def _problem(here: Source, fault: str) -> Problem:
    zh, en = _SENTENCES[fault]
    rule = "vertices" if fault == "vertices" else "shape"
    return here.problem(rule, "error", column="geometry", zh=zh, en=en)


def too_many(here: Source) -> Problem:
    """
    State that the shapes of a layer have too many points together.

    Parameters
    ----------
    here
        The layer.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    return here.problem(
        "vertices",
        "error",
        column="geometry",
        zh=f"全部图形的点超过 {MOST_VERTICES_IN_ALL:,} 个；请只交付本区，或分成几个文件",
        en=f"Its shapes have more than {MOST_VERTICES_IN_ALL:,} points together; deliver the "
        "district alone, or in parts",
    )


def _faults(wkb: NDArray[np.object_]) -> dict[int, str]:
    """Name the fault of each row that has one; row -1 stands for all together."""
    given = pa.array(wkb, pa.large_binary())
    present = np.flatnonzero(given.is_valid().to_numpy(zero_copy_only=False))
    if not len(present):
        return {}
    sizes, head = _sizes_and_heads(given, present)
    codes = np.where(
        head[:, 0] == 1,
        head[:, 1:].copy().view("<u4")[:, 0],
        head[:, 1:].copy().view(">u4")[:, 0],
    ).astype(np.int64)
    kinds, ordinates = _kinds(codes)
    vertices = sizes // (ordinates * _ORDINATE_BYTES)
    if vertices.sum() > MOST_VERTICES_IN_ALL:
        return {-1: "vertices"}
    faults: dict[int, str] = {}
    # A tenth more: heads and counts are bytes too. The exact number is held when it is built.
    for position in np.flatnonzero(vertices > MOST_VERTICES * 1.1):
        faults[int(present[position])] = "vertices"
    plain = (head[:, 0] <= 1) & (sizes >= _HEAD_BYTES) & np.isin(kinds, _SIMPLE)
    for position in np.flatnonzero(~plain):
        row = int(present[position])
        if row not in faults and (fault := _fault(wkb[row])) is not None:
            faults[row] = fault
    return faults


def _sizes_and_heads(
    given: pa.LargeBinaryArray, present: NDArray[np.intp]
) -> tuple[NDArray[np.int64], NDArray[np.uint8]]:
    """Give the size of each shape and its first bytes; what is shorter is filled up with 255."""
    _, places, content = given.buffers()
    offsets = np.frombuffer(places, np.int64)[given.offset : given.offset + len(given) + 1]
    signs = np.frombuffer(content or b"\xff", np.uint8)
    starts, sizes = offsets[:-1][present], np.diff(offsets)[present]
    head = signs[np.minimum(starts[:, None] + np.arange(_HEAD_BYTES), len(signs) - 1)]
    head[np.arange(_HEAD_BYTES) >= sizes[:, None]] = 0xFF
    return sizes, head


def vertices_at_most(wkb: NDArray[np.object_]) -> int:
    """
    Tell how many points shapes can have at most, by their size.

    Parameters
    ----------
    wkb
        Well-known binary of each shape, None where there is none.

    Returns
    -------
    int
        Points on the plane.
    """
    return sum(len(each) for each in wkb if each is not None) // (2 * _ORDINATE_BYTES)


def _kinds(codes: NDArray[np.int64]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    flags = codes & (_HEIGHT | _MEASURE)
    bare = codes & ~(_HEIGHT | _MEASURE | _OWN_CRS)
    more = np.where(bare // 1000 == 3, 2, np.minimum(bare // 1000, 1))  # noqa: PLR2004  (height and measure)
    more = more + (flags & _HEIGHT > 0) + (flags & _MEASURE > 0)
    return bare % 1000, 2 + more


def _fault(wkb: bytes) -> str | None:
    """Walk the heads of a shape with parts."""
    position, left = 0, [1]
    try:
        while left:
            if not left[-1]:
                left.pop()
                continue
            left[-1] -= 1
            kind, ordinates, position, order = _head(wkb, position)
            if kind in _MULTIPLE or kind == _COLLECTION:
                (count,) = struct.unpack_from(f"{order}I", wkb, position)
                position += 4
                left.append(count)
                if len(left) - 1 > MOST_DEPTH:
                    return "depth"
            elif kind in _SIMPLE:
                position = _passed(wkb, position, kind, ordinates * _ORDINATE_BYTES, order)
            else:
                return "kind"
    except struct.error:
        return "broken"
    return "broken" if position > len(wkb) else None


def _head(wkb: bytes, position: int) -> tuple[int, int, int, str]:
    order = "<" if wkb[position : position + 1] == b"\x01" else ">"
    (code,) = struct.unpack_from(f"{order}I", wkb, position + 1)
    bare = code & ~(_HEIGHT | _MEASURE | _OWN_CRS)
    kind, more = bare % 1000, min(bare // 1000, 3)
    ordinates = 2 + (1 if more in {1, 2} else 2 if more else 0)
    ordinates += (code & _HEIGHT > 0) + (code & _MEASURE > 0)
    return kind, ordinates, position + _HEAD_BYTES + (4 if code & _OWN_CRS else 0), order


def _passed(wkb: bytes, position: int, kind: int, vertex_bytes: int, order: str) -> int:
    if kind == _POINT:
        return position + vertex_bytes
    count = int(struct.unpack_from(f"{order}I", wkb, position)[0])
    position += 4
    if kind == _LINE:
        return position + count * vertex_bytes
    for _ in range(count):
        vertices = int(struct.unpack_from(f"{order}I", wkb, position)[0])
        position += 4 + vertices * vertex_bytes
    return position


def built(
    wkb: NDArray[np.object_], rows: NDArray[np.int64], here: Source
) -> tuple[NDArray[np.object_], list[Problem]]:
    """
    Build shapes from bytes that were held against the limits.

    Parameters
    ----------
    wkb
        What :func:`without_harm` kept.
    rows
        Row number of each.
    here
        The layer.

    Returns
    -------
    shapes : ndarray of object
        Shapes, None where there is none or where it cannot be built.
    problems : list of Problem
        One error per shape that cannot be built, such as a ring of two points.
    """
    # A coordinate that is no number is told later, with its row.
    with np.errstate(invalid="ignore"):
        shapes = shapely.from_wkb(wkb, on_invalid="ignore")
    absent = np.flatnonzero(shapely.is_missing(shapes))
    broken = [int(row) for row in absent if wkb[row] is not None]
    return shapes, [_problem(_at(here, rows[row]), "broken") for row in broken]
