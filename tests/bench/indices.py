"""How long class limits of a million values and the stability of a district's classes take."""

import json
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median

import numpy as np

from geo.zoning import classify, natural_breaks, stability
from tests.bench.figures import tell

ROOT = Path(__file__).resolve().parents[2]
PEER = ROOT / ".venv" / "peers" / "bin" / "python"
VALUES, VALUES_OF_PEER = 1_000_000, 10_000
UNITS, INDICATORS, DRAWS = 300, 12, 10_000
LIMITS = np.array([0.4, 0.45, 0.5, 0.55])
ROUNDS = 5


def _seconds(call):
    began = time.perf_counter()
    call()
    return time.perf_counter() - began


def breaks():
    """Measure the exact limits of a million distinct values, of two shapes."""
    random = np.random.default_rng(54)
    natural_breaks(random.random(100), 5)  # compiles
    for shape, values in (
        ("skewed", random.lognormal(0, 1, VALUES)),
        ("even", random.random(VALUES)),
    ):
        spent = [_seconds(lambda v=values: natural_breaks(v, 5)) for _ in range(ROUNDS)]
        metric = f"natural breaks, exact, 5 classes of 1e6 {shape} values"
        tell("zoning", metric, median(spent), "s")
        tell("zoning", f"{metric}, slowest", max(spent), "s")


def beside_jenkspy():
    """Measure as many values as jenkspy has memory for, in turns; the limits must be the same."""
    if not PEER.exists():
        tell("zoning", "jenkspy is not installed: .ci/peers", 0, "peers")
        return
    values = np.random.default_rng(54).lognormal(0, 1, VALUES_OF_PEER)
    ours, theirs = [], []
    with tempfile.TemporaryDirectory(prefix="riskatlas-bench-") as folder:
        file = Path(folder) / "values.npy"
        np.save(file, values)
        command = [PEER, ROOT / "tests" / "bench" / "peer_jenkspy.py", file, "5"]
        for _ in range(ROUNDS):
            ours.append(_seconds(lambda: natural_breaks(values, 5)))
            answer = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
            theirs.append(answer["seconds"])
    if not np.array_equal(answer["limits"][1:-1], natural_breaks(values, 5)):
        message = f"jenkspy cuts at {answer['limits']}, we at {natural_breaks(values, 5)}"
        raise RuntimeError(message)
    tell(
        "zoning",
        f"natural breaks, 5 classes of {VALUES_OF_PEER:,} values, the same limits",
        median(ours) * 1000,
        "ms",
        vs="jenkspy",
        ratio=median(ours) / median(theirs),
    )


def _in_numpy(table, weights):
    # The same work as a few lines of numpy would do it, in the memory that it takes.
    drawn = np.random.default_rng(1).dirichlet(weights * 60, size=DRAWS)
    scores = table @ drawn.T
    classes = classify(scores, LIMITS)
    shares = np.stack([(classes == level).mean(axis=1) for level in range(1, 6)], axis=1)
    ranks = (-scores).argsort(axis=0).argsort(axis=0) + 1
    return shares, np.percentile(ranks, [5, 95], axis=1)


def stable():
    """Measure shares of classes and intervals of ranks beside plain numpy, in turns."""
    random = np.random.default_rng(54)
    table, weights = random.random((UNITS, INDICATORS)), random.dirichlet(np.ones(INDICATORS))
    stability(table[:3], weights, LIMITS, draws=2, seed=1, kappa=60)  # compiles
    ours, plain = [], []
    for _ in range(ROUNDS):
        ours.append(
            _seconds(lambda: stability(table, weights, LIMITS, draws=DRAWS, seed=1, kappa=60))
        )
        plain.append(_seconds(lambda: _in_numpy(table, weights)))
    tell(
        "zoning",
        f"stability of {UNITS} villages x {INDICATORS} indicators x {DRAWS:,} draws",
        median(ours),
        "s",
        vs="the same in numpy",
        ratio=median(ours) / median(plain),
    )


def run():
    """Run all."""
    breaks()
    beside_jenkspy()
    stable()
