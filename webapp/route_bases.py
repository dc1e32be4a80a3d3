"""Read what a change began from: a version, a kept draft, and the save that it repeats."""

import re
from datetime import datetime
from typing import Any, Final

from flask import Request

from webapp.route_bodies import MOST_DIGITS
from webapp.route_faults import RouteBodyError

ETAG: Final = re.compile(rf'(?:W/)?"(\d{{1,{MOST_DIGITS}}})"')
SAVE: Final = re.compile(r"[0-9a-f]{32}")
MISSING, UNREADABLE = 428, 400


def base_of(request: Request) -> int:
    """
    Read the version that a change began from.

    A version has one wording, so a weak tag, as compressing proxies make it, names the same one.

    Parameters
    ----------
    request
        The request.

    Returns
    -------
    int
        The version of header ``If-Match``.

    Raises
    ------
    RouteBodyError
        With status 428 where the header is missing or holds no version, 400 where its number has
        zeros before it.
    """
    found = ETAG.fullmatch(request.headers.get("If-Match", "").strip())
    if found is None or found[1] != str(int(found[1])):
        raise RouteBodyError(
            'This write needs the header If-Match with the version it began from, such as "3".',
            '此写入须带 If-Match 头，写明从哪一版改起，例如 "3"。',
            status=MISSING if found is None else UNREADABLE,
        )
    return int(found[1])


def draft_mark(value: Any) -> datetime | None:
    """
    Read which state of the own draft a tab knows.

    Parameters
    ----------
    value
        The mark as the server gave it; None where the tab knows of no draft.

    Returns
    -------
    datetime or None
        When that draft was kept.

    Raises
    ------
    RouteBodyError
        If it is no mark.
    """
    if value is None:
        return None
    try:
        mark = datetime.fromisoformat(value)
        if mark.tzinfo is not None:
            return mark
    except (TypeError, ValueError):
        mark = None
    raise RouteBodyError(
        "mark is none that this server gave. Load the page again.",
        "mark 不是本服务器给出的。请刷新页面。",
    )


def save_id(value: Any) -> str | None:
    """
    Read the id that a tab gave its save, the same when it asks again for want of an answer.

    Parameters
    ----------
    value
        32 hexadecimal digits, or nothing.

    Returns
    -------
    str or None
        The id.

    Raises
    ------
    RouteBodyError
        If it is none.
    """
    if value is None:
        return None
    if not isinstance(value, str) or not SAVE.fullmatch(value):
        raise RouteBodyError(
            "save is not 32 hexadecimal digits. Load the page again.",
            "save 不是 32 位十六进制数。请刷新页面。",
        )
    return value
