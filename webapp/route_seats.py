"""Take and leave the seat of an open route editor: how many others are there, and never who."""

import re
from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, request

from census.store import seats
from census.store.rights import rights
from webapp import route_bodies
from webapp.route_faults import RouteBodyError
from webapp.route_office import Office

DRAFT: Final = "route.draft"
TAB: Final = re.compile(r"[0-9a-f]{32}")


def _tab_of(body: Mapping[str, Any]) -> str:
    tab = body.get("tab")
    if not isinstance(tab, str) or not TAB.fullmatch(tab):
        raise RouteBodyError(
            "tab is not 32 hexadecimal digits. Load the page again.",
            "tab 不是 32 位十六进制数。请重新载入页面。",
        )
    return tab


def add(office: Office, desk: Blueprint) -> None:
    """
    Give an open editor the addresses at which it says that it is there.

    Parameters
    ----------
    office
        Store and who asks.
    desk
        The editor's addresses.
    """

    @desk.post("/<code>/presence")
    def sit(code: str) -> dict[str, Any]:
        actor = office.allowed(code, DRAFT)
        tab = _tab_of(route_bodies.body_of(request))
        others = seats.take_seat(office.store, actor, code=code, tab=tab)
        return {"others": others, "beat_s": rights().limits["presence"]["beat_s"]}

    @desk.delete("/<code>/presence")
    def rise(code: str) -> dict[str, Any]:
        actor = office.allowed(code, DRAFT)
        tab = _tab_of(route_bodies.body_of(request))
        seats.leave_seat(office.store, actor, code=code, tab=tab)
        return {}
