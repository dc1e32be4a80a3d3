"""What the checks know of the district a delivery is for."""

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import Any

import geopandas as gpd
import numpy as np
import pyproj
import shapely
from numpy.typing import NDArray

from geo.crosswalk import Crosswalk

_POLYGON = 3
DIVISION_COLUMNS = ["code", "level", "name", "parent_code", "town_code", "village_code"]


def no_divisions(srid: int) -> gpd.GeoDataFrame:
    """
    Return the division layer of a district that has none yet.

    Parameters
    ----------
    srid
        EPSG code of the district's geographic CRS.

    Returns
    -------
    geopandas.GeoDataFrame
        The columns of divisions, no row.
    """
    frame = gpd.GeoDataFrame({name: [] for name in DIVISION_COLUMNS}, geometry=[], crs=srid)
    return frame.rename_geometry("geom")


def read_shelter_rules(path: Path) -> Mapping[str, Any]:
    """
    Read the rows by which shelter capacity is derived.

    Parameters
    ----------
    path
        ``shelter_rules.toml``.

    Returns
    -------
    mapping
        ``edition``, ``least_m2_per_person`` and ``rule``, one row per kind of shelter.
    """
    return tomllib.loads(path.read_text("utf-8"))


@dataclass(frozen=True)
class Former:
    """
    A division that is no longer in force.

    Attributes
    ----------
    name
        Its last name.
    valid_to
        Its last day; None where only the end itself is known.
    """

    name: str
    valid_to: date | None


@dataclass(frozen=True)
class Context:
    """
    The district that a delivery is checked against.

    Attributes
    ----------
    srid
        EPSG code of its geographic CRS.
    metric_srid
        EPSG code of its metric CRS.
    divisions
        Its divisions, columns of ``DIVISION_COLUMNS`` and ``geom``; empty before they are loaded.
    shelter_codes
        Codes of its shelters.
    shelter_rules
        What :func:`read_shelter_rules` returned.
    is_made_up
        Whether the district is made up.
    published_routes
        Codes of the routes that people published.
    timezone
        Zone of its times of day, such as ``Asia/Shanghai``.
    crosswalk
        What codes of divisions became.
    former
        Divisions that are no longer in force, by code.
    """

    srid: int
    metric_srid: int
    divisions: gpd.GeoDataFrame
    shelter_codes: frozenset[str] = frozenset()
    shelter_rules: Mapping[str, Any] = field(default_factory=dict)
    is_made_up: bool = False
    published_routes: frozenset[str] = frozenset()
    timezone: str = "UTC"
    crosswalk: Crosswalk = field(default_factory=Crosswalk)
    former: Mapping[str, Former] = field(default_factory=dict)

    @cached_property
    def has_outlines(self) -> bool:
        """
        Tell whether places can be held against the divisions.

        Returns
        -------
        bool
            False where no village has an outline, only a code.
        """
        return bool(self.villages.geometry.notna().any())

    @cached_property
    def bounds(self) -> tuple[float, float, float, float] | None:
        """
        Bound the divisions; None before their outlines are loaded.

        Returns
        -------
        tuple of float or None
            West, south, east, north in degrees.
        """
        if not self.divisions.geometry.notna().any():
            return None
        west, south, east, north = self.divisions.total_bounds
        return float(west), float(south), float(east), float(north)

    @cached_property
    def names(self) -> Mapping[str, str]:
        """
        Name each division.

        Returns
        -------
        mapping
            Code to name.
        """
        return dict(zip(self.divisions["code"], self.divisions["name"], strict=True))

    @cached_property
    def levels(self) -> Mapping[str, str]:
        """
        Tell the level of each division.

        Returns
        -------
        mapping
            Code to level.
        """
        return dict(zip(self.divisions["code"], self.divisions["level"], strict=True))

    @cached_property
    def villages(self) -> gpd.GeoDataFrame:
        """
        Pick the villages, lowest code first.

        Returns
        -------
        geopandas.GeoDataFrame
            Divisions of level village.
        """
        found = self.divisions[self.divisions["level"] == "village"]
        return found.sort_values("code").reset_index(drop=True)

    def shelter_rule(self, kind: str) -> Mapping[str, Any]:
        """
        Return the rule row of a kind of shelter.

        Parameters
        ----------
        kind
            Code of ``ShelterKind``.

        Returns
        -------
        mapping
            The row; that of ``other`` where the kind has none.
        """
        rows = {row["kind"]: row for row in self.shelter_rules["rule"]}
        row: Mapping[str, Any] = rows.get(kind, rows["other"])
        return row

    def village_codes(self, shapes: gpd.GeoSeries) -> NDArray[np.object_]:
        """
        Find the village of each shape by a point inside it; on a shared border the lowest code.

        Parameters
        ----------
        shapes
            Any geometry, geographic CRS of the district, no empty ones.

        Returns
        -------
        ndarray of object
            Village code, None outside every village; shape ``(len(shapes),)``.
        """
        points = np.asarray(shapes.to_numpy(), dtype=object)
        if (shapely.get_type_id(points) != 0).any():
            points = shapely.point_on_surface(points)
        found = np.full(len(points), None, dtype=object)
        codes = self.villages["code"].to_numpy(dtype=object)
        if not len(codes) or not len(points):
            return found
        areas = self.villages.geometry.to_numpy()
        village, point = shapely.STRtree(points).query(areas, predicate="intersects")
        # Villages come lowest code first; writing backwards leaves the lowest on a tie.
        found[point[::-1]] = codes[village[::-1]]
        return found


def equal_area(shapes: gpd.GeoSeries) -> gpd.GeoSeries:
    """
    Project shapes so that areas are true: Lambert azimuthal equal-area, centred on them.

    Parameters
    ----------
    shapes
        At least one shape, any CRS.

    Returns
    -------
    geopandas.GeoSeries
        The same shapes in metres.
    """
    geographic = shapes if shapes.crs.is_geographic else shapes.to_crs(4326)
    west, south, east, north = geographic.total_bounds
    return shapes.to_crs(
        pyproj.CRS(
            f"+proj=laea +lat_0={(south + north) / 2} +lon_0={(west + east) / 2} "
            "+datum=WGS84 +units=m"
        )
    )


def small_areas_m2(shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    """
    Area of shapes of some hundred metres, each for itself: whatever else is measured beside it.

    The ellipsoid is unrolled to a cylinder on which areas are true (Snyder, Map Projections: A
    Working Manual, 1987, equations 3-12 and 10-14 to 10-16). Long sides would be drawn elsewhere
    than straight on the ground, by a centimetre for one of a kilometre; use :func:`area_m2` there.

    Parameters
    ----------
    shapes
        Polygons in a geographic CRS, longitude before latitude.

    Returns
    -------
    ndarray of float
        Square metres, shape ``(len(shapes),)``.
    """
    ellipsoid = shapes.crs.ellipsoid
    radius_m = ellipsoid.semi_major_metre
    flattening = 1 / ellipsoid.inverse_flattening if ellipsoid.inverse_flattening else 0.0
    e = np.sqrt(flattening * (2 - flattening))

    def unrolled(lonlat: NDArray[np.float64]) -> NDArray[np.float64]:
        sine = np.sin(np.radians(lonlat[:, 1]))
        # Half of q in equation 3-12; its limit for a sphere is the sine.
        more = np.arctanh(e * sine) / e if e else sine
        half = (1 - e * e) * (sine / (1 - (e * sine) ** 2) + more) / 2
        flat: NDArray[np.float64] = radius_m * np.stack([np.radians(lonlat[:, 0]), half], axis=1)
        return flat

    array = shapes.to_numpy()
    is_ring = (shapely.get_type_id(array) == _POLYGON) & ~shapely.is_empty(array)
    is_ring &= shapely.get_num_interior_rings(array) == 0
    sizes = np.zeros(len(array))
    sizes[is_ring] = _ring_areas(array[is_ring], unrolled)
    sizes[~is_ring] = shapely.area(shapely.transform(array[~is_ring], unrolled))
    return sizes


def _ring_areas(
    rings: NDArray[Any], unrolled: Callable[[NDArray[np.float64]], NDArray[np.float64]]
) -> NDArray[np.float64]:
    """Measure polygons of one ring all at once; the first corner of each is its origin."""
    if not len(rings):
        return np.zeros(0)
    lonlat, owners = shapely.get_coordinates(rings, return_index=True)
    starts = np.searchsorted(owners, np.arange(len(rings)))
    flat = unrolled(lonlat)
    x, y = (flat - flat[starts][owners]).T
    # A ring ends where it begins: the step to the next ring adds nothing, for its origin is zero.
    cross = np.append(x[:-1] * y[1:] - x[1:] * y[:-1], 0.0)
    return np.abs(np.add.reduceat(cross, starts)) / 2


def area_m2(shapes: gpd.GeoSeries) -> NDArray[np.float64]:
    """
    Area of shapes by an equal-area projection centred on them.

    Parameters
    ----------
    shapes
        Polygons in any CRS.

    Returns
    -------
    ndarray of float
        Square metres, shape ``(len(shapes),)``.
    """
    if shapes.empty:
        return np.zeros(0)
    return np.asarray(equal_area(shapes).area, dtype=np.float64)
