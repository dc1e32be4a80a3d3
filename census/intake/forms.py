"""The forms of the census: what a bureau delivers, told in TOML files beside this module.

A form names its headings, units, code lists, ranges and the rule of each field in Chinese and
English. Nothing about a form is coded elsewhere: reading, checking, writing and the manual all
ask the same declaration.
"""

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from typing import Any, Literal, get_args

from census.errors import CensusError
from geo import vocabulary

GeometryNeed = Literal["none", "point", "line", "polygon", "any", "raster"]
FieldType = Literal[
    "text", "integer", "number", "code", "yes_no", "oneway", "capacity", "levels", "division"
]

LONGITUDE = "经度"
LATITUDE = "纬度"


class UnknownFormError(CensusError):
    """
    A form was asked for that the census does not have.

    Parameters
    ----------
    name
        The name asked for.
    known
        The names of the forms there are.
    """

    def __init__(self, name: str, known: list[str]) -> None:
        names = ", ".join(known)
        super().__init__(
            f"There is no form {name!r}. The forms are: {names}.",
            f"没有名为“{name}”的表单。可用的表单：{names}。",
        )


class FormFaultError(CensusError):
    """
    A form's own declaration contradicts itself; the faults are listed all at once.

    Parameters
    ----------
    name
        The form.
    faults
        What is wrong, one sentence each.
    """

    def __init__(self, name: str, faults: list[str]) -> None:
        text = "; ".join(faults)
        super().__init__(
            f"The declaration of form {name!r} is faulty: {text}.",
            f"表单“{name}”的声明有误：{text}。",
        )


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
    """

    unit: str
    minimum: float
    maximum: float
    scenario: str


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
        Delivered heading to field name; a heading that matches nothing is left out, and the first
        heading of a field wins.
    """
    wanted: dict[str, str] = {}
    for each in form.fields:
        for heading in each.headings():
            wanted.setdefault(plain(heading), each.name)
    matched: dict[str, str] = {}
    for heading in headings:
        name = wanted.get(plain(heading)) or wanted.get(re.sub(r"\(.*?\)$", "", plain(heading)))
        if name is not None and name not in matched.values():
            matched[heading] = name
    return matched


@cache
def forms() -> tuple[Form, ...]:
    """
    Return every form, in the order in which deliveries are loaded.

    Returns
    -------
    tuple of Form
        The forms, divisions first.

    Raises
    ------
    FormFaultError
        When a declaration contradicts itself.
    """
    folder = files("census.intake") / "forms"
    texts = [entry.read_text("utf-8") for entry in folder.iterdir() if entry.name.endswith(".toml")]
    return tuple(sorted((read_form(text) for text in texts), key=lambda form: form.order))


def form_named(name: str) -> Form:
    """
    Return a form by its name.

    Parameters
    ----------
    name
        Name of the form, such as ``"people"``.

    Returns
    -------
    Form
        The form.

    Raises
    ------
    UnknownFormError
        When there is no such form.
    """
    for form in forms():
        if form.name == name:
            return form
    raise UnknownFormError(name, [form.name for form in forms()])


def read_form(text: str) -> Form:
    """
    Read and validate the declaration of a form.

    Parameters
    ----------
    text
        A TOML document.

    Returns
    -------
    Form
        The form.

    Raises
    ------
    FormFaultError
        When the declaration contradicts itself; every fault is named.
    """
    document = tomllib.loads(text)
    raster = document.pop("raster", None)
    rows = document.pop("fields")
    footprint = document.pop("footprint_range_m2", None)
    form = Form(
        **{**document, "key": tuple(document["key"])}
        | {"refused_headings": tuple(document.get("refused_headings", ()))},
        fields=tuple(_field(row) for row in rows),
        footprint_range_m2=None if footprint is None else (footprint[0], footprint[1]),
        raster=None if raster is None else RasterNeed(**raster),
    )
    faults = _faults(form)
    if faults:
        raise FormFaultError(form.name, faults)
    return form


def _field(row: Mapping[str, Any]) -> Field:
    facts = dict(row)
    extra: Mapping[str, list[str]] = facts.pop("aliases_of_codes", {})
    words = facts.pop("vocabulary", None)
    codes: list[Code]
    if words is None:
        codes = [
            Code(code["code"], code["zh"], code["en"], tuple(code.get("aliases", ())))
            for code in facts.pop("codes", ())
        ]
    else:
        codes = [
            Code(term.value, term.zh, term.en, tuple(extra.get(term.value, ())))
            for term in getattr(vocabulary, words)
        ]
    facts["aliases"] = tuple(facts.get("aliases", ()))
    facts["levels"] = tuple(facts.get("levels", ()))
    return Field(**facts, codes=tuple(codes))


def _faults(form: Form) -> list[str]:
    names = [each.name for each in form.fields]
    faults = [f"field {name} is declared twice" for name in names if names.count(name) > 1]
    faults += [f"key {key} is no field" for key in form.key if key not in names]
    if form.geometry not in get_args(GeometryNeed):
        faults.append(f"geometry {form.geometry} is not known")
    if (form.geometry == "raster") != (form.raster is not None):
        faults.append("only a raster form has a [raster] table")
    for each in form.fields:
        faults += _field_faults(each)
    return faults


def _field_faults(each: Field) -> list[str]:
    faults = []
    if each.type not in get_args(FieldType):
        faults.append(f"type {each.type} of {each.name} is not known")
    if (each.type == "code") != bool(each.codes):
        faults.append(f"{each.name} needs a code list if and only if its type is code")
    if (each.type == "division") != bool(each.levels):
        faults.append(f"{each.name} needs levels if and only if its type is division")
    spellings = [plain(word) for code in each.codes for word in set(code.spellings())]
    owners = {word for word in spellings if spellings.count(word) > 1}
    shared = [
        word
        for word in sorted(owners)
        if sum(word in {plain(one) for one in code.spellings()} for code in each.codes) > 1
    ]
    faults += [f"word {word} of {each.name} means two codes" for word in shared]
    if each.minimum is not None and each.maximum is not None and each.minimum > each.maximum:
        faults.append(f"range of {each.name} is empty")
    return faults
