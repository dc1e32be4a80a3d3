"""Read what a telephone sends: each field looked at, all faults told at once, the bytes hashed."""

import hashlib
import math
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final, cast
from uuid import UUID

from census.store.report_statements import (
    DeviceKind,
    PlaceSource,
    Sent,
    Statement,
    Supplement,
)
from geo.vocabulary import ReportKind, Severity
from webapp import strict_json
from webapp.reports.faults import ReportBodyError

KINDS: Final = tuple(str(each.value) for each in ReportKind)
SOURCES: Final[tuple[PlaceSource, ...]] = ("gps", "map")
ADDED: Final[tuple[DeviceKind, ...]] = ("amended", "withdrawn")
SEVERITIES: Final = frozenset(each.ordinal for each in Severity)
SHA256: Final = re.compile(r"[0-9a-f]{64}")
DEVICE: Final = re.compile(r"[0-9A-Za-z-]{1,64}")
DIVISION: Final = re.compile(r"[0-9A-Za-z]{1,24}")
LARGEST_COUNT: Final = 2**53
LARGEST_ACCURACY_M: Final = 1e6
# A clock that is off by more than this says nothing.
LARGEST_OFF_S: Final = 100 * 366 * 86400.0
# In the first and last year a time leaves the calendar in another zone: one such row, and nothing
# that lists it can be read any more.
YEARS: Final = range(2, 9999)

Fault = tuple[str, str, str]


class _Reader:
    """Reads one field after the other and keeps what is wrong with each."""

    def __init__(self, raw: bytes) -> None:
        self.faults: list[Fault] = []
        try:
            found = strict_json.read(raw)
        except strict_json.StrictJsonError:
            found = None
        if not isinstance(found, dict):
            raise ReportBodyError([("body", "it is no JSON object", "不是 JSON 对象")])
        self.body: Mapping[str, Any] = found

    def refuse(self, name: str, en: str, zh: str) -> None:
        self.faults.append((name, en, zh))

    def close(self) -> None:
        if self.faults:
            raise ReportBodyError(self.faults)

    def number(self, of: Mapping[str, Any], name: str, least: float, most: float) -> float:
        value: Any = of.get(name)
        is_number = isinstance(value, int | float) and not isinstance(value, bool)
        if not is_number or not math.isfinite(value) or not least <= value <= most:
            span = f"{least:g} – {most:g}"
            self.refuse(name, f"a number of {span}", f"应为 {span} 的数")
            return least
        return float(value)

    def whole(self, name: str, most: int) -> int:
        value = self.body.get(name)
        if type(value) is not int or not 0 <= value <= most:
            self.refuse(name, f"a whole number from 0 to {most}", f"应为 0 至 {most} 的整数")
            return 0
        return value

    def maybe_whole(self, name: str, most: int) -> int | None:
        return None if self.body.get(name) is None else self.whole(name, most)

    def fitting(self, name: str, pattern: re.Pattern[str]) -> str:
        value = self.body.get(name)
        if not isinstance(value, str) or not pattern.fullmatch(value):
            self.refuse(name, "it has another form", "格式不符")
            return ""
        return value

    def words(self, most: int) -> str | None:
        value = self.body.get("words")
        if value is None or value == "":
            return None
        if not isinstance(value, str) or len(value) > most:
            self.refuse("words", f"at most {most} letters", f"最多 {most} 字")
            return None
        return value

    def maybe_severity(self) -> int | None:
        value = self.body.get("severity")
        if value is not None and (type(value) is not int or value not in SEVERITIES):
            self.refuse("severity", "1, 2 or 3", "应为 1、2 或 3")
            return None
        return value if type(value) is int else None

    def severity(self) -> int:
        if self.body.get("severity") is None:
            self.refuse("severity", "1, 2 or 3", "应为 1、2 或 3")
        return self.maybe_severity() or 0

    def one_of(self, of: Mapping[str, Any], name: str, allowed: Sequence[str]) -> str:
        value = of.get(name)
        if value not in allowed:
            some = ", ".join(allowed)
            self.refuse(name, f"one of {some}", f"应为 {some} 之一")
        return str(value)

    def moment(self, name: str) -> datetime:
        read = moment_of(self.body.get(name))
        if read is None:
            self.refuse(name, "a time with its zone", "应为带时区的时间")
            return datetime.now(UTC)
        return read


def moment_of(value: object) -> datetime | None:
    """
    Read a time.

    Parameters
    ----------
    value
        Text as ISO 8601 writes it.

    Returns
    -------
    datetime | None
        In UTC; None for anything else, and for a year that not every zone can write.
    """
    try:
        read = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    return read.astimezone(UTC) if read.tzinfo is not None and read.year in YEARS else None


def clock_off_s(sent_at: str | None, now: datetime) -> float | None:
    """
    Tell by how much a device's clock was ahead when it sent.

    Parameters
    ----------
    sent_at
        The device's time of sending, as its header says.
    now
        The server's time.

    Returns
    -------
    float | None
        Seconds; None where the device says nothing that can be read.
    """
    read = moment_of(sent_at)
    if read is None:
        return None
    off_s = (read - now).total_seconds()
    return off_s if abs(off_s) <= LARGEST_OFF_S else None


def _common(
    reader: _Reader, raw: bytes, limits: Mapping[str, Any], off_s: float | None
) -> dict[str, Any]:
    """Read what a report and what is added to it have in common."""
    return {
        "people_threatened": reader.maybe_whole("people", limits["most_people"]),
        "words": reader.words(limits["most_letters"]),
        "sent": Sent(
            device=reader.fitting("device", DEVICE),
            sequence=reader.whole("sequence", LARGEST_COUNT),
            written_at=reader.moment("written_at"),
            clock_off_s=off_s,
            content_sha256=hashlib.sha256(raw).hexdigest(),
        ),
    }


def _photos(reader: _Reader, most: int) -> tuple[str, ...]:
    value = reader.body.get("photos", [])
    is_list = isinstance(value, list) and len(value) <= most
    are_hashes = is_list and all(isinstance(each, str) and SHA256.fullmatch(each) for each in value)
    if not are_hashes or len(set(value)) < len(value):
        reader.refuse("photos", f"at most {most} different hashes", f"最多 {most} 个不同的哈希")
        return ()
    return tuple(value)


def statement(
    report_id: UUID, raw: bytes, limits: Mapping[str, Any], off_s: float | None
) -> Statement:
    """
    Read a report.

    Parameters
    ----------
    report_id
        Id of the address.
    raw
        The bytes that were sent.
    limits
        Table ``body`` of the method ``hazard_reports``.
    off_s
        By how much the device's clock is ahead, seconds.

    Returns
    -------
    Statement
        What is reported.

    Raises
    ------
    ReportBodyError
        With every fault of it.
    """
    reader = _Reader(raw)
    place = reader.body.get("place")
    place = place if isinstance(place, dict) else {}
    accuracy_m = None
    if place.get("accuracy_m") is not None:
        accuracy_m = reader.number(place, "accuracy_m", 0.0, LARGEST_ACCURACY_M)
    village = reader.body.get("village")
    read = Statement(
        id=report_id,
        x=reader.number(place, "x", -180.0, 180.0),
        y=reader.number(place, "y", -90.0, 90.0),
        accuracy_m=accuracy_m,
        place_source=cast("PlaceSource", reader.one_of(place, "source", SOURCES)),
        kind=reader.one_of(reader.body, "kind", KINDS),
        severity=reader.severity(),
        named_village=None if village is None else reader.fitting("village", DIVISION),
        photos=_photos(reader, limits["most_photos"]),
        **_common(reader, raw, limits, off_s),
    )
    reader.close()
    return read


def supplement(
    report_id: UUID, event_id: UUID, raw: bytes, limits: Mapping[str, Any], off_s: float | None
) -> Supplement:
    """
    Read what an officer adds later.

    Parameters
    ----------
    report_id, event_id
        Ids of the address.
    raw
        The bytes that were sent.
    limits
        Table ``body`` of the method ``hazard_reports``.
    off_s
        By how much the device's clock is ahead, seconds.

    Returns
    -------
    Supplement
        What is added.

    Raises
    ------
    ReportBodyError
        With every fault of it.
    """
    reader = _Reader(raw)
    kind = cast("DeviceKind", reader.one_of(reader.body, "kind", ADDED))
    read = Supplement(
        id=event_id,
        report_id=report_id,
        kind=kind,
        severity=reader.maybe_severity(),
        photos=_photos(reader, limits["most_photos"] if kind == "amended" else 0),
        **_common(reader, raw, limits, off_s),
    )
    reader.close()
    return read
