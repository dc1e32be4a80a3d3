"""A layer taken part by part comes to what it comes to whole: rows, problems, notes, difference."""

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import MultiPolygon, Polygon, box

from census.intake import part_by_part
from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.reading import read
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from census.store.layers import read_layer, write_layer
from tests.census.intake.conftest import SOUTH, WEST

pytestmark = pytest.mark.postgis

PART_ROWS = 7
# The tiny district is 0.04 by 0.02 degrees; a building of 0.0001 is some 9 by 11 metres.
SMALL = 0.0001
FORM = form_named("buildings")
# Stands for ten thousand letters, which no report of a failure should print.
TOO_LONG = "长"


@pytest.fixture(scope="module")
def small_room():
    """A room that gives large layers, of more than seven rows, in parts."""
    with ReadingRoom(part_rows=PART_ROWS) as opened:
        yield opened


@pytest.fixture
def empty(store):
    def emptied():
        write_layer(store, "building", read_layer(store, "building").iloc[:0], delivery_id=None)

    return emptied


def house(x, y, size=SMALL):
    return box(WEST + x, SOUTH + y, WEST + x + size, SOUTH + y + size)


def bow_tie(x, y):
    corner = np.array([(0, 0), (SMALL, SMALL), (SMALL, 0), (0, SMALL)])
    return Polygon(np.add(corner, (WEST + x, SOUTH + y)))


@st.composite
def shapes(draw):
    """Houses of all kinds of trouble, few enough places that some meet or repeat."""
    x = draw(st.integers(-2, 12)) * SMALL * 0.8
    y = draw(st.integers(0, 3)) * SMALL * 0.8
    return draw(
        st.sampled_from([
            house(x, y), house(x, y), house(x, y), house(x, y, SMALL / 10), bow_tie(x, y),
            house(x, y).union(house(x + 0.001, y)), None, Polygon(), house(x + 3, y),
            house(x, y, 0.003), shapely.force_3d(house(x, y), 4.0), house(x, -0.0005),
            Polygon(house(x, y, 0.001).exterior, [house(x + 0.0004, y + 0.0004).exterior]),
        ])
    )  # fmt: skip


MESSY = st.lists(
    st.tuples(
        shapes(),
        st.sampled_from(["3", "10+", "4-7", "高层", "0", "900", None]),
        st.sampled_from(["住宅", "  厂 房 ", "坏\x07字", None, TOO_LONG]),
    ),
    min_size=PART_ROWS + 1, max_size=30,
)  # fmt: skip


def frame_of(rows):
    found = [shape if shape is None else MultiPolygon([shape]) if shape.geom_type == "Polygon"
             and not shape.is_empty else shape for shape, _, _ in rows]  # fmt: skip
    kinds = ["长" * 10_001 if kind == TOO_LONG else kind for *_, kind in rows]
    columns = {"levels": [levels for _, levels, _ in rows], "kind": kinds}
    return gpd.GeoDataFrame(columns, geometry=found, crs=4490)


def outcome(store, path, room, **options):
    report = import_delivery(store, "buildings", [path], room=room, **options)
    stored = read_layer(store, "building").drop(columns="delivery_id")
    # Numbers are never used again, so those of the second way go on after those of the first.
    stored["id"] = stored["id"].rank(method="dense").astype(int)
    told = None if report.difference is None else report.difference.counts()
    return (report.imported, report.refused, list(report.problems), told), stored


def assert_same(one, other):
    assert one[0] == other[0]
    pd.testing.assert_frame_equal(one[1].drop(columns="geom"), other[1].drop(columns="geom"))
    assert shapely.to_wkb(one[1].geom.to_numpy()).tolist() == (
        shapely.to_wkb(other[1].geom.to_numpy()).tolist()
    )


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=MESSY, again=MESSY, accept_faulty=st.booleans())
def test_parts_of_seven_rows_come_to_what_the_whole_comes_to(  # noqa: PLR0917
    store, tmp_path, room, small_room, empty, rows, again, accept_faulty
):
    outcomes = []
    for chosen in (room, small_room):
        empty()
        for number, each in enumerate((rows, rows[:5] + again)):
            path = tmp_path / f"buildings-{number}.gpkg"
            path.unlink(missing_ok=True)
            write_table(FORM, frame_of(each), path)
            outcomes.append(
                outcome(store, path, chosen, accept_faulty=accept_faulty, accept_gone=True)
            )
    assert_same(outcomes[0], outcomes[2])
    # What comes later is numbered behind all that ever stood, in another round behind more.
    assert_same(*((told, stored.drop(columns="id")) for told, stored in (outcomes[1], outcomes[3])))


def write(tmp_path, found, crs=4490):
    frame = gpd.GeoDataFrame({"levels": ["2"] * len(found)}, geometry=found, crs=crs)
    path = tmp_path / "buildings.gpkg"
    path.unlink(missing_ok=True)
    write_table(FORM, frame, path)
    return path


def test_a_repeat_and_an_overlap_are_found_across_parts_and_noted_on_the_later_row(
    store, tmp_path, small_room, empty
):
    empty()
    # 20 houses, 0.0003 degrees apart: rows 1 to 20 in parts of 7. Row 15 is row 1 again; row 20
    # begins in the middle of row 2 and covers half of it: 0.00005 by 0.0001 degrees, which is
    # 4.72 m by 11.09 m at 32 N, 52 square metres.
    found = [house(0.0003 * n, 0) for n in range(20)]
    found[14] = found[0]
    found[19] = house(0.0003 + SMALL / 2, 0)
    path = write(tmp_path, found)
    report = import_delivery(store, "buildings", [path], room=small_room)
    told = {(each.row, each.rule): each for each in report.problems if each.row}
    assert set(told) == {(15, "repeated_shape"), (20, "overlap")}
    assert "feature 1;" in told[15, "repeated_shape"].sentence_en
    assert told[20, "overlap"].value == "52 m2"
    assert "building 2 " in told[20, "overlap"].sentence_en
    notes = read_layer(store, "building").set_index("id")["notes"]
    assert [row for row, each in notes.items() if each] == [15, 20]
    assert notes[20][0]["rule"] == "overlap"


def test_more_rows_than_a_part_come_in_parts_and_fewer_whole(tmp_path, small_room):
    found = [house(0.0003 * n, 0) for n in range(20)]
    path = write(tmp_path, found)
    delivery = read(path, FORM, opener=small_room.open_tables, part_rows=PART_ROWS)
    parts = [delivery.frame, *(part.frame for part in delivery.rest)]
    assert [len(each) for each in parts] == [7, 7, 6]
    assert np.concatenate([each["row"] for each in parts]).tolist() == list(range(1, 21))
    path = write(tmp_path, found[:7])
    assert read(path, FORM, opener=small_room.open_tables, part_rows=PART_ROWS).rest is None


def test_a_file_of_another_district_is_read_whole_and_refused_in_the_same_words(
    store, tmp_path, room, small_room, empty
):
    empty()
    path = write(tmp_path, [shapely.affinity.translate(house(0, 0), 3) for _ in range(20)])
    whole = outcome(store, path, room)
    assert [each.rule for each in whole[0][2]] == ["crs"]
    assert_same(outcome(store, path, small_room), whole)


def test_a_layer_in_metres_comes_in_parts_as_it_comes_whole(
    store, tmp_path, room, small_room, empty
):
    places = gpd.GeoSeries([house(0.0003 * n, 0) for n in range(20)], crs=4490).to_crs(4549)
    path = write(tmp_path, list(places), crs=4549)
    outcomes = []
    for chosen in (room, small_room):
        empty()
        outcomes.append(outcome(store, path, chosen))
    assert outcomes[0][0][0] == 20
    assert_same(outcomes[1], outcomes[0])


def test_nothing_is_written_where_the_last_part_has_an_error(
    store, tmp_path, small_room, empty, monkeypatch
):
    empty()
    staged = []
    monkeypatch.setattr(part_by_part, "stage_rows", lambda *given: staged.append(len(given[3])))
    found = [house(0.0003 * n, 0) for n in range(20)]
    path = write(tmp_path, [*found, house(5, 0)])
    report = import_delivery(store, "buildings", [path], room=small_room)
    assert report.is_refused
    # After a table without rows; the third part, with the error, is not staged, and nothing is
    # stored of the first two.
    assert staged == [0, 7, 7]
    assert read_layer(store, "building").empty
