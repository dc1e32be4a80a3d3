"""Find by comparison whether a delivery was moved as Chinese web maps move places, and refuse it.

Nothing in a file tells that its places were moved by GCJ-02 or BD-09. Divisions are held against
the stored ones of the same codes, points against the villages they state. A file that looks moved
is refused until somebody states its CRS: it is never mended by a guess.
"""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.context import Context
from census.intake.crs import SHIFTED
from census.intake.problems import Problem
from census.intake.reading import Delivery
from census.intake.stated_villages import STATED_VILLAGE, stated_villages
from census.intake.whereabouts import GEOMETRY, whole
from census.store.settings import data_folder
from geo.crs import crs_name, crs_of
from geo.displacement import Displacement, middle_of, moves_m
from geo.shifted import F

_WINDS_ZH = ("北", "东北", "东", "东南", "南", "西南", "西", "西北")
_WINDS_EN = (
    "north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west",
)  # fmt: skip
_LIKE_ZH = {
    "GCJ02": "GCJ-02（高德、腾讯地图）", "BD09": "BD-09（百度地图）", "SWAPPED": "经纬度互换",
}  # fmt: skip
_LIKE_EN = {
    "GCJ02": "GCJ-02 (Amap, Tencent)", "BD09": "BD-09 (Baidu)", "SWAPPED": "exchanged axes",
}  # fmt: skip
_SWAPPED = "SWAPPED"


@dataclass(frozen=True)
class ShiftLimits:
    """
    When places count as moved; reasons stand beside the numbers in ``data/methods/intake.toml``.

    Attributes
    ----------
    least_move_m
        Shorter moves of a centroid are no shift.
    most_rest_share
        Share of a move that may be left after a known shift is undone.
    least_alike_share
        Share of the divisions that must be moved alike.
    least_objects
        Divisions that are needed to accuse a file.
    least_gained
        Points that must come into their stated village.
    most_lost_share
        Points that may fall out of theirs, as a share of those gained.
    """

    least_move_m: float
    most_rest_share: float
    least_alike_share: float
    least_objects: int
    least_gained: int
    most_lost_share: float


@cache
def shift_limits() -> ShiftLimits:
    """
    Read the limits of this edition.

    Returns
    -------
    ShiftLimits
        Those of ``data/methods/intake.toml``.
    """
    text = (data_folder() / "methods" / "intake.toml").read_text("utf-8")
    table = tomllib.loads(text)["shift"]
    return ShiftLimits(**{name: table[name] for name in ShiftLimits.__dataclass_fields__})


@dataclass(frozen=True)
class _Evidence:
    """What speaks for a move: the move, what it is like, how many of how many show it."""

    move: Displacement
    like: tuple[str, ...]
    showing: int
    compared: int
    is_sure: bool
    against_zh: str
    against_en: str


def find_shift(
    delivery: Delivery, values: pd.DataFrame, shapes: gpd.GeoSeries, context: Context
) -> list[Problem]:
    """
    Find whether a whole delivery was moved.

    Parameters
    ----------
    delivery
        The delivery; with a declared ``source_crs`` a move is only warned of.
    values
        Its values, read.
    shapes
        Its shapes in the district's geographic CRS; None where refused.
    context
        The district, with its stored divisions.

    Returns
    -------
    list of Problem
        An error of the whole file where it looks moved; a warning where the declared CRS does not
        mend it, where too few objects show it, or where divisions moved each its own way; none
        where nothing can be compared.
    """
    if context.divisions.empty:
        return []
    if delivery.form.name == "divisions":
        evidence = _of_divisions(values, shapes, context)
    elif STATED_VILLAGE in values:
        evidence = _of_points(values, shapes, context)
    else:
        evidence = None
    if evidence is None:
        return []
    return [_told(delivery, evidence, context)]


def _of_divisions(
    values: pd.DataFrame, shapes: gpd.GeoSeries, context: Context
) -> _Evidence | None:
    limits = shift_limits()
    stored = dict(zip(context.divisions["code"], context.divisions.geometry, strict=True))
    rows = [
        row
        for row, (code, shape) in enumerate(zip(values["code"], shapes, strict=True))
        if shape is not None and stored.get(code) is not None
    ]
    if not rows:
        return None
    codes = values["code"].iloc[rows]
    before = _centres(np.array([stored[code] for code in codes], dtype=object))
    after = _centres(shapes.to_numpy()[rows])
    moves = moves_m(before, after)
    lengths = np.hypot(*moves.T)
    is_far = lengths >= limits.least_move_m
    if not is_far.any():
        return None
    explained = {
        name: is_far
        & (np.hypot(*moves_m(before, undo(after)).T) <= limits.most_rest_share * lengths)
        for name, undo in SHIFTED.items()
    }
    best = max(explained, key=lambda name: int(explained[name].sum()))
    middle = middle_of(moves[is_far])
    alike = is_far & (
        np.hypot(*(moves - np.array([middle.east_m, middle.north_m])).T)
        <= limits.most_rest_share * middle.length_m
    )
    shown, like = (alike, ()) if alike.sum() > explained[best].sum() else (explained[best], (best,))
    needed = max(limits.least_objects, limits.least_alike_share * len(rows))
    is_sure = bool(shown.sum() >= needed)
    if not is_sure and len(rows) >= limits.least_objects:
        shown, like = is_far, ()
    return _Evidence(
        middle_of(moves[shown]), like, int(shown.sum()), len(rows), is_sure,
        "与已入库的同代码区划相比", "Compared with the stored divisions of the same codes",
    )  # fmt: skip


def _centres(shapes: NDArray[Any]) -> F:
    centres: F = shapely.get_coordinates(shapely.centroid(shapes))
    return centres


def _of_points(values: pd.DataFrame, shapes: gpd.GeoSeries, context: Context) -> _Evidence | None:
    limits = shift_limits()
    stated = stated_villages(values, shapes, context)
    rows = np.unique(stated.rows)
    if not len(rows):
        return None
    here = shapely.get_coordinates(stated.points[rows])
    as_delivered = stated.inside(stated.points, context)[rows]
    undone = {name: undo(here) for name, undo in _GUESSES.items()}
    gains: dict[str, NDArray[np.bool_]] = {}
    for name, places in undone.items():
        moved = stated.points.copy()
        moved[rows] = shapely.points(places)
        inside = stated.inside(moved, context)[rows]
        gained, lost = inside & ~as_delivered, as_delivered & ~inside
        if lost.sum() <= limits.most_lost_share * gained.sum() and gained.sum() > 1:
            gains[name] = gained
    if not gains:
        return None
    most = max(int(gained.sum()) for gained in gains.values())
    like = tuple(name for name, gained in gains.items() if gained.sum() == most)
    move = middle_of(moves_m(undone[like[0]], here))
    return _Evidence(
        move, like, most, len(rows), most >= limits.least_gained,
        "与所填的所属村相比", "Compared with the villages that they state",
    )  # fmt: skip


def _exchanged(lonlat: F) -> F:
    turned: F = np.ascontiguousarray(lonlat[:, ::-1])
    return turned


_GUESSES: Final[Mapping[str, Callable[[F], F]]] = {**SHIFTED, _SWAPPED: _exchanged}


def _told(delivery: Delivery, evidence: _Evidence, context: Context) -> Problem:
    zh, en = _finding(delivery, evidence)
    is_refused = delivery.source_crs is None and evidence.is_sure
    if delivery.source_crs is not None:
        zh += f"；已声明为 {delivery.source_crs}，按声明读入，请再核对"
        en += f"; it is declared as {delivery.source_crs} and taken so: check it again"
    elif not evidence.is_sure:
        zh += "；不足以判定整份偏移，按原坐标读入，请逐个核对"
        en += "; too little to say that the whole file was moved: taken as it is, check each"
    else:
        todo_zh, todo_en = _what_to_do(evidence, _own_crs(delivery, context))
        zh, en = zh + todo_zh, en + todo_en
    return whole(delivery).problem(
        "shift", "error" if is_refused else "warning", column=GEOMETRY, zh=zh, en=en,
        value=f"{evidence.move.east_m:.0f}, {evidence.move.north_m:.0f} m",
    )  # fmt: skip


def _what_to_do(evidence: _Evidence, own: str) -> tuple[str, str]:
    ways = [f"--source-crs {name}" for name in evidence.like if name in SHIFTED]
    mend_zh, mend_en = "其真实的坐标系（--source-crs）", "its true CRS with --source-crs"
    if ways:
        mend_zh, mend_en = f"{'或'.join(ways)}（由系统纠正）", f"{' or '.join(ways)} (it is undone)"
    if _SWAPPED in evidence.like:
        return (
            f"。整份拒收：请交换经纬度后重新交付，或声明 --source-crs {own}（确认坐标本来正确）",
            (
                ". The file is refused: exchange the axes and deliver again, or declare "
                f"--source-crs {own} (it is right as it is)"
            ),
        )
    return (
        (
            f"。整份拒收，系统不作猜测：请向提供方核实后声明 {mend_zh}，"
            f"或 --source-crs {own}（确认坐标本来正确）"
        ),
        (
            ". The file is refused and nothing is guessed: ask its sender, then declare "
            f"{mend_en}, or --source-crs {own} (it is right as it is)"
        ),
    )


def _finding(delivery: Delivery, evidence: _Evidence) -> tuple[str, str]:
    length_m = round(evidence.move.length_m, -1)
    wind = evidence.move.wind
    zh_like = "或 ".join(_LIKE_ZH[name] for name in evidence.like)
    en_like = " or ".join(_LIKE_EN[name] for name in evidence.like)
    of_zh = f"{evidence.compared} 个要素中有 {evidence.showing} 个"
    of_en = f"{evidence.showing} of {evidence.compared} features"
    if _SWAPPED in evidence.like:
        return (
            f"{evidence.against_zh}，{of_zh}要经纬度互换后才落在其中",
            f"{evidence.against_en}, {of_en} fall into them only with the axes exchanged",
        )
    if delivery.form.name != "divisions":
        return (
            (
                f"{evidence.against_zh}，{of_zh}在村外，像是向{_WINDS_ZH[wind]}偏移约 "
                f"{length_m:g} 米，与 {zh_like} 的偏移相符"
            ),
            (
                f"{evidence.against_en}, {of_en} lie outside, as if "
                f"moved about {length_m:g} m to the {_WINDS_EN[wind]}, like {en_like}"
            ),
        )
    least_m = shift_limits().least_move_m
    if not evidence.is_sure and not evidence.like:
        return (
            f"{evidence.against_zh}，{of_zh}移动了 {least_m:g} 米以上，方向不一",
            f"{evidence.against_en}, {of_en} were moved by {least_m:g} m or more, each its own way",
        )
    tail_zh, tail_en = "，各处一致，原因不明", ", alike everywhere, like no known shift"
    if evidence.like:
        tail_zh, tail_en = f"，与 {zh_like} 的偏移相符", f", like {en_like}"
    return (
        f"{evidence.against_zh}，{of_zh}向{_WINDS_ZH[wind]}偏移约 {length_m:g} 米{tail_zh}",
        (
            f"{evidence.against_en}, {of_en} lie about {length_m:g} m to the {_WINDS_EN[wind]}"
            f"{tail_en}"
        ),
    )


def _own_crs(delivery: Delivery, context: Context) -> str:
    """Name the CRS that confirms a delivery as it is."""
    if isinstance(delivery.frame, gpd.GeoDataFrame):
        return crs_name(crs_of(delivery.frame))
    return f"EPSG:{context.srid}"
