import geopandas as gpd
import pandas as pd
import pytest
import shapely
from shapely.geometry import LineString, MultiPolygon, Point, box

from census.errors import LayerWriteError
from census.store.database import Store
from census.store.layers import (
    bump_generation,
    generation,
    read_layer,
    record_delivery,
    write_layer,
)

pytestmark = pytest.mark.postgis


def _divisions() -> gpd.GeoDataFrame:
    return gpd.GeoDataFrame(
        {
            "code": ["990001001000", "990001001001"],
            "level": ["town", "village"],
            "name": ["一镇", "二村"],
            "parent_code": [None, "990001001000"],
            "town_code": ["990001001000"] * 2,
            "village_code": [None, "990001001001"],
            "area_m2": [2.0, 1.0],
            "notes": [[], [{"rule": "made valid"}]],
        },
        geometry=[box(121, 31, 121.2, 31.1), box(121, 31, 121.1, 31.1)],
        crs=4490,
    )


def test_a_layer_comes_back_as_it_was_written(empty_place: Store) -> None:
    assert write_layer(empty_place, "division", _divisions(), delivery_id=None) == 2
    back = read_layer(empty_place, "division")
    assert back.crs.to_epsg() == 4490
    assert list(back["name"]) == ["一镇", "二村"]
    assert back["parent_code"].isna().tolist() == [True, False]
    assert back["notes"].tolist() == [[], [{"rule": "made valid"}]]
    assert isinstance(back.geom.iloc[0], MultiPolygon)
    assert back.geom.iloc[1].equals(box(121, 31, 121.1, 31.1))
    assert back["covered_share"].tolist() == [1.0, 1.0]


def test_conditions_pick_rows_by_value_and_by_list(empty_place: Store) -> None:
    write_layer(empty_place, "division", _divisions(), delivery_id=None)
    one = read_layer(empty_place, "division", where={"level": "village"}, columns=["code"])
    assert one["code"].tolist() == ["990001001001"]
    both = read_layer(empty_place, "division", where={"level": ["village", "town"]})
    assert len(both) == 2


def test_writing_again_replaces_the_chosen_rows_only(empty_place: Store) -> None:
    site = gpd.GeoDataFrame(
        {
            "code": ["A"],
            "name": ["甲"],
            "kind": ["other"],
            "hazard": ["flood"],
            "origin": ["derived"],
        },
        geometry=[Point(121, 31)],
        crs=4490,
    )
    write_layer(empty_place, "hazard_site", site, delivery_id=None)
    delivered = site.assign(code="B", origin="delivered")
    write_layer(
        empty_place, "hazard_site", delivered, delivery_id=None, where={"origin": "delivered"}
    )
    assert read_layer(empty_place, "hazard_site")["code"].tolist() == ["A", "B"]
    write_layer(empty_place, "hazard_site", delivered, delivery_id=None)
    assert read_layer(empty_place, "hazard_site")["code"].tolist() == ["B"]


def test_a_metric_frame_is_brought_to_the_districts_crs(empty_place: Store) -> None:
    # STORAGE.md: (121.2, 31.9) lies at x 613518.359, y 3531392.084 in EPSG:4549.
    roads = gpd.GeoDataFrame(
        {"class": ["local"], "length_m": [10.0]},
        geometry=[LineString([(613518.359025415, 3531392.084433408), (613528.359, 3531392.084)])],
        crs=4549,
    )
    write_layer(empty_place, "road", roads, delivery_id=None)
    x, y = shapely.get_coordinates(read_layer(empty_place, "road").geom.iloc[0])[0]
    assert (round(x, 8), round(y, 8)) == (121.2, 31.9)


def test_a_geometry_that_the_table_cannot_hold_is_refused(empty_place: Store) -> None:
    points = _divisions().set_geometry(gpd.GeoSeries([Point(121, 31)] * 2, crs=4490))
    with pytest.raises(LayerWriteError, match="POINT where MULTIPOLYGON is stored"):
        write_layer(empty_place, "division", points, delivery_id=None)


def test_an_unknown_column_or_a_fraction_of_a_person_is_refused(empty_place: Store) -> None:
    with pytest.raises(LayerWriteError, match="no column colour_of_roof"):
        write_layer(
            empty_place, "duty", pd.DataFrame({"colour_of_roof": ["red"]}), delivery_id=None
        )
    with pytest.raises(LayerWriteError, match="not written"):
        write_layer(
            empty_place,
            "people",
            pd.DataFrame({"division_code": ["x"], "people": [1.5], "basis": ["counted"]}),
            delivery_id=None,
        )


def test_people_survive_a_new_delivery_of_their_divisions(empty_place: Store) -> None:
    write_layer(empty_place, "division", _divisions(), delivery_id=None)
    people = pd.DataFrame(
        {
            "division_code": ["990001001001"],
            "people": [7],
            "elderly_people": [None],
            "basis": ["counted"],
        }
    )
    with empty_place.begin() as connection:
        number = record_delivery(
            empty_place, form="people", file_name="人口.xlsx", sha256="0" * 64,
            rows_imported=1, connection=connection,
        )  # fmt: skip
        write_layer(empty_place, "people", people, delivery_id=number, connection=connection)
    write_layer(empty_place, "division", _divisions(), delivery_id=None)
    back = read_layer(empty_place, "people")
    assert back["people"].tolist() == [7]
    assert back["delivery_id"].tolist() == [number]
    assert back["elderly_people"].isna().all()


def test_a_fault_undoes_the_whole_transaction(empty_place: Store) -> None:
    def load_and_fail() -> None:
        with empty_place.begin() as connection:
            write_layer(
                empty_place, "division", _divisions(), delivery_id=None, connection=connection
            )
            bump_generation(empty_place, "division", connection=connection)
            raise InterruptedError

    with pytest.raises(InterruptedError):
        load_and_fail()
    assert len(read_layer(empty_place, "division")) == 0
    assert generation(empty_place, "division") == 0


def test_each_change_counts_one_generation(empty_place: Store) -> None:
    with empty_place.begin() as connection:
        bump_generation(empty_place, "division", connection=connection)
        bump_generation(empty_place, "road", connection=connection)
    assert bump_generation(empty_place, "division") == 2
    assert generation(empty_place, "division") == 2
    assert generation(empty_place) == 3
