"""Name the layers that can be taken out, the table of each, and the formats they are written in."""

from typing import Final

LAYERS: Final = {
    "divisions": "division",
    "people": "people",
    "buildings": "building",
    "roads": "road",
    "water": "water",
    "hazard_sites": "hazard_site",
    "shelters": "shelter",
    "assembly_points": "assembly_point",
    "evacuation_routes": "evacuation_route",
    "enterprises": "enterprise",
    "duties": "duty",
    "historical_disasters": "historical_disaster",
    "risk_zones": "risk_zone",
}
"""Layers of rows, and the table of each."""

RASTERS: Final = ("flood_depth", "elevation", "people_pattern")
"""Layers of cells; each is a stored raster of that name."""

ROW_FORMATS: Final = ("gpkg", "geojson", "csv", "xlsx", "parquet")
RASTER_FORMATS: Final = ("tif",)
