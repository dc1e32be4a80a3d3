"""Count what is stored of each layer that can be taken out, and what of it was derived."""

from collections.abc import Mapping
from typing import Final

from sqlalchemy import text

from census.store.connection import Store
from census.store.offered import LAYERS, OFFICE_LAYERS, RASTERS
from census.store.shown import LEADING_RUN

_CURRENT_ZONES: Final = f"pub.risk_zone where run_id = {LEADING_RUN}"


def layer_rows(store: Store) -> Mapping[str, int]:
    """
    Count the rows of every layer that can be taken out.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    Mapping[str, int]
        Rows by layer, delivered, derived and planned ones together; 1 or 0 for a raster; risk
        zones are those of the current run.
    """
    sources = {layer: f"pub.{table}" for layer, table in LAYERS.items()}
    sources["risk_zones"] = _CURRENT_ZONES
    sources |= {layer: f"census.{table}" for layer, table in OFFICE_LAYERS.items()}
    sources |= {name: f"pub.raster where name = '{name}'" for name in RASTERS}
    return _counted(store, sources)


def product_rows(store: Store) -> Mapping[str, int]:
    """
    Count the rows that Riskatlas made itself in layers that a bureau delivers to as well.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    Mapping[str, int]
        Keys ``hazard_sites`` (derived from the depth of water) and ``evacuation_routes`` (planned).
    """
    return _counted(
        store,
        {
            "hazard_sites": "pub.hazard_site where origin = 'derived'",
            "evacuation_routes": "pub.evacuation_route where origin = 'planned'",
        },
    )


def marks(store: Store, most: int) -> Mapping[str, int]:
    """
    Count the rows of the layers of marks that may be too many for a browser.

    Parameters
    ----------
    store
        The store, any role.
    most
        Counting ends once there are more than these.

    Returns
    -------
    Mapping[str, int]
        Keys ``hazard_sites``, those derived and reported among them, and ``enterprises``.
    """
    names = ("hazard_sites", "enterprises")
    return _counted(
        store, {name: f"(select from pub.{LAYERS[name]} limit {most + 1}) a" for name in names}
    )


def villages(store: Store) -> int:
    """
    Count the villages of the district.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    int
        The villages.
    """
    return _counted(store, {"villages": "pub.division where level = 'village'"})["villages"]


def has_outlines(store: Store) -> bool:
    """
    Tell whether the district's villages have outlines, or codes alone.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    bool
        False where there are villages, and none has an outline.
    """
    found = _counted(
        store,
        {
            "all": "pub.division where level = 'village'",
            "drawn": "pub.division where level = 'village' and geom is not null",
        },
    )
    return bool(found["drawn"] or not found["all"])


def _counted(store: Store, sources: Mapping[str, str]) -> dict[str, int]:
    parts = [
        f"select '{name}' as name, count(*) as rows from {source}"  # noqa: S608  (fixed names)
        for name, source in sources.items()
    ]
    with store.engine.connect() as connection:
        return {row.name: row.rows for row in connection.execute(text(" union all ".join(parts)))}
