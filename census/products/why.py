"""Say in plain words, with figures, why a unit has its risk class and what would lower it."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from geo.vocabulary import RiskLevel

FACTORS_ZH = (
    "水深（危险性）",
    "人口密度（暴露度）",
    "老幼比例（脆弱性）",
    "避难位置不足（减灾能力）",
)
FACTORS_EN = (
    "water depth (hazard)",
    "population density (exposure)",
    "share of children and elderly (vulnerability)",
    "lack of shelter places (capacity)",
)
LEVELS_ZH = {"town": "乡镇（街道）", "village": "村（社区）", "grid_unit": "网格"}
LEVELS_EN = {"town": "towns", "village": "villages", "grid_unit": "grid units"}
EVEN = 0.01
"""Contributions smaller than this change the index by under 1 % and drive nothing."""


@dataclass(frozen=True, kw_only=True)
class Facts:
    """What the sentences about one unit are made of; metres, persons, shares 0..1."""

    level: str
    people: float
    people_in_hazard: float
    is_estimate: bool
    covered_share: float
    evacuate_depth_m: float
    depth_mean_m: float
    depth_max_m: float
    deep_share: float
    distance_m: float
    places_people: float
    shelters: int
    risk_class: int
    contributions: tuple[float, float, float, float]
    lower_m: float
    more_places_people: float


def people_text(people: float) -> str:
    """
    Write a number of persons, rounded to one.

    Parameters
    ----------
    people
        Persons.

    Returns
    -------
    str
        For example ``12,345``.
    """
    return f"{math.floor(people + 0.5):,}"


def _share_text(share: float) -> str:
    return "0%" if share <= 0 else ("<1%" if share < 0.01 else f"{share:.0%}")  # noqa: PLR2004  (one percent)


def why(facts: Facts) -> tuple[list[str], list[str]]:
    """
    Write the two or three sentences of a unit.

    Parameters
    ----------
    facts
        Figures of the unit.

    Returns
    -------
    tuple
        Chinese sentences, English sentences.
    """
    pairs = [_water(facts), _shelters(facts), driver(facts.level, facts.contributions)]
    return [zh for zh, _ in pairs], [en for _, en in pairs]


def _water(facts: Facts) -> tuple[str, str]:
    share = facts.people_in_hazard / facts.people if facts.people > 0 else 0.0
    estimate_zh, estimate_en = ("（推算）", " (estimate)") if facts.is_estimate else ("", "")
    part_zh, part_en = "", ""
    if facts.covered_share < 1:
        part = _share_text(facts.covered_share)
        part_zh = f"（部分合计：村级数据只覆盖其{part}的面积）"
        part_en = f" (partial total: village data cover {part} of its area)"
    depth = f"{facts.evacuate_depth_m:g}"
    zh = (
        f"居民{people_text(facts.people)}人{estimate_zh}{part_zh}，其中"
        f"{people_text(facts.people_in_hazard)}人（{_share_text(share)}）处在水深超过{depth}米之处；"
        f"{_share_text(facts.deep_share)}的面积水深超过{depth}米，平均水深{facts.depth_mean_m:.2f}米，"
        f"最深{facts.depth_max_m:.2f}米。"
    )
    en = (
        f"Of {people_text(facts.people)} residents{estimate_en}{part_en}, "
        f"{people_text(facts.people_in_hazard)} ({_share_text(share)}) are in water deeper than "
        f"{depth} m; {_share_text(facts.deep_share)} of the area is deeper than {depth} m, mean "
        f"depth {facts.depth_mean_m:.2f} m, deepest {facts.depth_max_m:.2f} m."
    )
    return zh, en


def _shelters(facts: Facts) -> tuple[str, str]:
    if math.isfinite(facts.distance_m):
        where_zh = f"直线{facts.distance_m:,.0f}米内"
        where_en = f"within {facts.distance_m:,.0f} m in a straight line"
    else:
        where_zh, where_en = "本区域内", "inside it"
    if not facts.shelters:
        return (
            f"{where_zh}没有容量已知且可用的避难场所。",
            f"No usable shelter of known capacity stands {where_en}.",
        )
    places = people_text(facts.places_people)
    stand = "shelter stands" if facts.shelters == 1 else "shelters stand"
    zh = f"{where_zh}有{facts.shelters}处可用避难场所，共{places}个位置，与周边居民共用。"
    en = (
        f"{facts.shelters} usable {stand} {where_en}, with {places} places shared with the "
        "neighbourhood."
    )
    return zh, en


def driver(level: str, contributions: Sequence[float]) -> tuple[str, str]:
    """
    Say which factor sets a unit apart from the median unit of its level.

    Parameters
    ----------
    level
        ``town``, ``village`` or ``grid_unit``.
    contributions
        Of H, E, V and C to the logarithm of the index, relative to the median.

    Returns
    -------
    tuple
        Chinese sentence, English sentence.
    """
    level_zh, level_en = LEVELS_ZH[level], LEVELS_EN[level]
    sizes = [abs(each) for each in contributions]
    if max(sizes) < EVEN:
        return (
            f"各项因素都接近全区{level_zh}的中位。",
            f"All factors are close to the median of the district's {level_en}.",
        )
    top = sizes.index(max(sizes))
    factor = math.exp(contributions[top])
    zh = (
        f"与全区{level_zh}的中位相比，影响最大的是{FACTORS_ZH[top]}："
        f"它使风险指数变为中位的{factor:.2f}倍。"
    )
    en = (
        f"Compared with the median of the district's {level_en}, {FACTORS_EN[top]} matters most: "
        f"it multiplies the index by {factor:.2f}."
    )
    return zh, en


def counterfactual(facts: Facts) -> tuple[str, str]:
    """
    Say what would bring the unit one class down.

    Parameters
    ----------
    facts
        Figures of the unit; ``lower_m`` and ``more_places_people`` NaN where that cannot do it.

    Returns
    -------
    tuple
        Chinese sentence, English sentence.
    """
    if facts.risk_class <= 1:
        return "已是最低一级。", "It is already in the lowest class."
    lower = RiskLevel.from_ordinal(facts.risk_class - 1)
    ways_zh, ways_en = [], []
    if math.isfinite(facts.lower_m):
        ways_zh.append(f"水位处处降低{facts.lower_m:.2f}米")
        ways_en.append(f"the water stood {facts.lower_m:.2f} m lower everywhere")
    if math.isfinite(facts.more_places_people) and facts.people_in_hazard >= 1:
        places = people_text(math.ceil(facts.more_places_people))
        ways_zh.append(f"就近在水淹不到处为本单元新增{places}个可用避难位置")
        ways_en.append(
            f"{places} more usable shelter places near by, out of the water, served it alone"
        )
    if not ways_zh:
        return (
            f"单靠降低水位或增加避难位置，都不能降到“{lower.zh}”级。",
            f"Neither lower water nor more shelter places alone would bring it down to {lower.en}.",
        )
    return (
        f"若{'，或'.join(ways_zh)}，将降为“{lower.zh}”级。",
        f"If {', or '.join(ways_en)}, it would be {lower.en}.",
    )
