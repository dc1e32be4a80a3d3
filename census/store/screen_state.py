"""Answer what a wall screen asks beside its layers: is its link valid, what is in its frame."""

from typing import Any

from sqlalchemy import text

from census.screen_errors import LinkOverError
from census.store.connection import Store
from census.store.sessions import token_sha256
from census.store.shown import LEADING_RUN

_LINK = text("select town_code from pub.screen where token_sha256 = :hash and profile = :profile")
# The frame: the town of the screen, else every town.
_PLACE = text(
    "select e.name, st_xmin(e.box) as w, st_ymin(e.box) as s, st_xmax(e.box) as e, "
    "st_ymax(e.box) as n from (select min(name) as name, st_extent(geom) as box from pub.division "
    "where level = 'town' and (:town = '' or code = :town)) e"
)
_RUN = text(
    f"select rule_edition, made_at from pub.zoning_run where id = {LEADING_RUN}"  # noqa: S608  (fixed names)
)


def link_town(store: Store, profile: str, token: str) -> str:
    """
    Tell what town a link is for, if it is valid; asked by its hash.

    Parameters
    ----------
    store
        The store, any role.
    profile
        Profile that the link names.
    token
        Token of the link.

    Returns
    -------
    str
        Code of the town; empty for the whole district.

    Raises
    ------
    LinkOverError
        If the link was revoked, or never made for this profile.
    """
    asked = {"hash": token_sha256(token), "profile": profile}
    with store.engine.connect() as connection:
        town = connection.execute(_LINK, asked).scalar()
    if town is None:
        raise LinkOverError
    return str(town)


def frame(store: Store, town_code: str) -> dict[str, Any]:
    """
    Tell what stands around the layers of a screen.

    Parameters
    ----------
    store
        The store, any role.
    town_code
        The town of the screen; empty for the whole district.

    Returns
    -------
    dict
        ``town_name`` (None for the district), ``bounds`` (west, south, east, north; None without
        divisions), ``rule_edition`` and ``zoned_at`` (None before the first zoning).
    """
    with store.engine.connect() as connection:
        place = connection.execute(_PLACE, {"town": town_code}).mappings().one_or_none()
        run = connection.execute(_RUN).mappings().one_or_none()
    has_place = place is not None and place["w"] is not None
    return {
        "town_name": place["name"] if place and town_code else None,
        "bounds": [place[side] for side in "wsen"] if place and has_place else None,
        "rule_edition": run["rule_edition"] if run else None,
        "zoned_at": run["made_at"].isoformat() if run else None,
    }
