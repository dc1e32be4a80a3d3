"""A server of reports that is killed and comes back, and officers who send to it by hand."""

import hashlib
import http.client
import io
import json
import secrets
import subprocess
import sys
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import numpy as np
from flask import Flask
from flask.sessions import SecureCookieSessionInterface
from PIL import Image
from sqlalchemy import text

from census.store import sessions
from census.store.settings import secret_key
from tests.ports import free_port
from tests.webapp.reports.cutting_proxy import CuttingProxy
from webapp import identity

SCRIPT = Path(__file__).resolve().parents[1] / "report_server.py"
ROOT = SCRIPT.parents[3]
WEST = "990001001001"
COUNTS = """
select r.words, count(distinct r.id) as rows, count(p.sha256) as photos
from census.report r left join census.report_photo p on p.report_id = r.id
where r.words = any(:words) group by r.words"""


class House:
    """The server in a process of its own, behind a proxy that can cut the line."""

    def __init__(self, settings, place):
        self.settings, self.place = settings, place
        self.port = free_port()
        self.process = None
        self.kills = 0
        self.proxy = CuttingProxy(self.port)

    def begin(self, without="-"):
        """Start the server; it answers when this returns."""
        command = [sys.executable, str(SCRIPT), str(self.settings.home), self.place]
        self.process = subprocess.Popen(
            [*command, str(self.port), without], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True, cwd=ROOT,
        )  # fmt: skip
        self.hear("ready")

    def hear(self, word):
        """Wait for a word of the server."""
        said = self.process.stdout.readline()
        assert said == f"{word}\n", f"{said!r}, not {word}"

    def arm(self, point, action, what):
        """Let the server die or wait at a point."""
        self.tell(f"arm {point} {action} {what}")
        self.hear("armed")

    def tell(self, words):
        self.process.stdin.write(words + "\n")
        self.process.stdin.flush()

    def kill(self):
        """End the server at once."""
        self.process.kill()

    def buried(self):
        """Wait until the server is dead."""
        self.process.wait(60)
        for pipe in (self.process.stdin, self.process.stdout):
            pipe.close()
        self.process = None
        self.kills += 1

    def end(self):
        if self.process is not None:
            self.kill()
            self.buried()

    def close(self):
        self.end()
        self.proxy.close()


def signed(settings, office, account_id):
    """The cookie of a sign-in, as the server would sign it."""
    maker = Flask("cookies")
    maker.secret_key = secret_key(settings)
    token = sessions.start(office, account_id, address="127.0.0.1")
    return SecureCookieSessionInterface().get_signing_serializer(maker).dumps(
        {identity.TOKEN: token}
    ), token  # fmt: skip


def picture(seed, size=(640, 480)):
    """A photo that no other is like, about 100 kB."""
    noise = np.random.default_rng(seed).integers(0, 255, (*size[::-1], 3), dtype=np.uint8)
    kept = io.BytesIO()
    Image.fromarray(noise).save(kept, "JPEG", quality=40)
    return kept.getvalue()


def statement(photos=(), **changes):
    """What a phone says of a hazard."""
    said = {
        "village": WEST,
        "place": {"x": 121.002, "y": 31.004, "accuracy_m": 8.0, "source": "gps"},
        "kind": "waterlogging", "severity": 2, "people": 3, "words": f"w-{secrets.token_hex(8)}",
        "device": str(uuid4()), "sequence": 1, "written_at": datetime.now(UTC).isoformat(),
        "photos": [hashlib.sha256(each).hexdigest() for each in photos],
    }  # fmt: skip
    return said | changes


def supplement(photos=(), **changes):
    """What a phone adds to a report."""
    said = {
        "kind": "amended", "words": f"s-{secrets.token_hex(8)}", "device": str(uuid4()),
        "sequence": 2, "written_at": datetime.now(UTC).isoformat(),
        "photos": [hashlib.sha256(each).hexdigest() for each in photos],
    }  # fmt: skip
    return said | changes


class Officer:
    """Sends over HTTP by hand: one connection a request, with the token of the sign-in."""

    def __init__(self, settings, office, account_id, port):
        self.port = port
        self.cookie, self.sign_in = signed(settings, office, account_id)
        self.token = None
        self.mark = None

    def headers(self, **further):
        cookie = f"riskatlas_session={self.cookie}; _csrf_token={self.token}"
        return {"Cookie": cookie, "X-CSRFToken": self.token or "", **further}

    def ask(self, method, path, body=None, *, port=None, **headers):
        """Give status and JSON of an answer."""
        line = http.client.HTTPConnection("127.0.0.1", port or self.port, timeout=60)
        with closing(line):
            line.request(method, path, body=body, headers=self.headers(**headers))
            with line.getresponse() as answer:
                told = answer.read()
                self._remember(answer.headers.get_all("Set-Cookie") or [])
        is_json = (answer.headers.get("Content-Type") or "").startswith("application/json")
        return answer.status, json.loads(told) if is_json else told

    def _remember(self, cookies):
        pairs = dict(each.split(";")[0].split("=", 1) for each in cookies)
        self.cookie = pairs.get("riskatlas_session", self.cookie)
        self.token = pairs.get("_csrf_token", self.token)

    def meet(self):
        """Ask who is there, which brings the token."""
        status, told = self.ask("GET", "/api/reports/me")
        assert status == 200, told
        self.mark = told["account"]
        return self

    def send(self, report_id, said, **how):
        """Send a report."""
        body = said if isinstance(said, bytes) else json.dumps(said).encode()
        further = {"Content-Type": "application/json", "X-Sent-At": datetime.now(UTC).isoformat()}
        return self.ask("PUT", f"/api/reports/{report_id}", body, **further | how)

    def add(self, report_id, event_id, said):
        """Add to a report."""
        further = {"Content-Type": "application/json"}
        path = f"/api/reports/{report_id}/events/{event_id}"
        return self.ask("PUT", path, json.dumps(said).encode(), **further)

    def photo(self, report_id, raw, **how):
        """Send a photo."""
        path = f"/api/reports/{report_id}/photos/{hashlib.sha256(raw).hexdigest()}"
        return self.ask("PUT", path, raw, **{"Content-Type": "image/jpeg"} | how)


def counted(office, words):
    """Rows and photos of reports, by their words; none for what is not there."""
    with office.engine.connect() as connection:
        found = connection.execute(text(COUNTS), {"words": list(words)}).all()
    there = {row.words: (row.rows, row.photos) for row in found}
    return [there.get(each, (0, 0)) for each in words]
