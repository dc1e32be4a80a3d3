"""Import, zoning and plan of whole places; allocation and natural breaks against their peers."""

import time

import numpy as np
from ortools.graph.python.min_cost_flow import SimpleMinCostFlow

from geo.allocation import allocate
from tests.bench.figures import tell
from tests.bench.places import load, open_home, samples


def _stages(bench, wanted):
    places = [("example", ())]
    if samples():
        places.append(("jakarta", ("--data", str(samples()))))
    for place, more in places:
        with open_home() as home:
            answer, seconds, peak_mb = load(home, place, *more)
        for stage, value in answer["seconds"].items():
            if stage.split()[0] in wanted:
                tell(bench, f"{place} {stage}", value, "s")
        if "total" in wanted:
            tell(bench, f"{place} import, zoning and plan", seconds, "s")
            tell(bench, f"{place} peak memory so far", peak_mb, "MB")


def ingest():
    """Measure each import and the whole of both places."""
    _stages("ingest", {"prepare", "create", "import", "total"})


def zoning():
    """Measure the zoning runs of both places."""
    _stages("zoning", {"zoning", "hazard_sites"})


def _bare(cost, people, capacity):
    # The least a caller of the library would write: arcs, supplies, solve.
    flow = SimpleMinCostFlow()
    units, shelters = cost.shape
    tail = np.repeat(np.arange(units), shelters)
    head = np.tile(np.arange(units, units + shelters), units)
    flow.add_arcs_with_capacity_and_unit_cost(tail, head, np.repeat(people, shelters), cost.ravel())
    sink = units + shelters
    flow.add_arcs_with_capacity_and_unit_cost(
        np.arange(units, sink), np.full(shelters, sink), capacity, np.zeros(shelters, np.int64)
    )
    supply = np.concatenate([people, np.zeros(shelters, np.int64), [-people.sum()]])
    flow.set_nodes_supplies(np.arange(sink + 1), supply)
    if flow.solve() != flow.OPTIMAL:
        message = "the bare flow found no optimum"
        raise RuntimeError(message)
    return flow.optimal_cost()


def evacuation():
    """Measure the plans, and the exact allocation against bare OR-tools on the same table."""
    _stages("evacuation", {"plan"})
    random = np.random.default_rng(7)
    units = random.uniform(0, 20_000, (300, 2))
    shelters = random.uniform(0, 20_000, (40, 2))
    cost = np.rint(np.hypot(*(units[:, None] - shelters).transpose(2, 0, 1)) * 10).astype(np.int64)
    people = random.integers(20, 400, 300)
    capacity = np.full(40, int(people.sum() * 1.15 / 40) + 1)
    ours, bare = [], []
    for _ in range(5):
        began = time.perf_counter()
        result = allocate(cost / 10, people, capacity)
        ours.append(time.perf_counter() - began)
        began = time.perf_counter()
        optimum = _bare(cost, people, capacity)
        bare.append(time.perf_counter() - began)
    if abs(result.objective * 10 - optimum) > 1:
        message = f"objective {result.objective * 10} differs from the bare optimum {optimum}"
        raise RuntimeError(message)
    tell(
        "evacuation",
        "allocation 300 x 40 with certificate",
        np.median(ours) * 1000,
        "ms",
        vs="bare OR-tools",
        ratio=np.median(ours) / np.median(bare),
    )
