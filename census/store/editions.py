"""Figures of villages and towns in the divisions of any day: today's, or an older edition."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import text

from census.store.connection import Store
from census.store.crosswalks import read_crosswalk
from geo.crosswalk import (
    TOWN_STEM_DIGITS,
    TOWN_TAIL,
    Told,
    edition_codes,
    told_in,
)

FIGURES: Final = ("people", "area_m2", "shelters")
_TODAY = """
select d.code, d.name, d.town_code, d.area_m2, p.people,
       (select count(*) from pub.shelter s where s.village_code = d.code) as shelters
from pub.division d left join pub.people p on p.division_code = d.code
where d.level = 'village' order by d.code
"""
_FORMER = """
select code, name, town_code, valid_from, valid_to, people, area_m2 from pub.former_division
where level = 'village' order by code
"""
_TOWNS = """
select code, name from pub.division where level = 'town'
union select code, name from pub.former_division where level = 'town'
"""
_NAMES = """
select from_code as code, max(from_name) as name from pub.division_change
where from_name is not null group by from_code
"""
# Shelters of today inside the outline that a former village had.
_SHELTERS = """
select f.code, count(s.code) as shelters from pub.former_division f
left join pub.shelter s on st_intersects(f.geom, s.geom)
where f.level = 'village' and f.geom is not null group by f.code
"""


@dataclass(frozen=True, kw_only=True)
class EditionRow:
    """
    A division of an edition with today's figures.

    Attributes
    ----------
    codes
        Its code; several where the figures of these divisions cannot be told apart.
    name
        Its name then; where nobody told it that of today. Names of several are joined.
    town_code
        Code of its town; of a former village the one that its own code begins with where nobody
        told.
    people, shelters
        Whole numbers; None where nothing was delivered.
    area_m2
        Square metres; None without outlines.
    is_parted
        Whether a figure was apportioned: people by the last count of each part, else by area.
    """

    codes: tuple[str, ...]
    name: str
    town_code: str
    people: int | None
    area_m2: float | None
    shelters: int | None
    is_parted: bool


def edition(store: Store, day: date | None = None, *, level: str = "village") -> list[EditionRow]:
    """
    Tell today's people, area and shelters in the divisions that were in force on a day.

    Parameters
    ----------
    store
        The store, any role.
    day
        The day; None for the divisions of today.
    level
        Either village or town; a town is the sum of its villages.

    Returns
    -------
    list of EditionRow
        By code. Every figure adds up to the same total in every edition: what is known of today's
        villages, no more and no less.
    """
    with store.engine.connect() as connection:
        today = connection.execute(text(_TODAY)).mappings().all()
        former = {row["code"]: row for row in connection.execute(text(_FORMER)).mappings()}
        shelters = {row.code: row.shelters for row in connection.execute(text(_SHELTERS))}
        names = {row.code: row.name for row in connection.execute(text(_NAMES))}
        towns = {row.code: row.name for row in connection.execute(text(_TOWNS))}
    walk = read_crosswalk(store)
    codes = [row["code"] for row in today]
    befores = {code: (code,) for code in codes} if day is None else edition_codes(walk, codes, day)
    weights = _weights(former, shelters)
    told = {
        name: told_in(
            {row["code"]: row[name] for row in today if row[name] is not None},
            befores, *weights[name],
        )
        for name in FIGURES
    }  # fmt: skip
    names = _lasting(today, befores) | names
    known = {row["code"]: row for row in [*former.values(), *today]}
    names |= {code: row["name"] for code, row in known.items()}
    rows = _rows(told, befores, known, names)
    if level == "village":
        return rows
    for code in {row.town_code for row in rows} - set(towns):
        heirs = walk.fate(code, towns).heirs
        towns[code] = towns[heirs[0]] if len(heirs) == 1 else ""
    return _by_town(rows, towns)


def _lasting(today: Any, befores: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Name former codes as the one village of today that they became."""
    counts = Counter(code for codes in befores.values() for code in codes)
    return {
        befores[row["code"]][0]: row["name"]
        for row in today
        if len(befores[row["code"]]) == 1 and counts[befores[row["code"]][0]] == 1
    }


def _weights(
    former: Mapping[str, Any], shelters: Mapping[str, int]
) -> dict[str, tuple[Mapping[str, float], ...]]:
    """Weigh former villages; one that took others in under its own code has no weights."""
    areas = {row["code"]: row["area_m2"] for row in former.values() if row["area_m2"]}
    people = {row["code"]: row["people"] for row in former.values() if row["people"] is not None}
    return {"people": (people, areas), "area_m2": (areas,), "shelters": (shelters,)}


def _rows(
    told: Mapping[str, Told],
    befores: Mapping[str, tuple[str, ...]],
    known: Mapping[str, Any],
    names: Mapping[str, str],
) -> list[EditionRow]:
    groups: set[tuple[str, ...]] = {(code,) for codes in befores.values() for code in codes}
    groups |= {codes for each in told.values() for codes in each.together}
    rows = []
    for codes in sorted(groups):
        figures = {name: _figure(told[name], codes) for name in FIGURES}
        first = codes[0]
        town = known[first]["town_code"] if first in known else None
        rows.append(
            EditionRow(
                codes=codes,
                name="、".join(names.get(code, "") for code in codes).strip("、"),
                town_code=town or f"{first[:TOWN_STEM_DIGITS]}{TOWN_TAIL}",
                is_parted=any(set(codes) & each.parted for each in told.values()),
                **figures,
            )
        )
    return rows


def _figure(told: Told, codes: tuple[str, ...]) -> Any:
    return told.figures.get(codes[0]) if len(codes) == 1 else told.together.get(codes)


def _by_town(rows: list[EditionRow], towns: Mapping[str, str]) -> list[EditionRow]:
    groups: dict[str, list[EditionRow]] = {}
    for row in rows:
        groups.setdefault(row.town_code, []).append(row)
    return [
        EditionRow(
            codes=(town,), name=towns.get(town, ""), town_code=town,
            is_parted=any(row.is_parted for row in group),
            **{name: _known_sum([getattr(row, name) for row in group]) for name in FIGURES},
        )
        for town, group in sorted(groups.items())
    ]  # fmt: skip


def _known_sum(values: list[Any]) -> Any:
    known = [value for value in values if value is not None]
    return sum(known) if known else None
