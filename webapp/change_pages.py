"""Show the data officer what deliveries would change, and take his yes or no: list, map, file."""

import json
from typing import Any, Final
from zoneinfo import ZoneInfo

from flask import Flask, Response, abort, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from census.errors import CensusError
from census.intake.change_files import SUFFIXES, changes_csv, changes_xlsx
from census.intake.change_words import ChangeWords
from census.products.queueing import ask_to_work_on
from census.proposal_errors import UnknownProposalError
from census.store import pages
from census.store.database import Store
from census.store.loading_rules import loading_rules
from census.store.proposal_decisions import (
    accept_delivery,
    check_delivery_again,
    reject_delivery,
    stop_delivery,
)
from census.store.proposal_events import OPEN
from census.store.proposal_reading import (
    KINDS,
    proposal_changes,
    proposal_of,
    proposed_deliveries,
)
from webapp import identity, session
from webapp.account_marks import mark_of
from webapp.change_checks import checks_of
from webapp.change_faults import faults_csv, faults_of
from webapp.change_shown import facts_of, form_words, row_of
from webapp.login_forms import drawn
from webapp.office_forms import form_id, given, new_form_id, status_of
from webapp.place_shown import extent
from webapp.words import catalogue, speak

HERE: Final = "/changes"
WORDS: Final = "change_script."
NOT_FOUND: Final = 404


def _script_words() -> str:
    """Give the scripts of these pages their texts, as JSON."""
    language = session.language()
    texts = {
        key.removeprefix(WORDS): catalogue()[key][language]
        for key in catalogue()
        if key.startswith(WORDS)
    }
    return json.dumps(texts, ensure_ascii=False)


def _guarded(answer: Response, live: str) -> Response:
    """Let the page load its own scripts, and the tiles of the map."""
    answer.headers["Content-Security-Policy"] = (
        "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; "
        "font-src 'self'; "
        f"img-src 'self' data: blob: {live}; connect-src 'self' {live}; worker-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    )
    session.hand_out_token(answer)
    return answer


def _list_page(store: Store, live: str) -> Response:
    office, actor, language = identity.office(), identity.current_actor(), session.language()
    zone = ZoneInfo(office.district.timezone)
    found = proposed_deliveries(office, actor)
    limits = loading_rules(office)["upload"]
    answer = drawn(
        store,
        "changes.html",
        title=speak(language)("changes.title"),
        here=HERE,
        rows=[row_of(each, zone, language) for each in found],
        waiting=sum(each.state in OPEN for each in found),
        forms=form_words(language) if actor.may("delivery.propose", "") else [],
        most_mb=limits["largest_bytes"] // (1024 * 1024),
        most_files=limits["most_files"],
        mark=mark_of(actor),
        words=_script_words(),
    )
    return _guarded(answer, live)


def _page(store: Store, live: str, number: int, *, fault: CensusError | None = None) -> Response:
    language = session.language()
    kind = request.args.get("kind", "all")
    found = proposal_of(identity.office(), identity.current_actor(), number=number)
    facts = facts_of(found, kind if kind in KINDS else "all", language)
    bounds = extent(pages.towns(store))
    answer = drawn(
        store,
        "change.html",
        title=speak(language)("changes.one", number=number),
        fault=fault,
        status=status_of(fault) if fault else 200,
        here=f"{HERE}/{number}",
        live=live,
        bounds=json.dumps(bounds),
        typed=request.form,
        new_form_id=new_form_id,
        **facts,
        **checks_of(identity.office(), found, language),
        **faults_of(identity.office(), found, request.args.get("fault", ""), language),
        words=_script_words(),
    )
    return _guarded(answer, live)


def _file(number: int, kind: str) -> Response:
    office, actor = identity.office(), identity.current_actor()
    found = proposal_of(office, actor, number=number)
    if f".{kind}" not in SUFFIXES:
        abort(NOT_FOUND)
    words = ChangeWords(found.form, is_chinese=session.language() == "zh")
    changes = proposal_changes(office, actor, found=found)
    write = changes_csv if kind == "csv" else changes_xlsx
    types = {"csv": "text/csv", "xlsx": "application/vnd.ms-excel"}
    answer = Response(write(changes, words), mimetype=types[kind])
    name = f"changes-{number}.{kind}"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _faults_file(number: int) -> Response:
    found = proposal_of(identity.office(), identity.current_actor(), number=number)
    answer = Response(faults_csv(found, session.language()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="faults-{number}.csv"'
    return answer


def _left_out() -> list[str]:
    """Read which changes are left out: ticked rows, and codes that were typed."""
    typed = given("codes").replace("，", "\n").replace(",", "\n").replace("、", "\n")
    codes = [each.strip() for each in typed.splitlines()]
    return [each for each in [*request.form.getlist("left_out"), *codes] if each]


def _accept(number: int) -> None:
    accept_delivery(
        identity.office(), identity.current_actor(), number=number, left_out=_left_out(),
        says_gone=given("says_gone") == "yes", reason=given("reason") or None,
    )  # fmt: skip
    ask_to_work_on(identity.office(), number)


def _reject(number: int) -> None:
    office, actor = identity.office(), identity.current_actor()
    reject_delivery(office, actor, number=number, reason=given("reason"))


def _stop(number: int) -> None:
    stop_delivery(identity.office(), identity.current_actor(), number=number)


def _again(number: int) -> None:
    check_delivery_again(identity.office(), identity.current_actor(), number=number)
    ask_to_work_on(identity.office(), number)


def register(server: Flask, store: Store, *, live_port: int) -> None:
    """
    Give a server the pages of deliveries that wait for a yes.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    live_port
        Port of the live process, which serves the map's tiles.
    """

    @server.get(HERE)
    def change_list() -> AnyResponse:
        return _list_page(store, session.live_origin(live_port))

    @server.get(f"{HERE}/<int:number>")
    def change_page(number: int) -> AnyResponse:
        try:
            return _page(store, session.live_origin(live_port), number)
        except UnknownProposalError:
            abort(NOT_FOUND)

    @server.get(f"{HERE}/<int:number>.<kind>")
    def change_file(number: int, kind: str) -> AnyResponse:
        return _known(lambda: _file(number, kind))

    @server.get(f"{HERE}/<int:number>/faults.csv")
    def fault_file(number: int) -> AnyResponse:
        return _known(lambda: _faults_file(number))

    for name, decide in (
        ("accept", _accept), ("reject", _reject), ("stop", _stop), ("again", _again),
    ):  # fmt: skip
        _decision(server, store, live_port, name, decide)


def _known(answer: Any) -> AnyResponse:
    try:
        known: AnyResponse = answer()
    except UnknownProposalError:
        abort(NOT_FOUND)
    return known


def _decision(server: Flask, store: Store, live_port: int, name: str, decide: Any) -> None:
    @server.post(f"{HERE}/<int:number>/{name}", endpoint=f"change_{name}")
    def decided(number: int) -> AnyResponse:
        form_id()
        try:
            decide(number)
        except UnknownProposalError:
            abort(NOT_FOUND)
        except CensusError as fault:
            return _page(store, session.live_origin(live_port), number, fault=fault)
        return redirect(f"{HERE}/{number}", 303)
