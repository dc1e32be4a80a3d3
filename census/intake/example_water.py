"""Water surfaces of the made-up district: its rivers and canals, and the sea off its coast."""

import geopandas as gpd
import numpy as np
import pandas as pd
import shapely
from numpy.typing import NDArray
from rasterio import features
from shapely.geometry.base import BaseGeometry

from census.intake.example_divisions import in_degrees
from census.intake.example_land import Ground, Waters
from census.intake.example_lattice import Lattice, Recipe, polygons, stream

LEAST_SURFACE_M2 = 2000.0
GRID_M = 0.1
BAY_M = 1500.0


def water_surfaces(
    recipe: Recipe, seed: int, lattice: Lattice, waters: Waters, ground: Ground
) -> gpd.GeoDataFrame:
    """
    Outline the rivers and canals of the district and the sea beyond its coast.

    Parameters
    ----------
    recipe
        The recipe of the example district.
    seed
        Seed of the district.
    lattice
        The units; rivers end at their outer border.
    waters
        Lines of rivers and canals.
    ground
        The elevation model that tells the sea.

    Returns
    -------
    GeoDataFrame
        Fields of form ``water``, Polygons in the storage CRS; none overlaps another.
    """
    rules, land = recipe["water"], recipe["land"]
    solid = shapely.coverage_union_all(polygons(lattice.rings))
    rivers = _beds(waters.rivers, land["main_river_width_m"] / 2, rules, solid)
    canals = _beds(waters.canals, land["canal_width_m"] / 2, rules, solid)
    surfaces = [
        _parts(rivers),
        _parts(shapely.difference(canals, rivers)),
        _parts(_sea(ground, rules["reach_m"], solid)),
    ]
    names: list[list[str | None]] = [
        _river_names(recipe, seed, len(surfaces[0])),
        [None] * len(surfaces[1]),
        [rules["sea_name"]] * len(surfaces[2]),
    ]
    kinds = np.repeat(np.array(["river", "river", "sea"]), [len(some) for some in surfaces])
    frame = pd.DataFrame({"name": [name for some in names for name in some], "kind": kinds})
    shapes = in_degrees(recipe, np.concatenate(surfaces))
    return gpd.GeoDataFrame(frame, geometry=shapes, crs=recipe["district"]["srid"])


def _beds(
    lines: NDArray[np.object_], half_m: float, rules: Recipe, solid: BaseGeometry
) -> BaseGeometry:
    wide = shapely.union_all(shapely.buffer(lines, half_m, quad_segs=4))
    # Banks bend: what closes and opens by a radius has no corner sharper than it.
    bend = rules["bend_m"]
    round_off = shapely.buffer(shapely.buffer(wide, bend, quad_segs=4), -bend, quad_segs=4)
    bed: BaseGeometry = shapely.intersection(
        shapely.simplify(round_off, rules["tolerance_m"]), solid
    )
    return bed


def _parts(shape: BaseGeometry) -> NDArray[np.object_]:
    # On a grid much coarser than the rounding of degrees, which then bends no ring into itself.
    parts = shapely.get_parts(shapely.set_precision(shape, GRID_M))
    parts = parts[shapely.get_type_id(parts) == shapely.GeometryType.POLYGON]
    parts = parts[shapely.area(parts) >= LEAST_SURFACE_M2]
    north_first = np.lexsort((shapely.bounds(parts)[:, 0], -shapely.bounds(parts)[:, 3]))
    return np.asarray(parts[north_first])


def _sea(ground: Ground, reach_m: float, solid: BaseGeometry) -> BaseGeometry:
    """Take the sea of the raster, carry it on beyond the raster, and give it the real shore."""
    cell, mask = ground.cell_size_m, np.isnan(ground.bare)
    if not mask.any():
        return shapely.Polygon()
    cells = [
        shapely.geometry.shape(outline)
        for outline, _ in features.shapes(
            mask.astype(np.uint8), mask=mask, transform=ground.transform
        )
    ]
    west, north = ground.transform.c, ground.transform.f
    rows, columns = mask.shape
    east, south = west + columns * cell, north - rows * cell
    top, bottom = (west + int(np.argmax(mask[row])) * cell for row in (0, -1))
    beyond = [
        shapely.box(east, south - reach_m, east + reach_m, north + reach_m),
        shapely.box(top, north, east, north + reach_m),
        shapely.box(bottom, south - reach_m, east, south),
    ]
    # Widened by more than a cell, so that the shore is the border of the land and no staircase.
    whole = shapely.buffer(shapely.union_all([*cells, *beyond]), 1.5 * cell, join_style="mitre")
    # Where land and open coast meet at a corner of the model, the coast swings in instead.
    bay = shapely.buffer(shapely.union(whole, solid), BAY_M)
    open_sea = shapely.difference(shapely.simplify(shapely.buffer(bay, -BAY_M), 2.0), solid)
    main: BaseGeometry = max(shapely.get_parts(open_sea), key=shapely.area)
    return main


def _river_names(recipe: Recipe, seed: int, count: int) -> list[str | None]:
    words = recipe["names"]
    rng = stream(seed, "river names")
    first = rng.choice(np.array(list(words["first"])), count, replace=False)
    second = rng.choice(np.array(list(words["second"])), count, replace=False)
    ending = recipe["water"]["river_ending"]
    return [f"{one}{other}{ending}" for one, other in zip(first, second, strict=True)]
