"""Send pages and their parts compressed: over a village's line they are most of the wait."""

import gzip
import hashlib
from typing import Final

from flask import Flask, Response, g, request

from webapp.body_cache import BodyCache
from webapp.entry import PAGES, UPDATE_PATH

PARTS: Final = "parts.load"
# Addresses whose answers hold no secret beside words that a stranger's link can bring in: from the
# length of such an answer, compressed, a listener could guess the secret. Forms hold their token.
OPEN_RULES: Final = PAGES | {
    "/_dash-layout",
    "/_dash-dependencies",
    UPDATE_PATH,
    "/api/report-villages/<village_code>",
}
EDITOR: Final = "/api/routes/"
PACKED_TYPES: Final = frozenset(
    {
        "application/javascript",
        "application/json",
        "image/svg+xml",
        "text/css",
        "text/html",
        "text/javascript",
    }
)
LEAST_BYTES: Final = 1024
QUICK, THOROUGH = 5, 9  # a part is packed once, for all
CACHE_BYTES: Final = 16 * 1024 * 1024
OK: Final = 200


def _is_open(answer: Response) -> bool:
    rule = request.url_rule.rule if request.url_rule is not None else None
    is_named = rule in OPEN_RULES or (rule or "").startswith(EDITOR)
    is_text = answer.mimetype in PACKED_TYPES and "Content-Encoding" not in answer.headers
    return (is_named or g.get("asked_action") == PARTS) and is_text and answer.status_code == OK


def _packed(body: bytes, cache: BodyCache) -> bytes:
    if g.get("asked_action") != PARTS:
        return gzip.compress(body, compresslevel=QUICK, mtime=0)
    key = hashlib.sha256(body).hexdigest()
    packed = cache.get(key)
    if packed is None:
        packed = gzip.compress(body, compresslevel=THOROUGH, mtime=0)
        cache.put(key, packed)
    return packed


def pack(server: Flask) -> None:
    """
    Compress what pages load, for browsers that take it.

    Parameters
    ----------
    server
        The server, whose requests note their action first.
    """
    cache = BodyCache(limit_bytes=CACHE_BYTES)

    @server.after_request
    def compress(answer: Response) -> Response:
        if not _is_open(answer):
            return answer
        answer.vary.add("Accept-Encoding")
        if request.accept_encodings.quality("gzip") <= 0:
            return answer
        answer.direct_passthrough = False
        body = answer.get_data()
        if len(body) < LEAST_BYTES:
            return answer
        answer.set_data(_packed(body, cache))
        answer.headers["Content-Encoding"] = "gzip"
        tag, _is_weak = answer.get_etag()
        if tag:
            answer.set_etag(tag, weak=True)
        return answer
