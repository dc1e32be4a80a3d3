"""Cells of large layers counted anew only where something changed."""

from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

# As 0019 has them: what is large, its class, what is summed up.
LAYERS = {
    "building": ("footprint_m2 > 150", "null::smallint", "footprint_m2"),
    "enterprise": (
        "true",
        "array_position(array['blue', 'yellow', 'orange', 'red'], colour)",
        "null::float8",
    ),
    "hazard_site": ("true", "null::smallint", "people_threatened"),
}
SIDE = "(64 * 2.0::float8 ^ 13)"
# Column and row of the cell of a place; the same numbers as census.rebuild_cells finds.
CELL = f"""
create function census.cell_x(place geometry) returns int
language sql immutable parallel safe as $$
    select floor((st_x(place) + 180) / 360 * {SIDE})::int
$$;
create function census.cell_y(place geometry) returns int
language sql immutable parallel safe as $$
    select floor((1 - asinh(tand(least(greatest(st_y(place), -85), 85))) / pi())
                 / 2 * {SIDE})::int
$$
"""
# The frame of a cell, a little wider: what lies beside it is told by its centre.
FRAME = f"""st_expand(st_makeenvelope(
    cx / {SIDE} * 360 - 180, degrees(atan(sinh(pi() * (1 - 2 * (cy + 1) / {SIDE})))),
    (cx + 1) / {SIDE} * 360 - 180, degrees(atan(sinh(pi() * (1 - 2 * cy / {SIDE})))), %s), 1e-9)"""
RENEW = """
create function census.renew_cells(wanted text) returns void
language plpgsql set search_path = pg_catalog, public, pg_temp as $$
declare
    is_large text;
    class text;
    summed text;
begin
    {choice}
    perform pg_advisory_xact_lock(hashtext('census.tile_cell'), hashtext(wanted));
    analyze touched;
    delete from census.tile_cell c using touched t
    where c.layer = wanted and c.z = 13 and c.cx = t.cx and c.cy = t.cy;
    execute format($q$
        insert into census.tile_cell (layer, z, cx, cy, n, n_large, worst, total)
        select %L, 13, cx, cy, count(*), count(*) filter (where is_large), max(class), sum(summed)
        from (
            select t.cx, t.cy, %s as is_large, %s as class, %s as summed
            from (select cx, cy, {frame} as frame from touched) t
            join census.%I l on l.geom && t.frame
                and census.cell_x(st_centroid(l.geom)) = t.cx
                and census.cell_y(st_centroid(l.geom)) = t.cy
        ) celled
        group by cx, cy order by cx, cy
    $q$, wanted, is_large, class, summed, find_srid('census', wanted, 'geom'), wanted);
    for level in reverse 12..0 loop
        update touched set cx = cx >> 1, cy = cy >> 1;
        delete from touched a using touched b
        where a.cx = b.cx and a.cy = b.cy and a.ctid > b.ctid;
        delete from census.tile_cell c using touched t
        where c.layer = wanted and c.z = level and c.cx = t.cx and c.cy = t.cy;
        insert into census.tile_cell (layer, z, cx, cy, n, n_large, worst, total)
        select wanted, level, t.cx, t.cy, sum(n), sum(n_large), max(worst), sum(total)
        from touched t
        cross join (values (0, 0), (0, 1), (1, 0), (1, 1)) as quarter (x, y)
        join census.tile_cell c on c.layer = wanted and c.z = level + 1
            and c.cx = 2 * t.cx + quarter.x and c.cy = 2 * t.cy + quarter.y
        group by t.cx, t.cy order by t.cx, t.cy;
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
    """Create the functions."""
    for function in CELL.split(";\n"):
        op.execute(function)
    op.execute(RENEW.format(choice=_choice(), frame=FRAME))
    for name in ("cell_x(geometry)", "cell_y(geometry)", "renew_cells(text)"):
        op.execute(f"revoke execute on function census.{name} from public")
        op.execute(f"grant execute on function census.{name} to riskatlas_app")


def downgrade() -> None:
    """Drop them."""
    for name in ("renew_cells(text)", "cell_x(geometry)", "cell_y(geometry)"):
        op.execute(f"drop function census.{name}")
