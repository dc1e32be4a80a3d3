"""Cut a public layer to what a place needs of it: inside an outline, or what a survey left out.

"None seen" and "not looked at" differ: what a survey did not cover, or could not see for clouds, is
made a layer of its own from the outline of the place and those of the survey.
"""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import geopandas as gpd
import pyogrio
import shapely

from census.intake.problems import Problem, Source


def cut(
    raw: gpd.GeoDataFrame, rule: Mapping[str, Any], folder: Path, notes: list[Problem]
) -> gpd.GeoDataFrame:
    """
    Cut a layer by others of its file.

    Parameters
    ----------
    raw
        The layer.
    rule
        Its rule in the recipe. ``within`` names a layer: rows that do not meet it are left out.
        ``not_in`` names layers whose common area is taken away, ``but_in`` layers whose area is
        kept all the same, such as the clouds in a survey; each part left becomes a row.
    folder
        Folder of the files.
    notes
        List that what was left out is added to.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows left.
    """
    here = Source(rule["file"], rule["layer"])

    def area_of(names: list[str]) -> Any:
        shapes = [
            pyogrio.read_dataframe(folder / rule["file"], layer=name).to_crs(raw.crs).geometry
            for name in names
        ]
        sound = [shapely.make_valid(part, method="structure", keep_collapsed=False)
                 for column in shapes for part in column]  # fmt: skip
        return shapely.union_all(sound)

    if "within" in rule:
        meets = raw.intersects(area_of([rule["within"]])).to_numpy()
        notes.append(_outside(here, int((~meets).sum()), rule["within"]))
        raw = raw[meets].reset_index(drop=True)
    if "not_in" in rule:
        seen = area_of(rule["not_in"]).difference(area_of(rule.get("but_in", [])))
        left = raw.geometry.make_valid(method="structure", keep_collapsed=False).difference(seen)
        raw = raw.set_geometry(left).explode(index_parts=False)
        raw = raw[raw.geom_type == "Polygon"].reset_index(drop=True)
    return raw


def _outside(here: Source, count: int, outline: str) -> Problem:
    return here.problem(
        "outside",
        "warning",
        value=count,
        zh=f"{count} 个要素在“{outline}”之外，未交付",
        en=f"{count} features lie outside {outline!r}: they are not delivered",
    )
