"""Trace people on the arcs of a network back to who went from which unit to which shelter."""

from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array, csr_array

from geo.transport import Flow, Transport

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


class _Party(NamedTuple):
    """People of one unit who stand at one node, and what their way there cost each of them."""

    unit: int
    people: int
    walked: float


def trace(problem: Transport, flow: Flow, cost: Floats) -> tuple[csr_array, float]:
    """
    Follow every unit's people along the flow to the shelters they reach.

    Parameters
    ----------
    problem
        The transport problem, stated so that no flow runs in a circle.
    flow
        Its optimal flow.
    cost
        Cost of each arc per person as given, shape ``(a,)``.

    Returns
    -------
    tuple
        People from unit to shelter, sparse int64 of shape ``(u, s)``, and the sum of people x cost
        of the ways they walk.
    """
    units, shelters = len(problem.people), len(problem.capacity_people)
    waiting: list[deque[_Party]] = [deque() for _ in range(problem.node_count)]
    for unit in np.flatnonzero(flow.served):
        waiting[unit].append(_Party(int(unit), int(flow.served[unit]), 0.0))
    used = np.flatnonzero(flow.on_arc)
    tail, head = problem.tail[used].tolist(), problem.head[used].tolist()
    amount, price = flow.on_arc[used].tolist(), cost[used].tolist()
    for arc in _downstream(problem.node_count, tail, head):
        _move(waiting[tail[arc]], waiting[head[arc]], amount[arc], price[arc])
    inside = [(shelter, party) for shelter in range(shelters) for party in waiting[units + shelter]]
    people = np.array([party.people for _, party in inside], dtype=np.int64)
    row = np.array([party.unit for _, party in inside], dtype=np.int64)
    column = np.array([shelter for shelter, _ in inside], dtype=np.int64)
    walked = np.array([party.walked for _, party in inside], dtype=np.float64)
    # One unit may reach one shelter over two equally short ways: its people are added up.
    table = coo_array((people, (row, column)), shape=(units, shelters))
    return csr_array(table), float(people @ walked)


def _downstream(node_count: int, tail: list[int], head: list[int]) -> Iterator[int]:
    """Yield arcs so that all arcs into a node come before those out of it."""
    leaving: list[list[int]] = [[] for _ in range(node_count)]
    still_to_come = [0] * node_count
    for arc, (start, end) in enumerate(zip(tail, head, strict=True)):
        leaving[start].append(arc)
        still_to_come[end] += 1
    ready = deque(node for node in range(node_count) if leaving[node] and not still_to_come[node])
    while ready:
        for arc in leaving[ready.popleft()]:
            yield arc
            still_to_come[head[arc]] -= 1
            if not still_to_come[head[arc]]:
                ready.append(head[arc])


def _move(here: deque[_Party], there: deque[_Party], people: int, cost: float) -> None:
    """Send so many people on, first come first gone; a party is split where it must be."""
    while people:
        party = here.popleft()
        going = min(people, party.people)
        there.append(_Party(party.unit, going, party.walked + cost))
        if going < party.people:
            here.appendleft(_Party(party.unit, party.people - going, party.walked))
        people -= going
