"""Let people sign in and out: name and password, one-time code, own account."""

from typing import Final

from flask import Flask, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import LockedError, LoginRefusedError, WeakPasswordError
from census.store import accounts, presence
from census.store.account_list import scope_choices
from census.store.commands import change_password, redeem_code
from census.store.database import Store
from census.store.rights import rights
from webapp import identity, session
from webapp.errors import UnlikePasswordsError
from webapp.login_answers import enter, given, here, next_page, refused, say_now
from webapp.login_forms import Field, Form, shown
from webapp.right_words import role_word, scope_word
from webapp.second_pages import ask_second
from webapp.words import Say


def _login_form() -> Form:
    say = say_now()
    said = {"password": say("login.password_set"), "out": say("login.signed_out")}
    asked_further = next_page() != "/"
    return Form(
        title=say("login.title"),
        action=here("/login"),
        button=say("login.enter"),
        fields=(
            Field("name", say("login.name"), autocomplete="username", value=given("name")[:64]),
            Field("password", say("login.password"), "password", "current-password"),
        ),
        lead=say("login.lead_page") if asked_further else say("login.lead"),
        said=said.get(request.args.get("said", ""), ""),
        links=((here("/login/code"), say("login.have_code")), ("/", say("login.as_visitor"))),
    )


def _serve_login(server: Flask, store: Store) -> None:
    @server.get("/login")
    def login() -> AnyResponse:
        if identity.current_actor().is_signed_in:
            return redirect(next_page(), 303)
        return shown(store, _login_form())

    @server.post("/login")
    def sign_in() -> AnyResponse:
        office = identity.office()
        try:
            entrant = accounts.sign_in(
                office, given("name"), given("password"), address=identity.address()
            )
        except (LoginRefusedError, LockedError) as fault:
            return refused(store, _login_form(), fault)
        return ask_second(entrant) if entrant.needs_totp else enter(entrant)

    @server.post("/logout")
    def logout() -> AnyResponse:
        identity.leave()
        answer = redirect("/login?said=out", 303)
        # What was drawn and not sent lies in the tab; who comes next finds none of it.
        answer.headers["Clear-Site-Data"] = '"storage"'
        return answer


def _new_password_fields(say: Say) -> tuple[Field, Field]:
    least = rights().limits["passwords"]["least_characters"]
    note = say("password.note", least=least)
    return (
        Field("new_password", say("password.new"), "password", "new-password", note=note),
        Field("again", say("password.again"), "password", "new-password"),
    )


def _new_password() -> str:
    if given("new_password") != given("again"):
        raise UnlikePasswordsError
    return given("new_password")


def _reset_form() -> Form:
    say = say_now()
    return Form(
        title=say("reset.title"),
        action=here("/login/code"),
        button=say("password.set"),
        fields=(
            Field("name", say("login.name"), autocomplete="username", value=given("name")[:64]),
            Field("code", say("reset.code"), autocomplete="one-time-code"),
            *_new_password_fields(say),
        ),
        lead=say("reset.lead"),
        links=((here("/login"), say("reset.back")),),
    )


_PASSWORD_FAULTS: Final = (LoginRefusedError, LockedError, WeakPasswordError, UnlikePasswordsError)


def _serve_reset(server: Flask, store: Store) -> None:
    @server.get("/login/code")
    def with_code() -> AnyResponse:
        return shown(store, _reset_form())

    @server.post("/login/code")
    def reset() -> AnyResponse:
        try:
            redeem_code(
                identity.office(), identity.current_actor(), login_name=given("name"),
                code=given("code"), new_password=_new_password(),
            )  # fmt: skip
        except _PASSWORD_FAULTS as fault:
            return refused(store, _reset_form(), fault)
        identity.forget()
        return redirect("/login?said=password", 303)


def _change_form() -> Form:
    say = say_now()
    there = identity.current_presence()
    is_forced = there is not None and there.must_change_password
    return Form(
        title=say("password.title"),
        action="/account/password",
        button=say("password.set"),
        fields=(
            Field("old_password", say("password.old"), "password", "current-password"),
            *_new_password_fields(say),
        ),
        lead=say("password.forced") if is_forced else say("password.lead"),
        links=() if is_forced else (("/account", say("account.back")),),
    )


def _account_form() -> Form:
    say, actor = say_now(), identity.current_actor()
    factor = presence.second_factor(identity.office(), actor.id)
    language = session.language()
    names = {each.code: each.name for each in scope_choices(identity.office())}
    held = [
        (role_word(grant.role, language), scope_word(grant.scope_code, names, language))
        for grant in actor.grants
        if grant.role in rights().roles
    ]
    second = say("account.second_on") if factor.secret else say("account.second_off")
    links = [("/account/password", say("account.password")), ("/", say("account.to_map"))]
    if not factor.secret:
        links.insert(1, ("/account/second", say("account.second_set_up")))
    return Form(
        title=actor.name,
        action="/logout",
        button=say("account.leave"),
        facts=[(say("login.name"), factor.login_name), *held, (say("account.second"), second)],
        links=links,
    )


def _serve_account(server: Flask, store: Store) -> None:
    @server.get("/account")
    def account() -> AnyResponse:
        return shown(store, _account_form())

    @server.get("/account/password")
    def password() -> AnyResponse:
        return shown(store, _change_form())

    @server.post("/account/password")
    def change() -> AnyResponse:
        try:
            change_password(
                identity.office(), identity.current_actor(),
                old_password=given("old_password"), new_password=_new_password(),
            )  # fmt: skip
        except _PASSWORD_FAULTS as fault:
            return refused(store, _change_form(), fault)
        identity.forget()
        return redirect("/login?said=password", 303)


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages on which people sign in and look after their account.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """
    for serve in (_serve_login, _serve_reset, _serve_account):
        serve(server, store)
