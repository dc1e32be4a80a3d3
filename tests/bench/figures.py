"""A figure of the bench: what was measured, its value and unit, and against whom."""

import json
import sys
from statistics import median


def tell(bench, metric, value, unit, *, vs=None, ratio=None):
    """Print one figure as a JSON line."""
    row = {
        "bench": bench,
        "metric": metric,
        "value": round(float(value), 4),
        "unit": unit,
        "vs": vs,
        "ratio": None if ratio is None else round(float(ratio), 3),
    }
    sys.stdout.write(json.dumps(row, ensure_ascii=False) + "\n")
    sys.stdout.flush()


def percentile(values, share):
    """Return the value below which ``share`` of the sorted values lie (nearest rank)."""
    ordered = sorted(values)
    return ordered[min(len(ordered) - 1, int(share * len(ordered)))]


def tell_spread(bench, metric, values_ms):
    """Print median, 95th percentile and maximum of times in milliseconds."""
    tell(bench, f"{metric} median", median(values_ms), "ms")
    tell(bench, f"{metric} p95", percentile(values_ms, 0.95), "ms")
    tell(bench, f"{metric} max", max(values_ms), "ms")
