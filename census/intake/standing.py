"""Which rows of a large delivery come as they stand, so that only the others are looked at again.

A row is known by its imprint: a hash of its bytes as delivered and of all that they are judged by.
Only rows that nothing was told about have one, so to leave them out tells nothing less. What is new
may lie on what stands: rows whose box meets that of a new one are looked at again, all the same.
"""

import hashlib
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from pathlib import Path
from typing import Any, Final

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from pandas.util import hash_array

import census
import geo
from census.intake.context import Context
from census.intake.raw import RawTable
from census.intake.reading import Delivery
from census.intake.shape_boxes import boxes
from census.store.imprints import Imprints
from census.store.settings import data_folder

_KEY_SIGNS: Final = 16
_NONE: Final = -1
# Neighbours are looked for around a shape, so that what projecting moves does not hide them.
_AROUND_M: Final = 1.0
_AROUND_DEGREES: Final = 1e-5
# Along each side of what the new boxes cover.
_SQUARES: Final = 2048
# Odd numbers by which the columns of a row are mixed into one number, other ones for each half.
_FACTORS: Final = (np.uint64(0x9E3779B97F4A7C15), np.uint64(0xC2B2AE3D27D4EB4F))
_ABSENT: Final = np.uint64(0x165667B19E3779F9)


@dataclass
class Standing:
    """
    What comes as it stands.

    Attributes
    ----------
    key
        What the rows are judged by, as hexadecimal digits.
    imprints
        Those of the rows that are left out.
    ids
        Numbers under which they stand.
    left
        Of each part the rows that are looked at; empty where all of them are.
    """

    key: str
    imprints: Imprints
    ids: NDArray[np.int64]
    left: tuple[NDArray[np.bool_], ...] = ()

    def parts(self, delivery: Delivery) -> Iterator[tuple[Delivery, Imprints]]:
        """
        Go through what has to be looked at.

        Parameters
        ----------
        delivery
            The first part, which holds the others.

        Yields
        ------
        part, imprints
            A part without the rows that stand, and the imprints of those that are left. The first
            may be empty: it tells what was found of the rows of all parts when they were read.
        """
        parts = delivery.rest
        assert parts is not None  # noqa: S101  (whoever asks has parts)
        of_rows = tuple(each for each in delivery.problems if each.row is not None)
        first = replace(delivery, rest=None, problems=of_rows)
        if not self.left:
            for part in chain([first], parts):
                yield part, imprints_of(part, self.key)
            return
        if not self.left[0].any():
            empty: Any = first.frame.iloc[:0]
            yield replace(first, frame=empty), self.imprints.of(np.zeros(0, dtype=np.intp))
        for number, (raw, left) in enumerate(zip(parts.raws(), self.left, strict=True)):
            if left.any():
                part = parts.made(raw.of(left))
                part = part if number else replace(part, problems=of_rows)
                yield part, imprints_of(part, self.key)


def survey(delivery: Delivery, key: str, known: Imprints, ids: NDArray[np.int64]) -> Standing:
    """
    Find which rows come as they stand.

    Parameters
    ----------
    delivery
        The first part, which holds the others.
    key
        What its rows are judged by: :func:`rules_key`.
    known
        Imprints of the rows that stand.
    ids
        Their numbers.

    Returns
    -------
    Standing
        The rows that may be left out; none where nothing is known.
    """
    if not len(known):
        return Standing(key, known, ids)
    parts = delivery.rest
    assert parts is not None  # noqa: S101  (whoever asks has parts)
    # As the file tells them: rows that come as they stand are never built.
    surveyed = [(_imprints(raw, key), _boxes(raw, delivery)) for raw in parts.raws()]
    high, low = (
        np.concatenate([getattr(each, half) for each, _ in surveyed]) for half in ("high", "low")
    )
    found = _found(Imprints(high, low), known)
    is_new = found == _NONE
    is_new |= _met(np.concatenate([boxes for _, boxes in surveyed]), is_new)
    stands = found[~is_new]
    ends = np.cumsum([len(each) for each, _ in surveyed])[:-1]
    return Standing(key, known.of(stands), ids[stands], tuple(np.split(is_new, ends)))


def _found(come: Imprints, known: Imprints) -> NDArray[np.int64]:
    """Find the place of each imprint among those known, -1 for none; each is found once."""
    order = np.argsort(known.high, kind="stable")
    at = np.minimum(np.searchsorted(known.high[order], come.high), len(order) - 1)
    place = order[at]
    is_same = (known.high[place] == come.high) & (known.low[place] == come.low)
    place[~is_same] = _NONE
    _, first = np.unique(place, return_index=True)
    is_first = np.zeros(len(place), dtype=bool)
    is_first[first] = True
    place[~is_first] = _NONE
    return place


def _boxes(raw: RawTable, delivery: Delivery) -> NDArray[np.float64]:
    assert raw.shapes is not None  # noqa: S101  (layers alone come in parts)
    shapes: Any = delivery.frame.geometry
    around = _AROUND_DEGREES if shapes.crs is None or shapes.crs.is_geographic else _AROUND_M
    wider: NDArray[np.float64] = boxes(raw.shapes.wkb) + np.array(
        [-around, -around, around, around]
    )
    return wider


def _met(around: NDArray[np.float64], is_new: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Tell which boxes meet that of a new row."""
    has_box = np.isfinite(around).all(axis=1)
    new = around[is_new & has_box]
    candidates = np.flatnonzero(~is_new & has_box)
    candidates = candidates[_near(new, around[candidates])]
    # The tree compares boxes, and the box of a diagonal is that of its corners.
    drawn: Any = shapely.linestrings(new.reshape(-1, 2, 2))
    asked: Any = shapely.linestrings(around[candidates].reshape(-1, 2, 2))
    which, _ = shapely.STRtree(drawn).query(asked)
    met = np.zeros(len(around), dtype=bool)
    met[candidates[which]] = True
    return met


def _near(new: NDArray[np.float64], others: NDArray[np.float64]) -> NDArray[np.bool_]:
    """Leave out, cheaply, most boxes that meet none of the new; none that meets one is left out."""
    if not len(new) or not len(others):
        return np.zeros(len(others), dtype=bool)
    low, high = new[:, :2].min(axis=0), new[:, 2:].max(axis=0)
    side = np.maximum((high - low) / _SQUARES, np.finfo(np.float64).tiny)
    west, south, east, north = _squares(new, low, side)
    edges = np.zeros((_SQUARES + 1, _SQUARES + 1), dtype=np.int32)
    for column, row, step in (
        (west, south, 1), (east + 1, south, -1), (west, north + 1, -1), (east + 1, north + 1, 1)
    ):  # fmt: skip
        np.add.at(edges, (row, column), step)
    is_taken = edges.cumsum(axis=0).cumsum(axis=1) > 0
    taken = np.zeros((_SQUARES + 2, _SQUARES + 2), dtype=np.int32)
    taken[1:, 1:] = is_taken.cumsum(axis=0, dtype=np.int32).cumsum(axis=1, dtype=np.int32)
    west, south, east, north = _squares(others, low, side)
    inside = (
        taken[north + 1, east + 1] - taken[south, east + 1] - taken[north + 1, west]
        + taken[south, west]
    )  # fmt: skip
    is_near: NDArray[np.bool_] = inside > 0
    return is_near


def _squares(
    around: NDArray[np.float64], low: NDArray[np.float64], side: NDArray[np.float64]
) -> NDArray[np.int64]:
    """Give the squares of the sides of boxes; those outside count to the outermost."""
    at = (around.reshape(-1, 2, 2) - low) / side
    numbers: NDArray[np.int64] = np.clip(np.floor(at), 0, _SQUARES - 1).astype(np.int64)
    return numbers.reshape(-1, 4).T


def imprints_of(part: Delivery, key: str) -> Imprints:
    """
    Hash the rows of a part as they were delivered.

    Parameters
    ----------
    part
        The part, with its raw table.
    key
        What they are judged by.

    Returns
    -------
    Imprints
        One per row.
    """
    assert part.raw is not None  # noqa: S101  (parts have theirs)
    return _imprints(part.raw, key)


def _imprints(raw: RawTable, key: str) -> Imprints:
    assert raw.shapes is not None  # noqa: S101  (layers alone come in parts)
    columns = [raw.frame.iloc[:, at].to_numpy() for at in range(raw.frame.shape[1])]
    columns.append(raw.shapes.wkb)
    halves = []
    for number, factor in enumerate(_FACTORS):
        signs = key[number * _KEY_SIGNS : (number + 1) * _KEY_SIGNS]
        mixed = np.full(len(raw.rows), int(signs, 16), dtype=np.uint64)
        for column in columns:
            mixed = (mixed ^ _hashed(column, signs)) * factor
            mixed ^= mixed >> np.uint64(29)
        halves.append(mixed.view(np.int64))
    return Imprints(*halves)


def _hashed(column: NDArray[Any], signs: str) -> NDArray[np.uint64]:
    hashed: NDArray[np.uint64] = hash_array(column, hash_key=signs, categorize=False)
    # To the library a None is the text of its name.
    return np.where(pd.isna(column), _ABSENT, hashed)


def rules_key(delivery: Delivery, context: Context) -> str:
    """
    Name all that the rows of a delivery are judged by.

    Parameters
    ----------
    delivery
        Its first part.
    context
        The district.

    Returns
    -------
    str
        Hexadecimal digits; others as soon as the program, its methods, the form, how the file was
        declared and understood, or the divisions are.
    """
    raw = delivery.raw
    assert raw is not None  # noqa: S101  (parts have theirs)
    assert raw.shapes is not None  # noqa: S101
    divisions = context.divisions
    named = divisions.drop(columns=divisions.geometry.name).astype(str)
    told = [
        delivery.form.name, delivery.source_crs, raw.shapes.crs, raw.headings,
        sorted(delivery.headings.items()), context.srid, context.metric_srid,
        context.is_made_up, context.timezone, named.to_csv(index=False),
        repr(context.crosswalk.links), repr(sorted(context.former.items())),
        shapely.geos_version_string, pd.__version__,
    ]  # fmt: skip
    whole = hashlib.sha256(_program().encode())
    whole.update(json.dumps(told, ensure_ascii=False).encode())
    for outline in shapely.to_wkb(divisions.geometry.to_numpy()):
        whole.update(outline or b"-")
    return whole.hexdigest()


@cache
def _program() -> str:
    """Hash the code and the numbers that judge, and the code that writes what was judged."""
    whole = hashlib.sha256()
    packages = (Path(census.__file__).parent, Path(geo.__file__).parent)
    folders = (*packages, data_folder() / "methods", data_folder() / "reference")
    for folder in folders:
        for path in sorted((*folder.rglob("*.py"), *folder.rglob("*.toml"))):
            whole.update(path.read_bytes())
    return whole.hexdigest()
