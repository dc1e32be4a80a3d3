import json
import math

import pytest

from census.errors import UnknownDivisionError, UnknownLayerError
from census.store import pages
from census.store.database import Store
from census.store.frames import geometries

pytestmark = pytest.mark.postgis

TOWN = "990001001000"
WEST = "990001001001"
EAST = "990001001002"
UNIT = "990001001001001"


def test_a_town_counts_the_people_of_its_villages(small_district: Store) -> None:
    (town,) = pages.towns(small_district)
    assert (town.name, town.people, town.people_basis) == ("河口镇", 350, "derived")
    assert town.bounds == pytest.approx((121.0, 31.0, 121.02, 31.01))


def test_villages_are_listed_by_town(small_district: Store) -> None:
    assert [v.name for v in pages.villages(small_district, TOWN)] == ["西河村", "东河村"]
    assert pages.villages(small_district, "990001002000") == []
    assert [v.people for v in pages.villages(small_district)] == [300, 50]


def test_a_grid_unit_shows_the_people_that_zoning_placed_there(small_district: Store) -> None:
    (unit,) = pages.grid_units(small_district, WEST)
    assert (unit.people, unit.people_basis, unit.village_name) == (180, "derived", "西河村")


def test_an_unknown_code_is_answered_with_a_sentence(small_district: Store) -> None:
    with pytest.raises(UnknownDivisionError, match="has the code '12'"):
        pages.division(small_district, "12")


def test_a_risk_card_names_its_run_and_its_reasons(small_district: Store) -> None:
    card = pages.risk_card(small_district, WEST)
    assert card is not None
    assert (card.risk_class, card.number, card.reference) == (4, "FZ-1", "median")
    assert card.why_en == ("Deep water.",)
    assert sum(card.contributions or ()) == 0.5
    assert pages.risk_card(small_district, TOWN) is None


def test_classes_are_counted_and_units_without_one_too(small_district: Store) -> None:
    card = pages.zoning_card(small_district)
    assert card is not None
    assert card.classes["village"] == {0: (1, 50.0), 4: (1, 300.0)}


def test_a_village_lists_the_shelters_its_routes_lead_to(small_district: Store) -> None:
    reached, own = pages.shelters(small_district, WEST)
    assert (reached.code, reached.load_people, reached.usable) == ("S1", 100, True)
    assert (own.code, own.usable, own.unusable_reason) == ("S2", False, "too_deep")
    assert [s.code for s in pages.shelters(small_district, EAST)] == ["S1"]


def test_routes_are_ranked_by_the_people_they_carry(small_district: Store) -> None:
    routes = pages.routes(small_district, town_code=TOWN)
    assert [(r.code, r.rank, r.people) for r in routes] == [("R2", 1, 70), ("R1", 2, 30)]
    assert routes[0].shelter_name == "东河小学"
    assert pages.routes(small_district, EAST) == []


def test_demand_adds_up_on_every_level(small_district: Store) -> None:
    whole = pages.demand(small_district)
    town = pages.demand(small_district, TOWN)
    west = pages.demand(small_district, WEST)
    unit = pages.demand(small_district, UNIT)
    assert whole == town
    assert whole is not None
    assert west is not None
    assert (whole.demand_people, whole.served_people, whole.unserved_people) == (120, 100, 20)
    assert whole.reasons == {"no_place": 10, "cut_off": 10}
    assert west.served_people + west.unserved_people == west.demand_people == 110
    assert unit == west


def test_sites_duties_firms_and_past_floods_of_a_village(small_district: Store) -> None:
    assert [h.people_threatened for h in pages.hazard_sites(small_district, WEST)] == [120]
    assert [d.post for d in pages.duties(small_district, WEST)] == ["村主任", "会计"]
    assert [e.colour for e in pages.enterprises(small_district, WEST)] == ["red", "blue"]
    # The flood covered the eastern half of the village.
    (flood,) = pages.history(small_district, WEST)
    assert flood.affected_share == pytest.approx(0.5)
    assert pages.history(small_district, EAST)[0].affected_share == pytest.approx(0.0)
    assert len(pages.history(small_district)) == 1


def test_forms_without_a_delivery_count_zero(small_district: Store) -> None:
    rows = pages.delivered(small_district)
    assert rows["divisions"] == 4
    assert (rows["hazard_sites"], rows["assembly_points"], rows["elevation"]) == (0, 0, 0)


def test_search_finds_names_and_codes_and_takes_signs_literally(small_district: Store) -> None:
    assert [h.name for h in pages.search(small_district, "河村")] == ["西河村", "东河村"]
    assert pages.search(small_district, " 西河一组 ")[0].village_name == "西河村"
    assert [h.code for h in pages.search(small_district, "9900010010", limit=2)] == [TOWN, WEST]
    assert pages.search(small_district, "%") == []
    assert pages.search(small_district, " ") == []


@pytest.mark.parametrize(
    ("layer", "rows"),
    [
        ("towns", 1), ("villages", 2), ("grid_units", 1), ("hazard_sites", 1), ("shelters", 2),
        ("routes", 2), ("assembly_points", 0), ("enterprises", 2), ("historical_disasters", 1),
        ("evacuation_demand", 1), ("buildings", 1), ("roads", 2), ("water", 2),
    ],
)  # fmt: skip
def test_features_and_frames_say_the_same(small_district: Store, layer: str, rows: int) -> None:
    collection = json.loads(pages.features(small_district, layer))
    frame = geometries(small_district, layer)
    assert collection["type"] == "FeatureCollection"
    assert len(collection["features"]) == len(frame) == rows
    assert [f["properties"]["code"] for f in collection["features"]] == list(frame["code"])
    for feature in collection["features"]:
        assert not {"popup", "tooltip", "geom"} & set(feature["properties"])


def test_a_layer_is_cut_by_village_and_by_bounds(small_district: Store) -> None:
    def codes(layer: str, **only: object) -> list[str]:
        frame = geometries(small_district, layer, **only)
        drawn = json.loads(pages.features(small_district, layer, **only))["features"]
        assert [f["properties"]["code"] for f in drawn] == list(frame["code"])
        return list(frame["code"])

    assert codes("shelters", village_code=WEST) == ["S2"]
    assert len(codes("roads", village_code=WEST)) == 1
    assert len(codes("roads", town_code=TOWN)) == 2
    assert codes("villages", bounds=(121.015, 31.001, 121.016, 31.002)) == [EAST]
    assert codes("grid_units", village_code=EAST) == []
    with pytest.raises(UnknownLayerError, match="no layer 'moon'"):
        codes("moon")


def _tile_of(lon: float, lat: float, z: int) -> tuple[int, int, int]:
    y = (1 - math.asinh(math.tan(math.radians(lat))) / math.pi) / 2 * 2**z
    return z, int((lon + 180) / 360 * 2**z), int(y)


def test_the_base_map_names_its_layers_and_adds_detail_with_zoom(small_district: Store) -> None:
    far = pages.tile(small_district, "basemap", *_tile_of(121.005, 31.005, 10))
    near = pages.tile(small_district, "basemap", *_tile_of(121.005, 31.005, 14))
    house = pages.tile(small_district, "basemap", *_tile_of(121.002, 31.002, 14))
    for name in (b"land", b"water", b"boundary_town", b"road", b"place_label"):
        assert name in far
        assert name in near
    assert "西河村".encode() in near
    assert "西河村".encode() not in far
    assert b"building" in house
    assert b"building" not in far


def test_the_base_map_tells_rivers_from_the_sea(small_district: Store) -> None:
    river = pages.tile(small_district, "basemap", *_tile_of(121.0005, 31.0005, 14))
    shore = pages.tile(small_district, "basemap", *_tile_of(121.025, 31.005, 14))
    assert b"water" in river
    assert b"river" in river
    assert b"sea" in shore
    assert list(geometries(small_district, "water", village_code=WEST)["kind"]) == ["river"]


def test_a_label_stands_in_one_tile_only(small_district: Store) -> None:
    z, x, y = _tile_of(121.01, 31.005, 13)
    tiles = [
        pages.tile(small_district, "basemap", z, x + i, y + j)
        for i in (-1, 0, 1)
        for j in (-1, 0, 1)
    ]
    assert sum(b"place_label" in t and "东河村".encode() in t for t in tiles) == 1


def test_a_tile_that_is_empty_or_does_not_exist_has_no_bytes(small_district: Store) -> None:
    assert pages.tile(small_district, "basemap", 10, 0, 0) == b""
    assert pages.tile(small_district, "basemap", 3, 8, 0) == b""
    assert pages.tile(small_district, "grid_units", 40, 0, 0) == b""
    with pytest.raises(UnknownLayerError, match="no layer 'moon'"):
        pages.tile(small_district, "moon", 1, 0, 0)


def test_divisions_travel_as_tiles_with_their_class(small_district: Store) -> None:
    tile = pages.tile(small_district, "villages", *_tile_of(121.005, 31.005, 13))
    assert b"risk_class" in tile
    assert EAST.encode() in tile
