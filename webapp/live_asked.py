"""Read what is asked of the live process, and refuse what makes no sense in both languages."""

import re
from typing import Final

from starlette.requests import Request

from census.errors import CensusError
from census.store.cell_tiles import LAST_ZOOM
from census.store.features import SOURCES
from census.store.tiles import LAYERS as TILE_LAYERS
from geo.vocabulary import HazardType

FEATURE_LAYERS: Final = tuple(layer for layer in SOURCES if layer != "basemap")
HAZARDS: Final = tuple(each.value for each in HazardType)
LEVELS: Final = ("town", "village", "grid_unit")
MOST_DIGITS: Final = 9
# Of the web map's tiling, degrees.
NORTHERNMOST: Final = 85.05


class RefusedError(CensusError):
    """
    A request asks for something that is not offered or makes no sense.

    Parameters
    ----------
    status
        HTTP status, 404 or 422.
    sentence_en
        What is wrong, in English.
    sentence_zh
        The same in Chinese.
    """

    def __init__(self, status: int, sentence_en: str, sentence_zh: str) -> None:
        super().__init__(sentence_en, sentence_zh)
        self.status = status


def _whole(text: str, name: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > MOST_DIGITS:
        raise RefusedError(
            422,
            f"{name} of a tile is a whole number, not {text[:20]!r}.",
            f"瓦片的 {name} 应为整数，不是“{text[:20]}”。",
        )
    return int(text)


def tile_address(request: Request) -> tuple[str, int, int, int]:
    """
    Read which tile is asked for.

    Parameters
    ----------
    request
        The request.

    Returns
    -------
    tuple
        Layer, zoom, column and row.

    Raises
    ------
    RefusedError
        If there is no such tile.
    """
    layer = known_layer(request, TILE_LAYERS)
    z, x, y = (_whole(request.path_params[name], name) for name in ("z", "x", "y"))
    if z > LAST_ZOOM or x >= 2**z or y >= 2**z:
        raise RefusedError(
            404,
            f"There is no tile {z}/{x}/{y}: zoom is 0 to {LAST_ZOOM}, x and y are below 2^zoom.",
            f"没有瓦片 {z}/{x}/{y}：级别为 0 至 {LAST_ZOOM}，x、y 小于 2 的级别次方。",
        )
    return layer, z, x, y


def known_layer(request: Request, known: tuple[str, ...]) -> str:
    """
    Read which layer is asked for.

    Parameters
    ----------
    request
        The request.
    known
        The layers that there are.

    Returns
    -------
    str
        The layer.

    Raises
    ------
    RefusedError
        If there is no such layer.
    """
    layer = str(request.path_params["layer"])
    if layer in known:
        return layer
    names = ", ".join(known)
    raise RefusedError(
        404,
        f"There is no layer {layer[:40]!r} here. Layers: {names}.",
        f"没有图层“{layer[:40]}”。可用图层：{names}。",
    )


def _number(request: Request, name: str, most: float) -> float:
    typed = request.query_params.get(name, "")
    if not re.fullmatch(r"-?[0-9]{1,3}(\.[0-9]{1,20})?", typed) or abs(float(typed)) > most:
        raise RefusedError(
            422,
            f"{name} of a place is degrees from {-most} to {most}, not {typed[:20]!r}.",
            f"位置的 {name} 应为 {-most} 至 {most} 的度数，不是“{typed[:20]}”。",
        )
    return float(typed)


def place_of(request: Request) -> tuple[float, float, int]:
    """
    Read which place of the map is asked for.

    Parameters
    ----------
    request
        The request, with x, y and z.

    Returns
    -------
    tuple
        Longitude, latitude and zoom.

    Raises
    ------
    RefusedError
        If a number is missing or makes no sense.
    """
    x, y = _number(request, "x", 180), _number(request, "y", NORTHERNMOST)
    z = _whole(request.query_params.get("z", ""), "z")
    if z > LAST_ZOOM:
        raise RefusedError(
            422,
            f"z of a tile is 0 to {LAST_ZOOM}, not {z}.",
            f"瓦片的 z 为 0 至 {LAST_ZOOM}，不是 {z}。",
        )
    return x, y, z


def filters_of(request: Request) -> dict[str, str | None]:
    """
    Read to what a layer of features is narrowed.

    Parameters
    ----------
    request
        The request, with town, village, level or hazard.

    Returns
    -------
    dict
        ``town_code``, ``village_code``, ``level`` and ``hazard``; None where not asked for.

    Raises
    ------
    RefusedError
        If one of them is none.
    """
    asked = request.query_params
    codes = {f"{name}_code": asked.get(name) for name in ("town", "village")}
    for name, code in codes.items():
        if code is not None and not re.fullmatch(r"[0-9A-Za-z]{1,24}", code):
            raise RefusedError(
                422,
                f"{name} is a division code of digits, not {code[:30]!r}.",
                f"{name} 应为区划代码，不是“{code[:30]}”。",
            )
    level = asked.get("level")
    if level is not None and level not in LEVELS:
        raise RefusedError(
            422,
            f"level is one of {', '.join(LEVELS)}, not {level[:20]!r}.",
            f"level 只能是 {'、'.join(LEVELS)}，不是“{level[:20]}”。",
        )
    hazard = asked.get("hazard")
    if hazard is not None and hazard not in HAZARDS:
        raise RefusedError(
            422,
            f"hazard is one of {', '.join(HAZARDS)}, not {hazard[:20]!r}.",
            f"hazard 只能是 {'、'.join(HAZARDS)}，不是“{hazard[:20]}”。",
        )
    return {**codes, "level": level, "hazard": hazard}
