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
    "village_groups": "village_group",
    "installations": "installation",
    "rescue_teams": "rescue_team",
    "material_depots": "material_depot",
    "emergency_plans": "emergency_plan",
    "stations": "station",
    "station_readings": "station_reading",
    "road_states": "road_state",
    "shelter_openings": "shelter_opening",
    "former_divisions": "former_division",
    "division_changes": "division_change",
    "surveyed_extents": "surveyed_extent",
    "dykes": "dyke",
    "sea_levels": "sea_level",
    "storm_formulas": "storm_formula",
}
"""Layers of rows that the public may see, and the table of each."""

OFFICE_LAYERS: Final = {
    "households": "household",
    "installation_substances": "installation_substance",
    "rescue_equipment": "rescue_equipment",
    "stock_movements": "stock_movement",
    "shelter_rounds": "shelter_round",
    "inspections": "inspection",
}
"""Layers of rows that the office keeps to itself, and the table of each."""

PERSONAL_LAYERS: Final = ("vulnerable_residents",)
"""Layers of persons: taken out only by who may, and recorded."""

PRODUCTS: Final = ("risk_areas",)
"""Layers of rows that are drawn out of a zoning run when they are asked for."""

RASTERS: Final = ("flood_depth", "elevation", "people_pattern")
"""Layers of cells; each is a stored raster of that name."""

ROW_FORMATS: Final = ("gpkg", "geojson", "csv", "xlsx", "parquet")
RASTER_FORMATS: Final = ("tif",)
RUN_FORMATS: Final = ("stac",)
"""A zoning run: its rasters with an item that describes them."""
FORM_FORMATS: Final = ("form",)
"""The workbook of a layer's form, filled."""
