"""Know who asks: a sign-in is a row on the server, and the cookie carries its random token.

Flask-Security keeps the users' model, their second factor and what its decorators need; passwords,
lockout, sessions and rights are those of census.store, which every process shares.
"""

import hashlib
from typing import Any, Final, cast

import segno
from flask import Flask, current_app, g, has_request_context, request
from flask import session as cookie
from flask.sessions import SecureCookieSessionInterface
from flask_security import RoleMixin, Security, SQLAlchemySessionUserDatastore, UserMixin
from flask_security.totp import Totp
from flask_security.utils import login_user
from passlib.exc import TokenError  # type: ignore[import-untyped]  # it has no stubs

from census.store import presence, sessions
from census.store.account_list import tag_of
from census.store.accounts import Account, AccountRole
from census.store.actors import Actor, visitor
from census.store.connection import Store
from census.store.presence import Presence, SecondFactor

OFFICE: Final = "riskatlas_office"
FACTORS: Final = "riskatlas_factors"
TOKEN: Final = "sign_in"  # noqa: S105  (a name, no secret)
ISSUER: Final = "Riskatlas"
CLOCK_SKEW_S: Final = 30
TAG_CHARACTERS: Final = 16
# What a page asks by itself says so, and keeps nobody signed in who has gone away.
UNATTENDED_HEADER: Final = "X-Unattended"


class Person(Account, UserMixin):  # type: ignore[misc]  # both name the columns
    """An account as Flask-Security knows it; no e-mail is needed."""


class HostCookies(SecureCookieSessionInterface):
    """A session cookie that is Secure where the page is: elsewhere a browser would drop it."""

    def get_cookie_secure(self, app: Flask) -> bool:  # noqa: ARG002  (Flask's signature)
        """
        Tell whether the cookie goes over https alone.

        Parameters
        ----------
        app
            The server.

        Returns
        -------
        bool
            Whether this request came over https.
        """
        return request.is_secure


class Factors(Totp):
    """
    Second factors, each code of which lets somebody in once.

    Parameters
    ----------
    office
        The store, role app.
    secret_key
        Key of the deployment, which the accounts' secrets are encrypted with.

    Attributes
    ----------
    tag
        Names the key in each secret, and tells nothing of it.
    """

    def __init__(self, office: Store, secret_key: str) -> None:
        wrapping = hashlib.sha256(b"riskatlas second factor\n" + secret_key.encode()).hexdigest()
        # The cipher cannot tell a wrong key from a right one, so each secret names its key.
        self.tag = hashlib.sha256(b"tag\n" + wrapping.encode()).hexdigest()[:TAG_CHARACTERS]
        super().__init__({self.tag: wrapping}, ISSUER)
        self.office = office

    def is_readable(self, secret: str) -> bool:
        """
        Tell whether a secret was encrypted with this deployment's key.

        Parameters
        ----------
        secret
            The secret, encrypted.

        Returns
        -------
        bool
            False where the key has changed since: then no code can be checked.
        """
        return tag_of(secret) == self.tag

    def is_right(self, code: str, secret: str, factor: SecondFactor) -> bool:
        """
        Check a code.

        Parameters
        ----------
        code
            Six digits, as typed.
        secret
            The secret, encrypted.
        factor
            The account's second factor.

        Returns
        -------
        bool
            False also for a code that let somebody in before.
        """
        try:
            match = self._totp.verify(
                code, secret, window=CLOCK_SKEW_S, last_counter=factor.last_counter
            )
        except TokenError:
            return False
        # Another request may have used it up since the factor was read.
        return presence.use_counter(self.office, factor.account_id, match.counter)

    def picture(self, login_name: str, secret: str) -> str:
        """
        Draw what the telephone's camera reads.

        Parameters
        ----------
        login_name
            Name in the telephone's list.
        secret
            The secret, encrypted.

        Returns
        -------
        str
            Address of an SVG picture, ``data:``.
        """
        code = segno.make(self.get_totp_uri(login_name, secret), error="m")
        return str(code.svg_data_uri(scale=4, border=2))


def office() -> Store:
    """
    Return the store that persons read and write.

    Returns
    -------
    Store
        The store, role app.
    """
    return cast("Store", current_app.extensions[OFFICE])


def factors() -> Factors:
    """
    Return the second factors of this deployment.

    Returns
    -------
    Factors
        Makes and checks them.
    """
    return cast("Factors", current_app.extensions[FACTORS])


def address() -> str:
    """
    Return where the request comes from.

    Returns
    -------
    str
        The address; empty where none is known.
    """
    return request.remote_addr or ""


def current_presence() -> Presence | None:
    """
    Look up who is signed in, once per request; who never was costs no look.

    Returns
    -------
    Presence | None
        Who is there; None for a visitor, and where the sign-in has ended.
    """
    if not has_request_context():
        return None
    if "presence" not in g:
        token = cookie.get(TOKEN)
        is_attended = UNATTENDED_HEADER not in request.headers
        g.presence = (
            presence.present(office(), token, address=address(), is_attended=is_attended)
            if token
            else None
        )
        if token and g.presence is None:
            forget()
    return cast("Presence | None", g.presence)


def current_actor() -> Actor:
    """
    Tell who asks.

    Returns
    -------
    Actor
        The account with the roles that it has at this moment, or a visitor.
    """
    there = current_presence()
    if there is not None:
        return there.actor
    return visitor(address() if has_request_context() else "")


def enter(account_id: str) -> None:
    """
    Begin a sign-in: whatever the browser held before is worth nothing.

    Parameters
    ----------
    account_id
        The account, all of whose proofs were right.
    """
    old = cookie.get(TOKEN)
    if old:
        sessions.end(office(), old)
    forget()
    token = sessions.start(office(), account_id, address=address(), agent=request.user_agent.string)
    cookie[TOKEN] = token
    g.presence = presence.present(office(), token, address=address())
    person = _read(current_app.extensions["security"].datastore, id=account_id)
    if person is not None:
        login_user(person, remember=False, authn_via=["password"])


def leave() -> None:
    """End the sign-in of this request; its cookie is worth nothing from then on."""
    token = cookie.get(TOKEN)
    if token:
        presence.leave(office(), current_actor(), token)
    forget()


def forget() -> None:
    """Take everything out of the cookie, the form's token too."""
    cookie.clear()
    g.pop("csrf_token", None)
    g.presence = None


def _read(accounts: SQLAlchemySessionUserDatastore, **which: Any) -> Person | None:
    try:
        return cast("Person | None", accounts.find_user(**which))
    finally:
        # Else the session would hold a connection until the request ends.
        accounts.db.session.remove()


def set_up(server: Flask, store: Store, *, secret_key: str) -> None:
    """
    Let a server know who asks.

    Parameters
    ----------
    server
        The server, which already asks for the form's token.
    store
        The store, role app.
    secret_key
        Key of the deployment.
    """
    server.config.update(
        SECURITY_TWO_FACTOR=False,  # our own pages, see `Factors`
        SECURITY_PASSWORD_HASH="argon2",  # noqa: S106  (a name, no password)
        SECURITY_PASSWORD_SALT=hashlib.sha256(b"salt\n" + secret_key.encode()).hexdigest(),
        SECURITY_CLI_USERS_NAME="",
        SECURITY_CLI_ROLES_NAME="",
    )
    server.session_interface = HostCookies()
    server.extensions[OFFICE] = store
    server.extensions[FACTORS] = Factors(store, secret_key)
    held = cast("type[RoleMixin]", AccountRole)
    accounts = SQLAlchemySessionUserDatastore(presence.account_sessions(store), Person, held)
    security = Security(server, accounts, register_blueprint=False)
    # Roles hold for a part of the district, which the library's permissions do not know: the
    # tables of rights are asked instead, and no request looks a user up that it does not need.
    security.principal.identity_loaders.clear()

    def load(signed_with: str) -> Person | None:
        there = current_presence()
        person = _read(accounts, fs_uniquifier=signed_with) if there else None
        is_same = person is not None and there is not None and str(person.id) == there.actor.id
        return person if is_same else None

    manager: Any = security.login_manager
    manager.user_loader(load)
    # Nobody signs in by a header or a link.
    manager.request_loader(lambda _request: None)
