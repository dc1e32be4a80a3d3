"""The command `print`: the sheets of villages into a folder, one file each."""

import argparse
from pathlib import Path

from census.errors import UnknownDivisionError
from census.store import pages
from census.store.database import Store, open_store
from census.store.settings import address_of
from geo.vocabulary import AdminLevel
from webapp.commands.console import Console
from webapp.commands.files import write_file
from webapp.errors import OutputFolderError
from webapp.sheets.batch import Order, print_many


def run_print(asked: argparse.Namespace, console: Console) -> int:
    """
    Print the sheets of villages into a folder, one file each.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    out: Path = asked.out
    _make_folder(out)
    address = address_of(asked.address, name="--address") or console.settings.public_address
    files, took = [], []
    with open_store(console.settings, place=asked.place) as store:
        codes = _villages(store, asked)
        order = Order(
            place=store.place, kind=asked.kind, language=asked.lang, address=address,
            hazard=asked.hazard,
        )  # fmt: skip
        console.progress(f"{asked.kind} 0/{len(codes)}")
        for printed in print_many(console.settings, order, codes):
            files.append(out / f"{asked.kind}-{printed.code}.pdf")
            write_file(files[-1], printed.pdf, option="--out")
            took.append(printed.seconds)
            console.progress(f"{asked.kind} {printed.code} {len(files)}/{len(codes)}")
    console.say(f"已写出 {len(files)} 份到 {out}", f"{len(files)} sheets written to {out}")
    _say_where_codes_lead(address, console)
    seconds = [round(one, 3) for one in took]
    console.answer({"kind": asked.kind, "files": [str(file) for file in files], "seconds": seconds})
    return 0


def _say_where_codes_lead(address: str, console: Console) -> None:
    if address.startswith("http://127."):
        console.say(
            f"二维码指向 {address}，只有本机能打开；用 --address 写明单位网址。",
            f"The QR codes lead to {address}, which only this machine opens; name the office's "
            "address with --address.",
        )


def _villages(store: Store, asked: argparse.Namespace) -> list[str]:
    """Check every code before the first sheet is printed."""
    if asked.village:
        for code in asked.village:
            if pages.division(store, code).level != AdminLevel.VILLAGE.value:
                raise UnknownDivisionError(code, store.place)
        return list(asked.village)
    if asked.town and pages.division(store, asked.town).level != AdminLevel.TOWN.value:
        raise UnknownDivisionError(asked.town, store.place)
    return [card.code for card in pages.villages(store, asked.town)]


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise OutputFolderError(folder, fault.strerror or str(fault)) from None
