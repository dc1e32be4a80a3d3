"""Cut a public layer to what a place needs of it: what meets an outline."""

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
    folder
        Folder of the files.
    notes
        List that what was left out is added to.

    Returns
    -------
    geopandas.GeoDataFrame
        The rows left.
    """
    if "within" not in rule:
        return raw
    outline = pyogrio.read_dataframe(folder / rule["file"], layer=rule["within"]).to_crs(raw.crs)
    sound = [
        shapely.make_valid(part, method="structure", keep_collapsed=False)
        for part in outline.geometry
    ]
    meets = raw.intersects(shapely.union_all(sound)).to_numpy()
    here = Source(rule["file"], rule["layer"])
    notes.append(_outside(here, int((~meets).sum()), rule["within"]))
    return raw[meets].reset_index(drop=True)


def _outside(here: Source, count: int, outline: str) -> Problem:
    return here.problem(
        "outside",
        "warning",
        value=count,
        zh=f"{count} 个要素在“{outline}”之外，未交付",
        en=f"{count} features lie outside {outline!r}: they are not delivered",
    )
