"""Send what changed to every open page as it happens: ids and numbers, never a name.

One connection to the database listens for the whole process (`census.store.listening`); what it
hears is written once and handed to every stream (`live_hub`, which has the limits). A stream that
does not take what is sent within ``SEND_WAIT_S`` is cut; a heartbeat comes every ``BEAT_S``. No
page needs to have heard everything: ``hello`` says what holds, whatever was missed before.
"""

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import anyio
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.types import Receive, Scope, Send

from census.store.connection import Store
from census.store.listening import Silence, heard
from webapp.live_hub import Hub, Subscriber

BEAT_S: Final = 5.0
SEND_WAIT_S: Final = 20.0
STREAM_TYPE: Final = "text/event-stream"

log = logging.getLogger(__name__)


class EventStream(Response):
    """
    An answer that goes on until one of both sides ends it.

    Parameters
    ----------
    hub
        Who listens.
    subscriber
        This stream.
    send_wait_s
        How long one sending may take.
    """

    media_type = STREAM_TYPE

    def __init__(
        self, hub: Hub, subscriber: Subscriber, *, send_wait_s: float = SEND_WAIT_S
    ) -> None:
        super().__init__(
            headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"},
            media_type=STREAM_TYPE,
        )
        del self.headers["content-length"]
        self.hub, self.subscriber, self.send_wait_s = hub, subscriber, send_wait_s

    async def __call__(self, _scope: Scope, receive: Receive, send: Send) -> None:
        """Send what waits until the reader leaves, is too slow, or the process stops."""
        try:
            async with anyio.create_task_group() as group:
                group.start_soon(self._await_leaving, receive)
                with suppress(TimeoutError):
                    await self._send_all(send)
                group.cancel_scope.cancel()
        finally:
            self.hub.leave(self.subscriber)

    async def _await_leaving(self, receive: Receive) -> None:
        while (await receive())["type"] != "http.disconnect":
            pass
        self.subscriber.end()

    async def _send_all(self, send: Send) -> None:
        start = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(start)
        while (frames := await self.subscriber.next()) is not None:
            with anyio.fail_after(self.send_wait_s):
                await send({"type": "http.response.body", "body": frames, "more_body": True})
        with anyio.move_on_after(1.0):
            await send({"type": "http.response.body", "body": b"", "more_body": False})


@dataclass
class LiveEvents:
    """
    The streams of one process and the connection that feeds them.

    Attributes
    ----------
    store
        The district's database, role public.
    hub
        Who listens.
    """

    store: Store
    hub: Hub

    async def answer(self, request: Request) -> Response:
        """
        Open a stream.

        Parameters
        ----------
        request
            The request.

        Returns
        -------
        Response
            The stream; only its headers for HEAD.

        Raises
        ------
        FullHouseError
            If as many listen as may.
        """
        if request.method == "HEAD":
            return Response(headers={"Cache-Control": "no-store"}, media_type=STREAM_TYPE)
        return EventStream(self.hub, self.hub.join())

    async def count(self, _request: Request) -> Response:
        """
        Tell how many listen.

        Parameters
        ----------
        _request
            The request.

        Returns
        -------
        Response
            ``streams``, ``most``, and whether the database is ``heard``.
        """
        told = {
            "streams": len(self.hub.subscribers),
            "most": self.hub.most,
            "heard": self.hub.is_heard,
        }
        return JSONResponse(told, headers={"Cache-Control": "no-store"})

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        """
        Listen and beat for the length of a block.

        Yields
        ------
        None
            While it lasts.
        """
        tasks = [asyncio.create_task(self._hear()), asyncio.create_task(self._beat())]
        try:
            yield
        finally:
            self.hub.close()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _hear(self) -> None:
        while True:
            try:
                async for message in heard(self.store):
                    self.hub.hear(message)
            except Exception:
                # Whatever it was, pages must not be left without news for good.
                log.exception("listening failed and begins again")
                self.hub.hear(Silence("listening failed"))
                await asyncio.sleep(BEAT_S)

    async def _beat(self) -> None:
        while True:
            await asyncio.sleep(BEAT_S)
            self.hub.beat()
