"""What a raster stands for: its hazard, return period, how it was made, and how exact it is."""

from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

SHOWN_BEFORE = "name, kind, scenario, unit, sha256, data_date, provider, is_made_up"
ADDED = {
    "hazard": ("text", "灾种；空为不属于某一灾种"),
    "return_period_years": ("float8", "重现期，年；空为未声明"),
    "rung": ("text", "如何得到：spill、simulation、imported、connected；空为不适用"),
    "vertical_rmse_m": ("float8", "高程中误差，米；空为未声明"),
    "provenance": ("jsonb", "由何算出：输入、参数、程序版本；空为交付"),
}


def upgrade() -> None:
    """Add the columns; rasters from before declare none of them."""
    for name, (kind, words) in ADDED.items():
        op.execute(f"alter table census.raster add column {name} {kind}")
        op.execute(f"comment on column census.raster.{name} is '{words}'")
    public = [name for name in ADDED if name != "provenance"]
    shown = f"{SHOWN_BEFORE}, {', '.join(public)}"
    op.execute(f"create or replace view pub.raster as select {shown} from census.raster")  # noqa: S608  (fixed names)
    for name in public:
        op.execute(f"comment on column pub.raster.{name} is '{ADDED[name][1]}'")


def downgrade() -> None:
    """Take them away."""
    op.execute("drop view pub.raster")
    op.execute(f"create view pub.raster as select {SHOWN_BEFORE} from census.raster")  # noqa: S608  (fixed names)
    op.execute("grant select on pub.raster to riskatlas_public, riskatlas_app")
    for name in ADDED:
        op.execute(f"alter table census.raster drop column {name}")
