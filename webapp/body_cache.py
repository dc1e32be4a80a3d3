"""Keep compressed answers in memory, up to a number of bytes."""

from collections import OrderedDict
from dataclasses import dataclass, field
from threading import Lock

CACHE_BYTES = 64 * 1024 * 1024


@dataclass
class BodyCache:
    """
    Compressed bodies, the least recently used thrown out first.

    Attributes
    ----------
    limit_bytes
        Most bytes kept.
    """

    limit_bytes: int = CACHE_BYTES
    bodies: OrderedDict[str, bytes] = field(default_factory=OrderedDict)
    held_bytes: int = 0
    lock: Lock = field(default_factory=Lock)

    def get(self, key: str) -> bytes | None:
        """
        Return a body.

        Parameters
        ----------
        key
            Names layer, generation and question.

        Returns
        -------
        bytes | None
            The body; None where it is not kept.
        """
        with self.lock:
            body = self.bodies.get(key)
            if body is not None:
                self.bodies.move_to_end(key)
            return body

    def put(self, key: str, body: bytes) -> None:
        """
        Keep a body.

        Parameters
        ----------
        key
            Names layer, generation and question.
        body
            The body; one larger than an eighth of the cache is not kept.
        """
        if len(body) > self.limit_bytes // 8:
            return
        with self.lock:
            self.held_bytes += len(body) - len(self.bodies.pop(key, b""))
            self.bodies[key] = body
            while self.held_bytes > self.limit_bytes:
                _, oldest = self.bodies.popitem(last=False)
                self.held_bytes -= len(oldest)
