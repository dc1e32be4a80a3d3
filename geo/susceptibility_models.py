"""Models of where events are likely, learnt from units with and without: two of them."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import expit

from geo.errors import GridError, ParameterError, refuse
from geo.masked import floats

F = NDArray[np.float64]
B = NDArray[np.bool_]

FLAT = 1e-9  # slope of the likelihood at its top, events a unit
HALVINGS = 40
# Newton's steps settle within ten or so; logits that features send without end grow by one a step.
NEWTON_STEPS = 25
SETTLED = 1e-9  # change of the logits, relative to the largest, that ends the steps
CLASSES = 10  # of a feature for information values, of equal numbers of units
NO_EVENT = 0.5  # events counted for a class that has none, for the logarithm of 0 is no number


@dataclass(frozen=True, kw_only=True)
class Model(ABC):
    """
    What was learnt.

    Attributes
    ----------
    n_events
        Events it was learnt from.
    n
        Units it was learnt from, events among them.
    n_excluded
        Units left out because a feature is unknown.
    """

    n_events: int
    n: int
    n_excluded: int

    def predict(self, features: ArrayLike) -> F:
        """
        Score units, larger = more likely.

        Parameters
        ----------
        features
            Shape ``(units, n)``, columns as they were learnt from.

        Returns
        -------
        ndarray
            0..1, NaN where a feature is unknown, shape ``(units,)``. A probability only where the
            share of events among the units learnt from is that of the ground.

        Raises
        ------
        GridError
            If the number of columns differs.
        """
        table = floats(features)
        width = self._width()
        if table.shape[1:] != (width,):
            raise GridError(
                f"features have shape {table.shape}; (units, {width}) was learnt from.",
                f"因子的形状为 {table.shape}；模型按（单元，{width}）建立。",
            )
        known = np.isfinite(table).all(axis=1)
        score = np.full(len(table), np.nan)
        score[known] = expit(self._logits(table[known]))
        return score

    @abstractmethod
    def _width(self) -> int: ...

    @abstractmethod
    def _logits(self, table: F) -> F: ...


@dataclass(frozen=True, kw_only=True)
class LogisticModel(Model):
    """
    Logistic regression without penalty.

    Attributes
    ----------
    intercept
        Logit where all features are 0.
    coefficients
        Logit per unit of each feature, shape ``(n,)``; 0 for a feature that never differed.
    """

    intercept: float
    coefficients: F

    def _width(self) -> int:
        return self.coefficients.size

    def _logits(self, table: F) -> F:
        return self.intercept + table @ self.coefficients


@dataclass(frozen=True, kw_only=True)
class InformationValueModel(Model):
    """
    Sum over features of the information value of the class that the feature falls into.

    Attributes
    ----------
    limits
        Inner upper limits of each feature's classes.
    information
        ``ln((events in class / events) / (units in class / units))`` of each feature's classes.
    """

    limits: tuple[F, ...]
    information: tuple[F, ...]

    def _width(self) -> int:
        return len(self.limits)

    def _logits(self, table: F) -> F:
        logits = np.full(len(table), np.log(self.n_events / (self.n - self.n_events)))
        for column, limits, information in zip(table.T, self.limits, self.information, strict=True):
            logits += information[np.searchsorted(limits, column, side="left")]
        return logits


def fit(
    features: ArrayLike, events: ArrayLike, method: Literal["logistic", "information_value"]
) -> Model:
    """
    Learn from units with and without an event.

    Parameters
    ----------
    features
        Slope, curvature, height, ... of each unit, shape ``(units, n)``; NaN = unknown.
    events
        True (or 1) where an event was, shape ``(units,)``.
    method
        "logistic": maximum likelihood by Newton's steps. "information_value": each feature in ten
        classes of equal numbers of units (each number a class where there are ten or fewer), a
        class without events counted as half an event (Yin and Yan 1988).

    Returns
    -------
    Model
        Predicts 0..1.

    Raises
    ------
    GridError
        If shapes do not fit, events are other than 0 and 1, or units of one kind are missing.
    ParameterError
        If the method is another word, or features separate all events from all other units, for
        which no logistic model exists.

    Examples
    --------
    One feature of two values; 1 of 4 and 3 of 4 units have events, so the model says 0.25 and 0.75:

    >>> model = fit([[0], [0], [0], [0], [1], [1], [1], [1]], [1, 0, 0, 0, 1, 1, 1, 0], "logistic")
    >>> model.predict([[0], [1]]).round(9)
    array([0.25, 0.75])
    """
    table, seen = floats(features), floats(events)
    refuse(GridError, unit_faults(table, seen))
    refuse(ParameterError, method_faults(method))
    known = np.isfinite(table).all(axis=1)
    return learn(table[known], seen[known] == 1, method, int((~known).sum()))


def learn(table: F, event: B, method: str, excluded: int = 0) -> Model:
    """
    Learn from units that are all known, without asking again.

    Parameters
    ----------
    table
        Features, finite, shape ``(units, n)``.
    event
        Whether an event was there, both kinds, shape ``(units,)``.
    method
        As of `fit`.
    excluded
        Units left out before, told by the model.

    Returns
    -------
    Model
        What was learnt.

    Raises
    ------
    ParameterError
        If features separate all events from all other units.
    """
    if method == "logistic":
        intercept, coefficients = _newton(table, event)
        return LogisticModel(
            intercept=intercept,
            coefficients=coefficients,
            n_events=int(event.sum()),
            n=len(event),
            n_excluded=excluded,
        )
    limits = tuple(_class_limits(column) for column in table.T)
    return InformationValueModel(
        limits=limits,
        information=tuple(
            _information(column, cuts, event) for column, cuts in zip(table.T, limits, strict=True)
        ),
        n_events=int(event.sum()),
        n=len(event),
        n_excluded=excluded,
    )


# Maximum likelihood; on centred features of spread 1 the steps do not mind units.
def _newton(table: F, event: B) -> tuple[float, F]:
    mean, spread = table.mean(axis=0), table.std(axis=0)
    varied = table.min(axis=0) < table.max(axis=0)
    scale = np.where(varied & (spread > 0), spread, 1.0)
    design = np.column_stack([np.ones(len(table)), np.where(varied, (table - mean) / scale, 0.0)])
    beta, logits = np.zeros(design.shape[1]), np.zeros(len(table))
    for _ in range(NEWTON_STEPS):
        chance = expit(logits)
        slope = design.T @ (event - chance)
        curve = (design * (chance * (1 - chance))[:, None]).T @ design
        # The shortest step where features say the same twice.
        beta = beta + _climb(design, event, logits, np.linalg.lstsq(curve, slope, rcond=None)[0])
        moved, logits = logits, design @ beta
        has_settled = np.abs(logits - moved).max() <= SETTLED * max(1.0, np.abs(logits).max())
        # Far out all is flat, so no step is long: there the slope alone tells that it is no top.
        if has_settled and np.abs(design.T @ (event - expit(logits))).max() <= FLAT * len(event):
            coefficients: F = np.where(varied, beta[1:] / scale, 0.0)
            return float(beta[0] - mean @ coefficients), coefficients
    raise ParameterError(
        f"The features tell {int(event.sum())} events from {int((~event).sum())} other units "
        "without a mistake, or nearly: no logistic model exists. Give more units or fewer "
        "features.",
        f"因子几乎完全区分了 {int(event.sum())} 个事件与 {int((~event).sum())} 个其他单元，"
        "逻辑回归无解；请增加样本或减少因子。",
    )


def _climb(design: F, event: B, logits: F, step: F) -> F:
    """Shorten a step that would make the events less likely: units far out send it too far."""
    now, along = _likelihood(logits, event), design @ step
    for _ in range(HALVINGS):
        if _likelihood(logits + along, event) >= now - SETTLED * abs(now):
            break
        step, along = step / 2, along / 2
    return step


def _likelihood(logits: F, event: B) -> float:
    return float((event * logits - np.logaddexp(0.0, logits)).sum())


def _class_limits(column: F) -> F:
    distinct = np.unique(column)
    if distinct.size <= CLASSES:
        own: F = distinct[:-1]
        return own
    quantiles = np.unique(np.quantile(column, np.arange(1, CLASSES) / CLASSES))
    limits: F = quantiles[quantiles < distinct[-1]]
    return limits


def _information(column: F, limits: F, event: B) -> F:
    classes = np.searchsorted(limits, column, side="left")
    units = np.bincount(classes, minlength=limits.size + 1)
    hit = np.bincount(classes[event], minlength=limits.size + 1).astype(np.float64)
    hit[hit == 0] = NO_EVENT
    # A class between equal quantiles may hold nothing, and then says nothing.
    share = np.where(units > 0, units, hit * len(event) / event.sum()) / len(event)
    information: F = np.log(hit / event.sum() / share)
    return information


def unit_faults(table: F, seen: F) -> Iterator[tuple[str, str]]:
    """
    Tell what keeps units from being learnt from.

    Parameters
    ----------
    table
        Features.
    seen
        Events.

    Yields
    ------
    tuple of str
        A sentence in English and in Chinese.
    """
    if table.ndim != 2 or seen.shape != table.shape[:1] or not table.size:  # noqa: PLR2004 - axes
        yield (
            f"features have shape {table.shape} and events {seen.shape}; (units, n) is needed",
            f"因子的形状为 {table.shape}，事件为 {seen.shape}；应为（单元，n）",
        )
        return
    other = int((~((seen == 0) | (seen == 1))).sum())
    if other:
        yield (f"{other} events are neither 0 nor 1", f"有 {other} 个事件值不是 0 或 1")
        return
    event = seen[np.isfinite(table).all(axis=1)] == 1
    if not (event.any() and not event.all()):
        yield (
            f"{int(event.sum())} of {event.size} units with all features have an event; give both",
            f"因子齐全的 {event.size} 个单元中有 {int(event.sum())} 个事件；两类单元都需要",
        )


def method_faults(method: str) -> Iterator[tuple[str, str]]:
    """
    Tell whether a method is none that can be learnt by.

    Parameters
    ----------
    method
        Its word.

    Yields
    ------
    tuple of str
        A sentence in English and in Chinese.
    """
    if method not in ("logistic", "information_value"):
        yield (
            f'the method is "{method}"; "logistic" or "information_value" is needed',
            f"方法为“{method}”；应为 logistic 或 information_value",
        )
