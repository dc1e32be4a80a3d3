"""What comes again as it stands is not looked at again, and the outcome is that of looking."""

import geopandas as gpd
import pandas as pd
import pytest
import shapely
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from shapely.geometry import Point, box
from sqlalchemy import text

from census.intake import part_by_part
from census.intake.forms import form_named
from census.intake.loading import import_delivery
from census.intake.reading_room import ReadingRoom
from census.intake.writing import write_table
from census.store.layers import read_layer, write_layer
from census.store.proposal_differences import leave_out
from tests.census.intake.conftest import SOUTH, WEST

pytestmark = pytest.mark.postgis

PART_ROWS = 7
# Some 9 by 11 metres; twenty of them 30 m apart make three parts.
SMALL = 0.0001
FORM = form_named("buildings")
CELLS = "select z, cx, cy, n, n_large, worst, total from census.tile_cell where layer = :layer"


@pytest.fixture(scope="module")
def parted():
    """A room that gives layers of more than seven rows in parts."""
    with ReadingRoom(part_rows=PART_ROWS) as opened:
        yield opened


@pytest.fixture
def looked_at(monkeypatch):
    """The numbers of the rows that were checked, in order."""
    rows, own = [], part_by_part.check
    monkeypatch.setattr(
        part_by_part, "check",
        lambda part, *rest: rows.extend(part.frame["row"]) or own(part, *rest),
    )  # fmt: skip
    return rows


def emptied(store):
    write_layer(store, "building", read_layer(store, "building").iloc[:0], delivery_id=None)


def house(x, y=0.0, size=SMALL):
    return box(WEST + x, SOUTH + y, WEST + x + size, SOUTH + y + size)


def row_of_houses():
    return [(house(0.0003 * number), "2") for number in range(20)]


def delivered(store, folder, rows, room, **options):
    path = folder / "buildings.gpkg"
    path.unlink(missing_ok=True)
    shapes, levels = [shape for shape, _ in rows], [each for _, each in rows]
    frame = gpd.GeoDataFrame({"levels": levels}, geometry=shapes, crs=4490)
    write_table(FORM, frame, path)
    return import_delivery(store, "buildings", [path], room=room, accept_gone=True, **options)


def test_a_second_delivery_looks_at_what_is_new_and_at_what_lies_beside_it(
    store, tmp_path, parted, looked_at
):
    emptied(store)
    rows = row_of_houses()
    assert delivered(store, tmp_path, rows, parted).imported == 20
    assert looked_at == list(range(1, 21))
    looked_at.clear()
    # Row 4 gets a third storey; row 10 moves onto row 11, which stands.
    rows[3] = (rows[3][0], "3")
    rows[9] = (house(0.0003 * 10 + SMALL / 2), "2")
    report = delivered(store, tmp_path, rows, parted)
    assert looked_at == [4, 10, 11]
    assert [(each.row, each.rule) for each in report.problems if each.row] == [(11, "overlap")]
    # A house without a code at another place is another house.
    assert report.difference.counts() == {
        "stood": 20, "added": 1, "changed": 1, "moved": 0, "gone": 1, "kept": 0, "unchanged": 18,
        "doubtful": 0,
    }  # fmt: skip
    looked_at.clear()
    # What was told has to be told again: row 11, with its neighbour.
    again = delivered(store, tmp_path, rows, parted)
    assert looked_at == [10, 11]
    assert again.difference.is_none
    assert [each.row for each in again.problems if each.rule == "overlap"] == [11]


def test_a_file_that_comes_again_unchanged_changes_nothing_and_nothing_of_it_is_looked_at(
    store, tmp_path, parted, looked_at
):
    emptied(store)
    first = delivered(store, tmp_path, row_of_houses(), parted)
    stored = read_layer(store, "building")
    looked_at.clear()
    again = delivered(store, tmp_path, row_of_houses(), parted)
    assert looked_at == []
    assert (again.imported, again.refused) == (first.imported, first.refused) == (20, 0)
    assert again.difference.is_none
    assert again.difference.unchanged == 20
    pd.testing.assert_frame_equal(pd.DataFrame(read_layer(store, "building")), pd.DataFrame(stored))


def test_whoever_else_writes_to_the_layer_has_all_of_it_looked_at(
    store, tmp_path, parted, looked_at
):
    emptied(store)
    delivered(store, tmp_path, row_of_houses(), parted)
    with store.begin() as connection:
        connection.execute(text("update census.building set levels = 9 where source_row = 5"))
    looked_at.clear()
    report = delivered(store, tmp_path, row_of_houses(), parted)
    assert looked_at == list(range(1, 21))
    assert report.difference.changed == 1
    assert set(read_layer(store, "building")["levels"]) == {2.0}


def test_other_divisions_have_all_of_it_looked_at(store, tmp_path, parted, looked_at):
    emptied(store)
    delivered(store, tmp_path, row_of_houses(), parted)
    divisions = read_layer(store, "division")
    renamed = divisions.assign(name=divisions["name"].where(divisions["level"] != "village", "新"))
    write_layer(store, "division", renamed, delivery_id=None)
    looked_at.clear()
    try:
        delivered(store, tmp_path, row_of_houses(), parted)
        assert looked_at == list(range(1, 21))
    finally:
        write_layer(store, "division", divisions, delivery_id=None)


class LeavesOut:
    """A review that accepts all but what changed."""

    proposed_by = "9"

    def __init__(self, store):
        self.store = store

    def tell(self, stage, rows):
        """Go on."""

    def settle(self, connection, prepared, found, *_):
        codes = [each.code for each in found.changes if each.kind == "update"]
        left = leave_out(connection, prepared.merging.against(self.store), found, codes)
        return prepared, left

    def written(self, connection, delivery_id):
        """Accept it."""


def test_a_change_that_was_not_accepted_is_told_again(store, tmp_path, parted):
    emptied(store)
    rows = row_of_houses()
    delivered(store, tmp_path, rows, parted)
    rows[3] = (rows[3][0], "3")
    left = delivered(store, tmp_path, rows, parted, review=LeavesOut(store))
    assert left.difference.is_none
    assert set(read_layer(store, "building")["levels"]) == {2.0}
    assert delivered(store, tmp_path, rows, parted).difference.changed == 1
    assert sorted(set(read_layer(store, "building")["levels"])) == [2.0, 3.0]


GRID = st.tuples(st.integers(0, 9), st.integers(0, 2), st.sampled_from(["1", "2", "高层"]))
HOUSES = st.lists(GRID, min_size=PART_ROWS + 1, max_size=24)
# Of two rows that say the same, and of which one goes, it is not said which one stays.
APART = st.lists(GRID, min_size=PART_ROWS + 1, max_size=24, unique_by=lambda each: each[:2])


def drawn(cells):
    # 0.8 of a house apart: neighbours overlap, the same cell twice is the same shape twice.
    return [(house(x * SMALL * 0.8, y * SMALL * 1.5), levels) for x, y, levels in cells]


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(first=APART, keep=st.lists(st.booleans(), min_size=24, max_size=24), new=HOUSES,
       is_turned=st.booleans())  # fmt: skip
def test_what_is_left_out_is_missed_by_nobody(  # noqa: PLR0917  (what hypothesis draws)
    store, tmp_path, room, parted, first, keep, new, is_turned
):
    second = [each for each, stays in zip(first, keep, strict=False) if stays] + new[:3]
    second = (second + new)[: max(len(second), PART_ROWS + 1)]
    if is_turned:
        second.reverse()
    outcomes = []
    for chosen in (room, parted):
        emptied(store)
        delivered(store, tmp_path, drawn(first), chosen)
        report = delivered(store, tmp_path, drawn(second), chosen)
        stored = read_layer(store, "building").drop(columns=["id", "delivery_id", "source_row"])
        shapes = shapely.to_wkb(stored.geom.to_numpy(), hex=True)
        said = pd.DataFrame(stored.drop(columns="geom")).assign(shape=shapes)
        outcomes.append((
            report.imported, report.refused, list(report.problems), report.difference.counts(),
            sorted(map(str, said.to_numpy().tolist())),
        ))  # fmt: skip
    assert outcomes[0] == outcomes[1]


def test_cells_that_are_renewed_are_those_that_are_counted_anew(store, tmp_path, parted):
    emptied(store)
    rows = [(house(0.0008 * (n % 10), 0.0008 * (n // 10)), "2") for n in range(60)]
    delivered(store, tmp_path, rows, parted)
    rows[5] = (house(0.0008 * 5 + 0.0004), "2")
    rows[17] = (house(0.0008 * 7, 0.0008, 3 * SMALL), "2")
    # Cells say nothing of storeys.
    rows[40] = (rows[40][0], "3")
    report = delivered(store, tmp_path, rows, parted)
    counts = report.difference.counts()
    assert (counts["added"], counts["gone"], counts["changed"]) == (2, 2, 1)
    renewed, counted = cells(store, "building")
    assert sum(each.n for each in renewed if each.z == 13) == 60
    assert sorted(map(exact, renewed)) == sorted(map(exact, counted))


def test_a_colour_that_changes_in_its_place_changes_its_cells(store, tmp_path, room):
    form = form_named("enterprises")
    path = tmp_path / "enterprises.gpkg"
    places = [Point(WEST + 0.0008 * number, SOUTH) for number in range(20)]
    for colour in ("blue", "red"):
        rows = {
            "code": [f"E{number}" for number in range(20)],
            "name": [f"{number}厂" for number in range(20)],
            "colour": [colour] + ["blue"] * 19,
        }
        path.unlink(missing_ok=True)
        write_table(form, gpd.GeoDataFrame(rows, geometry=places, crs=4490), path)
        report = import_delivery(store, "enterprises", [path], room=room, accept_gone=True)
    assert report.difference.changed == 1
    renewed, counted = cells(store, "enterprise")
    # Blue is 1, red is 4.
    assert sorted(each.worst for each in renewed if each.z == 13) == [1] * 19 + [4]
    assert sorted(map(exact, renewed)) == sorted(map(exact, counted))


def cells(store, layer):
    """The cells as they stand, and as they are counted anew."""
    with store.begin() as connection:
        renewed = connection.execute(text(CELLS), {"layer": layer}).all()
        connection.execute(text("select census.rebuild_cells(:layer)"), {"layer": layer})
        return renewed, connection.execute(text(CELLS), {"layer": layer}).all()


def exact(cell):
    # A sum of other order differs in its last digits.
    return (*cell[:6], round(cell.total or 0, 6))
