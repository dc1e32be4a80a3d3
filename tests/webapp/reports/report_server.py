"""Serve reports for tests of faults: it dies, or waits, at a named point of a sending.

Arguments: home of the cluster, place, port, and a defence to do without (``-`` for none: the
control). Lines of standard input arm a point (``arm before_commit kill report``) or let a held
sending go on (``go``).
"""

import os
import signal
import sys
import threading
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from uuid import uuid4

import waitress
from sqlalchemy import event

from census.store import report_commands
from census.store.database import open_store
from census.store.report_statements import Receipt
from census.store.settings import Settings
from webapp import refusals
from webapp.app import create_app
from webapp.gate import VISITOR_BOUNDS, threads_of, turns_of
from webapp.reports import phone_page
from webapp.web_options import web_options
from webapp.web_process import OFFICE_THREADS

REPORT, PHOTO, EVENT = "report", "photo", "event"
PUT = {
    "insert into census.report ": REPORT,
    "insert into census.report_photo ": PHOTO,
    "insert into census.report_event ": EVENT,
}
HAND = 'const answer = await officer.send("PUT", each.path, asked);'


def say(word):
    """Tell the test, which reads lines."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


class Points:
    """The points of a sending at which this process dies or waits, one at a time."""

    def __init__(self):
        self.armed = None
        self.go = threading.Event()

    def hear(self):
        """Take orders until the test is gone."""
        for line in sys.stdin:
            word, *rest = line.split()
            if word == "arm":
                self.armed = tuple(rest)
                say("armed")
            else:
                self.go.set()

    def reach(self, point, what):
        """Die or wait here if the test wants that."""
        if self.armed is None or (self.armed[0], self.armed[2]) != (point, what):
            return
        action, self.armed = self.armed[1], None
        if action == "kill":
            os.kill(os.getpid(), signal.SIGKILL)
        say("held")
        self.go.wait()
        self.go.clear()


def between(points, command, what):
    """Put points before a command and after its commit."""

    def run(*arguments, **options):
        points.reach("before_store", what)
        made = command(*arguments, **options)
        points.reach("after_commit", what)
        return made

    return run


def watch(points, engine):
    """Put points after the row is written and before it is committed."""

    @event.listens_for(engine, "after_cursor_execute")
    def written(connection, _cursor, statement, *_rest):
        said = statement.lower()
        what = next((each for put, each in PUT.items() if said.startswith(put)), None)
        if what:
            connection.info["what"] = what
            points.reach("after_store", what)

    @event.listens_for(engine, "commit")
    def committing(connection):
        what = connection.info.pop("what", None)
        if what:
            points.reach("before_commit", what)


def new_id_each_time(command):
    """The control without the phone's own id: every sending is another report."""

    def run(store, actor, *, statement, limits):
        return command(store, actor, statement=replace(statement, id=uuid4()), limits=limits)

    return run


def answer_first(points):
    """The control without the commit before the receipt: it is stored a moment later, if at all."""
    command = report_commands.send_report

    def run(store, actor, *, statement, limits):
        def later():
            points.reach("after_commit", REPORT)
            command(store, actor, statement=statement, limits=limits)

        threading.Timer(1.0, later).start()
        return Receipt(statement.sent.content_sha256, True, datetime.now(UTC), 0)

    return run


def drop_first():
    """The control of a phone whose outbox forgets what it begins to send."""
    name, files = "50_outbox.js", phone_page.files()
    text = files[name].decode()
    hasty = text.replace(HAND, "await keep.dropEntry(entry.id); " + HAND)
    assert hasty.count("dropEntry(entry.id)") > text.count("dropEntry(entry.id)")
    files[name] = hasty.encode()


def do_without(defence, points):
    """Take a defence away, so that a test sees that it can tell."""
    if defence == "id":
        report_commands.send_report = new_id_each_time(report_commands.send_report)
    if defence == "commit":
        report_commands.send_report = answer_first(points)
    if defence == "outbox":
        drop_first()


def main(home, place, port, defence):
    """Serve until killed."""
    settings = replace(Settings(home=Path(home)), port=int(port))
    points = Points()
    do_without(defence, points)
    if defence != "commit":
        report_commands.send_report = between(points, report_commands.send_report, REPORT)
    report_commands.keep_photo = between(points, report_commands.keep_photo, PHOTO)
    report_commands.add_to_report = between(points, report_commands.add_to_report, EVENT)
    size = turns_of(VISITOR_BOUNDS) + OFFICE_THREADS
    with (
        open_store(settings, place=place, pool_size=size) as office,
        open_store(settings, place=place, role="public", pool_size=size) as public,
    ):
        watch(points, office.engine)
        app = create_app(settings, public, lambda *_: b"", accounts=office)
        threads = threads_of(VISITOR_BOUNDS) + OFFICE_THREADS
        refusals.speak()
        web = waitress.create_server(app.server, **web_options(settings, threads=threads))
        threading.Thread(target=points.hear, daemon=True).start()
        say("ready")
        web.run()


if __name__ == "__main__":
    main(*sys.argv[1:])
