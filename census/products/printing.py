"""Have a village's sheet printed by the worker, once for all who ask, and wait for it."""

import hashlib
import time
from typing import Final

from census.errors import CensusError
from census.products.provenance import package_version
from census.products.queueing import PRINT_SHEET, defer, queue
from census.store.connection import Store
from census.store.deliveries import generation
from census.store.sheets import get_sheet
from census.store.terms import terms_turned

WAIT_S: Final = 60.0
LOOK_EVERY_S: Final = 0.2


class SheetLateError(CensusError):
    """
    The worker has not printed a sheet in time.

    Parameters
    ----------
    waited_s
        Seconds waited.
    """

    def __init__(self, waited_s: float) -> None:
        super().__init__(
            f"The sheet was not printed within {waited_s:.0f} s; many may wait, or the worker "
            "stands still. Ask again in a minute; if it stays so, look at `riskatlas status`.",
            f"{waited_s:.0f} 秒内未能出图；可能排队较多，或后台进程停止。请一分钟后再试；"
            "若仍如此，请查看 `riskatlas status`。",
        )


def sheet_fingerprint(
    store: Store, language: str, address: str = "", *, hazard: str | None = None
) -> str:
    """
    Name the state of the district that a sheet would show now.

    Parameters
    ----------
    store
        The store, any role.
    language
        Leading language of the sheet.
    address
        Where the web pages are reached, as the sheet's link says.
    hazard
        Hazard that was asked for.

    Returns
    -------
    str
        Language, address, version of the package, generation of all layers, how many terms of
        duties have begun or ended, and the hazard.
    """
    state = f"{generation(store)}:{terms_turned(store)}"
    return f"{language}:{address}:{package_version()}:{state}:{hazard or ''}"


def printed_sheet(
    store: Store,
    kind: str,
    village_code: str,
    language: str,
    *,
    address: str,
    hazard: str | None = None,
    wait_s: float = WAIT_S,
) -> bytes:
    """
    Return a village's sheet as the district stands now; the worker prints it where none is kept.

    Parameters
    ----------
    store
        The store, role app.
    kind
        ``risk`` or ``evacuation``.
    village_code
        The village.
    language
        Leading language.
    address
        Where the web pages are reached.
    hazard
        Hazard of a risk sheet; None for the leading one.
    wait_s
        Longest wait for the worker, seconds.

    Returns
    -------
    bytes
        The PDF.

    Raises
    ------
    SheetLateError
        If the worker does not bring it in time; the job stays in the queue.
    """
    made_from = sheet_fingerprint(store, language, address, hazard=hazard)
    pdf = get_sheet(store, kind, village_code, made_from)
    if pdf is None:
        wanted = {"kind": kind, "village_code": village_code, "language": language}
        wanted |= {"hazard": hazard} if hazard else {}
        name = hashlib.sha256(f"{kind}:{village_code}:{made_from}".encode()).hexdigest()
        with queue(store).open() as app:
            defer(app, PRINT_SHEET, once=name, address=address, **wanted)
    ends = time.monotonic() + wait_s
    while pdf is None:
        if time.monotonic() > ends:
            raise SheetLateError(wait_s)
        time.sleep(LOOK_EVERY_S)
        pdf = get_sheet(store, kind, village_code, made_from)
    return pdf
