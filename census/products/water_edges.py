"""Cut roads where the water becomes too deep to wade."""

from dataclasses import dataclass, replace

import numpy as np
import pyproj
from numpy.typing import NDArray

from census.products.inputs import CellValues
from census.products.sampling import along_lines, deepest
from geo.roads import Network
from geo.snapping import cut_at

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)


@dataclass(frozen=True, kw_only=True, eq=False)
class WaterEdges:
    """
    A network whose edges are either too deep all along or nowhere.

    Attributes
    ----------
    network
        The network, all edges open; its `parent` counts the edges anew.
    flooded
        Edges too deep to wade.
    drowned
        Edges of roads that are flooded anywhere between two junctions, dry ends included.
    wet_m
        Metres in water deeper than the wet depth, per edge.
    depth_max_m
        Deepest water, per edge; 0 where dry, unknown, or on a bridge.
    """

    network: Network
    flooded: NDArray[np.bool_]
    drowned: NDArray[np.bool_]
    wet_m: F
    depth_max_m: F


def cut_at_water(
    network: Network,
    depth: CellValues,
    is_dry: NDArray[np.bool_],
    *,
    wading_m: float,
    wet_m: float,
) -> WaterEdges:
    """
    Cut the edges of a network where deep water begins and ends.

    Parameters
    ----------
    network
        Network with geometry.
    depth
        Water depth.
    is_dry
        True for lines that water below does not flood (bridges), by row of the network's lines.
    wading_m
        Deeper water cannot be waded.
    wet_m
        Metres in deeper water are counted as wet.

    Returns
    -------
    WaterEdges
        Lengths, wet metres and greatest depths add up to those of the uncut edges.
    """
    if network.geometry is None or not network.edge_count:
        nothing = np.zeros(network.edge_count)
        return WaterEdges(
            network=network, flooded=nothing > 0, drowned=nothing > 0,
            wet_m=nothing, depth_max_m=nothing,
        )  # fmt: skip
    whole = replace(network, parent=np.arange(network.edge_count))
    found = _read(whole, depth, is_dry)
    deep = found.depth_m > wading_m
    borders = 1 + np.flatnonzero((found.edge[1:] == found.edge[:-1]) & (deep[1:] != deep[:-1]))
    cut, _ = cut_at(whole, found.edge[borders], found.start_m[borders])
    drowned = np.zeros(network.edge_count, dtype=bool)
    drowned[found.edge[deep]] = True
    pieces = _read(cut, depth, is_dry)
    depth_max_m = deepest(pieces.edge, pieces.depth_m, cut.edge_count)
    is_wet = pieces.depth_m > wet_m
    wet = np.bincount(pieces.edge[is_wet], weights=pieces.metres[is_wet], minlength=cut.edge_count)
    return WaterEdges(
        network=replace(cut, parent=np.arange(cut.edge_count)),
        flooded=depth_max_m > wading_m,
        drowned=drowned[cut.parent],
        wet_m=wet.astype(np.float64),
        depth_max_m=depth_max_m,
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Pieces:
    """The edges cell by cell: edge, metres from its start, length and depth of each piece."""

    edge: I
    start_m: F
    metres: F
    depth_m: F


def _read(network: Network, depth: CellValues, is_dry: NDArray[np.bool_]) -> _Pieces:
    drawn, crs = np.asarray(network.geometry, dtype=object), pyproj.CRS(network.crs)
    edge, values, metres = along_lines(depth, drawn, crs)
    values = np.where(is_dry[network.line[edge]], 0.0, np.nan_to_num(values, nan=0.0))
    before_m = np.cumsum(metres) - metres
    start_m = before_m - before_m[np.searchsorted(edge, np.arange(network.edge_count))][edge]
    return _Pieces(edge=edge, start_m=start_m, metres=metres, depth_m=values)
