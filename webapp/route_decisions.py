"""Answer who decides about a version: submit, return, approve, publish, withdraw."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, request

from census.store import pages, route_workflow, routes
from census.store.actors import Actor
from webapp import route_answers, route_bodies, session
from webapp.route_faults import RouteBodyError
from webapp.route_office import Office

Answer = dict[str, Any]


def add(office: Office, desk: Blueprint) -> None:
    """
    Give each step of a version its address.

    Parameters
    ----------
    office
        Store and who asks.
    desk
        The editor's addresses.
    """
    _judging(office, desk)
    _publishing(office, desk)


def _asked(office: Office, code: str, action: str) -> tuple[Actor, Mapping[str, Any], int]:
    actor, body = office.allowed(code, action), route_bodies.body_of(request)
    return actor, body, route_bodies.whole(body.get("version"), "version")


def _reason_of(body: Mapping[str, Any]) -> str:
    reason = route_bodies.words(body.get("reason"), "reason")
    if reason is None:
        raise RouteBodyError(
            "Write a reason: the author has to know what to change.",
            "请写明理由，让编制人知道要改什么。",
        )
    return reason


def _judging(office: Office, desk: Blueprint) -> None:
    store = office.store

    @desk.post("/<code>/submit")
    def submit(code: str) -> Answer:
        actor, body, number = _asked(office, code, "route.submit")
        reasons = route_bodies.explanations(body.get("explanations"))
        # What was found when it was saved may be of older roads or another water.
        checked = office.judged(routes.version(store, code, number), code, reasons)
        route_workflow.submit(
            store, actor, code=code, version=number, checked=checked, explanations=reasons
        )
        return {"version": number}

    @desk.post("/<code>/return")
    def send_back(code: str) -> Answer:
        actor, body, number = _asked(office, code, "route.approve")
        reason = _reason_of(body)
        route_workflow.return_to_author(store, actor, code=code, version=number, reason=reason)
        return {"version": number}

    @desk.post("/<code>/approve")
    def approve(code: str) -> Answer:
        actor, body, number = _asked(office, code, "route.approve")
        reason = route_bodies.words(body.get("reason"), "reason")
        checked = office.judged(routes.version(store, code, number), code, {})
        route_workflow.approve(
            store, actor, code=code, version=number, checked=checked, reason=reason
        )
        return {"version": number}


def _publishing(office: Office, desk: Blueprint) -> None:
    store = office.store

    @desk.post("/<code>/publish")
    def publish(code: str) -> Answer:
        actor, body, number = _asked(office, code, "route.publish")
        day = route_bodies.day(body.get("valid_from"))
        checked = office.judged(routes.version(store, code, number), code, {})
        told = route_workflow.publish(
            store, actor, code=code, version=number, checked=checked, valid_from=day
        )
        codes = {code for code, *_rest in [*told.reissue, *told.tell]}
        names = {each: pages.division(store, each).name for each in codes}
        words = route_answers.published(told.reissue, told.tell, names, session.language())
        return {"version": number, "valid_from": day.isoformat()} | words

    @desk.post("/<code>/withdraw")
    def withdraw(code: str) -> Answer:
        actor, body, number = _asked(office, code, "route.withdraw")
        reason = _reason_of(body)
        route_workflow.withdraw(store, actor, code=code, version=number, reason=reason)
        return {"version": number}
