"""Earlier runs recomputed under a later method, and what of a unit that takes."""

from alembic import op

revision = "0041"
down_revision = "0039"
branch_labels = None
depends_on = None

SHOWN_BEFORE = (
    "id, number, hazard, made_at, data_date, rule_edition, code_version, parameters, inputs, "
    "is_current, scheme, validation, summary"
)
RECOMPUTED = "由哪次区划按后来的方法重算；空为直接由资料算出"
OF_UNITS = {
    "density_per_km2": "人口密度，人/平方公里；空为早先版本未保存",
    "age_share": "14岁及以下和65岁及以上人口比例，0-1；空为未知",
}


def upgrade() -> None:
    """Add the columns; runs of before know neither densities nor ages of their units."""
    op.execute(
        "alter table census.zoning_run "
        "add column recomputed_from bigint references census.zoning_run (id)"
    )
    # A recomputed run is for comparison alone: no page, map or plan can ever be made of it.
    op.execute(
        "alter table census.zoning_run add constraint zoning_run_recomputed "
        "check (recomputed_from is null or not is_current)"
    )
    shown = f"{SHOWN_BEFORE}, recomputed_from"
    op.execute(f"create or replace view pub.zoning_run as select {shown} from census.zoning_run")  # noqa: S608  (fixed names)
    for schema in ("census", "pub"):
        op.execute(f"comment on column {schema}.zoning_run.recomputed_from is '{RECOMPUTED}'")
    for name, words in OF_UNITS.items():
        op.execute(f"alter table census.risk_zone add column {name} float8")
        op.execute(f"comment on column census.risk_zone.{name} is '{words}'")


def downgrade() -> None:
    """Take them away, and the runs that were recomputed."""
    op.execute(
        "delete from census.risk_zone where run_id in "
        "(select id from census.zoning_run where recomputed_from is not null)"
    )
    op.execute("delete from census.zoning_run where recomputed_from is not null")
    op.execute("drop view pub.zoning_run")
    op.execute(f"create view pub.zoning_run as select {SHOWN_BEFORE} from census.zoning_run")  # noqa: S608  (fixed names)
    op.execute("grant select on pub.zoning_run to riskatlas_public, riskatlas_app")
    op.execute("alter table census.zoning_run drop column recomputed_from")
    for name in OF_UNITS:
        op.execute(f"alter table census.risk_zone drop column {name}")
