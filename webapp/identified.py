"""Say in words what a click on a tile found: the codes of a delivery in both languages."""

import json
import tomllib
from collections.abc import Mapping
from functools import cache
from typing import Any, Final

from census.store.settings import data_folder
from geo.vocabulary import HazardSiteKind
from webapp.words import LANGUAGES, Language

FILE: Final = "object_words.toml"
SITES: Final = "hazard_sites"
Sides = Mapping[Language, str]


@cache
def written_words(table: str) -> Mapping[str, Sides]:
    """
    Read how deliveries write a field.

    Parameters
    ----------
    table
        ``kinds`` or ``structures``.

    Returns
    -------
    Mapping
        What is written, in lower case, to the words in each language.
    """
    read = tomllib.loads((data_folder() / "reference" / FILE).read_text(encoding="utf-8"))
    return {
        written.lower(): {language: entry[language] for language in LANGUAGES}
        for entry in read[table]
        for written in entry["written"]
    }


def in_words(table: str, written: str | None) -> Sides | None:
    """
    Say what a field of a delivery means.

    Parameters
    ----------
    table
        ``kinds`` or ``structures``.
    written
        As it was delivered; None for nothing.

    Returns
    -------
    Mapping or None
        The words in each language: those of the delivery itself, without underscores, where
        nobody has said what they mean; None for nothing.
    """
    if not written:
        return None
    known = written_words(table).get(written.strip().lower())
    return known or dict.fromkeys(LANGUAGES, written.replace("_", " "))


def _kind(layer: str, written: str | None) -> Sides | None:
    if layer != SITES:
        return in_words("kinds", written)
    site = next((each for each in HazardSiteKind if each.value == written), None)
    return site and {language: site.label(language) for language in LANGUAGES}


def worded(answer: bytes, layer: str) -> bytes:
    """
    Add the words to what was found at a place.

    Parameters
    ----------
    answer
        As :func:`census.store.found_at.found_at` gives it.
    layer
        Its layer.

    Returns
    -------
    bytes
        JSON in UTF-8; each of ``found`` has ``said``, a list of words by language.
    """
    told: dict[str, Any] = json.loads(answer)
    for each in told["found"]:
        sides = (_kind(layer, each.get("kind")), in_words("structures", each.get("structure")))
        each["said"] = {
            language: [side[language] for side in sides if side] for language in LANGUAGES
        }
    return json.dumps(told, ensure_ascii=False).encode()
