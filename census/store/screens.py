"""Make and revoke the links of wall screens; the database keeps a link's hash alone."""

import secrets
import unicodedata
from typing import Any, Final

from sqlalchemy import func, insert, select, update
from sqlalchemy.exc import IntegrityError

from census.errors import UnknownDivisionError
from census.screen_errors import (
    LONGEST,
    ScreenExistsError,
    ScreenNameError,
    ScreenTownError,
    UnknownScreenError,
)
from census.store.access_tables import Screen
from census.store.actors import Actor
from census.store.audit import deed
from census.store.connection import Store
from census.store.deliveries import bump_generation
from census.store.displays import profile_of
from census.store.sessions import token_sha256

SCREEN: Final = "screen"
_TOKEN_BYTES: Final = 32


def _checked_name(name: str) -> str:
    plain = name.strip()
    is_odd = any(unicodedata.category(each)[0] == "C" for each in plain)
    if not plain or is_odd or len(plain) > LONGEST:
        raise ScreenNameError(plain)
    return plain


def add_screen(
    store: Store,
    actor: Actor,
    *,
    name: str,
    profile: str,
    town_code: str = "",
    request_id: str | None = None,
) -> str:
    """
    Make a screen with its link.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    name
        What people call it, such as where it hangs.
    profile
        What it shows, a profile of ``displays.toml``.
    town_code
        The town, for a profile that shows one.
    request_id
        What the form calls itself; None where no form asks.

    Returns
    -------
    str
        The token of its link; it is kept nowhere.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    ScreenNameError
        If the name cannot be one.
    ScreenExistsError
        If a screen with a valid link has the name.
    UnknownProfileError
        If there is no such profile.
    ScreenTownError
        If the profile needs a town, or wants none.
    UnknownDivisionError
        If there is no such town.
    AlreadyDoneError
        If this form arrived before.
    """
    facts = {"profile": profile, "town_code": town_code}
    with deed(
        store, actor, "add_screen", object_kind=SCREEN, detail=facts, request_id=request_id
    ) as work:
        plain, shown = _checked_name(name), profile_of(profile)
        if shown.is_of_town != bool(town_code):
            raise ScreenTownError(
                profile,
                word_zh=shown.word_zh,
                word_en=shown.word_en,
                needs_town=shown.is_of_town,
            )
        division = store.tables.division.c
        town = select(division.code).where(division.code == town_code, division.level == "town")
        if town_code and work.connection.execute(town).scalar() is None:
            raise UnknownDivisionError(town_code, store.place)
        token = secrets.token_urlsafe(_TOKEN_BYTES)
        row = {
            "name": plain, "profile": profile, "town_code": town_code,
            "token_sha256": token_sha256(token), "made_by": actor.id,
        }  # fmt: skip
        try:
            made = work.connection.execute(insert(Screen).values(row).returning(Screen.id))
        except IntegrityError as fault:
            raise ScreenExistsError(plain) from fault
        work.object_code = str(made.scalar_one())
        return token


def revoke_screen(store: Store, actor: Actor, *, name: str, request_id: str | None = None) -> None:
    """
    Revoke the link of a screen; an open one is told at commit.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.
    name
        Name of the screen.
    request_id
        What the form calls itself; None where no form asks.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    UnknownScreenError
        If no screen with a valid link has the name.
    AlreadyDoneError
        If this form arrived before.
    """
    with deed(store, actor, "revoke_screen", object_kind=SCREEN, request_id=request_id) as work:
        found = work.connection.execute(
            update(Screen)
            .where(Screen.name == name.strip(), Screen.revoked_at.is_(None))
            .values(revoked_at=func.now())
            .returning(Screen.id)
        ).scalar()
        if found is None:
            raise UnknownScreenError(name.strip())
        work.object_code = str(found)
        bump_generation(store, SCREEN, connection=work.connection)


def screens(store: Store, actor: Actor) -> list[dict[str, Any]]:
    """
    List the screens, those with a valid link first, then by name.

    Parameters
    ----------
    store
        The store, role app.
    actor
        Who acts.

    Returns
    -------
    list of dict
        ``name``, ``profile``, ``town_code``, ``made_at`` and ``revoked_at``.

    Raises
    ------
    ForbiddenError
        If the actor may not.
    """
    shown = (Screen.name, Screen.profile, Screen.town_code, Screen.made_at, Screen.revoked_at)
    query = select(*shown).order_by(Screen.revoked_at.is_not(None), Screen.name, Screen.id)
    with deed(store, actor, "screens", object_kind=SCREEN) as work:
        return [dict(row) for row in work.connection.execute(query).mappings()]
