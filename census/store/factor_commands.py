"""Second factors: set up, reset, and required of the roles that the bureau says."""

from typing import Any

from sqlalchemy import func, select
from sqlalchemy.dialects.postgresql import insert as upsert

from census.access_errors import OwnAccountError, UnknownRoleError
from census.store import lockout
from census.store.access_tables import Account, AccountRole, RoleRule
from census.store.accounts import account_of, keep_totp
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.role_rules import factor_rules
from census.store.sessions import end_all

ACCOUNT, ROLE = "account", "role"


def set_totp(store: Store, actor: Actor, *, secret: str | None) -> None:
    """
    Set the own second factor, or give it up.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts: an account.
    secret
        The secret as the web process encrypted it; None gives it up.

    Raises
    ------
    ForbiddenError
        If no account acts.
    """
    asked = {"is_on": secret is not None}
    with deed(
        store, actor, "set_totp", object_kind=ACCOUNT, object_code=actor.id, detail=asked
    ) as work:
        account = account_of(work.connection, actor.id, locks=True)
        keep_totp(work.connection, account.id, secret)


def reset_second_factor(
    store: Store, actor: Actor, *, account_id: str, request_id: str | None = None
) -> bool:
    """
    Take the second factor of an account away, which then sets a new one up; its sign-ins end.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts; never the account itself, or a stolen sign-in could take it away.
    account_id
        The account.
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    bool
        Whether there was one.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    OwnAccountError
        If it is the actor's own account.
    UnknownAccountError
        If there is no such account.
    AlreadyDoneError
        If this form arrived before.
    """
    with deed(
        store, actor, "reset_second_factor", object_kind=ACCOUNT, object_code=account_id,
        request_id=request_id,
    ) as work:  # fmt: skip
        if actor.id == account_id:
            raise OwnAccountError
        account = account_of(work.connection, account_id, locks=True)
        had_one = account.tf_totp_secret is not None
        lockout.lift(work.connection, account.login_key)
        if had_one:
            keep_totp(work.connection, account.id, None)
            # Another proof is asked for from now on, as after a change of password.
            end_all(work.connection, account_id, reason="password_change")
        work.detail["had_one"] = had_one
        return had_one


def require_factor(
    store: Store, actor: Actor, *, role: str, is_needed: bool, request_id: str | None = None
) -> bool:
    """
    Require a second factor of everybody who holds a role, or no longer; from the next sign-in on.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    role
        The role.
    is_needed
        Whether it is required from now on.
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    bool
        Whether that is a change.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    UnknownRoleError
        If there is no such role, or nobody signs in with it.
    AlreadyDoneError
        If this form arrived before.
    """
    with deed(
        store, actor, "require_factor", object_kind=ROLE, object_code=role,
        detail={"is_needed": is_needed}, request_id=request_id,
    ) as work:  # fmt: skip
        rules = factor_rules(work.connection)
        if role not in rules:
            raise UnknownRoleError(role, [*rules])
        row = {"role": role, "needs_totp": is_needed, "set_by": actor.id}
        work.connection.execute(
            upsert(RoleRule)
            .values(row)
            .on_conflict_do_update(
                index_elements=["role"],
                set_={"needs_totp": is_needed, "set_by": actor.id, "set_at": func.now()},
            )
        )
        return rules[role] != is_needed


def role_rules(store: Store, actor: Actor) -> list[dict[str, Any]]:
    """
    List the roles that sign in, with what is required of each.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.

    Returns
    -------
    list of dict
        ``role``, ``needs_totp``, ``accounts`` that hold it and are open, and ``without_totp``:
        those of them who will have to set a second factor up.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    holders = (
        select(
            AccountRole.role,
            func.count(Account.id.distinct()).label("accounts"),
            func.count(Account.id.distinct())
            .filter(Account.tf_totp_secret.is_(None))
            .label("without_totp"),
        )
        .join(Account, Account.id == AccountRole.account_id)
        .where(Account.active)
        .group_by(AccountRole.role)
    )
    with deed(store, actor, "role_rules", object_kind=ROLE) as work:
        rules = factor_rules(work.connection)
        held = {row["role"]: dict(row) for row in work.connection.execute(holders).mappings()}
    nobody = {"accounts": 0, "without_totp": 0}
    return [
        {**nobody, **held.get(role, {}), "role": role, "needs_totp": is_needed}
        for role, is_needed in rules.items()
    ]
