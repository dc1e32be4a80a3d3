"""Tell which edges of a network a line runs along, metre by metre, and where it leaves them all."""

from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.along import Course, merged, outside
from geo.errors import NetworkError
from geo.roads import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

EXACT_M = 0.05
"""A line this near to an edge lies on it: stored coordinates are rounded to about 1 mm."""

STEEPEST_SINE = 0.5
"""A line that meets an edge at more than 30 degrees crosses it and does not run along it."""

CROSSING_TOLERANCES = 4.0
"""Beside an edge but not on it, a line runs along it from this many tolerances on."""

SHORTEST_RUN_M = 0.25
"""Where two roads meet or cross, a line is for some centimetres on both."""

_EQUAL_M = 1e-3


class Segments:
    """
    The straight pieces of all edges of a network in a tree, for many lines to be traced.

    Parameters
    ----------
    network
        Network with geometry; closed edges count too.

    Attributes
    ----------
    edge
        Edge of each piece.
    start, end
        Its ends, metres, shape ``(k, 2)``.
    heading
        Its direction, a unit vector; zero where it has no length.

    Raises
    ------
    NetworkError
        If the network has no geometry.
    """

    def __init__(self, network: Network) -> None:
        if network.geometry is None:
            raise NetworkError(
                "A line cannot be traced: the network has no geometry.",
                "无法对照路网：路网没有几何。",
            )
        xy, edge = shapely.get_coordinates(network.geometry, return_index=True)
        is_piece = edge[1:] == edge[:-1]
        self.edge: Ints = edge[:-1][is_piece].astype(np.int64)
        self.start: Floats = xy[:-1][is_piece]
        self.end: Floats = xy[1:][is_piece]
        self.heading: Floats = _heading(self.start, self.end)
        drawn = shapely.linestrings(np.stack([self.start, self.end], axis=1))
        self.tree = shapely.STRtree(np.asarray(drawn, dtype=np.object_).reshape(-1))


@dataclass(frozen=True, kw_only=True, eq=False)
class Trace:
    """
    What a line runs along.

    Attributes
    ----------
    edge
        Edge of each run, in walking order, shape ``(k,)``.
    span_m
        Start and end of each run, metres from the start of the line, shape ``(k, 2)``.
    exact
        True where the run lies on its edge, False where it runs beside it, shape ``(k,)``.
    off_m
        Stretches farther than the tolerance from every edge, shape ``(j, 2)``.
    """

    edge: Ints
    span_m: Floats
    exact: NDArray[np.bool_]
    off_m: Floats

    def on(self, edges: NDArray[np.bool_]) -> Floats:
        """
        Find the stretches on chosen edges.

        Parameters
        ----------
        edges
            True for each edge that counts, shape ``(m,)``.

        Returns
        -------
        numpy.ndarray
            Start and end, metres, shape ``(k, 2)``.
        """
        return merged(self.span_m[edges[self.edge]])

    def between(self, edges: NDArray[np.bool_]) -> tuple[float, float]:
        """
        Find where a line first comes onto chosen edges and where it last leaves them.

        Parameters
        ----------
        edges
            True for each edge that counts, such as the passable ones, shape ``(m,)``.

        Returns
        -------
        tuple
            Metres from the start; inf and -inf where it never does.
        """
        spans = self.span_m[edges[self.edge]]
        return float(spans[:, 0].min(initial=np.inf)), float(spans[:, 1].max(initial=-np.inf))


def trace(course: Course, pieces: Segments, *, tolerance_m: float) -> Trace:
    """
    Trace a line: each metre belongs to the nearest edge it runs along within a tolerance.

    An edge that the line only crosses is none it runs along. Of edges equally near the one with
    the lowest id counts.

    Parameters
    ----------
    course
        The line, CRS of the network.
    pieces
        Pieces of the network.
    tolerance_m
        Farther than this from every edge the line is off the network, metres.

    Returns
    -------
    Trace
        Runs along edges and stretches off the network.
    """
    segment, piece = pieces.tree.query(
        course.segments, predicate="dwithin", distance=tolerance_m * (1 + 1e-9)
    )
    near, beside_m = _near_spans(course, pieces, segment, piece, tolerance_m)
    is_met = near[:, 1] > near[:, 0]
    segment, piece, near, beside_m = (rows[is_met] for rows in (segment, piece, near, beside_m))
    off = outside(near, course.length_m)
    ahead = _heading(course.xy[:-1], course.xy[1:])[segment]
    beside = pieces.heading[piece]
    sine = np.abs(ahead[:, 0] * beside[:, 1] - ahead[:, 1] * beside[:, 0])
    along = sine <= STEEPEST_SINE
    edge, spans, far = _nearest_runs(
        course, pieces, piece[along], near[along], np.append(near, beside_m)
    )
    # Beside a road a crossing may look like a short run; on it, a short run is a short road.
    is_exact = far <= EXACT_M
    chains = merged(spans[~is_exact])
    chain = np.searchsorted(chains[:, 0], spans[:, 0], side="right") - 1
    chain_m = np.append(chains[:, 1] - chains[:, 0], 0.0)[chain]
    is_run = np.where(
        is_exact,
        spans[:, 1] - spans[:, 0] >= SHORTEST_RUN_M,
        chain_m >= CROSSING_TOLERANCES * tolerance_m,
    )
    exact = is_exact[is_run]
    return Trace(edge=edge[is_run], span_m=spans[is_run], exact=exact, off_m=off)


def _heading(start: Floats, end: Floats) -> Floats:
    """Return unit vectors, zero where there is no length."""
    move = end - start
    length = np.hypot(move[:, 0], move[:, 1])[:, None]
    return np.divide(move, length, out=np.zeros_like(move), where=length > 0)


def _near_spans(
    course: Course, pieces: Segments, segment: Ints, piece: Ints, tolerance_m: float
) -> tuple[Floats, Floats]:
    """
    Find where each straight piece of the line is within a tolerance of a piece of road.

    All points that near to a straight piece form a convex shape, a rectangle between two discs,
    so the line is inside over one stretch: the hull of its stretches inside the three. Within it,
    the places abreast of the ends of the piece of road are told too: there the next one is nearer.
    """
    origin, ahead = course.xy[segment], _heading(course.xy[:-1], course.xy[1:])[segment]
    length = np.diff(course.along_m)[segment]
    beside = pieces.heading[piece]
    road_m = np.hypot(*(pieces.end[piece] - pieces.start[piece]).T)
    from_start = origin - pieces.start[piece]
    spans = [
        _within_band(
            _dot(from_start, beside), _dot(ahead, beside), np.zeros(len(piece)), road_m
        ),
        _within_band(
            _cross(from_start, beside), _cross(ahead, beside),
            np.full(len(piece), -tolerance_m), np.full(len(piece), tolerance_m),
        ),
    ]  # fmt: skip
    low = np.maximum(spans[0][0], spans[1][0])
    high = np.minimum(spans[0][1], spans[1][1])
    low, high = np.where(low <= high, low, np.inf), np.where(low <= high, high, -np.inf)
    for centre in (pieces.start, pieces.end):
        gap = origin - centre[piece]
        middle = -_dot(gap, ahead)
        root = middle**2 - _dot(gap, gap) + tolerance_m**2
        half = np.sqrt(np.maximum(root, 0.0))
        low = np.where(root >= 0, np.minimum(low, middle - half), low)
        high = np.where(root >= 0, np.maximum(high, middle + half), high)
    base = course.along_m[segment]
    low, high = np.clip(low, 0.0, length), np.clip(high, 0.0, length)
    ends = np.where(high >= length * (1 - 1e-12), course.along_m[segment + 1], base + high)
    near = np.stack([base + low, ends], axis=1)
    abreast = np.clip(np.stack(spans[0], axis=1) + base[:, None], near[:, :1], near[:, 1:])
    return near, abreast


def _dot(first: Floats, second: Floats) -> Floats:
    return np.asarray((first * second).sum(axis=1))


def _cross(first: Floats, second: Floats) -> Floats:
    return np.asarray(first[:, 0] * second[:, 1] - first[:, 1] * second[:, 0])


def _within_band(at: Floats, rate: Floats, least: Floats, most: Floats) -> tuple[Floats, Floats]:
    """Solve ``least <= at + rate * s <= most`` for s; empty as inf, -inf."""
    flat = np.abs(rate) < 1e-12  # noqa: PLR2004  (parallel but for rounding)
    safe = np.where(flat, 1.0, rate)
    ends = np.stack([(least - at) / safe, (most - at) / safe])
    low, high = ends.min(axis=0), ends.max(axis=0)
    holds = (least <= at) & (at <= most)
    low = np.where(flat, np.where(holds, -np.inf, np.inf), low)
    high = np.where(flat, np.where(holds, np.inf, -np.inf), high)
    return low, high


def _nearest_runs(
    course: Course, pieces: Segments, piece: Ints, near: Floats, cuts: Floats
) -> tuple[Ints, Floats, Floats]:
    """Give each stretch between two ends of nearness to the nearest piece; join runs by edge."""
    if not len(piece):
        return np.empty(0, dtype=np.int64), np.empty((0, 2)), np.empty(0)
    cuts = np.unique(cuts)
    first, last = np.searchsorted(cuts, near[:, 0]), np.searchsorted(cuts, near[:, 1])
    count = last - first
    owner = np.repeat(np.arange(len(piece)), count)
    slot = np.arange(len(owner)) - np.repeat(np.cumsum(count) - count - first, count)
    points = course.at(cuts)
    far = np.stack(
        [_distance_m(points[slot + end], pieces, piece[owner]) for end in (0, 1)], axis=1
    )
    edge = pieces.edge[piece[owner]]
    closeness = np.round(far.mean(axis=1) / _EQUAL_M)
    order = np.lexsort((edge, closeness, slot))
    best = order[np.append(True, slot[order][1:] != slot[order][:-1])]
    slot, edge, farthest = slot[best], edge[best], far[best].max(axis=1)
    joins = (edge[1:] == edge[:-1]) & (slot[1:] == slot[:-1] + 1)
    # A run on an edge and one beside it are judged apart.
    joins &= (farthest[1:] <= EXACT_M) == (farthest[:-1] <= EXACT_M)
    begin = np.flatnonzero(np.append(True, ~joins))
    end = np.append(begin[1:], len(slot)) - 1
    spans = np.stack([cuts[slot[begin]], cuts[slot[end] + 1]], axis=1)
    return edge[begin], spans, np.maximum.reduceat(farthest, begin)


def _distance_m(xy: Floats, pieces: Segments, piece: Ints) -> Floats:
    """Measure from points to straight pieces, row by row."""
    start, move = pieces.start[piece], pieces.end[piece] - pieces.start[piece]
    size = _dot(move, move)
    share = np.divide(_dot(xy - start, move), size, out=np.zeros(len(xy)), where=size > 0)
    foot = start + np.clip(share, 0.0, 1.0)[:, None] * move
    return np.asarray(np.hypot(*(xy - foot).T))


def ordered(ids: Ints) -> list[int]:
    """
    List ids in their order, each once in a row.

    Parameters
    ----------
    ids
        Such as the edges a line runs along.

    Returns
    -------
    list
        Without immediate repeats.

    Examples
    --------
    >>> ordered(np.array([4, 4, 7, 4]))
    [4, 7, 4]
    """
    changes = np.append(True, ids[1:] != ids[:-1]) if len(ids) else np.empty(0, dtype=bool)
    return [int(at) for at in ids[changes]]
