"""Show which roles need a second step to sign in, and let the security administrator say so."""

from flask import Flask, Response, redirect
from werkzeug.wrappers import Response as AnyResponse

from census.access_errors import AlreadyDoneError
from census.errors import CensusError
from census.store import commands
from census.store.database import Store
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.office_forms import form_id, given, new_form_id, status_of
from webapp.right_words import role_word
from webapp.words import speak

HERE = "/accounts/roles"


def _page(store: Store, *, fault: CensusError | None = None, is_again: bool = False) -> Response:
    language = session.language()
    say = speak(language)
    rows = commands.role_rules(identity.office(), identity.current_actor())
    return drawn(
        store,
        "roles.html",
        title=say("roles.title"),
        fault=fault,
        status=status_of(fault) if fault else 200,
        here=HERE,
        said=say("accounts_said.again") if is_again else "",
        rows=[{**row, "word": role_word(row["role"], language)} for row in rows],
        new_form_id=new_form_id,
    )


def register(server: Flask, store: Store) -> None:
    """
    Give a server the page of the roles.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """

    @server.get(HERE)
    def roles() -> AnyResponse:
        return _page(store)

    @server.post(HERE)
    def require() -> AnyResponse:
        request_id = form_id()
        try:
            commands.require_factor(
                identity.office(), identity.current_actor(), role=given("role"),
                is_needed=given("is_needed") == "yes", request_id=request_id,
            )  # fmt: skip
        except AlreadyDoneError:
            return _page(store, is_again=True)
        except CensusError as fault:
            return _page(store, fault=fault)
        return redirect(HERE, 303)
