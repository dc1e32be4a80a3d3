"""Run the live process on uvicorn: told to stop, it ends its streams first instead of waiting."""

import sys
from collections.abc import Callable
from types import FrameType
from typing import Final

import uvicorn
from starlette.applications import Starlette

GRACE_S: Final = 2
DID_NOT_START: Final = 3


class StreamServer(uvicorn.Server):
    """
    A server whose open streams end when it is told to stop.

    Parameters
    ----------
    config
        How it serves.
    end_streams
        Ends them.
    """

    def __init__(self, config: uvicorn.Config, end_streams: Callable[[], None]) -> None:
        super().__init__(config)
        self.end_streams = end_streams

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """
        Take note of the signal to stop.

        Parameters
        ----------
        sig
            Number of the signal.
        frame
            Where it came.
        """
        self.end_streams()
        super().handle_exit(sig, frame)


def run(app: Starlette, *, host: str, port: int) -> None:
    """
    Serve until told to stop.

    Parameters
    ----------
    app
        The application; ``state.events`` holds its streams.
    host
        Address to listen on.
    port
        Port to listen on.
    """
    config = uvicorn.Config(
        app,
        host=host,
        port=port,
        log_config=None,
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=GRACE_S,
    )
    server = StreamServer(config, app.state.events.hub.close)
    server.run()
    if not server.started:
        sys.exit(DID_NOT_START)
