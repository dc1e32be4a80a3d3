"""Say where each value of a stored object came from: file, row, time, and who accepted it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from zoneinfo import ZoneInfo

from census.intake.fields import Form, match_headings
from census.store.object_history import Standing, Step
from webapp.census_pages.told import fields_of
from webapp.words import Language


@dataclass(frozen=True)
class Origin:
    """
    Where a value came from.

    Attributes
    ----------
    file
        The delivered file; empty where no delivery brought it.
    row
        Its row; None where it is not known.
    at
        When it was loaded, in the district's time; empty where unknown.
    by
        Name of who accepted it; empty where a command loaded it, or nobody may be named.
    remarks
        What was repaired or remarked when it was read.
    """

    file: str
    row: int | None
    at: str
    by: str
    remarks: tuple[str, ...]


def origins(
    form: Form,
    steps: Sequence[Step],
    standing: Standing,
    zone: ZoneInfo,
    language: Language,
    *,
    names_people: bool = False,
) -> dict[str, Origin]:
    """
    Say of each column where its value came from: the last delivery that changed it.

    Parameters
    ----------
    form
        The form of the object.
    steps
        Its changes, the first one first.
    standing
        What it says now.
    zone
        Time zone of the district.
    language
        The language.
    names_people
        Whether who accepted a delivery may be named.

    Returns
    -------
    dict
        Column to origin, for what a delivery brought.
    """
    first = next((each for each in steps if each.kind == "insert"), None)
    stands = Origin(
        standing.file_name or "", standing.says.get("source_row"),
        _when(standing.delivered_at, zone), standing.accepted_by or "", (),
    )  # fmt: skip
    is_changed = any(each.kind == "update" for each in steps)
    # The row of a former delivery is known where its insert was told one by one.
    whole = _origin(first, zone) if first else replace(stands, row=None) if is_changed else stands
    last = {name: each for each in steps if each.kind == "update" for name in each.changed}
    remarks = _remarks(form, standing.says.get("notes") or [], language)
    found = {}
    for name in standing.says:
        step = last.get(name)
        origin = whole if step is None else _origin(step, zone)
        by = origin.by if names_people else ""
        found[name] = replace(origin, by=by, remarks=tuple(remarks.get(name, ())))
    # What no field brings is computed of the others, whatever row it stands in.
    return {name: origin for name, origin in found.items() if name in fields_of(form)}


def _origin(step: Step, zone: ZoneInfo) -> Origin:
    file = step.file_name or ""
    return Origin(file, step.source_row, _when(step.at, zone), step.accepted_by or "", ())


def _when(at: datetime | None, zone: ZoneInfo) -> str:
    return "" if at is None else f"{at.astimezone(zone):%Y-%m-%d %H:%M}"


def _remarks(
    form: Form, notes: Sequence[Mapping[str, str]], language: Language
) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for note in notes:
        heading = note.get("column", "")
        column = match_headings(form, [heading]).get(heading, "")
        found.setdefault(column, []).append(note.get(language, ""))
    return found
