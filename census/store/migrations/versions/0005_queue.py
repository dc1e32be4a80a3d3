"""The queue of the worker: procrastinate's own schema, in schema ``queue``."""

from typing import Any

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create what the pinned procrastinate needs; only the app may use it."""
    op.execute("create schema if not exists queue")
    op.execute("set local search_path = queue, public")
    # Straight to the driver: the library's SQL holds percent signs and colons, no parameters.
    driver: Any = op.get_bind().connection.driver_connection
    driver.execute(SchemaManager.get_schema())
    op.execute("set local search_path = public")
    op.execute("grant usage on schema queue to riskatlas_app")
    op.execute(
        "grant select, insert, update, delete on all tables in schema queue to riskatlas_app"
    )
    op.execute("grant usage, select on all sequences in schema queue to riskatlas_app")


def downgrade() -> None:
    """Drop the queue with its jobs."""
    op.execute("drop schema queue cascade")
