"""The code list of divisions: codes of one length, the withdrawn parted from those in force."""

import re
from collections.abc import Iterator
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd

from census.intake.context import Context
from census.intake.fields import Form
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery
from census.intake.values import source
from geo.crosswalk import TOWN_STEM_DIGITS, TOWN_TAIL

FORM: Final = "division_codes"
CHANGES: Final = "division_changes"
VILLAGE_DIGITS: Final = 12
WITHDRAWN: Final = "is_withdrawn"
_MARK: Final = re.compile(r"\s*[\[\uff3b【(\uff08]\s*(已撤销|撤销|已撤并)\s*[\]\uff3d】)\uff09]\s*")
_CODES: Final = {FORM: ("code", "parent_code"), CHANGES: ("from_code", "to_code")}
_KEPT: Final = (
    "code",
    "level",
    "name",
    "parent_code",
    "kind",
    "valid_from",
    "valid_to",
    "row",
    "notes",
)


def settle_codes(delivery: Delivery, values: pd.DataFrame) -> list[Problem]:
    """
    Bring codes of towns to twelve digits, tell levels and parents, and take marks off names.

    Parameters
    ----------
    delivery
        The delivery, of any form.
    values
        What :func:`census.intake.values.check_values` read; changed in place for code lists and
        crosswalks, left alone else.

    Returns
    -------
    list of Problem
        A repair for each thing that was settled, with the number of rows.
    """
    name = delivery.form.name
    if name not in _CODES:
        return []
    here = Source(delivery.path.name)
    padded = sum(_pad(values, column) for column in _CODES[name] if column in values)
    problems = []
    if padded:
        problems.append(
            here.problem(
                "digits", "repair", value=padded,
                zh=f"{padded} 个9位乡镇代码补三个零，记作12位",
                en=f"{padded} codes of towns have 9 digits and get three zeros",
            )
        )  # fmt: skip
    if name == FORM:
        _tell_levels(values)
        problems += _take_marks(values, here)
    return problems


def _pad(values: pd.DataFrame, column: str) -> int:
    short = np.array(
        [code is not None and len(code) == TOWN_STEM_DIGITS for code in values[column]]
    )
    texts = [f"{code}{TOWN_TAIL}" if is_short else code
             for code, is_short in zip(values[column], short, strict=True)]  # fmt: skip
    values[column] = pd.Series(texts, index=values.index, dtype=object)
    return int(short.sum())


def level_of(code: str) -> str:
    """
    Tell the level of a division by the digits of its code.

    Parameters
    ----------
    code
        12 or 15 digits.

    Returns
    -------
    str
        One of town, village and grid_unit.
    """
    if len(code) > VILLAGE_DIGITS:
        return "grid_unit"
    return "town" if code.endswith(TOWN_TAIL) else "village"


def _parent(code: str) -> str | None:
    by_level = {"town": None, "village": code[:TOWN_STEM_DIGITS] + TOWN_TAIL}
    return by_level.get(level_of(code), code[:VILLAGE_DIGITS])


def _tell_levels(values: pd.DataFrame) -> None:
    codes = values["code"]
    told = values["level"] if "level" in values else [None] * len(codes)
    levels = [level or (None if code is None else level_of(code))
              for level, code in zip(told, codes, strict=True)]  # fmt: skip
    given = values["parent_code"] if "parent_code" in values else [None] * len(codes)
    parents = [parent or (None if code is None else _parent(code))
               for parent, code in zip(given, codes, strict=True)]  # fmt: skip
    values["level"] = pd.Series(levels, index=values.index, dtype=object)
    values["parent_code"] = pd.Series(parents, index=values.index, dtype=object)


def _take_marks(values: pd.DataFrame, here: Source) -> list[Problem]:
    names = [None if name is None else _MARK.sub("", name) for name in values["name"]]
    marked = np.array([old != new for old, new in zip(values["name"], names, strict=True)], bool)
    ended = np.zeros(len(values), dtype=bool)
    if "valid_to" in values:
        ended = values["valid_to"].notna().to_numpy()
    values["name"] = pd.Series(names, index=values.index, dtype=object)
    values[WITHDRAWN] = marked | ended
    count = int((marked | ended).sum())
    if not count:
        return []
    shown = [str(code) for code in values["code"][marked | ended]]
    return [
        here.problem(
            "withdrawn", "repair", value="、".join(shown),
            zh=f"{count} 行已撤销（名称带“[已撤销]”{int(marked.sum())} 行），记入已撤销区划，"
            "不作为现行区划；标记从名称中去掉",
            en=f"{count} rows are withdrawn ({int(marked.sum())} by the mark in their names): they "
            "stand among the former divisions, not among those in force; the mark is taken off",
        )
    ]  # fmt: skip


def check_code_list(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries | None, context: Context
) -> Iterator[Problem]:
    """
    Hold the codes of a list against their levels and parents.

    Parameters
    ----------
    delivery
        The delivery.
    values
        Its values, settled.
    shapes
        None: a code list has no shapes.
    context
        The district.

    Yields
    ------
    Problem
        An error for a code that does not fit its level, or whose parent is neither delivered nor
        stored.
    """
    del shapes
    named = set(values["code"][~values[WITHDRAWN].astype(bool)]) | set(context.levels)
    rows = zip(
        values["code"], values["level"], values["parent_code"], values[WITHDRAWN], strict=True
    )
    for row, (code, level, parent, is_withdrawn) in enumerate(rows):
        if code is None:
            continue
        fault = None
        if level_of(code) != level:
            zh = f"代码 {code} 的位数与级别不符"
            en = f"The digits of {code} are those of a {level_of(code)}, not of a {level}"
            fault = "level", zh, en
        elif not is_withdrawn and parent is not None and parent not in named:
            zh = f"上级代码 {parent} 既不在本次交付中，也未入库；请连同乡镇清单一起交付"
            en = (
                f"The parent {parent} is neither in this delivery nor stored: deliver the list of "
                "towns with it"
            )
            fault = "parent", zh, en
        if fault is not None:
            rule, zh, en = fault
            yield source(delivery, row).problem(rule, "error", value=code, zh=zh, en=en)


def settled_keys(form: Form, keys: tuple[str, ...]) -> tuple[str, ...]:
    """
    Bring keys of refused rows to the length in which codes are stored.

    Parameters
    ----------
    form
        The form.
    keys
        Keys as they were written.

    Returns
    -------
    tuple of str
        With three zeros behind nine digits of a code list; else as they are.
    """
    if form.name != FORM:
        return keys
    return tuple(f"{key}{TOWN_TAIL}" if len(key) == TOWN_STEM_DIGITS else key for key in keys)


def part_withdrawn(form: Form, accepted: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame | None]:
    """
    Part the divisions in force from those that a code list calls withdrawn.

    Parameters
    ----------
    form
        The form.
    accepted
        Accepted rows.

    Returns
    -------
    in_force : pandas.DataFrame
        Rows to be stored as divisions; all of them for another form.
    withdrawn : pandas.DataFrame or None
        Rows of ``former_division``; None where there are none.
    """
    if form.name != FORM or WITHDRAWN not in accepted or not accepted[WITHDRAWN].any():
        return accepted, None
    is_over = accepted[WITHDRAWN].to_numpy(dtype=bool)
    over = accepted[is_over].reset_index(drop=True)
    former = pd.DataFrame({name: over.get(name) for name in _KEPT})
    former = former.rename(columns={"row": "source_row"})
    former["town_code"] = [
        code if level == "town" else f"{code[:TOWN_STEM_DIGITS]}{TOWN_TAIL}"
        for code, level in zip(former["code"], former["level"], strict=True)
    ]
    return accepted[~is_over].reset_index(drop=True), former


def with_outlines(accepted: pd.DataFrame, context: Context) -> Any:
    """
    Give codes the outlines that are stored, and the kind and first day where none was delivered.

    Parameters
    ----------
    accepted
        Accepted rows of a code list.
    context
        The district.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows with geometry ``geom``; None where no outline is stored.
    """
    stored = context.divisions.drop_duplicates("code").set_index("code").reindex(accepted["code"])
    frame = gpd.GeoDataFrame(
        accepted, geometry=stored.geometry.to_numpy(), crs=context.srid
    ).rename_geometry("geom")
    if "kind" in stored:
        given = frame["kind"] if "kind" in frame else [None] * len(frame)
        kinds = [own or (kept if isinstance(kept, str) else None)
                 for own, kept in zip(given, stored["kind"], strict=True)]  # fmt: skip
        frame["kind"] = pd.Series(kinds, dtype=object)
    return frame


def first_days(accepted: pd.DataFrame, context: Context) -> list[Any]:
    """
    Tell since when each division is in force: as delivered, as stored, or by the crosswalk.

    Parameters
    ----------
    accepted
        Accepted rows of divisions or of their codes.
    context
        The district.

    Returns
    -------
    list of date or None
        One per row; None where nobody told.
    """
    kept = {}
    if "valid_from" in context.divisions:
        kept = dict(zip(context.divisions["code"], context.divisions["valid_from"], strict=True))
    given = accepted["valid_from"] if "valid_from" in accepted else [None] * len(accepted)
    days: list[Any] = []
    for code, day in zip(accepted["code"], given, strict=True):
        known = day if day is not None else kept.get(code)
        if known is None or pd.isna(known):
            links = context.crosswalk.links_to(code)
            known = max((each.changed_on for each in links), default=None)
        days.append(known)
    return days
