"""Check the values of a delivery against the fields of its form, every cell, all faults at once."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.intake.capacity import read_capacity
from census.intake.carried_codes import are_parts, heir_of
from census.intake.context import Context
from census.intake.dates import read_date, read_time
from census.intake.fields import Field, Form, plain
from census.intake.moments import read_moment
from census.intake.object_codes import is_object_code, read_object_code
from census.intake.parsing import (
    Parsed,
    read_digits,
    read_levels,
    read_mark,
    read_number,
    read_oneway,
    read_year,
    read_yes_no,
    tidy,
)
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery

# A value out of range in these readers is one more unreadable text, not a refused row.
_LENIENT = {"capacity", "levels"}
# A description has a page at most; more is no text of a form.
_MOST_SIGNS = 10_000
_EMPTY = ("it is empty", "不能为空")


def check_values(delivery: Delivery, context: Context) -> tuple[pd.DataFrame, list[Problem]]:
    """
    Read and check every cell of a delivery.

    Parameters
    ----------
    delivery
        The delivery.
    context
        The district.

    Returns
    -------
    values : pandas.DataFrame
        One column per field of the form that was delivered, read; a ``capacity`` field also keeps
        its :class:`~census.intake.parsing.Parsed` in ``<field>_parsed``, its text in
        ``<field>_raw``.
    problems : list of Problem
        Every fault, repair and remark.
    """
    columns: dict[str, Any] = {}
    problems: list[Problem] = []
    for each in delivery.form.fields:
        if each.name not in delivery.frame.columns:
            continue
        positions, uniques = pd.factorize(delivery.frame[each.name], use_na_sentinel=True)
        reader = _reader(each, context)
        read = [
            too_long(value) or _widened(value, _ruled(each, reader(value))) for value in uniques
        ]
        # The last entry serves position -1: an empty cell.
        read.append(_ruled(each, reader(None)))
        raw = [*uniques, None]
        columns[each.name] = _taken(read, positions, lambda parsed: parsed.value)
        if each.type == "capacity":
            columns[f"{each.name}_parsed"] = _taken(read, positions, lambda parsed: parsed)
            texts = delivery.frame[each.name].map(tidy)
            columns[f"{each.name}_raw"] = [text or None for text in texts]
        problems += _problems(delivery, each, raw, read, positions)
    # dtype: pandas would turn texts with gaps into its own kind, whose gaps are not None.
    return pd.DataFrame(columns, index=delivery.frame.index, dtype=object), problems


def too_long(value: object) -> Parsed | None:
    """
    Refuse a text that no reader should look through.

    Parameters
    ----------
    value
        What stands in a cell.

    Returns
    -------
    Parsed or None
        An error for a text of more than 10,000 signs.
    """
    if not isinstance(value, str) or len(value) <= _MOST_SIGNS:
        return None
    en = f"it has {len(value):,} signs, more than {_MOST_SIGNS:,}"
    return Parsed(None, "error", en, f"有 {len(value):,} 个字符，超过 {_MOST_SIGNS:,}")


def _taken(
    read: list[Parsed], positions: NDArray[np.intp], part: Callable[[Parsed], Any]
) -> NDArray[np.object_]:
    parts = np.empty(len(read), dtype=object)
    parts[:] = [part(parsed) for parsed in read]
    return parts[positions]


def _problems(
    delivery: Delivery,
    each: Field,
    raw: list[Any],
    read: list[Parsed],
    positions: NDArray[np.intp],
) -> list[Problem]:
    speaks = np.array([parsed.level is not None for parsed in read])
    rows = np.flatnonzero(speaks[positions])
    heading = delivery.headings.get(each.name, each.heading)
    problems = []
    for row in rows:
        parsed = read[positions[row]]
        assert parsed.level is not None  # noqa: S101  (chosen above)
        problems.append(
            source(delivery, row).problem(
                each.name,
                parsed.level,
                column=heading,
                value=raw[positions[row]],
                zh=f"{parsed.zh}。规则：{each.rule_zh}",
                en=f"{parsed.en}. Rule: {each.rule_en}",
            )
        )
    return problems


def source(delivery: Delivery, row: int | np.integer[Any]) -> Source:
    """
    Name the place of a row of a delivery.

    Parameters
    ----------
    delivery
        The delivery.
    row
        Position in its frame, from 0.

    Returns
    -------
    Source
        File, sheet and row number.
    """
    return source_of(delivery.frame, row)


def source_of(frame: pd.DataFrame, row: int | np.integer[Any]) -> Source:
    """
    Name the place of a row of a frame that remembers where its rows came from.

    Parameters
    ----------
    frame
        Columns ``file``, ``sheet`` and ``row``.
    row
        Position in it, from 0.

    Returns
    -------
    Source
        File, sheet and row number.
    """
    return Source(
        str(frame["file"].iloc[row]), str(frame["sheet"].iloc[row]), int(frame["row"].iloc[row])
    )


def _widened(value: object, parsed: Parsed) -> Parsed:
    """Say so where a value was read from full-width signs."""
    if parsed.level is not None or not isinstance(value, str) or parsed.value == value.strip():
        return parsed
    text = re.sub(r"\s+", " ", value).strip()
    if tidy(value) == text or parsed.value == text:
        return parsed
    return replace(
        parsed,
        level="repair",
        en=f"full-width signs are read as {tidy(value)!r}",
        zh=f"全角字符按“{tidy(value)}”读取",
    )


def _reader(each: Field, context: Context) -> Callable[[Any], Parsed]:
    units = tuple(unit for unit in (each.unit, each.unit_en) if unit)
    simple: dict[str, Callable[[Any], Parsed]] = {
        "number": lambda value: read_number(value, units=units),
        "integer": lambda value: read_number(value, is_whole=True, units=units),
        "year": read_year,
        "date": read_date,
        "moment": lambda value: read_moment(value, context.timezone),
        "flag": read_mark,
        "time": read_time,
        "yes_no": read_yes_no,
        "oneway": read_oneway,
        "capacity": read_capacity,
        "levels": read_levels,
    }
    if each.type in simple:
        return simple[each.type]
    if each.type == "code":
        return _code_reader(each)
    if each.type == "division":
        return lambda value: _read_division(value, each, context)
    return lambda value: _read_text(value, each)


def _code_reader(each: Field) -> Callable[[Any], Parsed]:
    known = {plain(word): code.code for code in each.codes for word in code.spellings()}
    words_zh = "、".join(code.zh for code in each.codes)
    words_en = "; ".join(code.en for code in each.codes)

    def read_code(value: object) -> Parsed:
        text = tidy(value)
        if not text:
            return Parsed(None)
        if plain(text) in known:
            return Parsed(known[plain(text)])
        return Parsed(
            None,
            "error",
            f"{text!r} is not in the code list: {words_en}",
            f"“{text}”不在代码表中：{words_zh}",
        )

    return read_code


def _read_division(value: object, each: Field, context: Context) -> Parsed:
    parsed = read_digits(value)
    if parsed.value is None:
        return parsed
    text = parsed.value
    level = context.levels.get(text)
    if level is None:
        heir = heir_of(text, context)
        if heir.value is None:
            return heir
        text, parsed = heir.value, replace(parsed, value=heir.value)
        level = context.levels[text]
    if level not in each.levels:
        name = context.names[text]
        return Parsed(
            None,
            "error",
            f"{text} ({name}) is a {level}, not a {' or '.join(each.levels)}",
            f"{text}（{name}）的级别不符",
        )
    return parsed


def _read_text(value: object, each: Field) -> Parsed:
    sign = _control_sign(value)
    if sign is not None:
        en, zh = f"it holds the control sign U+{sign:04X}", f"含有控制字符 U+{sign:04X}"
        return Parsed(None, "error", en, zh)
    if is_object_code(each):
        return read_object_code(value)
    if each.pattern is None:
        # Names keep their own signs: only the spaces around and between words are tidied.
        text = tidy(value) if not isinstance(value, str) else re.sub(r"\s+", " ", value).strip()
        return Parsed(text or None)
    # Every pattern of the forms is one of digits.
    parsed = read_digits(value)
    if parsed.value is None or re.fullmatch(each.pattern, parsed.value, re.ASCII):
        return parsed
    text = parsed.value
    return Parsed(None, "error", f"{text!r} has another form", f"“{text}”格式不符")


def _control_sign(value: object) -> int | None:
    """Find what no name holds and no database stores: NUL, escape and their like, but no space."""
    if not isinstance(value, str):
        return None
    return next(
        (ord(sign) for sign in value if unicodedata.category(sign) == "Cc" and not sign.isspace()),
        None,
    )


def _ruled(each: Field, parsed: Parsed) -> Parsed:
    if parsed.value is None:
        if each.required and parsed.level != "error":
            en, zh = (
                (f"{parsed.en}, but needed", f"{parsed.zh}，但此项必填") if parsed.en else _EMPTY
            )
            return Parsed(None, "error", en, zh)
        return parsed
    low, high = each.minimum, each.maximum
    if low is None and high is None:
        return parsed
    if (low is None or parsed.value >= low) and (high is None or parsed.value <= high):
        return parsed
    unit_en = f" {each.unit_en}" if each.unit_en else ""
    least, most, value = (_shown(number) for number in (low, high, parsed.value))
    en = f"{value} lies outside {least} to {most}{unit_en}"
    zh = f"{value} 超出 {least} 至 {most}{each.unit}"
    if each.type in _LENIENT:
        return Parsed(None, "warning", f"{en}: taken as unknown", f"{zh}：按未知计")
    return Parsed(None, "error", en, zh)


def _shown(number: float | None) -> str:
    return "-" if number is None else f"{number:,.10g}"


def check_keys(
    delivery: Delivery, values: pd.DataFrame, form: Form, context: Context
) -> list[Problem]:
    """
    Find rows whose key stands in an earlier row already.

    Parameters
    ----------
    delivery
        The delivery.
    values
        What :func:`check_values` read.
    form
        The form, whose ``key`` may not repeat.
    context
        The district: rows of villages that became one since are its parts, no repetition.

    Returns
    -------
    list of Problem
        One error per later row, naming the first.
    """
    names = [name for name in form.key if name in values.columns]
    if not names:
        return []
    keys = list(zip(*(values[name] for name in names), strict=True))
    first: dict[tuple[Any, ...], int] = {}
    columns = {
        name: values[name].to_numpy(dtype=object)
        for name in values.columns
        if not name.endswith("_parsed")
    }
    problems = []
    for row, key in enumerate(keys):
        if any(part is None for part in key):
            continue
        if key in first:
            if are_parts(delivery, first[key], row, str(key[0]), context):
                continue
            earlier = source(delivery, first[key])
            zh, en = _difference(delivery, columns, first[key], row)
            problems.append(
                source(delivery, row).problem(
                    "key",
                    "error",
                    column="、".join(delivery.headings.get(name, name) for name in names),
                    value="、".join(str(part) for part in key),
                    zh=f"与“{earlier.sheet or earlier.file}”第{earlier.row}行重复，{zh}",
                    en=f"It repeats row {earlier.row} of {earlier.sheet or earlier.file!r}: {en}",
                )
            )
        else:
            first[key] = row
    return problems


def _difference(
    delivery: Delivery, columns: Mapping[str, NDArray[Any]], first: int, later: int
) -> tuple[str, str]:
    differing = [
        f"{delivery.headings.get(name, name)} {tidy(column[first])} / {tidy(column[later])}"
        for name, column in columns.items()
        if column[first] != column[later]
    ]
    if not differing:
        return "各值相同，删去一行即可", "all values are equal, delete one of them"
    return f"但不同：{'；'.join(differing)}", f"they differ in {'; '.join(differing)}"
