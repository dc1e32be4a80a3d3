"""The forms of the census: what a bureau delivers, told in TOML files beside this module.

A form names its headings, units, code lists, ranges and the rule of each field in Chinese and
English. Nothing about a form is coded elsewhere: reading, checking, writing and the manual all
ask the same declaration.
"""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib.resources import files
from typing import Any, get_args

from census.errors import CensusError, UnknownFormError
from census.intake.fields import (
    LATITUDE,
    LONGITUDE,
    Code,
    Field,
    FieldType,
    Form,
    GeometryNeed,
    RasterNeed,
    match_headings,
    plain,
)
from geo import vocabulary

__all__ = [
    "LATITUDE",
    "LONGITUDE",
    "Code",
    "Field",
    "Form",
    "FormFaultError",
    "RasterNeed",
    "UnknownFormError",
    "form_named",
    "forms",
    "match_headings",
    "plain",
    "read_form",
]


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
        | {"refused_headings": tuple(document.get("refused_headings", ()))}
        | {"periods": tuple((pair[0], pair[1]) for pair in document.get("periods", ()))},
        fields=tuple(_field(row) for row in rows),
        footprint_range_m2=None if footprint is None else (footprint[0], footprint[1]),
        raster=None
        if raster is None
        else RasterNeed(**raster | {"states": tuple(raster.get("states", ()))}),
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
    ends = [name for pair in form.periods for name in pair]
    faults += [f"period names {name}, which is no field" for name in ends if name not in names]
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
