"""What a form is made of: fields with their headings, units, code lists and rules."""

import re
import unicodedata
from dataclasses import dataclass
from typing import Literal

GeometryNeed = Literal["none", "point", "line", "polygon", "any", "raster"]
FieldType = Literal[
    "text",
    "integer",
    "number",
    "year",
    "date",
    "time",
    "code",
    "yes_no",
    "oneway",
    "capacity",
    "levels",
    "division",
    "flag",
    "moment",
]

LONGITUDE = "经度"
LATITUDE = "纬度"


@dataclass(frozen=True)
class Code:
    """
    One word of a field's code list.

    Attributes
    ----------
    code
        What is stored.
    zh
        The word in a Chinese delivery.
    en
        The word in an English delivery.
    aliases
        Other spellings that mean the same.
    """

    code: str
    zh: str
    en: str
    aliases: tuple[str, ...] = ()

    def spellings(self) -> tuple[str, ...]:
        """
        List every spelling that means this code.

        Returns
        -------
        tuple of str
            Code, Chinese word, English word and aliases.
        """
        return (self.code, self.zh, self.en, *self.aliases)


@dataclass(frozen=True)
class Field:
    """
    One column of a form.

    Attributes
    ----------
    name
        Column of the table that the value goes to.
    heading
        Chinese heading in a delivery.
    label_en
        The heading in English.
    type
        How the text is read.
    required
        Whether an empty value is an error.
    rule_zh
        The rule in Chinese, shown with each problem.
    rule_en
        The rule in English.
    aliases
        Other headings that mean this field.
    unit
        Unit in Chinese, empty where there is none.
    unit_en
        Unit in English.
    codes
        The code list, for type ``code``.
    minimum
        Least value allowed, in the field's unit.
    maximum
        Largest value allowed, in the field's unit.
    pattern
        Regular expression that the whole text must match.
    levels
        Division levels allowed, for type ``division``.
    is_personal
        Whether the value tells of a person.
    is_stored
        False for columns that are only compared.
    clause
        Standard and clause that the rule comes from; with 待核 where nobody has verified it.
    """

    name: str
    heading: str
    label_en: str
    type: FieldType
    required: bool
    rule_zh: str
    rule_en: str
    aliases: tuple[str, ...] = ()
    unit: str = ""
    unit_en: str = ""
    codes: tuple[Code, ...] = ()
    minimum: float | None = None
    maximum: float | None = None
    pattern: str | None = None
    levels: tuple[str, ...] = ()
    is_personal: bool = False
    is_stored: bool = True
    clause: str = ""

    def headings(self) -> tuple[str, ...]:
        """
        List every heading that means this field.

        Returns
        -------
        tuple of str
            Chinese heading, English heading, aliases and the field's own name.
        """
        return (self.heading, self.label_en, *self.aliases, self.name)


@dataclass(frozen=True)
class RasterNeed:
    """
    What a raster form asks of its file.

    Attributes
    ----------
    unit
        Unit of a cell.
    minimum
        Least value allowed.
    maximum
        Largest value allowed.
    scenario
        Scenario recorded where the delivery names none.
    states
        What a sender may state of the file: ``return_period_years``, ``vertical_rmse_m``.
    hazard
        Hazard that its cells tell of; empty for none.
    """

    unit: str
    minimum: float
    maximum: float
    scenario: str
    states: tuple[str, ...] = ()
    hazard: str = ""


@dataclass(frozen=True)
class Form:
    """
    One form of the census.

    Attributes
    ----------
    name
        Name on the command line.
    label_zh
        Name in Chinese.
    label_en
        Name in English.
    table
        Table that the rows go to.
    order
        Place in the order of loading.
    geometry
        Geometry that a row carries; ``none`` for tables, ``raster`` for grids.
    key
        Fields that together may not repeat.
    needs_divisions
        Whether divisions must be loaded before.
    fields
        The columns.
    refused_headings
        Headings of personal columns, never read.
    footprint_range_m2
        Footprints outside this range are warned of, square metres.
    raster
        What a raster form asks; None for others.
    may_reach_far
        Whether a shape may reach any way out of the district, as a sea does.
    adds_rows
        Whether a delivery adds to the earlier ones, as the lines of a log do; of two rows with the
        same key the later one holds.
    periods
        Pairs of fields, beginning and end: a row may not end before it begins.
    """

    name: str
    label_zh: str
    label_en: str
    table: str
    order: int
    geometry: GeometryNeed
    key: tuple[str, ...]
    needs_divisions: bool
    fields: tuple[Field, ...]
    refused_headings: tuple[str, ...] = ()
    footprint_range_m2: tuple[float, float] | None = None
    raster: RasterNeed | None = None
    may_reach_far: bool = False
    adds_rows: bool = False
    periods: tuple[tuple[str, str], ...] = ()

    @property
    def is_personal(self) -> bool:
        """
        Tell whether the form is about persons.

        Returns
        -------
        bool
            True where a field is personal: such a form is never public.
        """
        return any(each.is_personal for each in self.fields)

    def field(self, name: str) -> Field:
        """
        Return a field by its name.

        Parameters
        ----------
        name
            Name of the field.

        Returns
        -------
        Field
            The field.

        Raises
        ------
        KeyError
            When the form has no such field.
        """
        for each in self.fields:
            if each.name == name:
                return each
        raise KeyError(name)


def plain(heading: object) -> str:
    """
    Return a heading in the form in which headings are compared.

    Full-width letters become half-width, spaces and asterisks vanish, letters become small.

    Parameters
    ----------
    heading
        A heading as delivered.

    Returns
    -------
    str
        The comparable text.
    """
    text = unicodedata.normalize("NFKC", "" if heading is None else str(heading))
    return re.sub(r"[\s*\ufeff]+", "", text).casefold()


def match_headings(form: Form, headings: list[str]) -> dict[str, str]:
    """
    Match the headings of a delivery to the fields of a form.

    Parameters
    ----------
    form
        The form.
    headings
        Headings as delivered.

    Returns
    -------
    dict
        Delivered heading to field name; a heading that matches nothing is left out. Of several
        headings of a field its own goes before the English one, that before an alias, and the bare
        name of the column comes last; of equals the first wins.
    """
    wanted: dict[str, tuple[int, str]] = {}
    for each in form.fields:
        for rank, heading in enumerate(each.headings()):
            wanted.setdefault(plain(heading), (rank, each.name))
    best: dict[str, tuple[int, str]] = {}
    for heading in headings:
        found = wanted.get(plain(heading)) or wanted.get(re.sub(r"\(.*?\)$", "", plain(heading)))
        if found is not None and (found[1] not in best or found[0] < best[found[1]][0]):
            best[found[1]] = (found[0], heading)
    chosen = {heading: name for name, (_, heading) in best.items()}
    return {heading: chosen[heading] for heading in headings if heading in chosen}
