"""Tell the live process, at commit, what changed: ids and numbers, never what somebody wrote.

Whoever may connect to the database may notify the channel, so the same table is read on both sides:
what it does not name is neither told nor heard.
"""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Literal

from sqlalchemy import Connection, text

LIVE_CHANNEL: Final = "riskatlas_live"
LARGEST_NUMBER: Final = 2**53  # what a browser's script can still count
Event = Literal["generation", "editing", "version"]
Facts = Mapping[str, str | int]

_LAYER: Final = re.compile(r"[a-z][a-z_]{0,62}")
_CODE: Final = re.compile(r"[^\x00-\x1f\x7f]{1,80}")
_STATUS: Final = re.compile(
    "saved|restored|submitted|returned|approved|published|superseded|withdrawn"
)
# What each event carries: a pattern for a word, None for a count.
FACTS: Final[Mapping[str, Mapping[str, re.Pattern[str] | None]]] = MappingProxyType(
    {
        "generation": {"layer": _LAYER, "generation": None},
        "editing": {"code": _CODE, "count": None},
        "version": {"code": _CODE, "version": None, "status": _STATUS},
    }
)


@dataclass(frozen=True)
class Told:
    """
    Something that changed.

    Attributes
    ----------
    event
        Name of the event.
    facts
        What it carries: exactly what ``FACTS`` names.
    """

    event: str
    facts: Facts


def _fits(value: object, pattern: re.Pattern[str] | None) -> bool:
    if pattern is None:
        return type(value) is int and 0 <= value <= LARGEST_NUMBER
    return isinstance(value, str) and pattern.fullmatch(value) is not None


def read(payload: str) -> Told | None:
    """
    Read what was told.

    Parameters
    ----------
    payload
        Text of a notification.

    Returns
    -------
    Told | None
        What changed; None for anything but an event of ``FACTS`` with its facts alone.
    """
    try:
        facts = json.loads(payload)
    except (ValueError, RecursionError):
        return None
    if not isinstance(facts, dict):
        return None
    event = facts.pop("event", None)
    named = FACTS.get(event) if isinstance(event, str) else None
    if named is None or set(facts) != set(named):
        return None
    is_sound = all(_fits(facts[name], pattern) for name, pattern in named.items())
    return Told(event, facts) if is_sound else None


def tell_live(connection: Connection, event: Event, facts: Facts) -> None:
    """
    Tell the live process at the end of the transaction; it knows no names, so it gets none.

    Parameters
    ----------
    connection
        The caller's transaction.
    event
        Name of the event.
    facts
        What the event carries.

    Raises
    ------
    ValueError
        If the event does not carry what ``FACTS`` names, or more.
    """
    payload = json.dumps({"event": event, **facts})
    if read(payload) is None:
        raise ValueError(f"{event} does not carry {sorted(facts)}")
    connection.execute(
        text("select pg_notify(:channel, :payload)"), {"channel": LIVE_CHANNEL, "payload": payload}
    )
