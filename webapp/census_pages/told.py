"""Tell the values of stored objects in the words of their form, and where each value came from."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from census.intake.fields import Field, Form
from census.store.object_history import LeftOut, Step
from geo.vocabulary import CapacitySource
from webapp.markup import label
from webapp.words import Language, speak

MOST_COLUMNS: Final = 5
MOST_FILTERS: Final = 4
DECIMALS: Final = 3
# Columns that the program fills in, and that are not numbers or words of the delivery.
SOURCE: Final = "capacity_source"
# What a layer is asked for first, although no field of its form is called so.
_ASKED_FIRST: Final = frozenset({"capacity_people"})


@dataclass(frozen=True)
class Cell:
    """
    A value as it is shown.

    Attributes
    ----------
    label
        What it is.
    text
        The value in words, with its unit; empty for nothing.
    column
        Its column.
    code
        The stored value, where it may name another object.
    """

    label: str
    text: str
    column: str
    code: str


@cache
def fields_of(form: Form) -> Mapping[str, Field]:
    """
    Find the fields of a form by their columns.

    Parameters
    ----------
    form
        The form.

    Returns
    -------
    mapping
        Column to field.
    """
    return {each.name: each for each in form.fields}


def label_of(form: Form, column: str, comment: str, language: Language) -> str:
    """
    Name a column.

    Parameters
    ----------
    form
        The form of its table.
    column
        The column.
    comment
        What the table says of it, in Chinese.
    language
        The language.

    Returns
    -------
    str
        The heading of its field; for what no field brings the comment, or the column's own name.
    """
    field = fields_of(form).get(column)
    if field is not None:
        return field.heading if language == "zh" else field.label_en
    if column == SOURCE:
        return speak(language)("census.capacity_source")
    said = re.split("[；：]", comment, maxsplit=1)[0]
    return said if language == "zh" else column.replace("_", " ")


def _text_of(form: Form, column: str, value: Any, zone: ZoneInfo, language: Language) -> str:
    if column == SOURCE and value is not None:
        return label(CapacitySource, value, language)
    return value_text(fields_of(form).get(column), value, zone, language)


def value_text(field: Field | None, value: Any, zone: ZoneInfo, language: Language) -> str:
    """
    Say a value in words.

    Parameters
    ----------
    field
        Its field; None for what no field brings.
    value
        As it is stored.
    zone
        Time zone of the district.
    language
        The language.

    Returns
    -------
    str
        With its unit; empty for nothing.
    """
    if value is None:
        return ""
    if isinstance(value, bool):
        return speak(language)("census.yes" if value else "census.no")
    if isinstance(value, datetime):
        return f"{value.astimezone(zone):%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return value.isoformat()
    if field is not None and field.codes:
        words = {each.code: each.zh if language == "zh" else each.en for each in field.codes}
        return words.get(value, str(value))
    said = _number_text(value) if isinstance(value, (int, float)) else str(value)
    unit = "" if field is None else (field.unit if language == "zh" else field.unit_en)
    return f"{said} {unit}" if unit and isinstance(value, (int, float)) else said


def _number_text(value: float) -> str:
    return (
        f"{value:.{DECIMALS}f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)
    )


def cells_of(
    form: Form,
    columns: Mapping[str, str],
    row: Mapping[str, Any],
    zone: ZoneInfo,
    language: Language,
) -> list[Cell]:
    """
    Tell the values of an object.

    Parameters
    ----------
    form
        Its form.
    columns
        Column to what the table says of it.
    row
        Column to value.
    zone
        Time zone of the district.
    language
        The language.

    Returns
    -------
    list of Cell
        In the order of the columns; notes of the other language are left out.
    """
    other = "_en" if language == "zh" else "_zh"
    return [
        Cell(
            label_of(form, name, comment, language),
            _text_of(form, name, row[name], zone, language),
            name,
            "" if row[name] is None else str(row[name]),
        )
        for name, comment in columns.items()
        if not name.endswith(other)
    ]


def listed_columns(form: Form, columns: Sequence[str]) -> list[str]:
    """
    Choose the columns that a list shows.

    Parameters
    ----------
    form
        The form of the layer.
    columns
        Those that may be shown.

    Returns
    -------
    list of str
        Key and name are left out; required fields and what the layer is asked for first come
        first, then code lists, then the others.
    """
    fields = fields_of(form)
    left = [name for name in columns if name not in {"code", "id", "name", "village_code"}]
    ranked = sorted(left, key=lambda name: _rank(name, fields.get(name)))
    chosen = set(ranked[:MOST_COLUMNS])
    return [name for name in columns if name in chosen]


def _rank(column: str, field: Field | None) -> int:
    if column in _ASKED_FIRST:
        return 0
    if field is None:
        return 3
    return 0 if field.required else 1 if field.codes else 2


def filter_fields(form: Form, columns: Sequence[str]) -> list[Field]:
    """
    Choose the fields by which a list can be narrowed.

    Parameters
    ----------
    form
        The form of the layer.
    columns
        Those that may be shown.

    Returns
    -------
    list of Field
        Those with a code list.
    """
    return [each for each in form.fields if each.codes and each.name in columns][:MOST_FILTERS]


def steps_told(
    form: Form,
    columns: Mapping[str, str],
    steps: Sequence[Step],
    zone: ZoneInfo,
    language: Language,
    *,
    names_people: bool = False,
) -> list[dict[str, Any]]:
    """
    Tell the changes of an object, the last one first.

    Parameters
    ----------
    form
        Its form.
    columns
        Column to what the table says of it, for those that may be shown.
    steps
        Its changes, the first one first.
    zone
        Time zone of the district.
    language
        The language.
    names_people
        Whether who accepted a change may be named.

    Returns
    -------
    list of dict
        ``at``, ``by``, ``kind``, ``file``, ``moved_m`` and ``changed``: label, before, after.
    """
    return [
        {
            "at": f"{step.at.astimezone(zone):%Y-%m-%d %H:%M}",
            "kind": speak(language)(f"census.step_{step.kind}"),
            "by": (step.accepted_by or "") if names_people else "",
            "file": step.file_name or step.origin, "moved_m": step.moved_m,
            "changed": [
                (
                    label_of(form, name, columns[name], language),
                    *(_text_of(form, name, each, zone, language) for each in values),
                )
                for name, values in step.changed.items()
                if name in columns
            ],
        }
        for step in reversed(steps)
    ]  # fmt: skip


def left_told(
    form: Form,
    columns: Mapping[str, str],
    changes: Sequence[LeftOut],
    zone: ZoneInfo,
    language: Language,
) -> list[dict[str, Any]]:
    """
    Tell what was proposed for an object and not accepted, the last one first.

    Parameters
    ----------
    form
        Its form.
    columns
        Column to what the table says of it, for those that may be shown.
    changes
        The changes, the first one first.
    zone
        Time zone of the district.
    language
        The language.

    Returns
    -------
    list of dict
        As of :func:`steps_told`, with ``outcome`` and ``number`` of the delivery; who decided and
        why stands on the delivery's own page, for those who may read it.
    """
    say = speak(language)
    return [
        {
            "at": f"{each.at.astimezone(zone):%Y-%m-%d %H:%M}",
            "kind": say(f"census.step_{each.kind}"),
            "outcome": say("census.left_out" if each.outcome == "left_out" else "census.rejected"),
            "file": each.file_name, "number": each.number,
            "changed": [
                (
                    label_of(form, name, columns[name], language),
                    *(_text_of(form, name, value, zone, language) for value in values),
                )
                for name, values in each.changed.items()
                if name in columns
            ],
        }
        for each in reversed(changes)
    ]  # fmt: skip
