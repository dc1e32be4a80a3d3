"""Give an open page what it needs to hear what changes, and the place where it says so."""

import json
from pathlib import Path
from typing import Final

from dash import html
from dash.development.base_component import Component

from census.store.connection import Store
from census.store.deliveries import generations
from census.store.features import SOURCES
from webapp.markup import element
from webapp.words import Say

# The script that holds the one stream of a browser; its address changes with its content, so that
# tabs of a new program do not join the stream of an old one.
STREAM: Final = "live/stream.js"
STREAM_PATH: Final = f"/assets/{STREAM}"


def stream_address() -> str:
    """
    Address the script of the stream.

    Returns
    -------
    str
        Its path, with the time of the file.
    """
    file = Path(__file__).with_name("assets") / STREAM
    return f"{STREAM_PATH}?m={file.stat().st_mtime}"


def stream_policy(live: str) -> str:
    """
    Write the content security policy of the stream's script, which runs beside the pages.

    Parameters
    ----------
    live
        Origin of the live process.

    Returns
    -------
    str
        Value of the ``Content-Security-Policy`` header: it may speak to the live process alone.
    """
    return f"default-src 'none'; connect-src {live}; frame-ancestors 'none'"


def seat(store: Store, live: str, say: Say) -> Component:
    """
    Build the place where a page says that it is cut off, or that there is something new.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    live
        Origin of the live process.
    say
        The texts.

    Returns
    -------
    Component
        An empty line with the texts, and the generations that the page was made from.
    """
    told = {
        "origin": live,
        "stream": stream_address(),
        "generations": json.dumps(generations(store)),
        "sources": json.dumps(SOURCES),
        "lost": say("news.lost"),
        "fresh": say("news.fresh"),
        "show": say("news.show"),
        "program": say("news.program"),
        "unsaved": say("news.unsaved"),
        "reload": say("news.reload"),
    }
    marks = {f"data-{name}": text for name, text in told.items()}
    return element(html.Div, className="news", role="status", **{"data-news": "true", **marks})
