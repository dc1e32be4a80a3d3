"""Visitors in a process of their own: each asks for a village page as soon as it has the last.

Arguments: port of the pages, how many visitors, villages by their codes. Ends when its standard
input does, and then tells how many pages were answered and how many visitors were asked to wait.
"""

import json
import sys
import threading
import time
from collections import Counter
from itertools import cycle

from tests.webapp.privacy.visits import Visitor

ANSWERED, WAIT = 200, 503
RETRY_S = 1.0


def callbacks(visitor):
    """The callbacks that a page asks for when it opens."""
    status = None
    while status != ANSWERED:
        status, listed = visitor.ask("GET", "/_dash-dependencies", channel="bench")
    return [
        each
        for each in json.loads(listed)
        if any("pathname" in asked["property"] for asked in each["inputs"])
        and not each.get("clientside_function")
    ]


def visit(port, codes, stop, counts):
    """Open one village after the other until told to stop."""
    visitor = Visitor(port)
    visitor.ask("GET", "/", channel="bench")
    listed = callbacks(visitor)
    for code in cycle(codes):
        if stop.is_set():
            return
        path = f"/village/{code}"
        statuses = [visitor.ask("GET", path, channel="bench")[0]]
        statuses += [visitor.callback(each, path, "zh")[0] for each in listed]
        counts.update(statuses)
        visitor.heard.clear()
        if WAIT in statuses:
            time.sleep(RETRY_S)  # as the page itself does


def main(port, many, *codes):
    """Visit until the standard input ends."""
    stop, counts = threading.Event(), Counter()
    threads = [
        threading.Thread(target=visit, args=(int(port), codes[n:] + codes[:n], stop, counts))
        for n in range(int(many))
    ]
    for each in threads:
        each.start()
    sys.stdin.read()
    stop.set()
    for each in threads:
        each.join()
    sys.stdout.write(json.dumps(counts))


if __name__ == "__main__":
    main(*sys.argv[1:])
