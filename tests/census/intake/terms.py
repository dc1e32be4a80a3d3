"""A town whose villages change: divisions drawn on a lattice, crosswalks, and their deliveries."""

import geopandas as gpd
import pandas as pd

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.store.layers import read_layer, write_layer
from tests.census.intake.conftest import square

TOWN = "990001001000"
EAST, MIDDLE, NEW = "990001001001", "990001001002", "990001001003"
HEADS = ["from_code", "to_code", "kind", "changed_on", "share"]
PROFILE = {
    "code": "990001", "name_zh": "小区县", "name_en": "Tiny", "srid": 4490, "metric_srid": 4549,
    "timezone": "Asia/Shanghai", "is_made_up": True, "attribution": "made up",
    "data_date": "2026-01-01",
}  # fmt: skip
EMPTIED = ("people", "building", "shelter", "duty", "village_group", "division_change",
           "former_division", "division")  # fmt: skip


def emptied(store):
    """The district without a row."""
    for name in EMPTIED:
        write_layer(store, name, read_layer(store, name).iloc[:0], delivery_id=None)
    return store


def delivering(store, folder, room):
    """How a form is delivered: a layer as a GeoPackage, a table as text."""

    def write_and_import(form_name, frame, **options):
        has_shape = isinstance(frame, gpd.GeoDataFrame)
        path = folder / f"{form_name}.{'gpkg' if has_shape else 'csv'}"
        if has_shape:
            write_table(form_named(form_name), frame, path)
        else:
            frame.to_csv(path, index=False)
        return import_delivery(store, form_name, [path], room=room, **options)

    return write_and_import


def drawn(*villages):
    """A town and its villages: code, name, first column, number of columns of the lattice."""
    whole = square(0, 0, 1).union(square(1, 0, 1)).union(square(2, 0, 1)).union(square(3, 0, 1))
    rows = [(TOWN, "镇", "town", None, whole)]
    for code, name, first, wide in villages:
        shape = square(first, 0, 1)
        for column in range(first + 1, first + wide):
            shape = shape.union(square(column, 0, 1))
        rows.append((code, name, "village", TOWN, shape))
    names = ["code", "name", "level", "parent_code", "geometry"]
    return gpd.GeoDataFrame(dict(zip(names, zip(*rows, strict=True), strict=True)), crs=4490)


TWO = drawn((EAST, "东村", 0, 2), (MIDDLE, "中村", 2, 2))


def changes(*rows):
    return pd.DataFrame([[*row, None][:5] for row in rows], columns=HEADS, dtype=object)


def people(**counts):
    codes = [code.removeprefix("c") for code in counts]
    return pd.DataFrame(
        {"division_code": codes, "people": list(counts.values()), "basis": "counted"}
    )
