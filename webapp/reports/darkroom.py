"""Open photos of strangers in a child process that has little: what it sends back is ours.

The child is kept, for one starts in a third of a second; it is replaced after ``MOST_PHOTOS``, when
it takes too long, and when it falls. It may open three formats, holds no file open but its pipes,
may write no file, and has a bound on its memory; it inherits nothing of the deployment's secrets.
"""

import io
import json
import logging
import resource
import select
import struct
import subprocess
import sys
import threading
import warnings
from dataclasses import dataclass, field
from time import monotonic
from typing import IO, Final

from webapp.passing import PassingError
from webapp.reports.faults import HugePhotoError, NoPhotoError
from webapp.supervision import python_command

FORMATS: Final = ("JPEG", "PNG", "WEBP")
MEMORY_BYTES: Final = 1024 * 1024 * 1024
MOST_PHOTOS: Final = 200
LONGEST_S: Final = 15.0
LONGEST_WAIT_S: Final = 20.0
RETRY_S: Final = 5
LENGTH: Final = struct.Struct(">Q")
HUGE, BAD = "huge", "bad"

log = logging.getLogger(__name__)


class DarkroomBusyError(PassingError):
    """Too many photos wait to be opened."""

    def __init__(self) -> None:
        super().__init__(
            RETRY_S,
            "Many photos arrive at the moment. This one stays in the telephone and is sent again.",
            "当前照片较多，本张保留在手机中，稍后自动重发。",
        )


@dataclass(frozen=True)
class Developing:
    """
    How photos are encoded anew.

    Attributes
    ----------
    most_pixels
        A picture with more is not opened.
    longest_side_px
        Longer sides are made this long.
    quality
        Quality of the JPEG.
    """

    most_pixels: int
    longest_side_px: int
    quality: int


@dataclass(frozen=True)
class Developed:
    """
    A photo encoded anew.

    Attributes
    ----------
    jpeg
        Its bytes, without what the camera wrote into them.
    width_px, height_px
        Size in pixels.
    """

    jpeg: bytes
    width_px: int
    height_px: int


@dataclass
class Darkroom:
    """
    A child that opens one photo after the other.

    Attributes
    ----------
    developing
        How they are encoded anew.
    """

    developing: Developing
    _turn: threading.Lock = field(default_factory=threading.Lock)
    _child: "subprocess.Popen[bytes] | None" = None
    _count: int = 0

    def develop(self, raw: bytes) -> Developed:
        """
        Open a photo and encode it anew.

        Parameters
        ----------
        raw
            What was sent.

        Returns
        -------
        Developed
            The photo upright, at most as large as asked for.

        Raises
        ------
        NoPhotoError
            If it is no picture that can be opened.
        HugePhotoError
            If it has too many pixels.
        DarkroomBusyError
            If too many wait.
        """
        if not self._turn.acquire(timeout=LONGEST_WAIT_S):
            raise DarkroomBusyError
        try:
            # The first child may have fallen for a reason of its own.
            told, jpeg = self._tried(raw) or self._tried(raw) or ({"fault": BAD}, b"")
        finally:
            self._turn.release()
        if told.get("fault") == HUGE:
            raise HugePhotoError(self.developing.most_pixels)
        if "fault" in told:
            raise NoPhotoError
        return Developed(jpeg, int(told["width"]), int(told["height"]))

    def _tried(self, raw: bytes) -> tuple[dict[str, str | int], bytes] | None:
        try:
            return self._ask(raw)
        except (OSError, TimeoutError, EOFError, ValueError) as fault:
            log.warning("a photo of %d bytes ended its child: %s", len(raw), type(fault).__name__)
            self.close()
            return None

    def close(self) -> None:
        """End the child; the next photo has another."""
        if self._child is not None:
            self._child.kill()
            self._child.communicate()
        self._child, self._count = None, 0

    def _ask(self, raw: bytes) -> tuple[dict[str, str | int], bytes]:
        child = self._open()
        if child.stdin is None or child.stdout is None:
            raise EOFError
        child.stdin.write(LENGTH.pack(len(raw)) + raw)
        child.stdin.flush()
        until = monotonic() + LONGEST_S
        told = json.loads(_read(child.stdout, until))
        return told, _read(child.stdout, until)

    def _open(self) -> "subprocess.Popen[bytes]":
        is_over = self._child is not None and self._child.poll() is not None
        if is_over or self._count >= MOST_PHOTOS:
            self.close()
        if self._child is None:
            how = self.developing
            facts = map(str, (how.most_pixels, how.longest_side_px, how.quality))
            self._child = subprocess.Popen(
                python_command("-m", "webapp.reports.darkroom", *facts),
                stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                env={"PYTHONPATH": ":".join(filter(None, sys.path))}, bufsize=0,
            )  # fmt: skip
        self._count += 1
        return self._child


def _read(pipe: IO[bytes], until: float) -> bytes:
    (length,) = LENGTH.unpack(_exactly(pipe, LENGTH.size, until))
    return _exactly(pipe, length, until)


def _exactly(pipe: IO[bytes], length: int, until: float) -> bytes:
    parts: list[bytes] = []
    missing = length
    while missing:
        ready, _, _ = select.select([pipe], [], [], max(0.0, until - monotonic()))
        if not ready:
            raise TimeoutError
        part = pipe.read(min(missing, 1 << 16))
        if not part:
            raise EOFError
        parts.append(part)
        missing -= len(part)
    return b"".join(parts)


def developed(raw: bytes, how: Developing) -> tuple[dict[str, str | int], bytes]:
    """
    Open a photo; runs in the child.

    Parameters
    ----------
    raw
        What was sent.
    how
        How it is encoded anew.

    Returns
    -------
    tuple
        Width and height, or the fault; and the bytes, none with a fault.
    """
    from PIL import Image, ImageOps  # noqa: PLC0415  (only the child opens pictures)

    Image.MAX_IMAGE_PIXELS = None  # our own limit is asked first, by the header
    try:
        with Image.open(io.BytesIO(raw), formats=FORMATS) as opened:
            if opened.width * opened.height > how.most_pixels:
                return {"fault": HUGE}, b""
            side = how.longest_side_px
            opened.draft("RGB", (side, side))
            upright = ImageOps.exif_transpose(opened).convert("RGB")
        upright.thumbnail((side, side), Image.Resampling.LANCZOS)
        kept = io.BytesIO()
        # A picture of its own: nothing that the camera wrote goes along.
        Image.frombytes("RGB", upright.size, upright.tobytes()).save(
            kept, "JPEG", quality=how.quality, optimize=True
        )
    except Exception:  # noqa: BLE001  (whatever a hostile file provokes is one answer)
        return {"fault": BAD}, b""
    return {"width": upright.width, "height": upright.height}, kept.getvalue()


def main(arguments: list[str]) -> None:
    """
    Develop what comes by standard input until it ends.

    Parameters
    ----------
    arguments
        Most pixels, longest side, quality.
    """
    how = Developing(*map(int, arguments))
    warnings.simplefilter("error")
    for what, limit in (
        (resource.RLIMIT_AS, MEMORY_BYTES), (resource.RLIMIT_FSIZE, 0), (resource.RLIMIT_CORE, 0)
    ):  # fmt: skip
        resource.setrlimit(what, (limit, limit))
    given, taken = sys.stdin.buffer, sys.stdout.buffer
    while head := given.read(LENGTH.size):
        (length,) = LENGTH.unpack(head)
        told, jpeg = developed(given.read(length), how)
        written = json.dumps(told).encode()
        taken.write(LENGTH.pack(len(written)) + written + LENGTH.pack(len(jpeg)) + jpeg)
        taken.flush()


if __name__ == "__main__":
    main(sys.argv[1:])
