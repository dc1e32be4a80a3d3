"""Give every unit its share of shelter places at least total walking, with a proof of how good."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra

from geo.arcs import Arcs, Measure, arcs, check_nodes
from geo.errors import CapacityError
from geo.roads import Network
from geo.tracing import trace
from geo.transport import Prices, Transport, lower_bound, price, send, whole_steps
from geo.unsplit import DEFAULT_TIME_LIMIT_S, assign_whole

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

MOST_PAIRS = 2_000_000
"""Pairs of unit and shelter that a cost table may have; beyond it, the road network decides."""


@dataclass(frozen=True, kw_only=True, eq=False)
class Allocation:
    """
    Who goes where, what it costs in all, and how far from the best it can be at most.

    Serving everybody comes before walking less: `objective`, `bound` and `gap` speak of the cost
    of serving as many people as this allocation serves.

    Attributes
    ----------
    flow
        People from unit to shelter, shape ``(u, s)``; a table, or sparse from the network.
    objective
        Sum of people x cost, such as person-metres.
    bound
        Proven: nobody can serve as many at less than this.
    gap
        (objective - bound) / objective; 0 where the objective is 0.
    unserved_people
        People of each unit without a place, shape ``(u,)``.
    shadow_price
        Cost saved by one more place in each shelter, as many people being served, ``(s,)``.
    unserved_bound
        Proven: no allocation leaves fewer people without a place.
    serves_more
        True where one more place would serve one more person, shape ``(s,)``.
    """

    flow: Ints | csr_array
    objective: float
    bound: float
    gap: float
    unserved_people: Ints
    shadow_price: Floats
    unserved_bound: int
    serves_more: NDArray[np.bool_]


def allocate(
    cost: ArrayLike,
    people: ArrayLike,
    capacity_people: ArrayLike,
    *,
    keep_whole: bool = False,
    time_limit_s: float | None = None,
) -> Allocation:
    """
    Fill shelters at the least sum of people x cost, after serving as many people as possible.

    The answer is an exact optimum of the transportation problem. Costs with up to three decimals
    are kept exactly, others to 1e-9 of the largest; `bound` is computed from the costs as
    given, so `gap` includes that rounding.

    Parameters
    ----------
    cost
        Cost per person, such as metres or minutes, shape ``(u, s)``; inf = impossible.
    people
        People of each unit, whole numbers >= 0, shape ``(u,)``.
    capacity_people
        Places of each shelter, whole numbers >= 0, shape ``(s,)``.
    keep_whole
        True: a unit goes to one shelter or nowhere. This is hard, so `gap` may stay above 0.
    time_limit_s
        Seconds for `keep_whole`; None: 60. Splitting units needs no limit.

    Returns
    -------
    Allocation
        Flow as a table, with its certificate.

    Raises
    ------
    CapacityError
        If shapes differ, numbers are negative, not whole or missing, or pairs exceed 2,000,000.
    """
    table = np.asarray(cost, dtype=np.float64)
    groups, places = _whole(people, "people"), _whole(capacity_people, "capacity_people")
    _refuse_bad_costs(table, groups, places)
    unit, shelter = np.nonzero(np.isfinite(table))
    steps, scale = whole_steps(table[unit, shelter], node_count=sum(table.shape))
    problem = Transport(
        tail=unit,
        head=len(groups) + shelter,
        steps=steps,
        scale=scale,
        people=groups,
        capacity_people=places,
        node_count=len(groups) + len(places),
    )
    found = send(problem)
    prices = price(problem, found)
    most = int(found.served.sum())
    if keep_whole:
        limit = DEFAULT_TIME_LIMIT_S if time_limit_s is None else time_limit_s
        flow, bound = assign_whole(table, groups, places, prices.saving, most, time_limit_s=limit)
    else:
        flow = np.zeros(table.shape, dtype=np.int64)
        flow[unit, shelter] = found.on_arc
        least = (table + prices.saving).min(axis=1, initial=np.inf)
        bound = lower_bound(least, groups, most, prices.saving, places)
    used = flow > 0
    objective = float(table[used] @ flow[used])
    return _certified(flow, (objective, bound), groups, most, prices)


def allocate_on_network(
    network: Network,
    unit_node: ArrayLike,
    people: ArrayLike,
    shelter_node: ArrayLike,
    capacity_people: ArrayLike,
    *,
    by: Measure = "length_m",
    on_foot: bool = False,
    unit_access: ArrayLike = 0.0,
    shelter_access: ArrayLike = 0.0,
) -> Allocation:
    """
    Fill shelters as `allocate` does, on the road network itself and without a table of pairs.

    People flow over the edges, so every shelter stays in play for every unit. Edges are
    rounded as costs are there; `objective` and `bound` use the lengths as given.

    Parameters
    ----------
    network
        Network, n nodes; its edges hold any number of people.
    unit_node
        Node of each unit, -1 where it is not attached, shape ``(u,)``.
    people
        People of each unit, whole numbers >= 0.
    shelter_node
        Node of each shelter, -1 where it is not attached, shape ``(s,)``; several may share one.
    capacity_people
        Places of each shelter, whole numbers >= 0.
    by
        What is summed up: ``"length_m"`` or ``"minutes"``.
    on_foot
        True: one-way rules do not bind.
    unit_access
        Way from each unit to its node, in the unit of `by`; one value or one per unit.
    shelter_access
        Way from each shelter's node to its door, likewise.

    Returns
    -------
    Allocation
        Flow as a sparse array, with its certificate; people cut off from shelters are unserved.

    Raises
    ------
    CapacityError
        If numbers of people, places or access are negative, not whole, or of another shape.
    NetworkError
        If a node is not one of the network, or minutes are missing.
    """
    groups, places = _whole(people, "people"), _whole(capacity_people, "capacity_people")
    ways = arcs(network, by=by, on_foot=on_foot)
    homes = _door(network, unit_node, unit_access, len(groups), "unit")
    doors = _door(network, shelter_node, shelter_access, len(places), "shelter")
    extended = _with_doors(ways, homes, doors)
    problem = _ranked(extended, groups, places, network.node_count)
    found = send(problem)
    prices = price(problem, found)
    flow, objective = trace(problem, found, extended[2])
    least = _least_priced(problem, extended[2], prices.saving)
    most = int(found.served.sum())
    bound = lower_bound(least, groups, most, prices.saving, places)
    return _certified(flow, (objective, bound), groups, most, prices)


def _certified(
    flow: Ints | csr_array, cost: tuple[float, float], people: Ints, most: int, prices: Prices
) -> Allocation:
    """Put flow and bound together; a bound above the objective by float error becomes equal."""
    unserved = people - np.asarray(flow.sum(axis=1), dtype=np.int64).reshape(-1)
    objective, bound = cost[0], min(cost)
    return Allocation(
        flow=flow,
        objective=objective,
        bound=bound,
        gap=(objective - bound) / objective if objective > 0 else 0.0,
        unserved_people=unserved,
        shadow_price=prices.saving,
        unserved_bound=int(people.sum()) - most,
        serves_more=prices.serves_more,
    )


def _whole(values: ArrayLike, name: str) -> Ints:
    """Read counts of people, whole and not negative."""
    numbers = np.asarray(values, dtype=np.float64).reshape(-1)
    bad = int((~(np.isfinite(numbers) & (numbers >= 0) & (numbers == np.floor(numbers)))).sum())
    if bad:
        raise CapacityError(
            f"{bad} values of {name} are not whole numbers of people, 0 or more.",
            f"{name} 有 {bad} 个值不是非负整数（人）。",
        )
    return np.asarray(values).reshape(-1).astype(np.int64)


def _refuse_bad_costs(cost: Floats, people: Ints, capacity_people: Ints) -> None:
    """Raise one error for a table of the wrong shape, size or sign."""
    faults, faults_zh = [], []
    need = (len(people), len(capacity_people))
    if cost.shape != need:
        faults.append(f"its shape is {cost.shape}, not {need} (units, shelters)")
        faults_zh.append(f"形状是 {cost.shape}，应为 {need}（单元，避难场所）")
    if cost.size > MOST_PAIRS:
        faults.append(
            f"it has {cost.size:,} pairs, more than {MOST_PAIRS:,}: use allocate_on_network"
        )
        faults_zh.append(f"有 {cost.size:,} 对，超过 {MOST_PAIRS:,}：请改用路网分配")
    bad = int((np.isnan(cost) | (cost < 0)).sum())
    if bad:
        faults.append(f"{bad} costs are missing or negative (write inf for impossible)")
        faults_zh.append(f"有 {bad} 个代价缺失或为负（不可达请写 inf）")
    if faults:
        raise CapacityError(
            f"The cost table cannot be used: {'; '.join(faults)}.",
            f"代价表不可用：{'；'.join(faults_zh)}。",
        )


def _door(
    network: Network, node: ArrayLike, access: ArrayLike, count: int, name: str
) -> tuple[Ints, Floats]:
    """Read where units or shelters meet the network and the way from there to their door."""
    nodes = np.asarray(node, dtype=np.int64).reshape(-1)
    ways = np.asarray(access, dtype=np.float64)
    if (
        len(nodes) != count
        or ways.shape not in {(), (count,)}
        or np.isnan(ways).any()
        or (ways < 0).any()
    ):
        raise CapacityError(
            f"There are {count} {name}s with people or places but {len(nodes)} nodes and access of "
            f"shape {ways.shape}; both must be one per {name}, access not negative.",
            f"{name} 数为 {count}，节点数为 {len(nodes)}，接入距离形状为 {ways.shape}；"
            "应各为一一对应，且接入距离不为负。",
        )
    check_nodes(network, nodes[nodes >= 0])
    return nodes, np.broadcast_to(ways, nodes.shape)


def _with_doors(
    ways: Arcs, homes: tuple[Ints, Floats], doors: tuple[Ints, Floats]
) -> tuple[Ints, Ints, Floats]:
    """Join units (numbered first), shelters (next) and junctions (last) with arcs."""
    (home, home_access), (door, door_access) = homes, doors
    first = len(home) + len(door)
    out = np.flatnonzero((home >= 0) & np.isfinite(home_access))
    into = np.flatnonzero((door >= 0) & np.isfinite(door_access))
    tail = np.concatenate([out, door[into] + first, ways.tail + first])
    head = np.concatenate([home[out] + first, into + len(home), ways.head + first])
    return tail, head, np.concatenate([home_access[out], door_access[into], ways.cost])


def _ranked(
    arcs_and_cost: tuple[Ints, Ints, Floats], people: Ints, capacity_people: Ints, junctions: int
) -> Transport:
    """State the transport problem so that no one is sent in a circle over edges of no length."""
    tail, head, cost = arcs_and_cost
    node_count = len(people) + len(capacity_people) + junctions
    is_free = (cost == 0) & (np.minimum(tail, head) >= len(people) + len(capacity_people))
    # A free arc costs one rank; as no way has so many of them, the cost still decides.
    ranks = 2 * min(int(is_free.sum()), node_count) + 5 if is_free.any() else 1
    steps, scale = whole_steps(cost, node_count=node_count, ranks=ranks)
    steps = np.where(cost > 0, np.maximum(steps, 1), 0) * ranks + is_free
    return Transport(
        tail=tail,
        head=head,
        steps=steps,
        scale=scale,
        people=people,
        capacity_people=capacity_people,
        node_count=node_count,
        ranks=ranks,
    )


def _least_priced(problem: Transport, cost: Floats, saving: Floats) -> Floats:
    """Find every unit's least cost plus price of a place, in one search from a common sink."""
    units, sink = len(problem.people), problem.node_count
    shelter_node = units + np.arange(len(saving))
    rows = np.concatenate([problem.head, np.full(len(saving), sink)])
    columns = np.concatenate([problem.tail, shelter_node])
    graph = csr_array((np.concatenate([cost, saving]), (rows, columns)), shape=(sink + 1, sink + 1))
    return np.asarray(dijkstra(graph, indices=sink)[:units], dtype=np.float64)
