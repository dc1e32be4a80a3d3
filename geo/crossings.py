"""Find where a drawn line crosses itself or runs back over itself."""

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.along import Course, Ints
from geo.checks import Finding

ALIKE_SINE = 1e-6
"""At a greater angle two straight pieces share a point at most."""

BLOCK = 100
"""Pieces that are looked at together."""

Objects = NDArray[np.object_]


def self_crossing(line: shapely.LineString, *, most: int = 200) -> list[Finding]:
    """
    Find where a line crosses itself or runs back over itself.

    Parameters
    ----------
    line
        LineString with a length.
    most
        After so many places nothing more is counted: a scrawl of n pieces has n² of them.

    Returns
    -------
    list
        One warning ``self_crossing`` at the first such place along the line; facts ``kind``
        (``crosses`` or ``doubles_back``) and ``places`` (how many pairs of pieces meet; a text with
        a plus where there are more). Ends that meet close a loop and are no crossing.
    """
    if shapely.is_simple(line):
        return []
    course = Course.of(line)
    pieces = course.segments
    tree = shapely.STRtree(pieces)
    met: list[tuple[Ints, Ints, Objects]] = []
    for begin in range(0, len(pieces), BLOCK):
        met.append(_meetings(course, pieces, tree, begin))
        if sum(len(first) for first, _, _ in met) > most:
            break
    first, second, shared = (np.concatenate(each) for each in zip(*met, strict=True))
    if not len(first):
        return []
    at = np.lexsort((second, first))[0]
    doubles = shapely.length(shared[at]) > 0
    where = shapely.intersection(pieces[first[at]], pieces[second[at]])
    place = shapely.Point(shapely.get_coordinates(where)[0])
    metres = float(shapely.length(shared).sum()) if doubles else None
    places = len(first) if len(first) <= most else f"{most}+"
    facts = {"kind": "doubles_back" if doubles else "crosses", "places": places}
    return [Finding(code="self_crossing", level="warning", at=place, metres=metres, facts=facts)]


def _meetings(
    course: Course, pieces: Objects, tree: shapely.STRtree, begin: int
) -> tuple[Ints, Ints, Objects]:
    """Find the pairs of a block's pieces with later ones, and the stretch each pair shares."""
    first, second = tree.query(pieces[begin : begin + BLOCK], predicate="intersects")
    first = first + begin
    apart = second > first
    first, second = first[apart], second[apart]
    # Pieces at an angle share one point, which need not be computed for each of many pairs.
    shared = np.full(len(first), shapely.LineString(), dtype=np.object_)
    beside = _run_alike(course, first, second)
    shared[beside] = shapely.intersection(pieces[first[beside]], pieces[second[beside]])
    # Neighbours share a vertex; the last piece may end where the first begins.
    closes = (first == 0) & (second == len(pieces) - 1) & (course.xy[0] == course.xy[-1]).all()
    counts = (shapely.length(shared) > 0) | ((second > first + 1) & ~closes)
    return first[counts], second[counts], shared[counts]


def _run_alike(course: Course, first: Ints, second: Ints) -> NDArray[np.bool_]:
    """Tell which pairs of straight pieces may lie in one line."""
    ahead = np.diff(course.xy, axis=0) / np.diff(course.along_m)[:, None]
    one, other = ahead[first], ahead[second]
    return np.asarray(np.abs(one[:, 0] * other[:, 1] - one[:, 1] * other[:, 0]) <= ALIKE_SINE)
