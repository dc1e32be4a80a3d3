"""Know which village sheets have to be printed again, and note when one of them was."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date

from sqlalchemy import text

from census.store.actors import Actor
from census.store.connection import Store

# A sheet counts as printed only once it can show the publication: not before its day.
OPEN = """
select s.route_id, s.version, s.village_code, s.kind, s.listed_at, r.name as route_name,
       st.valid_from,
       (st.kind <> 'published' or e.version is not distinct from s.version) as is_due
from census.sheet_reissue s
join census.route r on r.id = s.route_id
join census.route_status st on st.route_id = s.route_id and st.version = s.version
left join census.evacuation_route e on e.code = r.code
where s.printed_at is null
"""
TO_PRINT = f"""
select o.village_code, v.name as village_name, o.kind, bool_or(o.is_due) as is_due,
       min(o.valid_from) as valid_from, array_agg(distinct o.route_name) as routes
from ({OPEN}) o left join census.division v on v.code = o.village_code
group by o.village_code, v.name, o.kind
order by bool_or(o.is_due) desc, min(o.valid_from), o.village_code, o.kind
"""  # noqa: S608  (fixed names)
THESE = f"""
select o.route_id, o.version, o.listed_at from ({OPEN}) o
where o.village_code = :village and o.kind = :kind and o.is_due
"""  # noqa: S608  (fixed names)
# Listed again meanwhile is not printed: the line may have changed after the drawing began.
MARK = """
update census.sheet_reissue set printed_at = clock_timestamp()
where route_id = :route_id and version = :version and village_code = :village and kind = :kind
  and listed_at = :listed_at and printed_at is null
"""


@dataclass(frozen=True, kw_only=True)
class Reissue:
    """A sheet to be printed again: since a day or, where it is not yet due, from that day on."""

    village_code: str
    village_name: str | None
    kind: str
    is_due: bool
    valid_from: date | None
    routes: list[str]


def to_print(store: Store, actor: Actor) -> list[Reissue]:
    """
    List the sheets that have not been printed since a publication.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who asks; villages outside their scope are left out.

    Returns
    -------
    list of Reissue
        Those due first.
    """
    with store.engine.connect() as connection:
        rows = connection.execute(text(TO_PRINT)).mappings().all()
    return [Reissue(**row) for row in rows if actor.may("route.read", str(row["village_code"]))]


@contextmanager
def printing(store: Store, kind: str, village_code: str) -> Iterator[None]:
    """
    Draw a sheet inside of this: what was to be printed when it began is then printed.

    Parameters
    ----------
    store
        The store, role app.
    kind
        Kind of sheet.
    village_code
        The village.

    Yields
    ------
    None
        For the drawing; where it fails, nothing is noted.
    """
    asked = {"village": village_code, "kind": kind}
    with store.engine.connect() as connection:
        rows = [dict(row) for row in connection.execute(text(THESE), asked).mappings()]
    yield
    if rows:
        with store.begin() as connection:
            connection.execute(text(MARK), [asked | row for row in rows])
