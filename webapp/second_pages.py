"""Ask for the second step of signing in, and let people set one up."""

import logging
import time
import unicodedata
from dataclasses import replace
from typing import Any, Final

from flask import Flask, redirect
from flask import session as cookie
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import LockedError, LoginRefusedError
from census.store import accounts, lockout, presence
from census.store.accounts import Entrant
from census.store.actors import Actor
from census.store.commands import set_totp
from census.store.database import Store
from census.store.password_commands import confirm_password
from census.store.presence import SecondFactor
from webapp import identity
from webapp.errors import SecondFactorError, SecondFactorLostError
from webapp.login_answers import enter, given, here, refused, say_now
from webapp.login_forms import Field, Form, shown
from webapp.pending import Pending
from webapp.words import Say

log = logging.getLogger(__name__)

PENDING: Final = "pending"
ENROLLING: Final = "enrolling"
PENDING_S: Final = 300


def ask_second(entrant: Entrant) -> AnyResponse:
    """
    Keep in the cookie that a password was right, and ask for the second step.

    Parameters
    ----------
    entrant
        The account; it is not in yet.

    Returns
    -------
    AnyResponse
        To the page that asks.
    """
    cookie.pop(ENROLLING, None)
    pending = Pending(
        entrant.account_id, entrant.login_key, entrant.name, entrant.must_change_password,
        presence.signs_in_with(identity.office(), entrant.account_id), time.time() + PENDING_S,
    )  # fmt: skip
    cookie[PENDING] = vars(pending)
    return redirect(here("/login/second"), 303)


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
    say, factors = say_now(), identity.factors()
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
    action = here("/login/second")
    if factor.secret is None:
        return _enrol_form(action, factor.login_name, _enrolling())
    say = say_now()
    links = ((here("/login"), say("second.again")),)
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
    return "".join(each for each in unicodedata.normalize("NFKC", given("code")) if each != " ")


def _serve_second(server: Flask, store: Store) -> None:
    @server.get("/login/second")
    def second() -> AnyResponse:
        pending = _pending()
        if pending is None:
            return redirect(here("/login"), 303)
        factor = presence.second_factor(identity.office(), pending.account_id)
        try:
            _require_readable(factor)
        except SecondFactorLostError as fault:
            _note_lost(pending)
            return refused(store, _second_form(factor), fault)
        return shown(store, _second_form(factor))

    @server.post("/login/second")
    def prove() -> AnyResponse:
        pending, office = _pending(), identity.office()
        if pending is None:
            return redirect(here("/login"), 303)
        factor = presence.second_factor(office, pending.account_id)
        try:
            _prove_counted(pending, factor)
        except (LockedError, SecondFactorError, SecondFactorLostError) as fault:
            return refused(store, _second_form(factor), fault)
        accounts.entered(office, pending.entrant(), address=identity.address())
        return enter(pending.entrant())


def _prove_counted(pending: Pending, factor: SecondFactor) -> None:
    # Before the try is counted: no code could be right.
    _require_readable(factor)
    office, address = identity.office(), identity.address()
    attempt = lockout.admit(office, pending.login_key, address=address, purpose="second")
    actor = Actor(pending.account_id, pending.name, address=address)
    try:
        _prove(factor, actor)
    except SecondFactorError:
        accounts.refused_proof(office, actor, attempt, reason="second_factor")
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


def _own_form(factor: SecondFactor) -> Form:
    say, form = say_now(), _enrol_form("/account/second", factor.login_name, _enrolling())
    password = Field("password", say("password.old"), "password", "current-password")
    links = (("/account", say("account.back")),)
    return replace(form, fields=(*form.fields, password), links=links)


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
        # A stolen sign-in must not shut the person out: the first one needs the password, a second
        # one the administrator.
        if factor.secret is None:
            try:
                confirm_password(identity.office(), actor, given("password"))
                _prove(factor, actor)
            except (SecondFactorError, LoginRefusedError, LockedError) as fault:
                return refused(store, _own_form(factor), fault)
        return redirect("/account", 303)


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages of the second step.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """
    _serve_second(server, store)
    _serve_own_second(server, store)
