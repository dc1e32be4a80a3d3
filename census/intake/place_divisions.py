"""Divisions of a place from its layers: names cleaned, parents found, codes given."""

from collections import Counter
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import pyogrio
import shapely

from census.intake.parsing import read_numbered_name, tidy
from census.intake.problems import Problem, Source

LEVELS = ("town", "village", "grid_unit")
VILLAGE_STEM = 9


def build_divisions(
    recipe: Mapping[str, Any], folder: Path, notes: list[Problem]
) -> gpd.GeoDataFrame:
    """
    Build the division layer of a place.

    Parameters
    ----------
    recipe
        The recipe: ``divisions`` names file, layer and columns of each level, ``profile.code`` the
        six digits that every code begins with.
    folder
        Folder of the files.
    notes
        List that repairs and remarks are added to.

    Returns
    -------
    geopandas.GeoDataFrame
        ``code``, ``name``, ``level``, ``parent_code``, ``kind``, ``source_key`` (the village's key
        in the source) and shapes as they came; towns, then villages, then grid units, by code.
    """
    above: gpd.GeoDataFrame | None = None
    frames = []
    for level in (each for each in LEVELS if each in recipe["divisions"]):
        rule = recipe["divisions"][level]
        frame = _level(recipe, level, folder, notes)
        parents = None if above is None else _parents(frame, above, rule, notes)
        frame["parent_code"] = pd.Series(parents, index=frame.index, dtype=object)
        frame = _coded(frame, level, recipe["profile"]["code"])
        _tell_repeated(frame, rule, notes)
        if above is not None:
            named = dict(zip(above["code"], above["name"], strict=True))
            frame["parent_name"] = frame["parent_code"].map(named)
        frames.append(frame)
        above = frame
    return pd.concat(frames, ignore_index=True)


def _level(
    recipe: Mapping[str, Any], level: str, folder: Path, notes: list[Problem]
) -> gpd.GeoDataFrame:
    rule = recipe["divisions"][level]
    raw = pyogrio.read_dataframe(folder / rule["file"], layer=rule["layer"])
    here = Source(rule["file"], rule["layer"])
    names = [_clean(value, rule) for value in raw[rule["name"]]]
    prefixed = sum(
        tidy(value).startswith(tuple(rule.get("remove_prefixes", ())))
        for value in raw[rule["name"]]
    )
    if rule.get("remove_prefixes") and prefixed:
        prefixes = "、".join(rule["remove_prefixes"])
        notes.append(
            here.problem(
                "prefix", "repair", column=rule["name"], value=prefixes,
                zh=f"{prefixed} 个名称去掉前缀 {prefixes}",
                en=f"The prefixes {prefixes} are removed from {prefixed} names",
            )
        )  # fmt: skip
    _tell_numbered(raw, rule, here, notes)
    frame = gpd.GeoDataFrame(
        {"name": pd.Series(names, dtype=object), "level": level, "kind": rule["kind"]},
        geometry=raw.geometry.to_numpy(), crs=raw.crs,
    )  # fmt: skip
    frame["source_row"] = np.arange(1, len(raw) + 1)
    # Where people are counted in the same layer, the row is the key: codes may repeat.
    key = recipe["people"].get("village_key")
    own = frame if key is None else raw
    frame["source_key"] = own[key or "source_row"].to_numpy() if level == "village" else None
    for number, column in enumerate(rule.get("parent_names", ())):
        frame[f"ancestor_{number}"] = [_clean(value, recipe["divisions"]["village"]) or ""
                                       for value in raw[column]]  # fmt: skip
    return frame


def _clean(value: object, rule: Mapping[str, Any]) -> str | None:
    text = tidy(value)
    for prefix in rule.get("remove_prefixes", ()):
        text = text.removeprefix(prefix)
    if "number_pattern" in rule:
        parsed = read_numbered_name(
            text, pattern=rule["number_pattern"], template=rule["number_template"]
        )
        return str(parsed.value) if parsed.value else None
    return text or None


def _tell_numbered(
    raw: gpd.GeoDataFrame, rule: Mapping[str, Any], here: Source, notes: list[Problem]
) -> None:
    if "number_pattern" not in rule:
        return
    pattern, template = rule["number_pattern"], rule["number_template"]
    for row, value in enumerate(raw[rule["name"]], start=1):
        place = Source(here.file, here.sheet, row)
        parsed = read_numbered_name(value, pattern=pattern, template=template)
        if parsed.value is None:
            word = rule["unnamed"]
            notes.append(
                place.problem(
                    "unnamed", "repair", column=rule["name"],
                    zh=f"没有名称，记作“{word}”加序号", en=f"It has no name and is called {word!r}",
                )
            )  # fmt: skip
        elif parsed.level is not None:
            notes.append(
                place.problem(
                    "spelling", parsed.level, column=rule["name"], value=value,
                    zh=parsed.zh, en=parsed.en,
                )
            )  # fmt: skip


def _parents(
    frame: gpd.GeoDataFrame,
    above: gpd.GeoDataFrame,
    rule: Mapping[str, Any],
    notes: list[Problem],
) -> list[str]:
    codes = above["code"].to_numpy()
    chains = _chains(above)
    judged = _largest_overlap(frame, above)
    columns = [name for name in frame.columns if name.startswith("ancestor_")]
    parents = []
    for row, told in enumerate(frame[columns].itertuples(index=False, name=None)):
        parent = judged[row]
        if chains[parent][-len(told) :] != told:
            pair, found = " / ".join(told), " / ".join(chains[parent])
            notes.append(
                Source(rule["file"], rule["layer"], int(frame["source_row"].iloc[row])).problem(
                    "parent", "repair", column="、".join(rule["parent_names"]), value=pair,
                    zh=f"上级名称“{pair}”与位置不符，按图形归入“{found}”",
                    en=f"The names {pair!r} do not fit its place; geometry puts it in {found!r}",
                )
            )  # fmt: skip
        parents.append(str(codes[parent]))
    return parents


def _chains(above: gpd.GeoDataFrame) -> list[tuple[str, ...]]:
    higher = above.get("parent_name", pd.Series([None] * len(above)))
    return [
        (name,) if parent is None else (parent, name)
        for name, parent in zip(above["name"], higher, strict=True)
    ]


def _largest_overlap(frame: gpd.GeoDataFrame, above: gpd.GeoDataFrame) -> list[int]:
    # Only the judge looks at repaired shapes: the delivery keeps them as they came.
    own = shapely.make_valid(frame.geometry.to_numpy(), method="structure", keep_collapsed=False)
    areas = shapely.make_valid(above.geometry.to_numpy(), method="structure", keep_collapsed=False)
    row, parent = shapely.STRtree(areas).query(own, predicate="intersects")
    overlap = shapely.area(shapely.intersection(own[row], areas[parent]))
    order = np.lexsort((parent, -overlap, row))
    best = pd.Series(parent[order], index=row[order])
    return [int(best.loc[[each]].iloc[0]) for each in range(len(frame))]


def _coded(frame: gpd.GeoDataFrame, level: str, prefix: str) -> gpd.GeoDataFrame:
    sort = frame.assign(sort_name=frame["name"].fillna("\uffff")).sort_values(
        ["parent_code", "sort_name", "source_row"], na_position="first", kind="stable"
    )
    ordered = frame.loc[sort.index].reset_index(drop=True)
    number = ordered.groupby("parent_code", dropna=False).cumcount() + 1
    # A town is prefix + number + 000, a village replaces the 000, a grid unit adds three digits.
    stem_digits = {"town": len(prefix), "village": VILLAGE_STEM, "grid_unit": None}[level]
    tail = "000" if level == "town" else ""
    ordered["code"] = [
        f"{(parent if isinstance(parent, str) else prefix)[:stem_digits]}{count:03d}{tail}"
        for parent, count in zip(ordered["parent_code"], number, strict=True)
    ]
    return ordered


def _tell_repeated(frame: gpd.GeoDataFrame, rule: Mapping[str, Any], notes: list[Problem]) -> None:
    seen: Counter[tuple[str | None, str | None]] = Counter()
    names = []
    rows = zip(frame["parent_code"], frame["name"], frame["source_row"], strict=True)
    for parent, name, source_row in rows:
        seen[parent, name] += 1
        count = seen[parent, name]
        if name is None:
            names.append(f"{rule['unnamed']} {count}")
        elif count == 1:
            names.append(name)
        else:
            names.append(f"{name} ({count})")
            notes.append(
                Source(rule["file"], rule["layer"], int(source_row)).problem(
                    "repeated_name", "repair", column=rule["name"], value=name,
                    zh=f"同一上级下名称重复，图形不同，第{count}个记作“{name} ({count})”",
                    en=f"The name repeats under its parent with another shape: {name} ({count})",
                )
            )  # fmt: skip
    frame["name"] = names
