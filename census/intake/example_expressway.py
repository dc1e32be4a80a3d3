"""The expressway over the made-up district: its way along unit borders, its bridges and joints."""

from itertools import pairwise

import numpy as np
import shapely
from numpy.typing import NDArray

from census.intake.example_borders import NodeGraph, node_graph
from census.intake.example_divisions import Settled
from census.intake.example_land import Waters
from census.intake.example_lattice import B, F, I, Lattice, Recipe, stream

# A step that must not be taken unless there is no other way.
UNWANTED = 1e4
# Half the length of a bridge over nothing, a canal, a main river.
BRIDGE_HALF_M = np.array([0.0, 24.0, 62.0])


def expressway_route(
    recipe: Recipe, seed: int, lattice: Lattice, waters: Waters, settled: Settled
) -> tuple[I, B]:
    """
    Lead the expressway from west to east, over water but never along it.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units.
    waters
        Rivers and canals.
    settled
        The villages: too few of them have no expressway.

    Returns
    -------
    tuple of ndarray
        Edges ``(axis, row, column)`` that it follows, shape ``(m, 3)``, and whether it crosses
        water at each corner on its way, shape ``(m + 1,)``; both empty where there is none.
    """
    if len(settled.town) < recipe["roads"]["expressway_from_villages"]:
        return np.empty((0, 3), dtype=np.int64), np.empty(0, dtype=bool)
    graph = node_graph(lattice)
    rng = stream(seed, "expressway")
    flat = graph.axis == 0
    rank = np.zeros(len(flat), dtype=np.int64)
    rank[flat] = waters.rank[0][graph.row[flat], graph.column[flat]]
    rank[~flat] = waters.rank[1][graph.row[~flat], graph.column[~flat]]
    cost = rng.uniform(1.0, 1.15, len(rank)) + np.where(rank > 0, UNWANTED, 0.0)
    cost += np.where((graph.beside < 0).any(axis=1), 20.0, 0.0)
    way = _straightest(lattice, graph, cost)
    wet = np.zeros(graph.shape[0] * graph.shape[1], dtype=bool)
    wet[graph.start[rank > 0]] = True
    wet[graph.end[rank > 0]] = True
    corner = _corners(graph.start[way], graph.end[way])
    return np.column_stack((graph.axis, graph.row, graph.column))[way], wet[corner]


def _straightest(lattice: Lattice, graph: NodeGraph, cost: F) -> I:
    used = np.flatnonzero(lattice.land.any(axis=1))
    wide = lattice.land.shape[1] + 1
    ways = []
    for row in used[len(used) // 3 : max(2 * len(used) // 3, len(used) // 3 + 1)].tolist():
        reach = np.flatnonzero(lattice.land[row])
        way = graph.path(cost, row * wide + int(reach[0]), row * wide + int(reach[-1]) + 1)
        bends = int((graph.axis[way] == 1).sum())
        ways.append((float(cost[way].sum()) // UNWANTED, bends, row, way))
    return min(ways, key=lambda each: each[:3])[3]


def _corners(start: I, end: I) -> I:
    shared = [
        a if a in (c, d) else b
        for a, b, c, d in zip(start[:-1], end[:-1], start[1:], end[1:], strict=True)
    ]
    first = end[0] if start[0] == shared[0] else start[0]
    last = end[-1] if start[-1] == shared[-1] else start[-1]
    return np.array([first, *shared, last], dtype=np.int64)


def interchanges(lattice: Lattice, settled: Settled, pairs: I, met: I) -> tuple[B, B]:
    """
    Choose where links meet the expressway; elsewhere they pass under it.

    Parameters
    ----------
    lattice
        The units.
    settled
        Seats of towns, which are joined where they are near.
    pairs
        Neighbouring units, as ``Lattice.pairs``.
    met
        Place along the expressway of the border of each pair, -1 where it does not run there.

    Returns
    -------
    tuple of ndarray
        Whether each link meets it, and whether each passes under it.
    """
    here = np.zeros(len(pairs), dtype=bool)
    links = np.flatnonzero(met >= 0)
    if len(links):
        ends = links[[int(np.argmin(met[links])), int(np.argmax(met[links]))]]
        here[ends] = True
        middle = (lattice.hub[pairs[links, 0]] + lattice.hub[pairs[links, 1]]) / 2
        seats = lattice.hub[settled.centre[settled.seat]]
        away = np.hypot(*(seats[:, None, :] - middle[None, :, :]).T)
        near = away.min(axis=0) < 8 * lattice.spacing_m
        here[links[away.argmin(axis=0)[near]]] = True
    return here, (met >= 0) & ~here


def expressway_pieces(
    lattice: Lattice, over: I, crossing: B, joints: set[int]
) -> tuple[NDArray[np.object_], B]:
    """
    Cut the expressway at bridges and joints.

    Parameters
    ----------
    lattice
        The units.
    over
        Edges that it follows, as ``expressway_route`` gives them.
    crossing
        Whether it crosses water at each corner on its way.
    joints
        Places along it where links meet it.

    Returns
    -------
    tuple of ndarray
        Lines, metric, and whether each is a bridge.
    """
    if len(over) == 0:
        return np.empty(0, dtype=object), np.empty(0, dtype=bool)
    points, breaks = _expressway_points(lattice, over, crossing, joints)
    lines, bridge = [], []
    cuts = sorted({0, len(points) - 1} | set(breaks))
    for first, last in pairwise(cuts):
        lines.append(shapely.linestrings(np.array(points[first : last + 1])))
        bridge.append(breaks.get(first, False))
    return np.array(lines, dtype=object), np.array(bridge, dtype=bool)


def _expressway_points(
    lattice: Lattice, over: I, crossing: B, joints: set[int]
) -> tuple[list[F], dict[int, bool]]:
    # Points in order, and where to cut: True where the piece that starts there is a bridge.
    curves = lattice.edges(over[:, 0], over[:, 1], over[:, 2])
    points: list[F] = []
    breaks: dict[int, bool] = {}
    at = (
        curves[0, 0]
        if (curves[0, 4] == curves[min(1, len(curves) - 1), [0, 4]]).all(1).any()
        else curves[0, 4]
    )
    for k, edge in enumerate(curves):
        curve = edge if (edge[0] == at).all() else edge[::-1]
        at = curve[4]
        points.append(curve[0])
        if crossing[k]:
            breaks[len(points)] = False
            points.append(np.round(_along(curve[0], curve[1], BRIDGE_HALF_M[2]), 2))
        points += [curve[1], curve[2], curve[3]]
        if k in joints:
            breaks[len(points) - 2] = False
        if crossing[k + 1]:
            breaks[len(points)] = True
            points.append(np.round(_along(curve[4], curve[3], BRIDGE_HALF_M[2]), 2))
    points.append(at)
    return points, breaks


def _along(start: F, end: F, distance_m: float) -> F:
    step = end - start
    return np.asarray(start + step * min(0.9, distance_m / float(np.hypot(*step))))
