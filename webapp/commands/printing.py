"""The command `print`: sheets of villages, or the report of a zoning run, into a folder."""

import argparse
from pathlib import Path

from census.errors import UnknownDivisionError
from census.store import pages
from census.store.database import Store, open_store
from census.store.settings import address_of
from geo.errors import ParameterError
from geo.vocabulary import AdminLevel
from webapp.commands.console import Console
from webapp.commands.files import write_file
from webapp.errors import OutputFolderError
from webapp.sheets import render
from webapp.sheets.batch import Order, print_many
from webapp.zoning_facts import RUN


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
    if (asked.kind == RUN) != bool(asked.number):
        raise ParameterError(
            "A report is of one run: `print run NUMBER`. Sheets are of villages: --village, --town "
            "or --all.",
            "报告对应一次区划：print run 编号；图件对应村：--village、--town 或 --all。",
        )
    _make_folder(out)
    if asked.number:
        return _print_report(asked, console)
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


def _print_report(asked: argparse.Namespace, console: Console) -> int:
    """Print the report of a run; it names the page of the run."""
    address = address_of(asked.address, name="--address") or console.settings.public_address
    file = asked.out / f"{asked.number}-{asked.lang}.pdf"
    with open_store(console.settings, place=asked.place) as store:
        pdf = render(store, RUN, asked.number, asked.lang, address=address)
    write_file(file, pdf, option="--out")
    console.say(f"已写出 {file}", f"{file} is written")
    console.answer({"kind": RUN, "files": [str(file)]})
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
