"""Look at the body of a callback's request: refuse what none of our own pages would send."""

from collections.abc import Mapping
from typing import Any

from flask import Request
from werkzeug.exceptions import BadRequest

from webapp import strict_json


def body_of(request: Request) -> dict[str, Any]:
    """
    Read the body of a callback's request.

    Parameters
    ----------
    request
        The request.

    Returns
    -------
    dict
        The JSON object; empty where the body is none.

    Raises
    ------
    BadRequest
        If it holds what no page sends.
    """
    if not request.is_json:
        return {}
    try:
        asked = strict_json.read(request.get_data())
    except strict_json.StrictJsonError as fault:
        raise BadRequest from fault
    return asked if isinstance(asked, dict) else {}


def value_of(body: Mapping[str, Any], component: str, name: str) -> str | None:
    """
    Find what a body tells of a component.

    Parameters
    ----------
    body
        The body, sound or not.
    component
        Id of the component.
    name
        Its property.

    Returns
    -------
    str | None
        The value of that input; None where there is no such text.
    """
    inputs = body.get("inputs")
    for each in inputs if isinstance(inputs, list) else ():
        if isinstance(each, dict) and (each.get("id"), each.get("property")) == (component, name):
            value = each.get("value")
            return value if isinstance(value, str) else None
    return None


def is_sound(body: Mapping[str, Any], callback: Mapping[str, Any]) -> bool:
    """
    Tell whether a body asks a callback for what it does, in the shape in which a page asks.

    Parameters
    ----------
    body
        The body.
    callback
        The callback, as Dash keeps it: ``inputs`` and ``state`` with ``id`` and ``property``.

    Returns
    -------
    bool
        False where a part lacks, is of another type or names another component.
    """
    inputs, state = body.get("inputs"), body.get("state", [] if not callback["state"] else None)
    changed = body.get("changedPropIds", [])
    return (
        _names(inputs) == _names(callback["inputs"])
        and _names(state) == _names(callback["state"])
        and _names(body.get("outputs")) == _outputs(str(body["output"]))
        and isinstance(changed, list)
        and all(isinstance(each, str) for each in changed)
        and all(_is_text(each.get("value")) for each in inputs or ())
        and all(_is_choice(each.get("value")) for each in state or ())
    )


def _names(parts: Any) -> list[tuple[Any, Any]] | tuple[Any, Any] | None:
    if isinstance(parts, dict):
        return (parts.get("id"), parts.get("property"))
    if not isinstance(parts, list) or not all(isinstance(each, dict) for each in parts):
        return None
    return [(each.get("id"), each.get("property")) for each in parts]


def _outputs(output: str) -> list[tuple[Any, Any]] | tuple[Any, Any]:
    named = [each.rpartition(".") for each in output.strip(".").split("...")]
    pairs = [(component, name) for component, _, name in named]
    return pairs if output.startswith("..") else pairs[0]


def _is_text(value: Any) -> bool:
    """Tell what a visitor's page may send: every input of the callbacks is text or nothing."""
    return value is None or (isinstance(value, str) and strict_json.is_sound(value))


def _is_choice(value: Any) -> bool:
    """Tell what a page may send back: the choices that the search offered it."""
    return isinstance(value, list) and all(
        isinstance(each, dict) and _is_text(each.get("label")) and "label" in each for each in value
    )
