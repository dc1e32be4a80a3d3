"""How sure a class is: shares of draws in each class, and the interval of ranks."""

from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

SHOWN_BEFORE = (
    "run_id, division_code, level, risk_class, risk_word, risk_index, hazard_index, "
    "exposure_index, vulnerability_index, capacity_index, contributions, people, "
    "people_in_hazard, depth_mean_m, depth_max_m, wet_share, deep_share, why_zh, why_en, "
    "counterfactual_zh, counterfactual_en"
)
ADDED = {
    "class_shares": ("float8[]", "权重抽样中落入各等级的比例，1级在前"),
    "rank_low": ("integer", "抽样中排名的5%分位，同级别单元中1为风险最高"),
    "rank_high": ("integer", "抽样中排名的95%分位"),
    "is_unsure": ("boolean", "抽样中保持本等级的比例低于方法规定"),
}


def upgrade() -> None:
    """Add the columns; zones of older runs have none of them."""
    for name, (kind, _) in ADDED.items():
        op.execute(f"alter table census.risk_zone add column {name} {kind}")
    shown = f"{SHOWN_BEFORE}, {', '.join(ADDED)}"
    op.execute(f"create or replace view pub.risk_zone as select {shown} from census.risk_zone")  # noqa: S608  (fixed names)
    for schema in ("census", "pub"):
        for name, (_, words) in ADDED.items():
            op.execute(f"comment on column {schema}.risk_zone.{name} is '{words}'")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop view pub.risk_zone")
    op.execute(f"create view pub.risk_zone as select {SHOWN_BEFORE} from census.risk_zone")  # noqa: S608  (fixed names)
    op.execute("grant select on pub.risk_zone to riskatlas_public, riskatlas_app")
    for name in ADDED:
        op.execute(f"alter table census.risk_zone drop column {name}")
