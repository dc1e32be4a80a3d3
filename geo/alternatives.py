"""Propose several ways with little in common, weighed by minutes and by metres of hazard."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from geo.along import Floats
from geo.errors import NetworkError
from geo.roads import Network
from geo.routing import Route, follow, nearest

ROUNDS = 8
"""Searches for each weighing of the hazard; the penalty has then grown beyond any detour."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Alternative:
    """
    One way among several.

    Attributes
    ----------
    route
        The way; its length and minutes are those of the network, without penalties.
    hazard_m
        Metres of hazard on it.
    overlap_share
        Share of its length that it has in common with those listed before it, 0..1.
    is_pareto
        False where another listed way is no slower and no more dangerous, and better in one.
    """

    route: Route
    hazard_m: float
    overlap_share: float
    is_pareto: bool


@dataclass(frozen=True, kw_only=True, eq=False)
class Alternatives:
    """
    The ways found.

    Attributes
    ----------
    found
        Ways, quickest first.
    why_not_more
        None where as many were found as asked for; ``no_way`` where the two nodes are not
        connected, ``same_place`` where they are one, ``no_other_way`` where every further way
        has too much in common with those listed.
    """

    found: list[Alternative]
    why_not_more: Literal["no_way", "same_place", "no_other_way"] | None


def alternatives(
    network: Network,
    origin: int,
    destination: int,
    *,
    hazard_m: Floats,
    count: int = 3,
    penalty: float = 1.5,
    most_overlap: float = 0.6,
    hazard_weight: float = 5.0,
) -> Alternatives:
    """
    Find ways on foot by the penalty method: edges used before become dearer, round by round.

    The search runs once for minutes alone and once with hazard as a graded cost; from all ways
    found, those with too much in common with better ones are left out. Equal input gives equal
    output.

    Parameters
    ----------
    network
        Network with minutes, m edges; closed edges are not used.
    origin, destination
        Nodes.
    hazard_m
        Metres of hazard on each edge, shape ``(m,)``.
    count
        Most ways wanted.
    penalty
        Factor by which an edge becomes dearer each time it was used, above 1.
    most_overlap
        Greatest share of a way that may be in common with those listed before it, 0..1.
    hazard_weight
        A metre of hazard counts as this many metres more.

    Returns
    -------
    Alternatives
        Up to ``count`` ways, and why there are not more.

    Raises
    ------
    NetworkError
        If the network has no minutes.
    """
    if network.minutes is None:
        raise NetworkError(
            "Alternatives need minutes: give the network a speed with at_speed first.",
            "求备选路线需要通行时间：请先用 at_speed 设定速度。",
        )
    if origin == destination:
        return Alternatives(found=[], why_not_more="same_place")
    pace = np.divide(
        network.minutes, network.length_m, out=np.zeros(network.edge_count),
        where=network.length_m > 0,
    )  # fmt: skip
    costs = (network.minutes, network.minutes + hazard_weight * hazard_m * pace)
    ways = [way for cost in costs for way in _rounds(network, cost, origin, destination, penalty)]
    if not ways:
        return Alternatives(found=[], why_not_more="no_way")
    kept = _apart(network, _by_merit(ways, hazard_m), count, most_overlap)
    found = _listed(network, kept, hazard_m)
    return Alternatives(found=found, why_not_more=None if len(found) == count else "no_other_way")


def _rounds(
    network: Network, cost: Floats, origin: int, destination: int, penalty: float
) -> list[Route]:
    """Search again and again, each time with the edges used before dearer."""
    minutes = network.minutes if network.minutes is not None else cost
    dearer = cost.copy()
    ways: list[Route] = []
    for _ in range(ROUNDS):
        weighed = replace(network, minutes=dearer.copy())
        way = follow(weighed, nearest(weighed, [destination], by="minutes", on_foot=True), origin)
        if way is None:
            return []
        ways.append(replace(way, minutes=float(minutes[way.edges].sum())))
        dearer[way.edges] *= penalty
    return ways


def _merit(way: Route, hazard_m: Floats) -> tuple[float, float]:
    return (way.minutes or 0.0, float(hazard_m[way.edges].sum()))


def _is_worse(first: tuple[float, float], second: tuple[float, float]) -> bool:
    """Tell whether the second is at least as good in both and better in one."""
    slack = 1e-9
    no_worse = second[0] <= first[0] + slack and second[1] <= first[1] + slack
    return no_worse and (second[0] < first[0] - slack or second[1] < first[1] - slack)


def _by_merit(ways: list[Route], hazard_m: Floats) -> list[Route]:
    """Sort ways: those that no other beats first, then by minutes, hazard and edges."""
    unique = {tuple(way.edges.tolist()): way for way in ways}
    merits = {key: _merit(way, hazard_m) for key, way in unique.items()}
    beaten = {
        key: any(_is_worse(merit, other) for other in merits.values())
        for key, merit in merits.items()
    }
    order = sorted(unique, key=lambda key: (beaten[key], merits[key], key))
    return [unique[key] for key in order]


def _shared(network: Network, way: Route, used: NDArray[np.bool_]) -> float:
    length = network.length_m[way.edges]
    total = float(length.sum())
    return float(length[used[way.edges]].sum()) / total if total > 0 else 1.0


def _apart(network: Network, ways: list[Route], count: int, most_overlap: float) -> list[Route]:
    """Keep ways, best first, that have little in common with each of those kept."""
    kept: list[Route] = []
    marks: list[NDArray[np.bool_]] = []
    for way in ways:
        if len(kept) == count:
            break
        if all(_shared(network, way, used) <= most_overlap for used in marks):
            kept.append(way)
            used = np.zeros(network.edge_count, dtype=bool)
            used[way.edges] = True
            marks.append(used)
    return kept


def _listed(network: Network, kept: list[Route], hazard_m: Floats) -> list[Alternative]:
    """Tell of each way, quickest first, what it shares with those before it."""
    ways = sorted(kept, key=lambda way: (_merit(way, hazard_m), tuple(way.edges.tolist())))
    merits = [_merit(way, hazard_m) for way in ways]
    used = np.zeros(network.edge_count, dtype=bool)
    found = []
    for way, merit in zip(ways, merits, strict=True):
        found.append(
            Alternative(
                route=way,
                hazard_m=merit[1],
                overlap_share=_shared(network, way, used),
                is_pareto=not any(_is_worse(merit, other) for other in merits),
            )
        )
        used[way.edges] = True
    return found
