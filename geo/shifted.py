"""Undo the shift of Chinese web maps: GCJ-02 (Amap, Tencent) and BD-09 (Baidu).

Maps published in China show every place moved by some hundred metres, differently from place to
place. Nothing in a file tells that it was moved, so whoever delivers it must say so; taken for what
it seems, a village lies where its neighbour is. GCJ-02 was never published: the formula is the one
that all open programs share, on the Krasovsky ellipsoid, and the inverse is found by repeating it.
"""

from collections.abc import Callable
from typing import Final

import numpy as np
from numpy.typing import NDArray

F = NDArray[np.float64]

# Krasovsky 1940: semi-major axis, metres, and first eccentricity squared.
AXIS_M: Final = 6_378_245.0
ECCENTRICITY_2: Final = 0.006_693_421_622_965_943
ORIGIN_DEG: Final = (105.0, 35.0)
# Longitudes and latitudes between which the maps are shifted; outside they are not.
WEST_DEG, EAST_DEG = 72.004, 137.8347
SOUTH_DEG, NORTH_DEG = 0.8293, 55.8271
# Each repetition divides the rest by a few hundred; after six nothing is left of it.
REPETITIONS: Final = 6
BD_OFFSET_DEG: Final = (0.0065, 0.006)
BD_RADIUS_DEG: Final = 0.00002
BD_ANGLE_RAD: Final = 0.000003
BD_WAVE: Final = np.pi * 3000 / 180


def is_shifted(lonlat: F) -> NDArray[np.bool_]:
    """
    Tell which places lie where Chinese maps are shifted.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, shape (n, 2).

    Returns
    -------
    ndarray of bool
        Shape (n,); False where a coordinate is not a number.
    """
    lon, lat = lonlat.T
    inside: NDArray[np.bool_] = (
        (lon > WEST_DEG) & (lon < EAST_DEG) & (lat > SOUTH_DEG) & (lat < NORTH_DEG)
    )
    return inside


def _wave(value: F, *terms: tuple[float, float]) -> F:
    """Add up waves: of each term its height in metres and how many half turns a degree makes."""
    total: F = sum((h * np.sin(value * turns * np.pi) for h, turns in terms), np.zeros(len(value)))
    return total * 2 / 3


def gcj02(lonlat: F) -> F:
    """
    Shift places as GCJ-02 does.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, WGS 84 or CGCS2000, shape (n, 2).

    Returns
    -------
    ndarray
        The same shape; places outside China as they came.

    Examples
    --------
    >>> gcj02(np.array([[121.5272106, 31.1774276]])).round(6).tolist()
    [[121.531542, 31.175304]]
    """
    return _where_shifted(_on_amap, lonlat)


def _where_shifted(shift: Callable[[F], F], lonlat: F) -> F:
    moved, here = lonlat.copy(), is_shifted(lonlat)
    moved[here] = shift(lonlat[here])
    return moved


def _on_amap(lonlat: F) -> F:
    x, y = (lonlat - ORIGIN_DEG).T
    root = np.sqrt(np.abs(x))
    common = _wave(x, (20, 6), (20, 2))
    north_m = -100 + 2 * x + 3 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + common
    north_m += _wave(y, (20, 1), (40, 1 / 3)) + _wave(y, (160, 1 / 12), (320, 1 / 30))
    east_m = 300 + x + 2 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + common
    east_m += _wave(x, (20, 1), (40, 1 / 3)) + _wave(x, (150, 1 / 12), (300, 1 / 30))
    latitude = np.radians(lonlat[:, 1])
    bend = 1 - ECCENTRICITY_2 * np.sin(latitude) ** 2
    parallel_m = AXIS_M / np.sqrt(bend) * np.cos(latitude)
    meridian_m = AXIS_M * (1 - ECCENTRICITY_2) / bend**1.5
    moved: F = lonlat + np.degrees(np.column_stack([east_m / parallel_m, north_m / meridian_m]))
    return moved


def bd09(lonlat: F) -> F:
    """
    Shift places as BD-09 does: GCJ-02 and a shift of Baidu's own upon it.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, WGS 84 or CGCS2000, shape (n, 2).

    Returns
    -------
    ndarray
        The same shape; places outside China as they came.
    """
    return _where_shifted(_on_baidu, lonlat)


def _on_baidu(lonlat: F) -> F:
    x, y = _on_amap(lonlat).T
    radius = np.hypot(x, y) + BD_RADIUS_DEG * np.sin(y * BD_WAVE)
    angle = np.arctan2(y, x) + BD_ANGLE_RAD * np.cos(x * BD_WAVE)
    return np.column_stack([radius * np.cos(angle), radius * np.sin(angle)]) + BD_OFFSET_DEG


def _undone(shift: Callable[[F], F]) -> Callable[[F], F]:
    def undo(lonlat: F) -> F:
        found = lonlat.copy()
        for _ in range(REPETITIONS):
            found -= shift(found) - lonlat
        return found

    return undo


def from_gcj02(lonlat: F) -> F:
    """
    Put places of GCJ-02 where they are.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, GCJ-02, shape (n, 2).

    Returns
    -------
    ndarray
        WGS 84 or, within some decimetres, CGCS2000, the same shape; shifted again they are within
        a thousandth of a millimetre of ``lonlat``. Places outside China as they came.

    Examples
    --------
    >>> there = np.array([[121.2, 31.9]])
    >>> bool(np.abs(from_gcj02(gcj02(there)) - there).max() < 1e-11)
    True
    """
    return _where_shifted(_undone(_on_amap), lonlat)


def from_bd09(lonlat: F) -> F:
    """
    Put places of BD-09 where they are.

    Parameters
    ----------
    lonlat
        Longitude and latitude in degrees, BD-09, shape (n, 2).

    Returns
    -------
    ndarray
        As of ``from_gcj02``.
    """
    return _where_shifted(_undone(_on_baidu), lonlat)
