"""Towns and villages as their coping is measured: residents, middles, and tables around them."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.products.crosschecks.district import District, Record

F = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True, eq=False)
class Measured:
    """
    The values of an indicator.

    Attributes
    ----------
    amounts
        One per unit, in the indicator's unit; NaN where not known.
    left_out
        Rows of the tables that could not be used, by reason; none where all were.
    """

    amounts: F
    left_out: dict[str, int]


@dataclass(frozen=True, kw_only=True, eq=False)
class Ground:
    """
    What indicators are measured on.

    Attributes
    ----------
    district
        The tables; its day is the date of the data.
    villages, towns
        Index code; ``name``, ``town_code``, ``people`` (NaN where not delivered), and ``x``, ``y``
        of the middle of the outline, metric CRS (NaN without one).
    """

    district: District
    villages: pd.DataFrame
    towns: pd.DataFrame

    def units(self, level: str) -> pd.DataFrame:
        """
        Give the units of a level.

        Parameters
        ----------
        level
            ``village`` or ``town``.

        Returns
        -------
        DataFrame
            Sorted by code.
        """
        return self.villages if level == "village" else self.towns

    def by_unit(self, level: str, values: dict[str, Any], otherwise: float) -> F:
        """
        Put values that are known by code into the order of the units.

        Parameters
        ----------
        level
            The level.
        values
            Value by code.
        otherwise
            Value of a unit that is not among them.

        Returns
        -------
        ndarray
            One per unit.
        """
        return np.array(
            [float(values.get(code, otherwise)) for code in self.units(level).index],
            dtype=np.float64,
        )

    def town_of(self, record: Record) -> str | None:
        """
        Tell in which town an object lies.

        Parameters
        ----------
        record
            A row with ``village_code``.

        Returns
        -------
        str or None
            Code of the town; None outside the district.
        """
        code = record["village_code"]
        return str(self.villages.loc[code, "town_code"]) if code in self.villages.index else None

    def grid_units(self) -> Iterator[Record]:
        """
        Walk through the grid units.

        Returns
        -------
        iterator
            Rows of table ``division``.
        """
        return (each for each in self.district.records("division") if each["level"] == "grid_unit")


def ground_of(district: District) -> Ground:
    """
    Read the units of a district.

    Parameters
    ----------
    district
        The district.

    Returns
    -------
    Ground
        Its towns and villages, sorted by code.
    """
    divisions = district.layer("division")
    middles = _middles(district)
    people = district.layer("people").set_index("division_code")["people"].astype(np.float64)
    frames = {}
    for level in ("village", "town"):
        own = divisions["level"] == level
        frame = pd.DataFrame(divisions.loc[own, ["code", "name", "town_code"]])
        frame["x"], frame["y"] = middles[own.to_numpy()].T
        frames[level] = frame.set_index("code").sort_index(kind="stable")
    villages, towns = frames["village"], frames["town"]
    villages["people"] = people.reindex(villages.index).to_numpy(dtype=np.float64)
    # A town of which one village is not known has no total.
    totals = villages.groupby("town_code")["people"].agg(lambda each: each.sum(skipna=False))
    towns["people"] = totals.reindex(towns.index).to_numpy(dtype=np.float64)
    return Ground(district=district, villages=villages, towns=towns)


def _middles(district: District) -> F:
    shapes = district.in_metres("division")
    inside = shapes.representative_point()
    return np.column_stack([inside.x.to_numpy(), inside.y.to_numpy()]).reshape(-1, 2)
