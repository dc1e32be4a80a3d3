"""Tables of schema ``personal``: names and phones, under row-level security by scope.

Role public has no right here. Role app sees the rows of the villages that ``app.scope`` names for
the transaction, and none without it. Reading goes through :mod:`census.store.personal`.
"""

from dataclasses import dataclass

from sqlalchemy import (
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    ForeignKey,
    Identity,
    MetaData,
    Table,
    Text,
    func,
)

from census.store.privacy import PERSONAL, PLAIN

SCHEMA = "personal"


@dataclass(frozen=True)
class PersonalTables:
    """The tables of persons of one district database."""

    metadata: MetaData
    duty_person: Table
    resident: Table


def declare_personal(duty: Table) -> PersonalTables:
    """
    Declare the tables of persons.

    Parameters
    ----------
    duty
        Table ``census.duty``, whose posts they fill.

    Returns
    -------
    PersonalTables
        Bound to a ``MetaData`` of their own, of schema ``personal``.
    """
    metadata = MetaData(schema=SCHEMA)
    return PersonalTables(metadata, _duty_person(metadata, duty), _resident(metadata))


def _duty_person(metadata: MetaData, duty: Table) -> Table:
    # A new delivery of duties gives them new ids; the person stays under division and post.
    return Table(
        "duty_person",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column(
            "duty_id",
            BigInteger,
            ForeignKey(duty.c.id, ondelete="SET NULL"),
            index=True,
            comment="责任；责任清单重报后为空",
        ),
        Column(
            "division_code", Text, info=PLAIN, nullable=False, index=True, comment="负责的区划代码"
        ),
        Column("post", Text, info=PLAIN, nullable=False, comment="岗位"),
        Column("name", Text, info=PERSONAL, nullable=False, comment="姓名"),
        Column("phone", Text, info=PERSONAL, comment="电话"),
        Column(
            "valid_from", Date, nullable=False, server_default=func.current_date(), comment="任职起"
        ),
        Column("valid_to", Date, comment="任职最后一日；空为在任"),
        CheckConstraint("valid_to >= valid_from - 1", name="duty_person_term"),
        comment="责任人：姓名与电话",
    )


def _resident(metadata: MetaData) -> Table:
    return Table(
        "resident",
        metadata,
        Column("id", BigInteger, Identity(), primary_key=True, comment="编号"),
        Column("village_code", Text, info=PLAIN, nullable=False, index=True, comment="所属村代码"),
        Column("name", Text, info=PERSONAL, nullable=False, comment="姓名"),
        Column("phone", Text, info=PERSONAL, comment="电话"),
        Column("household", Text, info=PERSONAL, comment="户号或户主"),
        Column("need_class", Text, info=PERSONAL, comment="需帮助的类别，如 行动不便"),
        Column("note", Text, info=PERSONAL, comment="备注"),
        comment="需帮助转移的居民",
    )
