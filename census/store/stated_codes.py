"""Rows that name a division by its code, and codes that went out of force under them.

Layers with a place of their own get their village by it; these say it themselves, or are about
persons. Of persons counts alone are told here.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import Connection, text

from census.store.connection import Store
from census.store.crosswalks import stored_crosswalk
from geo.crosswalk import Crosswalk

OPEN_REPORT: Final = "received"


@dataclass(frozen=True)
class StatedColumn:
    """
    A column that holds codes of divisions.

    Attributes
    ----------
    layer
        Name of its table without the schema.
    schema
        The schema.
    column
        The column.
    who
        SQL that names by what the rows are told apart in a question; empty for nothing.
    only
        SQL of the rows that matter.
    """

    layer: str
    schema: str
    column: str
    who: str = "''"
    only: str = "true"


# People pass to the heirs of their village: census.store.former_divisions.
STATED_COLUMNS: Final = (
    StatedColumn("household", "census", "division_code"),
    StatedColumn("duty", "census", "division_code"),
    StatedColumn("emergency_plan", "census", "division_code"),
    StatedColumn("village_group", "census", "village_code"),
    StatedColumn("resident", "personal", "village_code"),
    StatedColumn("duty_person", "personal", "division_code", "", "valid_to is null"),
    StatedColumn("account_role", "access", "scope_code", "role", "scope_code <> ''"),
    StatedColumn("report_state", "census", "village_code", "", f"status = '{OPEN_REPORT}'"),
)
# What the rows are called, behind their number.
WORDS: Final = {
    "household": ("家庭户", "rows of households"),
    "duty": ("责任岗位", "duties"),
    "emergency_plan": ("应急预案", "emergency plans"),
    "village_group": ("村民小组", "village groups"),
    "resident": ("需帮助转移的居民", "residents who need help"),
    "duty_person": ("在任的责任人", "holders of posts"),
    "account_role": ("账号的管辖范围", "scopes of accounts"),
    "report_state": ("待核实的上报", "open reports"),
}
_STANDING = """
select l.{column} as code, count(*) as rows, array_agg(distinct cast({who} as text)) as who
from {schema}.{layer} l where {only} and l.{column} is not null and l.{column} <> all(:in_force)
group by l.{column} order by l.{column}
"""
_IN_FORCE = "select code from census.division"


@dataclass(frozen=True)
class Standing:
    """
    Rows that stand on one code that is out of force.

    Attributes
    ----------
    layer
        Name of their table without the schema.
    code
        The code.
    rows
        How many they are.
    heirs
        Codes in force that took its place.
    who
        The roles, where they are scopes of accounts.
    """

    layer: str
    code: str
    rows: int
    heirs: tuple[str, ...] = ()
    who: tuple[str, ...] = ()


@contextmanager
def every_village(connection: Connection) -> Iterator[None]:
    """
    Open the rows of persons of all villages for work that tells none of them, and close them again.

    Parameters
    ----------
    connection
        A connection in a transaction.

    Yields
    ------
    None
        While they are open.
    """
    held = connection.execute(text("select current_setting('app.scope', true)")).scalar()
    put = text("select set_config('app.scope', :scope, true)")
    connection.execute(put, {"scope": "*"})
    yield
    connection.execute(put, {"scope": held or ""})


def standing_on_former(
    connection: Connection, walk: Crosswalk, in_force: Collection[str]
) -> list[Standing]:
    """
    Count the rows that stand on codes out of force.

    Parameters
    ----------
    connection
        A connection in a transaction.
    walk
        What codes became.
    in_force
        Codes of divisions in force; where there are none nothing is out of force.

    Returns
    -------
    list of Standing
        By layer and code.
    """
    if not in_force:
        return []
    found = []
    with every_village(connection):
        for each in STATED_COLUMNS:
            question = _STANDING.format(**vars(each) | {"who": each.who or "''"})
            rows: Any = connection.execute(text(question), {"in_force": list(in_force)})
            found += [
                Standing(
                    each.layer, code, int(count), walk.fate(code, in_force).heirs,
                    tuple(name for name in who if name),
                )
                for code, count, who in rows
            ]  # fmt: skip
    return found


def codes_now(connection: Connection) -> frozenset[str]:
    """
    List the codes of divisions in force.

    Parameters
    ----------
    connection
        A connection.

    Returns
    -------
    frozenset of str
        The codes.
    """
    return frozenset(connection.execute(text(_IN_FORCE)).scalars())


def standing(store: Store) -> list[Standing]:
    """
    Count the rows that stand on codes out of force now.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    list of Standing
        By layer and code.
    """
    with store.begin() as connection:
        walk = stored_crosswalk(connection)
        return standing_on_former(connection, walk, codes_now(connection))
