"""Tables of surveys after disasters: what was looked at, and what could not be seen."""

from sqlalchemy import BigInteger, CheckConstraint, Column, Identity, MetaData, Table

from census.store.columns import column, delivered, geometry, spatial


def surveyed_extent(metadata: MetaData, srid: int) -> Table:
    """
    Declare the extents of surveys.

    Parameters
    ----------
    metadata
        Where it is declared.
    srid
        EPSG code of its geometry.

    Returns
    -------
    Table
        The table.
    """
    return Table(
        "surveyed_extent",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        column("survey text! 调查名称；同名的各行是一次调查"),
        column("hazard text! 所找的灾种"),
        column("coverage text! looked 看到、hidden 看不到（如云下）"),
        column("surveyed_on day! 调查或拍摄日期"),
        column("surveyor text 调查单位（不含个人）"),
        column("method text 调查方法"),
        geometry("MULTIPOLYGON", srid, "范围"),
        *delivered(),
        *spatial("surveyed_extent"),
        CheckConstraint("coverage in ('looked','hidden')", name="surveyed_extent_coverage"),
        comment="灾害调查范围：看过的和看不到的，此外即没有调查",
    )
