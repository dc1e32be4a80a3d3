"""Metres are checked at the door and a cell's area is exact."""

import geopandas as gpd
import numpy as np
import pyproj
import pytest
from affine import Affine
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point, box

from geo import crs
from geo.errors import CRSError, GridError


def points(xy, epsg):
    return gpd.GeoDataFrame(geometry=[Point(p) for p in xy], crs=epsg)


def test_degrees_feet_and_web_mercator_are_refused_and_metres_pass():
    with pytest.raises(CRSError, match="EPSG:4490, which is in degrees; a projected CRS in metres"):
        crs.require_metric("EPSG:4490", name="villages")
    with pytest.raises(CRSError, match="US survey foot"):
        crs.require_metric("EPSG:2263")
    with pytest.raises(CRSError, match="EPSG:3857, which stretches areas"):
        crs.require_metric("EPSG:3857")
    with pytest.raises(CRSError, match="no CRS"):
        crs.require_metric(points([(0, 0)], None))
    assert crs.require_metric(points([(0, 0)], "EPSG:4549")).to_epsg() == 4549


def test_two_layers_in_different_crs_are_refused_by_name():
    with pytest.raises(CRSError, match="cells is in EPSG:4549 and zones in EPSG:32748"):
        crs.require_same_crs("EPSG:4549", "EPSG:32748", names=("cells", "zones"))
    with pytest.raises(CRSError, match="zones is in no CRS"):
        crs.require_same_crs("EPSG:4549", None, names=("cells", "zones"))
    assert crs.require_same_crs("EPSG:4326", "OGC:CRS84", names=("a", "b")).is_geographic


def test_haimen_falls_where_proj_and_postgis_put_it_x_east_first():
    moved = crs.reproject(points([(121.2, 31.9)], "EPSG:4490"), "EPSG:4549")
    assert moved.geometry.x[0] == pytest.approx(613518.359025415, abs=1e-6)
    assert moved.geometry.y[0] == pytest.approx(3531392.084433408, abs=1e-6)


def test_the_neighbouring_zone_is_refused_although_proj_accepts_it():
    with pytest.raises(CRSError, match=r"EPSG:4547 is made for 112.5..115.5 E"):
        crs.reproject(points([(121.2, 31.9)], "EPSG:4490"), "EPSG:4547")


def test_swapped_columns_are_refused():
    with pytest.raises(CRSError, match=r"made for|swapped"):
        crs.reproject(points([(31.9, 121.2)], "EPSG:4490"), "EPSG:4549")


def test_a_layer_without_crs_is_never_guessed():
    with pytest.raises(CRSError, match="never guessed"):
        crs.reproject(points([(121.2, 31.9)], None), "EPSG:4549")


def test_a_projected_cell_is_its_plane_area():
    area = crs.cell_area_m2(Affine(30, 0, 0, 0, -20, 0), (2, 3), "EPSG:4549")
    assert area.shape == (2, 3)
    assert (area == 600).all()


def test_one_degree_cells_over_the_globe_add_up_to_the_ellipsoid():
    area = crs.cell_area_m2(Affine(1, 0, -180, 0, -1, 90), (180, 360), "EPSG:4326")
    # WGS84 surface, NIMA TR8350.2: 510,065,621.724 km2
    assert area.sum() == pytest.approx(510065621.724e6, rel=1e-11)
    assert np.array_equal(area[:90], area[:89:-1])


@given(st.floats(-88, 88), st.floats(1e-4, 0.01))
def test_small_cells_agree_with_geodesic_polygons(latitude, size):
    area = crs.cell_area_m2(Affine(size, 0, 106, 0, -size, latitude), (1, 1), "EPSG:4326")[0, 0]
    square = box(106, latitude - size, 106 + size, latitude)
    geodesic, _ = pyproj.Geod(ellps="WGS84").geometry_area_perimeter(square)
    assert area == pytest.approx(abs(geodesic), rel=1e-5)


def test_rotated_grids_and_grids_beyond_the_pole_are_refused():
    with pytest.raises(GridError, match="rotated"):
        crs.cell_area_m2(Affine(1, 0.1, 0, 0, -1, 0), (1, 1), "EPSG:4549")
    with pytest.raises(GridError, match="pole"):
        crs.cell_area_m2(Affine(1, 0, 31, 0, -1, 121), (1, 1), "EPSG:4490")
    with pytest.raises(CRSError, match="no CRS"):
        crs.cell_area_m2(Affine(1, 0, 31, 0, -1, 121), (1, 1), None)
