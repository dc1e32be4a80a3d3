"""List the ways between neighbouring nodes: the cheapest open edge for each direction."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from geo.errors import NetworkError
from geo.noding import listed
from geo.roads import Network

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Measure = Literal["length_m", "minutes"]


@dataclass(frozen=True, kw_only=True, eq=False)
class Arcs:
    """
    Directed connections between nodes, the best edge for each ordered pair of nodes.

    Attributes
    ----------
    tail
        Node left, shape ``(a,)``; arcs are sorted by tail, then head.
    head
        Node reached, never the tail.
    cost
        Length in metres or time in minutes.
    edge
        Id of the cheapest open edge from tail to head, the lowest id of equal ones.
    node_count
        Number of nodes n.
    """

    tail: Ints
    head: Ints
    cost: Floats
    edge: Ints
    node_count: int

    def edges_between(self, tail: Ints, head: Ints) -> Ints:
        """
        Look up the edge of each pair of neighbours.

        Parameters
        ----------
        tail
            Nodes left.
        head
            Nodes reached; each pair must be an arc.

        Returns
        -------
        numpy.ndarray
            Edge ids.
        """
        keys = self.tail * self.node_count + self.head
        return self.edge[np.searchsorted(keys, tail * self.node_count + head)]

    def backwards(self) -> csr_array:
        """
        Write the arcs as a graph to search from where people arrive.

        Returns
        -------
        scipy.sparse.csr_array
            Entry ``[head, tail]`` is the cost from tail to head; costs of 0 are entries too.
        """
        n = self.node_count
        return csr_array((self.cost, (self.head, self.tail)), shape=(n, n))


def arcs(network: Network, *, by: Measure = "length_m", on_foot: bool = False) -> Arcs:
    """
    List the ways one can go from node to node over open edges.

    Of parallel edges the cheapest counts (they are never added up); loops lead nowhere.

    Parameters
    ----------
    network
        Network, n nodes.
    by
        What is to be short: length or time.
    on_foot
        True: one-way rules do not bind.

    Returns
    -------
    Arcs
        One arc per ordered pair of neighbours.

    Raises
    ------
    NetworkError
        If minutes are asked for and the network has none.
    """
    cost = network.length_m if by == "length_m" else network.minutes
    if cost is None:
        raise NetworkError(
            "The network has no minutes: give it a speed with at_speed first.",
            "路网没有通行时间：请先用 at_speed 设定速度。",
        )
    usable = ~network.closed & (network.tail != network.head)
    ahead = np.flatnonzero(usable & (network.forward | on_foot))
    back = np.flatnonzero(usable & (network.backward | on_foot))
    edge = np.concatenate([ahead, back])
    tail = np.concatenate([network.tail[ahead], network.head[back]])
    head = np.concatenate([network.head[ahead], network.tail[back]])
    order = np.lexsort((edge, cost[edge], head, tail))
    tail, head, edge = tail[order], head[order], edge[order]
    is_best = np.ones(len(edge), dtype=bool)
    is_best[1:] = (tail[1:] != tail[:-1]) | (head[1:] != head[:-1])
    edge = edge[is_best]
    return Arcs(
        tail=tail[is_best],
        head=head[is_best],
        cost=cost[edge],
        edge=edge,
        node_count=network.node_count,
    )


def check_nodes(network: Network, nodes: ArrayLike) -> Ints:
    """
    Read node numbers and refuse those the network does not have.

    Parameters
    ----------
    network
        Network, n nodes.
    nodes
        Node numbers, 0..n-1.

    Returns
    -------
    numpy.ndarray
        The same as int64, one dimension.

    Raises
    ------
    NetworkError
        If a number is not a node.
    """
    numbers = np.asarray(nodes, dtype=np.int64).reshape(-1)
    strange = numbers[(numbers < 0) | (numbers >= network.node_count)]
    if len(strange):
        last = network.node_count - 1
        raise NetworkError(
            f"Nodes {listed(strange)} are not in the network: they run from 0 to {last}.",
            f"节点 {listed(strange)} 不在路网中：编号范围是 0 至 {last}。",
        )
    return numbers
