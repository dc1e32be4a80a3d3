"""What share of a thing is lost at each intensity: a broken line with its rules."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import ParameterError, refuse
from geo.masked import floats

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class Curve:
    """
    Share of a thing's value that is lost at each intensity, a broken line through its points.

    Below the first and above the last point the nearest ratio holds.

    Attributes
    ----------
    intensity
        Strictly ascending, in the hazard's own unit (m of water, g, m/s), shape ``(points,)``.
    ratio
        0..1 at each intensity, shape ``(points,)``.

    Raises
    ------
    ParameterError
        If shapes differ, an intensity does not rise or is not finite, or a ratio leaves 0..1.

    Examples
    --------
    >>> Curve(intensity=[0.0, 2.0], ratio=[0.0, 0.5]).ratio
    array([0. , 0.5])
    """

    intensity: F
    ratio: F

    def __post_init__(self) -> None:
        """Take lists and whole numbers too, keep an own copy, refuse what is no curve."""
        for name in ("intensity", "ratio"):
            numbers = floats(getattr(self, name)).copy()
            numbers.setflags(write=False)
            object.__setattr__(self, name, numbers)
        refuse(ParameterError, _curve_faults(self.intensity, self.ratio))


def level_faults(levels: F) -> Iterator[tuple[str, str]]:
    """
    Tell what keeps levels of intensity from being levels.

    Parameters
    ----------
    levels
        Intensities in any unit.

    Yields
    ------
    tuple of str
        A sentence in English and in Chinese.
    """
    if levels.ndim != 1 or not levels.size:
        yield (
            f"intensities have shape {levels.shape}; one row of levels is needed",
            f"强度的形状为 {levels.shape}；需要一行强度等级",
        )
    elif not (np.isfinite(levels).all() and (levels[1:] > levels[:-1]).all()):
        yield (
            f"intensities must be finite and rise strictly; they are {levels.tolist()}",
            f"强度必须有限且严格递增；实际为 {levels.tolist()}",
        )


def _curve_faults(intensity: F, ratio: F) -> Iterator[tuple[str, str]]:
    yield from level_faults(intensity)
    if ratio.shape != intensity.shape:
        yield (
            f"there are ratios of shape {ratio.shape} for intensities of shape {intensity.shape}",
            f"损失率的形状为 {ratio.shape}，强度的形状为 {intensity.shape}",
        )
    outside = ratio[~((ratio >= 0) & (ratio <= 1))]
    if outside.size:
        yield (
            f"ratios must lie in 0..1; these do not: {outside.tolist()}",
            f"损失率应在 0～1 之间；这些不在：{outside.tolist()}",
        )
