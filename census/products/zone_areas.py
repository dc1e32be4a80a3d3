"""Name the connected areas of one risk class: villages kept whole, small areas absorbed."""

from typing import Any

import geopandas as gpd
import numpy as np
import pandas as pd

from geo.generalize import merge_zones


def named_areas(
    units: gpd.GeoDataFrame, zones: pd.DataFrame, metric_srid: int, rules: dict[str, Any]
) -> list[dict[str, Any]]:
    """
    Join neighbouring villages of one class, and absorb what is too small to be a zone.

    Parameters
    ----------
    units
        Villages with ``code``, ``name`` and outline.
    zones
        Their risk zones with ``division_code``, ``risk_class`` and ``people``.
    metric_srid
        EPSG code of the district's metric CRS.
    rules
        Table ``zones`` of the parameters.

    Returns
    -------
    list of dict
        Of each area ``name`` and ``code`` (of its largest village), ``villages`` (codes),
        ``risk_class`` (None for those not assessed), ``people`` and ``area_m2``; the highest class
        first, then by people. Together they are all villages, each once.
    """
    drawn = units[units.geometry.notna() & ~units.geometry.is_empty]
    if drawn.empty:
        return []
    rows = zones.set_index("division_code").reindex(drawn["code"])
    metric = drawn.to_crs(metric_srid)
    valid = metric.set_geometry(metric.geometry.make_valid().buffer(0))
    classes = rows["risk_class"].fillna(0).to_numpy(dtype=np.int64)
    zone, zone_class = merge_zones(
        valid, classes, least_area_m2=rules["least_area_m2"], gap_m=rules["gap_m"]
    )
    codes, names = (drawn[name].to_numpy(dtype=object) for name in ("code", "name"))
    people = rows["people"].fillna(0).to_numpy(dtype=np.float64)
    area_m2 = valid.area.to_numpy()
    areas = []
    for number, ordinal in enumerate(zone_class):
        part = np.flatnonzero(zone == number)
        largest = part[people[part].argmax()]
        areas.append(
            {
                "name": str(names[largest]),
                "code": str(codes[largest]),
                "villages": sorted(codes[part]),
                "risk_class": int(ordinal) or None,
                "people": float(people[part].sum()),
                "area_m2": float(area_m2[part].sum()),
            }
        )
    return sorted(areas, key=lambda each: (-(each["risk_class"] or 0), -each["people"]))
