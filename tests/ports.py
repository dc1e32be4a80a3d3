"""Ports for servers of the tests: some in a row that nobody listens on; and how one is given up."""

import random
import socket
from typing import Any

FIRST, LAST = 18050, 20700  # below the ports that Linux gives to outgoing connections


def is_free(port: int) -> bool:
    """Return whether a server of this machine could take the port."""
    with socket.socket() as probe:
        # As servers do: what only remembers a closed connection is free.
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port(row: int = 2) -> int:
    """Return a port that is free together with those after it, `row` in all."""
    ports = list(range(FIRST, LAST, row))
    random.shuffle(ports)  # two runs side by side do not choose the same
    return next(port for port in ports if all(is_free(port + n) for n in range(row)))


def close_server(web: Any) -> None:
    """Close a waitress server from its own loop, which else might be waiting for what is closed."""
    web.trigger.pull_trigger(web.close)
