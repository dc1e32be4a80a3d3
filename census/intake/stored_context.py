"""What the checks of a delivery know of the district that is stored."""

from typing import Final

from census.intake.context import (
    DIVISION_COLUMNS,
    Context,
    Former,
    no_divisions,
    read_shelter_rules,
)
from census.intake.merging import ROUTES
from census.store.connection import Store
from census.store.crosswalks import former_divisions, read_crosswalk
from census.store.layers import read_layer
from census.store.settings import data_folder

SHELTER_RULES: Final = "shelter_rules.toml"
# Forms whose import changes what the checks of the next one know.
KNOWN_TO_CHECKS: Final = frozenset(
    {"divisions", "division_codes", "division_changes", "shelters", "evacuation_routes"}
)


def district_context(store: Store) -> Context:
    """
    Gather what the checks know of a stored district.

    Parameters
    ----------
    store
        The district's database.

    Returns
    -------
    Context
        CRS, divisions, shelters and rules.
    """
    columns = [*DIVISION_COLUMNS, "kind", "valid_from", "geom"]
    divisions = read_layer(store, "division", columns=columns)
    shelters = read_layer(store, "shelter", columns=["code"])
    shown = read_layer(store, ROUTES, columns=["code", "version"])
    return Context(
        srid=store.district.srid,
        metric_srid=store.district.metric_srid,
        divisions=divisions if len(divisions) else no_divisions(store.district.srid),
        shelter_codes=frozenset(shelters["code"]),
        shelter_rules=read_shelter_rules(data_folder() / "reference" / SHELTER_RULES),
        is_made_up=store.district.is_made_up,
        published_routes=frozenset(shown["code"][shown["version"].notna()]),
        timezone=store.district.timezone,
        crosswalk=read_crosswalk(store),
        former={code: Former(name, last) for code, name, last in former_divisions(store)},
    )
