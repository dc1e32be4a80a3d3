"""Stand between a telephone and the server, and cut what they say to each other after any byte."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

PIECE_BYTES = 1 << 16
REQUEST, ANSWER = "request", "answer"


@dataclass(frozen=True)
class Cut:
    """After how many bytes of which side of which exchange the line is cut, and what then."""

    side: str
    after: int
    is_meant: Callable[[bytes], bool]
    then: Callable[[], None] = lambda: None


@dataclass
class Line:
    """One connection: which exchange it is in, and how far."""

    cut: Cut | None = None
    is_asking: bool = False
    carried: int = 0


class CuttingProxy:
    """Listens on a port of its own until closed; a cut is made once."""

    def __init__(self, upstream: int, port: int = 0) -> None:
        self.upstream = upstream
        self.cuts: list[Cut] = []
        self.made = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(
            asyncio.start_server(self._serve, "127.0.0.1", port)
        )
        self.port = self._server.sockets[0].getsockname()[1]
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()

    def cut(self, side: str, after: int, is_meant: Callable[[bytes], bool], then=None) -> None:
        """Cut the next exchange that is meant."""
        self.made.clear()
        self.cuts.append(Cut(side, after, is_meant, then or (lambda: None)))

    def close(self) -> None:
        """Stop listening and drop what is open."""

        async def end() -> None:
            self._server.close()
            own = asyncio.current_task()
            for task in asyncio.all_tasks() - {own}:
                task.cancel()

        asyncio.run_coroutine_threadsafe(end(), self._loop).result(10)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    async def _serve(self, near: asyncio.StreamReader, phone: asyncio.StreamWriter) -> None:
        try:
            far, server = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            phone.transport.abort()
            return
        line = Line()
        ways = (
            asyncio.create_task(self._carry(line, near, server, REQUEST)),
            asyncio.create_task(self._carry(line, far, phone, ANSWER)),
        )
        with suppress(asyncio.CancelledError):
            await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
        for way in ways:
            way.cancel()
        # The server has what was carried; the telephone only sees that nobody is there.
        server.close()
        phone.transport.abort()

    async def _carry(
        self, line: Line, near: asyncio.StreamReader, far: asyncio.StreamWriter, side: str
    ) -> None:
        with suppress(OSError):
            while piece := await near.read(PIECE_BYTES):
                cut = self._noted(line, side, piece)
                if cut is not None and line.carried + len(piece) >= cut.after:
                    far.write(piece[: cut.after - line.carried])
                    await far.drain()
                    await asyncio.get_running_loop().run_in_executor(None, cut.then)
                    self.made.set()
                    return
                line.carried += len(piece)
                far.write(piece)
                await far.drain()

    def _noted(self, line: Line, side: str, piece: bytes) -> Cut | None:
        if side == REQUEST and not line.is_asking:
            line.is_asking, line.carried = True, 0
            line.cut = next((each for each in self.cuts if each.is_meant(piece)), None)
            if line.cut is not None:
                self.cuts.remove(line.cut)
        elif side == ANSWER and line.is_asking:
            line.is_asking, line.carried = False, 0
        is_own = line.cut is not None and line.cut.side == side
        return line.cut if is_own else None


def is_report(head: bytes) -> bool:
    """Tell whether a request sends a report."""
    path = head.split(b"\r\n", 1)[0]
    return path.startswith(b"PUT /api/reports/") and b"/photos/" not in path


def is_photo(head: bytes) -> bool:
    """Tell whether a request sends a photo."""
    path = head.split(b"\r\n", 1)[0]
    return path.startswith(b"PUT /api/reports/") and b"/photos/" in path
