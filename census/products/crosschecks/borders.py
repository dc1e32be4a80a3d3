"""Divisions: whether those of one level overlap, and whether the villages of a town fill it."""

from collections.abc import Iterator

import geopandas as gpd
import shapely

from census.intake.context import area_m2
from census.intake.overlapping import overlaps
from census.products.crosschecks.district import District, Finding, of
from census.products.parameters import Parameters


def overlapping(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find divisions of one level that overlap.

    Parameters
    ----------
    district
        The district.
    rule
        ``most_m2``.

    Yields
    ------
    Finding
        One per pair, at the later code.
    """
    shapes = _shapes(district)
    records = list(district.records("division"))
    for level in ("town", "village", "grid_unit"):
        rows = [
            row for row, record in enumerate(records)
            if record["level"] == level and record["geom"] is not None
        ]  # fmt: skip
        for one, other, common_m2 in overlaps(shapes.iloc[rows]):
            if common_m2 <= rule["most_m2"]:
                continue
            mate = records[rows[other]]
            yield of(
                "division", records[rows[one]], column="geom", value=f"{common_m2:.0f} m2",
                sentence_zh=f"与 {mate['code']} {mate['name']} 重叠 {common_m2:,.0f} 平方米",
                sentence_en=f"It overlaps {mate['code']} {mate['name']} by {common_m2:,.0f} m2",
                fix_zh="由两方确认界线后重新交付", fix_en="Settle the border, then deliver again",
            )  # fmt: skip


def uncovered(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find ground of a town that belongs to none of its villages.

    Parameters
    ----------
    district
        The district.
    rule
        ``most_m2`` in one piece.

    Yields
    ------
    Finding
        One per piece.
    """
    shapes = _shapes(district)
    records = list(district.records("division"))
    for row, town in enumerate(records):
        if town["level"] != "town" or town["geom"] is None:
            continue
        villages = [
            shapes.iloc[k] for k, each in enumerate(records)
            if each["level"] == "village" and each["town_code"] == town["code"]
            and each["geom"] is not None
        ]  # fmt: skip
        if not villages:
            continue
        rest = shapely.difference(shapes.iloc[row], shapely.union_all(villages))
        pieces = gpd.GeoSeries(
            [each for each in shapely.get_parts(rest) if each.geom_type == "Polygon" and each.area],
            crs=shapes.crs,
        )
        for piece, size_m2 in zip(pieces, area_m2(pieces), strict=True):
            if size_m2 <= rule["most_m2"]:
                continue
            place = piece.representative_point()
            yield of(
                "division", town, column="geom", value=f"{size_m2:.0f} m2",
                x=round(place.x, 6), y=round(place.y, 6),
                sentence_zh=f"有 {size_m2:,.0f} 平方米不属于任何村",
                sentence_en=f"{size_m2:,.0f} m2 of it belong to no village",
                fix_zh="补画村界，或确认该地块的归属",
                fix_en="Draw the village there, or settle to which one it belongs",
            )  # fmt: skip


def _shapes(district: District) -> gpd.GeoSeries:
    layer = district.layer("division")
    shapes: gpd.GeoSeries = layer["geom"]
    return shapes
