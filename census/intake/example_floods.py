"""Made-up floods: elevation with roads and culverts, depths by return period, a past event."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import geopandas as gpd
import numpy as np
import pandas as pd
import rasterio
import shapely
from rasterio import features
from scipy import ndimage

from census.intake.example_divisions import Settled, in_degrees
from census.intake.example_land import Ground
from census.intake.example_lattice import B, F, I, Lattice, Recipe, polygons, smooth_noise, stream
from census.intake.example_roads import CLASSES, MIDDLE, Network
from geo import flood

NO_VALUE = -9999.0
CULVERT_POINTS = (2, 6)


@dataclass(frozen=True)
class Terrain:
    """
    The built land and its openings.

    Attributes
    ----------
    ground
        The land before building.
    design
        Elevation with embankments, every culvert open, metres; NaN in the sea.
    past
        The same with some culverts blocked.
    """

    ground: Ground
    design: F
    past: F


def build_terrain(recipe: Recipe, seed: int, ground: Ground, network: Network) -> Terrain:
    """
    Raise the roads on the land, open culverts and underpasses, block some for the past event.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    ground
        The land before building.
    network
        The roads.

    Returns
    -------
    Terrain
        Two elevation models that differ only at blocked culverts.
    """
    bank = _embankments(recipe, ground, network)
    raised = ground.bare + bank
    openings, crossings = _openings(recipe, seed, network)
    rng = stream(seed, "blocked")
    share = recipe["flood"]["past_blocked_share"]
    design, past = raised.copy(), raised.copy()
    _open(design, ground, openings)
    _open(past, ground, openings[rng.random(len(openings)) >= share])
    wet = ~np.isnan(ground.water)
    design[wet] = past[wet] = ground.water[wet]
    shut = np.zeros(design.shape, dtype=bool)
    row, column = ground.cells_of(crossings[rng.random(len(crossings)) < share])
    shut[row, column] = True
    shut = ndimage.binary_dilation(shut, np.ones((3, 3), dtype=bool)) & wet
    past[shut] = raised[shut]
    dip = recipe["roads"]["underpass_dip_m"]
    row, column = ground.cells_of(network.chain[network.under, MIDDLE])
    for surface in (design, past):
        surface[row, column] = ground.bare[row, column] - dip
    return Terrain(ground, _in_centimetres(design), _in_centimetres(past))


def _in_centimetres(values: F) -> F:
    # What the delivered file holds: the flood is computed from the same numbers.
    return np.round(values, 2).astype(np.float32).astype(np.float64)


def _embankments(recipe: Recipe, ground: Ground, network: Network) -> F:
    bank = np.zeros(ground.bare.shape)
    links = np.asarray(shapely.linestrings(network.chain))
    for word, height in recipe["embankment_m"].items():
        level = CLASSES.index(word)
        lines = network.expressway if level == 0 else links[network.road_class == level]
        bank = np.maximum(bank, ground.burn(lines, touched=True) * height)
    return bank


def _openings(recipe: Recipe, seed: int, network: Network) -> tuple[F, F]:
    rng = stream(seed, "culverts")
    high = network.road_class < CLASSES.index("local")
    points = network.chain[high][:, CULVERT_POINTS].reshape(-1, 2)
    fast = [
        line.interpolate(d) for line in network.expressway for d in np.arange(150, line.length, 420)
    ]
    if fast:
        points = np.concatenate((points, shapely.get_coordinates(fast)))
    kept = rng.random(len(points)) < recipe["flood"]["culvert_share"]
    # A canal under a raised road runs through a culvert; main rivers have open bridges.
    return points[kept], network.chain[high & (network.water == 1), MIDDLE]


def _open(surface: F, ground: Ground, points: F) -> None:
    row, column = ground.cells_of(points)
    mask = np.zeros(surface.shape, dtype=bool)
    mask[row, column] = True
    mask = ndimage.binary_dilation(mask, np.ones((3, 3), dtype=bool))
    surface[mask] = ground.bare[mask]


@dataclass(frozen=True)
class Floods:
    """
    Depths of the two events.

    Attributes
    ----------
    design_m
        Depth of the design event, metres, NaN in the sea.
    past_m
        Depth of the past event.
    by_years_m
        Depth of each flood with a return period, by its years.
    """

    design_m: F
    past_m: F
    by_years_m: Mapping[float, F]


def make_floods(recipe: Recipe, seed: int, terrain: Terrain) -> Floods:
    """
    Let the rain of every event run off and stand.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    terrain
        The built land.

    Returns
    -------
    Floods
        Depths in whole centimetres.
    """
    rules = recipe["flood"]
    cell = terrain.ground.cell_size_m
    patches = smooth_noise(stream(seed, "past rain"), terrain.past.shape, 12000.0 / cell)
    past_rain = rules["past_runoff_mm"] * np.clip(
        1 + rules["past_rain_variation"] * patches, 0.4, 1.8
    )
    wanted = {each["runoff_mm"] for each in rules["scenarios"]} | {rules["design_runoff_mm"]}
    depths = {
        runoff_mm: _in_centimetres(flood.spill(terrain.design, runoff_mm, cell).depth_m)
        for runoff_mm in sorted(wanted)
    }
    past = flood.spill(terrain.past, past_rain, cell).depth_m
    by_years = {e["return_period_years"]: depths[e["runoff_mm"]] for e in rules["scenarios"]}
    return Floods(depths[rules["design_runoff_mm"]], _in_centimetres(past), by_years)


def write_raster(
    path: Path, recipe: Recipe, ground: Ground, values: F, *, tags: dict[str, str]
) -> None:
    """
    Write a raster as a delivery.

    Parameters
    ----------
    path
        The GeoTIFF to write.
    recipe
        The recipe of the example district.
    ground
        Whose grid it is.
    values
        NaN where nothing is known.
    tags
        What the file says about itself.
    """
    profile = {
        "driver": "GTiff", "height": values.shape[0], "width": values.shape[1], "count": 1,
        "dtype": "float32", "crs": f"EPSG:{recipe['district']['metric_srid']}",
        "transform": ground.transform, "nodata": NO_VALUE, "compress": "deflate", "predictor": 3,
        "tiled": True, "blockxsize": 256, "blockysize": 256,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile) as file:
        file.write(np.where(np.isnan(values), NO_VALUE, values).astype(np.float32), 1)
        file.update_tags(**tags)


def past_outlines(
    recipe: Recipe, lattice: Lattice, settled: Settled, ground: Ground, floods: Floods
) -> gpd.GeoDataFrame:
    """
    Outline the past flood, one area per village.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    lattice
        The units.
    settled
        Villages of the units.
    ground
        Whose grid the depths have.
    floods
        The depths.

    Returns
    -------
    GeoDataFrame
        Fields of form ``historical_disasters``, MultiPolygons in the storage CRS.
    """
    rules = recipe["flood"]
    wet = (floods.past_m > rules["outline_depth_m"]) & ~ground.outside & np.isnan(ground.water)
    wet = _without_specks(wet, rules["least_outline_m2"] / ground.cell_size_m**2)
    burnt = features.rasterize(
        zip(polygons(lattice.rings), (settled.village + 1).tolist(), strict=True),
        out_shape=wet.shape, transform=ground.transform, dtype="int32",
    )  # fmt: skip
    parts = [
        (int(value), shapely.geometry.shape(outline))
        for outline, value in features.shapes(
            burnt.astype(np.int32),
            mask=wet & (burnt > 0),
            connectivity=4,
            transform=ground.transform,
        )
    ]
    village = np.array([value - 1 for value, _ in parts], dtype=np.int64)
    shapes = np.array([outline for _, outline in parts], dtype=object)
    found = np.unique(village)
    areas = [shapely.MultiPolygon(list(shapes[village == v])) for v in found]
    frame = pd.DataFrame(
        {
            "hazard": rules["hazard"],
            "event": rules["past_event"],
            "name": [settled.village_names[v] for v in found],
            "year": np.full(len(found), rules["past_year"]),
        }
    )
    degrees = in_degrees(recipe, np.array(areas, dtype=object))
    return gpd.GeoDataFrame(frame, geometry=degrees, crs=recipe["district"]["srid"])


def _without_specks(wet: B, least_cells: float) -> B:
    number, _ = ndimage.label(wet)
    size = np.bincount(number.ravel())
    size[0] = 0
    return np.asarray(size[number] >= least_cells)


def at_points(ground: Ground, depth_m: F, points: F) -> F:
    """
    Read depths at points; unknown counts as dry.

    Parameters
    ----------
    ground
        Whose grid the depths have.
    depth_m
        Metres, NaN where unknown.
    points
        Metres of the metric CRS, shape ``(n, 2)``.

    Returns
    -------
    ndarray
        Metres, shape ``(n,)``.
    """
    return np.nan_to_num(ground.at(depth_m, points))


def wet_units(lattice: Lattice, unit: I, weight: F, depth: F, least_m: float) -> F:
    """
    Share of a weight that stands in deep water, per unit.

    Parameters
    ----------
    lattice
        The units.
    unit
        Unit of each thing.
    weight
        Weight of each thing.
    depth
        Depth at each thing, metres.
    least_m
        What counts as deep.

    Returns
    -------
    ndarray
        0 to 1, 0 where a unit has no weight, shape ``(units,)``.
    """
    count = len(lattice.hub)
    total = np.bincount(unit, weight, count)
    deep = np.bincount(unit, weight * (depth >= least_m), count)
    return np.asarray(deep / np.where(total > 0, total, 1.0))
