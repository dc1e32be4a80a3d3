"""Ask all rules, or some: what each looked at, and what it found."""

import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime
from types import MappingProxyType
from typing import Any, Final
from zoneinfo import ZoneInfo

import pandas as pd

from census.errors import CensusError
from census.intake.forms import forms
from census.products.crosschecks import (
    borders,
    duties,
    former_codes,
    inspections,
    installations,
    outliers,
    references,
    shelters,
    stocks,
)
from census.products.crosschecks.district import Change, District, Finding
from census.products.parameters import Parameters, load_parameters
from census.store.changed_numbers import changed_numbers
from census.store.connection import Store
from census.store.deliveries import file_names
from census.store.layers import read_layer
from census.store.settings import data_folder
from census.store.stated_codes import standing

METHOD: Final = "census_checks"
SUBSTANCES: Final = "critical_quantities.toml"

Rule = Callable[[District, Parameters], Iterator[Finding]]

RULES: Final[Mapping[str, tuple[Rule, tuple[str, ...]]]] = MappingProxyType(
    {
        "reference": (references.references, ()),
        "repeated_object": (references.repeated_objects, ()),
        "division_overlap": (borders.overlapping, ("division",)),
        "division_gap": (borders.uncovered, ("division",)),
        "capacity_area": (shelters.capacity_areas, ("shelter",)),
        "shelter_in_water": (shelters.in_water, ("shelter", "water")),
        "shelter_in_hazard": (shelters.in_hazard, ("shelter", "hazard_site")),
        "shelter_unfit": (shelters.unfit, ("shelter", "shelter_round")),
        "route_network": (shelters.routes_off_network, ("evacuation_route", "road")),
        "hazard_site_post": (duties.sites_without_post, ("hazard_site",)),
        "duty_phone": (duties.stale_phones, ("duty",)),
        "plan_overdue": (duties.overdue_plans, ("emergency_plan",)),
        "installation_level": (installations.levels, ("installation",)),
        "stock_balance": (stocks.negative, ("stock_movement",)),
        "stock_expired": (stocks.expired, ("stock_movement",)),
        "former_code": (former_codes.former_codes, ()),
        "outlier": (outliers.outliers, ()),
        "inspection_open": (inspections.uncorrected, ("inspection",)),
    }
)
"""Name of the rule to what asks it, and the tables without whose rows there is nothing to ask."""


class UnknownRuleError(CensusError):
    """
    A cross-check was asked for that is not there.

    Parameters
    ----------
    names
        The names asked for.
    known
        Those there are.
    """

    def __init__(self, names: Iterable[str], known: Iterable[str]) -> None:
        asked, there = ", ".join(names), ", ".join(known)
        super().__init__(
            f"There is no cross-check {asked}. Cross-checks: {there}.",
            f"没有名为 {asked} 的核对规则。可用规则：{there}。",
        )


@dataclass(frozen=True, kw_only=True)
class Answer:
    """
    What one rule found.

    Attributes
    ----------
    rule
        Its name.
    level
        ``error`` where something is wrong, ``warning`` where it should be looked at.
    title_zh, title_en
        What it finds.
    clause_zh, clause_en
        Where the rule comes from.
    is_verified
        Whether its numbers were checked against their source.
    empty_tables
        Tables that hold nothing, so that the rule could not be asked.
    findings
        What it found.
    files
        Name of the file that each finding's object came with; empty where none.
    """

    rule: str
    level: str
    title_zh: str
    title_en: str
    clause_zh: str
    clause_en: str
    is_verified: bool
    empty_tables: tuple[str, ...]
    findings: tuple[Finding, ...]
    files: tuple[str, ...]

    def rows(self) -> Iterator[dict[str, Any]]:
        """
        Give the findings as plain rows.

        Yields
        ------
        dict
            The rule, the form, the file and the fields of the finding.
        """
        facts = asdict(self)
        same = {name: facts[name] for name in (
            "rule", "level", "title_zh", "title_en", "clause_zh", "clause_en"
        )}  # fmt: skip
        # Of several forms of one table the first is the one that delivers its objects.
        names = {form.table: form.name for form in reversed(forms())}
        for finding, file in zip(self.findings, self.files, strict=True):
            found = asdict(finding)
            del found["delivery_id"]
            yield {**same, "form": names.get(finding.table, finding.table), "file": file, **found}


def stored_district(store: Store, *, today: date | None = None) -> District:
    """
    Give the rules a stored district.

    Parameters
    ----------
    store
        The store, role app.
    today
        The day that counts as today; none is the district's own.

    Returns
    -------
    District
        Its layers are read when they are asked for.
    """

    def read(table: str) -> pd.DataFrame:
        found: pd.DataFrame = read_layer(store, table)
        return found

    def changes(table: str, since: date) -> list[Change]:
        return [
            Change(table=table, code=code, column=column, before=before, after=after)
            for code, column, before, after in changed_numbers(store, table, since)
        ]

    reference = data_folder() / "reference" / SUBSTANCES
    return District(
        read=read,
        metric_srid=store.district.metric_srid,
        today=today or datetime.now(ZoneInfo(store.district.timezone)).date(),
        changes=changes,
        timezone=store.district.timezone,
        substances=tomllib.loads(reference.read_text("utf-8")),
        standing=lambda: standing(store),
    )


def ask(
    store: Store,
    *,
    rules: Iterable[str] = (),
    today: date | None = None,
    overrides: Parameters | None = None,
) -> list[Answer]:
    """
    Ask the cross-checks of a stored district.

    Parameters
    ----------
    store
        The store, role app.
    rules
        Names of rules; none asks them all.
    today
        The day that counts as today; none is the district's own.
    overrides
        Entries of ``methods/census_checks.toml`` to replace, such as
        ``{"rule": {"shelter_in_water": {"bank_m": 5.0}}}``.

    Returns
    -------
    list of Answer
        One per rule, in the order of ``RULES``.

    Raises
    ------
    UnknownRuleError
        If a rule is not there.
    """
    chosen = set(rules) or set(RULES)
    if chosen - set(RULES):
        raise UnknownRuleError(sorted(chosen - set(RULES)), RULES)
    parameters = load_parameters(data_folder(), METHOD, overrides)["rule"]
    district, files = stored_district(store, today=today), file_names(store)
    return [answered(district, name, parameters[name], files) for name in RULES if name in chosen]


def answered(
    district: District, name: str, parameters: Parameters, files: Mapping[int, str]
) -> Answer:
    """
    Ask one rule.

    Parameters
    ----------
    district
        The district.
    name
        The rule.
    parameters
        Its table of the method file.
    files
        Number of a delivery to the name of its file.

    Returns
    -------
    Answer
        What it found.
    """
    rule, tables = RULES[name]
    empty = tuple(each for each in tables if not len(district.layer(each)))
    findings = () if empty else tuple(rule(district, parameters))
    words = ("level", "title_zh", "title_en", "clause_zh", "clause_en")
    return Answer(
        rule=name,
        **{word: parameters[word] for word in words},
        is_verified=parameters["check"] != "待核",
        empty_tables=empty,
        findings=findings,
        files=tuple(files.get(each.delivery_id or 0, "") for each in findings),
    )
