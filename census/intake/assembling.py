"""Accepted rows into rows of the tables: areas, lengths, the village of each place, capacities."""

from collections.abc import Callable
from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray

from census.intake.adding_up import added_up
from census.intake.capacity import settle_capacity
from census.intake.context import Context, area_m2, equal_area, small_areas_m2
from census.intake.division_codes import first_days, with_outlines
from census.intake.fields import Field, Form
from census.intake.footprints import footprints_m2, stated_footprints_m2
from census.intake.forms import form_named
from census.intake.parsing import Parsed
from census.intake.problems import Problem, Source
from census.intake.values import source_of
from census.store.tables import declared_table
from geo.vocabulary import ShelterKind

Assembled = tuple[pd.DataFrame, list[Problem]]
# A town whose villages cover less than this share of it has only partial totals.
FULLY_COVERED_SHARE = 0.999
# Villages that differ by so much in buildings are not mapped alike.
UNEVEN_RATIO = 100


def assemble(form: Form, accepted: pd.DataFrame, context: Context) -> Assembled:
    """
    Turn accepted rows into rows of the form's table.

    Parameters
    ----------
    form
        The form.
    accepted
        What :func:`census.intake.checking.check` accepted, at least one row.
    context
        The district.

    Returns
    -------
    rows : pandas.DataFrame
        Columns of the table, without ``delivery_id``.
    problems : list of Problem
        What the assembling found: partly covered towns, places outside every village, derived
        capacities.
    """
    special = _ASSEMBLERS.get(form.table)
    rows, problems = special(accepted, context) if special else _as_told(form, accepted, context)
    if "source_row" not in rows:
        rows["source_row"] = accepted["row"].to_numpy(dtype=np.int64)
        rows["notes"] = accepted["notes"].to_numpy()
    return rows, problems


def _columns(accepted: pd.DataFrame, *names: str) -> dict[str, Any]:
    return {
        name: accepted[name].to_numpy() if name in accepted else np.full(len(accepted), None)
        for name in names
    }


def _placed(accepted: Any, columns: dict[str, Any]) -> Any:
    frame = gpd.GeoDataFrame(columns, geometry=accepted.geometry.to_numpy(), crs=accepted.crs)
    return frame.rename_geometry("geom")


def _flags(accepted: pd.DataFrame, name: str) -> NDArray[np.bool_]:
    if name not in accepted:
        return np.zeros(len(accepted), dtype=bool)
    return np.array([value is True for value in accepted[name]], dtype=bool)


def _outside(accepted: pd.DataFrame, villages: NDArray[np.object_]) -> list[Problem]:
    return [
        source_of(accepted, row).problem(
            "village",
            "warning",
            column="geometry",
            zh="不在任何村的范围内，所属村留空",
            en="It lies in no village; its village stays empty",
        )
        for row, village in enumerate(villages)
        if village is None
    ]


def _divisions(accepted: Any, context: Context) -> Assembled:
    if not isinstance(accepted, gpd.GeoDataFrame):
        accepted = with_outlines(accepted, context)
    level = accepted["level"].to_numpy()
    code = accepted["code"].to_numpy()
    parent = accepted["parent_code"].to_numpy() if "parent_code" in accepted else [None] * len(code)
    parent = np.array(parent, dtype=object)
    towns = dict(zip(code, parent, strict=True))
    is_town = level == "town"
    columns = _columns(accepted, "code", "level", "name", "kind")
    columns["parent_code"] = parent
    chain = list(zip(level, code, parent, strict=True))
    columns["village_code"] = [_village(*each) for each in chain]
    columns["town_code"] = [
        own if rank == "town" else above if rank == "village" else towns[above]
        for rank, own, above in chain
    ]
    columns["valid_from"] = first_days(accepted, context)
    frame = _placed(accepted, columns)
    # A code without an outline has neither area nor parts.
    has_shape = frame.geometry.notna().to_numpy()
    frame["area_m2"], frame["covered_share"] = np.nan, 1.0
    if has_shape.any():
        frame.loc[has_shape, "area_m2"] = area_m2(frame.geometry[has_shape])
        frame.loc[has_shape, "covered_share"] = covered_shares(frame[has_shape])
    problems = []
    for row in np.flatnonzero(is_town & (frame["covered_share"] < FULLY_COVERED_SHARE)):
        share, area = frame["covered_share"].iloc[row], frame["area_m2"].iloc[row]
        name = frame["name"].iloc[row]
        problems.append(
            source_of(accepted, row).problem(
                "covered",
                "warning",
                value=name,
                zh=f"各村只覆盖“{name}” {area / 1e6:.1f} 平方千米中的 {share * area / 1e6:.1f}，"
                "合计为部分合计",
                en=f"Villages cover {share * area / 1e6:.1f} of {area / 1e6:.1f} km2 of {name}: "
                "its totals are partial",
            )
        )
    return frame, problems


def _village(level: str, code: str, parent: str | None) -> str | None:
    return {"town": None, "village": code}.get(level, parent)


def covered_shares(divisions: gpd.GeoDataFrame) -> NDArray[np.float64]:
    """
    Share of each division's area that its children cover.

    Parameters
    ----------
    divisions
        Columns ``code``, ``parent_code`` and valid polygons, at least one row.

    Returns
    -------
    ndarray of float
        0 to 1; 1 for grid units and for a division without children.
    """
    shares = np.ones(len(divisions))
    rows = {code: row for row, code in enumerate(divisions["code"])}
    shapes = equal_area(divisions.geometry).to_numpy()
    for parent, children in divisions.groupby("parent_code").indices.items():
        row = rows.get(str(parent))
        if row is None:
            continue
        inside = shapely.intersection(shapely.union_all(shapes[children]), shapes[row])
        shares[row] = min(1.0, inside.area / shapes[row].area)
    return shares


def _people(accepted: pd.DataFrame, context: Context) -> Assembled:
    del context
    names = ("division_code", "people", "children_people", "elderly_people", "households", "basis")
    return added_up(accepted, pd.DataFrame(_columns(accepted, *names)))


def _buildings(accepted: Any, context: Context) -> Assembled:
    columns = {"id": _numbers(accepted)} | _columns(accepted, "kind", "name", "levels", "structure")
    columns["footprint_m2"] = small_areas_m2(accepted.geometry)
    villages = context.village_codes(accepted.geometry)
    columns["village_code"] = villages
    counts = pd.Series(villages).value_counts()
    here = Source(str(accepted["file"].iloc[0]))
    problems = _outside(accepted, villages) + unevenly_mapped(here, counts, context)
    return _placed(accepted, columns), problems


def unevenly_mapped(here: Source, mapped: pd.Series, context: Context) -> list[Problem]:
    """
    Warn where villages differ by far too much in buildings.

    Parameters
    ----------
    here
        The file.
    mapped
        Buildings of each village that has some, by its code.
    context
        The district.

    Returns
    -------
    list of Problem
        One warning, rule ``complete``, or none.
    """
    counts = mapped.reindex(context.villages["code"], fill_value=0)
    if counts.empty or counts.max() < UNEVEN_RATIO * max(1, counts.min()):
        return []
    least, most, none = int(counts.min()), int(counts.max()), int((counts == 0).sum())
    return [
        here.problem(
            "complete",
            "warning",
            value=f"{least} - {most}",
            zh=f"各村建筑 {least} 至 {most} 个，{none} 个村没有：图层不完整，不可据此数受灾房屋",
            en=f"A village has {least} to {most} buildings, {none} have none: the layer is not "
            "complete, exposed homes cannot be counted from it",
        )
    ]


def _numbers(accepted: pd.DataFrame) -> NDArray[np.int64]:
    # Ids follow the rows of the file, so the same file loaded again gives the same ids.
    return np.arange(1, len(accepted) + 1, dtype=np.int64)


def _roads(accepted: Any, context: Context) -> Assembled:
    parts = accepted.explode(index_parts=False)
    problems = [
        source_of(accepted, row).problem(
            "parts",
            "repair",
            column="geometry",
            zh="一条道路分成多段，每段记作一条",
            en="One road comes in several parts; each part is stored as a road",
        )
        for row in np.flatnonzero(shapely.get_num_geometries(accepted.geometry.to_numpy()) > 1)
    ]
    accepted_rows = parts.reset_index(drop=True)
    columns = {"id": _numbers(accepted_rows)} | _columns(accepted_rows, "class", "name", "width_m")
    columns["oneway"] = (
        accepted_rows["oneway"].to_numpy() if "oneway" in accepted_rows else ["no"] * len(parts)
    )
    columns["is_bridge"] = _flags(accepted_rows, "is_bridge")
    columns["is_underpass"] = _flags(accepted_rows, "is_underpass")
    columns["length_m"] = accepted_rows.geometry.to_crs(context.metric_srid).length.to_numpy()
    columns["source_row"] = accepted_rows["row"].to_numpy(dtype=np.int64)
    columns["notes"] = accepted_rows["notes"].to_numpy()
    return _placed(accepted_rows, columns), problems


def _known(sizes: NDArray[np.float64]) -> list[float | None]:
    return [None if np.isnan(size) else float(size) for size in sizes]


def _shelters(accepted: Any, context: Context) -> Assembled:
    form = form_named("shelters")
    told = [each.name for each in form.fields if each.is_stored and each.type != "capacity"]
    columns = _columns(accepted, *told)
    kindless = sum(kind is None for kind in columns["kind"])
    columns["kind"] = np.array(
        [kind or ShelterKind.OTHER.value for kind in columns["kind"]], dtype=object
    )
    villages = context.village_codes(accepted.geometry)
    sizes = stated_footprints_m2(accepted, accepted.geometry)
    columns["village_code"] = villages
    columns["footprint_m2"] = _known(sizes)
    columns["is_candidate"] = _flags(accepted, "is_candidate")
    columns |= _capacities(accepted, columns["kind"], sizes, context)
    rows = _placed(accepted, columns)
    points = shapely.point_on_surface(rows.geometry.to_numpy())
    rows = rows.set_geometry(gpd.GeoSeries(points, index=rows.index, crs=rows.crs))
    here = Source(str(accepted["file"].iloc[0]))
    problems = [*_outside(accepted, villages), *_kindless(here, kindless)]
    for source, word in (("derived", "推算"), ("unknown", "未知")):
        count = sum(each == source for each in columns["capacity_source"])
        if count:
            problems.append(
                here.problem(
                    "capacity",
                    "warning",
                    value=count,
                    zh=f"{count} 处的容量为{word}，规则版本 {context.shelter_rules['edition']}",
                    en=f"The capacity of {count} places is {source}, rule edition "
                    f"{context.shelter_rules['edition']}",
                )
            )
    return rows, problems


def _kindless(here: Source, count: int) -> list[Problem]:
    if not count:
        return []
    return [
        here.problem(
            "kind",
            "warning",
            value=count,
            zh=f"{count} 处没有交付种类，按“{ShelterKind.OTHER.zh}”计",
            en=f"The kind of {count} places was not delivered; they count as "
            f"{ShelterKind.OTHER.en!r}",
        )
    ]


def _capacities(
    accepted: pd.DataFrame,
    kinds: NDArray[np.object_],
    sizes: NDArray[np.float64],
    context: Context,
) -> dict[str, Any]:
    parts = _columns(accepted, "capacity_text_parsed", "levels")
    settled = [
        settle_capacity(
            parsed or Parsed(None),
            footprint_m2=None if np.isnan(size) else float(size),
            levels=levels,
            rule=context.shelter_rule(kind),
        )
        for parsed, levels, kind, size in zip(
            parts["capacity_text_parsed"], parts["levels"], kinds, sizes, strict=True
        )
    ]
    return {
        "capacity_people": [each.people for each in settled],
        "capacity_source": [each.source for each in settled],
        "capacity_text": _columns(accepted, "capacity_text_raw")["capacity_text_raw"],
        "capacity_note_zh": [each.zh or None for each in settled],
        "capacity_note_en": [each.en or None for each in settled],
    }


def _evacuation_routes(accepted: Any, context: Context) -> Assembled:
    columns = _columns(accepted, "code", "name", "unit_code", "shelter_code")
    columns["origin"] = ["delivered"] * len(accepted)
    villages = dict(zip(context.divisions["code"], context.divisions["village_code"], strict=True))
    columns["village_code"] = [villages.get(unit) for unit in columns["unit_code"]]
    columns["length_m"] = accepted.geometry.to_crs(context.metric_srid).length.to_numpy()
    return _placed(accepted, columns), []


def _as_told(form: Form, accepted: Any, context: Context) -> Assembled:
    """
    Store what a form tells as it is told: most objects need no more.

    A place gets its village, and area or length where the table keeps one; where a value is not
    delivered and may not be absent, the table's default is stored.
    """
    table = declared_table(form.table)
    columns: dict[str, Any] = {}
    if "id" in table.c:
        columns["id"] = _numbers(accepted)
    columns |= {
        each.name: _stored(each, accepted, table.c[each.name], context)
        for each in form.fields
        if each.is_stored
    }
    if "origin" in table.c:
        columns["origin"] = ["delivered"] * len(accepted)
    if "is_made_up" in table.c:
        columns["is_made_up"] = np.full(len(accepted), context.is_made_up)
    if form.geometry == "none":
        return pd.DataFrame(columns), []
    found: list[Problem] = []
    if "village_code" in table.c and "village_code" not in columns:
        columns["village_code"] = context.village_codes(accepted.geometry)
        found = _outside(accepted, columns["village_code"])
    if "area_m2" in table.c and "area_m2" not in columns:
        columns["area_m2"] = _known(footprints_m2(accepted.geometry))
    return _placed(accepted, columns), found


def _stored(each: Field, accepted: pd.DataFrame, column: Any, context: Context) -> Any:
    values = _columns(accepted, each.name)[each.name]
    if each.type == "moment":
        local = pd.Series(pd.to_datetime(values), index=accepted.index)
        # An hour that a change of the clocks leaves out or doubles is read as standard time.
        return local.dt.tz_localize(
            context.timezone,
            ambiguous=np.zeros(len(local), dtype=bool),
            nonexistent="shift_forward",
        ).dt.tz_convert("UTC")
    if column.nullable or column.server_default is None:
        return values
    absent = {"false": False, "0": 0}[str(column.server_default.arg)]
    return np.array([absent if value is None else value for value in values], dtype=object)


_ASSEMBLERS: dict[str, Callable[[Any, Context], Assembled]] = {
    "division": _divisions,
    "people": _people,
    "building": _buildings,
    "road": _roads,
    "shelter": _shelters,
    "evacuation_route": _evacuation_routes,
}
