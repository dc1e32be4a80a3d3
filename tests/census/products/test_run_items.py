"""Rasters of a run with a STAC item, and its connected areas as a layer, on the real store."""

import json
from datetime import date

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import rasterio
from affine import Affine

from census.errors import NotYetMadeError, UnknownRunError
from census.products.cog import cog_bytes
from census.products.exports import export_layer
from census.products.risk_areas import dominant_factor, risk_areas
from census.products.run_items import CellsGoneError, export_item
from census.products.zoning_run import run_zoning
from census.store.layers import read_layer


def test_unit_and_words_of_a_band_are_kept_in_the_file(tmp_path):
    crs = rasterio.crs.CRS.from_epsg(4549)
    file = cog_bytes(
        {"depth": np.ones((2, 3)), "share": np.zeros((2, 3))}, Affine(10, 0, 0, 0, -10, 0), crs,
        tags={"fingerprint": "f"}, units={"depth": "m"}, words={"depth": "Water depth 水深"},
    )  # fmt: skip
    (tmp_path / "a.tif").write_bytes(file)
    with rasterio.open(tmp_path / "a.tif") as raster:
        assert raster.units == ("m", None)
        assert raster.descriptions == ("depth", "share")
        assert raster.tags(1)["description"] == "Water depth 水深"
        assert raster.tags()["fingerprint"] == "f"


def test_the_factor_that_raises_the_index_most_over_the_residents_dominates():
    # Means weighted 3 : 1: H 0.5, E (3 x 0.1 + 1.8) / 4 = 0.525, V and C below.
    zones = pd.DataFrame(
        {
            "people": [3.0, 1.0, 9.0],
            "contributions": [[0.5, 0.1, 0.0, -0.2], [0.5, 1.8, 0.1, 0.0], None],
        }
    )
    assert dominant_factor(zones) == "exposure"
    assert dominant_factor(zones.iloc[:1]) == "hazard"
    assert dominant_factor(zones.iloc[2:]) is None
    assert dominant_factor(zones.iloc[:0]) is None


@pytest.mark.postgis
def test_the_item_of_a_run_describes_files_that_are_there(small_place, tmp_path):
    run = run_zoning(small_place)
    paths = export_item(small_place, run.number, tmp_path / "out")
    item = json.loads(paths["item"].read_text(encoding="utf-8"))
    assert (item["type"], item["stac_version"], item["id"]) == ("Feature", "1.0.0", run.number)
    west, south, east, north = item["bbox"]
    assert -180 < west < east < 180
    assert -90 < south < north < 90
    ring = item["geometry"]["coordinates"][0]
    assert (ring[0], len(ring)) == (ring[-1], 5)
    day = read_layer(small_place, "zoning_run", where={"id": run.run_id})["data_date"].iloc[0]
    assert item["properties"]["datetime"] == f"{date.fromisoformat(str(day)[:10])}T00:00:00Z"
    told = item["properties"]
    assert told["riskatlas:evacuate_depth_m"] == 0.5
    assert told["riskatlas:people_in_hazard"] == run.summary["people_in_hazard"] > 0
    assert set(item["assets"]) == {"cells", "flood_depth"}
    for asset in item["assets"].values():
        with rasterio.open(paths["item"].parent / asset["href"]) as raster:
            assert asset["proj:shape"] == list(raster.shape)
            assert len(asset["raster:bands"]) == raster.count
    people, classes = item["assets"]["cells"]["raster:bands"]
    assert (people["name"], people["unit"], classes["unit"]) == ("people", "person", "1")
    assert classes["statistics"]["minimum"] >= 0
    assert item["assets"]["flood_depth"]["raster:bands"][0]["unit"] == "m"


@pytest.mark.postgis
def test_cells_of_a_run_that_a_later_one_replaced_are_refused(small_place, tmp_path):
    first = run_zoning(small_place)
    run_zoning(small_place, parameters={"index": {"k": 0.4}})
    with pytest.raises(CellsGoneError, match="a later run took their place"):
        export_item(small_place, first.number, tmp_path)
    with pytest.raises(UnknownRunError):
        export_item(small_place, "FLOOD-R-0", tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.postgis
@pytest.mark.parametrize("file_format", ["gpkg", "geojson"])
def test_areas_leave_with_their_outlines_and_add_up_to_the_villages(
    small_place, tmp_path, file_format
):
    run_zoning(small_place)
    out = tmp_path / f"areas.{file_format}"
    rows = export_layer(small_place, "risk_areas", file_format, out)
    read = gpd.read_file(out)
    assert len(read) == rows > 0
    assert {"name", "risk_class", "people", "area_m2", "dominant_factor"} <= set(read.columns)
    areas = risk_areas(small_place, "flood")
    assert set(areas["hazard"]) == {"flood"}
    with pytest.raises(NotYetMadeError, match="riskatlas zone --hazard drought"):
        risk_areas(small_place, "drought")
    villages = read_layer(small_place, "division")
    villages = villages[villages["level"] == "village"]
    codes = [code for row in areas["villages"] for code in row.split(" ")]
    assert sorted(codes) == sorted(villages["code"])
    assert areas["villages_without_outline"].tolist() == [0] * rows
    metric = small_place.district.metric_srid
    drawn, own = (layer.to_crs(metric).area.sum() for layer in (areas, villages))
    assert drawn == pytest.approx(own, rel=1e-6)
    assert areas.geometry.is_valid.all()
