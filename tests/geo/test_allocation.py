"""Shelters fill exactly: as many people as possible, then the least walking, proven by duality."""

import geopandas as gpd
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import linprog

from geo.allocation import allocate, allocate_on_network
from geo.errors import CapacityError, NetworkError
from geo.roads import Network
from geo.routing import distances
from geo.snapping import attach

NEVER = np.inf


def test_the_nearest_shelter_is_not_the_plan():
    # Both units are nearest to shelter 0, which holds 10: sending unit 1 there costs 10 x 100 more.
    plan = allocate([[10, 20], [10, 110]], [10, 10], [10, 10])
    assert plan.flow.tolist() == [[0, 10], [10, 0]]
    assert plan.objective == plan.bound == 10 * 20 + 10 * 10
    assert plan.gap == 0


def test_a_unit_is_split_where_that_is_shorter_and_kept_whole_on_request():
    cost, people, places = [[1, 5], [1, 9]], [6, 6], [8, 8]
    split = allocate(cost, people, places)
    assert split.flow.tolist() == [[2, 4], [6, 0]]
    assert split.objective == 2 + 4 * 5 + 6
    whole = allocate(cost, people, places, keep_whole=True)
    assert whole.flow.tolist() == [[0, 6], [6, 0]]
    assert whole.objective == 6 * 5 + 6
    assert whole.bound == pytest.approx(36)


def test_people_beyond_capacity_are_reported_not_dropped():
    plan = allocate([[3.0], [7.0]], [10, 10], [12])
    assert plan.flow.tolist() == [[10], [2]]
    assert plan.unserved_people.tolist() == [0, 8]
    assert plan.unserved_bound == 8
    assert plan.objective == plan.bound == 10 * 3 + 2 * 7


def test_serving_everybody_comes_before_walking_less():
    # Unit 0 could walk 1 m, but only shelter 0 is within reach of unit 1.
    plan = allocate([[1, 1000], [1, NEVER]], [5, 5], [5, 5])
    assert plan.flow.tolist() == [[0, 5], [5, 0]]
    assert plan.unserved_people.sum() == 0


def test_a_unit_without_any_way_is_unserved_with_its_people():
    plan = allocate([[NEVER, NEVER], [4, 2]], [7, 3], [9, 9])
    assert plan.unserved_people.tolist() == [7, 0]
    assert plan.flow.tolist() == [[0, 0], [0, 3]]
    assert not plan.serves_more.any()


def test_the_shadow_price_is_what_one_more_place_saves():
    cost, people = [[10, 20], [10, 110]], [10, 10]
    plan = allocate(cost, people, [10, 10])
    more = allocate(cost, people, [11, 10])
    assert plan.shadow_price.tolist() == [10, 0]
    assert plan.objective - more.objective == 10


def test_a_place_that_would_serve_one_more_person_is_named():
    plan = allocate([[3, NEVER], [NEVER, 7]], [10, 10], [12, 4])
    assert plan.serves_more.tolist() == [False, True]


@pytest.mark.parametrize("units", [0, 2])
def test_nothing_to_do_gives_an_empty_plan(units):
    plan = allocate(np.full((units, 0), 1.0), np.zeros(units), [])
    assert plan.flow.shape == (units, 0)
    assert (plan.objective, plan.bound, plan.gap) == (0, 0, 0)


def test_all_faults_of_a_cost_table_are_told_at_once():
    with pytest.raises(CapacityError, match=r"not \(2, 1\).*1 costs are missing or negative"):
        allocate([[1, -1]], [1, 1], [1])


def test_half_a_person_is_refused():
    with pytest.raises(CapacityError, match="1 values of people are not whole"):
        allocate([[1], [1]], [1.5, 2], [1])


def test_too_many_pairs_are_refused_with_the_way_out():
    with pytest.raises(CapacityError, match=r"2,002,000 pairs.*use allocate_on_network") as fault:
        allocate(np.ones((2002, 1000)), np.ones(2002), np.ones(1000))
    assert "请改用路网分配" in fault.value.sentence_zh


def linear_programme(cost, people, places):
    """Best served and cost by an independent solver, serving worth more than any walk."""
    units, shelters = cost.shape
    finite = np.isfinite(cost)
    weight = np.where(finite, cost, 0) - 1e4
    rows = np.concatenate(
        [
            np.kron(np.eye(units), np.ones(shelters)),
            np.kron(np.ones(units), np.eye(shelters)),
        ]
    )
    limits = [(0, None if possible else 0) for possible in finite.ravel()]
    best = linprog(weight.ravel(), rows, np.concatenate([people, places]), bounds=limits)
    return round(best.x.sum()), float(best.x @ np.where(finite, cost, 0).ravel())


problems = st.integers(0, 2**32 - 1).map(np.random.default_rng)


def random_problem(rng, *, whole_numbers):
    units, shelters = rng.integers(1, 7, 2)
    cost = rng.integers(0, 30, (units, shelters)) * 1.0
    if not whole_numbers:
        cost = rng.random((units, shelters)) * 30
    cost[rng.random(cost.shape) < 0.2] = NEVER
    return cost, rng.integers(0, 20, units), rng.integers(0, 30, shelters)


@settings(max_examples=100, deadline=None)
@given(rng=problems, whole_numbers=st.booleans())
def test_the_plan_equals_the_optimum_of_linear_programming(rng, whole_numbers):
    cost, people, places = random_problem(rng, whole_numbers=whole_numbers)
    plan = allocate(cost, people, places)
    served, least = linear_programme(cost, people, places)
    assert plan.flow.sum() == served
    assert plan.objective == pytest.approx(least, abs=1e-6)
    assert plan.gap == 0 if whole_numbers else plan.gap < 1e-6
    assert (plan.flow.sum(axis=1) + plan.unserved_people == people).all()
    assert (plan.flow.sum(axis=0) <= places).all()
    assert not plan.flow[~np.isfinite(cost)].any()


@settings(max_examples=60, deadline=None)
@given(rng=problems)
def test_prices_foretell_what_one_more_place_changes(rng):
    cost, people, places = random_problem(rng, whole_numbers=True)
    plan = allocate(cost, people, places)
    for shelter in range(len(places)):
        more = allocate(cost, people, places + (np.arange(len(places)) == shelter))
        gained = int(plan.unserved_people.sum() - more.unserved_people.sum())
        assert gained == plan.serves_more[shelter]
        if not gained:
            assert plan.objective - more.objective == plan.shadow_price[shelter]


@settings(max_examples=40, deadline=None)
@given(rng=problems)
def test_whole_units_go_to_one_shelter_within_the_proven_bound(rng):
    cost, people, places = random_problem(rng, whole_numbers=True)
    split, whole = allocate(cost, people, places), allocate(cost, people, places, keep_whole=True)
    assert ((whole.flow > 0).sum(axis=1) <= 1).all()
    assert set(whole.unserved_people - people * (whole.flow.sum(axis=1) == 0)) <= {0}
    assert (whole.flow.sum(axis=0) <= places).all()
    assert whole.unserved_people.sum() >= whole.unserved_bound == split.unserved_people.sum()
    assert whole.bound <= whole.objective
    if whole.unserved_people.sum() == split.unserved_people.sum():
        assert whole.objective >= split.objective


@settings(max_examples=40, deadline=None)
@given(rng=problems)
def test_the_bound_of_whole_units_never_exceeds_the_best_of_all_assignments(rng):
    units, shelters = 3, 2
    cost = rng.integers(0, 30, (units, shelters)) * 1.0
    people, places = rng.integers(1, 9, units), rng.integers(0, 15, shelters)
    plan = allocate(cost, people, places, keep_whole=True)
    best = []
    for code in range(3**units):
        choice = [code // 3**unit % 3 for unit in range(units)]
        load = [sum(people[u] for u in range(units) if choice[u] == s) for s in range(shelters)]
        if (np.array(load) <= places).all():
            walked = sum(people[u] * cost[u, choice[u]] for u in range(units) if choice[u] < 2)
            best.append((-sum(load), walked))
    assert (-plan.flow.sum(), plan.objective) == min(best)
    assert plan.bound <= min(best)[1]


def random_network(rng):
    nodes, edges = rng.integers(2, 12), rng.integers(1, 25)
    ends = rng.integers(0, nodes, (2, edges))
    length = rng.integers(0, 20, edges) if rng.random() < 0.5 else rng.random(edges) * 100
    network = Network.from_edges(
        *ends, length, directed=bool(rng.random() < 0.3), node_count=int(nodes)
    )
    units, shelters = rng.integers(1, 6, 2)
    return (
        network,
        rng.integers(0, nodes, units),
        rng.integers(0, 20, units),
        rng.integers(0, nodes, shelters),
        rng.integers(0, 30, shelters),
    )


@settings(max_examples=100, deadline=None)
@given(rng=problems)
def test_flow_on_the_roads_equals_the_plan_from_all_distances(rng):
    network, unit_node, people, shelter_node, places = random_network(rng)
    plan = allocate_on_network(network, unit_node, people, shelter_node, places)
    cost = distances(network, unit_node, shelter_node)
    table = allocate(cost, people, places)
    assert plan.objective == pytest.approx(table.objective, abs=1e-6)
    assert plan.gap < 1e-6
    assert plan.unserved_people.sum() == table.unserved_people.sum()
    assert plan.shadow_price == pytest.approx(table.shadow_price, abs=1e-5)
    assert plan.serves_more.tolist() == table.serves_more.tolist()
    flow = plan.flow.toarray()
    assert (flow.sum(axis=1) + plan.unserved_people == people).all()
    assert (flow.sum(axis=0) <= places).all()
    assert (flow[flow > 0] @ cost[flow > 0]) == pytest.approx(plan.objective, abs=1e-6)


@settings(max_examples=60, deadline=None)
@given(rng=problems)
def test_closures_never_help_and_places_never_hurt(rng):
    network, unit_node, people, shelter_node, places = random_network(rng)
    before = allocate_on_network(network, unit_node, people, shelter_node, places)
    closed = network.close([rng.integers(network.edge_count)])
    after = allocate_on_network(closed, unit_node, people, shelter_node, places)
    more = allocate_on_network(network, unit_node, people, shelter_node, places + 3)

    def rank(plan):
        return plan.unserved_people.sum(), round(plan.objective, 6)

    assert rank(more)[0] <= rank(before)[0] <= rank(after)[0]
    if rank(before)[0] == rank(after)[0]:
        assert rank(before) <= rank(after)
    if rank(before)[0] == rank(more)[0]:
        assert rank(more) <= rank(before)


@settings(max_examples=40, deadline=None)
@given(rng=problems)
def test_renaming_nodes_edges_units_and_shelters_changes_nothing(rng):
    network, unit_node, people, shelter_node, places = random_network(rng)
    name, row = rng.permutation(network.node_count), rng.permutation(network.edge_count)
    unit, shelter = rng.permutation(len(people)), rng.permutation(len(places))
    renamed = Network.from_edges(
        name[network.tail[row]],
        name[network.head[row]],
        network.length_m[row],
        directed=not network.backward.all(),
        node_count=network.node_count,
    )
    one = allocate_on_network(network, unit_node, people, shelter_node, places)
    other = allocate_on_network(
        renamed, name[unit_node[unit]], people[unit], name[shelter_node[shelter]], places[shelter]
    )
    assert other.objective == pytest.approx(one.objective, abs=1e-6)
    assert other.unserved_people.sum() == one.unserved_people.sum()
    assert other.shadow_price == pytest.approx(one.shadow_price[shelter], abs=1e-5)


def test_a_unit_at_its_shelter_and_two_shelters_at_one_node():
    chain = Network.from_edges([0, 1], [1, 2], [5.0, 7.0])
    plan = allocate_on_network(chain, [0, 2], [4, 9], [0, 0, 1], [4, 3, 5])
    assert plan.flow.toarray()[:, :2].sum() == 7
    assert plan.flow.toarray()[:, 2].sum() == 5
    assert plan.unserved_people.sum() == 1
    # Unit 0 stays (0 m). Of unit 2 five walk 7 m and three 12 m.
    assert plan.objective == plan.bound == 5 * 7 + 3 * 12


def test_what_is_not_attached_is_unserved_and_takes_nobody():
    chain = Network.from_edges([0], [1], [5.0])
    plan = allocate_on_network(chain, [0, -1], [4, 9], [1, -1], [50, 50])
    assert plan.flow.toarray().tolist() == [[4, 0], [0, 0]]
    assert plan.unserved_people.tolist() == [0, 9]


def test_the_way_to_the_door_decides_between_two_shelters_at_one_node():
    chain = Network.from_edges([0], [1], [5.0])
    plan = allocate_on_network(
        chain, [0], [4], [1, 1], [9, 9], unit_access=[2.0], shelter_access=[30.0, 1.0]
    )
    assert plan.flow.toarray().tolist() == [[0, 4]]
    assert plan.objective == 4 * (2 + 5 + 1)


def test_edges_without_length_send_nobody_in_circles():
    ring = Network.from_edges([0, 1, 2, 2], [1, 2, 0, 3], [0.0, 0.0, 0.0, 3.0])
    plan = allocate_on_network(ring, [0, 1], [4, 9], [3, 2], [6, 7])
    assert plan.objective == plan.bound == 6 * 3
    assert plan.flow.sum() == 13


def test_one_way_roads_bind_vehicles_and_not_people_on_foot():
    road = Network.from_edges([1], [0], [5.0], directed=True)
    assert allocate_on_network(road, [0], [4], [1], [9]).unserved_people.sum() == 4
    assert allocate_on_network(road, [0], [4], [1], [9], on_foot=True).objective == 20


def test_nodes_and_people_of_different_number_are_refused():
    chain = Network.from_edges([0], [1], [5.0])
    with pytest.raises(CapacityError, match="2 units with people or places but 1 nodes"):
        allocate_on_network(chain, [0], [4, 9], [1], [50])
    with pytest.raises(NetworkError, match="Nodes 8 are not in the network"):
        allocate_on_network(chain, [8], [4], [1], [50])


def test_andorra_is_planned_alike_on_roads_and_from_distances(reference):
    folder = reference / "evac_andorra"
    graph = np.load(folder / "andorra.npz")
    demand = np.genfromtxt(folder / "demand.csv", delimiter=",", names=True)
    shelters = np.genfromtxt(folder / "shelters.csv", delimiter=",", names=True)
    network = Network.from_edges(graph["u"], graph["v"], graph["L"])
    given_facts = (
        demand["node"].astype(int),
        demand["people"].astype(int),
        shelters["node"].astype(int),
        shelters["capacity"].astype(int),
    )
    plan = allocate_on_network(network, *given_facts)
    table = allocate(
        distances(network, given_facts[0], given_facts[2]), given_facts[1], given_facts[3]
    )
    assert plan.flow.sum() == 23_152
    assert plan.unserved_people.sum() == 0
    assert plan.objective == pytest.approx(table.objective, rel=1e-7)
    assert plan.gap < 1e-7


def test_the_people_of_jakarta_find_all_the_places_there_are(samples):
    source = samples / "jakarta" / "jakarta.gpkg"
    roads = gpd.read_file(source, layer="roads").to_crs("EPSG:32748")
    network = Network.from_lines(roads)
    villages = gpd.read_file(source, layer="kelurahan").to_crs("EPSG:32748")
    schools = gpd.read_file(source, layer="buildings", where="TYPE = 'School'").to_crs("EPSG:32748")
    units = attach(network, villages.representative_point())
    doors = attach(units.network, schools.representative_point())
    people = np.full(len(villages), 1000)
    places = np.full(len(schools), 150)
    plan = allocate_on_network(doors.network, units.node, people, doors.node, places)
    assert plan.flow.sum() + plan.unserved_people.sum() == 74_000
    # In each connected piece of road the lesser of its people and its places can be served.
    piece = doors.network.components().piece
    people_there = np.bincount(piece[units.node], people, minlength=piece.max() + 1)
    places_there = np.bincount(piece[doors.node], places, minlength=piece.max() + 1)
    assert plan.flow.sum() == np.minimum(people_there, places_there).sum() > 50_000
    assert plan.unserved_bound == plan.unserved_people.sum()
    assert plan.gap < 1e-6


def test_costs_stay_within_the_numbers_of_the_solver_on_a_large_network():
    # 90 x 90 junctions, roads up to 20 km and every twentieth without length.
    rng = np.random.default_rng(0)
    node = np.arange(90 * 90).reshape(90, 90)
    tail = np.concatenate([node[:, :-1].ravel(), node[:-1].ravel()])
    head = np.concatenate([node[:, 1:].ravel(), node[1:].ravel()])
    length = rng.random(len(tail)) * 20_000
    length[::20] = 0
    network = Network.from_edges(tail, head, length)
    places = np.full(5, 100)
    plan = allocate_on_network(
        network, rng.integers(0, 8100, 20), np.full(20, 20), rng.integers(0, 8100, 5), places
    )
    assert plan.flow.sum() == 400
    assert plan.gap < 1e-5
