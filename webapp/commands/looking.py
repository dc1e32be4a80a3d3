"""Commands that look and change nothing: status, layers, doctor."""

import argparse
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from census.errors import CensusError
from census.store import pages
from census.store.binaries import find_binaries
from census.store.connection import open_server
from census.store.counting import has_outlines, layer_rows, product_rows
from census.store.database import Store, open_store
from census.store.places import names
from webapp import children, serve
from webapp.codes_alone import sentences
from webapp.commands.console import Console
from webapp.errors import FontMissingError
from webapp.theme import SHEET_FONT
from webapp.words import speak


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
    facts: dict[str, Any] = {
        "version": version("riskatlas"),
        "home": str(settings.home),
        "store": "office server" if settings.dsn else "private cluster",
        "roles": _roles_note(console),
        "places": [],
        "current": None,
        "serving": [
            {"port": port, "process": process} for port, process in serve.serving(settings).items()
        ],
    }
    if settings.dsn or any(settings.home.glob("pg*/READY")):
        facts |= _stored_facts(console, asked.place)
    for name, value in facts.items():
        console.line(f"  {name:12} {value}")
    console.answer(facts)
    return 0


def _roles_note(console: Console) -> str:
    if console.settings.dsn:
        return "separate database roles of the office server"
    if os.geteuid() != 0:
        return "separated by connection only (one system user)"
    user = children.drop_user(console.settings)
    runs_as = f"processes run as {user}" if user else "processes run as root: code not readable"
    return f"separated by connection only; {runs_as}"


def _stored_facts(console: Console, place: str | None) -> dict[str, Any]:
    settings = console.settings
    # Held over both looks: a private server that stands still starts once.
    with open_server(settings) as server:
        stored = names(server)
        if not stored:
            return {}
        with open_store(settings, place=place) as store:
            return {"places": stored, "current": store.place} | _district_facts(store)


def _district_facts(store: Store) -> dict[str, Any]:
    zoning, plan = pages.zoning_card(store), pages.plan_card(store)
    return {
        "district": f"{store.district.name_zh} {store.district.name_en}",
        "is_complete": store.district.is_complete,
        "data_date": store.district.data_date,
        "zoning": zoning.number if zoning else None,
        "plan": plan.number if plan else None,
        "rows": layer_rows(store),
        "made_here": product_rows(store),
    }


def run_layers(asked: argparse.Namespace, console: Console) -> int:
    """
    List the layers that `export` takes out, with the rows that are stored.

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
    with open_store(console.settings, place=asked.place) as store:
        rows = layer_rows(store)
        zoning, plan = pages.zoning_card(store), pages.plan_card(store)
        is_drawn = has_outlines(store)
    for layer, count in rows.items():
        console.line(f"  {layer:24} " + (f"{count:>9,}" if count else "没有数据 nothing stored"))
    numbers = {
        "zoning": zoning.number if zoning else None,
        "plan": plan.number if plan else None,
    }
    for name, number in numbers.items():
        console.line(f"  {name:24} {number or '—'}")
    if not is_drawn:
        for zh, en in zip(sentences(speak("zh")), sentences(speak("en")), strict=True):
            console.say(zh, en)
    console.answer({"place": store.place, "rows": rows, **numbers, "has_outlines": is_drawn})
    return 0


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
        "reading": _walls,
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


def _walls() -> str:
    """Tell what a child gives up that opens a stranger's file; less is no fault, but is said."""
    # Here: other commands of this room start without the libraries that read files.
    from census.intake.reading_room import ReadingRoom  # noqa: PLC0415

    with ReadingRoom() as room:
        given_up = room.surroundings()
    words = {
        "no_network": ("无网络", "no network"),
        "no_files": ("只见所交文件", "no file but the delivered one"),
        "no_root": ("无管理员权限", "no rights of root"),
    }
    has = [words[name] for name, is_so in given_up.items() if is_so]
    lacks = [words[name] for name, is_so in given_up.items() if not is_so]
    told = f"{'、'.join(zh for zh, _ in has)} {', '.join(en for _, en in has)}"
    if lacks:
        told += f"；本机做不到 not on this machine: {', '.join(f'{zh} {en}' for zh, en in lacks)}"
    return told


def _require_font() -> str:
    asked = subprocess.run(
        ["fc-match", "-f", "%{family}", SHEET_FONT],  # noqa: S607  (fontconfig's place differs by system)
        capture_output=True,
        text=True,
        check=False,
    )
    if SHEET_FONT not in asked.stdout:
        raise FontMissingError(SHEET_FONT)
    return SHEET_FONT


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
