"""Choose a true round scale for a village and turn metric coordinates into millimetres of paper."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import shapely
from numpy.typing import NDArray
from shapely.geometry.base import BaseGeometry

from geo.errors import GridError

MAP_WIDTH_MM = 292.0
MAP_HEIGHT_MM = 236.0
MARGIN_MM = 12.0
DENOMINATORS = (
    1_000, 1_500, 2_000, 2_500, 5_000, 7_500, 10_000, 15_000, 25_000,
    50_000, 100_000, 250_000, 500_000, 1_000_000,
)  # fmt: skip

Bounds = tuple[float, float, float, float]


@dataclass(frozen=True)
class MapFrame:
    """
    A rectangle of paper at a true scale, grid north up.

    Attributes
    ----------
    centre_x_m
        Easting of the middle, metres of the district's metric CRS.
    centre_y_m
        Northing of the middle, metres.
    denominator
        Scale 1:denominator.
    width_mm
        Width on paper, millimetres.
    height_mm
        Height on paper, millimetres.
    """

    centre_x_m: float
    centre_y_m: float
    denominator: float
    width_mm: float = MAP_WIDTH_MM
    height_mm: float = MAP_HEIGHT_MM

    @property
    def metres_per_mm(self) -> float:
        """
        Return the metres of ground in a millimetre of paper.

        Returns
        -------
        float
            Metres per millimetre.
        """
        return self.denominator / 1000.0

    @property
    def bounds_m(self) -> Bounds:
        """
        Return the ground covered.

        Returns
        -------
        tuple
            (minx, miny, maxx, maxy) in metres.
        """
        half_x = self.width_mm * self.metres_per_mm / 2
        half_y = self.height_mm * self.metres_per_mm / 2
        return (
            self.centre_x_m - half_x,
            self.centre_y_m - half_y,
            self.centre_x_m + half_x,
            self.centre_y_m + half_y,
        )

    def points_mm(self, points_m: NDArray[np.float64]) -> NDArray[np.float64]:
        """
        Turn ground points into paper points, origin top left, y down.

        Parameters
        ----------
        points_m
            Eastings and northings, metres, shape (n, 2).

        Returns
        -------
        numpy.ndarray
            Millimetres, shape (n, 2).
        """
        left, _, _, top = self.bounds_m
        points = np.asarray(points_m, dtype=np.float64)
        return np.column_stack((points[:, 0] - left, top - points[:, 1])) / self.metres_per_mm

    def paper(self, geometries: Sequence[BaseGeometry]) -> NDArray[np.object_]:
        """
        Turn geometries of the ground into geometries of the paper, cut at the frame.

        Parameters
        ----------
        geometries
            Shapes in metres of the metric CRS.

        Returns
        -------
        numpy.ndarray
            Shapes in millimetres, same length; empty where a shape lies outside the frame.
        """
        shapes = np.asarray(geometries, dtype=object)
        if len(shapes) == 0:
            return shapes
        cut = shapely.clip_by_rect(shapely.make_valid(shapes), *self.bounds_m)
        moved = shapely.transform(cut, self.points_mm)
        return np.asarray(moved, dtype=object)

    def grown(self, factor: float) -> Bounds:
        """
        Return the ground covered by a frame a factor larger around the same middle.

        Parameters
        ----------
        factor
            1 keeps the size.

        Returns
        -------
        tuple
            (minx, miny, maxx, maxy) in metres.
        """
        left, bottom, right, top = self.bounds_m
        more_x, more_y = (right - left) * (factor - 1) / 2, (top - bottom) * (factor - 1) / 2
        return (left - more_x, bottom - more_y, right + more_x, top + more_y)


def choose_denominator(
    width_m: float,
    height_m: float,
    *,
    width_mm: float = MAP_WIDTH_MM,
    height_mm: float = MAP_HEIGHT_MM,
    margin_mm: float = MARGIN_MM,
) -> int:
    """
    Return the largest round scale at which an extent fits the frame with its margin.

    Parameters
    ----------
    width_m
        Extent from west to east, metres.
    height_m
        Extent from south to north, metres.
    width_mm
        Width of the frame, millimetres.
    height_mm
        Height of the frame, millimetres.
    margin_mm
        White kept on each side, millimetres.

    Returns
    -------
    int
        The denominator, one of ``DENOMINATORS``.

    Raises
    ------
    GridError
        If the extent does not fit at the smallest scale of the list.
    """
    need = 1000.0 * max(
        width_m / (width_mm - 2 * margin_mm), height_m / (height_mm - 2 * margin_mm)
    )
    for denominator in DENOMINATORS:
        if denominator >= need:
            return denominator
    raise GridError(
        f"An extent of {width_m / 1000:.0f} x {height_m / 1000:.0f} km does not fit an A3 sheet "
        f"at 1:{DENOMINATORS[-1]}. Check the coordinates of the village.",
        f"范围 {width_m / 1000:.0f} × {height_m / 1000:.0f} 公里在 1:{DENOMINATORS[-1]} 的A3图幅上"
        "放不下。请检查该村的坐标。",
    )


def fit_frame(bounds_m: Bounds) -> MapFrame:
    """
    Return the map frame that shows an extent at the largest round scale.

    Parameters
    ----------
    bounds_m
        (minx, miny, maxx, maxy) in metres of the metric CRS.

    Returns
    -------
    MapFrame
        Centred on the extent.
    """
    left, bottom, right, top = bounds_m
    return MapFrame(
        centre_x_m=(left + right) / 2,
        centre_y_m=(bottom + top) / 2,
        denominator=choose_denominator(right - left, top - bottom),
    )


def fit_frame_with_routes(village_m: Bounds, routes_m: Bounds) -> MapFrame:
    """
    Return a frame for the village and its routes, at most one step of scale below the village's.

    A route that runs far away would shrink the village until no house is legible; such a route
    leaves the frame and is named at its edge instead.

    Parameters
    ----------
    village_m
        Extent of the village, metres.
    routes_m
        Extent of its routes and shelters, metres.

    Returns
    -------
    MapFrame
        The frame.
    """
    alone = fit_frame(village_m)
    both = (
        min(village_m[0], routes_m[0]),
        min(village_m[1], routes_m[1]),
        max(village_m[2], routes_m[2]),
        max(village_m[3], routes_m[3]),
    )
    together = fit_frame(both)
    steps = DENOMINATORS.index(int(together.denominator)) - DENOMINATORS.index(
        int(alone.denominator)
    )
    return together if steps <= 1 else alone
