"""A district ready to be loaded: its profile, and the form and file of each delivery."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from census.intake.problems import Problem


@dataclass(frozen=True)
class Prepared:
    """
    What loading a district needs.

    Attributes
    ----------
    profile
        Code, names, CRS, time zone, attribution and date of the district.
    deliveries
        Form name and file of each delivery, in the order to import them.
    notes
        What the making repaired, left out or did not use.
    stated
        What is stated of single files that they do not tell: fact to number.
    """

    profile: dict[str, Any]
    deliveries: list[tuple[str, Path]]
    notes: tuple[Problem, ...] = ()
    stated: Mapping[Path, Mapping[str, float]] = field(default_factory=dict)
