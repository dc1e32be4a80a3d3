"""Read what a browser sends about a route: counted and checked before it becomes geometry."""

import math
from collections.abc import Mapping
from datetime import date
from typing import Any, Final

from flask import Request

from census.products.what_if import WhatIf
from webapp import strict_json
from webapp.route_faults import OutsideError, RouteBodyError, not_read

MOST_VERTICES: Final = 2000  # as data/methods/flood_route_editing.toml
MOST_PARTS: Final = 20
MOST_CLOSED: Final = 200
MOST_CHARACTERS: Final = 300
MOST_DIGITS: Final = 9
LEAST_VERTICES: Final = 2
LARGEST_BODY_BYTES: Final = 1024 * 1024
DECIMALS: Final = 7  # about 1 cm

Position = list[float]
Line = list[Position]
Bounds = tuple[float, float, float, float]


def body_of(request: Request) -> Mapping[str, Any]:
    """
    Read the body of a request.

    Parameters
    ----------
    request
        The request; its size is already bounded.

    Returns
    -------
    Mapping
        The JSON object.

    Raises
    ------
    RouteBodyError
        If it is no JSON object, or holds numbers or texts that no page sends.
    """
    try:
        found = strict_json.read(request.get_data(cache=False))
    except strict_json.StrictJsonError as fault:
        raise not_read("it is no JSON of this editor", "不是本编辑页的 JSON") from fault
    if not isinstance(found, dict):
        raise not_read("it is no JSON object", "不是 JSON 对象")
    return found


def require_code(code: str) -> None:
    """
    Refuse an address that cannot be a route's, before anything is asked of the database.

    Parameters
    ----------
    code
        The code in the address.

    Raises
    ------
    RouteBodyError
        With status 404 if it is too long or holds what no text holds.
    """
    if not strict_json.is_code(code):
        raise RouteBodyError(
            "No route has such a code. Go back to the list of routes.",
            "没有这样编号的路线。请回到路线列表。",
            status=404,
        )


def _number(value: Any, limit: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    # A whole number may be too large to be asked whether it is finite.
    return is_number and abs(value) <= limit and math.isfinite(value)


def position(value: Any) -> Position:
    """
    Read a position.

    Parameters
    ----------
    value
        Longitude and latitude, degrees.

    Returns
    -------
    list of float
        The same, rounded to 1e-7 degree.

    Raises
    ------
    RouteBodyError
        If it is no position on the earth.
    """
    if (
        not isinstance(value, list)
        or len(value) != 2  # noqa: PLR2004  (longitude and latitude)
        or not _number(value[0], 180)
        or not _number(value[1], 90)
    ):
        raise RouteBodyError(
            f"A vertex is no longitude and latitude: {str(value)[:40]!r}. Nothing was changed.",
            f"有一个折点不是经纬度：{str(value)[:40]!r}。未作任何改动。",
        )
    return [round(float(value[0]), DECIMALS), round(float(value[1]), DECIMALS)]


def line(value: Any, bounds: Bounds) -> Line:
    """
    Read a line that can be checked and saved.

    Parameters
    ----------
    value
        Positions.
    bounds
        The district: west, south, east, north, degrees.

    Returns
    -------
    list of list
        Positions, no two alike in a row.

    Raises
    ------
    RouteBodyError
        If it has too few or too many vertices, or one that is no position.
    OutsideError
        If it leaves the district.
    """
    read = _positions(value)
    kept = [at for number, at in enumerate(read) if number == 0 or at != read[number - 1]]
    if len(kept) < LEAST_VERTICES:
        raise RouteBodyError(
            "A route needs at least two different vertices. Draw on.",
            "路线至少要有两个不同的折点。请继续画线。",
        )
    _require_within(kept, bounds)
    return kept


def waypoints(value: Any, bounds: Bounds) -> Line:
    """
    Read the places that a line has to pass.

    Parameters
    ----------
    value
        Positions, or nothing.
    bounds
        The district: west, south, east, north, degrees.

    Returns
    -------
    list of list
        Positions.

    Raises
    ------
    RouteBodyError
        If they are too many, or one is no position.
    OutsideError
        If one lies outside the district.
    """
    points = value or []
    if not isinstance(points, list) or len(points) > MOST_CLOSED:
        raise not_read("the waypoints are no list, or too many", "途经点不是列表或太多")
    read = [position(each) for each in points]
    _require_within(read, bounds)
    return read


def _require_within(line: Line, bounds: Bounds) -> None:
    west, south, east, north = bounds
    for lon, lat in line:
        if not (west <= lon <= east and south <= lat <= north):
            raise OutsideError(lon, lat)


def _positions(value: Any) -> Line:
    if not isinstance(value, list):
        raise not_read("the line is no list of vertices", "线路不是折点列表")
    if len(value) > MOST_VERTICES:
        raise RouteBodyError(
            f"The line has {len(value):,} vertices; at most {MOST_VERTICES:,} are taken. "
            "Draw it with fewer.",
            f"线路有 {len(value):,} 个折点，最多 {MOST_VERTICES:,} 个。请减少折点。",
        )
    return [position(each) for each in value]


def parts(value: Any) -> list[Line]:
    """
    Read the pieces of a draft.

    Parameters
    ----------
    value
        Lines; a cut line has several, an empty draft none.

    Returns
    -------
    list of list
        The pieces.

    Raises
    ------
    RouteBodyError
        If they cannot be read or are too many.
    """
    if not isinstance(value, list) or len(value) > MOST_PARTS:
        raise not_read("the draft has too many pieces or none", "草稿的段数不对")
    read = [_positions(each) for each in value]
    if sum(len(each) for each in read) > MOST_VERTICES:
        _positions([0] * (MOST_VERTICES + 1))
    return read


def words(value: Any, name: str) -> str | None:
    """
    Read a short text.

    Parameters
    ----------
    value
        The text, or nothing.
    name
        Name of the field, for the sentence of a fault.

    Returns
    -------
    str or None
        The text without blanks around it; None where there is none.

    Raises
    ------
    RouteBodyError
        If it is no text or too long.
    """
    if value is None:
        return None
    is_text = isinstance(value, str) and strict_json.is_sound(value)
    if not is_text or len(value) > MOST_CHARACTERS:
        raise RouteBodyError(
            f"{name} is a text of at most {MOST_CHARACTERS} characters. Shorten it.",
            f"{name} 应为不超过 {MOST_CHARACTERS} 字的文字。请缩短。",
        )
    return value.strip() or None


def explanations(value: Any) -> dict[str, str]:
    """
    Read the reasons for warnings.

    Parameters
    ----------
    value
        Reason by the finding's code, or nothing.

    Returns
    -------
    dict of str to str
        The reasons that say something.

    Raises
    ------
    RouteBodyError
        If they cannot be read.
    """
    if value is None:
        return {}
    if not isinstance(value, dict) or len(value) > MOST_PARTS:
        raise not_read("the reasons are no object", "理由不是对象")
    read = {words(code, "code") or "": words(text, "reason") for code, text in value.items()}
    return {code: text for code, text in read.items() if code and text}


def whole(value: Any, name: str) -> int:
    """
    Read a whole number.

    Parameters
    ----------
    value
        The number.
    name
        Name of the field, for the sentence of a fault.

    Returns
    -------
    int
        The number, not negative.

    Raises
    ------
    RouteBodyError
        If it is none.
    """
    is_whole = isinstance(value, int) and not isinstance(value, bool)
    if not is_whole or not 0 <= value < 10**MOST_DIGITS:
        raise not_read(f"{name} is no whole number", f"{name} 不是整数")
    return int(value)


def day(value: Any) -> date:
    """
    Read a day.

    Parameters
    ----------
    value
        ``YYYY-MM-DD``.

    Returns
    -------
    date
        The day.

    Raises
    ------
    RouteBodyError
        If it is none.
    """
    try:
        return date.fromisoformat(value)
    except (TypeError, ValueError) as fault:
        raise RouteBodyError(
            "Say from which day the route is valid, such as 2026-06-01.",
            "请写明路线自哪天起有效，例如 2026-06-01。",
        ) from fault


def what_if(value: Any) -> WhatIf:
    """
    Read what a planner assumes closed.

    Parameters
    ----------
    value
        ``closed_roads`` (ids) and ``closed_shelters`` (codes), or nothing.

    Returns
    -------
    WhatIf
        What is closed.

    Raises
    ------
    RouteBodyError
        If it cannot be read.
    """
    if value is None:
        return WhatIf()
    roads = value.get("closed_roads", []) if isinstance(value, dict) else None
    shelters = value.get("closed_shelters", []) if isinstance(value, dict) else None
    if not isinstance(roads, list) or not isinstance(shelters, list):
        raise not_read("the what-if is no object of lists", "假设条件的格式不对")
    if len(roads) + len(shelters) > MOST_CLOSED:
        raise not_read("the what-if closes too much", "假设封闭的太多")
    codes = {words(code, "shelter") or "" for code in shelters}
    return WhatIf(
        closed_roads=frozenset(whole(road, "road") for road in roads),
        closed_shelters=frozenset(codes - {""}),
    )
