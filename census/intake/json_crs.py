"""The CRS that a GeoJSON names itself: the library of vectors passes one it does not know over.

RFC 7946 knows no member ``crs`` and takes longitudes and latitudes of WGS 84; its forerunner of
2008 did, and many systems still write it. What names a system that nobody knows, or a link, must
not be read as WGS 84.
"""

import json
import re
from pathlib import Path
from typing import Any, Final

import pyproj
from pyproj.exceptions import CRSError

from census.intake.problems import Problem, Source

_HEAD_BYTES: Final = 1024 * 1024
_TAIL_BYTES: Final = 4096
_BEFORE: Final = re.compile(r'"crs"\s*:\s*')
_FEATURES: Final = re.compile(r'"features"\s*:\s*\[')
_BEHIND: Final = re.compile(r'\]\s*,\s*"crs"\s*:\s*')
# Names of registers alone: a text that describes a system may ask for files of grids.
_OF_REGISTER: Final = re.compile(
    r"(urn:ogc:def:crs:|https?://www\.opengis\.net/def/crs/|EPSG:|OGC:|ESRI:)[\w.:/]+",
    re.IGNORECASE,
)
_NOTHING: Final = object()


def stated_crs(path: Path, found: str | None, here: Source, problems: list[Problem]) -> str | None:
    """
    Give the CRS of a GeoJSON, as it says itself.

    Parameters
    ----------
    path
        The file.
    found
        What the library of vectors took for it.
    here
        The file or layer.
    problems
        List that is added to where the file names what nobody knows.

    Returns
    -------
    str or None
        The CRS; None where the file says that it has none, or names one that nobody knows.
    """
    stated = _stated(path)
    if stated is _NOTHING:
        return found
    name = _name_of(stated)
    if name is not None and _OF_REGISTER.fullmatch(name):
        try:
            known = pyproj.CRS.from_user_input(name)
        except CRSError:
            known = None
        if known is not None:
            same = found is not None and known.equals(pyproj.CRS(found), ignore_axis_order=True)
            return found if same else name
    if stated is not None:
        problems.append(_unknown(json.dumps(stated, ensure_ascii=False), here))
    return None


def _stated(path: Path) -> Any:
    """Decode the member ``crs`` of the outermost object, which stands before or behind the rows."""
    with path.open("rb") as stream:
        head = stream.read(_HEAD_BYTES).decode("utf-8", "replace")
        size = stream.seek(0, 2)
        stream.seek(max(size - _TAIL_BYTES, 0))
        tail = stream.read().decode("utf-8", "replace")
    rows = _FEATURES.search(head)
    before = _BEFORE.search(head, 0, rows.start() if rows else len(head))
    if before is not None and (rows is not None or '"properties"' not in head[: before.start()]):
        return _decoded(head, before.end())
    behind = list(_BEHIND.finditer(tail))
    return _decoded(tail, behind[-1].end()) if rows and behind else _NOTHING


def _decoded(text: str, begin: int) -> Any:
    try:
        return json.JSONDecoder().raw_decode(text, begin)[0]
    except ValueError:
        return _NOTHING


def _name_of(stated: Any) -> str | None:
    if not isinstance(stated, dict) or not isinstance(stated.get("properties"), dict):
        return None
    said = stated["properties"]
    if stated.get("type") == "EPSG" and said.get("code"):
        return f"EPSG:{said['code']}"
    return said["name"] if isinstance(said.get("name"), str) else None


def _unknown(value: str, here: Source) -> Problem:
    return here.problem(
        "crs",
        "warning",
        column="geometry",
        value=value,
        zh="文件自带的坐标系说明无法识别，不当作 WGS 84；请用 --source-crs 声明",
        en="The CRS that the file names is not known, and is not taken for WGS 84; declare it "
        "with --source-crs",
    )
