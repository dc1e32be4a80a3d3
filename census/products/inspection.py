"""Sampling inspection: which objects are looked at, and what share of their values is wrong."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from scipy.stats import beta

from census.errors import CensusError
from census.intake.fields import Field, Form
from census.intake.forms import form_named
from census.products.parameters import Parameters, load_parameters
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.object_list import key_of, shown_columns
from census.store.settings import data_folder

METHOD: Final = "quality_inspection"
Positions = NDArray[np.intp]
# A capacity as it was typed is free text, which a list of the office does not show: the number is.
_STORED_AS: Final = {"capacity_text": "capacity_people"}
PLACE: Final = "位置"
COLUMNS: Final = ["sample", "form", "object_code", "object_name", "item", "stated"]


class NothingToInspectError(CensusError):
    """
    A sample was asked for of a form that has nothing that may be looked at.

    Parameters
    ----------
    form
        The form.
    """

    def __init__(self, form: Form) -> None:
        super().__init__(
            f"There is nothing to inspect in {form.label_en} ({form.name}): nothing is delivered, "
            "or it is a raster, or it is about persons, who are looked at where they are kept.",
            f"“{form.label_zh}”（{form.name}）没有可抽查的内容：尚未交付，或为栅格，"
            "或涉及个人，应在原登记处核查。",
        )


@dataclass(frozen=True, kw_only=True)
class Quality:
    """
    What the inspection of a form found.

    Attributes
    ----------
    form
        The form.
    objects
        Objects that were drawn.
    items
        Values that were drawn.
    judged
        Values that were found right or wrong.
    wrong
        Values that were found wrong.
    untold
        Values of which nobody can tell.
    open
        Values that were not looked at yet.
    wrong_share
        Wrong of judged; None where nothing was judged.
    low, high
        Clopper-Pearson interval of that share; None where nothing was judged.
    passes
        Whether the share is at most the pass line; None where nothing was judged.
    is_sure
        Whether the whole interval lies on that side of the line.
    """

    form: str
    objects: int
    items: int
    judged: int
    wrong: int
    untold: int
    open: int
    wrong_share: float | None
    low: float | None
    high: float | None
    passes: bool | None
    is_sure: bool


def draw_sample(
    store: Store, form_name: str, *, objects: int | None = None, seed: int = 1
) -> pd.DataFrame:
    """
    Draw a sample of a form, every field of every object a row to be judged.

    Every k-th object in the order of the codes is drawn, from a random beginning: codes begin
    with those of towns and villages, so all parts of the district have their share.

    Parameters
    ----------
    store
        The store, role app.
    form_name
        The form.
    objects
        How many objects; None for the share of the method, and all where there are fewer.
    seed
        Number that the beginning follows from; it stands in the name of the sample.

    Returns
    -------
    DataFrame
        Columns of form ``inspections``: sample, form, object_code, object_name, item, stated.

    Raises
    ------
    NothingToInspectError
        If the form has no rows that may be looked at.
    """
    form = form_named(form_name)
    layer = None if form.raster is not None or form.is_personal else read_layer(store, form.table)
    if layer is None or layer.empty:
        raise NothingToInspectError(form)
    rules = load_parameters(data_folder(), METHOD)["sample"]
    count = objects or max(math.ceil(rules["share"] * len(layer)), rules["least_objects"])
    key, zone = key_of(store, form.table), ZoneInfo(store.district.timezone)
    chosen = layer.sort_values(key).iloc[every_kth(len(layer), min(count, len(layer)), seed)]
    columns = list(shown_columns(store, form.table))
    name = f"{form.name}-{datetime.now(zone):%Y%m%d}-{seed}"
    rows = [
        (name, form.name, str(record[key]), record.get("name"), item, stated)
        for record in chosen.to_dict("records")
        for item, stated in stated_values(form, columns, record, zone).items()
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=COLUMNS)


def every_kth(there: int, count: int, seed: int) -> Positions:
    """
    Choose positions at equal distances from a random beginning.

    Parameters
    ----------
    there
        How many there are.
    count
        How many are chosen, at most ``there``.
    seed
        Number that the beginning follows from.

    Returns
    -------
    ndarray of int
        Positions, ascending, all different.
    """
    step = there / count
    begin = np.random.default_rng(seed).random() * step
    chosen: Positions = np.floor(begin + step * np.arange(count)).astype(np.intp)
    return np.minimum(chosen, there - 1)


def stated_values(
    form: Form, columns: Collection[str], record: Mapping[str, Any], zone: ZoneInfo
) -> dict[str, str | None]:
    """
    Say what is stored of an object, value by value, as an inspection asks for it.

    Parameters
    ----------
    form
        The form.
    columns
        Columns that may be shown.
    record
        The object; its shape, where it has one, as ``geom`` in degrees.
    zone
        Time zone of the district.

    Returns
    -------
    dict
        Heading of the form, and the place, to the value in words: all that is stored but the key.
    """
    told = {
        each.heading: stated_text(each, record[_STORED_AS.get(each.name, each.name)], zone)
        for each in form.fields
        if each.is_stored and each.name not in form.key
        and _STORED_AS.get(each.name, each.name) in columns
    }  # fmt: skip
    shape = record.get("geom")
    if shape is None:
        return told
    point = shapely.point_on_surface(shape)
    return told | {PLACE: f"{point.x:.5f}, {point.y:.5f}"}


def stated_text(field: Field, value: Any, zone: ZoneInfo) -> str | None:
    """
    Say a value as the form says it.

    Parameters
    ----------
    field
        Its field.
    value
        As it is stored.
    zone
        Time zone of the district.

    Returns
    -------
    str or None
        In Chinese words, numbers in full; None for nothing.
    """
    if value is None or value is pd.NA or value is pd.NaT or value != value:  # noqa: PLR0124  (NaN)
        return None
    if isinstance(value, (bool, np.bool_)):
        return "是" if value else "否"
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    words = {each.code: each.zh for each in field.codes}
    if value in words:
        return words[value]
    return f"{value:.10g}" if isinstance(value, (float, np.floating)) else str(value)


def qualities(store: Store, *, overrides: Parameters | None = None) -> list[Quality]:
    """
    Tell for each form that was inspected what share of its values is wrong.

    Parameters
    ----------
    store
        The store, role app.
    overrides
        Entries of ``methods/quality_inspection.toml`` to replace.

    Returns
    -------
    list of Quality
        By form; all samples of a form together.
    """
    rules = load_parameters(data_folder(), METHOD, overrides)["pass"]
    lines = read_layer(store, "inspection")
    return [
        _quality(str(form), rows["verdict"].value_counts().to_dict(), rows, rules)
        for form, rows in lines.groupby("form")
    ]


def _quality(
    form: str, verdicts: Mapping[str, int], rows: pd.DataFrame, rules: Parameters
) -> Quality:
    wrong, right = int(verdicts.get("wrong", 0)), int(verdicts.get("right", 0))
    untold, judged = int(verdicts.get("untold", 0)), wrong + right
    share = wrong / judged if judged else None
    low, high = share_interval(wrong, judged, rules["confidence"]) if judged else (None, None)
    line = rules["most_wrong_share"]
    passes = None if share is None else share <= line
    return Quality(
        form=form, objects=rows["object_code"].nunique(), items=len(rows), judged=judged,
        wrong=wrong, untold=untold, open=len(rows) - judged - untold, wrong_share=share,
        low=low, high=high, passes=passes,
        is_sure=low is not None and high is not None and (high <= line or low > line),
    )  # fmt: skip


def share_interval(wrong: int, judged: int, confidence: float) -> tuple[float, float]:
    """
    Bound a share of which a sample is known, after Clopper and Pearson (1934, Biometrika 26).

    Parameters
    ----------
    wrong
        How many of the sample.
    judged
        Size of the sample, at least 1.
    confidence
        Between 0 and 1.

    Returns
    -------
    low : float
        Between 0 and 1; values of one object that go wrong together make the interval too narrow.
    high : float
        The same for the upper end.
    """
    tail = (1 - confidence) / 2
    low = 0.0 if wrong == 0 else float(beta.ppf(tail, wrong, judged - wrong + 1))
    high = 1.0 if wrong == judged else float(beta.ppf(1 - tail, wrong + 1, judged - wrong))
    return low, high
