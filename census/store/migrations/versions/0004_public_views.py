"""Schema ``pub`` with what the public may see, and what each role may do."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

VIEWS = {
    "district": (
        "code name_zh name_en place srid metric_srid timezone is_made_up attribution "
        "data_date is_complete"
    ),
    "layer_generation": "layer generation changed_at",
    "delivery": "form received_at rows_imported rows_refused provider data_date",
    "raster": "name kind scenario unit sha256 data_date provider is_made_up",
    "division": (
        "code level name parent_code town_code village_code kind area_m2 covered_share geom"
    ),
    "people": "division_code people children_people elderly_people households basis",
    "building": "id kind name levels structure footprint_m2 village_code geom",
    "road": "id class name oneway width_m is_bridge is_underpass length_m geom",
    "historical_disaster": "id hazard event name began_on year is_made_up geom",
    "hazard_site": (
        "code name kind hazard origin village_code people_threatened depth_max_m area_m2 "
        "description geom"
    ),
    "shelter": (
        "code name kind village_code capacity_people capacity_source capacity_note_zh "
        "capacity_note_en footprint_m2 levels is_candidate geom"
    ),
    "assembly_point": "code name village_code capacity_people geom",
    "enterprise": "code name colour kind village_code geom",
    "duty": "id division_code post task role sequence",
    "zoning_run": (
        "id number hazard made_at data_date rule_edition code_version parameters inputs "
        "is_current scheme validation summary"
    ),
    "risk_zone": (
        "run_id division_code level risk_class risk_word risk_index hazard_index "
        "exposure_index vulnerability_index capacity_index contributions people "
        "people_in_hazard depth_mean_m depth_max_m wet_share deep_share why_zh why_en "
        "counterfactual_zh counterfactual_en"
    ),
    "evacuation_plan": (
        "id number hazard made_at data_date rule_edition code_version parameters inputs "
        "is_current status people demand_people served_people unserved_people summary"
    ),
    "evacuation_demand": (
        "plan_id unit_code village_code people demand_people served_people "
        "unserved_people reason geom"
    ),
    "evacuation_route": (
        "code plan_id origin unit_code village_code shelter_code name people length_m "
        "minutes hazard_m depth_max_m road_ids geom"
    ),
    "sheet": "kind village_code fingerprint made_at pdf",
}

GRANTS = (
    "grant usage on schema census, pub to riskatlas_app",
    "grant select, insert, update, delete on all tables in schema census to riskatlas_app",
    "grant usage, select on all sequences in schema census to riskatlas_app",
    "grant select on all tables in schema pub to riskatlas_app",
    "revoke insert, update, delete on census.alembic_version from riskatlas_app",
    "alter default privileges in schema census grant select, insert, update, delete"  # noqa: ISC004  (one sentence)
    " on tables to riskatlas_app",
    "alter default privileges in schema census grant usage, select on sequences to riskatlas_app",
    "alter default privileges in schema pub grant select on tables to riskatlas_app",
    "grant usage on schema pub to riskatlas_public",
    "grant select on all tables in schema pub to riskatlas_public",
    "alter default privileges in schema pub grant select on tables to riskatlas_public",
    "alter default privileges in schema census revoke execute on functions from public",
)

# Only an owner may analyze a table, and loading runs as riskatlas_app.
ANALYZE = """
create function census.analyze_layer(layer name) returns void
language plpgsql security definer set search_path = pg_catalog, public as $$
begin
    execute format('analyze census.%I', layer);
end $$
"""

COMMENTS = """
do $$
declare shown record;
begin
    for shown in
        select v.attrelid::regclass as view, v.attname as name,
               col_description(t.attrelid, t.attnum) as words
        from pg_attribute v
        join pg_class c on c.oid = v.attrelid and c.relnamespace = 'pub'::regnamespace
        join pg_class o on o.relname = c.relname and o.relnamespace = 'census'::regnamespace
        join pg_attribute t on t.attrelid = o.oid and t.attname = v.attname
        where v.attnum > 0
    loop
        execute format('comment on column %s.%I is %L', shown.view, shown.name, shown.words);
    end loop;
end $$
"""


def upgrade() -> None:
    """Create the views and grant the rights."""
    op.execute("create schema if not exists pub")
    for name, columns in VIEWS.items():
        shown = ", ".join(f'"{column}"' for column in columns.split())
        op.execute(f"create view pub.{name} as select {shown} from census.{name}")  # noqa: S608  (fixed names)
    op.execute(COMMENTS)
    op.execute(ANALYZE)
    op.execute("revoke execute on function census.analyze_layer(name) from public")
    op.execute("grant execute on function census.analyze_layer(name) to riskatlas_app")
    for sentence in GRANTS:
        op.execute(sentence)


def downgrade() -> None:
    """Drop the views; the roles stay, for other districts use them."""
    op.execute("drop schema pub cascade")
    op.execute("drop function census.analyze_layer(name)")
