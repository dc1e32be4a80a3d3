"""Read the method of coping capacity: its indicators, checked all at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Final

from geo.errors import ParameterError, refuse

METHOD: Final = "coping_capacity"
LEVELS: Final = ("village", "town")
DIRECTIONS: Final = ("more", "less")
LIMITS: Final = ("fixed", "district")
UNITS: Final = ("share", "yes", "days", "m", "per_1000", "kinds")
CLASSINGS: Final = ("natural_breaks", "mean_sd", "fixed")
UNVERIFIED: Final = "待核"


@dataclass(frozen=True, kw_only=True)
class Indicator:
    """
    Something that is counted of a town or village.

    Attributes
    ----------
    name
        Its name in the method file.
    label_zh, label_en
        Its words.
    unit
        ``share`` (0-1), ``yes`` (0 or 1), ``days``, ``m``, ``per_1000`` residents or ``kinds``.
    is_less_better
        Whether small values score high.
    low, high
        Values between which scores run from 0 to 1; None where the district's own values say.
    quantiles
        Shares of the district's values that are low and high; None where they are fixed.
    step
        How finely a value is told, in its unit.
    effort
        Of going from no points to full ones, relative.
    weights
        Weight by level that it serves, > 0.
    rule
        Its table in the method file.
    """

    name: str
    label_zh: str
    label_en: str
    unit: str
    is_less_better: bool
    low: float | None
    high: float | None
    quantiles: tuple[float, float] | None
    step: float
    effort: float
    weights: Mapping[str, float]
    rule: Mapping[str, Any]


def read_indicators(parameters: Mapping[str, Any]) -> list[Indicator]:
    """
    Read the indicators of a method.

    Parameters
    ----------
    parameters
        Parameters of method ``coping_capacity``.

    Returns
    -------
    list of Indicator
        In the order of the file.

    Raises
    ------
    ParameterError
        With every fault of the method at once.
    """
    refuse(ParameterError, _faults(parameters))
    return [_indicator(name, table) for name, table in parameters["indicator"].items()]


def unverified_tables(parameters: Mapping[str, Any]) -> list[str]:
    """
    List the tables whose numbers nobody has checked against their source.

    Parameters
    ----------
    parameters
        Parameters of method ``coping_capacity``.

    Returns
    -------
    list of str
        Names of tables and of indicators marked ``待核``, in the order of the file.
    """
    tables = {
        **{name: table for name, table in parameters.items() if name != "indicator"},
        **parameters["indicator"],
    }
    return [
        name
        for name, table in tables.items()
        if isinstance(table, Mapping) and table.get("check") == UNVERIFIED
    ]


def _indicator(name: str, table: Mapping[str, Any]) -> Indicator:
    is_fixed = table["limits"] == "fixed"
    low, high = table.get("quantiles", (0.0, 0.0))
    return Indicator(
        name=name,
        label_zh=table["label_zh"],
        label_en=table["label_en"],
        unit=table["unit"],
        is_less_better=table["direction"] == "less",
        low=float(table["low"]) if is_fixed else None,
        high=float(table["high"]) if is_fixed else None,
        quantiles=None if is_fixed else (float(low), float(high)),
        step=float(table["step"]),
        effort=float(table["effort"]),
        weights={level: float(weight) for level, weight in table["weights"].items()},
        rule=table,
    )


def _faults(parameters: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    classes = parameters["classes"]
    if classes["method"] not in CLASSINGS:
        yield _one_of("classes.method", classes["method"], CLASSINGS)
    if classes["count"] != len(classes["words"]):
        yield (
            f"classes.count is {classes['count']}, but there are {len(classes['words'])} words",
            f"classes.count 为 {classes['count']}，而等级词有 {len(classes['words'])} 个",
        )
    for name, table in parameters["indicator"].items():
        yield from _faults_of(name, table)


def _faults_of(name: str, table: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    for key, known in (("direction", DIRECTIONS), ("limits", LIMITS), ("unit", UNITS)):
        if table[key] not in known:
            yield _one_of(f"{name}.{key}", table[key], known)
    for level, weight in table["weights"].items():
        if level not in LEVELS:
            yield _one_of(f"{name}.weights", level, LEVELS)
        if not 0 < weight < float("inf"):
            yield _above_zero(f"{name}.weights.{level}", weight)
    for key in ("step", "effort"):
        if not 0 < table[key] < float("inf"):
            yield _above_zero(f"{name}.{key}", table[key])
    pair = [table["low"], table["high"]] if table["limits"] == "fixed" else table["quantiles"]
    if not pair[0] < pair[1] or (table["limits"] != "fixed" and not 0 <= pair[0] < pair[1] <= 1):
        yield (
            f"{name}: the limits {pair} must rise, quantiles within 0 and 1",
            f"{name}：界限 {pair} 必须递增，分位数在 0 与 1 之间",
        )


def _one_of(where: str, value: object, known: tuple[str, ...]) -> tuple[str, str]:
    return (
        f"{where} is {value!r}; it must be one of {', '.join(known)}",
        f"{where} 为 {value!r}；应为 {'、'.join(known)} 之一",
    )


def _above_zero(where: str, value: float) -> tuple[str, str]:
    return (
        f"{where} is {value:g}; it must be above 0; leave out what has no weight",
        f"{where} 为 {value:g}；必须大于 0，没有权重的项请删去",
    )
