"""Let people sign in and out: name and password, second factor, one-time code, own account."""

import logging
import time
import unicodedata
from dataclasses import replace
from typing import Any, Final
from urllib.parse import urlencode

from flask import Flask, Response, redirect, request
from flask import session as cookie
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import LockedError, LoginRefusedError, WeakPasswordError
from census.errors import CensusError
from census.store import accounts, lockout, presence
from census.store.account_list import scope_choices
from census.store.accounts import Entrant
from census.store.actors import Actor
from census.store.commands import change_password, redeem_code, set_totp
from census.store.database import Store
from census.store.presence import SecondFactor
from census.store.rights import rights
from webapp import entry, identity, session
from webapp.errors import SecondFactorError, SecondFactorLostError, UnlikePasswordsError
from webapp.login_forms import Field, Form, shown
from webapp.pending import Pending
from webapp.right_words import role_word, scope_word
from webapp.words import Say, speak

log = logging.getLogger(__name__)

PENDING: Final = "pending"
ENROLLING: Final = "enrolling"
PENDING_S: Final = 300
STATUS: Final[tuple[tuple[type[CensusError], int], ...]] = (
    (LockedError, 429),
    (LoginRefusedError, 401),
    (SecondFactorError, 401),
    (SecondFactorLostError, 409),
)
UNPROCESSABLE: Final = 422


def _say() -> Say:
    return speak(session.language())


def _given(name: str) -> str:
    return request.form.get(name, "")


def _next() -> str:
    return entry.local(request.args.get("next"))


def _here(path: str) -> str:
    target = _next()
    return path if target == "/" else f"{path}?{urlencode({'next': target})}"


def _refused(store: Store, form: Form, fault: CensusError) -> Response:
    status = next((code for kind, code in STATUS if isinstance(fault, kind)), UNPROCESSABLE)
    answer = shown(store, form, fault=fault, status=status)
    if isinstance(fault, LockedError):
        answer.headers["Retry-After"] = str(fault.wait_s)
    return answer


def _login_form() -> Form:
    say = _say()
    said = {"password": say("login.password_set"), "out": say("login.signed_out")}
    asked_further = _next() != "/"
    return Form(
        title=say("login.title"),
        action=_here("/login"),
        button=say("login.enter"),
        fields=(
            Field("name", say("login.name"), autocomplete="username", value=_given("name")[:64]),
            Field("password", say("login.password"), "password", "current-password"),
        ),
        lead=say("login.lead_page") if asked_further else say("login.lead"),
        said=said.get(request.args.get("said", ""), ""),
        links=((_here("/login/code"), say("login.have_code")), ("/", say("login.as_visitor"))),
    )


def _enter(entrant: Entrant) -> AnyResponse:
    target = _next()
    identity.enter(entrant.account_id)
    return redirect("/account/password" if entrant.must_change_password else target, 303)


def _serve_login(server: Flask, store: Store) -> None:
    @server.get("/login")
    def login() -> AnyResponse:
        if identity.current_actor().is_signed_in:
            return redirect(_next(), 303)
        return shown(store, _login_form())

    @server.post("/login")
    def sign_in() -> AnyResponse:
        office = identity.office()
        try:
            entrant = accounts.sign_in(
                office, _given("name"), _given("password"), address=identity.address()
            )
        except (LoginRefusedError, LockedError) as fault:
            return _refused(store, _login_form(), fault)
        if not entrant.needs_totp:
            return _enter(entrant)
        cookie.pop(ENROLLING, None)
        pending = Pending(
            entrant.account_id, entrant.login_key, entrant.name, entrant.must_change_password,
            presence.signs_in_with(office, entrant.account_id), time.time() + PENDING_S,
        )  # fmt: skip
        cookie[PENDING] = vars(pending)
        return redirect(_here("/login/second"), 303)

    @server.post("/logout")
    def logout() -> AnyResponse:
        identity.leave()
        answer = redirect("/login?said=out", 303)
        # What was drawn and not sent lies in the tab; who comes next finds none of it.
        answer.headers["Clear-Site-Data"] = '"storage"'
        return answer


def _pending() -> Pending | None:
    kept: Any = cookie.get(PENDING)
    if not isinstance(kept, dict):
        return None
    pending = Pending(**kept)
    is_same = presence.signs_in_with(identity.office(), pending.account_id) == pending.signed_with
    return pending if is_same and time.time() < pending.until else None


def _code_field(say: Say) -> Field:
    return Field("code", say("second.code"), autocomplete="one-time-code", digits=True)


def _enrolling() -> str:
    """Return the secret that is being set up in this browser, encrypted."""
    if ENROLLING not in cookie:
        cookie[ENROLLING] = identity.factors().generate_totp_secret()
    return str(cookie[ENROLLING])


def _enrol_form(action: str, login_name: str, secret: str) -> Form:
    say, factors = _say(), identity.factors()
    return Form(
        title=say("second.set_up"),
        action=action,
        button=say("second.confirm"),
        fields=(_code_field(say),),
        lead=say("second.set_up_lead"),
        picture=factors.picture(login_name, secret),
        picture_words=say("second.picture"),
        key=factors.get_totp_pretty_key(secret),
    )


def _second_form(factor: SecondFactor) -> Form:
    action = _here("/login/second")
    if factor.secret is None:
        return _enrol_form(action, factor.login_name, _enrolling())
    say = _say()
    links = ((_here("/login"), say("second.again")),)
    if not identity.factors().is_readable(factor.secret):
        return Form(title=say("second.title"), action=action, button="", links=links)
    return Form(
        title=say("second.title"),
        action=action,
        button=say("login.enter"),
        fields=(_code_field(say),),
        lead=say("second.lead"),
        links=links,
    )


def _code() -> str:
    return "".join(each for each in unicodedata.normalize("NFKC", _given("code")) if each != " ")


def _serve_second(server: Flask, store: Store) -> None:
    @server.get("/login/second")
    def second() -> AnyResponse:
        pending = _pending()
        if pending is None:
            return redirect(_here("/login"), 303)
        factor = presence.second_factor(identity.office(), pending.account_id)
        try:
            _require_readable(factor)
        except SecondFactorLostError as fault:
            _note_lost(pending)
            return _refused(store, _second_form(factor), fault)
        return shown(store, _second_form(factor))

    @server.post("/login/second")
    def prove() -> AnyResponse:
        pending, office = _pending(), identity.office()
        if pending is None:
            return redirect(_here("/login"), 303)
        factor = presence.second_factor(office, pending.account_id)
        try:
            _prove_counted(pending, factor)
        except (LockedError, SecondFactorError, SecondFactorLostError) as fault:
            return _refused(store, _second_form(factor), fault)
        accounts.entered(office, pending.entrant(), address=identity.address())
        return _enter(pending.entrant())


def _prove_counted(pending: Pending, factor: SecondFactor) -> None:
    # Before the try is counted: no code could be right.
    _require_readable(factor)
    office, address = identity.office(), identity.address()
    attempt = lockout.admit(office, pending.login_key, address=address, purpose="second")
    actor = Actor(pending.account_id, pending.name, address=address)
    try:
        _prove(factor, actor)
    except SecondFactorError:
        accounts.refused_second(office, actor, attempt)
        raise


def _require_readable(factor: SecondFactor) -> None:
    if factor.secret is not None and not identity.factors().is_readable(factor.secret):
        raise SecondFactorLostError


def _note_lost(pending: Pending) -> None:
    log.warning("a second factor cannot be checked: the secret key is not the one it was made with")
    actor = Actor(pending.account_id, pending.name, address=identity.address())
    presence.note_lost_factor(identity.office(), actor)


def _prove(factor: SecondFactor, actor: Actor) -> None:
    """Let a right code through; the first one of a new secret also keeps that secret."""
    secret = factor.secret or _enrolling()
    if not identity.factors().is_right(_code(), secret, factor):
        raise SecondFactorError
    if factor.secret is None:
        set_totp(identity.office(), actor, secret=secret)
        cookie.pop(ENROLLING, None)


def _new_password_fields(say: Say) -> tuple[Field, Field]:
    least = rights().limits["passwords"]["least_characters"]
    note = say("password.note", least=least)
    return (
        Field("new_password", say("password.new"), "password", "new-password", note=note),
        Field("again", say("password.again"), "password", "new-password"),
    )


def _new_password() -> str:
    if _given("new_password") != _given("again"):
        raise UnlikePasswordsError
    return _given("new_password")


def _reset_form() -> Form:
    say = _say()
    return Form(
        title=say("reset.title"),
        action=_here("/login/code"),
        button=say("password.set"),
        fields=(
            Field("name", say("login.name"), autocomplete="username", value=_given("name")[:64]),
            Field("code", say("reset.code"), autocomplete="one-time-code"),
            *_new_password_fields(say),
        ),
        lead=say("reset.lead"),
        links=((_here("/login"), say("reset.back")),),
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
                identity.office(), identity.current_actor(), login_name=_given("name"),
                code=_given("code"), new_password=_new_password(),
            )  # fmt: skip
        except _PASSWORD_FAULTS as fault:
            return _refused(store, _reset_form(), fault)
        identity.forget()
        return redirect("/login?said=password", 303)


def _change_form() -> Form:
    say = _say()
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
    say, actor = _say(), identity.current_actor()
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
                old_password=_given("old_password"), new_password=_new_password(),
            )  # fmt: skip
        except _PASSWORD_FAULTS as fault:
            return _refused(store, _change_form(), fault)
        identity.forget()
        return redirect("/login?said=password", 303)


def _own_form(factor: SecondFactor) -> Form:
    form = _enrol_form("/account/second", factor.login_name, _enrolling())
    return replace(form, links=(("/account", _say()("account.back")),))


def _serve_own_second(server: Flask, store: Store) -> None:
    @server.get("/account/second")
    def own_second() -> AnyResponse:
        factor = presence.second_factor(identity.office(), identity.current_actor().id)
        if factor.secret is not None:
            return redirect("/account", 303)
        return shown(store, _own_form(factor))

    @server.post("/account/second")
    def set_up_second() -> AnyResponse:
        actor = identity.current_actor()
        factor = presence.second_factor(identity.office(), actor.id)
        # A second one needs the administrator, or a stolen sign-in could replace the first.
        if factor.secret is None:
            try:
                _prove(factor, actor)
            except SecondFactorError as fault:
                return _refused(store, _own_form(factor), fault)
        return redirect("/account", 303)


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
    for serve in (_serve_login, _serve_second, _serve_reset, _serve_account, _serve_own_second):
        serve(server, store)
