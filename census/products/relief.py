"""What people who leave their homes need at the places where they stay, from a table of rules."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from census.store.settings import data_folder
from geo.needs import minimum_needs

RULES: Final = "relief_needs.toml"


@dataclass(frozen=True, kw_only=True)
class Need:
    """
    So much of one thing.

    Attributes
    ----------
    name
        Name of the thing in the table.
    label_zh, label_en
        Its words.
    unit_zh, unit_en
        Unit of the amount; empty for things that are counted.
    amount
        Whole units, rounded up.
    """

    name: str
    label_zh: str
    label_en: str
    unit_zh: str
    unit_en: str
    amount: int


@cache
def relief_rules() -> Mapping[str, Any]:
    """
    Read the table of needs of this installation.

    Returns
    -------
    mapping
        ``edition``, ``source_zh``, ``source_en``, ``check`` and the rows ``need``.
    """
    path = data_folder() / "reference" / RULES
    return tomllib.loads(path.read_text("utf-8"))


def needs_for(people: int) -> list[Need]:
    """
    Tell what people need.

    Parameters
    ----------
    people
        How many, at least 0.

    Returns
    -------
    list of Need
        In the order of the table; each rounded up for these people alone, so needs of two places
        may add up to more than that of both together.
    """
    rows = relief_rules()["need"]
    amounts = minimum_needs(people, {row["name"]: row["per_person"] for row in rows})
    return [
        Need(
            amount=amounts[row["name"]],
            **{key: value for key, value in row.items() if key != "per_person"},
        )
        for row in rows
    ]
