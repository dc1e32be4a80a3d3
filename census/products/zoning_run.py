"""Run a flood zoning on the stored layers, keep it, and compare it with past floods afterwards."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import rasterio

from census.products.class_limits import base_scheme
from census.products.cog import cog_bytes
from census.products.inputs import ZoningInputs, gather
from census.products.parameters import load_parameters, unverified
from census.products.provenance import code_version, fingerprint, package_version
from census.products.validation import validate
from census.products.zone_areas import named_areas
from census.products.zones import Zoning, zone
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.settings import data_folder
from census.store.sources import sources
from census.store.zoning import save_zoning
from geo.errors import ParameterError


def cells_name(hazard: str) -> str:
    """
    Name the raster with residents and risk class per cell of a hazard's current run.

    Parameters
    ----------
    hazard
        The hazard.

    Returns
    -------
    str
        For example ``zoning_cells_flood``.
    """
    return f"zoning_cells_{hazard}"


CELL_UNITS: Final = {"people": "person", "risk_class": "1"}
CELL_WORDS: Final = {
    "people": "Residents of the cell 像元内的居民",
    "risk_class": "Risk class of its unit, 1 lowest, 0 none 所在单元的等级，1最低，0为无",
}

Progress = Callable[[str], None]


@dataclass(frozen=True, kw_only=True)
class ZoningResult:
    """
    A zoning run that has been kept.

    Attributes
    ----------
    run_id
        Id in the store.
    number
        Number printed on products.
    summary
        Totals, and all units that were not assessed.
    validation
        Scores against past disasters.
    seconds
        Wall time.
    """

    run_id: int
    number: str
    summary: dict[str, Any]
    validation: dict[str, Any]
    seconds: float


def run_zoning(
    store: Store,
    *,
    hazard: str = "flood",
    parameters: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> ZoningResult:
    """
    Zone the district for a hazard and make the run the current one.

    Parameters
    ----------
    store
        The store, role app.
    hazard
        ``flood``, or another one that has a method: ``storm_surge``, ``pluvial``.
    parameters
        Entries that replace those of the method file.
    progress
        Called with the code word of each stage.

    Returns
    -------
    ZoningResult
        The kept run.

    Raises
    ------
    ParameterError
        If the hazard has no method, or a parameter does not exist.
    BaseRunError
        If the limits of an earlier run were asked for that cannot lend them.
    NotYetMadeError
        If depth raster or divisions were not delivered.
    """
    started = time.perf_counter()
    tell = progress or (lambda _stage: None)
    rules = method(f"{hazard}_zoning", parameters)
    tell("gather")
    earlier = base_scheme(store, hazard, rules)
    inputs = gather(store, rules)
    tell("zone")
    zoning = zone(inputs, rules, earlier)
    tell("validate")
    validation = compare(store, inputs, zoning, hazard, rules)
    tell("save")
    row, cells = run_row(store, inputs, zoning, hazard, rules)
    row["validation"] = validation
    row["summary"] = row["summary"] | {"areas": connected_areas(inputs, zoning, rules)}
    run_id, number = save_zoning(store, row, zoning.zones, cells={cells_name(hazard): cells})
    seconds = time.perf_counter() - started
    return ZoningResult(
        run_id=run_id, number=number, summary=row["summary"], validation=validation, seconds=seconds
    )


def connected_areas(
    inputs: ZoningInputs, zoning: Zoning, rules: dict[str, Any]
) -> list[dict[str, Any]]:
    """
    Join neighbouring villages of one class to named areas.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    zoning
        The zoning.
    rules
        Zoning parameters.

    Returns
    -------
    list of dict
        Result of ``named_areas``.
    """
    villages = inputs.divisions[inputs.divisions["level"] == "village"]
    zones = zoning.zones[zoning.zones["level"] == "village"]
    return named_areas(villages, zones, inputs.metric_srid, rules["zones"])


def method(name: str, overrides: Mapping[str, Any] | None) -> dict[str, Any]:
    """
    Read a method of this installation.

    Parameters
    ----------
    name
        Name of the method file.
    overrides
        Entries to replace.

    Returns
    -------
    dict
        Its parameters.

    Raises
    ------
    ParameterError
        If there is no such method or parameter.
    """
    known = sorted(path.stem for path in (data_folder() / "methods").glob("*.toml"))
    if name not in known:
        # Of the kind that was asked for, such as zoning; all where there is none.
        _, _, kind = name.rpartition("_")
        offered = [each for each in known if each.endswith(f"_{kind}")] or known
        raise ParameterError(
            f"There is no method {name}; methods of this edition: {', '.join(offered)}.",
            f"没有方法 {name}；本版的方法有：{'、'.join(offered)}。",
        )
    return load_parameters(data_folder(), name, overrides)


def compare(
    store: Store, inputs: ZoningInputs, zoning: Zoning, hazard: str, rules: dict[str, Any]
) -> dict[str, Any]:
    """
    Score a finished zoning against the past disasters of its hazard.

    Parameters
    ----------
    store
        The store, role app.
    inputs
        Inputs of the zoning.
    zoning
        The zoning.
    hazard
        The hazard.
    rules
        Zoning parameters.

    Returns
    -------
    dict
        Result of ``validate``.
    """
    past, surveyed = (
        read_layer(store, layer, where={"hazard": hazard})
        for layer in ("historical_disaster", "surveyed_extent")
    )
    level = zoning.base
    units = inputs.divisions[inputs.divisions["level"] == level]
    zones = zoning.zones[zoning.zones["level"] == level]
    found = validate(
        units, zones, past, surveyed, metric_srid=inputs.metric_srid, table=rules["validation"]
    )
    found["is_made_up"] = found["is_made_up"] or store.district.is_made_up
    return found


def run_row(
    store: Store, inputs: ZoningInputs, zoning: Zoning, hazard: str, rules: dict[str, Any]
) -> tuple[dict[str, Any], bytes]:
    """
    Describe a zoning for the store: everything that it was made from.

    Parameters
    ----------
    store
        The store, role app.
    inputs
        Inputs of the zoning.
    zoning
        The zoning.
    hazard
        The hazard.
    rules
        Zoning parameters.

    Returns
    -------
    tuple
        Columns of ``zoning_run`` and the cells as a cloud-optimised GeoTIFF.
    """
    parts = {"inputs": inputs.hashes, "parameters": rules, "code": package_version()}
    made_from = fingerprint(parts)
    summary = {**zoning.summary, "unverified_parameters": unverified(rules)}
    row = {
        "hazard": hazard,
        "data_date": store.district.data_date,
        "rule_edition": rules["edition"],
        "code_version": code_version(),
        "parameters": rules,
        "inputs": {
            "layers": inputs.hashes,
            "fingerprint": made_from,
            "sources": sources(store, inputs.hashes),
        },
        "scheme": zoning.scheme,
        "summary": summary,
    }
    return row, zoning_cells(inputs, zoning, made_from)


def zoning_cells(inputs: ZoningInputs, zoning: Zoning, made_from: str) -> bytes:
    """
    Draw residents and risk class per cell.

    Parameters
    ----------
    inputs
        Inputs of the zoning.
    zoning
        The zoning.
    made_from
        Fingerprint of inputs, parameters and code.

    Returns
    -------
    bytes
        Cloud-optimised GeoTIFF with the bands ``people`` and ``risk_class`` (0 = none).
    """
    crs = rasterio.crs.CRS.from_wkt(inputs.depth.crs.to_wkt())
    bands = {"people": zoning.placed.people, "risk_class": zoning.class_cells}
    return cog_bytes(
        bands, inputs.depth.transform, crs, tags={"fingerprint": made_from},
        units=CELL_UNITS, words=CELL_WORDS,
    )  # fmt: skip
