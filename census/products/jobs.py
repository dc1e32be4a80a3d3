"""Work through the district's queue: routes, zonings, plans and sheets; deliveries beside them."""

import asyncio
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Any, Protocol
from zoneinfo import ZoneInfo

from procrastinate import App, PsycopgConnector

from census.errors import CensusError
from census.products.evacuation_plan import propose_plan
from census.products.history import history_of_new_method
from census.products.printing import sheet_fingerprint
from census.products.queueing import (
    DELIVERIES,
    EVERYTHING_ELSE,
    FLOOD,
    GO_ON,
    PRINT_SHEET,
    PROPOSE,
    TAKE_EFFECT,
    WORK_ON,
    ZONE,
    defer,
    queue,
)
from census.products.zoning_run import run_zoning
from census.store.connection import Store
from census.store.database import queue_address
from census.store.proposal_work import pending
from census.store.reissues import printing
from census.store.route_effects import take_effect
from census.store.route_keeping import today_of
from census.store.sheets import put_sheet


class Renderer(Protocol):
    """What prints a sheet; webapp passes its own."""

    def __call__(
        self,
        store: Store,
        kind: str,
        village_code: str,
        language: str,
        *,
        address: str,
        hazard: str | None = None,
    ) -> bytes:
        """Return the PDF."""


class NoRendererError(CensusError):
    """A sheet was asked for from a worker that was started without a printer."""

    def __init__(self) -> None:
        super().__init__(
            "This worker prints no sheets; start it with `riskatlas serve`.",
            "该后台进程不能出图；请用 `riskatlas serve` 启动。",
        )


def worker_app(store: Store, *, renderer: Renderer | None = None) -> App:
    """
    Make the worker's app with its tasks.

    Parameters
    ----------
    store
        The store, role app.
    renderer
        Prints a sheet; None for a worker that prints none.

    Returns
    -------
    App
        The app, not yet open.
    """
    app = App(connector=PsycopgConnector(conninfo=queue_address(store)))

    @app.task(name=ZONE)
    def zone(hazard: str = "flood", parameters: dict[str, Any] | None = None) -> str:
        number = run_zoning(store, hazard=hazard, parameters=parameters).number
        history_of_new_method(store, hazard)
        return number

    @app.task(name=PROPOSE)
    def propose(hazard: str = "flood", parameters: dict[str, Any] | None = None) -> str:
        return propose_plan(store, hazard=hazard, parameters=parameters).number

    @app.task(name=FLOOD)
    def flood(**storm: Any) -> list[str]:
        # Compiles the loops of the solver; only who floods waits for that.
        from census.products.pluvial import run_storm  # noqa: PLC0415

        return run_storm(store, **storm).rasters

    @app.task(name=PRINT_SHEET)
    def print_sheet(
        kind: str, village_code: str, language: str, address: str, hazard: str | None = None
    ) -> int:
        if renderer is None:
            raise NoRendererError
        # Before the drawing: what changes meanwhile makes the kept sheet outdated, not wrong.
        made_from = sheet_fingerprint(store, language, address, hazard=hazard)
        with printing(store, kind, village_code):
            pdf = renderer(store, kind, village_code, language, address=address, hazard=hazard)
            put_sheet(store, kind, village_code, made_from, pdf)
        return len(pdf)

    @app.periodic(cron=midnights(store.district.timezone), queueing_lock=TAKE_EFFECT)
    @app.task(name=TAKE_EFFECT)
    def show_routes(timestamp: int | None = None) -> list[str]:
        del timestamp  # late or not, it is the day of the district now that counts
        return take_effect(store, today_of(store))

    _deliveries(app, store)
    return app


def _deliveries(app: App, store: Store) -> None:
    @app.task(name=WORK_ON, queue=DELIVERIES)
    def work_on_delivery(number: int) -> str:
        # Seconds to load; no sheet needs them.
        from census.intake.proposing import work_on  # noqa: PLC0415
        from census.products.crosschecks.proposed import proposed_checks  # noqa: PLC0415

        return work_on(store, number, asks=proposed_checks)

    # What was under way when a process fell, or was left by the command line, goes on.
    @app.periodic(cron="*/2 * * * *", queueing_lock=GO_ON)
    @app.task(name=GO_ON, queue=DELIVERIES)
    def go_on(timestamp: int | None = None) -> list[int]:
        del timestamp
        left = pending(store)
        for number in left:
            work_on_delivery(number)
        return left


def midnights(timezone: str) -> str:
    """
    Say when to look for routes whose day has come.

    Every hour at the minute at which a day begins in the district: at its midnight, summer time or
    not, and soon after a machine that slept over it wakes up.

    Parameters
    ----------
    timezone
        IANA zone of the district.

    Returns
    -------
    str
        In the words of cron, UTC.

    Examples
    --------
    >>> midnights("Asia/Shanghai"), midnights("Asia/Kathmandu")
    ('0 * * * *', '15 * * * *')
    """
    begins = datetime(datetime.now(UTC).year, 1, 1, tzinfo=ZoneInfo(timezone))
    days = [begins + timedelta(days=number) for number in range(366)]
    minutes = sorted({day.astimezone(UTC).minute for day in days})
    return f"{','.join(map(str, minutes))} * * * *"


def run_worker(store: Store, *, renderer: Renderer | None = None, wait: bool = True) -> None:
    """
    Work through the queue, routes whose day came while nobody worked first.

    Parameters
    ----------
    store
        The store, role app.
    renderer
        Prints a sheet.
    wait
        True: until told to stop; False: until the queue is empty.
    """
    # The machine may have been off at midnight.
    with queue(store).open() as waiting:
        defer(waiting, TAKE_EFFECT, once=TAKE_EFFECT)
        defer(waiting, GO_ON, once=GO_ON)
    asyncio.run(_work(worker_app(store, renderer=renderer), wait=wait))


async def _work(app: App, *, wait: bool) -> None:
    """Work in two lanes; a stop of the first ends the other."""
    async with app.open_async():
        beside = asyncio.create_task(
            app.run_worker_async(
                queues=[DELIVERIES], name=DELIVERIES, wait=wait, install_signal_handlers=False,
                concurrency=1,
            )
        )  # fmt: skip
        await app.run_worker_async(
            queues=[EVERYTHING_ELSE], wait=wait, install_signal_handlers=wait, concurrency=1
        )
        if wait:
            beside.cancel()
        with suppress(asyncio.CancelledError):
            await beside
