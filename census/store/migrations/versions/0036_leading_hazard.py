"""A district says which hazard leads: its run and its plan are shown where nobody asked for one."""

from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

SHOWN_BEFORE = (
    "code, name_zh, name_en, place, srid, metric_srid, timezone, is_made_up, attribution, "
    "data_date, is_complete, extent"
)
WORDS = "首要灾种：未指定灾种时所示的区划与方案"


def upgrade() -> None:
    """Add the column; a profile that names none is led by flood."""
    op.execute(
        "alter table census.district add column leading_hazard text not null default 'flood'"
    )
    op.execute(
        "update census.district set leading_hazard = profile ->> 'leading_hazard' "
        "where profile ? 'leading_hazard'"
    )
    shown = f"{SHOWN_BEFORE}, leading_hazard"
    op.execute(f"create or replace view pub.district as select {shown} from census.district")  # noqa: S608  (fixed names)
    for schema in ("census", "pub"):
        op.execute(f"comment on column {schema}.district.leading_hazard is '{WORDS}'")


def downgrade() -> None:
    """Take it away."""
    op.execute("drop view pub.district")
    op.execute(f"create view pub.district as select {SHOWN_BEFORE} from census.district")  # noqa: S608  (fixed names)
    op.execute("grant select on pub.district to riskatlas_public, riskatlas_app")
    op.execute("alter table census.district drop column leading_hazard")
