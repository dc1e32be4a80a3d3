"""Where slides are likely, learnt from where they were, and judged on ground it has not seen."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.cluster.vq import ClusterError, kmeans2

from geo.errors import GridError, ParameterError, refuse
from geo.masked import floats
from geo.skill import auc
from geo.susceptibility_models import Model, fit, learn, method_faults, unit_faults

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741 - the name the public surface gives to whole-number arrays
B = NDArray[np.bool_]
Folds = Callable[[np.random.Generator], I]

__all__ = ["Model", "Validation", "fit", "validate"]

TRIES = 100  # of k-means, where a block comes out empty


@dataclass(frozen=True, kw_only=True)
class Validation:
    """
    How often an event scores above a unit without one (area under the ROC curve), three ways.

    Attributes
    ----------
    auroc
        On blocks of ground that the model has not seen: the headline. NaN where no block holds both
        events and units without.
    auroc_random
        On units drawn at random, whose neighbours it has seen: optimistic.
    auroc_in_sample
        On the units it was learnt from: more optimistic.
    n_events
        Events among the units.
    n
        Units judged.
    n_excluded
        Units left out because a feature or the position is unknown.
    n_parts_skipped
        Parts (blocks and random ones, over all repeats) of which no area can be computed: only one
        kind of unit inside or outside, or no logistic model exists outside.
    """

    auroc: float
    auroc_random: float
    auroc_in_sample: float
    n_events: int
    n: int
    n_excluded: int
    n_parts_skipped: int


def validate(
    features: ArrayLike,
    events: ArrayLike,
    xy: ArrayLike,
    method: str,
    *,
    folds: int = 5,
    repeats: int = 100,
    seed: int = 0,
) -> Validation:
    """
    Judge a method on ground it has not seen, and beside it the usual, kinder ways.

    Each repeat parts the units into blocks by k-means of their positions, and again at random;
    each part is predicted by a model learnt from the others, and the areas of all parts are
    averaged (Brenning 2012, doi:10.1109/IGARSS.2012.6352393). The order of units does not matter.

    Parameters
    ----------
    features
        Shape ``(units, n)``; NaN = unknown.
    events
        True (or 1) where an event was, shape ``(units,)``.
    xy
        Positions in metres, shape ``(units, 2)``.
    method
        As of `fit`.
    folds
        Parts, at least 2.
    repeats
        Partitions of each kind, at least 1.
    seed
        Of the random numbers, >= 0.

    Returns
    -------
    Validation
        The three areas and what they stand on.

    Raises
    ------
    GridError
        If shapes do not fit, events are other than 0 and 1, or units of one kind are missing.
    ParameterError
        If the method is another word, folds, repeats or seed lie outside their range, there are
        fewer positions than folds, or features separate all events from all other units.
    """
    table, seen, place = floats(features), floats(events), floats(xy)
    refuse(GridError, [*unit_faults(table, seen), *_place_faults(place, seen)])
    known = np.isfinite(table).all(axis=1) & np.isfinite(place).all(axis=1)
    refuse(GridError, unit_faults(table[known], seen[known]))
    refuse(ParameterError, [*method_faults(method), *_part_faults(folds, repeats, seed)])
    # One order for all, so that the same units draw the same numbers.
    order = np.flatnonzero(known)
    order = order[np.lexsort([*table[order].T, seen[order], *place[order].T])]
    table, event, place = table[order], seen[order] == 1, place[order]
    blocks, random = _blocks(place, folds), _random_parts(len(table), folds)
    spatial = _part_areas(table, event, method, _partitions(blocks, repeats, seed))
    usual = _part_areas(table, event, method, _partitions(random, repeats, seed))
    whole = learn(table, event, method)
    return Validation(
        auroc=_mean(spatial),
        auroc_random=_mean(usual),
        auroc_in_sample=auc(whole.predict(table), event),
        n_events=int(event.sum()),
        n=len(event),
        n_excluded=int((~known).sum()),
        n_parts_skipped=int(np.isnan(spatial).sum() + np.isnan(usual).sum()),
    )


def _blocks(place: F, folds: int) -> Folds:
    distinct = len(np.unique(place, axis=0))
    if distinct < folds:
        raise ParameterError(
            f"{distinct} positions cannot be parted into {folds} blocks; ask for fewer folds.",
            f"{distinct} 个位置无法分为 {folds} 块；请减少折数。",
        )
    centred = place - place.mean(axis=0)

    def part(random: np.random.Generator) -> I:
        for _ in range(TRIES):
            try:
                found = kmeans2(centred, folds, minit="++", missing="raise", rng=random)[1]
            except ClusterError:
                continue
            block: I = found.astype(np.int64)
            return block
        raise ParameterError(
            f"The positions do not fall into {folds} blocks; ask for fewer folds.",
            f"这些位置无法分为 {folds} 块；请减少折数。",
        )

    return part


def _random_parts(units: int, folds: int) -> Folds:
    def part(random: np.random.Generator) -> I:
        labels: I = random.permutation(np.arange(units) % folds)
        return labels

    return part


def _partitions(part: Folds, repeats: int, seed: int) -> Iterator[I]:
    random = np.random.default_rng(seed)
    for _ in range(repeats):
        yield part(random)


def _part_areas(table: F, event: B, method: str, partitions: Iterator[I]) -> F:
    areas = []
    for labels in partitions:
        for part in np.unique(labels):
            inside = labels == part
            areas.append(_part_area(table, event, method, inside))
    return np.array(areas)


# Of one kind alone inside, the area is no number by itself.
def _part_area(table: F, event: B, method: str, inside: B) -> float:
    outside = event[~inside]
    if outside.all() or not outside.any():
        return float("nan")
    try:
        model = learn(table[~inside], outside, method)
    except ParameterError:
        return float("nan")
    return auc(model.predict(table[inside]), event[inside])


def _mean(areas: F) -> float:
    known = areas[~np.isnan(areas)]
    return float(known.mean()) if known.size else float("nan")


def _place_faults(place: F, seen: F) -> Iterator[tuple[str, str]]:
    if place.shape != (seen.size, 2):
        yield (
            f"positions have shape {place.shape}; ({seen.size}, 2) is needed",
            f"位置的形状为 {place.shape}；应为（{seen.size}，2）",
        )


def _part_faults(folds: int, repeats: int, seed: int) -> Iterator[tuple[str, str]]:
    for name, name_zh, number, least in (
        ("folds", "折数", folds, 2),
        ("repeats", "重复次数", repeats, 1),
        ("seed", "随机种子", seed, 0),
    ):
        if number % 1 or not number >= least:
            yield (
                f"{name} is {number}; a whole number of at least {least} is needed",
                f"{name_zh}为 {number}；应为不小于 {least} 的整数",
            )
