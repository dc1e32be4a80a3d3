"""Send people over arcs to shelters at least total cost, and prove from the answer that it is."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from ortools.graph.python import min_cost_flow
from scipy.sparse import csr_array
from scipy.sparse.csgraph import breadth_first_order

from geo.errors import CapacityError

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]

# The solver counts in whole numbers: the dearest arc becomes at most this many steps, so a person's
# cost on an arc is rounded by 1e-9 of that at most. The solver refuses numbers whose product with
# the square of the nodes leaves 64 bits (measured), so very large networks get coarser steps.
_MOST_STEPS = 1e10
_MOST_PRODUCT = 2.0**61
_EXACT_SCALES = (1.0, 10.0, 100.0, 1000.0)
_NEVER = np.int64(2**60)


@dataclass(frozen=True, kw_only=True, eq=False)
class Transport:
    """
    Units with people, shelters with places, and arcs that lead from one to the other.

    Nodes 0..u-1 are the units, the next s nodes the shelters, the rest are junctions.

    Attributes
    ----------
    tail
        Node each arc leaves, shape ``(a,)``.
    head
        Node it reaches.
    steps
        Cost of the arc per person in whole steps times `ranks`.
    scale
        Steps per unit of cost.
    people
        People of each unit, shape ``(u,)``.
    capacity_people
        Places of each shelter, shape ``(s,)``.
    node_count
        Number of nodes.
    ranks
        Parts into which a step is divided to rank ways of equal cost, more than any way has arcs;
        1 where nothing is ranked.
    """

    tail: Ints
    head: Ints
    steps: Ints
    scale: float
    people: Ints
    capacity_people: Ints
    node_count: int
    ranks: int = 1


@dataclass(frozen=True, kw_only=True, eq=False)
class Flow:
    """
    The most people that can be served, at the least cost of all ways to serve so many.

    Attributes
    ----------
    on_arc
        People on each arc, shape ``(a,)``.
    served
        People of each unit that reach a shelter, shape ``(u,)``.
    arrived
        People in each shelter, shape ``(s,)``.
    """

    on_arc: Ints
    served: Ints
    arrived: Ints


@dataclass(frozen=True, kw_only=True, eq=False)
class Prices:
    """
    What one more place would change, read from the residual graph of a flow.

    Attributes
    ----------
    saving
        Cost saved by one more place with as many people served, shape ``(s,)``.
    serves_more
        True where one more place would serve one more person, shape ``(s,)``.
    """

    saving: Floats
    serves_more: Flags


def whole_steps(cost: Floats, *, node_count: int, ranks: int = 1) -> tuple[Ints, float]:
    """
    Turn costs into whole steps, exactly where three decimals suffice.

    Parameters
    ----------
    cost
        Finite costs >= 0.
    node_count
        Number of nodes of the problem: the more there are, the coarser the steps may have to be.
    ranks
        Parts into which a step will be divided.

    Returns
    -------
    tuple
        The steps, and the steps per unit of cost.
    """
    largest = float(cost.max(initial=0.0))
    if largest == 0:
        return np.zeros(cost.shape, dtype=np.int64), 1.0
    most = min(_MOST_STEPS, _MOST_PRODUCT / ((node_count + 2) ** 2 * ranks))
    finest = float(10.0 ** np.floor(np.log10(most / largest)))
    exact = (s for s in _EXACT_SCALES if s <= finest and (np.round(cost * s) / s == cost).all())
    scale = next(exact, finest)
    return np.round(cost * scale).astype(np.int64), scale


def send(problem: Transport) -> Flow:
    """
    Serve as many people as possible and, among all such ways, at the least total cost.

    Parameters
    ----------
    problem
        The transport problem.

    Returns
    -------
    Flow
        People on arcs, served and arrived.

    Raises
    ------
    CapacityError
        If the solver refuses the numbers.
    """
    units, shelters = len(problem.people), len(problem.capacity_people)
    total, sink = int(problem.people.sum()), problem.node_count
    shelter_node = units + np.arange(shelters)
    places = np.minimum(problem.capacity_people, total)
    solver = min_cost_flow.SimpleMinCostFlow()
    solver.add_arcs_with_capacity_and_unit_cost(
        np.concatenate([problem.tail, shelter_node]),
        np.concatenate([problem.head, np.full(shelters, sink)]),
        np.concatenate([np.full(len(problem.tail), total), places]),
        np.concatenate([problem.steps, np.zeros(shelters, dtype=np.int64)]),
    )
    solver.set_nodes_supplies(np.arange(units), problem.people)
    solver.set_node_supply(sink, -total)
    status = solver.solve_max_flow_with_min_cost()
    if status != solver.OPTIMAL:
        raise CapacityError(
            f"The allocation could not be solved: the flow solver says {status}.",
            f"无法求解安置分配：流求解器返回 {status}。",
        )
    flow = np.asarray(solver.flows(np.arange(solver.num_arcs())), dtype=np.int64)
    on_arc, arrived = flow[: len(problem.tail)], flow[len(problem.tail) :]
    served = np.bincount(problem.tail, on_arc, minlength=sink)[:units]
    return Flow(on_arc=on_arc, served=np.round(served).astype(np.int64), arrived=arrived)


def price(problem: Transport, flow: Flow) -> Prices:
    """
    Read from a flow what one more place in each shelter is worth, and check that it is best.

    Parameters
    ----------
    problem
        The transport problem.
    flow
        The flow to check.

    Returns
    -------
    Prices
        Saving per place in units of cost, and where a place would serve one more person.

    Raises
    ------
    CapacityError
        If more people could be served or the same at less cost.
    """
    units, shelters = len(problem.people), len(problem.capacity_people)
    tail, head, steps = _residual(problem, flow)
    shelter_node = units + np.arange(shelters)
    within = _reached(problem.node_count + 2, tail, head, problem.node_count + 1)[shelter_node]
    distance = _shortest(problem.node_count + 2, tail, head, steps, problem.node_count)
    if (within & (flow.arrived < problem.capacity_people)).any() or distance is None:
        raise CapacityError(
            "The allocation did not prove optimal; nothing was accepted.",
            "安置分配未能证明为最优，结果未采用。",
        )
    whole = np.round(-distance[shelter_node] / problem.ranks)
    saving = np.maximum(0, whole) / problem.scale
    return Prices(saving=saving, serves_more=within)


def lower_bound(
    least: Floats, people: Ints, served: int, saving: Floats, capacity_people: Ints
) -> float:
    """
    Bound from below what serving so many people must cost (weak duality).

    Whatever the prices of places, serving a person of unit i costs at least ``least[i]`` when the
    place is paid too; the cheapest ``served`` people and the refund of all places give the bound.

    Parameters
    ----------
    least
        Least cost plus price over all shelters of a unit, inf where none is reached, ``(u,)``.
    people
        People of each unit.
    served
        Number of people served.
    saving
        Price of a place in each shelter, >= 0, shape ``(s,)``.
    capacity_people
        Places of each shelter.

    Returns
    -------
    float
        No way to serve `served` people costs less, in units of cost.
    """
    order = np.argsort(least, kind="stable")
    taken = np.clip(served - (np.cumsum(people[order]) - people[order]), 0, people[order])
    counts = taken > 0
    priced = saving > 0
    return float(least[order][counts] @ taken[counts] - saving[priced] @ capacity_people[priced])


def _residual(problem: Transport, flow: Flow) -> tuple[Ints, Ints, Ints]:
    """
    List the changes a flow allows, as arcs with their cost.

    Node n is the sink behind the shelters, node n + 1 the source before the units.
    """
    units = len(problem.people)
    sink, source = problem.node_count, problem.node_count + 1
    used = flow.on_arc > 0
    left = np.flatnonzero(flow.arrived > 0) + units
    stays = np.flatnonzero(flow.served < problem.people)
    leaves = np.flatnonzero(flow.served > 0)
    room = np.flatnonzero(flow.arrived < problem.capacity_people) + units
    free = len(left) + len(stays) + len(leaves) + len(room)
    tail = [problem.tail, problem.head[used], np.full(len(left), sink), np.full(len(stays), source)]
    head = [problem.head, problem.tail[used], left, stays]
    tail += [leaves, room]
    head += [np.full(len(leaves), source), np.full(len(room), sink)]
    steps = [problem.steps, -problem.steps[used], np.zeros(free, dtype=np.int64)]
    return np.concatenate(tail), np.concatenate(head), np.concatenate(steps)


def _reached(node_count: int, tail: Ints, head: Ints, start: int) -> Flags:
    """Mark the nodes that can be reached from one node."""
    graph = csr_array((np.ones(len(tail)), (tail, head)), shape=(node_count, node_count))
    reached = np.zeros(node_count, dtype=bool)
    reached[breadth_first_order(graph, start, return_predecessors=False)] = True
    return reached


def _shortest(node_count: int, tail: Ints, head: Ints, steps: Ints, start: int) -> Ints | None:
    """
    Bellman-Ford from one node in whole steps; None where a circle of negative cost exists.

    Nodes out of reach keep a distance so large that no price follows from it.
    """
    order = np.argsort(head, kind="stable")
    tail, head, steps = tail[order], head[order], steps[order]
    target, first = np.unique(head, return_index=True)
    distance = np.full(node_count, _NEVER)
    distance[start] = 0
    if not len(tail):
        return distance
    for _ in range(node_count + 1):
        through = np.where(distance[tail] == _NEVER, _NEVER, distance[tail] + steps)
        better = np.minimum.reduceat(through, first)
        changed = better < distance[target]
        if not changed.any():
            return distance
        distance[target[changed]] = better[changed]
    return None
