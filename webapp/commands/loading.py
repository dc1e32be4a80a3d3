"""Commands that bring a district of one's own in: init, import, forms."""

import argparse
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any, Final

from census.intake.entering import ImportReport
from census.intake.forms import Form, form_named, forms
from census.intake.kinds import without_parts
from census.intake.loading import import_delivery
from census.intake.reading import accepted_suffixes
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_workbook
from census.store.actors import system_actor
from census.store.connection import open_server
from census.store.database import open_store
from census.store.places import create_place, mark_complete, sole_loader
from webapp.commands.changes import run_propose, stated_of
from webapp.commands.console import Console, folder_of
from webapp.commands.faults import say_faults
from webapp.commands.files import require_file, write_file
from webapp.commands.profile import read_profile
from webapp.errors import OutputFolderError

PROFILE_FILE = "district.toml"
GEOMETRIES: Final = {
    "none": ("无图形", "no geometry"),
    "point": ("点", "points"),
    "line": ("线", "lines"),
    "polygon": ("面", "areas"),
    "any": ("点、线或面", "points, lines or areas"),
    "raster": ("栅格", "raster"),
}
_SHOWN_PROBLEMS = 40


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
    reports = []
    # The private server starts once, and nobody else makes the same place meanwhile.
    with open_server(console.settings), sole_loader(console.settings, place):
        create_place(
            console.settings, place, profile, replace=asked.replace, drops_work=asked.drop_work
        )
        console.say(f"已建立地区 {place}。", f"The district {place} is made.")
        with open_store(console.settings, place=place) as store:
            with ReadingRoom() as room:
                for form, found in _deliveries(given):
                    console.progress(f"import {form}")
                    reports.append(
                        import_delivery(store, form, found, room=room, actor=system_actor())
                    )
                    _say_report(reports[-1], console)
            # Complete says that nothing was cut off; a delivery that was refused is told above.
            mark_complete(store)
    console.answer(
        {
            "place": place,
            "imported": {report.form: report.imported for report in reports},
            "refused_forms": [report.form for report in reports if report.is_refused],
        }
    )
    return 1 if any(report.is_refused for report in reports) else 0


def _deliveries(given: Path) -> Iterator[tuple[str, list[Path]]]:
    """Find the deliveries that lie beside a profile, in the order in which they are loaded."""
    for form in forms() if given.is_dir() else ():
        found = without_parts(sorted(given.glob(f"{form.name}.*")))
        if found:
            yield form.name, found


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
    if asked.propose:
        return run_propose(asked, console)
    if asked.report:
        require_file(asked.report, option="--report")
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
            layers=asked.layer,
            stated=stated_of(asked),
            accept_faulty=asked.yes,
            accept_gone=asked.yes,
            actor=system_actor(),
        )
    facts = _report_facts(report, is_check=asked.check)
    if asked.report:
        written = json.dumps(facts, ensure_ascii=False, indent=1, default=str)
        write_file(asked.report, written.encode(), option="--report")
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
        "difference": None if report.difference is None else report.difference.counts(),
        "changes": []
        if report.difference is None
        else list(map(asdict, report.difference.changes)),
    }


def _say_report(report: ImportReport, console: Console, *, is_check: bool = False) -> None:
    shown = [vars(each) for each in report.problems[:_SHOWN_PROBLEMS]]
    say_faults(shown, console, most=_SHOWN_PROBLEMS)
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
        _say_difference(report, console)
    else:
        console.say(
            f"{report.form}：入库 {report.imported} 行，剔除 {report.refused} 行。",
            f"{report.form}: {report.imported} rows imported, {report.refused} refused.",
        )
        _say_difference(report, console)


def _say_difference(report: ImportReport, console: Console) -> None:
    found = report.difference
    if found is None or not found.stood:
        return
    console.say(
        f"  与库中 {found.stood} 行相比：新增 {found.added}，变更 {found.changed}"
        f"（其中位置或形状 {found.moved}），消失 {found.gone}，不变 {found.unchanged}。",
        f"  against {found.stood} stored rows: {found.added} added, {found.changed} changed "
        f"({found.moved} of them in place or shape), {found.gone} gone, {found.unchanged} "
        "unchanged.",
    )


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
            _say_form(form, console)
        console.answer({"forms": [_form_facts(form) for form in forms()]})
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


def _say_form(form: Form, console: Console) -> None:
    zh, en = GEOMETRIES[form.geometry]
    personal = "  个人信息 personal" if form.is_personal else ""
    files = " ".join(accepted_suffixes(form))
    console.line(
        f"  {form.name:23} {form.label_zh}  {form.label_en}  [{form.table}; {zh} {en}; {files}]"
        f"{personal}"
    )


def _form_facts(form: Form) -> dict[str, Any]:
    return {
        "name": form.name,
        "zh": form.label_zh,
        "en": form.label_en,
        "table": form.table,
        "geometry": form.geometry,
        "is_personal": form.is_personal,
        "adds_rows": form.adds_rows,
        "files": accepted_suffixes(form),
        "fields": [
            {
                "name": each.name, "heading": each.heading, "en": each.label_en,
                "type": each.type, "unit": each.unit, "required": each.required,
                "clause": each.clause,
            }
            for each in form.fields
        ],
    }  # fmt: skip
