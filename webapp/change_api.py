"""Take deliveries piece by piece and tell how far the work on them is, over JSON; none is opened.

The bytes go to the database as they come; what reads them is a child of the worker.
"""

from collections.abc import Mapping
from typing import Any, Final

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from census.access_errors import ForbiddenError
from census.errors import CensusError, DiskFullError, UnknownFormError
from census.intake.change_files import KINDS
from census.intake.change_words import ChangeWords
from census.intake.forms import form_named
from census.intake.stated_facts import LIMITS
from census.products.queueing import ask_to_work_on
from census.proposal_errors import (
    PersonalProposalError,
    ProposalFileError,
    ProposalStateError,
    TooManyProposalsError,
    UnknownProposalError,
)
from census.store.connection import Store
from census.store.loading_rules import loading_rules
from census.store.proposal_events import STATES
from census.store.proposal_reading import proposal_changes, proposal_of
from census.store.proposals import keep_piece, propose_delivery, send_delivery
from webapp import account_marks, identity, session, strict_json
from webapp.change_faults import faults_on_map
from webapp.passing import PassingError

ROOT: Final = "/api/deliveries"
NAME: Final = "change_api"
LARGEST_WORDS_BYTES: Final = 64 * 1024
LONGEST_TEXT: Final = 200
MOST_PAIRS: Final = 100
READING: Final = ("GET", "HEAD")
STATUS: Final[tuple[tuple[type[CensusError], int], ...]] = (
    (UnknownProposalError, 404),
    (UnknownFormError, 404),
    (ForbiddenError, 403),
    (ProposalStateError, 409),
    (TooManyProposalsError, 429),
    (DiskFullError, 507),
)
UNPROCESSABLE: Final = 422


def _fault(fault: CensusError) -> tuple[Response, int]:
    status = next((code for kind, code in STATUS if isinstance(fault, kind)), UNPROCESSABLE)
    return jsonify(error_en=fault.sentence_en, error_zh=fault.sentence_zh), status


def _refusal(fault: HTTPException) -> tuple[Response, int]:
    sentence = ("Such a request is not accepted here.", "此处不接受这样的请求。")
    return jsonify(error_en=sentence[0], error_zh=sentence[1]), fault.code or 400


def _body() -> Mapping[str, Any]:
    try:
        found = strict_json.read(request.get_data() or b"{}")
    except strict_json.StrictJsonError:
        found = None
    if not isinstance(found, dict):
        raise _odd("body")
    return found


def _odd(name: str) -> ProposalFileError:
    return ProposalFileError(
        f"{name} cannot be read. Load the page again and send the delivery anew.",
        f"无法读取 {name}。请重新载入页面后再提交。",
    )


def _text(body: Mapping[str, Any], name: str) -> str | None:
    value = body.get(name)
    if value is not None and (not isinstance(value, str) or len(value) > LONGEST_TEXT):
        raise _odd(name)
    return (value or "").strip() or None


def _declared(body: Mapping[str, Any]) -> dict[str, Any]:
    """Read what is declared of a delivery; whether it can be is found by who reads the files."""
    pairs, layers = body.get("mapping") or {}, body.get("layers") or []
    is_sound = isinstance(pairs, dict) and isinstance(layers, list)
    texts = [*pairs, *pairs.values(), *layers] if is_sound else [None]
    if len(texts) > MOST_PAIRS or not all(
        isinstance(each, str) and len(each) <= LONGEST_TEXT for each in texts
    ):
        raise _odd("mapping, layers")
    return {
        "source_crs": _text(body, "source_crs"), "encoding": _text(body, "encoding"),
        "mapping": pairs, "layers": layers, "stated": _stated(body),
        "accept_faulty": body.get("accept_faulty") is True,
    }  # fmt: skip


def _stated(body: Mapping[str, Any]) -> dict[str, float]:
    """Read what is stated of a raster; whether its form has such a fact is found by its check."""
    found: dict[str, float] = {}
    for name in LIMITS:
        text = _text(body, name)
        if text is not None:
            try:
                found[name] = float(text)
            except ValueError:
                raise _odd(name) from None
    return found


def _files(body: Mapping[str, Any]) -> list[tuple[str, int]]:
    listed = body.get("files")
    if not isinstance(listed, list):
        raise _odd("files")
    found = []
    for each in listed:
        name, size = (each.get("name"), each.get("bytes")) if isinstance(each, dict) else (0, 0)
        if not isinstance(name, str) or type(size) is not int:
            raise _odd("files")
        found.append((name, size))
    return found


def _sending(store: Store, api: Blueprint) -> None:
    @api.post("")
    def begin() -> tuple[dict[str, Any], int]:
        body = _body()
        form = form_named(_text(body, "form") or "")
        if form.is_personal:
            raise PersonalProposalError(form.label_zh, form.label_en)
        number = propose_delivery(
            store, identity.current_actor(), form=form.name, layer=form.table,
            declared=_declared(body), files=_files(body),
        )  # fmt: skip
        return {"number": number, "piece_bytes": loading_rules(store)["upload"]["piece_bytes"]}, 201

    @api.put("/<int:number>/files/<int:file>/<int:piece>")
    def keep(number: int, file: int, piece: int) -> tuple[str, int]:
        keep_piece(
            store, identity.current_actor(), number=number, file=file, piece=piece,
            content=request.get_data(),
        )  # fmt: skip
        return "", 204

    @api.post("/<int:number>/send")
    def send(number: int) -> dict[str, Any]:
        send_delivery(store, identity.current_actor(), number=number)
        ask_to_work_on(store, number)
        return {"number": number}


def _reading(store: Store, api: Blueprint) -> None:
    @api.get("/<int:number>")
    def how_far(number: int) -> dict[str, Any]:
        found = proposal_of(store, identity.current_actor(), number=number)
        words = STATES[found.state][0 if session.language() == "zh" else 1]
        return {"state": found.state, "word": words, "stage": found.stage, "rows": found.rows}

    @api.get("/<int:number>/map")
    def on_map(number: int) -> dict[str, Any]:
        actor = identity.current_actor()
        found = proposal_of(store, actor, number=number)
        most = int(loading_rules(store)["review"]["shown_on_map"])
        words = ChangeWords(found.form, is_chinese=session.language() == "zh")
        changes = proposal_changes(store, actor, found=found, most=most)
        told = [
            {
                "place": each.place, "code": each.code, "kind": each.kind,
                "word": KINDS[each.kind][0 if words.is_chinese else 1],
                "name": words.name(each), "moved_m": each.moved_m,
                "old": each.before.get("geom"), "new": each.after.get("geom"),
            }
            for each in changes
        ]  # fmt: skip
        return {"changes": [each for each in told if each["old"] or each["new"]], "most": most}

    @api.get("/<int:number>/faults")
    def faults(number: int) -> dict[str, Any]:
        found = proposal_of(store, identity.current_actor(), number=number)
        most = int(loading_rules(store)["review"]["shown_on_map"])
        return faults_on_map(store, found, session.language(), most)


def register(server: Flask, store: Store) -> None:
    """
    Give deliveries that wait for a yes their addresses.

    Parameters
    ----------
    server
        The Flask server; its guard asks for right and token of every request.
    store
        The district's store, role app.
    """
    api = Blueprint(NAME, __name__, url_prefix=ROOT)
    _sending(store, api)
    _reading(store, api)

    @server.url_value_preprocessor
    def bound(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        # Before the guard looks for the token in the body, which reads it.
        if request.blueprint == NAME:
            is_piece = "piece" in (values or {})
            largest = loading_rules(store)["upload"]["piece_bytes"]
            request.max_content_length = largest if is_piece else LARGEST_WORDS_BYTES

    @api.before_request
    def keep_apart() -> None:
        if request.method not in READING:
            account_marks.require_owner(identity.current_actor())

    @api.after_request
    def keep_private(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    api.register_error_handler(CensusError, _fault)
    api.register_error_handler(PassingError, session.explain_passing)
    api.register_error_handler(HTTPException, _refusal)
    server.register_blueprint(api)
