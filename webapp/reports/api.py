"""Answer telephones and the desk over JSON: receipts for what is stored, decisions, photos."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import cached_property
from typing import Any, Final
from uuid import UUID

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.exceptions import HTTPException

from census.access_errors import ForbiddenError
from census.errors import CensusError, DiskFullError, UnknownDivisionError
from census.products.parameters import load_parameters
from census.report_errors import (
    DecidedReportError,
    OwnReportError,
    ReportConflictError,
    UnknownReportError,
)
from census.store import pages, report_commands, report_decisions, reports
from census.store.actors import Actor
from census.store.blocked_routes import NearRoute
from census.store.connection import Store
from census.store.report_statements import Photo
from census.store.rights import EVERYWHERE
from census.store.settings import data_folder
from geo.vocabulary import ReportKind
from webapp import account_marks, identity, links, session, strict_json
from webapp.account_marks import OtherAccountError
from webapp.passing import PassingError
from webapp.reports import answers, bodies, packages
from webapp.reports.darkroom import Darkroom, Developing
from webapp.reports.faults import BrokenPhotoError, ReportBodyError

ROOT: Final = "/api"
METHOD: Final = "hazard_reports"
SENT_AT: Final = "X-Sent-At"
LARGEST_STATEMENT_BYTES: Final = 64 * 1024
READING: Final = ("GET", "HEAD")
UNPROCESSABLE: Final = 422
CONFLICT: Final = "conflict"
STATUS: Final[tuple[tuple[type[CensusError], int], ...]] = (
    (UnknownReportError, 404),
    (UnknownDivisionError, 404),
    (ForbiddenError, 403),
    (OwnReportError, 403),
    (ReportConflictError, 409),
    (DecidedReportError, 409),
    (OtherAccountError, 409),
    (DiskFullError, 507),
)

Answer = tuple[dict[str, Any], int] | dict[str, Any]


@dataclass(frozen=True)
class ReportOffice:
    """
    What the addresses of reports work with.

    Attributes
    ----------
    store
        The district's store, role app.
    public
        The same, role public: what a package holds.
    """

    store: Store
    public: Store

    @cached_property
    def rules(self) -> Mapping[str, Any]:
        """
        Read the parameters of reports.

        Returns
        -------
        Mapping
            Tables of ``data/methods/hazard_reports.toml``.
        """
        return load_parameters(data_folder(), METHOD)

    @property
    def near(self) -> Mapping[str, float]:
        """
        Say what may be the same.

        Returns
        -------
        Mapping
            ``within_m``, ``within_h`` and ``most``.
        """
        table = self.rules["duplicates"]
        return {name: table[name] for name in ("within_m", "within_h", "most")}

    @cached_property
    def darkroom(self) -> Darkroom:
        """
        Open the child that opens photos.

        Returns
        -------
        Darkroom
            One for the process.
        """
        limits = self.rules["body"]
        how = Developing(
            limits["largest_photo_pixels"], limits["longest_side_px"], limits["quality"]
        )
        return Darkroom(how)


def _fault(fault: CensusError) -> tuple[Response, int]:
    status = next((code for kind, code in STATUS if isinstance(fault, kind)), UNPROCESSABLE)
    body: dict[str, Any] = {"error_en": fault.sentence_en, "error_zh": fault.sentence_zh}
    if isinstance(fault, OtherAccountError):
        body["fault"] = "account"
    if isinstance(fault, ReportConflictError):
        body["fault"] = CONFLICT
    if isinstance(fault, ReportBodyError):
        body["fields"] = fault.fields
    return jsonify(body), status


def _refusal(fault: HTTPException) -> tuple[Response, int]:
    too_large = (
        "What was sent is too large: a photo of at most 2.5 MB. It stays in the telephone.",
        "所发内容过大：照片不超过 2.5 MB。内容仍保留在手机中。",
    )
    other = ("Such a request is not accepted here.", "此处不接受这样的请求。")
    sentence_en, sentence_zh = too_large if fault.code == 413 else other  # noqa: PLR2004  (too large)
    return jsonify({"error_en": sentence_en, "error_zh": sentence_zh}), fault.code or 400


def _id(value: str) -> UUID:
    try:
        return UUID(value)
    except ValueError:
        raise UnknownReportError(value) from None


def _off_s() -> float | None:
    return bodies.clock_off_s(request.headers.get(SENT_AT), datetime.now(UTC))


def _sending(office: ReportOffice, api: Blueprint) -> None:
    @api.put("/reports/<report_id>")
    def send(report_id: str) -> Answer:
        limits = office.rules
        made = bodies.statement(_id(report_id), request.get_data(), limits["body"], _off_s())
        actor = identity.current_actor()
        kept = report_commands.send_report(office.store, actor, statement=made, limits=limits)
        return answers.receipt(kept)

    @api.put("/reports/<report_id>/events/<event_id>")
    def add(report_id: str, event_id: str) -> Answer:
        raw, limits = request.get_data(), office.rules
        made = bodies.supplement(_id(report_id), _id(event_id), raw, limits["body"], _off_s())
        actor = identity.current_actor()
        kept = report_commands.add_to_report(office.store, actor, supplement=made, limits=limits)
        return answers.receipt(kept)

    @api.put("/reports/<report_id>/photos/<sha256>")
    def keep_photo(report_id: str, sha256: str) -> Answer:
        raw, actor, one = request.get_data(), identity.current_actor(), _id(report_id)
        if hashlib.sha256(raw).hexdigest() != sha256:
            raise BrokenPhotoError
        known = report_commands.known_photo(office.store, actor, report_id=one, sha256=sha256)
        if known is not None:
            return answers.receipt(known)
        made = office.darkroom.develop(raw)
        photo = Photo(
            sha256=sha256, jpeg=made.jpeg, width_px=made.width_px, height_px=made.height_px
        )
        kept = report_commands.keep_photo(office.store, actor, report_id=one, photo=photo)
        return answers.receipt(kept)


def _telling(office: ReportOffice, api: Blueprint) -> None:
    @api.get("/reports/me")
    def me() -> Response:
        actor = identity.current_actor()
        villages = [
            {"code": each.code, "name": each.name, "town": each.town_name}
            for each in pages.villages(office.public)
            if actor.may("report.send", each.code)
        ]
        answer = jsonify(
            name=actor.name,
            account=account_marks.mark_of(actor),
            villages=villages,
            may_read=actor.may("report.read"),
        )
        session.hand_out_token(answer)
        return answer

    @api.get("/reports/mine")
    def mine() -> Answer:
        own = reports.own_reports(office.store, identity.current_actor())
        told = [
            answers.card(card, fields=answers.OWN)
            | {"steps": answers.steps(found, with_names=False)}
            for card, found in own
        ]
        return {"reports": told}

    @api.get("/report-villages/<village_code>")
    def village(village_code: str) -> Response:
        if not strict_json.is_code(village_code):
            raise UnknownDivisionError(village_code[:40], office.public.place)
        tag = f"{packages.edition_of(office.public)}-{village_code}"
        answer = Response(mimetype="application/json")
        # Weak: it may travel compressed, by us or by a proxy.
        answer.set_etag(tag, weak=True)
        answer.vary.add("Accept-Encoding")
        if request.if_none_match.contains_weak(tag):
            answer.status_code = 304
        else:
            answer.set_data(packages.package(office.public, village_code))
        return answer


def _reading(office: ReportOffice, api: Blueprint) -> None:
    @api.get("/reports")
    def listed() -> Answer:
        actor = identity.current_actor()
        found = reports.reports(office.store, actor)
        return {
            "reports": [answers.card(each, fields=answers.LISTED) for each in found],
            "may_verify": actor.may("report.verify"),
        }

    @api.get("/reports/<report_id>")
    def one(report_id: str) -> Answer:
        actor = identity.current_actor()
        found = reports.report_of(office.store, actor, report_id=_id(report_id), near=office.near)
        card, beside, steps = found
        return {
            "report": answers.card(card),
            "beside": [answers.card(each) for each in beside],
            "steps": answers.steps(steps, with_names=True),
            "radius_m": office.rules["site"]["radius_m"],
            "is_own": card.account_id == actor.id,
        }

    @api.get("/reports/<report_id>/routes")
    def routes(report_id: str) -> Answer:
        actor, one = identity.current_actor(), _id(report_id)
        radius_m = _radius_m(office, _number(request.args.get("radius_m")))
        beyond_m = office.rules["site"]["nearest_route_within_m"]
        found = reports.routes_of_report(
            office.store, actor, report_id=one, radius_m=radius_m, beyond_m=beyond_m
        )
        nearest = found.nearest and _route(found.nearest, actor)
        return {"routes": [_route(each, actor) for each in found.within], "nearest": nearest,
                "looked_m": beyond_m}  # fmt: skip

    @api.get("/reports/<report_id>/photos/<sha256>")
    def picture(report_id: str, sha256: str) -> Response:
        actor, one = identity.current_actor(), _id(report_id)
        jpeg = reports.report_picture(office.store, actor, report_id=one, sha256=sha256)
        return Response(jpeg, mimetype="image/jpeg")


def _deciding(office: ReportOffice, api: Blueprint) -> None:
    @api.post("/reports/<report_id>/accept")
    def accept(report_id: str) -> Answer:
        actor, one = identity.current_actor(), _id(report_id)
        site = _site(office, one, _body())
        code = report_decisions.accept_report(office.store, actor, report_id=one, site=site)
        return {"site_code": code}

    @api.post("/reports/<report_id>/return")
    def give_back(report_id: str) -> Answer:
        reason = str(_body().get("reason") or "")[: office.rules["body"]["most_letters"]]
        actor, one = identity.current_actor(), _id(report_id)
        report_decisions.return_report(office.store, actor, report_id=one, reason=reason)
        return {}

    @api.post("/reports/<report_id>/join")
    def join(report_id: str) -> Answer:
        actor, one, to = identity.current_actor(), _id(report_id), _id(str(_body().get("to")))
        report_decisions.join_report(office.store, actor, report_id=one, to=to)
        return {}


def _body() -> Mapping[str, Any]:
    try:
        found = strict_json.read(request.get_data() or b"{}")
    except strict_json.StrictJsonError:
        found = None
    if not isinstance(found, dict):
        raise ReportBodyError([("body", "it is no JSON object", "不是 JSON 对象")])
    return found


def _number(written: str | None) -> float | str | None:
    try:
        return written and float(written)
    except ValueError:
        return written


def _radius_m(office: ReportOffice, value: Any) -> float:
    """Read the extent of a site: a number within bounds; None for that of the method."""
    limits = office.rules["site"]
    radius_m = limits["radius_m"] if value is None else value
    is_number = isinstance(radius_m, int | float) and not isinstance(radius_m, bool)
    if not is_number or not limits["least_radius_m"] <= radius_m <= limits["most_radius_m"]:
        span = f"{limits['least_radius_m']:g}–{limits['most_radius_m']:g} m"
        raise ReportBodyError([("radius_m", f"a number within {span}", f"应在 {span} 之间")])
    return float(radius_m)


def _route(found: NearRoute, actor: Actor) -> dict[str, Any]:
    """Tell of a route; who may open the route desk is led there, others to its village."""
    may = actor.may("route.read", found.village_code or EVERYWHERE)
    level, code = ("route", found.code) if may else ("village", found.village_code)
    return {
        "code": found.code, "name": found.name, "village_name": found.village_name,
        "metres": found.metres, "away_m": found.away_m, "line": found.line,
        "href": links.link(level, code, session.language()) if code else None,
    }  # fmt: skip


def _site(office: ReportOffice, report_id: UUID, body: Mapping[str, Any]) -> report_decisions.Site:
    """Make a hazard site of a report: named by kind and village, never by the officer's words."""
    radius_m = _radius_m(office, body.get("radius_m"))
    actor = identity.current_actor()
    card = reports.report_of(office.store, actor, report_id=report_id, near=office.near)[0]
    kind = next(each for each in ReportKind if each.value == card.kind)
    site_kind, hazard = kind.site
    return report_decisions.Site(
        name=f"{card.village_name or ''}{kind.zh}（上报{card.number}）",
        kind=site_kind,
        hazard=hazard,
        radius_m=radius_m,
        description=f"现场上报，核查员采纳；范围为上报点周围 {radius_m:g} 米。",
    )


def register(server: Flask, store: Store, public: Store) -> None:
    """
    Give reports their addresses.

    Parameters
    ----------
    server
        The Flask server; its guard asks for right and token of every request.
    store
        The district's store, role app.
    public
        The same, role public.
    """
    api = Blueprint("report_api", __name__, url_prefix=ROOT)
    office = ReportOffice(store, public)
    for add in (_sending, _telling, _reading, _deciding):
        add(office, api)

    @server.url_value_preprocessor
    def bound(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        # Before the guard looks for the token in the body, which reads it.
        if request.blueprint == api.name:
            is_photo = "sha256" in (values or {})
            largest = office.rules["body"]["largest_photo_bytes"]
            request.max_content_length = largest if is_photo else LARGEST_STATEMENT_BYTES

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
