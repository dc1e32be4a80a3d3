"""Say that an address leads nowhere, and what to do."""

import dash
from dash import Dash
from dash.development.base_component import Component

from census.store.database import Store
from webapp import cards
from webapp.words import speak


def view() -> Component:
    """
    Build the panel of an address that no page has.

    Returns
    -------
    Component
        A sentence in both languages.
    """
    sentences = [speak("zh")("fault.no_page"), speak("en")("fault.no_page")]
    return cards.fault("404", *sentences)


def register(app: Dash, store: Store) -> None:  # noqa: ARG001  (every page registers alike)
    """
    Register the page that Dash shows for unknown addresses.

    Parameters
    ----------
    app
        The app.
    store
        The district's store; not asked.
    """

    def layout(**_query: str) -> Component:
        return view()

    dash.register_page("not_found_404", path="/not-found", title="Riskatlas", layout=layout)
