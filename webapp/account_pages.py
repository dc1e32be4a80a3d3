"""Show the accounts to the security administrator and do what he asks: plain forms, no script."""

from collections.abc import Callable, Mapping
from typing import Any, Final, get_args
from urllib.parse import quote
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, redirect, request
from flask import session as cookie
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import (
    AlreadyDoneError,
    UnknownAccountError,
)
from census.errors import CensusError
from census.store import commands
from census.store.account_list import Choice, State, scope_choices
from census.store.actors import Grant
from census.store.database import Store
from census.store.rights import rights
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.office_forms import (
    FORM_ID,
    LONGEST_TEXT,
    day_of,
    form_id,
    given,
    new_form_id,
    status_of,
)
from webapp.right_words import role_word, scope_word
from webapp.shown_codes import ShownCodes
from webapp.words import Say, speak

CODES: Final = "riskatlas_shown_codes"
MOST_SHOWN: Final = 200
STATES: Final[tuple[State, ...]] = get_args(State)
SAID: Final = ("created", "granted", "revoked", "second", "closed", "again")
GROUP: Final = 5
SECONDS: Final = 60


def _said(say: Say) -> str:
    named = request.args.get("said", "")
    return say(f"accounts_said.{named}") if named in SAID else ""


class Words:
    """
    Puts a row of the list into words.

    Parameters
    ----------
    choices
        Divisions of the district.
    """

    def __init__(self, choices: list[Choice]) -> None:
        self.language = session.language()
        self.say = speak(self.language)
        self.names = {each.code: each.name for each in choices}
        self.zone = ZoneInfo(identity.office().district.timezone)

    def shown(self, row: Mapping[str, Any]) -> dict[str, Any]:
        """
        Describe an account for a template.

        Parameters
        ----------
        row
            The account, as the list has it.

        Returns
        -------
        dict
            Words for each of its facts.
        """
        last, say = row["last_sign_in"], self.say
        seen = f"{last.astimezone(self.zone):%Y-%m-%d %H:%M}" if last else say("accounts.never")
        return {
            **row,
            "state_word": self._state(row),
            "last": seen,
            "ends": row["ends_on"] or say("accounts.no_end"),
            "second": self._second(row),
            "roles": [
                (role, scope, role_word(role, self.language), self._scope(scope))
                for role, scope in row["roles"]
            ],
        }

    def _state(self, row: Mapping[str, Any]) -> str:
        say = self.say
        if row["state"] == "locked":
            return say("accounts.locked_for", minutes=-(-row["locked_s"] // SECONDS))
        return say(f"account_state.{row['state']}")

    def _scope(self, code: str) -> str:
        return scope_word(code, self.names, self.language)

    def _second(self, row: Mapping[str, Any]) -> str:
        say = self.say
        if not row["has_totp"]:
            return say("account.second_off")
        is_ours = row["totp_tag"] == identity.factors().tag
        return say("account.second_on") if is_ours else say("accounts.second_lost")


def _choices(choices: list[Choice], chosen: str) -> dict[str, Any]:
    language = session.language()
    towns = [
        (town, [each for each in choices if each.level != "town" and each.town_code == town.code])
        for town in choices
        if town.level == "town"
    ]
    held = [name for name, row in rights().roles.items() if row.signs_in]
    roles = [(name, role_word(name, language)) for name in held]
    return {"towns": towns, "all_roles": roles, "chosen_scope": chosen}


def _list_page(store: Store) -> Response:
    search, state = request.args.get("search", "")[:LONGEST_TEXT], request.args.get("state", "")
    wanted = next((each for each in STATES if each == state), None)
    office = identity.office()
    found = commands.accounts(office, identity.current_actor(), search=search, state=wanted)
    words = Words(scope_choices(office))
    say = words.say
    return drawn(
        store,
        "accounts.html",
        title=say("accounts.title"),
        rows=[words.shown(row) for row in found[:MOST_SHOWN]],
        total=len(found),
        search=search,
        state=wanted or "",
        states=[(each, say(f"account_state.{each}")) for each in STATES],
    )


def _new_page(store: Store, *, fault: CensusError | None = None) -> Response:
    say, choices = speak(session.language()), scope_choices(identity.office())
    return drawn(
        store,
        "account_new.html",
        title=say("accounts.new"),
        fault=fault,
        status=status_of(fault) if fault else 200,
        here="/accounts/new",
        form_id=request.form.get(FORM_ID) or new_form_id(),
        typed=request.form,
        **_choices(choices, given("scope")),
    )


def _account_page(store: Store, account_id: str, *, fault: CensusError | None = None) -> Response:
    office, actor = identity.office(), identity.current_actor()
    row = commands.account(office, actor, account_id=account_id)
    choices = scope_choices(office)
    words = Words(choices)
    return drawn(
        store,
        "account.html",
        title=row["display_name"],
        fault=fault,
        status=status_of(fault) if fault else 200,
        here=f"/accounts/{account_id}",
        said=_said(words.say) if fault is None else "",
        row=words.shown(row),
        is_own=account_id == actor.id,
        # One for each form of the page: two forms are two requests.
        new_form_id=new_form_id,
        chosen_role=given("role"),
        **_choices(choices, given("scope")),
    )


def _carry_out(
    store: Store, account_id: str, said: str, work: Callable[[str], object], *, after: str = ""
) -> AnyResponse:
    """Carry a form out once; where it arrives again, it only goes where the first one went."""
    request_id = form_id()
    try:
        work(request_id)
    except AlreadyDoneError:
        said = "again"
    except UnknownAccountError:
        abort(404)
    except CensusError as fault:
        return _account_page(store, account_id, fault=fault)
    return redirect(after or f"/accounts/{quote(account_id)}?said={said}", 303)


def _create(store: Store) -> AnyResponse:
    request_id = form_id()
    number = given("staff_number")
    grants = (Grant(given("role"), given("scope")),) if given("role") else ()
    try:
        account_id = commands.create_account(
            identity.office(), identity.current_actor(), login_name=given("login_name") or number,
            display_name=given("display_name"), staff_number=number or None,
            ends_on=day_of(given("ends_on")), grants=grants, request_id=request_id,
        )  # fmt: skip
    except AlreadyDoneError as done:
        return redirect(f"/accounts/{quote(done.object_code)}?said=again", 303)
    except CensusError as fault:
        return _new_page(store, fault=fault)
    return redirect(f"/accounts/{account_id}?said=created", 303)


def _serve_list(server: Flask, store: Store) -> None:
    @server.get("/accounts")
    def account_list() -> AnyResponse:
        return _list_page(store)

    @server.post("/accounts")
    def create_one() -> AnyResponse:
        return _create(store)

    @server.get("/accounts/new")
    def new_one() -> AnyResponse:
        return _new_page(store)

    @server.get("/accounts/<account_id>")
    def one_account(account_id: str) -> AnyResponse:
        try:
            return _account_page(store, account_id)
        except UnknownAccountError:
            abort(404)


def _serve_roles(server: Flask, store: Store) -> None:
    def with_role(account_id: str, said: str, command: Callable[..., bool]) -> AnyResponse:
        office, actor = identity.office(), identity.current_actor()
        return _carry_out(
            store, account_id, said,
            lambda request_id: command(
                office, actor, account_id=account_id, role=given("role"),
                scope_code=given("scope"), request_id=request_id,
            ),
        )  # fmt: skip

    @server.post("/accounts/<account_id>/grant")
    def grant(account_id: str) -> AnyResponse:
        return with_role(account_id, "granted", commands.grant_role)

    @server.post("/accounts/<account_id>/revoke")
    def revoke(account_id: str) -> AnyResponse:
        return with_role(account_id, "revoked", commands.revoke_role)


def _serve_close(server: Flask, store: Store) -> None:
    @server.get("/accounts/<account_id>/close")
    def ask_to_close(account_id: str) -> AnyResponse:
        office = identity.office()
        try:
            row = commands.account(office, identity.current_actor(), account_id=account_id)
        except UnknownAccountError:
            abort(404)
        say = speak(session.language())
        title = say("accounts.close_title", name=row["display_name"])
        return drawn(
            store, "account_close.html", title=title, row=row,
            form_id=new_form_id(),
        )  # fmt: skip

    @server.post("/accounts/<account_id>/close")
    def close(account_id: str) -> AnyResponse:
        office, actor = identity.office(), identity.current_actor()
        return _carry_out(
            store, account_id, "closed",
            lambda request_id: commands.close_account(
                office, actor, account_id=account_id, request_id=request_id
            ),
        )  # fmt: skip


def _serve_proofs(server: Flask, store: Store, codes: ShownCodes) -> None:
    @server.post("/accounts/<account_id>/second")
    def reset_second(account_id: str) -> AnyResponse:
        office, actor = identity.office(), identity.current_actor()
        return _carry_out(
            store, account_id, "second",
            lambda request_id: commands.reset_second_factor(
                office, actor, account_id=account_id, request_id=request_id
            ),
        )  # fmt: skip

    @server.post("/accounts/<account_id>/code")
    def hand_out(account_id: str) -> AnyResponse:
        office, actor = identity.office(), identity.current_actor()

        def work(request_id: str) -> None:
            code = commands.issue_code(office, actor, account_id=account_id, request_id=request_id)
            codes.keep(str(cookie.get(identity.TOKEN)), account_id, code)

        page = f"/accounts/{quote(account_id)}/code"
        return _carry_out(store, account_id, "", work, after=page)

    @server.get("/accounts/<account_id>/code")
    def show_code(account_id: str) -> AnyResponse:
        office = identity.office()
        try:
            row = commands.account(office, identity.current_actor(), account_id=account_id)
        except UnknownAccountError:
            abort(404)
        code = codes.read(str(cookie.get(identity.TOKEN)), account_id) or ""
        say = speak(session.language())
        return drawn(
            store, "account_code.html", title=say("accounts.code_title"), row=row,
            code=f"{code[:GROUP]}-{code[GROUP:]}" if code else "",
            hours=rights().limits["codes"]["valid_min"] // 60,
            address=f"{request.host_url}login/code",
        )  # fmt: skip


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages on which the security administrator keeps the accounts.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """
    codes = ShownCodes()
    server.extensions[CODES] = codes
    _serve_list(server, store)
    _serve_roles(server, store)
    _serve_close(server, store)
    _serve_proofs(server, store, codes)
