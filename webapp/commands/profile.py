"""Read the profile of a district: one TOML file, every fault in it named at once."""

import tomllib
from collections.abc import Callable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pyproj import CRS
from pyproj.exceptions import CRSError

from census.errors import CensusError
from geo.vocabulary import HazardType

PROFILE_KEYS = (
    "code", "name_zh", "name_en", "srid", "metric_srid", "timezone", "is_made_up", "attribution",
    "data_date",
)  # fmt: skip
CHINESE_SRID = 4490  # CGCS2000
CHINESE_TIME = "Asia/Shanghai"
Fault = tuple[str, str]


class ProfileError(CensusError):
    """
    A profile of a district cannot be used.

    Parameters
    ----------
    file
        The file.
    reason
        What is wrong, in English.
    reason_zh
        The same in Chinese.
    """

    def __init__(self, file: Path, reason: str, reason_zh: str) -> None:
        super().__init__(
            f"{file} does not describe a district: {reason}. Nothing was changed.",
            f"{file} 不能描述一个区县：{reason_zh}。没有改动任何内容。",
        )


def read_profile(file: Path) -> dict[str, Any]:
    """
    Read the profile of a district.

    Parameters
    ----------
    file
        A TOML file; keys as in `PROFILE_KEYS`, further ones are kept. A district in CGCS2000 that
        names no time zone has China's.

    Returns
    -------
    dict
        The profile.

    Raises
    ------
    ProfileError
        If the file cannot be read, lacks keys or holds values that cannot be used; all of them
        are named at once.
    """
    try:
        profile = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise ProfileError(file, reason, f"无法读取（{reason}）") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ProfileError(file, f"it is no TOML ({fault})", f"不是 TOML（{fault}）") from None
    if profile.get("srid") == CHINESE_SRID:
        profile.setdefault("timezone", CHINESE_TIME)
    faults = profile_faults(profile)
    if faults:
        reasons_zh, reasons_en = zip(*faults, strict=True)
        raise ProfileError(file, "; ".join(reasons_en), "；".join(reasons_zh))
    return profile


def profile_faults(profile: Mapping[str, Any]) -> list[Fault]:
    """
    Name what keeps a profile from being used.

    Parameters
    ----------
    profile
        Keys to values.

    Returns
    -------
    list of tuple
        Sentences in Chinese and English; empty where it can be used.
    """
    missing = ", ".join(key for key in PROFILE_KEYS if key not in profile)
    faults = [(f"缺少 {missing}", f"it lacks {missing}")] if missing else []
    for key, (is_good, must_zh, must_en) in _RULES.items():
        if key in profile and not is_good(profile[key]):
            shown = profile[key]
            faults.append(
                (f"{key} = {shown!r}，应为{must_zh}", f"{key} = {shown!r} must be {must_en}")
            )
    return faults


def _is_code(value: object) -> bool:
    return isinstance(value, str) and len(value) == len("000000") and value.isdecimal()


def _is_date(value: object) -> bool:
    try:
        date.fromisoformat(value if isinstance(value, str) else "")
    except ValueError:
        return isinstance(value, date) and not isinstance(value, datetime)
    return True


def _is_timezone(value: object) -> bool:
    try:
        ZoneInfo(value if isinstance(value, str) else "")
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _crs(value: object) -> CRS | None:
    try:
        return CRS.from_epsg(value) if type(value) is int else None
    except CRSError:
        return None


def _is_metric(value: object) -> bool:
    crs = _crs(value)
    return bool(
        crs and crs.is_projected and {axis.unit_name for axis in crs.axis_info} == {"metre"}
    )


def _is_text(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


_TEXT = (_is_text, "非空文字", "a text that is not empty")
_RULES: dict[str, tuple[Callable[[object], bool], str, str]] = {
    "code": (_is_code, "加引号的6位数字", "six digits in quotes"),
    "name_zh": _TEXT,
    "name_en": _TEXT,
    "srid": (
        lambda value: _crs(value) is not None,
        "坐标系的EPSG编号，如 4490",
        "the EPSG number of a coordinate system, such as 4490",
    ),
    "metric_srid": (
        _is_metric,
        "以米为单位的投影坐标系的EPSG编号，如 4549",
        "the EPSG number of a projected system in metres, such as 4549",
    ),
    "leading_hazard": (
        lambda value: value in {each.value for each in HazardType},
        f"灾种代码之一：{'、'.join(each.value for each in HazardType)}",
        f"one of the hazards {', '.join(each.value for each in HazardType)}",
    ),
    "timezone": (_is_timezone, "时区名，如 Asia/Shanghai", "a time zone such as Asia/Shanghai"),
    "is_made_up": (
        lambda value: isinstance(value, bool),
        " true 或 false",
        "true or false",
    ),
    "attribution": _TEXT,
    "data_date": (
        _is_date,
        "日期，如 2025-06-30",
        "a date such as 2025-06-30",
    ),
}
