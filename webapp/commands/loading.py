"""Commands that bring a district in: demo, init, import, forms."""

import argparse
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from census.intake.forms import form_named, forms
from census.intake.loading import ImportReport, import_delivery
from census.intake.problems import Problem
from census.intake.reading import accepted_suffixes
from census.intake.writing import write_workbook
from census.products.demo import load_place
from census.store.database import open_store
from census.store.places import create_place
from webapp.commands.console import Console, folder_of
from webapp.commands.profile import read_profile
from webapp.commands.running import serve_and_say
from webapp.errors import OutputFolderError

PROFILE_FILE = "district.toml"
_SHOWN_PROBLEMS = 40


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
    demo = parsers.add_parser(
        "demo", parents=[common], help="载入样例地区并打开 load a sample district and serve it"
    )
    demo.add_argument("--data", type=folder_of, help="样例文件夹 folder of the sample files")
    demo.add_argument("--seed", type=int, help="示例区的种子 seed of the example district")
    demo.add_argument("--villages", type=int, help="示例区的村数 villages of the example district")
    demo.add_argument("--port", type=int, help="端口 port of the pages")
    demo.add_argument("--no-serve", action="store_true", help="只载入 load only")
    demo.set_defaults(run=run_demo)
    init = parsers.add_parser(
        "init", parents=[common], help="建立自己的地区 make a district of one's own"
    )
    init.add_argument(
        "profile",
        type=folder_of,
        metavar="DIR-or-PROFILE",
        help="区县档案，或含 district.toml 与交付文件的文件夹 profile, or folder with deliveries",
    )
    init.add_argument("--replace", action="store_true", help="替换同名地区 replace a stored one")
    init.set_defaults(run=run_init)
    _add_import(parsers, common)
    blank = parsers.add_parser("forms", parents=[common], help="空白表单 list forms, write a blank")
    blank.add_argument(
        "name", nargs="?", metavar="NAME", help="表单 a form; 不填则列出 none lists all"
    )
    blank.add_argument(
        "--out", type=folder_of, metavar="FILE.xlsx", help="写出空白工作簿 write a blank workbook"
    )
    blank.set_defaults(run=run_forms)


def _add_import(
    parsers: "argparse._SubParsersAction[Any]", common: argparse.ArgumentParser
) -> None:
    imports = parsers.add_parser("import", parents=[common], help="导入交付文件 import a delivery")
    imports.add_argument("form", metavar="FORM", help="表单，见 riskatlas forms a form")
    imports.add_argument(
        "files", nargs="+", type=folder_of, metavar="FILE", help="交付的文件 the delivered files"
    )
    imports.add_argument("--check", action="store_true", help="只检查 check, change nothing")
    imports.add_argument(
        "--source-crs", metavar="EPSG|GCJ02|BD09", help="交付的坐标系 what its coordinates are in"
    )
    imports.add_argument("--encoding", help="文字编码，如 GB18030 encoding of the text")
    imports.add_argument(
        "--map",
        action="append",
        default=[],
        metavar="COL=FIELD",
        type=_pair,
        help="列名对应字段 a column for a field",
    )
    imports.add_argument(
        "--report", type=folder_of, metavar="OUT.json", help="写出全部错误 every fault as a file"
    )
    imports.add_argument("--yes", action="store_true", help="导入合格的行 load the good rows")
    imports.set_defaults(run=run_import)


def _pair(text: str) -> tuple[str, str]:
    column, equals, name = text.partition("=")
    if not equals or not column or not name:
        raise argparse.ArgumentTypeError(f"应为 列名=字段 must be COL=FIELD: {text!r}")
    return column, name


def run_demo(asked: argparse.Namespace, console: Console) -> int:
    """
    Load a sample district, compute its products and serve it.

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
    report = load_place(
        console.settings,
        asked.place or "example",
        samples=asked.data,
        seed=asked.seed,
        villages=asked.villages,
        progress=console.progress,
    )
    _say_loaded(report, console)
    console.answer(report)
    if not asked.no_serve:
        serve_and_say(console, place=report["place"])
    return 0


def _say_loaded(report: Mapping[str, Any], console: Console) -> None:
    counts = report["divisions"]
    console.say(
        f"{report['place']}：{counts['town']} 个乡镇、{counts['village']} 个村、"
        f"{counts['grid_unit']} 个网格。",
        f"{report['place']}: {counts['town']} towns, {counts['village']} villages, "
        f"{counts['grid_unit']} grid units.",
    )
    for form, imported in report["imported"].items():
        refused = report["refused"].get(form, 0)
        console.line(f"  {form:24} {imported:>9,} 入库 imported {refused:>7,} 剔除 refused")
    if report.get("people_demand") is not None:
        demand, served = report["people_demand"], report["people_served"]
        left = report["people_unserved"]
        console.say(
            f"需转移 {demand:,} 人，已安排 {served:,}，无去处 {left:,}。",
            f"{demand:,} people to evacuate, {served:,} with a place, {left:,} without.",
        )
    for missing in report.get("not_made", []):
        console.say(missing["zh"], missing["en"])
    console.say(f"来源 {report['attribution']}", "")


def run_init(asked: argparse.Namespace, console: Console) -> int:
    """
    Make the database of a district from its profile, and import the deliveries beside it.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 done, 1 where a delivery was refused.
    """
    given: Path = asked.profile
    file = given / PROFILE_FILE if given.is_dir() else given
    profile = read_profile(file)
    place = asked.place or str(profile.get("place") or file.stem)
    create_place(console.settings, place, profile, replace=asked.replace)
    console.say(f"已建立地区 {place}。", f"The district {place} is made.")
    reports = []
    with open_store(console.settings, place=place) as store:
        for form in forms() if given.is_dir() else ():
            found = sorted(path for path in given.glob(f"{form.name}.*") if path.is_file())
            if found:
                console.progress(f"import {form.name}")
                reports.append(import_delivery(store, form.name, found))
                _say_report(reports[-1], console)
    console.answer(
        {"place": place, "imported": {report.form: report.imported for report in reports}}
    )
    return 1 if any(report.is_refused for report in reports) else 0


def run_import(asked: argparse.Namespace, console: Console) -> int:
    """
    Import, or only check, the delivery of a form.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0 done, 1 refused with a list of problems.
    """
    form_named(asked.form)
    with open_store(console.settings, place=asked.place) as store:
        console.progress(f"import {asked.form}")
        report = import_delivery(
            store,
            asked.form,
            asked.files,
            check_only=asked.check,
            source_crs=asked.source_crs,
            encoding=asked.encoding,
            mapping=dict(asked.map),
            accept_faulty=asked.yes,
        )
    facts = _report_facts(report, is_check=asked.check)
    if asked.report:
        _write_text(asked.report, json.dumps(facts, ensure_ascii=False, indent=1, default=str))
    _say_report(report, console, is_check=asked.check)
    console.answer(facts)
    return 1 if report.is_refused else 0


def _report_facts(report: ImportReport, *, is_check: bool) -> dict[str, Any]:
    return {
        "form": report.form,
        "is_check": is_check,
        "is_refused": report.is_refused,
        "imported": report.imported,
        "refused": report.refused,
        "problems": [problem.as_row() for problem in report.problems],
    }


def _say_report(report: ImportReport, console: Console, *, is_check: bool = False) -> None:
    for problem in report.problems[:_SHOWN_PROBLEMS]:
        console.line(f"  [{problem.level}] {_where(problem)}")
        console.line(f"      {problem.sentence_zh}  {problem.sentence_en}")
    more = len(report.problems) - _SHOWN_PROBLEMS
    if more > 0:
        console.say(f"  另有 {more} 条，见 --report。", f"{more} more: see --report.")
    if report.is_refused:
        errors = sum(problem.level == "error" for problem in report.problems)
        console.say(
            f"{report.form}：错误 {errors} 处，没有改动任何内容。",
            f"{report.form}: errors: {errors}; nothing was changed.",
        )
    elif is_check:
        console.say(f"{report.form}：可以导入。", f"{report.form}: can be imported.")
    else:
        console.say(
            f"{report.form}：入库 {report.imported} 行，剔除 {report.refused} 行。",
            f"{report.form}: {report.imported} rows imported, {report.refused} refused.",
        )


def _where(problem: Problem) -> str:
    """Name file, sheet, row, column and value, as far as the problem has them."""
    row = "" if problem.row is None else f"第 {problem.row} 行 row {problem.row}"
    value = f"{problem.column} = {problem.value!r}" if problem.value else problem.column
    return " · ".join(part for part in (problem.file, problem.sheet, row, value) if part)


def run_forms(asked: argparse.Namespace, console: Console) -> int:
    """
    List the forms, or write an empty workbook of one.

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
    if asked.name is None:
        for form in forms():
            files = " ".join(accepted_suffixes(form))
            console.line(f"  {form.name:21} {form.label_zh}  {form.label_en}  ({files})")
        listed = [
            {"name": f.name, "zh": f.label_zh, "en": f.label_en, "files": accepted_suffixes(f)}
            for f in forms()
        ]
        console.answer({"forms": listed})
        return 0
    form = form_named(asked.name)
    out: Path = asked.out or folder_of(f"{form.name}.xlsx")
    try:
        write_workbook(form, out)
    except OSError as fault:
        raise OutputFolderError(out, fault.strerror or str(fault)) from None
    console.say(f"已写出 {out}", f"written {out}")
    if out.suffix not in (kinds := accepted_suffixes(form)):
        console.say(
            f"该表单带图形：表中各列作为图层的属性，交付 {'、'.join(kinds)} 文件。",
            "This form has geometry: its columns are the attributes of a layer; deliver "
            f"{', '.join(kinds)}.",
        )
    console.answer({"form": form.name, "file": str(out)})
    return 0


def _write_text(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as fault:
        raise OutputFolderError(file, fault.strerror or str(fault)) from None
