"""Read the rules of deliveries: those of the method, or what the profile of the place says."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final

from census.errors import CensusError
from census.store.connection import Store
from census.store.settings import data_folder

METHOD: Final = "census_loading"


class LoadingRuleError(CensusError):
    """
    The profile of a place names entries that the method does not have.

    Parameters
    ----------
    names
        The entries.
    """

    def __init__(self, names: list[str]) -> None:
        super().__init__(
            f"The profile of the place sets {', '.join(names)} in table {METHOD}, which "
            f"methods/{METHOD}.toml does not have. Correct the profile.",
            f"地区档案的表 {METHOD} 中有 {'、'.join(names)}，methods/{METHOD}.toml 没有这些参数。"
            "请改正档案。",
        )


def loading_rules(store: Store) -> Mapping[str, Mapping[str, Any]]:
    """
    Read the parameters of deliveries.

    Parameters
    ----------
    store
        The store; table ``census_loading`` of its profile replaces entries of the file.

    Returns
    -------
    mapping
        Tables ``difference``, ``review`` and ``upload``.

    Raises
    ------
    LoadingRuleError
        If the profile names what the file does not have.
    """
    text = (data_folder() / "methods" / f"{METHOD}.toml").read_text("utf-8")
    tables: dict[str, Any] = tomllib.loads(text)
    strange = []
    for table, entries in (store.district.profile.get(METHOD) or {}).items():
        base = tables.get(table)
        if not isinstance(base, dict) or not isinstance(entries, Mapping):
            strange.append(str(table))
            continue
        strange += [f"{table}.{name}" for name in entries if name not in base]
        base |= entries
    if strange:
        raise LoadingRuleError(strange)
    return tables
