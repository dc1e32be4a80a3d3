"""Ask one question once for all who want its answer at the same time."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Generic, TypeVar

T = TypeVar("T")


class SharedReading(Generic[T]):
    """
    A reading that everybody who came before it began shares; who comes later waits for the next.

    Nobody hears anything older than his own question, and at most one reading is under way, however
    many ask.

    Parameters
    ----------
    read
        Reads; its fault goes to all who share it.
    """

    def __init__(self, read: Callable[[], Awaitable[T]]) -> None:
        self.read = read
        self.under_way: asyncio.Task[T] | None = None
        self.coming: asyncio.Task[T] | None = None

    async def now(self) -> T:
        """
        Return what is read after this moment.

        Returns
        -------
        T
            The reading.
        """
        if self.coming is None:
            self.coming = asyncio.create_task(self._next(self.under_way))
        # Who goes away does not take the answer from the others.
        return await asyncio.shield(self.coming)

    async def _next(self, before: "asyncio.Task[T] | None") -> T:
        if before is not None and not before.done():
            await asyncio.wait([before])
        self.under_way, self.coming = self.coming, None
        return await self.read()
