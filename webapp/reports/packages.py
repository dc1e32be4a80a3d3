"""Pack what a telephone needs of a village, so that its map works without any network."""

import json
from typing import Any, Final

from census.store import pages
from census.store.connection import Store
from census.store.deliveries import edition
from census.store.features import SOURCES

LARGEST_BYTES: Final = 2_000_000
# In the order in which they are left out where there is too much: the last of them first.
LAYERS: Final = (
    "villages", "grid_units", "hazard_sites", "shelters", "routes", "assembly_points", "water",
    "roads", "buildings",
)  # fmt: skip
# Borders of the neighbours help to find one's way.
OF_TOWN: Final = frozenset({"villages"})


def edition_of(store: Store) -> str:
    """
    Name the state of what packages hold.

    Parameters
    ----------
    store
        The district's store, role public.

    Returns
    -------
    str
        Another one after each change.
    """
    layers = {source for layer in LAYERS for source in SOURCES[layer]} | {"duty"}
    return edition(store, *sorted(layers))


def package(store: Store, village_code: str) -> bytes:
    """
    Pack a village.

    Parameters
    ----------
    store
        The district's store, role public.
    village_code
        The village.

    Returns
    -------
    bytes
        JSON of at most ``LARGEST_BYTES``: ``village``, ``bounds`` (west, south, east, north in
        degrees), ``edition``, ``data_date``, ``posts``, ``layers`` (GeoJSON) and ``left_out``.

    Raises
    ------
    UnknownDivisionError
        If there is no such village.
    """
    found = pages.division(store, village_code)
    district = pages.district(store)
    head: dict[str, Any] = {
        "village": {"code": found.code, "name": found.name, "town": found.town_name},
        "bounds": found.bounds,
        "edition": edition_of(store),
        "data_date": str(district.data_date) if district.data_date else None,
        "posts": [
            {"post": each.post, "task": each.task} for each in pages.duties(store, village_code)
        ],
    }
    layers, left_out = _layers(store, found.code, found.town_code)
    head["left_out"] = left_out
    written = json.dumps(head, ensure_ascii=False, separators=(",", ":")).encode()
    body = b",".join(b'"' + name.encode() + b'":' + told for name, told in layers.items())
    return written[:-1] + b',"layers":{' + body + b"}}"


def _layers(store: Store, village_code: str, town_code: str) -> tuple[dict[str, bytes], list[str]]:
    kept: dict[str, bytes] = {}
    left_out: list[str] = []
    room = LARGEST_BYTES - 20_000
    for layer in LAYERS:
        is_of_town = layer in OF_TOWN
        told = pages.features(
            store,
            layer,
            town_code=town_code if is_of_town else None,
            village_code=None if is_of_town else village_code,
        )
        if len(told) > room:
            left_out.append(layer)
            continue
        kept[layer] = told
        room -= len(told)
    return kept, left_out
