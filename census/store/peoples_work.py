"""Count what people have made in a place, so that loading it anew never destroys it unasked."""

from dataclasses import dataclass

import psycopg

from census.access_errors import PeoplesWorkError
from census.store.cluster import Cluster
from census.store.connection import DATABASE_PREFIX, Office

# What only loads and imports make is made again by the next one; this is not. Versions that the
# program itself wrote come from deliveries.
_COUNTS = {
    "accounts": ("access.account", "true"),
    "entries": ("access.audit_entry", "true"),
    "posts": ("personal.duty_person", "true"),
    "residents": ("personal.resident", "true"),
    "versions": ("census.route_version", "version > 0 and not starts_with(author, 'system:')"),
    "published": ("census.evacuation_route", "version is not null"),
    "drafts": ("census.route_draft", "true"),
    "reports": ("census.report", "true"),
    "screens": ("access.screen", "true"),
    "proposals": ("census.proposal", "not starts_with(proposed_by, 'system:')"),
}


@dataclass(frozen=True)
class Work:
    """
    What people have made in a place.

    Attributes
    ----------
    accounts
        Accounts, open or closed.
    entries
        Entries of the audit.
    posts
        Names of those who hold posts.
    residents
        Residents who need help.
    versions
        Versions of routes that people saved.
    published
        Routes that are published from a version.
    drafts
        Drafts of routes.
    reports
        Hazards that officers reported.
    screens
        Links of wall screens.
    proposals
        Deliveries that somebody signed in gave to be looked at.
    """

    accounts: int = 0
    entries: int = 0
    posts: int = 0
    residents: int = 0
    versions: int = 0
    published: int = 0
    drafts: int = 0
    reports: int = 0
    screens: int = 0
    proposals: int = 0

    @property
    def is_any(self) -> bool:
        """
        Tell whether something would be lost that nobody can load again.

        Returns
        -------
        bool
            False where the audit holds nothing but visitors who failed to sign in.
        """
        kept = (self.accounts, self.posts, self.residents, self.versions, self.drafts)
        return any(kept) or self.reports + self.screens + self.proposals > 0


def work_in(server: Cluster | Office, place: str) -> Work:
    """
    Count what people have made in a stored place, however old its schema is.

    Parameters
    ----------
    server
        The running server.
    place
        Name of the place.

    Returns
    -------
    Work
        The counts; 0 for what its schema does not know yet.
    """
    found: dict[str, int] = {}
    with psycopg.connect(server.url("owner", DATABASE_PREFIX + place)) as connection:
        # An owner that is no superuser is held by the rows' own policy.
        connection.execute("select set_config('app.scope', '*', true)")
        for name, (table, which) in _COUNTS.items():
            known = connection.execute("select to_regclass(%s)", [table]).fetchone()
            if known is None or known[0] is None:
                continue
            if not _has_columns(connection, table, which):
                continue
            row = connection.execute(f"select count(*) from {table} where {which}").fetchone()  # noqa: S608  (fixed names)
            found[name] = row[0] if row else 0
    return Work(**found)


def _has_columns(
    connection: "psycopg.Connection[tuple[object, ...]]", table: str, which: str
) -> bool:
    if "version" not in which:
        return True
    query = "select 1 from pg_attribute where attrelid = %s::regclass and attname = 'version'"
    return connection.execute(query, [table]).fetchone() is not None


def require_no_work(server: Cluster | Office, place: str) -> None:
    """
    Refuse to load a place anew over what people have made in it.

    Parameters
    ----------
    server
        The running server.
    place
        Name of a stored place.

    Raises
    ------
    PeoplesWorkError
        If there is anything; it is counted in the sentence.
    """
    work = work_in(server, place)
    if work.is_any:
        raise PeoplesWorkError(place, vars(work))
