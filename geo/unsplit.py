"""Send every unit to one shelter or nowhere, and bound how much better that could be done."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import Bounds, LinearConstraint, OptimizeResult, milp
from scipy.sparse import csr_array

from geo.transport import lower_bound

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

DEFAULT_TIME_LIMIT_S = 60.0
"""Seconds spent on keeping units whole when the caller names no limit."""

# Shelters offered to each unit, by cost plus price. Those left out are priced into the bound.
_CHOICES = 16
_SHARE_FOR_ALL = 0.8
_STAGES = 3
_PROVEN = 0
_ENOUGH_GAP = 1e-6


@dataclass(frozen=True, kw_only=True)
class _Choices:
    """Possible pairs, their weight (people x cost), and which of them are usually enough."""

    pair: Ints
    is_usual: NDArray[np.bool_]
    unit: Ints
    shelter: Ints
    people: Ints
    capacity_people: Ints
    weight: Floats


def assign_whole(
    cost: Floats,
    people: Ints,
    capacity_people: Ints,
    saving: Floats,
    most: int,
    *,
    time_limit_s: float,
) -> tuple[Ints, float]:
    """
    Assign units whole: first as many people as possible, then at least cost.

    Parameters
    ----------
    cost
        Cost per person, shape ``(u, s)``; inf = impossible.
    people
        People of each unit, shape ``(u,)``.
    capacity_people
        Places of each shelter, shape ``(s,)``.
    saving
        Price of a place from the problem with units split, shape ``(s,)``.
    most
        People that can be served when units may be split.
    time_limit_s
        Seconds for the integer programmes together.

    Returns
    -------
    tuple
        Flow, shape ``(u, s)``, and a proven bound on the cost of serving as many people.
    """
    # A unit larger than a shelter can never go there whole.
    fits = np.isfinite(cost) & (people[:, None] <= capacity_people) & (people[:, None] > 0)
    priced = np.where(fits, cost + saving, np.inf)
    offered = _cheapest(priced)
    unit, shelter = np.nonzero(fits)
    choices = _Choices(
        pair=np.arange(len(unit)),
        is_usual=offered[unit, shelter],
        unit=unit,
        shelter=shelter,
        people=people,
        capacity_people=capacity_people,
        weight=cost[unit, shelter] * people[unit],
    )
    chosen, dual = _choose(choices, min(most, int(people[fits.any(axis=1)].sum())), time_limit_s)
    flow = np.zeros(cost.shape, dtype=np.int64)
    flow[unit[chosen], shelter[chosen]] = people[unit[chosen]]
    served = int(flow.sum())
    least = priced.min(axis=1, initial=np.inf)
    relaxed = lower_bound(least, people, served, saving, capacity_people)
    # A plan with a pair that was left out costs at least the relaxed bound plus the extra of
    # the cheapest such pair; every other plan is bounded by the solver.
    row, column = np.nonzero(fits & ~offered)
    usual = np.minimum(least, _marginal(least, people, served))
    extra = (priced[row, column] - usual[row]) * people[row]
    left_out = relaxed + float(extra.min(initial=np.inf))
    return flow, max(relaxed, min(dual, left_out))


def _cheapest(priced: Floats) -> NDArray[np.bool_]:
    """Mark the cheapest pairs of every unit."""
    if priced.shape[1] <= _CHOICES:
        return np.isfinite(priced)
    best = np.argpartition(priced, _CHOICES - 1, axis=1)[:, :_CHOICES]
    offered = np.zeros(priced.shape, dtype=bool)
    np.put_along_axis(offered, best, values=True, axis=1)
    return offered & np.isfinite(priced)


def _marginal(least: Floats, people: Ints, served: int) -> float:
    """Cost of the dearest person among the cheapest so many; inf where everybody is served."""
    if served == people.sum():
        return np.inf
    order = np.argsort(least, kind="stable")
    position = np.searchsorted(np.cumsum(people[order]), served, side="left")
    return float(least[order][position])


def _choose(choices: _Choices, target: int, time_limit_s: float) -> tuple[Ints, float]:
    """
    Choose pairs; return their positions and the solver's bound on their weight, -inf for none.

    Where everybody might be served that is tried first. Else the most people are served, and
    then these units are placed at least weight.
    """
    if not len(choices.unit):
        return np.empty(0, dtype=np.int64), 0.0
    left_s = time_limit_s
    people = choices.people[choices.unit].astype(np.float64)
    usual = _only(choices, choices.is_usual)
    if target == choices.people[np.unique(choices.unit)].sum():
        everybody = _solve(usual, usual.weight, left_s * _SHARE_FOR_ALL, at_least=None)
        if everybody.x is not None:
            return usual.pair[_picked(everybody)], float(everybody.mip_dual_bound)
        left_s *= 1 - _SHARE_FOR_ALL
    widest = _solve(choices, -people, left_s / _STAGES, at_least=0)
    plans = [_largest_first(choices)]
    if widest.x is not None:
        plans.append(_picked(widest))
    picked = max(plans, key=lambda plan: float(people[plan].sum()))
    return _improve(choices, picked, left_s / _STAGES)


def _largest_first(choices: _Choices) -> Ints:
    """Fill places with the largest units first, each at its least weight where it still fits."""
    room = choices.capacity_people.copy()
    size = choices.people[choices.unit]
    placed = np.zeros(len(choices.people), dtype=bool)
    picked = []
    for pair in np.lexsort((choices.weight, choices.unit, -size)):
        unit, shelter = choices.unit[pair], choices.shelter[pair]
        if not placed[unit] and size[pair] <= room[shelter]:
            placed[unit] = True
            room[shelter] -= size[pair]
            picked.append(pair)
    return np.array(picked, dtype=np.int64)


def _improve(choices: _Choices, picked: Ints, seconds: float) -> tuple[Ints, float]:
    """Serve as many people as picked at least weight: by any units, then by the same units."""
    people = choices.people[choices.unit]
    known = np.zeros(len(choices.unit), dtype=bool)
    known[picked] = True
    usual = _only(choices, choices.is_usual | known)
    freely = _solve(usual, usual.weight, seconds, at_least=int(people[picked].sum()))
    plans = [picked]
    if freely.x is not None:
        plans.append(usual.pair[_picked(freely)])
    if freely.status != _PROVEN:
        is_served = np.isin(choices.unit, choices.unit[picked])
        same = _only(choices, (choices.is_usual | known) & is_served)
        fixed = _solve(same, same.weight, seconds, at_least=None)
        if fixed.x is not None:
            plans.append(same.pair[_picked(fixed)])
    best = min(plans, key=lambda plan: float(choices.weight[plan].sum()))
    dual = freely.mip_dual_bound
    return best, -np.inf if dual is None else float(dual)


def _only(choices: _Choices, keep: NDArray[np.bool_]) -> _Choices:
    """Keep some of the pairs; `pair` still tells their position among all."""
    return replace(
        choices,
        pair=choices.pair[keep],
        unit=choices.unit[keep],
        shelter=choices.shelter[keep],
        weight=choices.weight[keep],
        is_usual=choices.is_usual[keep],
    )


def _picked(result: OptimizeResult) -> Ints:
    """Read the positions of the chosen pairs."""
    return np.flatnonzero(result.x > 0.5)  # noqa: PLR2004 -- halfway between not chosen and chosen


def _solve(
    choices: _Choices, weight: Floats, seconds: float, *, at_least: int | None
) -> OptimizeResult:
    """
    Minimise a weight over chosen pairs: one shelter a unit, places kept, so many people served.

    None serves every unit that has a pair: the solver finds that far more easily than a number.
    """
    pairs = np.arange(len(choices.unit))
    people = choices.people[choices.unit].astype(np.float64)
    units, shelters = len(choices.people), len(choices.capacity_people)
    once = csr_array((np.ones(len(pairs)), (choices.unit, pairs)), shape=(units, len(pairs)))
    load = csr_array((people, (choices.shelter, pairs)), shape=(shelters, len(pairs)))
    offered = np.zeros(units)
    offered[choices.unit] = 1
    constraints = [
        LinearConstraint(load, -np.inf, choices.capacity_people),
        LinearConstraint(once, offered if at_least is None else -np.inf, offered),
    ]
    if at_least:
        constraints.append(LinearConstraint(csr_array(people[None, :]), at_least, np.inf))
    return milp(
        weight,
        integrality=np.ones(len(pairs)),
        bounds=Bounds(0, 1),
        constraints=constraints,
        options={"time_limit": seconds, "mip_rel_gap": _ENOUGH_GAP},
    )
