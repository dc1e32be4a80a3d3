"""Codes that name nothing, and things that have two codes."""

from collections.abc import Iterator

import numpy as np
import shapely

from census.intake.fields import plain
from census.products.crosschecks.district import District, Finding, of
from census.products.parameters import Parameters


def references(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find codes of objects that are not there.

    Parameters
    ----------
    district
        The district.
    rule
        ``of``: tables with ``table``, ``column`` and ``target``.

    Yields
    ------
    Finding
        One per row that names a missing object.
    """
    for each in rule["of"]:
        column, target = each["column"], each["target"]
        known = set(district.layer(target)["code"])
        for record in district.records(each["table"]):
            code = record[column]
            if code is None or code in known:
                continue
            yield of(
                each["table"], record, column=column, value=str(code),
                sentence_zh=f"编号 {code} 不在所引用的图层中",
                sentence_en=f"No object there has the code {code}",
                fix_zh="补交该对象，或更正此编号",
                fix_en="Deliver that object, or correct the code",
            )  # fmt: skip


def repeated_objects(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find objects of one name that stand nearly at one place under two codes.

    Parameters
    ----------
    district
        The district.
    rule
        ``tables`` and ``within_m``.

    Yields
    ------
    Finding
        One per pair, at the later code.
    """
    for table in rule["tables"]:
        layer = district.layer(table)
        if len(layer) < 2:  # noqa: PLR2004  (a pair)
            continue
        shapes = district.in_metres(table).to_numpy()
        names = np.array([plain(str(name or "")) for name in layer["name"]], dtype=object)
        records = list(district.records(table))
        one, other = shapely.STRtree(shapes).query(
            shapes, predicate="dwithin", distance=rule["within_m"]
        )
        same = (one > other) & (names[one] == names[other]) & (names[one] != "")
        for later, earlier in zip(one[same].tolist(), other[same].tolist(), strict=True):
            metres = shapely.distance(shapes[later], shapes[earlier])
            mate = records[earlier]["code"]
            yield of(
                table, records[later], column="code", value=str(records[later]["code"]),
                sentence_zh=f"与编号 {mate} 同名，相距 {metres:.0f} 米",
                sentence_en=f"It has the name of {mate}, {metres:.0f} m away",
                fix_zh="若为同一对象，保留一个编号", fix_en="If they are one, keep one code",
            )  # fmt: skip
