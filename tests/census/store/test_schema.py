import psycopg
import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from geoalchemy2 import alembic_helpers
from sqlalchemy import create_engine, text

from census.store.cluster import open_cluster
from census.store.database import Store, open_store
from census.store.pages import delivered
from census.store.schema import MIGRATIONS, head, revision
from census.store.settings import Settings
from census.store.tables import OFFICE_TABLES, declare, public_columns

pytestmark = pytest.mark.postgis


def _owner(store: Store):
    address = store.address.replace("riskatlas_app@", "riskatlas_owner@")
    return create_engine("postgresql+psycopg://", creator=lambda: psycopg.connect(address))


def _differences(engine, tables):
    def is_ours(name, kind, _parents):
        return name == "census" if kind == "schema" else not str(name).startswith("alembic_")

    with engine.connect() as connection:
        context = MigrationContext.configure(
            connection,
            opts={
                "include_schemas": True,
                "include_name": is_ours,
                "include_object": alembic_helpers.include_object,
                "compare_type": True,
                "compare_server_default": True,
            },
        )
        return compare_metadata(context, tables.metadata)


def test_the_revisions_make_exactly_the_declared_tables(empty_place: Store) -> None:
    engine = _owner(empty_place)
    assert _differences(engine, empty_place.tables) == []
    # The comparison can tell: another CRS, one column less.
    other = declare(4326)
    other.duty._columns.remove(other.duty.c.sequence)
    found = [d[0] if isinstance(d, tuple) else d[0][0] for d in _differences(engine, other)]
    assert "remove_column" in found
    with engine.connect() as connection:
        assert revision(connection) == head()
    engine.dispose()


def test_a_place_of_an_older_program_is_brought_up_to_date_when_it_is_opened(
    cluster_settings: Settings, empty_place: Store
) -> None:
    engine = _owner(empty_place)
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS))
    config.set_main_option("path_separator", "os")
    with engine.begin() as connection:
        config.attributes |= {"connection": connection, "srid": 4490}
        command.downgrade(config, "0005")
        assert revision(connection) == "0005"
    with open_store(cluster_settings, place=empty_place.place, role="public") as store:
        assert delivered(store)["water"] == 0
    with engine.connect() as connection:
        assert revision(connection) == head()
    engine.dispose()


def test_geometry_is_stored_in_the_districts_crs(empty_place: Store) -> None:
    query = text("select distinct srid from geometry_columns where f_table_schema = 'census'")
    with empty_place.engine.connect() as connection:
        assert connection.execute(query).scalars().all() == [4490]


def test_every_table_and_column_says_what_it_is(empty_place: Store) -> None:
    query = """
        select c.relname, a.attname
        from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0
        where c.relnamespace in ('census'::regnamespace, 'pub'::regnamespace)
          and c.relkind in ('r', 'v') and c.relname <> 'alembic_version' and not a.attisdropped
          and col_description(c.oid, a.attnum) is null"""
    with empty_place.engine.connect() as connection:
        assert connection.execute(text(query)).all() == []
    for table in empty_place.tables.metadata.sorted_tables:
        assert table.comment


def test_each_view_shows_the_public_columns_of_its_table(empty_place: Store) -> None:
    query = text(
        "select column_name from information_schema.columns "
        "where table_schema = 'pub' and table_name = :name order by ordinal_position"
    )
    with empty_place.engine.connect() as connection:
        for table in empty_place.tables.metadata.sorted_tables:
            shown = connection.execute(query, {"name": table.name}).scalars().all()
            assert shown == public_columns(table)
            assert not {"notes", "file_name", "problems", "profile"} & set(shown)


def test_the_public_reads_schema_pub_and_nothing_else(empty_place: Store) -> None:
    query = """
        select n.nspname || '.' || c.relname from pg_class c join pg_namespace n
            on n.oid = c.relnamespace
        where c.relkind in ('r', 'v', 'm', 'p', 'f')
          and n.nspname not in ('pg_catalog', 'information_schema')
          and has_schema_privilege('riskatlas_public', n.oid, 'usage')
          and has_table_privilege('riskatlas_public', c.oid, '{right}')"""
    with empty_place.engine.connect() as connection:
        readable = set(connection.execute(text(query.format(right="select"))).scalars())
        writable = connection.execute(
            text(query.format(right="insert, update, delete, truncate"))
        ).scalars()
        assert list(writable) == []
        functions = connection.execute(
            text(
                "select p.proname from pg_proc p join pg_namespace n on n.oid = p.pronamespace "
                "where n.nspname in ('census', 'queue') "
                "and has_schema_privilege('riskatlas_public', n.oid, 'usage')"
            )
        )
        assert functions.all() == []
    tables = empty_place.tables.metadata.sorted_tables
    ours = {f"pub.{table.name}" for table in tables if table.name not in OFFICE_TABLES}
    # How many people edit a route, and nothing of them: tests/webapp/test_live_stream.
    ours.add("pub.route_editing")
    # Reports without a person, a word or a photo: tests/census/store/test_reports.
    ours.add("pub.reported_hazard")
    # The hash of a screen's link, its profile and town: census/store/screens.
    ours.add("pub.screen")
    # What PostGIS itself lays open to everybody holds no district.
    of_postgis = {"public.spatial_ref_sys", "public.geometry_columns", "public.geography_columns"}
    assert readable == ours | of_postgis


def test_a_view_made_later_is_readable_by_the_public_a_table_is_not(empty_place: Store) -> None:
    engine = _owner(empty_place)
    with engine.begin() as connection:
        connection.execute(text("create table census.later (a int)"))
        connection.execute(text("create view pub.later as select a from census.later"))
        rights = connection.execute(
            text(
                "select has_table_privilege('riskatlas_public', 'pub.later', 'select'), "
                "has_table_privilege('riskatlas_public', 'census.later', 'select'), "
                "has_table_privilege('riskatlas_app', 'census.later', 'insert')"
            )
        ).one()
    engine.dispose()
    assert tuple(rights) == (True, False, True)


def test_a_public_query_that_runs_too_long_is_ended(small_district: Store) -> None:
    with small_district.engine.connect() as connection:
        assert connection.execute(text("show statement_timeout")).scalar() == "5s"
        connection.execute(text("set local statement_timeout = '50ms'"))
        with pytest.raises(Exception, match="statement timeout"):
            connection.execute(text("select pg_sleep(5)"))


def test_the_app_owns_nothing_and_the_queue_is_its_own(empty_place: Store) -> None:
    with empty_place.engine.connect() as connection:
        owned = "select count(*) from pg_class where relowner = 'riskatlas_app'::regrole"
        assert connection.execute(text(owned)).scalar() == 0
        assert (
            connection.execute(text("select count(*) from queue.procrastinate_jobs")).scalar() == 0
        )
        with pytest.raises(Exception, match="permission denied"):
            connection.execute(text("delete from census.alembic_version"))


def test_a_second_user_of_the_cluster_only_attaches(cluster_settings: Settings) -> None:
    with open_cluster(cluster_settings) as cluster, cluster.connect() as connection:
        before = connection.execute("select pg_postmaster_start_time()").fetchone()
    with open_cluster(cluster_settings) as cluster, cluster.connect() as connection:
        assert connection.execute("select pg_postmaster_start_time()").fetchone() == before
