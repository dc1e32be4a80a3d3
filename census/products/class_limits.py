"""Set the limits of the risk classes: by the method asked for, or as an earlier run froze them."""

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from census.errors import CensusError
from census.products.run_methods import differing_tables
from census.store.cards import ZoningCard
from census.store.connection import Store
from census.store.zoning_runs import kept_run
from geo.breaks import class_counts, mean_sd_breaks, natural_breaks, quantile_breaks, rising_limits
from geo.errors import ParameterError

F = NDArray[np.float64]


class BaseRunError(CensusError):
    """
    Class limits were asked of an earlier run that cannot lend them.

    Parameters
    ----------
    number
        Number of that run.
    reason_en, reason_zh
        Why not, and what to do.
    """

    def __init__(self, number: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(
            f"Class limits cannot be taken from run {number}: {reason_en}.",
            f"不能采用区划 {number} 的分级界限：{reason_zh}。",
        )


def _natural(values: F, rules: Mapping[str, Any]) -> F:
    return natural_breaks(values, rules["count"])


def _quantile(values: F, rules: Mapping[str, Any]) -> F:
    return quantile_breaks(values, rules["count"])


def _mean_sd(values: F, rules: Mapping[str, Any]) -> F:
    return mean_sd_breaks(values, rules["sd_multiples"], leave_out_zero=rules["leave_out_zero"])


METHODS: Final[Mapping[str, Callable[[F, Mapping[str, Any]], F]]] = {
    "natural_breaks": _natural,
    "quantile": _quantile,
    "mean_sd": _mean_sd,
}
"""Ways to cut the units' own values; ``fixed`` takes the limits of the parameters instead."""
FIXED: Final = "fixed"


def class_limits(values: F, rules: Mapping[str, Any]) -> tuple[F, str]:
    """
    Set the limits of the classes.

    Parameters
    ----------
    values
        Index of the units that set them, shape ``(units,)``, no NaN.
    rules
        Table ``classes`` of the parameters: ``method``, ``count``, ``fallback``, ``limits`` for
        ``fixed``, ``sd_multiples`` and ``leave_out_zero`` for ``mean_sd``.

    Returns
    -------
    tuple
        Inner upper limits, ascending, and the method that set them: the fallback where there are
        fewer distinct values than classes.

    Raises
    ------
    ParameterError
        If the method is not known, the fixed limits are not ``count - 1`` rising numbers between 0
        and 1, or the values cannot be cut so.
    """
    method, count = rules["method"], rules["count"]
    if method == FIXED:
        return _fixed(rules["limits"], count), FIXED
    if method not in METHODS:
        known = [*METHODS, FIXED]
        raise ParameterError(
            f"There is no class method {method}; there are: {', '.join(known)}.",
            f"没有分级方法 {method}；可用：{'、'.join(known)}。",
        )
    wanted = len(rules["sd_multiples"]) + 1 if method == "mean_sd" else count
    if wanted != count:
        raise ParameterError(
            f"{wanted - 1} multiples of the standard deviation make {wanted} classes, the scheme "
            f"has {count}.",
            f"{wanted - 1} 个标准差倍数分出 {wanted} 级，而本方案为 {count} 级。",
        )
    distinct = np.unique(values)
    if len(distinct) < count:
        return distinct[:-1], str(rules["fallback"])
    return METHODS[method](values, rules), method


def _fixed(limits: Any, count: int) -> F:
    found = rising_limits(limits)
    if len(found) != count - 1 or not ((found > 0) & (found < 1)).all():
        raise ParameterError(
            f"Fixed class limits must be {count - 1} rising numbers between 0 and 1; "
            f"these were given: {found.tolist()}.",
            f"固定分级界限应为 {count - 1} 个在 0 与 1 之间递增的数；实际为 {found.tolist()}。",
        )
    return found


def class_scheme(
    values: F,
    parameters: Mapping[str, Any],
    *,
    base: str,
    percentiles: F,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """
    Set the limits of a run and tell how: all that another run needs to class by the same scheme.

    Parameters
    ----------
    values
        Index of the units of the base level, no NaN.
    parameters
        Zoning parameters.
    base
        Level whose units set the limits.
    percentiles
        Densities of the percentiles that place the exposure, people per km2.
    earlier
        Scheme of the base run, with ``number`` and ``data_date``; None to set new limits.

    Returns
    -------
    dict
        The scheme: ``breaks``, ``method``, the base run if any, and ``class_units``, how many
        units of the base level each class holds (0 = an empty class).

    Raises
    ------
    ParameterError
        If the limits cannot be set as asked.
    """
    rules = parameters["classes"]
    if earlier is None:
        breaks, method = class_limits(values, rules)
    else:
        breaks, method = np.array(earlier["breaks"], dtype=np.float64), earlier["method"]
    scheme = {
        "name": rules["scheme"],
        "edition": parameters["edition"],
        "words": list(rules["words"]),
        "breaks": [float(value) for value in breaks],
        "method": method,
        "base_level": base,
        "base_units": len(values),
        "distinct_values": len(np.unique(values)),
        "class_units": class_counts(values, breaks).tolist(),
        "hazard_mean": parameters["hazard_score"]["unit_mean"],
        "density_percentiles_per_km2": [float(value) for value in percentiles],
    }
    if method == "mean_sd" and earlier is None:
        scheme["sd_multiples"] = list(rules["sd_multiples"])
    if earlier is None:
        return scheme
    first = {"number": earlier["number"], "data_date": earlier["data_date"]}
    return scheme | {
        "base_run": first,
        "base_level": earlier["base_level"],
        "base_units": earlier["base_units"],
    }


def base_scheme(store: Store, hazard: str, parameters: Mapping[str, Any]) -> dict[str, Any] | None:
    """
    Read the scheme of the run whose limits are to be taken.

    Parameters
    ----------
    store
        The store, any role.
    hazard
        The hazard that is zoned.
    parameters
        Zoning parameters; ``classes.base_run`` is the number, empty for none.

    Returns
    -------
    dict or None
        Its scheme with ``number`` and ``data_date`` of the run that set the limits first; None
        where new limits are to be set.

    Raises
    ------
    BaseRunError
        If there is no such run, it is of another hazard, or its index was made otherwise.
    """
    number = str(parameters["classes"]["base_run"])
    if not number:
        return None
    run = kept_run(store, number)
    if run is None:
        raise BaseRunError(
            number, "no run has this number; the pages list them under /zonings",
            "没有这个编号的区划；网页 /zonings 列有全部编号",
        )  # fmt: skip
    if run.hazard != hazard:
        raise BaseRunError(
            number, f"it zones {run.hazard}, this run {hazard}; name a run of the same hazard",
            f"它的灾种是 {run.hazard}，本次为 {hazard}；请选同一灾种的区划",
        )  # fmt: skip
    differ = differing_tables(run.parameters, parameters)
    if differ:
        raise BaseRunError(
            number,
            f"its index was made otherwise ({', '.join(differ)}), so its limits mean something "
            "else; recompute it first (riskatlas zone --recompute-history, after a run by this "
            "method), and name the recomputed run",
            f"它的指数算法不同（{'、'.join(differ)}），界限的含义不同；请先按本方法重算"
            "（先用本方法区划一次，再运行 riskatlas zone --recompute-history），再采用重算的区划",
        )
    return lent_scheme(run)


def lent_scheme(run: ZoningCard) -> dict[str, Any]:
    """
    Give the scheme of a run to another one.

    Parameters
    ----------
    run
        The run that lends its limits.

    Returns
    -------
    dict
        Its scheme with ``number`` and ``data_date`` of the run that set the limits first.
    """
    first = run.scheme.get("base_run") or {
        "number": run.number, "data_date": run.data_date.isoformat(),
    }  # fmt: skip
    return {**run.scheme, **first}
