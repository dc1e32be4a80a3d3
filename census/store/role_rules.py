"""What the bureau requires of those who hold a role; ``access.toml`` where it said nothing."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from census.store.access_tables import RoleRule
from census.store.rights import rights


def factor_rules(connection: Connection) -> dict[str, bool]:
    """
    Tell which roles sign in with a second factor.

    Parameters
    ----------
    connection
        A connection of role app.

    Returns
    -------
    dict
        True or False for each role that signs in, in the order of the tables of rights.
    """
    rows = connection.execute(select(RoleRule.role, RoleRule.needs_totp))
    said = {row.role: row.needs_totp for row in rows}
    roles = rights().roles
    return {name: said.get(name, row.needs_totp) for name, row in roles.items() if row.signs_in}


def need_factor(connection: Connection, held: Iterable[str]) -> bool:
    """
    Tell whether any of some roles signs in with a second factor.

    Parameters
    ----------
    connection
        A connection of role app.
    held
        The roles; one that the tables of rights have no more requires nothing.

    Returns
    -------
    bool
        Whether one does.
    """
    rules = factor_rules(connection)
    return any(rules.get(role, False) for role in held)
