"""A place that has codes of divisions and no outlines: its lists are delivered as they are."""

import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pandas as pd

from census.intake.division_codes import CHANGES, FORM
from census.intake.forms import form_named
from census.intake.prepared import Prepared
from census.intake.recipes import SamplesMissingError


def cook_codes(recipe: Mapping[str, Any], folder: Path, out: Path, *, place: str) -> Prepared:
    """
    Follow a recipe that has ``codes`` in the place of ``divisions``.

    Parameters
    ----------
    recipe
        ``profile``, ``codes.files``, and ``change``: rows of the crosswalk, by names of fields.
    folder
        Folder of the lists.
    out
        Folder to write the deliveries to.
    place
        Name of the place.

    Returns
    -------
    Prepared
        The profile and the deliveries: lists unchanged, and the crosswalk as a table.

    Raises
    ------
    SamplesMissingError
        When files are not there; all are named.
    """
    files = [folder / name for name in recipe["codes"]["files"]]
    missing = [path for path in files if not path.is_file()]
    if missing:
        raise SamplesMissingError(place, missing)
    out.mkdir(parents=True, exist_ok=True)
    deliveries = []
    for path in files:
        shutil.copyfile(path, out / path.name)
        deliveries.append((FORM, out / path.name))
    rows = recipe.get("change", [])
    if rows:
        headings = {each.name: each.heading for each in form_named(CHANGES).fields}
        table = pd.DataFrame(rows, dtype=object).rename(columns=headings)
        table.to_csv(out / f"{CHANGES}.csv", index=False, encoding="utf-8-sig")
        deliveries.append((CHANGES, out / f"{CHANGES}.csv"))
    return Prepared(dict(recipe["profile"]), deliveries)
