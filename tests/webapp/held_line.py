"""Stand between a screen and its server: carry, cut and refuse, or swallow in silence."""

import asyncio
import threading
from contextlib import suppress

PIECE_BYTES = 1 << 16


class HeldLine:
    """Listens on a port of its own until closed."""

    def __init__(self, upstream: int) -> None:
        self.upstream = upstream
        self._lines: set[asyncio.StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._carries = asyncio.Event()
        self._carries.set()
        self._is_refused = False
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        # Elsewhere than where a browser's own loop runs.
        listening = asyncio.start_server(self._serve, "127.0.0.1", 0)
        self._server = asyncio.run_coroutine_threadsafe(listening, self._loop).result(10)
        self.port = self._server.sockets[0].getsockname()[1]

    def carry(self) -> None:
        """Let everything through."""
        self._call(self._set, is_refused=False, carries=True)

    def cut(self) -> None:
        """Break what is open and whatever comes: the cable is out of the machine."""
        self._call(self._set, is_refused=True, carries=True)

    def swallow(self) -> None:
        """Take everything and pass on nothing, without a word: the cable is out further on."""
        self._call(self._set, is_refused=False, carries=False)

    def close(self) -> None:
        """Stop listening and drop what is open."""
        self._call(self._end)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(10)
        self._loop.close()

    def _call(self, work, **how) -> None:
        async def on_loop() -> None:
            work(**how)

        asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result(10)

    def _set(self, *, is_refused: bool, carries: bool) -> None:
        self._is_refused = is_refused
        if carries:
            self._carries.set()
        else:
            self._carries.clear()
        if is_refused:
            self._drop()

    def _drop(self) -> None:
        for line in self._lines:
            line.transport.abort()
        self._lines.clear()

    def _end(self) -> None:
        self._server.close()
        self._drop()
        own = asyncio.current_task()
        for task in asyncio.all_tasks() - {own}:
            task.cancel()

    async def _serve(self, near: asyncio.StreamReader, screen: asyncio.StreamWriter) -> None:
        self._lines.add(screen)
        await self._carries.wait()
        try:
            if self._is_refused:
                raise ConnectionRefusedError
            far, server = await asyncio.open_connection("127.0.0.1", self.upstream)
        except OSError:
            screen.transport.abort()
            return
        self._lines.add(server)
        await asyncio.gather(self._carry(near, server), self._carry(far, screen))

    async def _carry(self, near: asyncio.StreamReader, far: asyncio.StreamWriter) -> None:
        with suppress(OSError):
            while piece := await near.read(PIECE_BYTES):
                await self._carries.wait()
                far.write(piece)
                await far.drain()
        far.close()
