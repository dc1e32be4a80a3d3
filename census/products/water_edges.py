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
    step_m: float,
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
    step_m
        Distance between samples along an edge, metres; a cut lies half way between two.
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
    samples = _read(network, depth, is_dry, step_m)
    deep = samples.depth_m > wading_m
    changes = (samples.edge[1:] != samples.edge[:-1]) | (deep[1:] != deep[:-1])
    starts = np.append(True, changes)
    first, run = np.flatnonzero(starts), np.cumsum(starts) - 1
    owner = samples.edge[first]
    is_cut = np.append(False, owner[1:] == owner[:-1])
    cut, _ = cut_at(network, owner[is_cut], samples.start_m[first][is_cut])
    # The first stretch of an edge stays in its row, the others follow in their order.
    row = np.where(is_cut, network.edge_count - 1 + np.cumsum(is_cut), owner)
    flooded = np.zeros(cut.edge_count, dtype=bool)
    flooded[row] = deep[first]
    drowned = np.zeros(network.edge_count, dtype=bool)
    drowned[samples.edge[deep]] = True
    piece, is_wet = row[run], samples.middle_m > wet_m
    wet = np.bincount(piece[is_wet], weights=samples.metres[is_wet], minlength=cut.edge_count)
    return WaterEdges(
        network=replace(cut, parent=np.arange(cut.edge_count)),
        flooded=flooded,
        drowned=drowned[np.append(np.arange(network.edge_count), owner[is_cut])],
        wet_m=wet.astype(np.float64),
        depth_max_m=deepest(piece, samples.depth_m, cut.edge_count),
    )


@dataclass(frozen=True, kw_only=True, eq=False)
class _Samples:
    """Depths along the edges, edge by edge in order; the depth at an end counts in its piece."""

    edge: I
    start_m: F
    metres: F
    middle_m: F
    depth_m: F


def _read(
    network: Network, depth: CellValues, is_dry: NDArray[np.bool_], step_m: float
) -> _Samples:
    drawn, crs = network.geometry, pyproj.CRS(network.crs)
    edge, values, metres = along_lines(depth, np.asarray(drawn, dtype=object), crs, step_m)
    values = np.where(is_dry[network.line[edge]], 0.0, np.nan_to_num(values, nan=0.0))
    # After the pieces of all edges come their ends, two by two.
    inner = len(edge) - 2 * network.edge_count
    ends, edge, metres = values[inner:].reshape(-1, 2), edge[:inner], metres[:inner]
    first = np.searchsorted(edge, np.arange(network.edge_count))
    last = np.searchsorted(edge, np.arange(network.edge_count), side="right") - 1
    deepest_m = values[:inner].copy()
    for at, end in ((first, ends[:, 0]), (last, ends[:, 1])):
        deepest_m[at] = np.maximum(deepest_m[at], end)
    start_m = (np.arange(inner) - first[edge]) * metres
    return _Samples(
        edge=edge, start_m=start_m, metres=metres, middle_m=values[:inner], depth_m=deepest_m
    )
