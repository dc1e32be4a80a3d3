"""Hold what the route editor's addresses work with: the store, the desk, and who asks."""

import logging
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final

from dash import html
from dash.development.base_component import Component
from flask import request

from census.access_errors import ForbiddenError
from census.route_errors import UnknownRouteError
from census.store import pages, routes
from census.store.actors import Actor, visitor
from census.store.audit import record, require
from census.store.connection import Store
from census.store.rights import EVERYWHERE
from census.store.route_commands import Checked
from census.store.routes import RouteVersion
from webapp.route_bodies import Bounds
from webapp.words import Language, speak

if TYPE_CHECKING:
    from census.products.route_desk import Desk
    from webapp.desk_turns import DeskInTurn

log = logging.getLogger(__name__)
MARGIN_DEGREE: Final = 0.02
READ: Final = "route.read"


def nobody() -> Actor:
    """
    Take everyone for a visitor, who may edit nothing.

    Returns
    -------
    Actor
        A visitor.
    """
    return visitor(request.remote_addr or "")


def closed(language: Language) -> Component:
    """
    Tell a visitor that the desk is for those who are signed in.

    Parameters
    ----------
    language
        The language.

    Returns
    -------
    Component
        The sentence and the way in.
    """
    say = speak(language)
    way = html.A(say("desk.enter"), href="/login", className="button button-primary")
    return html.Div(
        [
            html.Div(html.P(say("desk.sign_in")), className="headline"),
            html.Div(way, className="buttons"),
        ]
    )


@dataclass(frozen=True)
class Office:
    """
    What the editor's addresses work with.

    Attributes
    ----------
    store
        The district's store, role app.
    make_desk
        Makes what checks, snaps and proposes lines; called once, when it is first needed, for it
        brings the analysis into the process.
    current_actor
        Tells who asks.
    """

    store: Store
    make_desk: "Callable[[], Desk | DeskInTurn]"
    current_actor: Callable[[], Actor] = nobody

    @cached_property
    def desk(self) -> "Desk | DeskInTurn":
        """
        Return what checks, snaps and proposes lines.

        Returns
        -------
        Desk
            The same each time.
        """
        return self.make_desk()

    def judged(
        self, made: RouteVersion, code: str, reasons: Mapping[str, str] | None = None
    ) -> Checked:
        """
        Check the line of a version as the roads and the water are now.

        Parameters
        ----------
        made
            The version.
        code
            The route's code.
        reasons
            Reasons given beside those of the version, by the finding's code.

        Returns
        -------
        Checked
            What is found of it.
        """
        # A delivered line in several pieces is walked from end to end, as version 0 joins it.
        line = [at for part in made.lines for at in part]
        why = {**made.explanations, **(reasons or {})}.get("off_network")
        found = self.desk.check(
            code,
            line,
            shelter_code=made.shelter_code,
            off_road_reason=made.off_road_reason or why,
        )
        return found.as_checked()

    def warm(self) -> None:
        """Read in the background what the first drag needs: somebody opened the desk."""

        def read() -> None:
            try:
                self.desk.warm()
            except Exception as fault:  # noqa: BLE001  (the first stroke asks again and tells it)
                log.warning("the desk could not be read yet: %s", fault)

        threading.Thread(target=read, name="warm desk", daemon=True).start()

    def allowed(self, code: str, action: str) -> Actor:
        """
        Tell who asks, if they may do something with the route.

        Parameters
        ----------
        code
            The route's code.
        action
            The action.

        Returns
        -------
        Actor
            Who asks.

        Raises
        ------
        UnknownRouteError
            If no route has this code, or none that they may read.
        ForbiddenError
            If they may not.
        """
        actor = self.current_actor()
        try:
            self._require(actor, code, action)
        except (ForbiddenError, UnknownRouteError) as fault:
            if actor.is_signed_in:
                with self.store.begin() as connection:
                    record(
                        connection, actor, action, object_kind="route", object_code=code[:80],
                        outcome="refused", detail={"fault": type(fault).__name__},
                    )  # fmt: skip
            raise
        return actor

    def hides(self, code: str) -> bool:
        """
        Tell whether a route is not there for who asks: none has the code, or not in their scope.

        Parameters
        ----------
        code
            The route's code.

        Returns
        -------
        bool
            False also for those who may see no route at all: they are asked to sign in.
        """
        actor = self.current_actor()
        if not actor.may(READ):
            return False
        try:
            place = routes.head(self.store, code).village_code or EVERYWHERE
        except UnknownRouteError:
            return True
        return not actor.may(READ, place)

    def _require(self, actor: Actor, code: str, action: str) -> None:
        # Who may do it nowhere learns nothing of which codes exist.
        require(actor, action, None)
        place = routes.head(self.store, code).village_code or EVERYWHERE
        if not actor.may(READ, place):
            # Nor does who may do it elsewhere: the answer is that of a code that none has.
            raise UnknownRouteError(code)
        require(actor, action, place)

    def bounds(self) -> Bounds:
        """
        Frame the district.

        Returns
        -------
        tuple of float
            West, south, east, north with a margin, degrees.
        """
        west, south, east, north = zip(
            *(town.bounds for town in pages.towns(self.store)), strict=True
        )
        return (
            min(west) - MARGIN_DEGREE,
            min(south) - MARGIN_DEGREE,
            max(east) + MARGIN_DEGREE,
            max(north) + MARGIN_DEGREE,
        )
