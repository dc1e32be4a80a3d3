"""Files out of the store: formats, guarded cells, and bytes that depend on content alone."""

import hashlib
import os
import subprocess
import sys

import geopandas as gpd
import pandas as pd
import pyarrow.parquet as pq
import pytest
import rasterio

from census.errors import UnknownLayerError
from census.products.exports import (
    WRITERS,
    ExportFolderError,
    UnknownFormatError,
    export_layer,
    export_run,
)
from census.products.zoning_run import run_zoning
from census.store.counting import layer_rows
from census.store.formulas import guard
from census.store.offered import RASTER_FORMATS, RASTERS, ROW_FORMATS
from census.store.rasters import get_raster
from census.store.settings import Settings

AGAIN = """
import hashlib, sys
from pathlib import Path
import census.products.inputs as inputs
from census.products.exports import export_run
from census.products.zoning_run import run_zoning
from census.store.database import open_store
from census.store.settings import Settings
plain = inputs.read_layer
def shuffled(store, name, **options):
    return plain(store, name, **options).sample(frac=1.0, random_state=int(sys.argv[3]))
inputs.read_layer = shuffled
with open_store(Settings(home=Path(sys.argv[1])), place="example") as store:
    run_zoning(store)
    for path in export_run(store, Path(sys.argv[2])).values():
        print(hashlib.sha256(path.read_bytes()).hexdigest())
"""


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\tx", "\rx"])
def test_a_text_that_a_sheet_would_compute_is_kept_as_text(text):
    assert guard(text) == f"'{text}"


def test_other_cells_stay_as_they_are():
    assert [guard("示例"), guard(-1), guard(None)] == ["示例", -1, None]


@pytest.mark.postgis
@pytest.mark.parametrize("name", ["gpkg", "geojson", "csv", "xlsx", "parquet"])
def test_divisions_come_out_whole_in_every_format(small_place, tmp_path, name):
    out = tmp_path / f"divisions.{name}"
    count = export_layer(small_place, "divisions", name, out)
    readers = {
        "csv": lambda path: pd.read_csv(path, dtype=str),
        "xlsx": lambda path: pd.read_excel(path, dtype=str, engine="calamine"),
        "parquet": gpd.read_parquet,
    }
    back = readers.get(name, gpd.read_file)(out)
    assert len(back) == count > 6
    assert list(back.columns)[:3] == ["code", "name", "level"]
    assert back["code"].str.len().isin([12, 15]).all()


@pytest.mark.postgis
def test_rivers_and_sea_come_out_with_name_and_kind(small_place, tmp_path):
    count = export_layer(small_place, "water", "geojson", tmp_path / "water.geojson")
    back = gpd.read_file(tmp_path / "water.geojson")
    assert len(back) == count == layer_rows(small_place)["water"]
    assert set(back["kind"]) == {"river", "sea"}
    assert back.set_index("kind").loc["sea", "name"] == "示例海域"


def test_the_formats_that_commands_offer_are_those_that_are_written():
    assert tuple(WRITERS) == ROW_FORMATS


@pytest.mark.postgis
def test_every_layer_that_is_counted_can_be_taken_out_with_all_its_rows(small_place, tmp_path):
    for layer, rows in layer_rows(small_place).items():
        if layer in RASTERS:
            continue
        assert export_layer(small_place, layer, "parquet", tmp_path / "layer.parquet") == rows


@pytest.mark.postgis
def test_a_delivered_raster_comes_out_as_it_was_stored(small_place, tmp_path):
    there = [name for name in RASTERS if layer_rows(small_place)[name]]
    assert "flood_depth" in there
    for name in there:
        assert export_layer(small_place, name, RASTER_FORMATS[0], tmp_path / "cells.tif") == 1
        assert (tmp_path / "cells.tif").read_bytes() == get_raster(small_place, name)
    with pytest.raises(UnknownFormatError, match=r"'csv'.*Formats: tif"):
        export_layer(small_place, "flood_depth", "csv", tmp_path / "cells.csv")


@pytest.mark.postgis
def test_csv_starts_with_the_mark_that_excel_needs(small_place, tmp_path):
    export_layer(small_place, "risk_zones", "csv", tmp_path / "zones.csv")
    assert (tmp_path / "zones.csv").read_bytes().startswith(b"\xef\xbb\xbfcode,name,level")


@pytest.mark.postgis
def test_unknown_layers_formats_and_folders_are_told(small_place, tmp_path):
    with pytest.raises(UnknownLayerError, match="no layer 'ghosts'"):
        export_layer(small_place, "ghosts", "csv", tmp_path / "x")
    with pytest.raises(UnknownFormatError, match="'shp' is not written"):
        export_layer(small_place, "roads", "shp", tmp_path / "x")
    with pytest.raises(ExportFolderError, match="cannot be written"):
        export_layer(small_place, "roads", "csv", tmp_path / "nowhere" / "x.csv")


@pytest.mark.postgis
def test_a_run_says_in_its_file_what_it_was_made_from(small_place, tmp_path):
    run_zoning(small_place)
    paths = export_run(small_place, tmp_path)
    about = pq.read_schema(paths["zones"]).metadata[b"riskatlas"].decode()
    assert '"rule_edition": "flood-zoning 2026.1"' in about
    with rasterio.open(paths["cells"]) as cells:
        assert cells.descriptions == ("people", "risk_class")
        total = cells.read(1).sum()
    assert total == pytest.approx(
        gpd.read_parquet(paths["zones"]).query("level=='village'")["people"].sum()
    )


@pytest.mark.postgis
@pytest.mark.slow
def test_another_process_with_other_seed_threads_and_row_order_writes_the_same_bytes(
    small_place, cluster_settings: Settings, tmp_path
):
    run_zoning(small_place)
    here = [
        hashlib.sha256(path.read_bytes()).hexdigest()
        for path in export_run(small_place, tmp_path / "here").values()
    ]
    threads = dict.fromkeys(("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "GDAL_NUM_THREADS"), "3")
    for seed in ("1", "20"):
        command = [
            sys.executable,
            "-c",
            AGAIN,
            str(cluster_settings.home),
            str(tmp_path / seed),
            seed,
        ]
        environment = {**os.environ, **threads, "PYTHONHASHSEED": seed, "ARROW_NUM_THREADS": "3"}
        done = subprocess.run(
            command, env=environment, capture_output=True, text=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr
        assert done.stdout.split() == here
