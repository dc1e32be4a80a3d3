"""Commands that run the server: serve, stop."""

import argparse
import os
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from census.store.settings import address_of
from webapp import log_lines, serve
from webapp.commands.console import Console


def run_serve(asked: argparse.Namespace, console: Console) -> int:
    """
    Serve a district until stopped.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 after a stop.
    """
    tls_port = asked.tls_port if asked.tls else None
    serve_and_say(console, place=asked.place, address=asked.address, tls_port=tls_port)
    return 0


def serve_and_say(
    console: Console,
    *,
    place: str | None,
    address: str | None = None,
    facts: Mapping[str, Any] | None = None,
    tls_port: int | None = None,
) -> None:
    """
    Serve and tell the address once the pages answer.

    Parameters
    ----------
    console
        Where to speak.
    place
        The place to serve; None for the current one.
    address
        Where people reach the pages; None for that of the settings.
    facts
        What a program is told together with the address.
    tls_port
        Port of https; None for plain http.
    """
    log_lines.begin(console.err)
    settings = replace(
        console.settings,
        place=place or console.settings.place,
        address=address_of(address, name="--address") or console.settings.address,
    )

    def tell(local: str) -> None:
        console.say(
            f"已就绪：Riskatlas: {local}（Ctrl-C 或 riskatlas stop 停止）",
            "ready; Ctrl-C or riskatlas stop ends it",
        )
        console.answer({**(facts or {}), "address": local, "process": os.getpid()})

    serve.serve(settings, tell, tls_port=tls_port)


def run_stop(asked: argparse.Namespace, console: Console) -> int:
    """
    Stop what is served from this home.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    del asked
    ports = serve.stop(console.settings)
    names = "、".join(str(port) for port in ports)
    console.say(f"已停止端口 {names}。", f"Stopped port {', '.join(map(str, ports))}.")
    console.answer({"stopped": ports})
    return 0
