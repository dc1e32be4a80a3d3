"""Print the sheets of many villages, in several processes where that is worth their start."""

import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context

from census.store.database import open_store
from census.store.reissues import printing
from census.store.settings import Settings
from webapp.sheets.printing import render

WORKERS = 2
# A process needs about as long to start as for three sheets.
SHARE = 6


@dataclass(frozen=True, kw_only=True)
class Order:
    """
    What is to be printed for each village.

    Attributes
    ----------
    place
        Name of the district's database.
    kind
        Kind of sheet.
    language
        Leading language.
    address
        Where the web pages are reached.
    hazard
        Hazard of risk sheets; None for the leading one.
    """

    place: str
    kind: str
    language: str
    address: str
    hazard: str | None = None


@dataclass(frozen=True)
class Printed:
    """
    One printed sheet.

    Attributes
    ----------
    code
        Code of the village.
    pdf
        The sheet.
    seconds
        How long it took.
    """

    code: str
    pdf: bytes
    seconds: float


def print_many(
    settings: Settings, order: Order, codes: Sequence[str], *, share: int = SHARE
) -> Iterator[Printed]:
    """
    Print the sheets of villages; the bytes are those of ``render``, one after another.

    Parameters
    ----------
    settings
        The deployment; each process opens its own connections.
    order
        What to print.
    codes
        Codes of villages.
    share
        Villages that a process takes at a time; no more than these are printed in this process.

    Yields
    ------
    Printed
        The sheets in the order of the codes, as soon as they are there.
    """
    shares = [codes[start : start + share] for start in range(0, len(codes), share)]
    if len(shares) <= 1:
        yield from (sheet for part in shares for sheet in print_share(settings, order, part))
        return
    # Spawned, not forked: a fork would share the parent's open connections.
    pool = ProcessPoolExecutor(WORKERS, mp_context=get_context("spawn"))
    try:
        for sheets in pool.map(partial(_printed, settings, order), shares):
            yield from sheets
    finally:
        pool.shutdown(cancel_futures=True)


def print_share(settings: Settings, order: Order, codes: Sequence[str]) -> Iterator[Printed]:
    """
    Print some sheets in this process.

    Parameters
    ----------
    settings
        The deployment.
    order
        What to print.
    codes
        Codes of villages.

    Yields
    ------
    Printed
        The sheets.
    """
    with open_store(settings, place=order.place) as store:
        for code in codes:
            began = time.perf_counter()
            with printing(store, order.kind, code):
                pdf = render(
                    store, order.kind, code, order.language,
                    address=order.address, hazard=order.hazard,
                )  # fmt: skip
            yield Printed(code, pdf, time.perf_counter() - began)


def _printed(settings: Settings, order: Order, codes: Sequence[str]) -> list[Printed]:
    return list(print_share(settings, order, codes))
