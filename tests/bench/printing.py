"""How long a village sheet takes."""

import time

from census.store.cluster import open_cluster
from census.store.database import open_store
from census.store.pages import villages
from census.store.settings import Settings
from tests.bench.figures import tell_spread
from tests.bench.places import load, open_home, samples
from webapp.sheets import render


def run():
    """Draw both sheets of ten villages."""
    place, more = ("jakarta", ("--data", str(samples()))) if samples() else ("example", ())
    with open_home() as home:
        load(home, place, *more)
        settings = Settings(home=home)
        with open_cluster(settings), open_store(settings, place=place, role="public") as store:
            codes = [v.code for v in villages(store)][:10]
            for kind in ("risk", "evacuation"):
                times = []
                for code in codes:
                    began = time.perf_counter()
                    render(store, kind, code, "zh")
                    times.append((time.perf_counter() - began) * 1000)
                tell_spread("print", f"{place} {kind} sheet", times)
