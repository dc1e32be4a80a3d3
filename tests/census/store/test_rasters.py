from pathlib import Path

import numpy as np
import pytest
import rasterio
from rasterio import Affine
from rasterio.errors import RasterioIOError

from census.errors import NotYetMadeError
from census.store.database import Store
from census.store.layers import get_raster, put_raster, rasters
from census.store.rasters import cells_sha256

WET = np.array([[0.0, 0.5], [1.5, -9999.0]], dtype="float32")


def _tif(path: Path, cells: np.ndarray, **options: object) -> Path:
    profile = {
        "driver": "GTiff", "width": 2, "height": 2, "count": 1, "dtype": "float32",
        "crs": "EPSG:4490", "transform": Affine(0.001, 0, 121, 0, -0.001, 31), "nodata": -9999.0,
    }  # fmt: skip
    with rasterio.open(path, "w", **profile, **options) as raster:
        raster.write(cells, 1)
    return path


def test_the_hash_is_of_the_cells_not_of_their_packing(tmp_path: Path) -> None:
    plain = _tif(tmp_path / "plain.tif", WET).read_bytes()
    packed = _tif(tmp_path / "packed.tif", WET, compress="deflate").read_bytes()
    deeper = _tif(tmp_path / "deeper.tif", WET * 2).read_bytes()
    assert plain != packed
    assert cells_sha256(plain) == cells_sha256(packed)
    assert cells_sha256(plain) != cells_sha256(deeper)


def test_a_text_that_would_make_gdal_read_another_file_is_no_raster() -> None:
    vrt = (
        b'<VRTDataset rasterXSize="8" rasterYSize="1"><VRTRasterBand dataType="Byte" band="1" '
        b'subClass="VRTRawRasterBand"><SourceFilename relativeToVRT="0">/etc/passwd'
        b"</SourceFilename></VRTRasterBand></VRTDataset>"
    )
    with pytest.raises(RasterioIOError):
        cells_sha256(vrt)


@pytest.mark.postgis
def test_a_raster_comes_back_byte_for_byte_and_a_new_one_takes_its_place(
    empty_place: Store, tmp_path: Path
) -> None:
    first = _tif(tmp_path / "first.tif", WET)
    put_raster(empty_place, "flood_depth", "flood_depth", "current", "m", first)
    assert get_raster(empty_place, "flood_depth") == first.read_bytes()
    second = _tif(tmp_path / "second.tif", WET * 2).read_bytes()
    sha256 = put_raster(empty_place, "flood_depth", "flood_depth", "design", "m", second)
    listed = rasters(empty_place)
    assert listed[["name", "scenario", "sha256"]].to_numpy().tolist() == [
        ["flood_depth", "design", sha256]
    ]
    with pytest.raises(NotYetMadeError, match="no raster elevation yet"):
        get_raster(empty_place, "elevation")
