"""What a clerk writes into the rows of a form: one value for each field, and another."""

import geopandas as gpd
import pandas as pd
from shapely.affinity import translate
from shapely.geometry import LineString

from census.intake.writing import write_table, write_workbook
from tests.census.intake.conftest import SOUTH, WEST, square
from tests.census.intake.workbooks import fill

VILLAGE, OTHER_VILLAGE = "990001001001", "990001002001"
# How a form comes: as its own workbook, or as a layer of shapes.
SHEET_GEOMETRIES = frozenset({"none", "point", "any"})
SAID = {
    "year": ("2020", "2021"), "yes_no": ("是", "否"), "flag": ("是", "否"), "oneway": ("否", "是"),
    "levels": ("2", "3"), "capacity": ("100", "200"), "date": ("2024年6月1日", "2024-06-02"),
    "moment": ("2024-06-01 08:30", "2024-06-01 09:30"),
}  # fmt: skip
PATTERNED = {
    "cas": ("7782-50-5", "7664-41-7"), "from_code": ("990099001001", "990099001002"),
    "to_code": (VILLAGE, OTHER_VILLAGE),
}  # fmt: skip
# Children and the old are among the people.
COUNTED = {"people": (9, 10)}
DIVISIONS = {
    "village": (VILLAGE, OTHER_VILLAGE), "town": ("990001001000", "990001002000"),
    "grid_unit": ("990001001001001", "990001002001001"),
}  # fmt: skip
# Names a shelter that must be loaded.
LEFT_EMPTY = {("evacuation_routes", "shelter_code")}
# What ends does so after what begins, whichever of both is altered.
ENDS = {"date": ("2024-06-10", "2024-06-11"), "moment": ("2024-06-10 08:30", "2024-06-10 09:30")}


def value_for(form, each, *, other=False):
    """What a clerk writes into a cell, or would write another time."""
    # What is only compared must agree with what is stored.
    if (form.name, each.name) in LEFT_EMPTY or not each.is_stored:
        return None
    return _both(form, each)[other]


def _both(form, each):
    named = COUNTED if form.name == "people" else PATTERNED
    if each.type == "code":
        return [code.zh for code in each.codes[:2]]
    if each.name in named:
        return named[each.name]
    if each.type in {"integer", "number"}:
        least = 1 if each.minimum is None else each.minimum
        fits = each.maximum is None or least + 1 <= each.maximum
        return least, least + 1 if fits else (least + each.maximum) / 2
    if each.type == "division":
        return DIVISIONS[each.levels[0]]
    ends = {last for _, last in form.periods}
    said = ENDS[each.type] if each.name in ends else SAID.get(each.type)
    return said or (f"甲{each.heading}", f"乙{each.heading}")


def row_of(form):
    """One row, a value for each field."""
    return [value_for(form, each) for each in form.fields]


def shape_for(form):
    """A shape as the form takes it, in the south-west corner of the tiny district."""
    if form.geometry == "line":
        return LineString([(WEST, SOUTH), (WEST + 0.01, SOUTH)])
    return square(0, 0, 0.1)


def written(form, path):
    """The delivery of one row, through the empty workbook where the form takes one."""
    if form.geometry in SHEET_GEOMETRIES:
        file = path / f"{form.name}.xlsx"
        write_workbook(form, file)
        place = [] if form.geometry == "none" else [WEST + 0.005, SOUTH + 0.005]
        fill(file, [*row_of(form), *place])
        return file
    cells = {each.name: [value] for each, value in zip(form.fields, row_of(form), strict=True)}
    frame = gpd.GeoDataFrame(cells, geometry=[shape_for(form)], crs=4490)
    file = path / f"{form.name}.gpkg"
    write_table(form, frame, file)
    return file


# The key of the row beside, which no delivery alters.
BESIDE = {"code": lambda each: each.codes[-1].zh, "division": lambda _: "990001001002",
          "date": lambda _: "2024-05-01", "moment": lambda _: "2024-05-01 08:30",
          # What another time would say is one more than the least.
          "number": lambda each: each.minimum + 2}  # fmt: skip


def beside(form, each):
    """What the second row says: the same but for its key."""
    if each.name not in form.key or each.name in {"to_code", "changed_on"}:
        return value_for(form, each)
    if each.name == "from_code":
        return "990099001009"
    return BESIDE.get(each.type, lambda each: f"丙{each.heading}")(each)


def two_rows(form, path, altered=None, shift=0.0):
    """Two rows; in the first the altered field says something else."""
    cells = {
        each.name: [value_for(form, each, other=each.name == altered), beside(form, each)]
        for each in form.fields
    }
    if form.geometry == "none":
        file = path / f"{form.name}.xlsx"
        write_table(form, pd.DataFrame(cells, dtype=object), file)
        return file
    shape = shape_for(form)
    if form.geometry in {"point", "any"}:
        shape = shape.centroid
    shapes = [translate(shape, shift), translate(shape, 0.004, 0.004)]
    file = path / f"{form.name}.gpkg"
    write_table(form, gpd.GeoDataFrame(cells, geometry=shapes, crs=4490), file)
    return file
