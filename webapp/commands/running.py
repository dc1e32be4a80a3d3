"""Commands that run the server and look after the machine: serve, stop, status, doctor."""

import argparse
import logging
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from importlib.metadata import version
from typing import Any

from census.errors import CensusError
from census.store import pages
from census.store.binaries import find_binaries
from census.store.database import open_store
from census.store.places import current_place, places
from webapp import serve
from webapp.commands.console import Console
from webapp.errors import FontMissingError
from webapp.sheets.strokes import FONT
from webapp.web_process import LOG_FORMAT


def add(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """
    Declare the commands of this room.

    Parameters
    ----------
    parsers
        Where commands are declared.
    common
        Options that every command has.
    """
    runs = parsers.add_parser("serve", parents=[common], help="启动网页 serve the pages")
    runs.add_argument("--port", type=int, help="端口 port of the pages")
    runs.set_defaults(run=run_serve)
    stops = parsers.add_parser("stop", parents=[common], help="停止 stop serving")
    stops.set_defaults(run=run_stop)
    status = parsers.add_parser("status", parents=[common], help="状态 what is here, what runs")
    status.set_defaults(run=run_status)
    doctor = parsers.add_parser("doctor", parents=[common], help="检查本机 check this machine")
    doctor.set_defaults(run=run_doctor)


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
    serve_and_say(console, place=asked.place)
    return 0


def serve_and_say(console: Console, *, place: str | None) -> None:
    """
    Serve and tell the address once the pages answer.

    Parameters
    ----------
    console
        Where to speak.
    place
        The place to serve; None for the current one.
    """
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=console.err)
    settings = replace(console.settings, place=place or console.settings.place)
    address: Callable[[str], None] = lambda text: console.say(  # noqa: E731  (one sentence)
        f"已就绪：{text}（Ctrl-C 或 riskatlas stop 停止）",
        "ready; Ctrl-C or riskatlas stop ends it",
    )
    serve.serve(settings, address)


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


def run_status(asked: argparse.Namespace, console: Console) -> int:
    """
    Say which districts are stored, what is served and as whom.

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
    settings = console.settings
    is_made = bool(settings.dsn) or any(settings.home.glob("pg*/READY"))
    stored = places(settings) if is_made else []
    facts: dict[str, Any] = {
        "version": version("riskatlas"),
        "home": str(settings.home),
        "store": "office server" if settings.dsn else "private cluster",
        "roles": _roles_note(console),
        "places": stored,
        "current": (asked.place or settings.place or current_place(settings)) if stored else None,
        "serving": [
            {"port": port, "process": process} for port, process in serve.serving(settings).items()
        ],
    }
    if stored:
        facts |= _district_facts(console, asked.place)
    for name, value in facts.items():
        console.line(f"  {name:12} {value}")
    console.answer(facts)
    return 0


def _roles_note(console: Console) -> str:
    if console.settings.dsn:
        return "separate database roles of the office server"
    if os.geteuid() != 0:
        return "separated by connection only (one system user)"
    user = serve.drop_user(console.settings)
    runs_as = f"processes run as {user}" if user else "processes run as root: code not readable"
    return f"separated by connection only; {runs_as}"


def _district_facts(console: Console, place: str | None) -> dict[str, Any]:
    with open_store(console.settings, place=place) as store:
        zoning, plan = pages.zoning_card(store), pages.plan_card(store)
        return {
            "district": f"{store.district.name_zh} {store.district.name_en}",
            "is_complete": store.district.is_complete,
            "data_date": store.district.data_date,
            "zoning": zoning.number if zoning else None,
            "plan": plan.number if plan else None,
            "rows": dict(pages.delivered(store)),
        }


@dataclass(frozen=True)
class Finding:
    """
    What one check of the machine found.

    Attributes
    ----------
    name
        What was looked at.
    is_good
        Whether it will do.
    text
        What was found, or what to do.
    """

    name: str
    is_good: bool
    text: str


def run_doctor(asked: argparse.Namespace, console: Console) -> int:
    """
    Check what the program needs of the machine; nothing is changed.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 where everything will do, else 1.
    """
    del asked
    checks: dict[str, Callable[[], str]] = {
        "python": lambda: sys.version.split()[0],
        "PostGIS": lambda: f"PostgreSQL {find_binaries().version}",
        "font": _require_font,
        "printing": _require_printing,
        "ports": lambda: _require_ports(console),
        "open files": lambda: str(serve.raise_file_limit()),
        "disk": lambda: _free_space(console),
    }
    found = [_looked_at(name, check) for name, check in checks.items()]
    for finding in found:
        console.line(
            f"  {'好 ok ' if finding.is_good else '缺 NOT'} {finding.name:12} {finding.text}"
        )
    console.answer({"findings": [finding.__dict__ for finding in found]})
    return 0 if all(finding.is_good for finding in found) else 1


def _looked_at(name: str, check: Callable[[], str]) -> Finding:
    try:
        return Finding(name, is_good=True, text=check())
    except CensusError as fault:
        return Finding(name, is_good=False, text=f"{fault.sentence_zh} {fault.sentence_en}")
    except (OSError, ImportError) as fault:
        return Finding(name, is_good=False, text=str(fault))


def _require_font() -> str:
    asked = subprocess.run(
        ["fc-match", "-f", "%{family}", FONT],  # noqa: S607  (fontconfig's place differs by system)
        capture_output=True,
        text=True,
        check=False,
    )
    if FONT not in asked.stdout:
        raise FontMissingError(FONT)
    return FONT


def _require_printing() -> str:
    # The import itself fails where a system library of pango is missing.
    import weasyprint  # noqa: PLC0415

    return f"WeasyPrint {weasyprint.__version__}"


def _require_ports(console: Console) -> str:
    settings = console.settings
    if settings.port in serve.serving(settings):
        return f"{settings.port} served by Riskatlas"
    serve.require_ports(settings)
    return f"{settings.port}, {settings.port + 1}"


def _free_space(console: Console) -> str:
    folder = console.settings.home
    while not folder.exists():
        folder = folder.parent
    return f"{shutil.disk_usage(folder).free / 1e9:.1f} GB ({folder})"
