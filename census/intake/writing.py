"""Deliveries out: empty form workbooks to fill in, and tables written as a bureau would.

Files written here are the same bytes for the same content: no clock enters them, so a delivery's
SHA-256 tells whether it changed.
"""

from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pandas as pd
import pyogrio
import xlsxwriter
from geopandas import GeoDataFrame

from census.errors import CensusError
from census.intake.drawn_tables import SHAPE, SHAPE_ZH, shape_cells
from census.intake.forms import LATITUDE, LONGITUDE, Field, Form

SHEET = "数据"
GUIDE_SHEET = "填表说明"
ROWS_TO_FILL = 5000
# Excel shows a list only up to 255 characters and an input message up to 255.
EXCEL_TEXT_LIMIT = 255
PLACE_RULE = (
    "十进制度或度分秒；坐标系非本区所用时请在导入时声明",
    "decimal degrees, or degrees, minutes and seconds; declare another CRS when importing",
)
TEXT_FORMAT = 49  # what Excel calls text
_WRITTEN_AT = datetime(2000, 1, 1, tzinfo=UTC)


class WritingError(CensusError):
    """
    A table cannot be written as a delivery of a form.

    Parameters
    ----------
    form
        Name of the form.
    reason_en
        Why, in English.
    reason_zh
        Why, in Chinese.
    """

    def __init__(self, form: str, reason_en: str, reason_zh: str) -> None:
        super().__init__(
            f"The table cannot be written as form {form!r}: {reason_en}.",
            f"该表不能按表单“{form}”写出：{reason_zh}。",
        )


def write_workbook(form: Form, path: Path) -> None:
    """
    Write an empty workbook of a form: headings, lists to pick from, ranges, and a guide sheet.

    Parameters
    ----------
    form
        The form; any but a raster form.
    path
        The ``.xlsx`` file to write.

    Raises
    ------
    WritingError
        When the form takes a raster.
    """
    _write_xlsx(form, [], path)


def write_table(form: Form, frame: pd.DataFrame, path: Path) -> None:
    """
    Write a table as a delivery: Chinese headings, words instead of codes, the file type by suffix.

    Parameters
    ----------
    form
        The form.
    frame
        Columns named like the form's fields (missing ones are left out); a GeoDataFrame for
        ``.gpkg``, and for ``.xlsx`` of a form with places: longitude and latitude are written for
        points, shapes as well-known text else.
        Texts that are no stored code are written as they are.
    path
        File to write, ``.xlsx`` or ``.gpkg``; replaced where it exists.

    Raises
    ------
    WritingError
        When a column is no field of the form, or the file type cannot hold the form.
    """
    unknown = [
        str(column)
        for column in frame.columns
        if column not in {each.name for each in form.fields} | {_geometry_name(frame)}
    ]
    if unknown:
        names = ", ".join(unknown)
        raise WritingError(form.name, f"it has no fields {names}", f"没有字段 {names}")
    worded = _worded(form, frame)
    path.unlink(missing_ok=True)
    if path.suffix == ".xlsx":
        _write_xlsx(form, _xlsx_columns(form, worded), path)
    elif path.suffix == ".gpkg" and isinstance(worded, GeoDataFrame):
        _write_gpkg(form, worded, path)
    else:
        raise WritingError(
            form.name, f"{path.name} must end in .xlsx or .gpkg", f"{path.name} 应为 .xlsx 或 .gpkg"
        )


def _geometry_name(frame: pd.DataFrame) -> str:
    return str(frame.geometry.name) if isinstance(frame, GeoDataFrame) else ""


def _worded(form: Form, frame: pd.DataFrame) -> pd.DataFrame:
    worded = frame.copy()
    for each in form.fields:
        if each.name not in frame.columns:
            continue
        words: dict[object, str] = {code.code: code.zh for code in each.codes}
        if each.type == "yes_no":
            words = {True: "是", False: "否"}
        if words:
            column = worded[each.name].astype(object)
            worded[each.name] = column.map(lambda value, words=words: words.get(value, value))
    return worded


def _xlsx_columns(form: Form, frame: pd.DataFrame) -> list[tuple[str, list[Any]]]:
    columns = [
        (each.heading, _cells(frame[each.name]))
        for each in form.fields
        if each.name in frame.columns
    ]
    if not isinstance(frame, GeoDataFrame):
        return columns
    if frame.empty and form.geometry not in {"point", "any"}:
        return [*columns, (SHAPE_ZH, [])]
    if (frame.geom_type == "Point").all():
        columns.append((LONGITUDE, _cells(frame.geometry.x)))
        columns.append((LATITUDE, _cells(frame.geometry.y)))
        return columns
    if frame.crs is None:
        raise _no_crs(form)
    told = shape_cells(frame.geometry.to_numpy(), frame.crs.to_epsg())
    columns += [(name.replace(SHAPE, SHAPE_ZH), list(told[name])) for name in told.columns]
    return columns


def _cells(column: "pd.Series[Any]") -> list[Any]:
    return [None if pd.isna(value) else value for value in column.astype(object)]


def _write_xlsx(form: Form, columns: list[tuple[str, list[Any]]], path: Path) -> None:
    if form.geometry == "raster":
        raise WritingError(form.name, "it takes a GeoTIFF", "该表单只收 GeoTIFF")
    headings = [heading for heading, _ in columns] or _all_headings(form)
    with xlsxwriter.Workbook(
        path, {"strings_to_formulas": False, "strings_to_urls": False}
    ) as book:
        book.set_properties({"title": form.label_zh, "created": _WRITTEN_AT})
        bold = book.add_format({"bold": True, "border": 1, "text_wrap": True})
        sheet = book.add_worksheet(SHEET)
        # Of texts in braces the library makes formulas whatever it was told.
        sheet.add_write_handler(str, lambda page, *cell: page.write_string(*cell))
        sheet.freeze_panes(1, 0)
        sheet.write_row(0, 0, headings, bold)
        for column, (_, values) in enumerate(columns):
            sheet.write_column(1, column, values)
        rows = max((len(values) for _, values in columns), default=0)
        _guard_columns(book, sheet, form, headings, rows=max(rows, ROWS_TO_FILL))
        _write_guide(book.add_worksheet(GUIDE_SHEET), form, bold)


def _all_headings(form: Form) -> list[str]:
    return [*(each.heading for each in form.fields), *(heading for heading, _ in _places(form))]


def _guard_columns(book: Any, sheet: Any, form: Form, headings: list[str], *, rows: int) -> None:
    by_heading = {each.heading: each for each in form.fields}
    # Codes of many digits and with zeros in front stay what they are, dates look like dates.
    looks = {
        "text": book.add_format({"num_format": TEXT_FORMAT}),
        "date": book.add_format({"num_format": "yyyy-mm-dd"}),
        "moment": book.add_format({"num_format": "yyyy-mm-dd hh:mm"}),
    }
    looks["division"] = looks["text"]
    for column, heading in enumerate(headings):
        each = by_heading.get(heading)
        look = None if each is None else looks.get(each.type)
        sheet.set_column(column, column, max(12, 2 * len(heading) + 2), look)
        if each is not None:
            sheet.data_validation(1, column, rows, column, _validation(each))


def _validation(each: Field) -> dict[str, Any]:
    unit = f"（{each.unit}）" if each.unit else ""
    needed = "必填。" if each.required else ""
    guard: dict[str, Any] = {
        # Excel refuses input titles over 32 characters.
        "input_title": f"{each.heading}{unit}"[:32],
        "input_message": f"{needed}{each.rule_zh}"[:EXCEL_TEXT_LIMIT],
        # Only a warning: the checks of the intake speak the last word, with all faults at once.
        "error_type": "warning",
    }
    return guard | (_listed(each) or _ranged(each) or {"validate": "any"})


def _listed(each: Field) -> dict[str, Any]:
    words = [code.zh for code in each.codes]
    if each.type in {"yes_no", "flag", "oneway"}:
        words = ["是", "否", "反向"] if each.type == "oneway" else ["是", "否"]
    fits = words and len(",".join(words)) <= EXCEL_TEXT_LIMIT
    return {"validate": "list", "source": words} if fits else {}


def _ranged(each: Field) -> dict[str, Any]:
    if each.type == "date":
        least, most = date(1900, 1, 1), date(2200, 12, 31)
        return {"validate": "date", "criteria": "between", "minimum": least, "maximum": most}
    kind = {"integer": "integer", "number": "decimal"}.get(each.type)
    if kind is None or each.minimum is None:
        return {}
    if each.maximum is None:
        return {"validate": kind, "criteria": ">=", "value": each.minimum}
    return {
        "validate": kind, "criteria": "between", "minimum": each.minimum, "maximum": each.maximum,
    }  # fmt: skip


def _write_guide(sheet: Any, form: Form, bold: Any) -> None:
    headings = (
        "列名", "Column", "单位", "Unit", "必填", "可填的词", "Words", "规则", "Rule", "条款",
        "个人信息",
    )  # fmt: skip
    sheet.write_row(0, 0, headings, bold)
    for row, each in enumerate(form.fields, start=1):
        told = [
            each.heading, each.label_en, each.unit, each.unit_en, _yes(each.required),
            "、".join(code.zh for code in each.codes), "; ".join(code.en for code in each.codes),
            each.rule_zh, each.rule_en, each.clause, _yes(each.is_personal),
        ]  # fmt: skip
        sheet.write_row(row, 0, told)
    for row, (heading, label) in enumerate(_places(form), start=len(form.fields) + 1):
        told = [heading, label, "度", "degrees", "是", "", "", *PLACE_RULE, "", "否"]
        sheet.write_row(row, 0, told)
    sheet.set_column(0, len(headings) - 1, 24)


def _yes(told: bool) -> str:  # noqa: FBT001  (a word for it)
    return "是" if told else "否"


def _places(form: Form) -> list[tuple[str, str]]:
    if form.geometry not in {"point", "any"}:
        return []
    return [(LONGITUDE, "longitude"), (LATITUDE, "latitude")]


def _no_crs(form: Form) -> WritingError:
    return WritingError(form.name, "the layer has no CRS", "图层没有坐标系")


def _write_gpkg(form: Form, frame: GeoDataFrame, path: Path) -> None:
    if frame.crs is None:
        raise _no_crs(form)
    # pyogrio 0.13 crashes the process on a LinearRing.
    if (frame.geom_type == "LinearRing").any():
        raise WritingError(form.name, "a ring is no line; close a line instead", "环不是线")
    headings = {each.name: each.heading for each in form.fields}
    # GDAL stamps a GeoPackage with the clock; a fixed date keeps equal content equal in bytes.
    pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": f"{_WRITTEN_AT:%Y-%m-%dT%H:%M:%S.000Z}"})
    try:
        pyogrio.write_dataframe(
            frame.rename(columns=headings), path, layer=form.label_zh, driver="GPKG"
        )
    finally:
        pyogrio.set_gdal_config_options({"OGR_CURRENT_DATE": None})
