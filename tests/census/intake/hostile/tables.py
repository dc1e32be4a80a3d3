"""Text tables and workbooks that are bombs, lies, or hold what no cell should."""

# ruff: noqa: E501  (one hostile file is one line)

import io
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import pandas as pd

from census.intake.forms import form_named
from census.intake.writing import write_table
from tests.census.intake.hostile.cases import Case, of_bytes
from tests.census.intake.hostile.disguises import ADDRESS

HEAD = "村代码,常住人口,数据依据\n"
ROW = "990001001001,12,统计\n"
ENTITIES = (
    '<!DOCTYPE a [<!ENTITY b "bbbbbbbbbb">'
    + "".join(f'<!ENTITY {chr(n + 1)} "{f"&{chr(n)};" * 10}">' for n in range(98, 108))
    + "]>"
)
OUTSIDE = '<!DOCTYPE a [<!ENTITY b SYSTEM "file:///etc/passwd">]>'
SHEET = "xl/worksheets/sheet1.xml"


def texts() -> dict[str, bytes]:
    long = "9" * 100_000
    return {
        "NUL bytes": (HEAD + ROW).encode().replace(b"12", b"1\x002"),
        "only NUL bytes": bytes(100_000),
        "a quote that never closes": (HEAD + '"990001001001,12\n' + ROW * 1000).encode(),
        "one line of 20 MB": (HEAD + "x" * 20_000_000).encode(),
        "a cell of 5 MB": (HEAD + "990001001001," + "1" * 5_000_000 + ",统计\n").encode(),
        "100,000 columns": (",".join(f"c{n}" for n in range(100_000)) + "\n1\n").encode(),
        "a million empty rows": (HEAD + ",,\n" * 1_000_000).encode(),
        "a million line ends": b"\n" * 1_000_000,
        "quotes alone": b'"' * 1_000_001,
        "commas alone": b"," * 1_000_000,
        "a number of 100,000 digits": (HEAD + f"990001001001,{long},统计\n").encode(),
        "a number of 100,000 digits after the point": f"{HEAD}990001001001,1.{long},统计\n".encode(),
        "1e400 people": (HEAD + "990001001001,1e400,统计\n").encode(),
        "1e9999999999 people": (HEAD + "990001001001,1e9999999999,统计\n").encode(),
        "NaN people": (HEAD + "990001001001,NaN,统计\n").encode(),
        "minus people": (HEAD + "990001001001,-5,统计\n").encode(),
        "a cell of digits and strokes": f"{HEAD}990001001001,{'1-' * 50_000},统计\n".encode(),
        "a cell of brackets": f"{HEAD}990001001001,{'(' * 100_000},统计\n".encode(),
        "a cell of blanks": f"{HEAD}990001001001,{' ' * 100_000}x,统计\n".encode(),
        "UTF-16 without its mark": (HEAD + ROW).encode("utf-16-le"),
        "UTF-32": (HEAD + ROW).encode("utf-32"),
        "UTF-7": (HEAD + ROW).encode("utf-7"),
        "bytes of no encoding": b"\xff\x80\x81" * 1000,
        "headings 10,000 times": (HEAD.strip() + "," + "常住人口," * 10_000 + "\n" + ROW).encode(),
        "a control sign in a code": (HEAD + "99000100\x1b1001,12,统计\n").encode(),
        "a code of other digits": (HEAD + "٩٩٠٠٠١٠٠١٠٠١,12,统计\n").encode(),
        "direction marks in a code": (HEAD + "\u202e990001001001,12,统计\n").encode(),
        "a formula for a code": (HEAD + '=HYPERLINK("' + ADDRESS + '"),12,统计\n').encode(),
        "a command for a basis": (HEAD + "990001001001,12,=cmd|'/c calc'!A0\n").encode(),
        "the same village 20,000 times": (HEAD + ROW * 20_000).encode(),
        "html": b"<html><script>fetch('/')</script></html>",
        "a program": b"\x7fELF" + bytes(range(256)) * 100,
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(1000),
    }  # fmt: skip


def base() -> dict[str, bytes]:
    """The parts of a good workbook."""
    frame = pd.DataFrame({"division_code": ["990001001001"], "people": [12], "basis": ["counted"]})
    with tempfile.TemporaryDirectory(prefix="riskatlas-") as folder:
        path = Path(folder) / "base.xlsx"
        write_table(form_named("people"), frame, path)
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist()}


def packed(parts: Mapping[str, bytes], *more: tuple[zipfile.ZipInfo | str, bytes]) -> bytes:
    held = io.BytesIO()
    with zipfile.ZipFile(held, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in [*parts.items(), *more]:
            archive.writestr(name, content)
    return held.getvalue()


def link(name: str, target: str) -> tuple[zipfile.ZipInfo, bytes]:
    member = zipfile.ZipInfo(name)
    member.external_attr = 0o120777 << 16
    return member, target.encode()


def _members(parts: dict[str, bytes]) -> dict[str, bytes]:
    good = packed(parts)
    inner = packed({"a": bytes(10_000_000)})
    lie = packed(parts, ("xl/extra.xml", b"<a>" + b" " * 100_000 + b"</a>"))
    encrypted = bytearray(good)
    for mark in (b"PK\x03\x04", b"PK\x01\x02"):
        at = encrypted.find(mark)
        encrypted[at + (6 if mark[2] == 3 else 8)] |= 1
    cases = {
        "64 MB of zeros": packed(parts, ("xl/media/a.bin", bytes(64 << 20))),
        "64 MB of zeros as a sheet": packed(parts | {SHEET: b" " * (64 << 20)}),
        "64 MB of zeros as texts": packed(parts | {"xl/sharedStrings.xml": bytes(64 << 20)}),
        "100,000 members": packed({f"m{n}": b"" for n in range(100_000)}),
        "2,001 members": packed(parts, *[(f"m{n}", b"") for n in range(2_001)]),
        "bombs within": packed(parts, *[(f"z{n}.zip", inner) for n in range(300)], ("b", bytes(60 << 20))),
        "a smaller size declared": lie.replace(struct.pack("<I", 100_007), struct.pack("<I", 10)),
        "a giant size declared": lie.replace(struct.pack("<I", 100_007), struct.pack("<I", 0xFFFFFFF0)),
        "a wrong check sum": good.replace(
            struct.pack("<I", zlib.crc32(parts[SHEET])), struct.pack("<I", 1)
        ),
        "a locked member": bytes(encrypted),
        "another packing": good.replace(b"PK\x03\x04\x14\x00\x00\x00\x08\x00", b"PK\x03\x04\x14\x00\x00\x00\x63\x00"),
        "no list of members": good[: good.find(b"PK\x01\x02")],
        "only a list of members": good[good.find(b"PK\x01\x02") :],
        "bytes before it": b"PK\x03\x04" + bytes(5_000) + good,
        "a locked workbook of Office": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(5_000),
        "climbing names": packed(parts, ("../../../tmp/evil", b"x"), ("/etc/evil", b"x")),
        "links": packed(parts, link("xl/media/a.xml", "/etc/passwd")),
        "a sheet that is a link": packed(
            {k: v for k, v in parts.items() if k != SHEET}, link(SHEET, "/etc/passwd")
        ),
    }  # fmt: skip
    return cases | {f"cut after {n} bytes": good[:n] for n in (10, 100, 1_000, len(good) - 30)}


def _xml(parts: dict[str, bytes]) -> dict[str, bytes]:
    sheet, cases = parts[SHEET], {}
    names = (SHEET, "xl/workbook.xml", "xl/sharedStrings.xml", "[Content_Types].xml",
             "xl/_rels/workbook.xml.rels", "xl/styles.xml")  # fmt: skip
    for name in names:
        for kind, words in {"multiplies": ENTITIES, "reads a file": OUTSIDE}.items():
            text = parts[name].decode()
            start = text.find("?>") + 2
            bomb = text[:start] + words + text[start:]
            cases[f"a document type that {kind} in {name}"] = packed(parts | {name: bomb.encode()})

    def rows(text: str) -> bytes:
        return packed(
            parts | {SHEET: sheet.replace(b"</sheetData>", f"{text}</sheetData>".encode())}
        )

    def part(name: str, text: bytes) -> bytes:
        return packed(parts | {name: text})

    long = "x" * 30_000
    shared = parts["xl/sharedStrings.xml"]
    many = "".join(f'<row r="{n}"><c r="A{n}" t="s"><v>0</v></c></row>' for n in range(9, 120_000))
    cases |= {
        "a value in the last corner": rows('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "a million empty rows": rows("".join(f'<row r="{n}"/>' for n in range(9, 1_000_000))),
        "16,384 columns of 2,000 rows": rows(
            "".join(f'<row r="{n}"><c r="XFD{n}"><v>1</v></c></row>' for n in range(9, 2_009))
        ),
        "one text a hundred thousand times": packed(
            parts | {
                SHEET: sheet.replace(b"</sheetData>", f"{many}</sheetData>".encode()),
                "xl/sharedStrings.xml": b'<sst xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
                b' count="9" uniqueCount="9">' + f"<si><t>{long}</t></si>".encode() * 9 + b"</sst>",
            }
        ),
        "a text that is not there": rows('<row r="9"><c r="A9" t="s"><v>999999</v></c></row>'),
        "rows that go back": rows('<row r="2"><c r="A2"><v>1</v></c></row>' * 1000),
        "a row of number zero": rows('<row r="0"><c r="A0"><v>1</v></c></row>'),
        "a row of number 4294967296": rows('<row r="4294967296"><c r="A4294967296"><v>1</v></c></row>'),
        "a column of twenty letters": rows('<row r="9"><c r="ABCDEFGHIJKLMNOPQRST9"><v>1</v></c></row>'),
        "a number that is none": rows('<row r="9"><c r="B9"><v>1e999</v></c></row>'),
        "a cell that failed": rows('<row r="9"><c r="A9" t="e"><v>#REF!</v></c></row>'),
        "elements 100,000 deep": part(SHEET, sheet.replace(b"<sheetData>", b"<a>" * 100_000)),
        "a sheet that ends early": part(SHEET, sheet[: len(sheet) // 2]),
        "a sheet that is no XML": part(SHEET, b"\x00\x01\x02 no xml" * 1000),
        "an attribute of 8 MB": part(SHEET, sheet.replace(b"<sheetData>", b'<sheetData a="' + b"x" * 8_000_000 + b'">')),
        "a dimension of the whole sheet": part(SHEET, sheet.replace(b"<dimension ref=", b'<dimension ref="A1:XFD1048576" b=')),
        "a million merged ranges": part(
            SHEET,
            sheet.replace(
                b"</sheetData>",
                b"</sheetData><mergeCells>" + b'<mergeCell ref="A1:XFD1048576"/>' * 1_000_000 + b"</mergeCells>",
            ),
        ),
        "a sheet at an address": part(
            "xl/_rels/workbook.xml.rels",
            parts["xl/_rels/workbook.xml.rels"].replace(b"worksheets/sheet1.xml", ADDRESS.encode()),
        ),
        "a sheet out of the archive": part(
            "xl/_rels/workbook.xml.rels",
            parts["xl/_rels/workbook.xml.rels"].replace(b"worksheets/sheet1.xml", b"../../../../../etc/passwd"),
        ),
        "no workbook in it": packed({k: v for k, v in parts.items() if k != "xl/workbook.xml"}),
        "texts that are none": part("xl/sharedStrings.xml", shared[:100]),
        "a count of texts beyond all": part("xl/sharedStrings.xml", shared.replace(b'uniqueCount="', b'uniqueCount="9999999999')),
    }  # fmt: skip
    return cases


def _ods() -> dict[str, bytes]:
    def ods(content: str) -> bytes:
        return packed(
            {
                "mimetype": b"application/vnd.oasis.opendocument.spreadsheet",
                "META-INF/manifest.xml": b'<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
                "content.xml": content.encode(),
            }
        )  # fmt: skip

    cell = '<table:table-cell office:value-type="float" office:value="1"{}/>'
    row = "<table:table-row{}>{}</table:table-row>"
    body = '<office:body><office:spreadsheet><table:table table:name="a">{}</table:table></office:spreadsheet></office:body>'
    wide = ' table:number-columns-repeated="{}"'
    tall = ' table:number-rows-repeated="{}"'
    return {
        "rows that repeat": ods(body.format(row.format(tall.format(10**6), cell.format(wide.format(16_000))))),
        "columns that repeat without end": ods(body.format(row.format("", cell.format(wide.format(2**62))))),
        "rows that repeat without end": ods(body.format(row.format(tall.format(2**62), cell.format("")))),
        "a document type": ods(ENTITIES + body.format("")),
        "tables in tables": ods(body.format("<table:table>" * 50_000)),
        "nothing in it": packed({"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"}),
    }  # fmt: skip


def _xls() -> dict[str, bytes]:
    head = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
    # A compound file whose chain of sectors leads into itself.
    ring = bytearray(head + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\x09\x00\x06\x00" + bytes(470))
    struct.pack_into("<IIIIIII", ring, 44, 1, 0, 0, 4096, 0xFFFFFFFE, 0, 0xFFFFFFFE)
    struct.pack_into("<I", ring, 76, 0)
    return {
        "only a head": head,
        "a head and zeros": head + bytes(10_000),
        "a head and noise": head + bytes((n * 7919) % 251 for n in range(20_000)),
        "sectors that lead into themselves": bytes(ring[:512]) + struct.pack("<128I", *[0] * 128) * 4,
        "a sector size of 2**65535": head + bytes(16) + b"\x3e\x00\x03\x00\xfe\xff\xff\xff\xff\xff" + bytes(2_000),
    }  # fmt: skip


HARMLESS = {
    "CSV": {
        "UTF-16 without its mark": "the zeros tell the encoding: it is read for what it is",
        "UTF-32": "its mark tells the encoding: it is read for what it is",
    },
    "xlsx": {
        "climbing names": "an archive is never unpacked to disk: its other parts are not looked at",
        "links": "an archive is never unpacked to disk: its other parts are not looked at",
        "bytes before it": "the list of members stands at the end, and is sound",
        "a million empty rows": "rows without a cell take no room",
        "a cell that failed": "the cell counts as empty, and it is said",
        "another packing": "the mark stands in one place alone: the list of members counts",
        "a dimension of the whole sheet": "what a sheet declares of its extent is not believed",
        "an attribute of 8 MB": "unknown attributes are not kept",
    },
}


def tables() -> list[Case]:
    parts = base()
    families = {
        "CSV": ("a.csv", texts()),
        "xlsx": ("a.xlsx", {**_members(parts), **_xml(parts)}),
        "ods": ("a.ods", _ods()),
        "xls": ("a.xls", _xls()),
    }
    return [
        of_bytes(f"{kind}: {name}", file, "people", content, HARMLESS.get(kind, {}).get(name, ""))
        for kind, (file, contents) in families.items()
        for name, content in contents.items()
    ]
