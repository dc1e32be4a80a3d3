"""Commands that make and take out products: zone, evacuate, print, layers, export."""

import argparse
import contextlib
from pathlib import Path
from typing import Any

from census.errors import UnknownDivisionError
from census.products.evacuation_plan import propose_plan
from census.products.exports import LAYERS, WRITERS, export_layer
from census.products.hazard_sites import derive_hazard_sites
from census.products.zoning_run import run_zoning
from census.store import pages
from census.store.database import Store, open_store
from geo.vocabulary import AdminLevel
from webapp.commands.console import Console, folder_of
from webapp.errors import OutputFolderError


def add(parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser) -> None:
    """
    Declare the commands of this room.

    Parameters
    ----------
    parsers
        Where commands are declared.
    common
        Options that every command has.
    """
    zone = parsers.add_parser("zone", parents=[common], help="风险区划 run a risk zoning")
    zone.add_argument("--hazard", default="flood", help="灾种 the hazard")
    zone.set_defaults(run=run_zone)
    evacuate = parsers.add_parser("evacuate", help="转移方案 evacuation plans")
    steps = evacuate.add_subparsers(dest="step", required=True)
    propose = steps.add_parser("propose", parents=[common], help="提出方案 propose a plan")
    propose.add_argument("--hazard", default="flood", help="灾种 the hazard")
    propose.set_defaults(run=run_propose)
    prints = parsers.add_parser("print", parents=[common], help="打印A3图件 print A3 sheets")
    prints.add_argument("kind", choices=["risk", "evacuation"], help="风险图或转移图 which sheet")
    which = prints.add_mutually_exclusive_group(required=True)
    which.add_argument("--village", nargs="+", metavar="CODE", help="村代码 these villages")
    which.add_argument("--town", metavar="CODE", help="一个乡镇的全部村 a town's villages")
    which.add_argument("--all", action="store_true", help="全部村 every village")
    prints.add_argument(
        "--out", type=folder_of, required=True, metavar="DIR", help="写到此文件夹 folder"
    )
    prints.add_argument("--lang", choices=["zh", "en"], default="zh", help="语言 language")
    prints.add_argument("--address", help="二维码中的网址 address of the pages in the QR code")
    prints.set_defaults(run=run_print)
    layers = parsers.add_parser("layers", parents=[common], help="有哪些图层 what is there")
    layers.set_defaults(run=run_layers)
    exports = parsers.add_parser("export", parents=[common], help="导出图层 take a layer out")
    exports.add_argument("layer", choices=list(LAYERS), metavar="LAYER", help=" ".join(LAYERS))
    exports.add_argument("--format", choices=list(WRITERS), required=True, help="格式 format")
    exports.add_argument(
        "--out", type=folder_of, required=True, metavar="FILE", help="写到此文件 file"
    )
    exports.set_defaults(run=run_export)


def run_zone(asked: argparse.Namespace, console: Console) -> int:
    """
    Zone the district and derive its hazard sites.

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
    with open_store(console.settings, place=asked.place) as store:
        found = run_zoning(store, hazard=asked.hazard, progress=console.progress)
        console.progress("hazard sites")
        sites = derive_hazard_sites(store, hazard=asked.hazard)
    console.say(
        f"{store.place}：风险区划 {found.number} 完成，推得隐患点 {sites.count} 处。",
        f"{store.place}: zoning {found.number} is done, hazard sites derived: {sites.count}.",
    )
    console.answer(
        {
            "number": found.number,
            "summary": found.summary,
            "validation": found.validation,
            "hazard_sites": sites.count,
            "seconds": round(found.seconds, 3),
        }
    )
    return 0


def run_propose(asked: argparse.Namespace, console: Console) -> int:
    """
    Propose an evacuation plan.

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
    with open_store(console.settings, place=asked.place) as store:
        plan = propose_plan(store, hazard=asked.hazard, progress=console.progress)
    console.say(
        f"{store.place}：方案 {plan.number}，需转移 {plan.demand_people:,} 人，"
        f"已安排 {plan.served_people:,}，无去处 {plan.unserved_people:,}。",
        f"{store.place}: plan {plan.number}, {plan.demand_people:,} to evacuate, "
        f"{plan.served_people:,} with a place, {plan.unserved_people:,} without.",
    )
    console.answer(
        {
            "number": plan.number,
            "people": plan.people,
            "people_demand": plan.demand_people,
            "people_served": plan.served_people,
            "people_unserved": plan.unserved_people,
            "summary": plan.summary,
            "seconds": round(plan.seconds, 3),
        }
    )
    return 0


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
    # Printing parts take over a second to import; other commands do without.
    from webapp.sheets.batch import Order, print_many  # noqa: PLC0415

    out: Path = asked.out
    _make_folder(out)
    address = asked.address or f"http://{console.settings.host}:{console.settings.port}"
    files, took = [], []
    with open_store(console.settings, place=asked.place) as store:
        codes = _villages(store, asked)
        order = Order(place=store.place, kind=asked.kind, language=asked.lang, address=address)
        console.progress(f"{asked.kind} 0/{len(codes)}")
        for printed in print_many(console.settings, order, codes):
            files.append(out / f"{asked.kind}-{printed.code}.pdf")
            _write(files[-1], printed.pdf)
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


def _write(file: Path, content: bytes) -> None:
    """Write beside and rename: a full disk leaves no half sheet under the good name."""
    half = file.with_name(f".{file.name}.part")
    try:
        half.write_bytes(content)
        half.replace(file)
    except OSError as fault:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        raise OutputFolderError(file.parent, fault.strerror or str(fault)) from None


def run_export(asked: argparse.Namespace, console: Console) -> int:
    """
    Write a layer to a file.

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
    with open_store(console.settings, place=asked.place) as store:
        rows = export_layer(store, asked.layer, asked.format, asked.out)
    console.say(f"已写出 {rows:,} 行到 {asked.out}", f"{rows:,} rows written to {asked.out}")
    console.answer({"layer": asked.layer, "rows": rows, "file": str(asked.out)})
    return 0


def run_layers(asked: argparse.Namespace, console: Console) -> int:
    """
    List the forms with the rows that are stored.

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
    with open_store(console.settings, place=asked.place) as store:
        rows = dict(pages.delivered(store))
        zoning, plan = pages.zoning_card(store), pages.plan_card(store)
        place = store.place
    for form, count in rows.items():
        text = f"{count:>9,}" if count else "   未交付 not delivered"
        console.line(f"  {form:24} {text}")
    numbers = {
        "risk_zones": zoning.number if zoning else None,
        "evacuation_plan": plan.number if plan else None,
    }
    for name, number in numbers.items():
        console.line(f"  {name:24} {number or '—'}")
    console.answer({"place": place, "rows": rows, **numbers})
    return 0
