"""Tell who acts: a signed-in account, a visitor, or the system's own user at the command line."""

import getpass
from dataclasses import dataclass

from sqlalchemy import or_, select

from census.access_errors import UnknownAccountError
from census.store.access_tables import Account, AccountRole
from census.store.connection import Store
from census.store.days import district_today
from census.store.rights import EVERYWHERE, is_within, rights

VISITOR = "visitor"
SYSTEM_PREFIX = "system:"


@dataclass(frozen=True)
class Grant:
    """
    A role for a part of the district.

    Attributes
    ----------
    role
        Name of the role.
    scope_code
        Code of a town or village; empty for the whole district.
    """

    role: str
    scope_code: str = EVERYWHERE


@dataclass(frozen=True)
class Actor:
    """
    Somebody who asks or acts, with what he may.

    Attributes
    ----------
    id
        Id of the account, ``visitor``, or ``system:<os user>``.
    name
        Name shown to others.
    grants
        Roles with their scopes.
    address
        Where the request came from.
    """

    id: str
    name: str
    grants: tuple[Grant, ...] = ()
    address: str = ""

    @property
    def is_system(self) -> bool:
        """
        Whether the program's own user acts, at the command line.

        Returns
        -------
        bool
            True for ``system:<os user>``.
        """
        return self.id.startswith(SYSTEM_PREFIX)

    @property
    def is_signed_in(self) -> bool:
        """
        Whether an account acts.

        Returns
        -------
        bool
            False for visitors and for the command line.
        """
        return self.id != VISITOR and not self.is_system

    def role_for(self, action: str | None, village_code: str | None = None) -> str | None:
        """
        Name the role by which an action is allowed.

        Parameters
        ----------
        action
            The action; None, which no row names, is allowed to nobody.
        village_code
            Code of the place concerned, empty for the whole district; None asks whether it is
            allowed anywhere.

        Returns
        -------
        str | None
            The role, ``system``, ``account`` or ``visitor``; None if it is not allowed.
        """
        tables = rights()
        if action not in tables.actions:
            return None
        if self.is_system:
            return "system"
        for grant in self.grants:
            fits = village_code is None or is_within(village_code, grant.scope_code)
            row = tables.roles.get(grant.role)
            if fits and row is not None and action in row.actions:
                return grant.role
        if self.is_signed_in and action in tables.signed_in:
            return "account"
        return VISITOR if action in tables.everybody else None

    def may(self, action: str | None, village_code: str | None = None) -> bool:
        """
        Tell whether an action is allowed.

        Parameters
        ----------
        action
            The action; None, which no row names, is allowed to nobody.
        village_code
            Code of the place concerned, empty for the whole district; None asks whether it is
            allowed anywhere.

        Returns
        -------
        bool
            Whether to go on.
        """
        return self.role_for(action, village_code) is not None

    def scopes_of(self, action: str) -> tuple[str, ...]:
        """
        List where an action is allowed by a role.

        Parameters
        ----------
        action
            The action.

        Returns
        -------
        tuple[str, ...]
            Codes of towns and villages; the empty code is the whole district.
        """
        if self.is_system:
            return (EVERYWHERE,)
        roles = rights().roles
        return tuple(
            grant.scope_code
            for grant in self.grants
            if grant.role in roles and action in roles[grant.role].actions
        )


def system_actor() -> Actor:
    """
    Return the one who acts at the command line: the user of the operating system.

    Returns
    -------
    Actor
        With every action in the whole district; the audit names the user.
    """
    user = getpass.getuser()
    return Actor(f"{SYSTEM_PREFIX}{user}", user, address="local")


def visitor(address: str) -> Actor:
    """
    Return one who is not signed in.

    Parameters
    ----------
    address
        Where the request came from.

    Returns
    -------
    Actor
        With the actions of everybody.
    """
    return Actor(VISITOR, VISITOR, address=address)


def actor_of(store: Store, account_id: str, *, address: str) -> Actor:
    """
    Return the actor that an account is at this moment.

    Parameters
    ----------
    store
        The store, role app.
    account_id
        Id of the account.
    address
        Where the request came from.

    Returns
    -------
    Actor
        With the roles that the account has now.

    Raises
    ------
    UnknownAccountError
        If there is no such account, or it is closed or past its last day.
    """
    is_open = Account.active & or_(Account.ends_on.is_(None), Account.ends_on >= district_today())
    query = (
        select(Account.display_name, AccountRole.role, AccountRole.scope_code)
        .outerjoin(AccountRole, AccountRole.account_id == Account.id)
        .where(Account.id == account_id, is_open)
        .order_by(AccountRole.role, AccountRole.scope_code)
    )
    with store.begin() as connection:
        rows = connection.execute(query).all()
    if not rows:
        raise UnknownAccountError(account_id)
    grants = tuple(Grant(role, scope) for _, role, scope in rows if role is not None)
    return Actor(account_id, str(rows[0].display_name), grants, address)
