"""Cells of large layers for tiles of low zooms: how many lie in each, and the worst of them."""

from alembic import op
from sqlalchemy import Column, Float, Integer, PrimaryKeyConstraint, SmallInteger, Text

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

CORE = "census"
WORDS = {
    "layer": "图层，即其表名",
    "z": "瓦片级别，0至13",
    "cx": "列，自西起；每块瓦片边长64格",
    "cy": "行，自北起",
    "n": "格内要素个数",
    "n_large": "其中较大者个数：14级瓦片要素过多时只画它们",
    "worst": "格内最差等级，数字越大越差；空为本图层无等级",
    "total": "合计：建筑物为基底面积（平方米），隐患点为受威胁人数；空为无",
}
LARGE_M2 = 150

# Of each layer: what is large, its class, what is summed up.
LAYERS = {
    "building": (f"footprint_m2 > {LARGE_M2}", "null::smallint", "footprint_m2"),
    "enterprise": (
        "true",
        "array_position(array['blue', 'yellow', 'orange', 'red'], colour)",
        "null::float8",
    ),
    "hazard_site": ("true", "null::smallint", "people_threatened"),
}

# A feature belongs to the cell of its centre; a coarser cell is four finer ones.
REBUILD = """
create function census.rebuild_cells(wanted text) returns void
language plpgsql set search_path = pg_catalog, public as $$
declare
    is_large text;
    class text;
    summed text;
begin
    {choice}
    perform pg_advisory_xact_lock(hashtext('census.tile_cell'), hashtext(wanted));
    delete from census.tile_cell where layer = wanted;
    execute format($q$
        insert into census.tile_cell (layer, z, cx, cy, n, n_large, worst, total)
        select %L, 13, cx, cy, count(*), count(*) filter (where is_large), max(class), sum(summed)
        from (
            select floor((st_x(point) + 180) / 360 * side)::int as cx,
                   floor((1 - asinh(tand(least(greatest(st_y(point), -85), 85))) / pi())
                         / 2 * side)::int as cy,
                   is_large, class, summed
            from (
                select st_centroid(geom) as point, 64 * 2.0::float8 ^ 13 as side,
                       %s as is_large, %s as class, %s as summed
                from census.%I where geom is not null
            ) placed
        ) celled
        group by cx, cy order by cx, cy
    $q$, wanted, is_large, class, summed, wanted);
    for level in reverse 12..0 loop
        insert into census.tile_cell (layer, z, cx, cy, n, n_large, worst, total)
        select wanted, level, cx / 2, cy / 2, sum(n), sum(n_large), max(worst), sum(total)
        from census.tile_cell where layer = wanted and z = level + 1
        group by cx / 2, cy / 2 order by cx / 2, cy / 2;
    end loop;
    perform census.analyze_layer('tile_cell');
end $$
"""


def _choice() -> str:
    branches = [
        f"when '{layer}' then is_large := $s${large}$s$; class := $s${rank}$s$; "
        f"summed := $s${summed}$s$;"
        for layer, (large, rank, summed) in LAYERS.items()
    ]
    return "case wanted " + " ".join(branches) + " else return; end case;"


def upgrade() -> None:
    """Create the table, its view and the function; fill it from what is stored."""
    op.create_table(
        "tile_cell",
        Column("layer", Text(collation="C"), nullable=False, comment=WORDS["layer"]),
        Column("z", SmallInteger(), nullable=False, comment=WORDS["z"]),
        Column("cx", Integer(), nullable=False, comment=WORDS["cx"]),
        Column("cy", Integer(), nullable=False, comment=WORDS["cy"]),
        Column("n", Integer(), nullable=False, comment=WORDS["n"]),
        Column("n_large", Integer(), nullable=False, comment=WORDS["n_large"]),
        Column("worst", SmallInteger(), comment=WORDS["worst"]),
        Column("total", Float(), comment=WORDS["total"]),
        PrimaryKeyConstraint("layer", "z", "cx", "cy"),
        schema=CORE,
        comment="大图层的网格：低级别瓦片由此绘制",
    )
    op.execute(f"create view pub.tile_cell as select {', '.join(WORDS)} from {CORE}.tile_cell")  # noqa: S608  (fixed names)
    for name, words in WORDS.items():
        op.execute(f"comment on column pub.tile_cell.{name} is '{words}'")
    op.execute(
        f"create index building_large_gist on {CORE}.building using gist (geom) "
        f"where footprint_m2 > {LARGE_M2}"
    )
    op.execute(REBUILD.format(choice=_choice()))
    op.execute("revoke execute on function census.rebuild_cells(text) from public")
    op.execute("grant execute on function census.rebuild_cells(text) to riskatlas_app")
    for layer in LAYERS:
        op.execute(f"select census.rebuild_cells('{layer}')")


def downgrade() -> None:
    """Drop function, index, view and table."""
    op.execute("drop function census.rebuild_cells(text)")
    op.execute(f"drop index {CORE}.building_large_gist")
    op.execute("drop view pub.tile_cell")
    op.drop_table("tile_cell", schema=CORE)
