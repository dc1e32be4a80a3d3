"""Answer the route editor over JSON: checks and drafts at each stroke, versions under If-Match."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from flask import Blueprint, Flask, Response, jsonify, request
from shapely import LineString
from werkzeug.exceptions import HTTPException

from census.access_errors import ForbiddenError
from census.errors import CensusError, DiskFullError
from census.route_errors import (
    DraftMovedError,
    OriginalLineError,
    OwnWorkError,
    RouteStateError,
    StaleVersionError,
    UnknownRouteError,
)
from census.store import pages, route_commands, routes
from census.store.actors import Actor
from census.store.rights import EVERYWHERE
from census.store.route_commands import Checked
from census.store.route_keeping import today_of
from webapp import (
    account_marks,
    route_answers,
    route_bases,
    route_beginnings,
    route_bodies,
    route_decisions,
    route_seats,
    session,
)
from webapp.account_marks import OtherAccountError
from webapp.passing import PassingError
from webapp.route_faults import RouteBodyError
from webapp.route_office import Office

if TYPE_CHECKING:
    from census.products.route_results import Proposed

ROOT: Final = "/api/routes"
EDITOR: Final = "route_api"
MAY: Final = ("draft", "save", "submit", "approve", "publish", "withdraw")
STATUS: Final[tuple[tuple[type[CensusError], int], ...]] = (
    (StaleVersionError, 412),
    (UnknownRouteError, 404),
    (ForbiddenError, 403),
    (OwnWorkError, 403),
    (OriginalLineError, 409),
    (RouteStateError, 409),
    (DraftMovedError, 409),
    (OtherAccountError, 409),
    (DiskFullError, 507),
)
READING: Final = ("GET", "HEAD")
UNPROCESSABLE: Final = 422
UNAUTHORISED: Final = 401
FORBIDDEN: Final = 403
BAD_REQUEST: Final = 400

Answer = tuple[dict[str, Any], int] | dict[str, Any]


def _fault(office: Office, fault: CensusError) -> tuple[Response, int]:
    status = next((code for kind, code in STATUS if isinstance(fault, kind)), UNPROCESSABLE)
    if isinstance(fault, RouteBodyError):
        status = fault.status
    if status == FORBIDDEN and not office.current_actor().is_signed_in:
        status = UNAUTHORISED
    body: dict[str, Any] = {"error_en": fault.sentence_en, "error_zh": fault.sentence_zh}
    if isinstance(fault, OtherAccountError):
        body |= {"fault": "account"}
    if isinstance(fault, StaleVersionError):
        body |= _both(office, fault)
    if isinstance(fault, DraftMovedError):
        own = routes.draft(office.store, fault.code, office.current_actor())
        body |= {"draft": _draft(own)}
    return jsonify(body), status


def _both(office: Office, fault: StaleVersionError) -> dict[str, Any]:
    told: dict[str, Any] = {"current": fault.current}
    pair = {"theirs": fault.current, "base": fault.base}
    for name, number in pair.items():
        if 0 <= number <= fault.current:
            told[name] = _version(office, routes.version(office.store, fault.code, number))
    return told


def _refusal(fault: HTTPException) -> tuple[Response, int]:
    code = fault.code or BAD_REQUEST
    sentences = {
        413: ("The request is larger than 1 MB. Draw the line with fewer vertices.",
              "请求超过 1 MB。请减少线路的折点。"),
    }  # fmt: skip
    fallback = ("Such a request is not accepted here.", "此处不接受这样的请求。")
    sentence_en, sentence_zh = sentences.get(code, fallback)
    return jsonify({"error_en": sentence_en, "error_zh": sentence_zh}), code


def _version(office: Office, made: routes.RouteVersion) -> dict[str, Any]:
    return route_answers.version(made, session.language(), office.store.district.timezone)


def _reading(office: Office, desk: Blueprint) -> None:
    @desk.get("/<code>")
    def route(code: str) -> Response:
        actor = office.allowed(code, "route.read")
        answer = jsonify(_whole(office, code, actor))
        answer.set_etag(str(routes.head(office.store, code).newest))
        return answer

    @desk.get("/<code>/versions/<int:number>")
    def version(code: str, number: int) -> dict[str, Any]:
        office.allowed(code, "route.read")
        made = routes.version(office.store, code, number)
        against = _shown_before(office, code, made)
        return _version(office, made) | {
            "against": against.lines if against else [],
            "changes": route_answers.changes(made, against, session.language()),
        }


def _shown_before(
    office: Office, code: str, made: routes.RouteVersion
) -> routes.RouteVersion | None:
    if made.version == 0:
        return None
    in_force = routes.head(office.store, code).in_force or 0
    if in_force != made.version:
        before = routes.version(office.store, code, in_force)
    else:
        # What people were shown before this one.
        versions = routes.versions(office.store, code)
        older = [each for each in versions if each.version < made.version]
        before = next((each for each in older if each.state == "superseded"), older[-1])
    return before if before.lines else None


def _whole(office: Office, code: str, actor: Actor) -> dict[str, Any]:
    store, all_versions = office.store, routes.versions(office.store, code)
    head = routes.head(store, code)
    kept = routes.draft(store, code, actor)
    place = head.village_code or EVERYWHERE
    heavy = ("lines", "waypoints", "findings", "explanations")
    told = [_version(office, each) for each in all_versions]
    shown = next(each for each in told if each["version"] == (head.in_force or 0))
    # Nothing stands before the first version of a route that was drawn from nothing.
    listed = [each for each in told if each["lines"]]
    points = pages.assembly_points(store, head.village_code) if head.village_code else []
    with store.engine.connect() as connection:
        others = routes.others_editing(connection, code, actor.id)
    return {
        "route": route_answers.head(head),
        "newest": told[0],
        "published": shown,
        "versions": [{k: v for k, v in each.items() if k not in heavy} for each in listed],
        "draft": _draft(kept),
        "account": account_marks.mark_of(actor),
        "others": others,
        "may": {name: actor.may(f"route.{name}", place) for name in MAY},
        "assembly_points": [{"code": each.code, "name": each.name} for each in points],
        "today": today_of(store).isoformat(),
        "frame": _frame(office, head.village_code),
    }


def _draft(kept: routes.RouteDraft | None) -> dict[str, Any] | None:
    if kept is None:
        return None
    mark = kept.updated_at.isoformat()
    return {"base_version": kept.base_version, "state": kept.state, "mark": mark}


def _frame(office: Office, village_code: str | None) -> list[list[float]] | None:
    """Frame the village: corners to be shown where there is no line yet."""
    if village_code is None:
        return None
    west, south, east, north = pages.division(office.store, village_code).bounds
    return [[west, south], [east, north]]


def _judging(office: Office, desk: Blueprint) -> None:
    @desk.post("/<code>/check")
    def check(code: str) -> dict[str, Any]:
        office.allowed(code, "route.draft")
        body = route_bodies.body_of(request)
        line = route_bodies.line(body.get("line"), office.bounds())
        assumed = route_bodies.what_if(body.get("what_if"))
        shelter = route_bodies.words(body.get("shelter_code"), "shelter_code")
        if body.get("snap") is True:
            line = _coordinates(office.desk.snap(line, what_if=assumed).line)
        reason = route_bodies.words(body.get("off_road_reason"), "off_road_reason")
        found = office.desk.check(
            code, line, what_if=assumed, shelter_code=shelter, off_road_reason=reason
        )
        return _checked(found) | {"line": line}


def _drawing(office: Office, desk: Blueprint) -> None:
    @desk.post("/<code>/snap")
    def snap(code: str) -> dict[str, Any]:
        office.allowed(code, "route.draft")
        body = route_bodies.body_of(request)
        if "point" in body:
            road = office.desk.road_at(*route_bodies.position(body["point"]))
            return {"road_id": road.id, "name": road.name, "line": _coordinates(road.line)}
        line = route_bodies.line(body.get("line"), office.bounds())
        snapped = office.desk.snap(line)
        return {
            "line": _coordinates(snapped.line),
            "road_ids": snapped.road_ids,
            "off_m": snapped.off_m,
        }

    @desk.post("/<code>/alternatives")
    def alternatives(code: str) -> dict[str, Any]:
        office.allowed(code, "route.draft")
        body = route_bodies.body_of(request)
        told = office.desk.alternatives(
            code,
            what_if=route_bodies.what_if(body.get("what_if")),
            shelter_code=route_bodies.words(body.get("shelter_code"), "shelter_code"),
            assembly_point_code=route_bodies.words(
                body.get("assembly_point_code"), "assembly_point_code"
            ),
        )
        why = route_answers.why_no_more(told.why_not_more, session.language())
        return {
            "alternatives": [_proposal(each) for each in told],
            "why_not_more": why,
        }


def _drafting(office: Office, desk: Blueprint) -> None:
    @desk.put("/<code>/draft")
    def keep(code: str) -> dict[str, Any]:
        actor = office.allowed(code, "route.draft")
        body = route_bodies.body_of(request)
        state = body.get("state")
        if not isinstance(state, dict):
            state = {}
        kept = route_commands.keep_draft(
            office.store,
            actor,
            code=code,
            base_version=route_bodies.whole(body.get("base_version"), "base_version"),
            lines=route_bodies.parts(body.get("lines")),
            state=state,
            known=route_bases.draft_mark(body.get("mark")),
        )
        return {"others": kept.others, "mark": kept.at.isoformat()}

    @desk.delete("/<code>/draft")
    def drop(code: str) -> dict[str, Any]:
        actor = office.allowed(code, "route.draft")
        known = route_bases.draft_mark(request.args.get("mark"))
        others = route_commands.drop_draft(office.store, actor, code=code, known=known)
        return {"others": others}


def _coordinates(line: LineString) -> list[list[float]]:
    read = [[round(x, 7), round(y, 7)] for x, y in line.coords]
    return [at for number, at in enumerate(read) if number == 0 or at != read[number - 1]]


def _proposal(found: "Proposed") -> dict[str, Any]:
    language = session.language()
    words = route_answers.proposal(
        found.length_m, found.minutes, found.hazard_m, found.shelter_name, language
    )
    return {
        "line": _coordinates(found.line),
        "shelter_code": found.shelter_code,
        "words": route_answers.with_reported(words, found.checked.findings, language),
    }


def _checked(found: Checked) -> dict[str, Any]:
    language = session.language()
    told = {name: getattr(found, name) for name in route_answers.FIGURES}
    return told | {
        "findings": [route_answers.finding(each, language) for each in found.findings],
        "hazard_words": route_answers.hazard_words(found.hazard, language),
    }


def _saving(office: Office, desk: Blueprint) -> None:
    @desk.post("/<code>/versions")
    def save(code: str) -> Answer:
        actor, base = office.allowed(code, "route.save"), route_bases.base_of(request)
        body = route_bodies.body_of(request)
        bounds = office.bounds()
        line, choices = route_bodies.line(body.get("line"), bounds), _choices(body, bounds)
        draft = route_bases.draft_mark(body.get("mark"))
        found = office.desk.check(
            code,
            line,
            shelter_code=choices.shelter_code,
            off_road_reason=_off_road_reason(choices),
        )
        made = route_commands.save_version(
            office.store,
            actor,
            code=code,
            base_version=base,
            line=LineString(line),
            checked=found.as_checked(),
            choices=choices,
            draft=draft,
            save_id=route_bases.save_id(body.get("save")),
        )
        return {"version": made}, 201

    @desk.post("/<code>/restore")
    def restore(code: str) -> Answer:
        actor, base = office.allowed(code, "route.save"), route_bases.base_of(request)
        number = route_bodies.whole(route_bodies.body_of(request).get("version"), "version")
        checked = office.judged(routes.version(office.store, code, number), code)
        made = route_commands.restore(
            office.store, actor, code=code, version=number, base_version=base, checked=checked
        )
        return {"version": made}, 201


def _off_road_reason(choices: route_commands.Choices) -> str | None:
    return choices.off_road_reason or choices.explanations.get("off_network")


def _choices(body: Mapping[str, Any], bounds: route_bodies.Bounds) -> route_commands.Choices:
    shelter = route_bodies.words(body.get("shelter_code"), "shelter_code")
    return route_commands.Choices(
        waypoints=route_bodies.waypoints(body.get("waypoints"), bounds),
        shelter_code=shelter,
        assembly_point_code=route_bodies.words(
            body.get("assembly_point_code"), "assembly_point_code"
        ),
        off_road_reason=route_bodies.words(body.get("off_road_reason"), "off_road_reason"),
        explanations=route_bodies.explanations(body.get("explanations")),
        note=route_bodies.words(body.get("note"), "note"),
    )


def register(server: Flask, office: Office) -> None:
    """
    Give the editor its addresses.

    Parameters
    ----------
    server
        The Flask server; its guard asks for the token of every write.
    office
        Store, desk and who asks.
    """
    desk = Blueprint(EDITOR, __name__, url_prefix=ROOT)
    rooms = (route_beginnings.add, route_decisions.add, route_seats.add)
    for add in (_reading, _judging, _drawing, _drafting, _saving, *rooms):
        add(office, desk)

    @server.url_value_preprocessor
    def bound(_endpoint: str | None, values: dict[str, Any] | None) -> None:
        # Before the guard looks for the token in the body, which reads it.
        if request.blueprint == desk.name:
            request.max_content_length = route_bodies.LARGEST_BODY_BYTES
            if values and "code" in values:
                route_bodies.require_code(values["code"])

    @desk.before_request
    def keep_apart() -> None:
        # A page that reads learns for itself whose it is now.
        if request.method not in READING:
            account_marks.require_owner(office.current_actor())

    @desk.after_request
    def keep_private(answer: Response) -> Response:
        answer.headers["Cache-Control"] = "private, no-store"
        return answer

    desk.register_error_handler(CensusError, lambda fault: _fault(office, fault))
    desk.register_error_handler(PassingError, session.explain_passing)
    desk.register_error_handler(HTTPException, _refusal)
    server.register_blueprint(desk)
