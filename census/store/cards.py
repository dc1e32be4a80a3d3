"""What a page or a sheet shows of one thing: small frozen records, read from schema ``pub``."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any


@dataclass(frozen=True, kw_only=True)
class DivisionCard:
    """
    A town, village or grid unit; bounds and centre in the district's CRS, x before y.

    Where it has no outline they are those of the whole district.
    """

    code: str
    name: str
    level: str
    parent_code: str | None
    town_code: str
    village_code: str | None
    town_name: str | None
    village_name: str | None
    kind: str | None
    area_m2: float | None
    covered_share: float
    people: int | None
    people_basis: str | None
    bounds: tuple[float, float, float, float]
    centre: tuple[float, float]
    has_outline: bool = True


@dataclass(frozen=True, kw_only=True)
class RiskCard:
    """The risk of a division in the current zoning run, with what the run says of itself."""

    division_code: str
    level: str
    risk_class: int | None
    risk_word: str | None
    risk_index: float | None
    hazard_index: float | None
    exposure_index: float | None
    vulnerability_index: float | None
    capacity_index: float | None
    contributions: tuple[float, ...] | None
    people: float
    people_in_hazard: float | None
    depth_mean_m: float | None
    depth_max_m: float | None
    wet_share: float | None
    deep_share: float | None
    why_zh: tuple[str, ...]
    why_en: tuple[str, ...]
    counterfactual_zh: str | None
    counterfactual_en: str | None
    class_shares: tuple[float, ...] | None
    rank_low: int | None
    rank_high: int | None
    is_unsure: bool | None
    units: int
    number: str
    hazard: str
    made_at: datetime
    data_date: date
    rule_edition: str
    code_version: str
    scheme: Mapping[str, Any]
    validation: Mapping[str, Any] | None
    reference: Any
    sources: Mapping[str, Mapping[str, Any]]
    depth: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class HazardSiteCard:
    """A hazard site; x, y is a point on it."""

    code: str
    name: str
    kind: str
    hazard: str
    origin: str
    village_code: str | None
    people_threatened: int | None
    depth_max_m: float | None
    area_m2: float | None
    description: str | None
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class ShelterCard:
    """A shelter with its load in the current plan; not ``usable`` where the plan rules it out."""

    code: str
    name: str
    kind: str
    village_code: str | None
    capacity_people: int | None
    capacity_source: str
    capacity_note_zh: str | None
    capacity_note_en: str | None
    is_candidate: bool
    load_people: int
    usable: bool
    unusable_reason: str | None
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class RouteCard:
    """A route of the current plan, or a delivered one; rank 1 takes most people of its unit."""

    code: str
    origin: str
    name: str
    unit_code: str | None
    unit_name: str | None
    village_code: str | None
    shelter_code: str | None
    shelter_name: str | None
    people: int | None
    length_m: float | None
    minutes: float | None
    hazard_m: float | None
    depth_max_m: float | None
    rank: int


@dataclass(frozen=True, kw_only=True)
class AssemblyPointCard:
    """A point where people gather before they walk."""

    code: str
    name: str
    village_code: str | None
    capacity_people: int | None
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class DutyCard:
    """A duty of a post; posts, never persons."""

    division_code: str
    division_name: str | None
    level: str | None
    post: str
    task: str
    role: str
    sequence: int


@dataclass(frozen=True, kw_only=True)
class EnterpriseCard:
    """An enterprise with its safety colour."""

    code: str
    name: str
    colour: str
    kind: str | None
    village_code: str | None
    x: float
    y: float


@dataclass(frozen=True, kw_only=True)
class HistoryCard:
    """
    A past disaster; ``affected_share`` is the part of the division's area, if one was named.

    Where ``is_unseen``, a survey and the part that it did not see: nothing is known of it.
    """

    event: str
    hazard: str
    year: int
    began_on: date | None
    is_made_up: bool
    areas: int
    affected_share: float | None
    is_unseen: bool = False


@dataclass(frozen=True, kw_only=True)
class DemandCard:
    """People of a division in the current plan; ``reasons`` splits the unserved."""

    people: int
    demand_people: int
    served_people: int
    unserved_people: int
    reasons: Mapping[str, int]


@dataclass(frozen=True, kw_only=True)
class ZoningCard:
    """
    A zoning run; ``classes`` counts units and people by level and class (0: none).

    One that was ``recomputed_from`` another (its id, and its number as ``original``) is never
    current.
    """

    id: int
    number: str
    hazard: str
    made_at: datetime
    data_date: date
    rule_edition: str
    code_version: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    scheme: Mapping[str, Any]
    validation: Mapping[str, Any] | None
    summary: Mapping[str, Any]
    is_current: bool
    classes: Mapping[str, Mapping[int, tuple[int, float]]]
    recomputed_from: int | None = None
    original: str | None = None


@dataclass(frozen=True, kw_only=True)
class PlanCard:
    """The current evacuation plan."""

    id: int
    number: str
    hazard: str
    made_at: datetime
    data_date: date
    rule_edition: str
    code_version: str
    parameters: Mapping[str, Any]
    inputs: Mapping[str, Any]
    status: str
    people: int
    demand_people: int
    served_people: int
    unserved_people: int
    summary: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Hit:
    """A division found by name or code."""

    code: str
    name: str
    level: str
    town_name: str | None
    village_name: str | None
