"""Lead places to the road: each is a node of its own, with a leg to every road it may join."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import shapely
from numpy.typing import NDArray

from geo.barriers import Barriers, clear_feet
from geo.roads import Network
from geo.snapping import cut_at

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]


@dataclass(frozen=True, kw_only=True, eq=False)
class Led:
    """
    A network with places as nodes.

    Attributes
    ----------
    network
        The network, cut where the legs meet it, without minutes; the legs follow its edges, with
        `line` and `parent` -1. They lead away from a place of departure and towards a goal only,
        so nobody passes through either.
    start, goal
        Node of each place of departure and of each goal, -1 where no road is near.
    """

    network: Network
    start: Ints
    goal: Ints


def lead(
    network: Network,
    starts: Floats,
    goals: Floats,
    *,
    joins: Sequence[Flags],
    max_access_m: float,
    barriers: Barriers | None = None,
) -> Led:
    """
    Lead places to the nearest road of each kind that they may join.

    Parameters
    ----------
    network
        Network with geometry, m edges.
    starts, goals
        Where people leave and where they go, x and y in the CRS of the network, metres, each of
        shape ``(k, 2)``.
    joins
        One array of shape ``(m,)`` per kind, True for its edges; closed edges take nobody.
    max_access_m
        Farthest straight distance from a place to the road, metres.
    barriers
        Surfaces that no leg may cross; None for none.

    Returns
    -------
    Led
        The network and the nodes.

    Raises
    ------
    NetworkError
        If the network has no geometry or a place is missing.
    """
    xy = np.concatenate([starts, goals])
    found = [
        clear_feet(network.close(np.flatnonzero(~join)), xy, barriers, limit_m=max_access_m)
        for join in joins
    ]
    place, kind = np.nonzero(np.column_stack([away_m <= max_access_m for _, away_m, _ in found]))
    edge, _, place_m = (np.column_stack(each)[place, kind] for each in zip(*found, strict=True))
    cut, foot = cut_at(network, edge, place_m)
    # Two kinds may have the same nearest road: one leg is enough.
    legs = np.unique(np.column_stack([place, foot]), axis=0)
    near, row = np.unique(legs[:, 0], return_inverse=True)
    node = np.full(len(xy), -1, dtype=np.int64)
    node[near] = cut.node_count + np.arange(len(near))
    first_goal = len(starts)
    away = legs[:, 0] < first_goal
    return Led(
        network=_with_legs(cut, xy[near], row.reshape(-1), legs[:, 1], away),
        start=node[:first_goal],
        goal=node[first_goal:],
    )


def _with_legs(network: Network, xy: Floats, row: Ints, foot: Ints, away: Flags) -> Network:
    """Add nodes and the legs between them and the road, drawn as people walk them."""
    nodes = xy if network.xy is None else np.concatenate([network.xy, xy])
    own, count = network.node_count + row, len(row)
    tail, head = np.where(away, own, foot), np.where(away, foot, own)
    drawn_roads = np.empty(0, dtype=np.object_) if network.geometry is None else network.geometry
    drawn = shapely.linestrings(np.stack([nodes[tail], nodes[head]], axis=1))
    return replace(
        network,
        tail=np.append(network.tail, tail),
        head=np.append(network.head, head),
        length_m=np.append(network.length_m, np.hypot(*(nodes[head] - nodes[tail]).T)),
        forward=np.append(network.forward, np.full(count, True)),
        backward=np.append(network.backward, np.full(count, False)),
        closed=np.append(network.closed, np.full(count, False)),
        line=np.append(network.line, np.full(count, -1)),
        parent=np.append(network.parent, np.full(count, -1)),
        node_count=len(nodes),
        xy=nodes,
        geometry=np.concatenate([drawn_roads, np.asarray(drawn, dtype=np.object_).reshape(-1)]),
        minutes=None,
        capacity_people_min=None,
    )
