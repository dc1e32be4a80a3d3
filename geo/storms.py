"""Turn rain into runoff, and a cited intensity formula into the course of a design storm."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from geo.errors import GridError, ParameterError
from geo.masked import floats

F = NDArray[np.float64]

# Potential retention S = 25400 / CN - 254 in millimetres, of which a fifth is taken first
# (USDA-NRCS, National Engineering Handbook part 630, chapter 10, in inches there).
_RETENTION_MM = 25400.0
_WHOLE_MM = 254.0
_INITIAL_SHARE = 0.2
_MOST_CURVE_NUMBER = 100.0
# The formula of China's drainage design codes gives litres per second and hectare; 167 stands in
# it for 10,000 / 60, so a millimetre per minute reads 167 of these, 0.2 % more than there are.
_FORMULA_FACTOR = 167.0
_MM_H_PER_L_S_HA = 0.36
_MINUTES_PER_HOUR = 60.0
_SECONDS_PER_MINUTE = 60.0


def runoff_mm(rain_mm: F | float, curve_number: F | float) -> F:
    """
    Runoff of a storm by the curve number method of the Soil Conservation Service.

    Q = (P - 0.2 S)^2 / (P + 0.8 S) where P > 0.2 S, else 0, with S = 25400 / CN - 254 mm.

    Parameters
    ----------
    rain_mm
        Rain of the whole storm, millimetres, >= 0; NaN = no data.
    curve_number
        Above 0, at most 100 (sealed); same shape or one number; NaN = no data.

    Returns
    -------
    ndarray
        Millimetres, NaN where either is; never more than the rain.

    Raises
    ------
    GridError
        If rain is negative or infinite, or the shapes do not fit.
    ParameterError
        If a curve number is not above 0 and at most 100.

    Examples
    --------
    S = 25400/80 - 254 = 63.5 mm, so (100 - 12.7)^2 / (100 + 50.8) = 50.54 mm of 100 mm run off:

    >>> runoff_mm([[100.0, 12.7], [10.0, 100.0]], [[80.0, 80.0], [80.0, 100.0]]).round(2)
    array([[ 50.54,   0.  ],
           [  0.  , 100.  ]])
    """
    rain = floats(rain_mm)
    number = floats(curve_number)
    if rain.ndim and number.ndim and rain.shape != number.shape:
        raise GridError(
            f"The rain has shape {rain.shape}, the curve number {number.shape}; they must agree.",
            f"降雨数组形状为 {rain.shape}，曲线数为 {number.shape}；两者必须一致。",
        )
    wrong = int(((rain < 0) | np.isinf(rain)).sum())
    if wrong:
        raise GridError(
            f"{wrong} rain depths are negative or infinite.", f"有 {wrong} 个雨量为负或无穷大。"
        )
    outside = int(((number <= 0) | (number > _MOST_CURVE_NUMBER)).sum())
    if outside:
        raise ParameterError(
            f"{outside} curve numbers are not above 0 and at most 100.",
            f"有 {outside} 个曲线数不在大于 0、不超过 100 的范围内。",
        )
    retention = _RETENTION_MM / number - _WHOLE_MM
    beyond = rain - _INITIAL_SHARE * retention
    whole = np.where(beyond > 0, beyond + retention, 1.0)
    runoff = np.where(beyond > 0, beyond * beyond / whole, 0.0)
    return np.asarray(np.where(np.isnan(beyond), np.nan, runoff))


@dataclass(frozen=True, kw_only=True)
class IntensityFormula:
    """
    A place's storm intensity formula q = 167 A1 (1 + C lg T) / (t + b)^n, with its source.

    Attributes
    ----------
    a1, c, b, n
        Coefficients as published, for t in minutes, T in years and q in L/(s ha).
    source
        Who published it, where and when; without one no storm is made.

    Raises
    ------
    ParameterError
        If the source is empty, or a coefficient lies outside its range.
    """

    a1: float
    c: float
    b: float
    n: float
    source: str

    def __post_init__(self) -> None:
        """Refuse what nobody published."""
        if not self.source.strip():
            raise ParameterError(
                "The storm formula names no source. Say who published it, where and when: "
                "a storm that nobody can check is not computed with.",
                "暴雨强度公式没有注明来源。请写明由谁、在何处、何时发布：无法核对的暴雨不作计算。",
            )
        ranges = {
            "A1": self.a1 > 0,
            "C": self.c >= 0,
            "b": self.b >= 0,
            "n": 0 < self.n < 1,
        }
        values = {"A1": self.a1, "C": self.c, "b": self.b, "n": self.n}
        wrong = [
            f"{name} = {values[name]}"
            for name, fits in ranges.items()
            if not (fits and np.isfinite(values[name]))
        ]
        if wrong:
            raise ParameterError(
                f"The storm formula's {', '.join(wrong)}: A1 > 0, C >= 0, b >= 0, 0 < n < 1.",
                f"暴雨强度公式的 {'、'.join(wrong)}：应有 A1 > 0、C >= 0、b >= 0、0 < n < 1。",
            )

    def intensity_mm_h(self, minutes: F | float, return_period_years: float) -> F:
        """
        Mean intensity over a time, at a return period.

        Parameters
        ----------
        minutes
            Duration, > 0.
        return_period_years
            Years, >= 1.

        Returns
        -------
        ndarray
            Millimetres per hour: 1 L/(s ha) = 0.36 mm/h.

        Raises
        ------
        ParameterError
            If a duration is not positive, or the return period is below a year.

        Examples
        --------
        >>> made_up = IntensityFormula(a1=10.0, c=0.8, b=10.0, n=0.5, source="an example")
        >>> made_up.intensity_mm_h([90.0], 10.0)  # 167 * 10 * 1.8 / 10 = 300.6 L/(s ha)
        array([108.216])
        """
        duration = floats(minutes)
        if not (duration > 0).all():
            raise ParameterError(
                "A storm's duration has to be above 0 minutes.", "降雨历时应大于 0 分钟。"
            )
        return np.asarray(self.strength_mm_h(return_period_years) / (duration + self.b) ** self.n)

    def strength_mm_h(self, return_period_years: float) -> float:
        """
        Numerator of the formula at a return period: 167 A1 (1 + C lg T), as millimetres per hour.

        Parameters
        ----------
        return_period_years
            Years, >= 1.

        Returns
        -------
        float
            Millimetres per hour times minutes to the power n.

        Raises
        ------
        ParameterError
            If the return period is below a year.
        """
        if not (np.isfinite(return_period_years) and return_period_years >= 1):
            raise ParameterError(
                f"The return period is {return_period_years} years; at least 1 is needed.",
                f"重现期为 {return_period_years} 年；至少应为 1 年。",
            )
        per_hectare = _FORMULA_FACTOR * self.a1 * (1.0 + self.c * np.log10(return_period_years))
        return float(per_hectare) * _MM_H_PER_L_S_HA


@dataclass(frozen=True, kw_only=True)
class DesignStorm:
    """
    Rain of a design storm in equal steps.

    Attributes
    ----------
    step_min
        Length of a step, minutes.
    depth_mm
        Rain of each step, millimetres.
    source
        Source of its formula.
    """

    step_min: float
    depth_mm: F
    source: str

    def course_mm_h(self) -> list[tuple[float, float]]:
        """
        Write the storm as a course for `geo.flood.simulate`, with ``rain_mm_h=1``.

        Returns
        -------
        list
            Pairs of second and mm/h: level within each step, nought afterwards.
        """
        seconds = self.step_min * _SECONDS_PER_MINUTE
        pairs = []
        for step, depth in enumerate(self.depth_mm):
            intensity = float(depth) * _MINUTES_PER_HOUR / self.step_min
            pairs += [(step * seconds, intensity), ((step + 1) * seconds, intensity)]
        return [*pairs, (len(self.depth_mm) * seconds, 0.0)]


def chicago(
    formula: IntensityFormula,
    return_period_years: float,
    duration_min: float,
    step_min: float,
    *,
    peak_share: float = 0.4,
) -> DesignStorm:
    """
    Storm whose heaviest part of any length has the formula's intensity (Keifer and Chu 1957).

    Within a time t around the peak, a share r of it before, falls what the formula gives for t.
    Steps hold the exact depth between their ends, not the intensity at their middle.

    Parameters
    ----------
    formula
        The place's formula with its source.
    return_period_years
        Years, >= 1.
    duration_min
        Length of the storm, a whole number of steps, minutes.
    step_min
        Length of a step, minutes.
    peak_share
        Share r of the storm before its peak, between 0 and 1.

    Returns
    -------
    DesignStorm
        Rain per step; its sum is the formula's depth for the whole duration.

    Raises
    ------
    ParameterError
        If a number lies outside its range, or the storm is no whole number of steps.

    Examples
    --------
    >>> made_up = IntensityFormula(a1=10.0, c=0.8, b=10.0, n=0.5, source="an example")
    >>> storm = chicago(made_up, 10.0, 90.0, 30.0)  # 108.216 mm/h for 1.5 h, peak after 36 min
    >>> print(storm.depth_mm.round(2), round(float(storm.depth_mm.sum()), 3))
    [43.29 82.86 36.18] 162.324
    """
    if not (np.isfinite(peak_share) and 0 < peak_share < 1):
        raise ParameterError(
            f"The peak stands at {peak_share} of the storm; it has to lie between 0 and 1.",
            f"雨峰系数为 {peak_share}；应在 0 与 1 之间。",
        )
    sound = np.isfinite(duration_min) and np.isfinite(step_min) and 0 < step_min <= duration_min
    steps = round(duration_min / step_min) if sound else 0
    if not sound or abs(steps * step_min - duration_min) > 1e-9 * duration_min:
        raise ParameterError(
            f"A storm of {duration_min} min cannot be cut into whole steps of {step_min} min.",
            f"历时 {duration_min} 分钟的降雨不能分成整数个 {step_min} 分钟的时段。",
        )
    strength = formula.strength_mm_h(return_period_years)
    ends = np.linspace(0.0, duration_min, steps + 1)
    peak = peak_share * duration_min
    before, after = np.minimum(ends, peak), np.maximum(ends, peak)

    def fallen(minutes: F) -> F:
        spread = np.where(minutes > 0, minutes + formula.b, 1.0) ** formula.n
        return np.asarray(strength / _MINUTES_PER_HOUR * minutes / spread)

    rising = peak_share * fallen((peak - before) / peak_share)
    falling = (1.0 - peak_share) * fallen((after - peak) / (1.0 - peak_share))
    return DesignStorm(
        step_min=float(step_min), depth_mm=np.diff(falling - rising), source=formula.source
    )


def runoff_by_step_mm(depth_mm: F, curve_number: float) -> F:
    """
    Runoff of each step of a storm: what the curve number method gives so far, less before.

    Parameters
    ----------
    depth_mm
        Rain of each step, millimetres.
    curve_number
        Above 0, at most 100.

    Returns
    -------
    ndarray
        Millimetres per step; their sum is the runoff of the whole storm.

    Raises
    ------
    GridError
        If rain is negative or infinite.
    ParameterError
        If the curve number is not above 0 and at most 100.

    Examples
    --------
    >>> runoff_by_step_mm([12.7, 87.3], 80.0).round(2)
    array([ 0.  , 50.54])
    """
    fallen = np.cumsum(floats(depth_mm))
    return np.diff(runoff_mm(fallen, curve_number), prepend=0.0)
