"""Columns that several tables share."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from geoalchemy2 import Geometry
from sqlalchemy import (
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    Date,
    DateTime,
    Float,
    ForeignKey,
    Identity,
    Index,
    Integer,
    Text,
    func,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.schema import SchemaItem

from census.store.privacy import PERSONAL

CORE = "census"
_TYPES: Final[Mapping[str, Any]] = MappingProxyType(
    {
        "text": Text,
        "whole": Integer,
        "number": Float,
        "yes": Boolean,
        "day": Date,
        "moment": DateTime(timezone=True),
    }
)


def column(line: str) -> Column[Any]:
    """
    Declare a column in one line: ``name type words``.

    Parameters
    ----------
    line
        Type is one of text, whole, number, yes, day and moment; behind it stand ``!`` for what may
        not be null, ``*`` for the primary key, ``#`` for an index, ``~`` for a text that people
        type freely and that may name somebody.

    Returns
    -------
    Column[Any]
        The column, its words as the comment.
    """
    name, typed, comment = line.split(" ", 2)
    marks = typed.lstrip("abcdefghijklmnopqrstuvwxyz")
    return Column(
        name,
        _TYPES[typed.removesuffix(marks)],
        primary_key="*" in marks,
        nullable=not set(marks) & {"!", "*"},
        index="#" in marks or None,
        comment=comment,
        info=PERSONAL if "~" in marks else {},
    )


# Marks a column that is computed of the shape: a difference between deliveries is none in it.
COMPUTED: Final = {"computed": True}


def geometry(kind: str, srid: int, comment: str, *, required: bool = True) -> Column[Any]:
    """
    Declare column ``geom``.

    Parameters
    ----------
    kind
        Geometry type, upper case.
    srid
        EPSG code.
    comment
        What it is.
    required
        Whether it may not be null.

    Returns
    -------
    Column[Any]
        The column.
    """
    # The GiST index is declared with the table, so alembic sees it like any other index.
    return Column(
        "geom",
        Geometry(kind, srid=srid, spatial_index=False),
        nullable=not required,
        comment=comment,
    )


def spatial(table: str, *, large: str | None = None) -> tuple[SchemaItem, ...]:
    """
    Declare the spatial index of a table and that its geometry is valid.

    Parameters
    ----------
    table
        Name of the table.
    large
        Condition of the rows that crowded tiles show, which have an index of their own; areas of
        such a table turn clockwise, as tiles want them, so that none is turned for a tile.

    Returns
    -------
    tuple[SchemaItem, ...]
        Indexes and constraints.
    """
    found_large: dict[str, Any] = {
        "postgresql_using": "gist",
        "postgresql_where": text(large or ""),
    }
    crowded = [
        Index(f"{table}_large_gist", "geom", **found_large),
        CheckConstraint("st_ispolygoncw(geom)", name=f"{table}_geom_clockwise"),
    ]
    return (
        Index(f"{table}_geom_gist", "geom", postgresql_using="gist"),
        *(crowded if large else ()),
        CheckConstraint("st_isvalid(geom)", name=f"{table}_geom_valid"),
    )


def delivered() -> tuple[SchemaItem, ...]:
    """
    Declare where a row came from.

    Returns
    -------
    tuple[SchemaItem, ...]
        Columns delivery_id, source_row and notes.
    """
    return (
        Column(
            "delivery_id", BigInteger, ForeignKey(f"{CORE}.delivery.id"), comment="来自哪一批次"
        ),
        Column("source_row", Integer, comment="原文件中的行号"),
        Column("notes", JSONB, nullable=False, server_default="[]", comment="入库时的修正与提示"),
    )


def run_columns() -> tuple[SchemaItem, ...]:
    """
    Declare what every product says of itself.

    Returns
    -------
    tuple[SchemaItem, ...]
        The columns.
    """
    return (
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("number", Text, nullable=False, unique=True, comment="成果编号，印在图上"),
        Column("hazard", Text, nullable=False, comment="灾种"),
        Column("made_at", DateTime(timezone=True), server_default=func.now(), comment="生成时间"),
        Column("data_date", Date, nullable=False, comment="数据日期"),
        Column("rule_edition", Text, nullable=False, comment="规则版本"),
        Column("code_version", Text, nullable=False, comment="程序版本"),
        Column("parameters", JSONB, nullable=False, comment="全部参数"),
        Column("inputs", JSONB, nullable=False, comment="输入及其哈希"),
        Column("is_current", Boolean, nullable=False, server_default="true", comment="是否现行"),
    )
