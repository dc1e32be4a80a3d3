"""Which doubtful input moves how many villages into another class, one input at a time."""

from typing import Any, Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products import factors
from geo.stability import tornado
from geo.zoning import classify

F = NDArray[np.float64]

INPUTS: Final = ("depth", "people", "vulnerability", "capacity", "weights", "k")
"""Inputs that are moved: H, E, V, C, the share of H in the powers, and the part C takes off."""
_SAME: Final = 1e-12


def class_movers(
    table: pd.DataFrame,
    parameters: dict[str, Any],
    *,
    breaks: F,
    percentiles: F,
    shifted: F | None,
) -> dict[str, Any]:
    """
    Move each input between its low and its high value and count the villages that change class.

    Parameters
    ----------
    table
        Villages with ``H``, ``E``, ``V``, ``C``, ``risk``, ``risk_class``, ``density`` and
        ``assessed``, index = code.
    parameters
        Zoning parameters.
    breaks
        Inner upper limits of the index.
    percentiles
        Densities of the percentiles that place the exposure, people per km2.
    shifted
        Hazard of the villages at depths one error lower and one higher, shape ``(2, villages)``;
        None where the error of the depths is not known.

    Returns
    -------
    dict
        ``units`` that were moved and ``inputs``, the one that moves most villages first: ``name``,
        ``low`` and ``high`` (each ``rose`` and ``fell``, villages), ``swing`` (mean of the index),
        and ``codes`` of the villages that change class at either end. An input that is not known
        is named in ``unknown``.
    """
    rows = table[table["assessed"]]
    where = np.flatnonzero(table["assessed"].to_numpy(dtype=np.bool_))
    at_ends = None if shifted is None else shifted[:, where]
    middle = _middle(rows, parameters)
    low, high = _ends(rows, middle, parameters, percentiles=percentiles, shifted=at_ends)
    powers = np.asarray(parameters["index"]["powers"], dtype=np.float64)
    bars = tornado(lambda inputs: _index(inputs, powers), middle, low, high)
    known = [name for name in INPUTS if name != "depth" or shifted is not None]
    told = [
        _bar(rows, INPUTS.index(name), breaks, (bars.low, bars.high, bars.swing)) for name in known
    ]
    told.sort(key=lambda each: (-len(each["codes"]), -each["swing"]))
    return {
        "units": len(rows),
        "inputs": told,
        "unknown": [name for name in INPUTS if name not in known],
    }


def _middle(rows: pd.DataFrame, parameters: dict[str, Any]) -> F:
    """Read the inputs as the run took them, shape ``(units, inputs)``."""
    powers, k = parameters["index"]["powers"], parameters["index"]["k"]
    middle = np.empty((len(rows), len(INPUTS)))
    middle[:, :4] = rows[list("HEVC")].to_numpy(dtype=np.float64)
    middle[:, 4:] = powers[0] / sum(powers), k
    return middle


def _ends(
    rows: pd.DataFrame,
    middle: F,
    parameters: dict[str, Any],
    *,
    percentiles: F,
    shifted: F | None,
) -> tuple[F, F]:
    """Give the inputs between which each is in doubt, both of the shape of ``middle``."""
    rules, floor = parameters["what_moves"], parameters["index"]["floor"]
    density = rows["density"].to_numpy(dtype=np.float64)
    share = middle[:, 4]
    spread = np.sqrt(share * (1 - share) / (parameters["uncertainty"]["kappa"] + 1))
    ends = []
    for side, sign in enumerate((-1.0, 1.0)):
        end = middle.copy()
        if shifted is not None:
            end[:, 0] = np.maximum(shifted[side], floor)
        counted = factors.percentile_of(density * (1 + sign * rules["people_share"]), percentiles)
        end[:, 1] = np.maximum(counted, floor)
        end[:, 2] = np.clip(middle[:, 2] * (1 + sign * rules["vulnerability_share"]), floor, 1)
        end[:, 3] = np.clip(middle[:, 3] * (1 + sign * rules["capacity_share"]), 0, 1)
        end[:, 4] = np.clip(share + sign * spread, 0, 1)
        end[:, 5] = np.clip(middle[:, 5] + sign * rules["k_shift"], 0, 1)
        ends.append(end)
    return ends[0], ends[1]


def _index(inputs: F, powers: F) -> F:
    """R = H^a E^b V^c (1 - k C), where a is a share of the powers' sum and b : c stays."""
    h, e, v, c, share, k = inputs.T
    rest = powers[1:] / powers[1:].sum() if powers[1:].sum() > 0 else np.zeros(2)
    whole = powers.sum()
    a, b, d = share * whole, (1 - share) * whole * rest[0], (1 - share) * whole * rest[1]
    index: F = h**a * e**b * v**d * (1 - k * c)
    return index


def _bar(rows: pd.DataFrame, column: int, breaks: F, bars: tuple[F, F, F]) -> dict[str, Any]:
    """Tell of one input what its ends make of the classes."""
    index, classes = (rows[name].to_numpy(dtype=np.float64) for name in ("risk", "risk_class"))
    moved = np.zeros(len(rows), dtype=np.bool_)
    told: dict[str, Any] = {"name": INPUTS[column]}
    for name, found in zip(("low", "high"), bars[:2], strict=True):
        value = found[:, column]
        # Limits are indices of units: what differs by rounding alone has not moved.
        same = np.abs(value - index) <= _SAME * index
        reached = np.where(same, classes, classify(value, breaks))
        told[name] = {
            "rose": int((reached > classes).sum()),
            "fell": int((reached < classes).sum()),
        }
        moved |= reached != classes
    swing = bars[2][:, column]
    told["swing"] = float(swing.mean()) if len(swing) else 0.0
    told["codes"] = [str(code) for code in rows.index[moved]]
    return told
