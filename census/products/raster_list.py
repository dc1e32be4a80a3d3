"""The list of stored rasters, read once for all that a product asks of it."""

from dataclasses import dataclass
from typing import Any, Self

import pandas as pd

from census.store.connection import Store
from census.store.rasters import rasters


@dataclass(frozen=True, kw_only=True, eq=False)
class RasterList:
    """
    What is known of the stored rasters, without their cells.

    Attributes
    ----------
    table
        One row each, index = name.
    """

    table: pd.DataFrame

    @classmethod
    def of(cls, store: Store) -> Self:
        """
        Read the list.

        Parameters
        ----------
        store
            The district's store.

        Returns
        -------
        RasterList
            As it is now.
        """
        return cls(table=rasters(store).set_index("name"))

    @property
    def hashes(self) -> dict[str, str]:
        """
        Tell the hash of each raster.

        Returns
        -------
        dict
            SHA-256 by name.
        """
        return {str(name): str(each) for name, each in self.table["sha256"].items()}

    def rmse_m(self, name: str) -> float | None:
        """
        Tell what the sender of a raster stated of its error.

        Parameters
        ----------
        name
            Name of the raster.

        Returns
        -------
        float or None
            Root mean square error, metres; None where not stated, or no such raster.
        """
        stated: Any = self.table["vertical_rmse_m"].get(name)
        return None if pd.isna(stated) else float(stated)

    def row(self, name: str) -> Any:
        """
        Tell all that is known of a raster.

        Parameters
        ----------
        name
            Name of a stored raster.

        Returns
        -------
        pandas.Series
            Its row.
        """
        return self.table.loc[name]
