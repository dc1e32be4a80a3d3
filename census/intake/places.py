"""Real districts from public files: a recipe in data/places tells how they become deliveries.

No code knows a district's name: what is true of one place alone stands in its TOML file.
"""

import shutil
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio

from census.errors import UnknownPlaceError
from census.intake.forms import form_named, forms
from census.intake.parsing import read_yes_no, tidy
from census.intake.place_codes import cook_codes
from census.intake.place_cuts import cut
from census.intake.place_divisions import build_divisions
from census.intake.prepared import Prepared
from census.intake.problems import Problem, Source
from census.intake.recipes import SamplesMissingError, known_places
from census.intake.writing import write_table
from census.store.settings import data_folder


def prepare(place: str, samples: Path, out: Path) -> Prepared:
    """
    Turn the public files of a place into deliveries as a bureau would make them.

    Parameters
    ----------
    place
        Name of the place, that of a recipe in ``data/places``.
    samples
        Folder of the public files; the recipe names its folder in there.
    out
        Folder to write the deliveries to; made where it is missing.

    Returns
    -------
    Prepared
        Profile, deliveries in the order to import them, and what the recipe repaired, left out
        or did not use; the same stands in the profile under ``notes``.

    Raises
    ------
    UnknownPlaceError
        When there is no such recipe.
    SamplesMissingError
        When files are not there; all are named.
    """
    if place not in known_places():
        raise UnknownPlaceError(place, known_places())
    recipe = tomllib.loads((data_folder() / "places" / f"{place}.toml").read_text("utf-8"))
    return cook(recipe, samples, out, place=place)


def cook(recipe: Mapping[str, Any], samples: Path, out: Path, *, place: str) -> Prepared:
    """
    Follow a recipe.

    Parameters
    ----------
    recipe
        The recipe, as read from TOML.
    samples
        Folder of the public files.
    out
        Folder to write the deliveries to.
    place
        Name of the place.

    Returns
    -------
    Prepared
        As :func:`prepare` returns it.

    Raises
    ------
    SamplesMissingError
        When files are not there; all are named.
    """
    folder = samples / recipe["folder"]
    if "codes" in recipe:
        return cook_codes(recipe, folder, out, place=place)
    missing = sorted({path for path in _files(recipe, folder) if not path.is_file()})
    if missing:
        raise SamplesMissingError(place, missing)
    out.mkdir(parents=True, exist_ok=True)
    notes: list[Problem] = []
    profile = dict(recipe["profile"])
    written = {"divisions": [out / "divisions.gpkg"], "people": [out / "people.xlsx"]}
    divisions = build_divisions(recipe, folder, notes)
    write_table(
        form_named("divisions"),
        divisions[["code", "name", "level", "parent_code", "kind", "geometry"]],
        written["divisions"][0],
    )
    people = _people(recipe["people"], folder, divisions, notes)
    write_table(form_named("people"), people, written["people"][0])
    for number, layer in enumerate(recipe["layer"]):
        form = form_named(layer["form"])
        path = out / f"{form.name}{f'_{number}' if form.name in written else ''}.gpkg"
        write_table(form, _layer(layer, folder, notes), path)
        written.setdefault(form.name, []).append(path)
    for raster in recipe.get("raster", ()):
        written[raster["form"]] = [out / f"{raster['form']}.tif"]
        shutil.copyfile(folder / raster["file"], written[raster["form"]][0])
    notes += [_unused(unused, folder) for unused in recipe.get("unused", ())]
    deliveries = [(form.name, path) for form in forms() for path in written.get(form.name, ())]
    profile["notes"] = [note.as_row() for note in notes]
    return Prepared(profile, deliveries, tuple(notes))


def _files(recipe: Mapping[str, Any], folder: Path) -> list[Path]:
    parts = [*recipe["divisions"].values(), recipe["people"], *recipe["layer"]]
    parts += [*recipe.get("raster", ()), *recipe.get("unused", ())]
    return [folder / part["file"] for part in parts]


def _people(
    rule: Mapping[str, Any], folder: Path, divisions: gpd.GeoDataFrame, notes: list[Problem]
) -> pd.DataFrame:
    counts = _counted(rule, folder)
    villages = divisions[divisions["level"] == "village"].sort_values("code")
    keys = villages["source_key"].map(tidy)
    here = Source(rule["file"])
    absent = keys[~keys.isin(set(counts))]
    strange = sorted(set(counts) - set(keys))
    if len(absent) or strange:
        notes.append(
            here.problem(
                "people_key", "warning", column=rule.get("key", ""), value=[*absent, *strange],
                zh=f"{len(absent)} 个村没有人口，{len(strange)} 行人口没有对应的村",
                en=f"{len(absent)} villages have no people, {len(strange)} rows have no village",
            )
        )  # fmt: skip
    notes.append(
        here.problem("basis", "warning", zh=rule["reason_zh"], en=rule["reason_en"].capitalize())
    )
    frame = pd.DataFrame(
        {
            "division_code": villages["code"].to_numpy(),
            "village_name": villages["name"].to_numpy(),
            "people": [int(counts[key]) if key in counts else None for key in keys],
        }
    )
    frame["basis"] = rule["basis"]
    return frame[frame["people"].notna()]


def _counted(rule: Mapping[str, Any], folder: Path) -> dict[str, Any]:
    """Give people by the key of their village: a column of a table, or the row of a layer."""
    if "layer" in rule:
        rows = pyogrio.read_dataframe(folder / rule["file"], layer=rule["layer"])
        return {str(row): people for row, people in enumerate(rows[rule["people"]], start=1)}
    table = pd.read_csv(folder / rule["file"], dtype=object, encoding="utf-8-sig")
    return dict(zip(table[rule["key"]].map(tidy), table[rule["people"]], strict=True))


def _layer(rule: Mapping[str, Any], folder: Path, notes: list[Problem]) -> gpd.GeoDataFrame:
    raw = pyogrio.read_dataframe(folder / rule["file"], layer=rule["layer"])
    here = Source(rule["file"], rule["layer"])
    raw = cut(raw, rule, folder, notes)
    raw = _left_out(raw, rule.get("leave_out"), here, notes)
    picked, raw = _picked(raw, rule.get("pick", ()), here, notes)
    numbers = np.arange(1, len(raw) + 1)
    values: dict[str, Any] = {}
    for name, column in rule.get("columns", {}).items():
        words = rule.get("words", {}).get(name)
        texts = [tidy(value) or None for value in raw[column]]
        values[name] = [words.get(text, text) for text in texts] if words else texts
    values |= picked
    values |= {name: [value] * len(raw) for name, value in rule.get("constants", {}).items()}
    if "code_template" in rule:
        values["code"] = [rule["code_template"].format(number=number) for number in numbers]
    if "name_parts" in rule:
        parts = raw[rule["name_parts"]].map(tidy)
        values["name"] = [" ".join(part for part in row if part) for row in parts.to_numpy()]
    if "name_template" in rule:
        values["name"] = _named(rule["name_template"], values, numbers, here, notes)
    if "name_suffix" in rule:
        values["name"] = [f"{name}{rule['name_suffix']}" for name in values["name"]]
    return gpd.GeoDataFrame(values, geometry=raw.geometry.to_numpy(), crs=raw.crs)


def _left_out(
    raw: gpd.GeoDataFrame, rule: Mapping[str, Any] | None, here: Source, notes: list[Problem]
) -> gpd.GeoDataFrame:
    if rule is None:
        return raw
    out = raw[rule["column"]].isin(rule["values"])
    if out.any():
        notes.append(
            here.problem(
                "left_out", "warning", column=rule["column"], value="、".join(rule["values"]),
                zh=f"{out.sum()} 行未交付：{rule['reason_zh']}",
                en=f"{out.sum()} rows are not delivered: {rule['reason_en']}",
            )
        )  # fmt: skip
    return raw[~out].reset_index(drop=True)


def _picked(
    raw: gpd.GeoDataFrame, rules: list[Mapping[str, Any]], here: Source, notes: list[Problem]
) -> tuple[dict[str, Any], gpd.GeoDataFrame]:
    if not rules:
        return {}, raw
    codes: Any = np.full(len(raw), None, dtype=object)
    for rule in rules:
        fits = raw[rule["column"]].isin(rule["values"]).to_numpy() & pd.isna(codes)
        codes[fits] = rule["code"]
        if "reason_en" in rule and fits.any():
            notes.append(
                here.problem(
                    "picked", "repair", column=rule["column"], value="、".join(rule["values"]),
                    zh=f"{fits.sum()} 行按 {rule['column']} 选入：{rule['reason_zh']}",
                    en=f"{fits.sum()} rows are chosen by {rule['column']}: {rule['reason_en']}",
                )
            )  # fmt: skip
    chosen = ~pd.isna(codes)
    return {rules[0]["field"]: codes[chosen]}, raw[chosen].reset_index(drop=True)


def _named(
    template: str, values: Mapping[str, Any], numbers: Any, here: Source, notes: list[Problem]
) -> list[str]:
    names = [
        name or template.format(kind=kind, number=number)
        for name, kind, number in zip(values["name"], values["kind"], numbers, strict=True)
    ]
    count = sum(name is None for name in values["name"])
    if count:
        notes.append(
            here.problem(
                "unnamed", "repair", value=count,
                zh=f"{count} 行没有名称，按“{template}”命名",
                en=f"{count} rows have no name and are called {template!r}",
            )
        )  # fmt: skip
    return names


def _unused(rule: Mapping[str, Any], folder: Path) -> Problem:
    here = Source(rule["file"], rule.get("layer", ""))
    zh, en = rule["reason_zh"], rule["reason_en"]
    if "column" not in rule:
        return here.problem("unused", "warning", zh=f"未使用：{zh}", en=f"Not used: {en}")
    units = pyogrio.read_dataframe(folder / rule["file"], layer=rule["layer"])
    marks = units[rule["column"]]
    spellings = marks.map(tidy).replace("", "(empty)").value_counts(sort=True)
    shown = ", ".join(f"{word!r} {count}" for word, count in spellings.items())
    event = pyogrio.read_dataframe(folder / rule["file"], layer=rule["compare_layer"])
    is_marked = np.array([read_yes_no(mark).value is True for mark in marks])
    points = gpd.GeoDataFrame(geometry=units.representative_point(), crs=units.crs)
    valid = event.set_geometry(event.geometry.make_valid(method="structure", keep_collapsed=False))
    struck = np.zeros(len(units), dtype=bool)
    struck[gpd.sjoin(points, valid[["geometry"]], predicate="within").index.unique()] = True
    one, other = int((is_marked & ~struck).sum()), int((struck & ~is_marked).sum())
    return here.problem(
        "unused", "warning", column=rule["column"], value=shown,
        zh=f"未使用：{zh}；写法 {shown}；按图形对照 {rule['compare_layer']}："
        f"{int(is_marked.sum())} 个标记为是，{len(event)} 个图形，{one} 个有标记无图形，"
        f"{other} 个有图形无标记，空为未知",
        en=f"Not used: {en}; spellings {shown}; against {rule['compare_layer']} by geometry: "
        f"{int(is_marked.sum())} are marked yes, {len(event)} shapes, {one} marked without a "
        f"shape, {other} with a shape and no mark; empty means unknown",
    )  # fmt: skip
