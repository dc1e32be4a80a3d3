"""The words of the field: each term carries its stored code and its Chinese and English label."""

from enum import Enum
from typing import Self


class Term(Enum):
    """
    A word of the field: ``value`` is the stored code, ``zh`` and ``en`` its labels.

    Parameters
    ----------
    code
        What is stored.
    zh
        Chinese label.
    en
        English label.
    """

    def __new__(cls, code: str, *_labels: str) -> Self:
        """
        Make a term whose value is its code, so that ``Term(code)`` finds it.

        Parameters
        ----------
        code
            What is stored.
        *_labels
            Kept by ``__init__``.

        Returns
        -------
        Self
            The term.
        """
        term = object.__new__(cls)
        term._value_ = code
        return term

    def __init__(self, code: str, zh: str, en: str) -> None:
        self.code = code
        self.zh = zh
        self.en = en

    def label(self, language: str) -> str:
        """
        Return the label in a language.

        Parameters
        ----------
        language
            ``"zh"`` or ``"en"``.

        Returns
        -------
        str
            The label.
        """
        return self.zh if language == "zh" else self.en


class AdminLevel(Term):
    """Levels of division below the district."""

    DISTRICT = ("district", "区县", "district")
    TOWN = ("town", "乡镇（街道）", "town")
    VILLAGE = ("village", "村（社区）", "village")
    GRID_UNIT = ("grid_unit", "网格", "grid unit")


class HazardType(Term):
    """Natural hazards; the kinds of GB/T 28921-2012 in words, its codes live in data/reference."""

    FLOOD = ("flood", "洪涝", "flood")
    STORM_SURGE = ("storm_surge", "风暴潮", "storm surge")
    PLUVIAL = ("pluvial", "降雨内涝", "pluvial flood")
    TYPHOON = ("typhoon", "台风", "typhoon")
    LANDSLIDE = ("landslide", "滑坡", "landslide")
    FOREST_FIRE = ("forest_fire", "森林火灾", "forest fire")
    MOUNTAIN_TORRENT = ("mountain_torrent", "山洪", "mountain torrent")
    ROCKFALL = ("rockfall", "崩塌", "rockfall")
    DEBRIS_FLOW = ("debris_flow", "泥石流", "debris flow")
    GROUND_COLLAPSE = ("ground_collapse", "地面塌陷", "ground collapse")
    GROUND_FISSURE = ("ground_fissure", "地裂缝", "ground fissure")
    SUBSIDENCE = ("subsidence", "地面沉降", "land subsidence")
    EARTHQUAKE = ("earthquake", "地震", "earthquake")
    TSUNAMI = ("tsunami", "海啸", "tsunami")
    LARGE_FIRE = ("large_fire", "大规模火灾", "large fire")
    VOLCANO = ("volcano", "火山", "volcano")


class HazardSiteKind(Term):
    """
    Kinds of hazard site (隐患点).

    Six geological kinds (崩塌、滑坡、泥石流、地面塌陷、地裂缝、地面沉降), water, fire, and houses
    built on cut slopes.
    """

    WATERLOGGING = ("waterlogging", "易涝点", "waterlogging spot")
    DEEP_FLOOD = ("deep_flood", "深水淹没区", "deep flood area")
    DIKE_DEFECT = ("dike_defect", "堤防隐患", "dike defect")
    BANK_COLLAPSE = ("bank_collapse", "坍岸隐患", "bank collapse")
    LANDSLIDE = ("landslide", "滑坡隐患", "landslide site")
    ROCKFALL = ("rockfall", "崩塌隐患", "rockfall site")
    DEBRIS_FLOW = ("debris_flow", "泥石流隐患", "debris flow site")
    GROUND_COLLAPSE = ("ground_collapse", "地面塌陷隐患", "ground collapse site")
    GROUND_FISSURE = ("ground_fissure", "地裂缝隐患", "ground fissure")
    SUBSIDENCE = ("subsidence", "地面沉降隐患", "land subsidence")
    CUT_SLOPE = ("cut_slope", "切坡建房", "houses on a cut slope")
    FLOOD = ("flood", "洪水隐患", "flood site")
    MOUNTAIN_TORRENT = ("mountain_torrent", "山洪隐患", "mountain torrent site")
    STORM_SURGE = ("storm_surge", "风暴潮隐患", "storm surge site")
    FOREST_FIRE = ("forest_fire", "森林火灾隐患", "forest fire site")
    OTHER = ("other", "其他隐患", "other hazard site")


class ReportKind(Term):
    """What an officer reports from the place: the eight pictures of the form."""

    WATERLOGGING = ("waterlogging", "积水", "waterlogging")
    FLOOD = ("flood", "洪水漫溢", "overflowing water")
    COLLAPSE = ("collapse", "堤岸坍塌", "dike or bank collapse")
    LANDSLIDE = ("landslide", "滑坡", "landslide")
    TREE_OR_POLE = ("tree_or_pole", "倒树断线", "fallen tree or line")
    ROAD_BLOCKED = ("road_blocked", "道路中断", "road blocked")
    BUILDING = ("building", "房屋险情", "building in danger")
    OTHER = ("other", "其他", "other")

    @property
    def site(self) -> tuple[str, str]:
        """
        Name what becomes of an accepted report.

        Returns
        -------
        tuple of str
            Kind of hazard site and hazard, as they are stored.
        """
        return _SITES.get(self.value, ("other", "other"))


_SITES = {
    "waterlogging": ("waterlogging", "flood"),
    "flood": ("deep_flood", "flood"),
    "collapse": ("bank_collapse", "flood"),
    "landslide": ("landslide", "landslide"),
}


class Level(Term):
    """A scale whose members stand in order, the lowest first; stored as ordinal 1..n."""

    @property
    def ordinal(self) -> int:
        """
        Class number.

        Returns
        -------
        int
            1 for the lowest.
        """
        return list(type(self)).index(self) + 1

    @classmethod
    def from_ordinal(cls, ordinal: int) -> Self:
        """
        Return the level of a class number.

        Parameters
        ----------
        ordinal
            1 for the lowest.

        Returns
        -------
        Self
            The level.
        """
        return list(cls)[ordinal - 1]


class Severity(Level):
    """How bad an officer finds it; stored as ordinal 1..3."""

    SLIGHT = ("slight", "一般", "slight")
    SERIOUS = ("serious", "较重", "serious")
    GRAVE = ("grave", "严重", "grave")


class RiskLevel(Level):
    """Risk level in five classes, class 1 lowest; stored as ordinal 1..5 beside its scheme."""

    LOW = ("low", "低", "low")
    RATHER_LOW = ("rather_low", "较低", "rather low")
    MEDIUM = ("medium", "中", "medium")
    RATHER_HIGH = ("rather_high", "较高", "rather high")
    HIGH = ("high", "高", "high")


class CapacityLevel(Level):
    """How well a town or village can cope, in five classes, class 1 weakest."""

    WEAK = ("weak", "弱", "weak")
    RATHER_WEAK = ("rather_weak", "较弱", "rather weak")
    MEDIUM = ("medium", "中", "medium")
    RATHER_STRONG = ("rather_strong", "较强", "rather strong")
    STRONG = ("strong", "强", "strong")


class ShelterKind(Term):
    """What stands at the place of a shelter."""

    SCHOOL = ("school", "学校", "school")
    WORSHIP = ("worship", "宗教场所", "place of worship")
    GOVERNMENT = ("government", "政府机关", "government building")
    CULTURE = ("culture", "文化体育场馆", "culture or sports hall")
    OPEN_SPACE = ("open_space", "广场绿地", "square or park")
    OTHER = ("other", "其他", "other")


class CapacitySource(Term):
    """Where a shelter's capacity comes from."""

    DECLARED = ("declared", "申报", "declared")
    DERIVED = ("derived", "推算", "derived")
    UNKNOWN = ("unknown", "未知", "unknown")


class EnterpriseColour(Term):
    """Safety grade of an enterprise, red worst (双重预防机制四色)."""

    RED = ("red", "红", "red")
    ORANGE = ("orange", "橙", "orange")
    YELLOW = ("yellow", "黄", "yellow")
    BLUE = ("blue", "蓝", "blue")


class RoadClass(Term):
    """Classes of road, widest first."""

    TRUNK = ("trunk", "干线公路", "trunk road")
    PRIMARY = ("primary", "主要道路", "primary road")
    SECONDARY = ("secondary", "次要道路", "secondary road")
    LOCAL = ("local", "乡村道路", "local road")
    PATH = ("path", "小路", "path")


class WaterKind(Term):
    """Kinds of water surface (水域)."""

    RIVER = ("river", "河流", "river")
    LAKE = ("lake", "湖塘", "lake or pond")
    SEA = ("sea", "海域", "sea")


class DutyRole(Term):
    """A and B role of a duty (AB角)."""

    PRIMARY = ("primary", "A角", "primary")
    DEPUTY = ("deputy", "B角", "deputy")


class PeopleBasis(Term):
    """Where a number of residents comes from."""

    COUNTED = ("counted", "人口为统计数。", "Residents as counted.")
    DERIVED = (
        "derived",
        "人口为推算估计，非官方统计。",
        "Residents are an estimate, not an official count.",
    )


class UnusableReason(Term):
    """Why a plan sends nobody to a shelter."""

    TOO_DEEP = ("too_deep", "水太深", "the water is too deep there")
    DEPTH_UNKNOWN = ("depth_unknown", "水深未知", "the depth there is unknown")
    NO_CAPACITY = ("no_capacity", "没有可容纳人数", "no capacity is known")
    NO_ROAD = ("no_road", "没有道路相连", "no road leads there")


class UnservedReason(Term):
    """Why people who must move have no place."""

    NO_PLACE = ("no_place", "没有空位", "no room left")
    CUT_OFF = ("cut_off", "道路被淹阻断", "cut off by water")
    NO_ROAD = ("no_road", "没有道路相连", "no road leads there")


class UnassessedReason(Term):
    """Why a unit has no risk class."""

    NO_CELL = (
        "no_cell",
        "未评估：该单元小于一个水深像元。",
        "Not assessed: the unit is smaller than a depth cell.",
    )
    NO_PEOPLE = (
        "no_people",
        "未评估：没有居民数据或没有居民。",
        "Not assessed: no residents, or none delivered.",
    )
    NO_DEPTH = (
        "no_depth",
        "未评估：居民所在处水深未知。",
        "Not assessed: the depth where people live is unknown.",
    )


class UnvalidatedReason(Term):
    """Why a zoning has no scores against the past."""

    NO_EVENT = (
        "no_event",
        "没有可对照的历史灾害。",
        "There is no past disaster to compare with.",
    )
    TOO_FEW_UNITS = (
        "too_few_units",
        "可对照的单元太少，不评分。",
        "Too few units to compare; no scores are given.",
    )
    ONE_SIDED = (
        "one_sided",
        "当年全部受淹或全部未淹，无法评分。",
        "All units flooded then, or none did: no score can be given.",
    )
    RECOMPUTED = (
        "recomputed",
        "本成果由早先的区划按后来的方法重算，当时的边界未保存，不评分。",
        "This run was recomputed from an earlier one whose outlines were not kept: no scores.",
    )


class DivisionChange(Term):
    """What became of the code of a division."""

    RENAMED = ("renamed", "更名", "renamed")
    RECODED = ("recoded", "代码变更", "recoded")
    MERGED = ("merged", "合并", "merged")
    SPLIT = ("split", "拆分", "split")
    WITHDRAWN = ("withdrawn", "撤销", "withdrawn")
