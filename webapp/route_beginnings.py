"""Answer who begins a route that no plan proposed: what may be chosen, the new code, giving up."""

import math
from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from census.store import new_routes, pages
from census.store.audit import require
from census.store.cards import DivisionCard, ShelterCard
from webapp import links, route_bodies, session
from webapp.route_faults import RouteBodyError
from webapp.route_office import Office
from webapp.words import Language, Say, count, metres, speak

Answer = dict[str, Any]
SAVE = "route.save"
METRES_PER_DEGREE = 111_195.0


def add(office: Office, desk: Blueprint) -> None:
    """
    Give the beginning of a route its addresses.

    Parameters
    ----------
    office
        Store and who asks.
    desk
        The editor's addresses.
    """

    @desk.get("")
    def choices() -> Answer:
        village = _chosen(request.args, "village")
        require(office.current_actor(), SAVE, village)
        return _choices(office, village, session.language())

    @desk.post("")
    def begin() -> tuple[Answer, int]:
        body = route_bodies.body_of(request)
        people = body.get("people")
        code = new_routes.create_route(
            office.store,
            office.current_actor(),
            village_code=_chosen(body, "village"),
            shelter_code=_chosen(body, "shelter"),
            unit_code=route_bodies.words(body.get("unit"), "unit"),
            assembly_point_code=route_bodies.words(body.get("assembly_point"), "assembly_point"),
            name=route_bodies.words(body.get("name"), "name"),
            people=None if people is None else route_bodies.whole(people, "people"),
        )
        return {"code": code, "link": links.link("route", code, session.language())}, 201

    @desk.delete("/<code>")
    def give_up(code: str) -> Answer:
        actor = office.allowed(code, SAVE)
        new_routes.give_up_route(office.store, actor, code=code)
        return {"link": links.link("desk", "", session.language())}


def _chosen(given: Mapping[str, Any], name: str) -> str:
    found = route_bodies.words(given.get(name), name)
    if found is None:
        names = {"village": ("a village", "村（社区）"), "shelter": ("a shelter", "避难场所")}
        name_en, name_zh = names[name]
        raise RouteBodyError(f"Choose {name_en} for the new route.", f"请为新路线选择{name_zh}。")
    return found


def _choices(office: Office, village_code: str, language: Language) -> Answer:
    say, store = speak(language), office.store
    groups = new_routes.starts(store, village_code)
    village = pages.division(store, village_code)
    points = pages.assembly_points(store, village_code)
    near = sorted(pages.shelters(store), key=lambda each: (not each.usable, _away(village, each)))
    return {
        "points": [{"code": each.code, "words": each.name} for each in points],
        "groups": [{"code": each.code, "words": _group(each, say)} for each in groups],
        "shelters": [{"code": each.code, "words": _shelter(village, each, say)} for each in near],
    }


def _group(group: new_routes.Start, say: Say) -> str:
    if not group.people:
        return group.name
    return say("begin.group", name=group.name, people=count(group.people))


def _shelter(village: DivisionCard, shelter: ShelterCard, say: Say) -> str:
    facts = {
        "name": shelter.name,
        "load": count(shelter.load_people),
        "capacity": count(shelter.capacity_people),
        "away": metres(_away(village, shelter), digits=0),
    }
    return say("begin.shelter_words" if shelter.usable else "begin.shelter_unusable", **facts)


def _away(village: DivisionCard, shelter: ShelterCard) -> float:
    """Measure from the middle of a village, well enough to sort by."""
    east, north = shelter.x - village.centre[0], shelter.y - village.centre[1]
    shrunk = east * math.cos(math.radians(village.centre[1]))
    return METRES_PER_DEGREE * math.hypot(shrunk, north)
