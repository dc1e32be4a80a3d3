"""What the checks of a delivery know of the district that is stored."""

from typing import Final

from census.intake.context import Context, no_divisions, read_shelter_rules
from census.intake.merging import ROUTES
from census.store.connection import Store
from census.store.layers import read_layer
from census.store.settings import data_folder

SHELTER_RULES: Final = "shelter_rules.toml"
# Forms whose import changes what the checks of the next one know.
KNOWN_TO_CHECKS: Final = frozenset({"divisions", "shelters", "evacuation_routes"})


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
    columns = ["code", "level", "name", "parent_code", "town_code", "village_code", "geom"]
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
    )
