"""Bring heights of one vertical datum to another, or refuse: datums differ by a metre and more."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import pyproj
from rasterio.io import MemoryFile

from census.errors import CensusError
from census.intake.fields import plain
from census.store.connection import Store
from census.store.rasters import get_raster


class DatumError(CensusError):
    """
    Heights are stated in a datum that nobody related to that of the elevation.

    Parameters
    ----------
    elevation
        Datum of the elevation; empty where its file states none.
    others
        Datums of the other heights that no shift is given for.
    """

    def __init__(self, elevation: str, others: Sequence[str]) -> None:
        en, zh = ", ".join(others), "、".join(others)
        if elevation:
            super().__init__(
                f"The elevation is in the datum {elevation}, but there are heights in {en}. State "
                f"what to add to those: --shift '{others[0]}=METRES'.",
                f"高程栅格的基准是“{elevation}”，而有高程数按“{zh}”给出。请说明这些数应加多少米："
                f"--shift '{others[0]}=米数'。",
            )
        else:
            super().__init__(
                f"The elevation does not say its vertical datum; other heights are in {en}. State "
                "it with --elevation-datum NAME.",
                f"高程栅格没有注明高程基准；其他高程数按“{zh}”给出。请用 --elevation-datum 名称"
                " 说明。",
            )


def elevation_datum(store: Store) -> str:
    """
    Read the vertical datum that the elevation raster states.

    Parameters
    ----------
    store
        The district's store, with an elevation raster.

    Returns
    -------
    str
        Of its tag ``datum``, else of its CRS; empty where it states none.
    """
    with MemoryFile(get_raster(store, "elevation")) as memory, memory.open() as raster:
        if raster.tags().get("datum"):
            return str(raster.tags()["datum"])
        crs = pyproj.CRS.from_wkt(raster.crs.to_wkt())
    return next((part.name for part in crs.sub_crs_list if part.is_vertical), "")


def shifts_to(
    elevation: str, datums: Iterable[str], rules: Mapping[str, Any], stated_m: Mapping[str, float]
) -> dict[str, float]:
    """
    Tell what has to be added to heights of each datum to be heights of the elevation's.

    Parameters
    ----------
    elevation
        Datum of the elevation; empty where unknown.
    datums
        Datums of the heights.
    rules
        Table ``datum`` of the method: names of one and the same datum.
    stated_m
        Metres to add by name of a datum, as somebody stated them.

    Returns
    -------
    dict
        Metres by datum.

    Raises
    ------
    DatumError
        If a datum is another one and no shift is stated.
    """
    same = {plain(name): plain(names[0]) for names in rules["same"] for name in names}

    def key(name: str) -> str:
        return same.get(plain(name), plain(name))

    wanted = {key(name): float(metres) for name, metres in stated_m.items()}
    shifts = {}
    missing = []
    for name in sorted(set(datums)):
        if key(name) in wanted:
            shifts[name] = wanted[key(name)]
        elif elevation and key(name) == key(elevation):
            shifts[name] = 0.0
        else:
            missing.append(name)
    if missing:
        raise DatumError(elevation, missing)
    return shifts
