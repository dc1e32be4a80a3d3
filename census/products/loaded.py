"""Tell whether a place is stored just as it would be loaded now; importing this costs little.

What loads a place takes seconds to import, so whoever finds it loaded does without.
"""

import hashlib
import tomllib
from pathlib import Path
from typing import Any

from census.errors import CensusError, UnknownPlaceError
from census.intake.recipes import SamplesMissingError, known_places
from census.products.provenance import code_version, fingerprint
from census.store.connection import open_server
from census.store.database import open_store
from census.store.places import names, set_current_place
from census.store.settings import Settings, data_folder

EXAMPLE = "example"
"""The made-up district, which needs no files."""


def made_from(
    settings: Settings,
    place: str,
    *,
    samples: Path | None = None,
    seed: int | None = None,
    villages: int | None = None,
) -> str:
    """
    Hash what decides the content of a place: recipe, files, seed, size and code.

    Parameters
    ----------
    settings
        The deployment.
    place
        ``example``, or a place with a recipe in ``data/places``.
    samples
        Folder of the public files; None for that of the settings.
    seed
        Seed of the example; None for the recipe's.
    villages
        Villages of the example; None for the recipe's.

    Returns
    -------
    str
        SHA-256 in hexadecimal.

    Raises
    ------
    UnknownPlaceError
        If there is neither recipe nor example of that name.
    SamplesMissingError
        If files of the place are not there.
    """
    if place != EXAMPLE and place not in known_places():
        raise UnknownPlaceError(place, [EXAMPLE, *known_places()])
    files = [*_files(place, samples or settings.samples), *_rules()]
    return fingerprint(
        {
            "place": place,
            "seed": seed,
            "villages": villages,
            "files": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in files},
            "code": code_version(),
        }
    )


def _files(place: str, samples: Path | None) -> list[Path]:
    if place == EXAMPLE:
        return [data_folder() / "example" / "recipe.toml"]
    recipe = data_folder() / "places" / f"{place}.toml"
    folder = tomllib.loads(recipe.read_text(encoding="utf-8"))["folder"]
    if samples is None or not (samples / folder).is_dir():
        raise SamplesMissingError(place, [(samples or Path("$RISKATLAS_SAMPLES")) / folder])
    return [recipe, *sorted(path for path in (samples / folder).rglob("*") if path.is_file())]


def _rules() -> list[Path]:
    return sorted(
        path
        for name in ("methods", "reference")
        for path in (data_folder() / name).rglob("*")
        if path.is_file()
    )


def stored_report(settings: Settings, place: str, origin: str) -> dict[str, Any] | None:
    """
    Return the report of an equal, finished loading, and make its place the current one.

    Parameters
    ----------
    settings
        The deployment.
    place
        Name of the place.
    origin
        What ``made_from`` says of it now.

    Returns
    -------
    dict | None
        As ``census.products.demo.load_place`` returned it, with ``is_reused``; None where there is
        none.
    """
    # Held over both looks: the private server starts once.
    with open_server(settings) as server:
        if place not in names(server):
            return None
        try:
            with open_store(settings, place=place) as store:
                profile, is_complete = store.district.profile, store.district.is_complete
        except CensusError:
            # A loading that was cut off before the district row: load anew.
            return None
        if not is_complete or profile.get("fingerprint") != origin:
            return None
        set_current_place(settings, place)
        return {**profile["report"], "is_reused": True}
