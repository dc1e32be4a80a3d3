"""Dykes, levels of the sea and storm formulas: what is taken, and what is refused."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely

from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.writing import write_table
from census.store.layers import read_layer
from tests.census.intake.conftest import SOUTH, WEST

pytestmark = pytest.mark.postgis


def sections(**columns):
    """Two sections of one dyke, end to end."""
    middle = (WEST + 0.01, SOUTH)
    lines = [
        shapely.LineString([(WEST, SOUTH), middle]),
        shapely.LineString([middle, (WEST + 0.02, SOUTH)]),
    ]
    frame = {"code": ["S1", "S2"], "name": "东海堤", "crest_m": [5.4, 6.2], "datum": "国家85"}
    return gpd.GeoDataFrame({**frame, **columns}, geometry=lines, crs=4490)


def told(store, form, frame, tmp_path, suffix="xlsx"):
    """What an import says is wrong: column and rule."""
    file = tmp_path / f"{form}.{suffix}"
    write_table(form_named(form), frame, file)
    report = import_delivery(store, form, [file])
    return [(p.rule, p.column) for p in report.problems if p.level == "error"]


def test_a_dyke_is_stored_section_by_section(store, tmp_path):
    assert told(store, "dykes", sections(), tmp_path, "gpkg") == []
    stored = read_layer(store, "dyke").set_index("code")
    assert stored["crest_m"].to_dict() == {"S1": 5.4, "S2": 6.2}
    assert stored.geometry.geom_type.unique().tolist() == ["MultiLineString"]


def test_a_crest_of_540_metres_is_refused(store, tmp_path):
    faults = told(store, "dykes", sections(crest_m=[540.0, 6.2]), tmp_path, "gpkg")
    assert faults == [("crest_m", "堤顶高程(米)")]


def test_two_sections_of_one_code_are_refused(store, tmp_path):
    faults = told(store, "dykes", sections(code="S1"), tmp_path, "gpkg")
    assert [rule for rule, _ in faults] == ["key"]


LEVELS = pd.DataFrame(
    {
        "return_period_years": [100.0],
        "level_m": [5.7],
        "datum": ["国家85"],
        "basis": ["still_water"],
        "source": ["编的"],
    }
)
FORMULA = pd.DataFrame(
    {
        "place": ["小区县"], "edition": ["2025"], "a1": [12.0], "c": [0.7], "b": [12.0],
        "n": [0.7], "intensity_unit": ["l_s_ha"], "least_duration_min": [5.0],
        "most_duration_min": [1440.0], "least_return_period_years": [2.0],
        "most_return_period_years": [100.0], "source": ["编的"],
    }
)  # fmt: skip


@pytest.mark.parametrize(("form", "frame"), [("sea_levels", LEVELS), ("storm_formulas", FORMULA)])
def test_a_level_or_a_formula_without_a_source_is_refused(store, tmp_path, form, frame):
    assert told(store, form, frame.assign(source=None), tmp_path) == [("source", "来源")]
    assert told(store, form, frame, tmp_path) == []
    assert len(read_layer(store, form_named(form).table)) == 1
