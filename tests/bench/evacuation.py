"""How long the route desk takes for one drag, on the longest routes of a real road network."""

import time

import numpy as np

from census.products.route_desk import Desk
from census.store.cluster import open_cluster
from census.store.database import open_store
from census.store.layers import read_layer
from census.store.settings import Settings
from tests.bench.figures import tell, tell_spread
from tests.bench.places import load, open_home, samples

DRAGS = 200
LONGEST = 20
MOVED_DEGREE = 0.0003


def _drags(store):
    """Yield routes with one inner vertex moved by some 30 metres, another one each time."""
    routes = read_layer(store, "evacuation_route").sort_values(
        ["length_m", "code"], ascending=[False, True]
    )
    random = np.random.default_rng(7)
    longest = [
        (r.code, np.array(r.geom.geoms[0].coords)) for r in routes.head(LONGEST).itertuples()
    ]
    for drag in range(DRAGS):
        code, xy = longest[drag % LONGEST]
        moved = xy.copy()
        moved[random.integers(1, len(xy) - 1)] += random.normal(0, MOVED_DEGREE, 2)
        yield code, moved


def _timed(call):
    began = time.perf_counter()
    call()
    return (time.perf_counter() - began) * 1000


def measure(store, place):
    """Measure building the desk, 200 drags checked, and some of them snapped and replaced."""
    desk = Desk(store)
    tell("evacuation", f"{place} route desk built", _timed(desk.warm), "ms")
    drags = list(_drags(store))
    checks = [_timed(lambda c=code, x=xy: desk.check(c, x)) for code, xy in drags]
    tell_spread("evacuation", f"{place} check of a drag on the {LONGEST} longest routes", checks)
    snaps = [_timed(lambda x=xy: desk.snap(x)) for _, xy in drags[:LONGEST]]
    tell_spread("evacuation", f"{place} snap of a whole route", snaps)
    ways = [_timed(lambda c=code: desk.alternatives(c)) for code, _ in drags[:5]]
    tell_spread("evacuation", f"{place} three alternatives", ways)


def run():
    """Load a place and measure its route desk."""
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    with open_home() as home:
        load(home, place, *more)
        settings = Settings(home=home)
        with open_cluster(settings), open_store(settings, place=place) as store:
            measure(store, place)
