"""The pages behind waitress: how much of a body is read, and whom it believes who asks."""

import http.client
import json
import select
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest
import waitress

from census.store.settings import Settings
from webapp.web_options import LARGEST_REQUEST_BYTES, web_options

HOME = Path("/nowhere")
MEGABYTE = 1024 * 1024
REFUSED = 413


def tell(environ, start):
    """Answer with what the pages would know of a visitor."""
    body = environ["wsgi.input"].read()
    names = ("REMOTE_ADDR", "wsgi.url_scheme", "HTTP_HOST", "HTTP_X_FORWARDED_FOR")
    told = {name: environ.get(name) for name in names} | {"read": len(body)}
    start("200 OK", [("Content-Type", "application/json")])
    return [json.dumps(told).encode()]


@contextmanager
def served(**stated):
    settings = Settings(home=HOME, port=0, **stated)
    options = web_options(settings, threads=1) | {"port": 0}
    server = waitress.create_server(tell, **options)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    try:
        yield server.effective_port
    finally:
        server.close()
        thread.join(10)


def asked(port, **headers):
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    line.request("GET", "/", headers={"Host": "risk.example", **named})
    told = json.loads(line.getresponse().read())
    line.close()
    return told


def sent_before_answer(port, headers, pieces):
    """Send a body piece by piece until an answer comes; return its status and what was sent."""
    line = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    line.putrequest("POST", "/login")
    for name, value in headers.items():
        line.putheader(name, value)
    line.endheaders()
    sent = 0
    try:
        for piece in pieces:
            if select.select([line.sock], [], [], 0)[0]:
                break
            line.send(piece)
            sent += len(piece)
        return line.getresponse().status, sent
    except (BrokenPipeError, ConnectionResetError):
        return REFUSED, sent  # the server closed the line while more was on its way
    finally:
        line.close()


def test_a_body_that_says_it_is_too_large_is_refused_unread():
    with served() as port:
        said = {"Content-Length": str(40 * MEGABYTE)}
        assert sent_before_answer(port, said, []) == (REFUSED, 0)


def test_a_body_in_chunks_is_refused_at_the_limit():
    chunk = b"%x\r\n%s\r\n" % (64 * 1024, b"x" * 64 * 1024)
    many = [chunk] * (40 * MEGABYTE // len(chunk)) + [b"0\r\n\r\n"]
    with served() as port:
        status, sent = sent_before_answer(port, {"Transfer-Encoding": "chunked"}, many)
    # What lies in the sockets' buffers was sent, too; the rest never is.
    assert status == REFUSED
    assert sent < 40 * MEGABYTE - len(chunk)


def test_a_line_of_100_000_vertices_reaches_the_pages_that_refuse_it_in_words():
    line = json.dumps({"line": [[106.8123456, -6.1234567]] * 100_000}).encode()
    assert len(line) < LARGEST_REQUEST_BYTES
    with served() as port:
        assert sent_before_answer(port, {"Content-Length": str(len(line))}, [line])[0] == 200


FORWARDED = {
    "X_Forwarded_For": "203.0.113.9",
    "X_Forwarded_Proto": "https",
    "X_Forwarded_Host": "evil.example",
    "Forwarded": "for=203.0.113.9;proto=https;host=evil.example",
}


@pytest.mark.parametrize("proxy", [None, "192.0.2.1"])
def test_what_nobody_trusted_says_of_a_visitor_is_not_believed(proxy):
    with served(trusted_proxy=proxy) as port:
        told = asked(port, **FORWARDED)
    assert (told["REMOTE_ADDR"], told["wsgi.url_scheme"]) == ("127.0.0.1", "http")
    assert told["HTTP_HOST"] == "risk.example"
    assert told["HTTP_X_FORWARDED_FOR"] is None


def test_the_trusted_proxy_tells_who_asks_and_that_it_came_over_https():
    named = {name: FORWARDED[name] for name in ("X_Forwarded_For", "X_Forwarded_Proto")}
    with served(trusted_proxy="127.0.0.1") as port:
        told = asked(port, **named)
    assert (told["REMOTE_ADDR"], told["wsgi.url_scheme"]) == ("203.0.113.9", "https")


def test_behind_the_trusted_proxy_its_own_word_counts_and_not_the_visitors():
    # The proxy adds the address that it saw after whatever the visitor had written himself.
    with served(trusted_proxy="127.0.0.1") as port:
        told = asked(port, X_Forwarded_For="10.0.0.1, 203.0.113.9", X_Forwarded_Host="evil.example")
    assert told["REMOTE_ADDR"] == "203.0.113.9"
    assert told["HTTP_HOST"] == "risk.example"
