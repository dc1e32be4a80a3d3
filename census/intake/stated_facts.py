"""What a sender states of a raster that its cells do not tell: return period and exactness."""

from collections.abc import Mapping
from typing import Final

from census.intake.fields import Form
from census.intake.problems import Problem, Source

LIMITS: Final[Mapping[str, tuple[float, float]]] = {
    "return_period_years": (1.0, 100_000.0),
    "vertical_rmse_m": (0.0, 100.0),
}
"""Facts that can be stated, and between which numbers each lies."""
_WORDS: Final = {
    "return_period_years": ("重现期（年）", "return period in years"),
    "vertical_rmse_m": ("高程中误差（米）", "vertical error (RMSE) in metres"),
}


def stated_faults(form: Form, stated: Mapping[str, float], here: Source) -> list[Problem]:
    """
    Find what is stated of a delivery although its form has no such fact, or is no such number.

    Parameters
    ----------
    form
        The form.
    stated
        Fact to number.
    here
        The file.

    Returns
    -------
    list of Problem
        One for each fact that cannot be taken.
    """
    taken = form.raster.states if form.raster else ()
    faults = []
    for name, value in stated.items():
        zh, en = _WORDS.get(name, (name, name))
        low, high = LIMITS.get(name, (0.0, 0.0))
        if name not in taken:
            faults.append(
                here.problem(
                    "stated_fact", "error", value=value,
                    zh=f"“{form.label_zh}”不声明{zh}；请去掉这一项",
                    en=f"Of {form.label_en} no {en} is stated; leave it out",
                )
            )  # fmt: skip
        elif not low <= value <= high:
            faults.append(
                here.problem(
                    "stated_fact", "error", value=value,
                    zh=f"{zh}应在 {low:g} 至 {high:g} 之间",
                    en=f"The {en} lies between {low:g} and {high:g}",
                )
            )  # fmt: skip
    return faults


def stored_name(form: Form, stated: Mapping[str, float]) -> str:
    """
    Name the raster that a delivery becomes: each return period has one of its own.

    Parameters
    ----------
    form
        A raster form.
    stated
        What is stated of the delivery.

    Returns
    -------
    str
        For example ``flood_depth``, or ``flood_depth_T100`` for a hundred years.
    """
    years = stated.get("return_period_years")
    return form.name if years is None else f"{form.name}_T{years:g}"
