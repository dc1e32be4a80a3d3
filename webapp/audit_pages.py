"""Show the audit to the auditor: newest entries, whether the chain is whole, all as a file."""

import json
import tempfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from flask import Flask, Response, request, send_file
from werkzeug.wrappers import Response as AnyResponse

from census.errors import CensusError
from census.store.audit_reading import Filter, check_chain, entries, export_entries
from census.store.database import Store
from census.store.rights import rights
from webapp import identity, session
from webapp.login_forms import drawn
from webapp.office_forms import day_of
from webapp.right_words import action_word, role_word
from webapp.words import Language, speak

SHOWN: Final = 100
LONGEST_TEXT: Final = 64
MOST_DIGITS: Final = 18
UNPROCESSABLE: Final = 422
# What a page asked for is no news; the file has it.
UNTOLD: Final = frozenset({"request", "limit"})
OUTCOMES: Final = ("done", "refused", "failed")


def _text(name: str) -> str:
    return request.args.get(name, "").strip()[:LONGEST_TEXT]


def _asked() -> Filter:
    action = _text("action")
    known = action if action in rights().actions else ""
    return Filter(who=_text("who"), action=known, day=day_of(_text("day")))


def _link(path: str, asked: Filter, **further: object) -> str:
    said = {"who": asked.who, "action": asked.action, "day": asked.day, **further}
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{path}?{query}" if query else path


def _role(name: str, language: Language) -> str:
    say = speak(language)
    if name == "system":
        return say("audit.as_system")
    return say("audit.as_account") if name == "account" else role_word(name, language)


def _shown(row: Mapping[str, Any], zone: ZoneInfo, language: Language) -> dict[str, Any]:
    kept = {name: value for name, value in row["detail"].items() if value not in (None, "", [])}
    command = str(kept.pop("command", ""))
    detail = {name: value for name, value in kept.items() if name not in UNTOLD}
    return {
        **row,
        "at": f"{row['at'].astimezone(zone):%Y-%m-%d %H:%M:%S}",
        "role_word": ", ".join(_role(each, language) for each in row["role"].split(",")),
        "action_word": action_word(row["action"], language),
        "command": command,
        "outcome_word": speak(language)(f"audit_outcome.{row['outcome']}"),
        "detail": json.dumps(detail, ensure_ascii=False) if detail else "",
    }


def _page(store: Store, *, fault: CensusError | None = None, **further: object) -> Response:
    language, office = session.language(), identity.office()
    asked = _asked() if fault is None else Filter()
    before = _text("before")
    before_id = int(before) if before.isdecimal() and len(before) <= MOST_DIGITS else None
    found = entries(office, identity.current_actor(), before_id=before_id, limit=SHOWN, asked=asked)
    zone = ZoneInfo(office.district.timezone)
    is_full = len(found) == SHOWN
    return drawn(
        store,
        "audit.html",
        title=speak(language)("audit.title"),
        fault=fault,
        status=UNPROCESSABLE if fault else 200,
        here="/audit",
        rows=[_shown(row, zone, language) for row in found],
        asked=asked,
        actions=[(name, action_word(name, language)) for name in rights().actions],
        export=_link("/audit.csv", asked),
        older=_link("/audit", asked, before=found[-1]["id"]) if is_full else "",
        newest=_link("/audit", asked) if before_id is not None else "",
        **further,
    )


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages on which the auditor reads.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """

    @server.get("/audit")
    def audit() -> AnyResponse:
        try:
            _asked()
        except CensusError as fault:
            return _page(store, fault=fault)
        return _page(store)

    @server.get("/audit/chain")
    def chain() -> AnyResponse:
        head = _text("head").lower()
        found = check_chain(identity.office(), identity.current_actor(), known_head=head or None)
        return _page(store, chain=found, known_head=head)

    @server.get("/audit.csv")
    def export() -> AnyResponse:
        try:
            asked = _asked()
        except CensusError as fault:
            return _page(store, fault=fault)
        office = identity.office()
        with tempfile.TemporaryDirectory(prefix="riskatlas-audit-") as folder:
            out = Path(folder) / "audit.csv"
            export_entries(office, identity.current_actor(), asked=asked, out=out)
            # The open file outlives its name, and nothing is left behind.
            file, size = out.open("rb"), out.stat().st_size
        answer = send_file(
            file, mimetype="text/csv", as_attachment=True, download_name=f"audit-{office.place}.csv"
        )
        answer.content_length = size
        return answer
