"""Find the shortest ways over open edges, from every node to its nearest shelter or between two."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.arcs import Arcs, Measure, arcs, check_nodes
from geo.errors import NetworkError
from geo.roads import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# Rows of a distance table filled at once: 64 rows of a 50,000-node town are 26 MB.
_ROWS_AT_ONCE = 64


@dataclass(frozen=True, kw_only=True, eq=False)
class Forest:
    """
    The nearest source of every node and the first edge of the way there.

    Attributes
    ----------
    distance
        Metres or minutes from the node to its nearest source, inf where it is cut off.
    source
        That source's node, -1 where cut off.
    edge
        Edge to take first, -1 at a source and where cut off.
    next_node
        Node this edge leads to, -1 likewise.
    """

    distance: Floats
    source: Ints
    edge: Ints
    next_node: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Route:
    """
    One way through the network.

    Attributes
    ----------
    origin
        First node.
    destination
        Last node.
    edges
        Edge ids in the order they are passed; empty where origin and destination are one node.
    forward
        True where the edge is passed from its tail to its head.
    length_m
        Sum of the lengths, metres.
    minutes
        Sum of the times, or None where the network has none.
    geometry
        LineString from origin to destination, or None where nothing is drawn or to be walked.
    """

    origin: int
    destination: int
    edges: Ints
    forward: NDArray[np.bool_]
    length_m: float
    minutes: float | None
    geometry: shapely.LineString | None


def nearest(
    network: Network, sources: ArrayLike, *, by: Measure = "length_m", on_foot: bool = False
) -> Forest:
    """
    Find for every node the source that is nearest to walk TO, and the way there.

    Distances run from the node to the source, as people move to a shelter: on one-way roads
    this differs from the distance out of the source.

    Parameters
    ----------
    network
        Network, n nodes.
    sources
        Nodes to reach, such as those of the shelters; repeats are allowed.
    by
        ``"length_m"`` or ``"minutes"``.
    on_foot
        True: one-way rules do not bind.

    Returns
    -------
    Forest
        Distance, source and first edge of every node, each of shape ``(n,)``.

    Raises
    ------
    NetworkError
        If a source is not a node, or minutes are asked for and the network has none.
    """
    goals = np.unique(check_nodes(network, sources))
    ways = arcs(network, by=by, on_foot=on_foot)
    return _grow(ways, ways.backwards(), goals)


def distances(
    network: Network,
    origins: ArrayLike,
    destinations: ArrayLike,
    *,
    by: Measure = "length_m",
    on_foot: bool = False,
) -> Floats:
    """
    Measure the way from every origin to every destination.

    Parameters
    ----------
    network
        Network, n nodes.
    origins
        Nodes people leave, k of them.
    destinations
        Nodes they go to, s of them.
    by
        ``"length_m"`` or ``"minutes"``.
    on_foot
        True: one-way rules do not bind.

    Returns
    -------
    numpy.ndarray
        Metres or minutes, shape ``(k, s)``; inf where no way exists.

    Raises
    ------
    NetworkError
        If a node is not one of the network, or minutes are missing.
    """
    starts, goals = check_nodes(network, origins), check_nodes(network, destinations)
    graph = arcs(network, by=by, on_foot=on_foot).backwards()
    unique_goals, column = np.unique(goals, return_inverse=True)
    table = np.empty((len(starts), len(unique_goals)))
    for first in range(0, len(unique_goals), _ROWS_AT_ONCE):
        chunk = slice(first, first + _ROWS_AT_ONCE)
        table[:, chunk] = dijkstra(graph, indices=unique_goals[chunk])[:, starts].T
    return table[:, column.reshape(-1)]


def route(
    network: Network,
    origin: int,
    destination: int,
    *,
    by: Measure = "length_m",
    on_foot: bool = False,
) -> Route:
    """
    Find the shortest way between two nodes.

    Parameters
    ----------
    network
        Network.
    origin
        Node to leave.
    destination
        Node to reach.
    by
        ``"length_m"`` or ``"minutes"``.
    on_foot
        True: one-way rules do not bind.

    Returns
    -------
    Route
        The edges in order, with their sums.

    Raises
    ------
    NetworkError
        If no way exists over open edges, or a node is not one of the network.
    """
    start = int(check_nodes(network, [origin])[0])
    found = follow(network, nearest(network, [destination], by=by, on_foot=on_foot), start)
    if found is None:
        raise NetworkError(
            f"There is no route from node {origin} to node {destination} over open edges.",
            f"从节点 {origin} 到节点 {destination} 没有可通行的路线。",
        )
    return found


def routes(
    network: Network,
    origins: ArrayLike,
    destinations: ArrayLike,
    *,
    by: Measure = "length_m",
    on_foot: bool = False,
) -> list[Route | None]:
    """
    Find the shortest way of each pair, with one search for each distinct destination.

    Parameters
    ----------
    network
        Network.
    origins
        Nodes to leave, k of them.
    destinations
        Nodes to reach, k of them.
    by
        ``"length_m"`` or ``"minutes"``.
    on_foot
        True: one-way rules do not bind.

    Returns
    -------
    list
        A route per pair, None where no way exists.

    Raises
    ------
    NetworkError
        If a node is not one of the network, or minutes are missing.
    """
    starts, goals = check_nodes(network, origins), check_nodes(network, destinations)
    ways = arcs(network, by=by, on_foot=on_foot)
    graph = ways.backwards()
    found: list[Route | None] = [None] * len(starts)
    for goal in np.unique(goals):
        forest = _grow(ways, graph, np.array([goal]))
        for pair in np.flatnonzero(goals == goal):
            found[pair] = follow(network, forest, int(starts[pair]))
    return found


def follow(network: Network, forest: Forest, origin: int) -> Route | None:
    """
    Walk a forest from a node to its nearest source.

    Parameters
    ----------
    network
        The network the forest was grown on.
    forest
        Result of `nearest`.
    origin
        Node to leave.

    Returns
    -------
    Route or None
        The way, or None where the node is cut off.
    """
    if forest.source[origin] < 0:
        return None
    edges, nodes = [], [origin]
    while forest.edge[nodes[-1]] >= 0:
        edges.append(int(forest.edge[nodes[-1]]))
        nodes.append(int(forest.next_node[nodes[-1]]))
    return _route_over(network, np.array(edges, dtype=np.int64), nodes)


def _grow(ways: Arcs, graph: csr_array, goals: Ints) -> Forest:
    """Search from all goals at once, against the walking direction."""
    n = ways.node_count
    if not len(goals):
        none = np.full(n, -1, dtype=np.int64)
        return Forest(distance=np.full(n, np.inf), source=none, edge=none, next_node=none)
    distance, before, source = dijkstra(
        graph, indices=goals, min_only=True, return_predecessors=True
    )
    # scipy marks both "is a source" and "is cut off" with a negative predecessor.
    moves = np.flatnonzero(before >= 0)
    next_node = np.where(before >= 0, before, -1).astype(np.int64)
    edge = np.full(n, -1, dtype=np.int64)
    edge[moves] = ways.edges_between(moves, next_node[moves])
    return Forest(
        distance=distance,
        source=np.where(np.isfinite(distance), source, -1).astype(np.int64),
        edge=edge,
        next_node=next_node,
    )


def _route_over(network: Network, edges: Ints, nodes: Sequence[int]) -> Route:
    """Sum up and draw edges passed in order along nodes."""
    forward = network.tail[edges] == np.array(nodes[:-1], dtype=np.int64)
    return Route(
        origin=nodes[0],
        destination=nodes[-1],
        edges=edges,
        forward=forward,
        length_m=float(network.length_m[edges].sum()),
        minutes=None if network.minutes is None else float(network.minutes[edges].sum()),
        geometry=_draw(network, edges, forward),
    )


def _draw(network: Network, edges: Ints, forward: NDArray[np.bool_]) -> shapely.LineString | None:
    """Join the drawn edges into one line in walking direction."""
    if network.geometry is None or not len(edges):
        return None
    drawn = [
        shapely.get_coordinates(line)[:: 1 if ahead else -1]
        for line, ahead in zip(network.geometry[edges], forward, strict=True)
    ]
    # Each edge starts where the one before it ended: that vertex is needed once.
    return shapely.LineString(np.concatenate([drawn[0], *(xy[1:] for xy in drawn[1:])]))
