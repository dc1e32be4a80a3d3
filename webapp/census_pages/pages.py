"""The census for the office: which layers there are, one layer as list and map, one object."""

from collections.abc import Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote, urlencode
from zoneinfo import ZoneInfo

from flask import Flask, abort, request
from werkzeug.wrappers import Response as AnyResponse

from census.intake.fields import Form
from census.intake.forms import UnknownFormError, form_named, forms
from census.products.parameters import load_parameters
from census.store.account_list import Choice, scope_choices
from census.store.database import Store
from census.store.object_history import left_out_of, object_history
from census.store.object_list import (
    Asked,
    count_by_division,
    count_objects,
    draw_objects,
    has_places,
    key_of,
    list_objects,
    shown_columns,
    village_outlines,
)
from census.store.settings import data_folder
from geo.vocabulary import EnterpriseColour
from webapp import identity, session
from webapp.census_pages.drawing import MOST_DRAWN, STEP_M, Picture, picture, sign
from webapp.census_pages.origins import origins
from webapp.census_pages.told import (
    cells_of,
    filter_fields,
    left_told,
    listed_columns,
    steps_told,
)
from webapp.login_forms import drawn
from webapp.words import Language, speak

ROOT: Final = "/census"
ROWS: Final = 50
RELATED: Final = 20
LONGEST_TEXT: Final = 64
MOST_DIGITS: Final = 6
COLOUR_COLUMN: Final = "colour"
COLOURS: Final = {each.value: f"sign-{each.value}" for each in EnterpriseColour}


def layer_forms() -> dict[str, Form]:
    """
    Name the forms whose objects have a page.

    Returns
    -------
    dict
        Table to form, in the order of loading; neither rasters nor forms about persons, and of
        several forms of one table the first.
    """
    by_table: dict[str, Form] = {}
    for each in forms():
        if each.raster is None and not each.is_personal:
            by_table.setdefault(each.table, each)
    return by_table


def label(form: Form, language: Language) -> str:
    """
    Name a form.

    Parameters
    ----------
    form
        The form.
    language
        The language.

    Returns
    -------
    str
        Its label.
    """
    return form.label_zh if language == "zh" else form.label_en


def object_path(form: Form, code: str) -> str:
    """
    Address the page of an object.

    Parameters
    ----------
    form
        Its form.
    code
        Its code or number.

    Returns
    -------
    str
        The path.
    """
    return f"{ROOT}/{form.name}/{quote(code, safe='')}"


def references() -> list[Mapping[str, str]]:
    """
    List which columns name objects of other tables.

    Returns
    -------
    list of mapping
        ``table``, ``column`` and ``target``.
    """
    found: list[Mapping[str, str]] = load_parameters(data_folder(), "census_checks")["rule"][
        "reference"
    ]["of"]
    return found


def _form(name: str) -> Form:
    try:
        form = form_named(name)
    except UnknownFormError:
        abort(404)
    if form not in layer_forms().values():
        abort(404)
    return form


def _text(name: str) -> str:
    return request.args.get(name, "").strip()[:LONGEST_TEXT]


def _asked(form: Form, columns: Sequence[str], towns: Sequence[Choice]) -> Asked:
    codes = {}
    for each in filter_fields(form, columns):
        said = _text(each.name)
        if said in {code.code for code in each.codes}:
            codes[each.name] = said
    town = _text("town")
    known = town if town in {each.code for each in towns} else ""
    return Asked(words=_text("words"), town_code=known, codes=codes)


def _page_number() -> int:
    said = _text("page")
    is_number = said.isascii() and said.isdecimal() and len(said) <= MOST_DIGITS
    return max(int(said), 1) if is_number else 1


def _link(form: Form, asked: Asked, **further: object) -> str:
    said = {"words": asked.words, "town": asked.town_code, **asked.codes, **further}
    query = urlencode({name: value for name, value in said.items() if value})
    return f"{ROOT}/{form.name}?{query}" if query else f"{ROOT}/{form.name}"


def _towns(office: Store) -> list[Choice]:
    return [each for each in scope_choices(office) if each.level == "town"]


def _colour_of(office: Store, form: Form) -> str | None:
    return COLOUR_COLUMN if COLOUR_COLUMN in shown_columns(office, form.table) else None


def layer_picture(office: Store, form: Form, asked: Asked, count: int) -> Picture | None:
    """
    Draw a layer: one by one where they are few enough and have shapes, else counted by village.

    Parameters
    ----------
    office
        The store, role app.
    form
        The form of the layer.
    asked
        Which objects.
    count
        How many there are.

    Returns
    -------
    Picture or None
        None where there is nothing to draw.
    """
    outlines = village_outlines(office, step_m=STEP_M)
    if form.geometry == "none" or count > MOST_DRAWN:
        counts = count_by_division(office, form.table, asked)
        return picture(outlines, [], counts=counts, around=asked.town_code) if counts else None
    colour = _colour_of(office, form)
    marks = draw_objects(office, form.table, asked, most=MOST_DRAWN, colour=colour)
    signs = [sign(each, object_path(form, each.code), COLOURS) for each in marks]
    points = [(each.x, each.y) for each in marks]
    return picture(outlines, signs, points=points, around=asked.town_code)


def _layer(store: Store, form: Form) -> AnyResponse:
    office, language = identity.office(), session.language()
    columns, towns = shown_columns(office, form.table), _towns(office)
    asked, page = _asked(form, list(columns), towns), _page_number()
    count = count_objects(office, form.table, asked)
    pages = max(-(-count // ROWS), 1)
    page = min(page, pages)
    found = list_objects(office, form.table, asked, limit=ROWS, offset=(page - 1) * ROWS)
    zone, key = ZoneInfo(office.district.timezone), key_of(office, form.table)
    listed = {name: columns[name] for name in listed_columns(form, list(columns))}
    rows = [
        {
            "code": str(row[key]), "name": row.get("name") or "", "place": row["place_name"] or "",
            "href": object_path(form, str(row[key])),
            "cells": cells_of(form, listed, row, zone, language),
        }
        for row in found
    ]  # fmt: skip
    return drawn(
        store, "census_layer.html",
        title=label(form, language), form=form, rows=rows, count=count, asked=asked,
        towns=towns if has_places(office, form.table) else [],
        filters=filter_fields(form, list(columns)),
        picture=layer_picture(office, form, asked, count), is_counted=count > MOST_DRAWN,
        most=MOST_DRAWN, page=page, pages=pages,
        before=_link(form, asked, page=page - 1) if page > 1 else "",
        after=_link(form, asked, page=page + 1) if page < pages else "",
        colours=[(COLOURS[e.value], e.label(language)) for e in EnterpriseColour]
        if COLOUR_COLUMN in columns else [],
    )  # fmt: skip


def _related(office: Store, form: Form, code: str, language: Language) -> list[dict[str, Any]]:
    """List the objects of other layers that name this one."""
    by_table = layer_forms()
    found = []
    for each in references():
        other = by_table.get(each["table"])
        if each["target"] != form.table or other is None:
            continue
        asked = Asked(codes={each["column"]: code})
        count = count_objects(office, other.table, asked)
        if not count:
            continue
        columns, key = shown_columns(office, other.table), key_of(office, other.table)
        listed = {name: columns[name] for name in listed_columns(other, list(columns))}
        zone = ZoneInfo(office.district.timezone)
        rows = list_objects(office, other.table, asked, limit=RELATED)
        found.append(
            {
                "label": label(other, language), "count": count, "most": RELATED,
                "rows": [
                    (object_path(other, str(row[key])), row.get("name") or str(row[key]),
                     [c for c in cells_of(other, listed, row, zone, language)
                      if c.text and c.column != each["column"]])
                    for row in rows
                ],
            }
        )  # fmt: skip
    return found


def _targets(form: Form) -> dict[str, Form]:
    """Name the forms whose objects the columns of a form point to."""
    by_table = layer_forms()
    found = {
        each["column"]: by_table[each["target"]]
        for each in references()
        if each["table"] == form.table and each["target"] in by_table
    }
    places = dict.fromkeys(("village_code", "division_code", "town_code"), by_table["division"])
    return places | found if form.table != "division" else found


def _object_picture(office: Store, form: Form, code: str, near: str) -> Picture | None:
    """Draw an object within its village, or the division that it names."""
    marks = []
    if form.geometry != "none":
        asked = Asked(codes={key_of(office, form.table): code})
        colour = _colour_of(office, form)
        marks = draw_objects(office, form.table, asked, most=1, colour=colour)
    if not marks and not near:
        return None
    outlines = village_outlines(office, step_m=STEP_M)
    around = near if any(near in {each.code, each.town_code} for each in outlines) else ""
    if not marks and not around:
        return None
    signs = [sign(each, "", COLOURS) for each in marks]
    points = [(each.x, each.y) for each in marks]
    # The village of the object is tinted, as is the one that a row without a shape names.
    counts = {near: 1}
    return picture(outlines, signs, points=points, counts=counts, around=around)


def _object(store: Store, form: Form, code: str) -> AnyResponse:
    office, language = identity.office(), session.language()
    key, columns = key_of(office, form.table), shown_columns(office, form.table)
    steps, standing = object_history(office, form.table, code)
    found = list_objects(office, form.table, Asked(codes={key: code}), limit=1)
    if not found and not steps:
        abort(404)
    zone = ZoneInfo(office.district.timezone)
    row = found[0] if found else {}
    # Who accepted what is told to those who may read the deliveries themselves.
    names_people = identity.current_actor().may("delivery.read", "")
    near = str(row.get("village_code") or row.get("division_code") or "")
    return drawn(
        store, "census_object.html",
        title=row.get("name") or code, form=form, label=label(form, language), code=code,
        is_gone=not found, back=f"{ROOT}/{form.name}",
        came=origins(form, steps, standing, zone, language, names_people=names_people)
        if standing and found else {},
        steps=steps_told(form, columns, steps, zone, language, names_people=names_people),
        left=left_told(
            form, columns, left_out_of(office, form.table, code), zone, language
        ),
        cells=cells_of(form, columns, row, zone, language) if found else [],
        place=row.get("place_name") or "", near=near, targets=_targets(form),
        object_path=object_path, related=_related(office, form, code, language),
        picture=_object_picture(office, form, code, near) if found else None,
    )  # fmt: skip


def _overview(store: Store) -> AnyResponse:
    office, language = identity.office(), session.language()
    rows = [
        (label(each, language), f"{ROOT}/{each.name}", count_objects(office, each.table, Asked()))
        for each in layer_forms().values()
    ]
    return drawn(store, "census.html", title=speak(language)("census.title"), rows=rows)


def register(server: Flask, store: Store) -> None:
    """
    Give a server the pages of the census.

    Parameters
    ----------
    server
        The server, whose identity is set up.
    store
        The district's store, as the public may read it: the pages name the district.
    """
    server.get(ROOT, endpoint="census")(lambda: _overview(store))

    @server.get(f"{ROOT}/<form_name>", endpoint="census_layer")
    def layer(form_name: str) -> AnyResponse:
        return _layer(store, _form(form_name))

    @server.get(f"{ROOT}/<form_name>/<path:code>", endpoint="census_object")
    def one(form_name: str, code: str) -> AnyResponse:
        return _object(store, _form(form_name), code)
