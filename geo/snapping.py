"""Attach villages and shelters to the nearest open road: to the line itself, not to a junction."""

from dataclasses import dataclass, replace

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import NDArray

from geo.crs import require_same_crs
from geo.errors import NetworkError
from geo.noding import listed
from geo.roads import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

_MM_PER_M = 1000
_STRAIGHT_M = 1 / _MM_PER_M


@dataclass(frozen=True, kw_only=True, eq=False)
class Attached:
    """
    A network with nodes where points reach it, and how each point reaches it.

    Attributes
    ----------
    network
        The network, cut at the positions. Its first nodes are those of the uncut network; its
        `parent` leads from each edge to the uncut one.
    node
        Node of each point, -1 where it is not attached, shape ``(k,)``.
    access_m
        Straight distance from the point to the nearest open edge, metres; inf where there is none.
    edge
        Edge of the uncut network that is nearest, -1 where no edge is open.
    offset_m
        Position along that edge from its tail, metres; NaN where no edge is open.
    xy
        That position, metres, shape ``(k, 2)``; NaN where no edge is open.
    """

    network: Network
    node: Ints
    access_m: Floats
    edge: Ints
    offset_m: Floats
    xy: Floats

    @property
    def unattached(self) -> Ints:
        """
        List the rows of the points that have no node.

        Returns
        -------
        numpy.ndarray
            Row numbers, ascending; empty where every point is attached.
        """
        return np.flatnonzero(self.node < 0)


def attach(
    network: Network,
    points: gpd.GeoDataFrame | gpd.GeoSeries | Floats,
    *,
    max_access_m: float | None = None,
) -> Attached:
    """
    Attach points to the nearest position on an open edge and cut the edge there.

    Between equally near edges the lowest id wins. Points that meet an edge within 1 mm of each
    other, or of a junction, share the node. A closed edge takes nobody.

    Parameters
    ----------
    network
        Network with geometry, m edges, n nodes.
    points
        Points in the CRS of the network, or their x and y in metres, shape ``(k, 2)``.
    max_access_m
        Farthest distance to a road, metres; points beyond it stay unattached but keep their
        distance. None: any distance.

    Returns
    -------
    Attached
        The cut network and the node, distance and position of each point.

    Raises
    ------
    CRSError
        If the points are in another CRS than the network.
    NetworkError
        If the network has no geometry or a point is missing.
    """
    edge, access_m, place_m = feet(network, points)
    is_near = (edge >= 0) & (access_m <= (np.inf if max_access_m is None else max_access_m))
    geometry_m = _drawn_length_m(network)[edge]
    # As with the drawn lengths, one more entry serves points without an edge.
    edge_m = np.append(network.length_m, 0.0)[edge]
    scale = np.divide(edge_m, geometry_m, out=np.zeros(len(edge)), where=geometry_m > 0)
    cut, node = _cut(network, edge[is_near], place_m[is_near])
    nodes = np.full(len(edge), -1, dtype=np.int64)
    nodes[is_near] = node
    known = edge >= 0
    xy = np.full((len(edge), 2), np.nan)
    if known.any():
        on_line = shapely.line_interpolate_point(_geometry(network)[edge[known]], place_m[known])
        xy[known] = shapely.get_coordinates(on_line)
    offset_m = np.where(known, place_m * scale, np.nan)
    return Attached(network=cut, node=nodes, access_m=access_m, edge=edge, offset_m=offset_m, xy=xy)


def feet(
    network: Network, points: gpd.GeoDataFrame | gpd.GeoSeries | Floats
) -> tuple[Ints, Floats, Floats]:
    """
    Find the nearest place on an open edge for each point.

    Parameters
    ----------
    network
        Network with geometry.
    points
        Points in the CRS of the network, or their x and y in metres, shape ``(k, 2)``.

    Returns
    -------
    tuple
        Edge (the lowest id of equally near ones), straight distance, and metres along the drawn
        edge from its tail, on the end where that is within 1 mm; -1, inf and NaN where no edge is
        open.

    Raises
    ------
    CRSError
        If the points are in another CRS than the network.
    NetworkError
        If the network has no geometry or a point is missing.
    """
    edge, access_m, place_m = _nearest_open_edge(network, _read_points(network, points))
    return edge, access_m, _round_to_ends(place_m, _drawn_length_m(network)[edge])


def cut_at(network: Network, edge: Ints, place_m: Floats) -> tuple[Network, Ints]:
    """
    Cut edges at places along them.

    Parameters
    ----------
    network
        Network with geometry.
    edge
        Edge of each place, shape ``(k,)``.
    place_m
        Place along the drawn edge from its tail, metres; within 1 mm of an end it is the end.

    Returns
    -------
    tuple
        The network, cut, and the node of each place; its `parent` leads to the uncut edges.

    Raises
    ------
    NetworkError
        If the network has no geometry.
    """
    return _cut(network, edge, _round_to_ends(place_m, _drawn_length_m(network)[edge]))


def without_cuts(xy: Floats) -> Floats:
    """
    Draw a way over a cut network as its roads were drawn, without the vertices of the cuts.

    A vertex within 1 mm of the line without it is a cut, not a bend: cuts are rounded to this.

    Parameters
    ----------
    xy
        Vertices of the way, metres, shape ``(n, 2)``, two or more.

    Returns
    -------
    numpy.ndarray
        The bends and both ends, none twice in a row; one vertex where the way goes nowhere.
    """
    line = shapely.simplify(shapely.LineString(xy), _STRAIGHT_M, preserve_topology=False)
    bends = shapely.get_coordinates(line)
    moves = np.append(True, (np.diff(bends, axis=0) != 0).any(axis=1))
    return np.asarray(bends[moves])


def _geometry(network: Network) -> NDArray[np.object_]:
    """Return the drawn edges, or refuse a network without them."""
    if network.geometry is None or network.xy is None:
        raise NetworkError(
            "Points cannot be attached: the network has no geometry. Build it from lines or give "
            "from_edges the coordinates of its nodes.",
            "无法把点接入路网：路网没有几何。请由道路线建网，或给出节点坐标。",
        )
    return network.geometry


def _nodes(network: Network) -> Floats:
    """Return the coordinates of the nodes, or refuse a network without them."""
    _geometry(network)
    return np.empty((0, 2)) if network.xy is None else network.xy


def _drawn_length_m(network: Network) -> Floats:
    """Measure the drawn edges; one more entry serves the index -1 of points without an edge."""
    return np.append(shapely.length(_geometry(network)), 0.0)


def _read_points(
    network: Network, points: gpd.GeoDataFrame | gpd.GeoSeries | Floats
) -> NDArray[np.object_]:
    """Turn points into shapely points after checking their CRS and that each is there."""
    if isinstance(points, gpd.GeoDataFrame | gpd.GeoSeries):
        require_same_crs(network.crs or points, points, names=("roads", "points"))
        places = np.asarray(points.geometry.array, dtype=np.object_)
    else:
        xy = np.asarray(points, dtype=np.float64).reshape(-1, 2)
        places = np.asarray(shapely.points(xy), dtype=np.object_).reshape(-1)
    is_point = (shapely.get_type_id(places) == 0) & ~shapely.is_empty(places)
    lost = np.flatnonzero(~is_point | ~np.isfinite(shapely.bounds(places)).all(axis=1))
    if len(lost):
        raise NetworkError(
            f"{len(lost)} of {len(places)} points have no position (rows {listed(lost)}).",
            f"{len(places)} 个点中有 {len(lost)} 个没有位置（第 {listed(lost)} 行）。",
        )
    return places


def _nearest_open_edge(
    network: Network, places: NDArray[np.object_]
) -> tuple[Ints, Floats, Floats]:
    """Find edge, distance and drawn position of the nearest open edge; -1, inf, NaN if none."""
    geometry = _geometry(network)
    open_edges = np.flatnonzero(~network.closed)
    edge = np.full(len(places), -1, dtype=np.int64)
    access_m, place_m = np.full(len(places), np.inf), np.full(len(places), np.nan)
    if not len(open_edges) or not len(places):
        return edge, access_m, place_m
    tree = shapely.STRtree(geometry[open_edges])
    (row, found), distance_m = tree.query_nearest(places, return_distance=True)
    found = open_edges[found]
    order = np.lexsort((found, row))
    row, found, distance_m = row[order], found[order], distance_m[order]
    first = np.searchsorted(row, np.arange(len(places)))
    edge, access_m = found[first].astype(np.int64), distance_m[first]
    return edge, access_m, shapely.line_locate_point(geometry[edge], places)


def _round_to_ends(place_m: Floats, geometry_m: Floats) -> Floats:
    """Round positions to 1 mm and move those within 1 mm of an end onto it."""
    rounded = np.round(place_m * _MM_PER_M) / _MM_PER_M
    tolerance_m = 1 / _MM_PER_M
    rounded = np.where(rounded < tolerance_m, 0.0, rounded)
    return np.where(rounded > geometry_m - tolerance_m, geometry_m, rounded)


def _cut(network: Network, edge: Ints, place_m: Floats) -> tuple[Network, Ints]:
    """Cut edges at drawn positions; return the cut network and the node of each position."""
    geometry_m = _drawn_length_m(network)[edge]
    at_tail, at_head = place_m == 0, place_m == geometry_m
    node = np.where(at_tail, network.tail[edge], network.head[edge])
    inside = ~(at_tail | at_head)
    cuts, which = np.unique(
        np.stack([edge[inside], place_m[inside]], axis=1), axis=0, return_inverse=True
    )
    node[inside] = network.node_count + which.reshape(-1)
    if not len(cuts):
        return network, node
    return _split(network, cuts[:, 0].astype(np.int64), cuts[:, 1]), node


def _split(network: Network, edge: Ints, place_m: Floats) -> Network:
    """
    Put a new node at each position, given in order of edge and place.

    The first piece of an edge stays in its row and the others follow after the last row, so an
    uncut edge keeps its id.
    """
    geometry = _geometry(network)
    m, k = network.edge_count, len(edge)
    new_node = network.node_count + np.arange(k)
    is_last = np.append(edge[1:] != edge[:-1], True)
    is_first = np.append(True, edge[1:] != edge[:-1])
    source = np.concatenate([np.arange(m), edge])
    tail = np.concatenate([network.tail, new_node])
    head = network.head[source]
    # The piece that ends at cut c is the edge's own row for its first cut, else row m + c - 1.
    ends_here = np.where(is_first, edge, m + np.arange(k) - 1)
    head[ends_here] = new_node
    pieces = geometry[source]
    points = shapely.line_interpolate_point(geometry[edge], place_m)
    for first in np.flatnonzero(is_first):
        last = first + int(np.argmax(is_last[first:]))
        drawn = _pieces(geometry[edge[first]], place_m[first : last + 1])
        pieces[np.concatenate([[edge[first]], m + np.arange(first, last + 1)])] = drawn
    start_m = np.concatenate([np.zeros(m), place_m])
    whole_m = shapely.length(geometry)[source]
    end_m = whole_m.copy()
    end_m[ends_here] = place_m
    share = np.divide(end_m - start_m, whole_m, out=np.ones(m + k), where=whole_m > 0)
    return replace(
        _repeated(network, source, share),
        tail=tail,
        head=head,
        geometry=pieces,
        node_count=network.node_count + k,
        xy=np.concatenate([_nodes(network), shapely.get_coordinates(points)]),
    )


def _repeated(network: Network, source: Ints, share: Floats) -> Network:
    """Repeat the edges of a network by row; length and time are shared out over the pieces."""
    return replace(
        network,
        length_m=network.length_m[source] * share,
        minutes=None if network.minutes is None else network.minutes[source] * share,
        capacity_people_min=(
            None if network.capacity_people_min is None else network.capacity_people_min[source]
        ),
        forward=network.forward[source],
        backward=network.backward[source],
        closed=network.closed[source],
        line=network.line[source],
        parent=network.parent[source],
    )


def _pieces(line: shapely.LineString, place_m: Floats) -> list[shapely.LineString]:
    """Cut one line at ascending positions strictly inside it."""
    xy = shapely.get_coordinates(line)
    along_m = np.append(0.0, np.cumsum(np.hypot(*np.diff(xy, axis=0).T)))
    at = np.stack([np.interp(place_m, along_m, xy[:, axis]) for axis in (0, 1)], axis=1)
    row = np.searchsorted(along_m, place_m)
    drawn = []
    starts = np.concatenate([[0], np.searchsorted(along_m, place_m, side="right")])
    heads, tails = [*at, None], [None, *at]
    for start, end, first, last in zip(starts, [*row, len(xy)], tails, heads, strict=True):
        parts = [xy[start:end]]
        if first is not None:
            parts.insert(0, first[None])
        if last is not None:
            parts.append(last[None])
        drawn.append(shapely.LineString(np.concatenate(parts)))
    return drawn
