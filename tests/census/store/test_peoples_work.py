"""Loading a place anew never destroys what people made in it, unless somebody says so."""

from uuid import uuid4

import pytest
from sqlalchemy import insert, text

from census.access_errors import LoginRefusedError, PeoplesWorkError
from census.store.accounts import sign_in
from census.store.actors import system_actor
from census.store.commands import close_account, create_account
from census.store.database import create_place, open_store
from census.store.peoples_work import Work
from census.store.screens import add_screen

pytestmark = pytest.mark.postgis

ROUTE = {"code": "R-1", "name": "一号", "created_by": "somebody", "origin": "planned"}


def an_account(store):
    create_account(store, system_actor(), login_name="li", display_name="李")


def a_closed_account(store):
    one = create_account(store, system_actor(), login_name="li", display_name="李")
    close_account(store, system_actor(), account_id=one)


def route_with_version(author):
    def made(store):
        tables = store.tables
        line = "SRID=4490;LINESTRING(121 31,121.01 31)"
        with store.begin() as connection:
            route_id = connection.execute(
                insert(tables.route).values(ROUTE).returning(tables.route.c.id)
            ).scalar_one()
            row = {"route_id": route_id, "version": 1, "geom": line, "author": author}
            connection.execute(insert(tables.route_version).values(row))
        return route_id

    return made


def a_draft(store):
    with store.begin() as connection:
        route_id = connection.execute(
            insert(store.tables.route).values(ROUTE).returning(store.tables.route.c.id)
        ).scalar_one()
        line = "SRID=4490;MULTILINESTRING((121 31,121.01 31))"
        row = {"route_id": route_id, "account_id": "a", "base_version": 0, "geom": line}
        connection.execute(insert(store.tables.route_draft).values(row))


def a_person(table, **row):
    def made(store):
        with store.begin() as connection:
            connection.execute(text("set local app.scope = '*'"))
            connection.execute(insert(getattr(store.tables.personal, table)).values(row))

    return made


def a_report(store):
    row = {
        "id": uuid4(), "account_id": "a", "reporter_name": "n", "geom": "SRID=4490;POINT(121 31)",
        "place_source": "map", "kind": "other", "severity": 1,
    }  # fmt: skip
    with store.begin() as connection:
        connection.execute(insert(store.tables.report).values(row))


def a_screen(store):
    add_screen(store, system_actor(), name="hall", profile="hall")


WORK = {
    "report": (a_report, "1 reported hazards"),
    "screen": (a_screen, "1 wall screens"),
    "account": (an_account, "1 accounts"),
    "closed_account": (a_closed_account, "1 accounts"),
    "version": (route_with_version("0e7f4a30"), "1 versions of routes"),
    "draft": (a_draft, "1 drafts"),
    "post": (a_person("duty_person", division_code="9", post="p", name="n"), "1 persons"),
    "resident": (a_person("resident", village_code="9", name="n"), "1 persons"),
}


@pytest.mark.parametrize("kind", WORK)
def test_a_place_in_which_people_work_is_not_replaced_and_keeps_all_of_it(
    cluster_settings, empty_place, place_profile, kind
):
    make, told = WORK[kind]
    make(empty_place)
    with pytest.raises(PeoplesWorkError, match=told) as refused:
        create_place(cluster_settings, empty_place.place, place_profile, replace=True)
    assert "--drop-work" in refused.value.sentence_zh
    assert "riskatlas serve --place" in refused.value.sentence_en
    with pytest.raises(PeoplesWorkError, match=told):
        create_place(cluster_settings, empty_place.place, place_profile, replace=True)


def test_it_is_replaced_where_somebody_says_so(cluster_settings, empty_place, place_profile):
    an_account(empty_place)
    create_place(cluster_settings, empty_place.place, place_profile, replace=True, drops_work=True)
    with open_store(cluster_settings, place=empty_place.place) as store, store.begin() as now:
        assert now.execute(text("select count(*) from access.account")).scalar_one() == 0
        assert now.execute(text("select count(*) from access.audit_entry")).scalar_one() == 0


def test_what_no_person_made_asks_no_question(cluster_settings, empty_place, place_profile):
    with pytest.raises(LoginRefusedError):
        sign_in(empty_place, "stranger", "x", address="10.0.0.9")
    route_with_version("system:root")(empty_place)
    create_place(cluster_settings, empty_place.place, place_profile, replace=True)


def test_an_older_schema_holds_what_it_holds(cluster_settings, empty_place, place_profile):
    an_account(empty_place)
    address = empty_place.address.replace("riskatlas_app@", "riskatlas_owner@")
    import psycopg  # noqa: PLC0415  (as the owner, once)

    with psycopg.connect(address) as owner:
        owner.execute("drop schema access, personal cascade")
        owner.execute("drop table census.route_draft")
    create_place(cluster_settings, empty_place.place, place_profile, replace=True)


def test_published_routes_and_entries_alone_are_no_work_of_their_own():
    assert not Work(entries=9, published=1).is_any
    assert Work(drafts=1).is_any
