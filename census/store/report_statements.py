"""What travels between a telephone and the store: statements, what is added later, receipts."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Literal
from uuid import UUID

PlaceSource = Literal["gps", "map"]
DeviceKind = Literal["amended", "withdrawn"]


@dataclass(frozen=True, kw_only=True)
class Sent:
    """
    Who sent something, and what the device's clock said.

    Attributes
    ----------
    device
        Id that the device made for itself.
    sequence
        The device's own count, which says the order whatever its clock says.
    written_at
        When it was written, by the device's clock.
    clock_off_s
        Seconds by which that clock was ahead of the server's when it was sent; None for unknown.
    content_sha256
        Hash of the bytes that were received: the receipt.
    """

    device: str
    sequence: int
    written_at: datetime
    clock_off_s: float | None
    content_sha256: str


@dataclass(frozen=True, kw_only=True)
class Statement:
    """
    What an officer reports.

    Attributes
    ----------
    id
        Made by the device.
    x, y
        Longitude and latitude in the district's geographic CRS, degrees.
    accuracy_m
        Accuracy that the device states; None for a place chosen on the map.
    place_source
        ``gps`` or ``map``.
    kind
        Code of :class:`geo.vocabulary.ReportKind`.
    severity
        Ordinal of :class:`geo.vocabulary.Severity`.
    named_village
        Village whose map the officer had before her; None for none.
    people_threatened
        People; None for unknown.
    words
        Free text; None for none.
    photos
        SHA-256 of each photo that follows, hexadecimal.
    sent
        Who sent it.
    """

    id: UUID
    x: float
    y: float
    accuracy_m: float | None
    place_source: PlaceSource
    kind: str
    severity: int
    sent: Sent
    named_village: str | None = None
    people_threatened: int | None = None
    words: str | None = None
    photos: Sequence[str] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Supplement:
    """
    What an officer adds to a report later; None leaves a field as it is.

    Attributes
    ----------
    id
        Made by the device.
    report_id
        The report.
    kind
        ``amended`` or ``withdrawn``.
    severity, people_threatened, words, photos
        As in :class:`Statement`; photos come to those that the report has.
    sent
        Who sent it.
    """

    id: UUID
    report_id: UUID
    kind: DeviceKind
    sent: Sent
    severity: int | None = None
    people_threatened: int | None = None
    words: str | None = None
    photos: Sequence[str] = field(default=())


@dataclass(frozen=True, kw_only=True)
class Photo:
    """
    A photo as it is kept.

    Attributes
    ----------
    sha256
        Hash of the bytes that the device sent.
    jpeg
        Encoded anew, without what the camera wrote into it.
    width_px, height_px
        Size in pixels.
    """

    sha256: str
    jpeg: bytes
    width_px: int
    height_px: int


@dataclass(frozen=True)
class Receipt:
    """
    What the device hears once something is stored for good.

    Attributes
    ----------
    sha256
        Hash of what was received.
    is_new
        False where it had been stored before.
    received_at
        When it was stored first, by the server's clock.
    number
        Number of the report.
    """

    sha256: str
    is_new: bool
    received_at: datetime
    number: int
