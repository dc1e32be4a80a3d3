"""What the bureau requires of those who hold a role: a second factor."""

from alembic import op
from sqlalchemy import Boolean, Column, DateTime, Text, func

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

ACCESS = "access"


def upgrade() -> None:
    """Create the table; a role without a row follows the tables of rights."""
    op.create_table(
        "role_rule",
        Column("role", Text(), primary_key=True, comment="角色，见 access.toml"),
        Column("needs_totp", Boolean(), nullable=False, comment="登录是否须二次验证"),
        Column("set_by", Text(), nullable=False, comment="设定人：账号编号或 system:<用户>"),
        Column(
            "set_at",
            DateTime(timezone=True),
            nullable=False,
            server_default=func.now(),
            comment="设定时间",
        ),
        schema=ACCESS,
        comment="本局对角色的要求",
    )
    op.execute("grant select, insert, update on access.role_rule to riskatlas_app")


def downgrade() -> None:
    """Take it away."""
    op.drop_table("role_rule", schema=ACCESS)
