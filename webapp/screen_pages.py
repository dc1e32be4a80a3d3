"""Show the wall screens to the security administrator, who makes and revokes their links."""

from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, Response, redirect, request
from flask import session as cookie
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import AlreadyDoneError
from census.errors import CensusError
from census.store import screens
from census.store.account_list import scope_choices
from census.store.database import Store
from census.store.displays import profiles
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.office_forms import form_id, given, new_form_id, status_of
from webapp.screen_links import display_path
from webapp.shown_codes import ShownCodes
from webapp.words import Say, speak

HERE: Final = "/screens"
LINKS: Final = "riskatlas_shown_links"


def _holder() -> str:
    return str(cookie.get(identity.TOKEN))


def _rows(say: Say, names: dict[str, str]) -> list[dict[str, Any]]:
    office, language = identity.office(), session.language()
    zone, known = ZoneInfo(office.district.timezone), profiles()

    def shown(row: dict[str, Any]) -> dict[str, Any]:
        profile, over = known.get(row["profile"]), row["revoked_at"]
        time = f"{over.astimezone(zone):%Y-%m-%d %H:%M}" if over else ""
        return {
            **row,
            "word": profile.word(language) if profile else row["profile"],
            "town": names.get(row["town_code"], row["town_code"]) or say("screens.district"),
            "made": f"{row['made_at'].astimezone(zone):%Y-%m-%d %H:%M}",
            "state": say("screens.revoked", time=time) if over else say("screens.valid"),
        }

    return [shown(row) for row in screens.screens(office, identity.current_actor())]


def _page(
    store: Store, links: ShownCodes, *, fault: CensusError | None = None, is_again: bool = False
) -> Response:
    language = session.language()
    say = speak(language)
    towns = [each for each in scope_choices(identity.office()) if each.level == "town"]
    made = request.args.get("made", "")
    return drawn(
        store,
        "screens.html",
        title=say("screens.title"),
        fault=fault,
        status=status_of(fault) if fault else 200,
        here=HERE,
        said=say("accounts_said.again") if is_again else "",
        made=made,
        link=links.read(_holder(), made) if made else None,
        rows=_rows(say, {each.code: each.name for each in towns}),
        profiles=[(name, each.word(language)) for name, each in profiles().items()],
        towns=towns,
        typed=request.form,
        new_form_id=new_form_id,
    )


def register(server: Flask, store: Store, *, live_port: int) -> None:
    """
    Give a server the page of the wall screens.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    live_port
        Port of the live process, which serves the screens.
    """
    links = ShownCodes()
    server.extensions[LINKS] = links

    @server.get(HERE)
    def screen_list() -> AnyResponse:
        return _page(store, links)

    @server.post(HERE)
    def add_screen() -> AnyResponse:
        request_id, name = form_id(), given("name")
        try:
            token = screens.add_screen(
                identity.office(), identity.current_actor(), name=name,
                profile=given("profile"), town_code=given("town"), request_id=request_id,
            )  # fmt: skip
        except AlreadyDoneError:
            return _page(store, links, is_again=True)
        except CensusError as fault:
            return _page(store, links, fault=fault)
        link = session.live_origin(live_port) + display_path(given("profile"), token)
        links.keep(_holder(), name, link)
        return redirect(f"{HERE}?{urlencode({'made': name})}", 303)

    @server.post(f"{HERE}/revoke")
    def revoke_screen() -> AnyResponse:
        request_id = form_id()
        try:
            screens.revoke_screen(
                identity.office(), identity.current_actor(), name=given("name"),
                request_id=request_id,
            )  # fmt: skip
        except AlreadyDoneError:
            return _page(store, links, is_again=True)
        except CensusError as fault:
            return _page(store, links, fault=fault)
        return redirect(HERE, 303)
