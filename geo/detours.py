"""Lead ways round areas that nobody should enter, and name those that no way leads round."""

from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import shapely

from geo.along import TOUCH_M, Areas, Floats, Ints
from geo.roads import Network
from geo.routing import follow, nearest

LEAST_M = 1.0
"""Metres that an edge in an area counts at least: one that only cuts a corner is in it too."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Entered:
    """
    Which edges of a network run through which areas.

    Attributes
    ----------
    edge, row
        Edge and row of the area of each pair, shape ``(k,)``.
    metres
        Metres of the edge in the area.
    """

    edge: Ints
    row: Ints
    metres: Floats

    @classmethod
    def of(cls, network: Network, areas: Areas) -> Self:
        """
        Measure the edges of a network in areas.

        Parameters
        ----------
        network
            Network with geometry, metric CRS.
        areas
            The areas, same CRS.

        Returns
        -------
        Entered
            The pairs; edges that only touch an area are left out.
        """
        shapes = network.geometry
        if shapes is None or not len(areas.polygons):
            none = np.empty(0, dtype=np.int64)
            return cls(edge=none, row=none, metres=np.empty(0))
        edge, part = areas.tree.query(shapes, predicate="intersects")
        metres = shapely.length(shapely.intersection(shapes[edge], areas.polygons[part]))
        kept = metres > TOUCH_M
        return cls(edge=edge[kept], row=areas.rows[part[kept]], metres=metres[kept])

    def metres_of(self, edge_count: int) -> Floats:
        """
        Add up the metres of each edge in any area.

        Parameters
        ----------
        edge_count
            Edges of the network.

        Returns
        -------
        numpy.ndarray
            Metres, shape ``(edge_count,)``; where areas overlap a metre counts in each.
        """
        added = np.bincount(self.edge, weights=self.metres, minlength=edge_count).astype(np.float64)
        return np.asarray(added)

    def outside_of(self, rows: Ints) -> Ints:
        """
        Name the edges that run through other areas than some.

        Parameters
        ----------
        rows
            Rows of areas that may be entered.

        Returns
        -------
        numpy.ndarray
            Edges, each once.
        """
        return np.unique(self.edge[~np.isin(self.row, rows)])


def unavoidable(network: Network, origin: int, destination: int, entered: Entered) -> Ints:
    """
    Name the areas on the way that has the fewest metres in areas, however long it is.

    Parameters
    ----------
    network
        Network with minutes; closed edges are not used.
    origin, destination
        Nodes.
    entered
        Its edges in areas.

    Returns
    -------
    numpy.ndarray
        Rows of the areas, sorted; none where a way leads round all of them, or there is no way.

    Examples
    --------
    A road of 100 m, and one of 500 m round an area on its middle:

    >>> lines = ([(0, 0), (100, 0)], [(0, 0), (0, 200), (100, 200), (100, 0)])
    >>> network = Network.from_edges([0, 0], [1, 1], [100.0, 500.0]).at_speed(1.0)
    >>> network = replace(network, geometry=np.array([shapely.LineString(xy) for xy in lines]))
    >>> area = Areas([shapely.box(40, -10, 60, 10)], ["slide"])
    >>> unavoidable(network, 0, 1, Entered.of(network, area)).tolist()
    []
    >>> unavoidable(network.close([1]), 0, 1, Entered.of(network, area)).tolist()
    [0]
    """
    if network.minutes is None or not len(entered.edge):
        return np.empty(0, dtype=np.int64)
    # No detour is longer than all roads together: a metre inside outweighs any.
    inside = np.bincount(
        entered.edge, weights=np.maximum(entered.metres, LEAST_M), minlength=network.edge_count
    )
    dearer = network.minutes + inside * float(network.minutes.sum())
    weighed = replace(network, minutes=dearer)
    way = follow(weighed, nearest(weighed, [destination], by="minutes", on_foot=True), origin)
    if way is None:
        return np.empty(0, dtype=np.int64)
    return np.unique(entered.row[np.isin(entered.edge, way.edges)])
