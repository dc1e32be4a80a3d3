"""Turn road lines into a network of junctions and edges that can be closed, measured and routed."""

from dataclasses import dataclass, field, replace
from typing import Self

import geopandas as gpd
import numpy as np
import shapely
from numpy.typing import ArrayLike, NDArray
from pyproj import CRS
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from geo.crs import require_metric
from geo.directions import read_directions
from geo.errors import NetworkError
from geo.noding import cut_at_junctions, listed, refuse_unusable

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Components:
    """
    The connected pieces of a network, whatever the direction of its edges.

    Attributes
    ----------
    piece
        Piece of every node, shape ``(n,)``; 0 is the piece with the greatest length.
    length_m
        Open length of every piece, metres, longest first; 0 for a node without open edges.
    """

    piece: Ints
    length_m: Floats

    @property
    def count(self) -> int:
        """
        Number of pieces.

        Returns
        -------
        int
            At least 1 where there is a node.
        """
        return len(self.length_m)

    @property
    def largest_share(self) -> float:
        """
        Share of the open length that lies in the longest piece.

        Returns
        -------
        float
            0..1; 0 where nothing has a length.
        """
        total = float(self.length_m.sum())
        return float(self.length_m[0]) / total if total > 0 else 0.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Network:
    """
    Junctions and edges; an edge's id is its row, and parallel edges are edges of their own.

    Build it with `from_lines` or `from_edges`; the arrays cannot be written to.

    Attributes
    ----------
    tail
        Node at which each edge starts, shape ``(m,)``.
    head
        Node at which it ends; equal to the tail for a loop.
    length_m
        Length, metres, >= 0.
    forward
        True where traffic may go from tail to head.
    backward
        True where traffic may go from head to tail.
    closed
        True where nobody may pass.
    line
        Row (position) of the source line, -1 where there is none; attributes stay with it.
    parent
        Edge this one was cut from by snapping, in the numbering of the uncut network.
    node_count
        Number of nodes n.
    minutes
        Time to pass an edge, minutes, or None.
    capacity_people_min
        People who can enter an edge in a minute, each way, or None.
    xy
        Nodes, metres, shape ``(n, 2)``, or None.
    geometry
        LineStrings from tail to head, or None.
    crs
        Metric CRS of `xy` and `geometry`, or None.
    lines_without_length
        Rows of source lines that gave no edge because they have no length.
    """

    tail: Ints
    head: Ints
    length_m: Floats
    forward: Flags
    backward: Flags
    closed: Flags
    line: Ints
    parent: Ints
    node_count: int
    minutes: Floats | None = None
    capacity_people_min: Floats | None = None
    xy: Floats | None = None
    geometry: NDArray[np.object_] | None = None
    crs: CRS | None = None
    lines_without_length: Ints = field(default_factory=lambda: np.empty(0, dtype=np.int64))

    def __post_init__(self) -> None:
        for value in vars(self).values():
            if isinstance(value, np.ndarray):
                value.setflags(write=False)

    @classmethod
    def from_lines(cls, lines: gpd.GeoDataFrame, *, oneway: str | None = None) -> Self:
        """
        Build the network of road lines, joined wherever two of them share a vertex.

        Parameters
        ----------
        lines
            Roads, LineString or MultiLineString, in a projected CRS in metres.
        oneway
            Column with the permitted direction: yes, true or 1 (as drawn); -1 or reverse
            (against it); no, false, 0 or empty (both). None: every road is open both ways.

        Returns
        -------
        Network
            One edge per stretch between junctions, with length and geometry.

        Raises
        ------
        CRSError
            If the lines have no CRS or one that is not in metres.
        NetworkError
            If geometries or one-way values cannot be read; every such row is counted.
        """
        crs = require_metric(lines, name="roads")
        geometry = np.asarray(lines.geometry.array, dtype=np.object_)
        refuse_unusable(geometry)
        forward, backward = read_directions(lines, oneway)
        stretches = cut_at_junctions(geometry)
        edge_count = len(stretches.line)
        return cls(
            tail=stretches.tail,
            head=stretches.head,
            length_m=shapely.length(stretches.geometry),
            forward=forward[stretches.line],
            backward=backward[stretches.line],
            closed=np.zeros(edge_count, dtype=bool),
            line=stretches.line,
            parent=np.arange(edge_count),
            node_count=len(stretches.xy),
            xy=stretches.xy,
            geometry=stretches.geometry,
            crs=crs,
            lines_without_length=stretches.without_length,
        )

    @classmethod
    def from_edges(
        cls,
        tail: Ints,
        head: Ints,
        length_m: Floats,
        *,
        minutes: Floats | None = None,
        capacity_people_min: Floats | None = None,
        directed: bool = False,
        xy: Floats | None = None,
        node_count: int | None = None,
    ) -> Self:
        """
        Build a network from a table of edges; the row is the id and equal rows stay apart.

        Parameters
        ----------
        tail
            Node at which each edge starts, 0..n-1, shape ``(m,)``.
        head
            Node at which it ends.
        length_m
            Length, metres, >= 0.
        minutes
            Time to pass an edge, minutes, >= 0.
        capacity_people_min
            People who can enter an edge in a minute, each way, >= 0.
        directed
            True: edges lead from tail to head only.
        xy
            Nodes, metres, shape ``(n, 2)``; edges are then drawn straight.
        node_count
            Number of nodes; by default that of `xy`, else the largest node number plus 1.

        Returns
        -------
        Network
            The network, every edge open.

        Raises
        ------
        NetworkError
            If the columns differ in length, or a node or quantity is out of range.
        """
        columns = {"length_m": length_m, "minutes": minutes, "capacity": capacity_people_min}
        tails, heads = np.array(tail, dtype=np.int64), np.array(head, dtype=np.int64)
        known = {k: np.array(v, dtype=np.float64) for k, v in columns.items() if v is not None}
        points = None if xy is None else np.array(xy, dtype=np.float64).reshape(-1, 2)
        count = node_count if points is None else len(points)
        if count is None:
            count = int(max(tails.max(initial=-1), heads.max(initial=-1))) + 1
        _refuse_bad_edges(tails, heads, known, count)
        drawn = None if points is None else _straight(points[tails], points[heads])
        return cls(
            tail=tails,
            head=heads,
            length_m=known["length_m"],
            forward=np.ones(len(tails), dtype=bool),
            backward=np.full(len(tails), not directed),
            closed=np.zeros(len(tails), dtype=bool),
            line=np.full(len(tails), -1, dtype=np.int64),
            parent=np.arange(len(tails)),
            node_count=count,
            minutes=known.get("minutes"),
            capacity_people_min=known.get("capacity"),
            xy=points,
            geometry=drawn,
        )

    @property
    def edge_count(self) -> int:
        """
        Number of edges, closed ones included.

        Returns
        -------
        int
            One more than the greatest edge id.
        """
        return len(self.tail)

    def close(self, edges: ArrayLike) -> Self:
        """
        Close edges to all traffic; every id stays what it was.

        Parameters
        ----------
        edges
            Ids of this network's edges; those already closed stay closed.

        Returns
        -------
        Network
            The network with these edges closed too.

        Raises
        ------
        NetworkError
            If an id is not one of this network.
        """
        ids = np.asarray(edges, dtype=np.int64).reshape(-1)
        strange = ids[(ids < 0) | (ids >= self.edge_count)]
        if len(strange):
            raise NetworkError(
                f"Edges {listed(strange)} cannot be closed: "
                f"ids run from 0 to {self.edge_count - 1}.",
                f"无法封闭路段 {listed(strange)}：编号范围是 0 至 {self.edge_count - 1}。",
            )
        closed = self.closed.copy()
        closed[ids] = True
        return replace(self, closed=closed)

    def at_speed(self, speed_m_s: float | Floats) -> Self:
        """
        Give every edge the minutes it takes at a speed.

        Parameters
        ----------
        speed_m_s
            Speed, metres per second, > 0; one value or one per edge.

        Returns
        -------
        Network
            The same network with `minutes` = length / speed / 60.

        Raises
        ------
        NetworkError
            If a speed is not a finite number above 0.
        """
        speed = np.broadcast_to(np.asarray(speed_m_s, dtype=np.float64), self.length_m.shape)
        if not (np.isfinite(speed) & (speed > 0)).all():
            raise NetworkError(
                "A speed on the road network must be a finite number above 0 m/s.",
                "路网行进速度必须是大于 0 的有限数（米/秒）。",
            )
        return replace(self, minutes=self.length_m / speed / 60)

    def components(self) -> Components:
        """
        Find the connected pieces that the open edges form, one-way or not.

        Returns
        -------
        Components
            Piece of each node and length of each piece, longest first.
        """
        is_open = ~self.closed
        links = coo_array(
            (np.ones(is_open.sum()), (self.tail[is_open], self.head[is_open])),
            shape=(self.node_count, self.node_count),
        )
        count, label = connected_components(links, directed=False)
        length_m = np.bincount(
            label[self.tail[is_open]], weights=self.length_m[is_open], minlength=count
        ).astype(np.float64)
        order = np.argsort(-length_m, kind="stable")
        rank = np.empty(count, dtype=np.int64)
        rank[order] = np.arange(count)
        return Components(piece=rank[label], length_m=length_m[order])


def _refuse_bad_edges(tail: Ints, head: Ints, columns: dict[str, Floats], count: int) -> None:
    """Raise one error that names everything wrong with a table of edges."""
    faults, faults_zh = [], []
    sizes = {"tail": len(tail), "head": len(head), **{k: len(v) for k, v in columns.items()}}
    if len(set(sizes.values())) > 1:
        faults.append(f"columns differ in length ({sizes})")
        faults_zh.append(f"各列长度不一（{sizes}）")
    strange = int(((tail < 0) | (tail >= count)).sum() + ((head < 0) | (head >= count)).sum())
    if strange:
        faults.append(f"{strange} ends are not nodes 0 to {count - 1}")
        faults_zh.append(f"有 {strange} 个端点不在节点 0 至 {count - 1} 之内")
    for name, values in columns.items():
        # A capacity may be infinite, a length or a time may not.
        most = np.inf if name == "capacity" else np.finfo(np.float64).max
        bad = int((~((values >= 0) & (values <= most))).sum())
        if bad:
            faults.append(f"{bad} values of {name} are negative or not finite")
            faults_zh.append(f"{name} 有 {bad} 个值为负或非有限数")
    if faults:
        raise NetworkError(
            f"The edges do not form a network: {'; '.join(faults)}.",
            f"这些边不能构成路网：{'；'.join(faults_zh)}。",
        )


def _straight(start: Floats, end: Floats) -> NDArray[np.object_]:
    """Draw straight lines from start to end, shape ``(m,)``."""
    drawn = shapely.linestrings(np.stack([start, end], axis=1))
    return np.asarray(drawn, dtype=np.object_).reshape(-1)
