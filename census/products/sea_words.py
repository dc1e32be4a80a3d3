"""Say of each unit which dyke section lets the sea in, at which level, for how many residents."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from census.products.why import people_text

F = NDArray[np.float64]
I = NDArray[np.int64]  # noqa: E741  (the name geo's published surface gives to integer arrays)
B = NDArray[np.bool_]

Pair = tuple[str, str]


@dataclass(frozen=True, kw_only=True, eq=False)
class SeaWay:
    """
    The way of the sea to each cell.

    Attributes
    ----------
    onset_m
        Level of the sea that floods the cell, metres; NaN = none, sea or unknown.
    section
        Number of the section over which it comes, counted from 1; 0 = over ground, NaN as above.
    sections
        Code and name of each section.
    years
        Return period of the depth that is zoned.
    levels_m
        Level of each shore at it.
    """

    onset_m: F
    section: F
    sections: Sequence[Mapping[str, Any]]
    years: float
    levels_m: Sequence[float]


def sea_sentences(way: SeaWay, depth_m: F, labels: I, people: F, count: int) -> list[Pair]:
    """
    Write one sentence for each unit of a level.

    Parameters
    ----------
    way
        The way of the sea.
    depth_m
        Depth of the surge, metres.
    labels
        Position of the unit of each cell, -1 outside.
    people
        Residents per cell.
    count
        Number of units.

    Returns
    -------
    list
        Chinese and English sentence of each unit.
    """
    inside = (labels >= 0) & ~np.isnan(way.section)
    order = np.argsort(labels[inside], kind="stable")
    unit = labels[inside][order]
    columns = (way.onset_m, way.section, depth_m, people)
    onset, section, depth, residents = (each[inside][order] for each in columns)
    ends = np.searchsorted(unit, np.arange(count + 1))
    return [
        _sentence(way, *(each[low:high] for each in (onset, section, depth, residents)))
        for low, high in pairwise(ends)
    ]


def _sentence(way: SeaWay, onset: F, section: F, depth: F, residents: F) -> Pair:
    level = _levels(way)
    wet = depth > 0
    if not wet.any():
        return _dry(way, onset, section, level)
    number = section.astype(np.int64)
    hit = np.bincount(number[wet], weights=residents[wet], minlength=len(way.sections) + 1)
    cells = np.bincount(number[wet], minlength=len(way.sections) + 1)
    # By residents; of ways that reach nobody the widest.
    top = int(np.lexsort((cells, hit))[-1])
    from_m = float(onset[wet & (number == top)].min())
    zh, en = _over(way, top, from_m)
    people = people_text(float(hit[top]))
    total = float(hit.sum())
    whole_zh = whole_en = ""
    if round(total) > round(float(hit[top])):
        whole_zh = f"（各处漫入合计{people_text(total)}人）"
        whole_en = f" ({people_text(total)} over all ways)"
    told_zh = (
        f"海水在{from_m:.2f}米时{zh}；{way.years:g}年一遇潮位{level[0]}米时，由此进水处有居民"
        f"{people}人{whole_zh}。"
    )
    told_en = (
        f"The sea {en} at {from_m:.2f} m; at the {way.years:g}-year level of {level[1]} m its "
        f"water reaches {people} residents this way{whole_en}."
    )
    return told_zh, told_en


def _dry(way: SeaWay, onset: F, section: F, level: Pair) -> Pair:
    zh = f"{way.years:g}年一遇潮位{level[0]}米时海水不到"
    en = f"At the {way.years:g}-year level of {level[1]} m the sea does not reach here"
    known = np.isfinite(onset)
    if not known.any():
        return f"{zh}；没有海水可达的通道。", f"{en}; no way leads here from the sea."
    at = int(np.nanargmin(onset))
    over_zh, over_en = _over(way, int(section[at]), float(onset[at]))
    return (
        f"{zh}；潮位到{onset[at]:.2f}米时{over_zh}才会进水。",
        f"{en}; from {onset[at]:.2f} m on it {over_en}.",
    )


def _over(way: SeaWay, number: int, from_m: float) -> Pair:
    if number < 1:
        return (
            f"漫过{from_m:.2f}米高的地面（来水方向没有堤防挡水）",
            f"comes over ground of {from_m:.2f} m (no dyke stands in its way)",
        )
    section = way.sections[number - 1]
    return (
        f"漫过堤段{section['code']}（{section['name']}）",
        f"comes over dyke section {section['code']} ({section['name']})",
    )


def _levels(way: SeaWay) -> Pair:
    low, high = min(way.levels_m), max(way.levels_m)
    if low == high:
        return f"{low:.2f}", f"{low:.2f}"
    return f"{low:.2f}至{high:.2f}", f"{low:.2f} to {high:.2f}"
