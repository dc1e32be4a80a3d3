"""Bound how many visitors are served at once, so that those who work here are not held up."""

import random
from collections.abc import Mapping
from types import MappingProxyType
from typing import Final

from flask import Flask, g

from webapp import entry, identity
from webapp.passing import CrowdedError, EnteringError, PassingError, PrintingError
from webapp.turns import Bounds, Turns

# Actions of the tables of rights.
READ: Final = "public.read"
SHEET: Final = "sheet.wait"
ENTER: Final = "session.enter"
# Who waits for a sheet does not run: the worker prints it. So sheets have places of their own.
VISITOR_BOUNDS: Final[Mapping[str, Bounds]] = MappingProxyType(
    {
        READ: Bounds(at_once=2, waiting=8, longest_wait_s=2.0),
        SHEET: Bounds(at_once=3, waiting=0, longest_wait_s=0.0),
        # A password takes a processor for a while: a flood of sign-ins waits here, and the threads
        # of those who are signed in stay free.
        ENTER: Bounds(at_once=2, waiting=4, longest_wait_s=4.0),
    }
)
TURNS: Final = "riskatlas_turns"
SHEET_RETRY_S: Final = 60
# Those who were refused together do not come back together.
SOONEST_RETRY_S, LATEST_RETRY_S = 1, 3


def threads_of(bounds: Mapping[str, Bounds]) -> int:
    """
    Count the threads that visitors can hold.

    Parameters
    ----------
    bounds
        Bounds per action.

    Returns
    -------
    int
        All who have a turn or wait for one.
    """
    return sum(each.inside for each in bounds.values())


def turns_of(bounds: Mapping[str, Bounds]) -> int:
    """
    Count the turns that visitors can have at once: each holds a database connection.

    Parameters
    ----------
    bounds
        Bounds per action.

    Returns
    -------
    int
        All who have a turn.
    """
    return sum(each.at_once for each in bounds.values())


def _refusal(action: str) -> PassingError:
    if action is SHEET:
        return PrintingError(SHEET_RETRY_S)
    # No secret hangs on this number.
    wait_s = random.randint(SOONEST_RETRY_S, LATEST_RETRY_S)  # noqa: S311
    return EnteringError(wait_s) if action == ENTER else CrowdedError(wait_s)


def bound_visitors(server: Flask, bounds: Mapping[str, Bounds]) -> None:
    """
    Let visitors wait for their turn; who is no visitor, and what no bound names, goes on at once.

    Parameters
    ----------
    server
        The server; ``extensions[TURNS]`` shows the turns per action.
    bounds
        Bounds per action of the table of routes.
    """
    turns = {action: Turns(each) for action, each in bounds.items()}
    server.extensions[TURNS] = turns

    @server.before_request
    def wait_for_turn() -> None:
        action = entry.asked_action()
        if action not in turns or identity.current_actor().is_signed_in:
            return
        if not turns[action].take():
            raise _refusal(action)
        g.turn = turns[action]

    @server.teardown_request
    def give_back(_fault: BaseException | None) -> None:
        turn = g.pop("turn", None)
        if turn is not None:
            turn.give_back()
