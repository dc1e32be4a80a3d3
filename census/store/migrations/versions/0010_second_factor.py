"""Remember the newest time step of a second factor, so that no code lets anybody in twice."""

from alembic import op
from sqlalchemy import BigInteger, Column

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add the column to the accounts."""
    newest = Column("tf_last_counter", BigInteger, comment="第二因素最近用过的时间步")
    op.add_column("account", newest, schema="access")


def downgrade() -> None:
    """Take it away."""
    op.drop_column("account", "tf_last_counter", schema="access")
