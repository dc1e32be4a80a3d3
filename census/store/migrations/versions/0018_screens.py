"""Wall screens: one revocable link each, of which the database keeps the hash."""

from alembic import op
from sqlalchemy import BigInteger, Column, DateTime, Identity, Text, func, text

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

ACCESS = "access"
SHOWN = ("token_sha256", "profile", "town_code")


def upgrade() -> None:
    """Create the table, and the view by which the public's role knows a valid link."""
    op.create_table(
        "screen",
        Column("id", BigInteger(), Identity(), primary_key=True, comment="编号"),
        Column("name", Text(), nullable=False, comment="屏幕名称，如所在地点"),
        Column("profile", Text(), nullable=False, comment="方案，见 displays.toml"),
        Column(
            "town_code", Text(), nullable=False, server_default="", comment="乡镇代码；空为全区"
        ),
        Column(
            "token_sha256", Text(), nullable=False, unique=True, comment="链接令牌的 SHA-256"
        ),
        Column("made_by", Text(), nullable=False, comment="建立人：账号编号或 system:<用户>"),
        Column(
            "made_at", DateTime(timezone=True), nullable=False, server_default=func.now(),
            comment="建立时间",
        ),
        Column("revoked_at", DateTime(timezone=True), comment="撤销时间；空为有效"),
        schema=ACCESS,
        comment="展示屏及其链接",
    )  # fmt: skip
    op.create_index(
        "screen_name", "screen", ["name"], unique=True, schema=ACCESS,
        postgresql_where=text("revoked_at is null"),
    )  # fmt: skip
    op.execute("grant select, insert, update on access.screen to riskatlas_app")
    op.execute("grant usage, select on all sequences in schema access to riskatlas_app")
    op.execute(
        f"create view pub.screen as select {', '.join(SHOWN)} from access.screen "  # noqa: S608  (fixed names)
        "where revoked_at is null"
    )
    for name, words in (
        ("token_sha256", "链接令牌的 SHA-256"),
        ("profile", "方案，见 displays.toml"),
        ("town_code", "乡镇代码；空为全区"),
    ):
        op.execute(f"comment on column pub.screen.{name} is '{words}'")
    op.execute("grant select on pub.screen to riskatlas_public, riskatlas_app")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop view pub.screen")
    op.drop_table("screen", schema=ACCESS)
