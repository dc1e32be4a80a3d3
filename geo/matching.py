"""Lay a line drawn by hand onto the roads it was meant for; what leaves them stays as drawn."""

import heapq
from collections.abc import Iterable
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.along import Floats, Ints
from geo.edge_runs import ordered
from geo.errors import NetworkError
from geo.roads import Network
from geo.snapping import cut_at, without_cuts

CANDIDATES = 6
"""Edges a vertex may be meant for; more than six meet or run side by side almost nowhere."""

_SAME_M = 1e-9


@dataclass(frozen=True, kw_only=True, eq=False)
class Matched:
    """
    A drawn line on the network.

    Attributes
    ----------
    line
        The line: on the network's edges but for the stretches off the road.
    edges
        Edges passed, in order, each once in a row.
    off_road
        Stretches that stay as drawn, in order; empty where all of it lies on roads.
    moved_m
        Farthest that a vertex was moved, metres.
    """

    line: shapely.LineString
    edges: list[int]
    off_road: list[shapely.LineString]
    moved_m: float


@dataclass(frozen=True, kw_only=True)
class _Stand:
    """Where a vertex may stand: a node of the cut network, or -1 for the place it was drawn at."""

    node: int
    away_m: float
    xy: tuple[float, float]


Step = tuple[int, bool]
"""An edge of the cut network and whether it is passed from tail to head."""


def match(network: Network, xy: Floats, *, snap_m: float) -> Matched:
    """
    Match a drawn line to the roads beside it.

    Each vertex goes to the nearest open edge within ``snap_m``, or to another one there if the
    line runs on better that way. Between two vertices the line follows the shortest way over
    edges that stay within ``snap_m`` of the drawn piece; where there is none it stays as drawn.
    So a detour stays a detour, and a bridge is left only where its road ends. The two ends stay
    where they were drawn, with a leg to the road.

    Parameters
    ----------
    network
        Network with geometry; nobody is laid onto closed edges.
    xy
        Vertices drawn, metres, CRS of the network, shape ``(n, 2)``.
    snap_m
        How far a vertex may be moved, metres.

    Returns
    -------
    Matched
        The line, its edges and its stretches off the road.
    """
    near = _Near(network, xy, snap_m)
    choice, ways = _best(near, xy)
    return _assemble(near, xy, choice, ways)


class _Near:
    """The roads beside a drawn line, cut wherever a vertex may stand."""

    def __init__(self, network: Network, xy: Floats, snap_m: float) -> None:
        if network.geometry is None or network.xy is None:
            raise NetworkError(
                "A line cannot be matched: the network has no geometry.",
                "无法把线贴合到路网：路网没有几何。",
            )
        self.snap_m = snap_m
        tree = shapely.STRtree(_pieces(xy))
        box = shapely.box(*(np.append(xy.min(axis=0) - snap_m, xy.max(axis=0) + snap_m)))
        inside = np.flatnonzero(~network.closed & shapely.intersects(box, network.geometry))
        close = tree.query(network.geometry[inside], predicate="dwithin", distance=snap_m)[0]
        self.ids: Ints = inside[np.unique(close)]
        local = _only(network, self.ids)
        vertex, edge, place, away = _stands(local, xy, snap_m)
        self.cut, node = cut_at(local, edge, place)
        self.stands: list[list[_Stand]] = [[] for _ in xy]
        for at, on, far in zip(vertex.tolist(), node.tolist(), away.tolist(), strict=True):
            east, north = self._nodes[on]
            self.stands[at].append(_Stand(node=on, away_m=far, xy=(east, north)))
        for at, found in enumerate(self.stands):
            if not found:
                found.append(_Stand(node=-1, away_m=0.0, xy=(xy[at, 0], xy[at, 1])))
        vertices, self._owner = shapely.get_coordinates(self._drawn, return_index=True)
        self._vertices: Floats = vertices
        self._tree = shapely.STRtree(self._drawn)

    @property
    def _nodes(self) -> Floats:
        return np.empty((0, 2)) if self.cut.xy is None else self.cut.xy

    @property
    def _drawn(self) -> NDArray[np.object_]:
        return np.empty(0, dtype=np.object_) if self.cut.geometry is None else self.cut.geometry

    def along(self, way: list[Step]) -> Floats:
        """Draw a way with the bends of its roads, without the cuts where other vertices stand."""
        drawn = [
            shapely.get_coordinates(self._drawn[edge])[:: 1 if ahead else -1] for edge, ahead in way
        ]
        return without_cuts(np.concatenate(drawn))

    def beside(self, xy: Floats) -> list[Ints]:
        """List for each drawn piece the edges that stay within the snapping distance of it."""
        pieces = _pieces(xy)
        piece, edge = self._tree.query(pieces, predicate="dwithin", distance=self.snap_m)
        order = np.lexsort((edge, piece))
        piece, edge = piece[order], edge[order]
        # The distance to a straight piece is greatest at a vertex.
        count = np.bincount(self._owner, minlength=self.cut.edge_count)
        first, many = (np.cumsum(count) - count)[edge], count[edge]
        pair = np.repeat(np.arange(len(edge)), many)
        vertex = np.arange(len(pair)) - np.repeat(np.cumsum(many) - many, many) + first[pair]
        far = shapely.distance(shapely.points(self._vertices[vertex]), pieces[piece[pair]])
        worst = np.zeros(len(edge))
        np.maximum.at(worst, pair, far)
        is_beside = worst <= self.snap_m * (1 + _SAME_M)
        piece, edge = piece[is_beside], edge[is_beside].astype(np.int64)
        return np.split(edge, np.searchsorted(piece, np.arange(1, len(pieces))))

    def neighbours(self, edges: Ints) -> dict[int, list[tuple[int, float, Step]]]:
        """List where each node leads over some edges, ascending, on foot."""
        leads: dict[int, list[tuple[int, float, Step]]] = {}
        for edge in edges.tolist():
            tail, head = int(self.cut.tail[edge]), int(self.cut.head[edge])
            length = float(self.cut.length_m[edge])
            leads.setdefault(tail, []).append((head, length, (edge, True)))
            leads.setdefault(head, []).append((tail, length, (edge, False)))
        return leads


def _pieces(xy: Floats) -> NDArray[np.object_]:
    """Draw the straight pieces between vertices."""
    drawn = shapely.linestrings(np.stack([xy[:-1], xy[1:]], axis=1))
    return np.asarray(drawn, dtype=np.object_).reshape(-1)


def _only(network: Network, ids: Ints) -> Network:
    """Keep some edges of a network; the nodes keep their numbers."""
    geometry = network.geometry
    return replace(
        network,
        tail=network.tail[ids],
        head=network.head[ids],
        length_m=network.length_m[ids],
        forward=network.forward[ids],
        backward=network.backward[ids],
        closed=network.closed[ids],
        line=network.line[ids],
        parent=np.arange(len(ids)),
        minutes=None,
        capacity_people_min=None,
        geometry=None if geometry is None else geometry[ids],
    )


def _stands(local: Network, xy: Floats, snap_m: float) -> tuple[Ints, Ints, Floats, Floats]:
    """Find the edges near each vertex: vertex, edge, place along it and distance."""
    geometry = np.empty(0, dtype=np.object_) if local.geometry is None else local.geometry
    points = np.asarray(shapely.points(xy), dtype=np.object_).reshape(-1)
    vertex, edge = shapely.STRtree(geometry).query(points, predicate="dwithin", distance=snap_m)
    away = shapely.distance(points[vertex], geometry[edge])
    order = np.lexsort((edge, np.round(away, 6), vertex))
    vertex, edge, away = vertex[order], edge[order], away[order]
    rank = np.arange(len(vertex)) - np.searchsorted(vertex, vertex)
    kept = rank < CANDIDATES
    vertex, edge, away = vertex[kept], edge[kept], away[kept]
    place = shapely.line_locate_point(geometry[edge], points[vertex])
    return vertex.astype(np.int64), edge.astype(np.int64), place, away


def _best(near: _Near, xy: Floats) -> tuple[list[int], list[list[Step] | None]]:
    """Choose a stand for each vertex, and the way between, at the least cost in metres."""
    cost = [stand.away_m for stand in near.stands[0]]
    back: list[list[tuple[int, list[Step] | None]]] = []
    for at, beside in enumerate(near.beside(xy)):
        leads = near.neighbours(beside)
        straight = float(np.hypot(*(xy[at + 1] - xy[at])))
        ends = near.stands[at + 1]
        best: list[tuple[float, int, list[Step] | None]] = [(np.inf, -1, None)] * len(ends)
        for origin, stand in enumerate(near.stands[at]):
            ways = _ways(leads, stand.node, {end.node for end in ends if end.node >= 0})
            for goal, end in enumerate(ends):
                way = ways.get(end.node)
                # Leaving the road costs more than any way the corridor allows to be followed.
                metres = straight + 4 * near.snap_m if way is None else way[0]
                total = cost[origin] + abs(metres - straight) + end.away_m
                if total < best[goal][0] - _SAME_M:
                    best[goal] = (total, origin, None if way is None else way[1])
        cost = [total for total, _, _ in best]
        back.append([(origin, way) for _, origin, way in best])
    choice, ways_taken = [int(np.argmin(cost))], []
    for steps in reversed(back):
        before, taken = steps[choice[-1]]
        choice.append(before)
        ways_taken.append(taken)
    return choice[::-1], ways_taken[::-1]


def _ways(
    leads: dict[int, list[tuple[int, float, Step]]], origin: int, goals: set[int]
) -> dict[int, tuple[float, list[Step]]]:
    """Search the shortest ways from a node to some nodes; nothing from a place off the road."""
    if origin < 0:
        return {}
    reached: dict[int, float] = {}
    before: dict[int, tuple[int, Step]] = {}
    queue: list[tuple[float, int, int, Step]] = [(0.0, origin, -1, (-1, True))]
    while queue and not goals <= reached.keys():
        far, node, previous, step = heapq.heappop(queue)
        if node in reached:
            continue
        reached[node] = far
        before[node] = (previous, step)
        for other, length, edge in leads.get(node, ()):
            if other not in reached:
                heapq.heappush(queue, (far + length, other, node, edge))
    return {goal: (reached[goal], _back(before, goal)) for goal in goals & reached.keys()}


def _back(before: dict[int, tuple[int, Step]], goal: int) -> list[Step]:
    steps = []
    node, step = before[goal]
    while node >= 0:
        steps.append(step)
        node, step = before[node]
    return steps[::-1]


def _assemble(
    near: _Near, xy: Floats, choice: list[int], ways: Iterable[list[Step] | None]
) -> Matched:
    """Join legs, roads and pieces left as drawn into one line."""
    stands = [found[at] for found, at in zip(near.stands, choice, strict=True)]
    parts: list[tuple[Floats, bool]] = [(np.array([xy[0], stands[0].xy]), False)]
    edges: list[int] = []
    for (start, end), way in zip(pairwise(stands), ways, strict=True):
        if way is None:
            parts.append((np.array([start.xy, end.xy]), False))
        elif way:
            parts.append((near.along(way), True))
            edges += near.ids[near.cut.parent[[edge for edge, _ in way]]].tolist()
    parts.append((np.array([stands[-1].xy, xy[-1]]), False))
    moved = [s.away_m for s in stands[1:-1]]
    return Matched(
        line=shapely.LineString(_without_repeats(np.concatenate([part for part, _ in parts]))),
        edges=ordered(np.array(edges, dtype=np.int64)),
        off_road=_stretches(parts),
        moved_m=max(moved, default=0.0),
    )


def _without_repeats(xy: Floats) -> Floats:
    moves = np.append(True, (np.abs(np.diff(xy, axis=0)) > _SAME_M).any(axis=1))
    return np.asarray(xy[moves])


def _stretches(parts: list[tuple[Floats, bool]]) -> list[shapely.LineString]:
    """Join neighbouring pieces off the road."""
    found: list[shapely.LineString] = []
    run: list[Floats] = []
    for xy, is_road in [*parts, (np.empty((0, 2)), True)]:
        if not is_road:
            run.append(xy)
            continue
        joined = _without_repeats(np.concatenate(run)) if run else np.empty((0, 2))
        if len(joined) > 1:
            found.append(shapely.LineString(joined))
        run = []
    return found
