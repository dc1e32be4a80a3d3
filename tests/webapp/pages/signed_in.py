"""People for the tests: accounts with roles, browsers that are signed in, codes of a telephone."""

import secrets

from passlib.totp import TOTP
from sqlalchemy import func, select, update

from census.store import sessions
from census.store.access_tables import Account, AuditEntry, LoginSession
from census.store.actors import system_actor, visitor
from census.store.commands import create_account, grant_role, issue_code, redeem_code
from webapp import identity, session

PASSWORD = "三条河流在此 meet"


def account(office, *roles, scope="", password=True, **further):
    """An account with roles for a scope; its id and login name."""
    name = f"u{secrets.token_hex(4)}"
    one = create_account(office, system_actor(), login_name=name, display_name="某人", **further)
    for role in roles:
        grant_role(office, system_actor(), account_id=one, role=role, scope_code=scope)
    if password:
        code = issue_code(office, system_actor(), account_id=one)
        redeem_code(
            office, visitor(f"setup {name}"), login_name=name, code=code, new_password=PASSWORD
        )
    else:
        with office.begin() as connection:
            own = update(Account).where(Account.id == one)
            connection.execute(own.values(must_change_password=False))
    return one, name


class Browser:
    """A browser that fills forms in, with an address of its own, so that no lock meets another."""

    def __init__(self, app, office):
        self.app, self.office = app, office
        self.client = app.server.test_client()
        self.from_address = f"10.{secrets.randbelow(256)}.{secrets.randbelow(256)}.1"

    def get(self, path, **options):
        options["environ_base"] = {"REMOTE_ADDR": self.from_address}
        return self.client.get(path, buffered=True, **options)

    def token(self, path="/login"):
        """The form's token, as the form holds it."""
        text = self.get(path).text
        marker = 'name="csrf_token" value="'
        if marker in text:
            return text.split(marker)[1].split('"')[0]
        self.get("/")
        return self.client.get_cookie(session.TOKEN_COOKIE).value

    def send(self, path, form_at=None, **fields):
        """Send a form with its token."""
        token = fields.pop("csrf_token", None) or self.token(form_at or path.split("?")[0])
        return self.client.post(
            path,
            data={"csrf_token": token, **fields},
            environ_base={"REMOTE_ADDR": self.from_address},
        )

    def sign_in(self, name, password=PASSWORD, path="/login"):
        return self.send(path, name=name, password=password)

    def ask(self, method, path, body=None, **headers):
        """Ask as a page's script does, with the token of the cookie."""
        if self.client.get_cookie(session.TOKEN_COOKIE) is None:
            self.get("/")
        headers["X-CSRFToken"] = self.client.get_cookie(session.TOKEN_COOKIE).value
        return self.client.open(
            path,
            method=method,
            json=body,
            headers=headers,
            buffered=True,
            environ_base={"REMOTE_ADDR": self.from_address},
        )

    def hold(self, account_id):
        """Hold a sign-in of an account, without the form."""
        token = sessions.start(self.office, account_id, address=self.from_address)
        with self.client.session_transaction() as cookie:
            cookie[identity.TOKEN] = token
        self.get("/")
        return self

    @property
    def cookie(self):
        return self.client.get_cookie("riskatlas_session").value

    @cookie.setter
    def cookie(self, value):
        self.client.set_cookie("riskatlas_session", value)

    @property
    def is_in(self):
        return self.get("/account").status_code == 200


def digits_of(key, steps=0):
    """What a telephone with this key shows, some time steps later."""
    made = TOTP(key=key.replace("-", ""), format="base32")
    now = made.generate()
    return made.generate(time=now.counter * 30 + 30 * steps).token


def newest(office, account_id):
    """Action, outcome and detail of the newest entries about an account."""
    about = (AuditEntry.object_code == account_id) | (AuditEntry.actor == account_id)
    query = select(AuditEntry.action, AuditEntry.outcome, AuditEntry.detail).where(about)
    with office.engine.connect() as connection:
        return connection.execute(query.order_by(AuditEntry.id.desc())).all()


def signed_in(app, office, planner):
    browser = Browser(app, office)
    assert browser.sign_in(planner[1]).status_code == 303
    return browser


def log_out(browser, _office, _planner):
    assert browser.send("/logout", form_at="/account").headers["Location"] == "/login?said=out"


def change(browser, _office, _planner):
    fields = {"old_password": PASSWORD, "new_password": PASSWORD + "2", "again": PASSWORD + "2"}
    assert browser.send("/account/password", **fields).status_code == 303


def shift(column, minutes):
    def shifted(_browser, office, planner):
        earlier = column - func.make_interval(0, 0, 0, 0, 0, minutes)
        own = update(LoginSession).where(LoginSession.account_id == planner[0])
        with office.begin() as connection:
            connection.execute(own.values({column: earlier}))

    return shifted


def elsewhere(command, **options):
    def done(_browser, office, planner):
        command(office, system_actor(), account_id=planner[0], **options)

    return done


def key_in(page):
    return page.text.split("<code>")[1].split("</code>")[0]
