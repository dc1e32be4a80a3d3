"""Buildings turn clockwise, as their tiles want them: none is turned each time a tile is made."""

from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

NAME = "building_geom_clockwise"


def upgrade() -> None:
    """Turn what is stored the other way, and hold new rows to it."""
    op.execute(
        "update census.building set geom = st_forcepolygoncw(geom) where not st_ispolygoncw(geom)"
    )
    op.execute(f"alter table census.building add constraint {NAME} check (st_ispolygoncw(geom))")


def downgrade() -> None:
    """Let them turn either way."""
    op.drop_constraint(NAME, "building", schema="census")
