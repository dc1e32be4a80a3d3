"""The borders of the units as a graph: cheapest ways along them, for rivers and the expressway."""

from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import dijkstra

from census.intake.example_lattice import F, I, Lattice


@dataclass(frozen=True)
class NodeGraph:
    """
    The corners of the lattice and the edges between, for paths along unit borders.

    Attributes
    ----------
    shape
        Rows and columns of corners.
    start
        Corner where each edge starts, flat number, shape ``(m,)``.
    end
        Corner where it ends.
    axis
        0 along a row, 1 along a column.
    row
        Row of the edge.
    column
        Column of the edge.
    beside
        The two units beside each edge, -1 where none, shape ``(m, 2)``.
    """

    shape: tuple[int, int]
    start: I
    end: I
    axis: I
    row: I
    column: I
    beside: I

    def path(self, cost: F, start: int, end: int) -> I:
        """
        Find the cheapest path between two corners.

        Parameters
        ----------
        cost
            Cost of each edge, shape ``(m,)``, > 0.
        start
            First corner.
        end
            Last corner.

        Returns
        -------
        ndarray
            Numbers of the edges on the way, from start to end.
        """
        count = self.shape[0] * self.shape[1]
        graph = coo_array((cost, (self.start, self.end)), shape=(count, count)).tocsr()
        _, before = dijkstra(graph, directed=False, indices=start, return_predecessors=True)
        number = {
            pair: k
            for k, pair in enumerate(zip(self.start.tolist(), self.end.tolist(), strict=True))
        }
        way: list[int] = []
        at = end
        while at != start and before[at] >= 0:
            last = int(before[at])
            way.append(number[(min(last, at), max(last, at))])
            at = last
        return np.array(way[::-1], dtype=np.int64)


def node_graph(lattice: Lattice) -> NodeGraph:
    """
    Build the graph of corners and borders of the units.

    Parameters
    ----------
    lattice
        The units.

    Returns
    -------
    NodeGraph
        Only edges that border at least one unit; ``start < end``.
    """
    framed = np.pad(lattice.number, 1, constant_values=-1)
    rows, columns = lattice.land.shape
    wide = columns + 1
    row, column = (v.ravel() for v in np.mgrid[: rows + 1, :columns])
    flat = np.column_stack(
        (
            np.zeros_like(row),
            row,
            column,
            row * wide + column,
            row * wide + column + 1,
            framed[row, column + 1],
            framed[row + 1, column + 1],
        )
    )
    row, column = (v.ravel() for v in np.mgrid[:rows, : columns + 1])
    tall = np.column_stack(
        (
            np.ones_like(row),
            row,
            column,
            row * wide + column,
            (row + 1) * wide + column,
            framed[row + 1, column],
            framed[row + 1, column + 1],
        )
    )
    table = np.concatenate((flat, tall))
    table = table[(table[:, 5:] >= 0).any(axis=1)]
    return NodeGraph(
        (rows + 1, wide),
        table[:, 3],
        table[:, 4],
        table[:, 0],
        table[:, 1],
        table[:, 2],
        table[:, 5:],
    )
