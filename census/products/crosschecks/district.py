"""What the cross-checks know of a district: its layers, each read once, and today's date."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import geopandas as gpd
import pandas as pd

from census.intake.forms import forms
from census.products.parameters import Parameters
from census.store.stated_codes import Standing

Record = Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class Finding:
    """
    Something on which two tables, or two rows, do not agree.

    Attributes
    ----------
    table
        Table of the object that is to be looked at.
    code
        Its code, or its number in a table without codes.
    name
        Its name; empty where it has none.
    division_code
        Where it is; empty for nowhere known.
    column
        Column that is to be looked at; empty for the whole object.
    value
        What stands there.
    sentence_zh, sentence_en
        What does not agree.
    fix_zh, fix_en
        What to do about it.
    x, y
        Place in degrees; None where the object has no shape.
    delivery_id, source_row
        The delivery and its row that the object came with; None where no delivery brought it.
    """

    table: str
    code: str
    name: str = ""
    division_code: str = ""
    column: str = ""
    value: str = ""
    sentence_zh: str
    sentence_en: str
    fix_zh: str
    fix_en: str
    x: float | None = None
    y: float | None = None
    delivery_id: int | None = None
    source_row: int | None = None


@dataclass(frozen=True, kw_only=True)
class Change:
    """
    A number that a delivery changed.

    Attributes
    ----------
    table, code, column
        Where.
    before, after
        What it was and what it is, in the unit of the column.
    """

    table: str
    code: str
    column: str
    before: float
    after: float


@dataclass(frozen=True)
class District:
    """
    A district as the rules read it.

    Attributes
    ----------
    read
        Gives a table whole, as ``census.store.layers.read_layer`` does.
    metric_srid
        EPSG code of the CRS in which metres are measured.
    today
        The district's date.
    changes
        Gives the numbers that deliveries changed in a table since a day.
    substances
        Critical quantities and factors: ``beta_of_class`` and ``substance``.
    timezone
        Zone of its times of day.
    standing
        Gives what stands on codes of divisions that are out of force.
    """

    read: Callable[[str], pd.DataFrame]
    metric_srid: int
    today: date
    changes: Callable[[str, date], list[Change]] = lambda _table, _since: []
    substances: Parameters = field(default_factory=dict)
    timezone: str = "UTC"
    standing: Callable[[], list[Standing]] = list
    _kept: dict[str, pd.DataFrame] = field(default_factory=dict, init=False, repr=False)

    def layer(self, table: str) -> pd.DataFrame:
        """
        Give a table whole; it is read once.

        Parameters
        ----------
        table
            Its name in schema ``census``.

        Returns
        -------
        DataFrame
            Its rows; a GeoDataFrame in the district's geographic CRS where they have shapes.
        """
        if table not in self._kept:
            self._kept[table] = self.read(table)
        return self._kept[table]

    def in_metres(self, table: str) -> gpd.GeoSeries:
        """
        Give the shapes of a table in metres.

        Parameters
        ----------
        table
            A table with shapes.

        Returns
        -------
        GeoSeries
            One per row, in the metric CRS.
        """
        layer: Any = self.layer(table)
        shapes: gpd.GeoSeries = layer.geometry.to_crs(self.metric_srid)
        return shapes

    def records(self, table: str) -> Iterator[Record]:
        """
        Walk through the rows of a table; what is empty is None.

        Parameters
        ----------
        table
            Its name.

        Yields
        ------
        mapping
            Column to value.
        """
        for row in self.layer(table).to_dict("records"):
            yield {str(name): given(value) for name, value in row.items()}


def given(value: Any) -> Any:
    """
    Turn the several kinds of nothing of a frame into None.

    Parameters
    ----------
    value
        A cell.

    Returns
    -------
    Any
        The cell; None for NaN, NaT and NA.
    """
    if value is None or value is pd.NA or value is pd.NaT:
        return None
    return None if isinstance(value, float) and value != value else value  # noqa: PLR0124  (NaN)


def code_of(record: Record) -> str:
    """
    Tell by what an object is found.

    Parameters
    ----------
    record
        The row, as :meth:`District.records` gives it.

    Returns
    -------
    str
        Its code; its number, or the division that it tells of, in tables without codes.
    """
    return str(next(record[key] for key in ("code", "id", "division_code") if record.get(key)))


def of(table: str, record: Record, **words: Any) -> Finding:
    """
    State a finding about a row.

    Parameters
    ----------
    table
        Its table.
    record
        The row, as :meth:`District.records` gives it.
    **words
        Further fields of :class:`Finding`.

    Returns
    -------
    Finding
        With code, name, place and delivery of the row.
    """
    shape = record.get("geom")
    point = None if shape is None or shape.is_empty else shape.representative_point()
    places = (record.get("village_code"), record.get("division_code"), record.get("town_code"))
    facts = {
        "code": code_of(record),
        "name": _name_of(table, record),
        "division_code": str(next(filter(None, places), "")),
        "x": None if point is None else round(point.x, 6),
        "y": None if point is None else round(point.y, 6),
        "delivery_id": _whole(record.get("delivery_id")),
        "source_row": _whole(record.get("source_row")),
    }
    return Finding(table=table, **{**facts, **words})


def _name_of(table: str, record: Record) -> str:
    """Name a row by its name, else, where it has no code, by what its form tells rows apart by."""
    named = record.get("name") or record.get("substance") or record.get("material")
    if named or record.get("code"):
        return str(named or "")
    keys = next((form.key for form in forms() if form.table == table), ())
    return " · ".join(str(record[key]) for key in keys if record.get(key) is not None)


def _whole(value: Any) -> int | None:
    return None if value is None else int(value)
