from collections.abc import Iterator

import psycopg
import pytest

from census.errors import (
    NoPlaceError,
    PlaceBusyError,
    PlaceExistsError,
    PlaceNameError,
    ServerError,
    UnknownPlaceError,
)
from census.store.cluster import open_cluster
from census.store.database import (
    Store,
    create_place,
    current_place,
    drop_place,
    mark_complete,
    open_store,
    places,
    queue_address,
    set_profile,
)
from census.store.places import sole_loader
from census.store.settings import Settings

pytestmark = pytest.mark.postgis


def test_the_place_loaded_last_is_the_current_one(
    cluster_settings: Settings, place_profile: dict[str, object]
) -> None:
    create_place(cluster_settings, "first", place_profile)
    create_place(cluster_settings, "second", place_profile | {"srid": 4326})
    with open_store(cluster_settings) as store:
        assert (store.place, store.district.srid) == ("second", 4326)
    with open_store(cluster_settings, place="first") as store:
        assert store.district.name_en == "Test District"
    assert {"first", "second"} <= set(places(cluster_settings))
    drop_place(cluster_settings, "second")
    drop_place(cluster_settings, "first")
    assert current_place(cluster_settings) is None


def test_a_place_is_replaced_only_on_request(
    cluster_settings: Settings, empty_place: Store, place_profile: dict[str, object]
) -> None:
    with pytest.raises(PlaceExistsError, match="already stored"):
        create_place(cluster_settings, empty_place.place, place_profile)
    renamed = place_profile | {"name_en": "New Name"}
    create_place(cluster_settings, empty_place.place, renamed, replace=True)
    with open_store(cluster_settings, place=empty_place.place) as store:
        assert store.district.name_en == "New Name"
    # The pool of the store opened before finds its connections cut and makes new ones.
    mark_complete(empty_place)


def test_a_place_is_loaded_by_one_process_at_a_time(cluster_settings: Settings) -> None:
    with sole_loader(cluster_settings, "haven"):
        with (
            pytest.raises(PlaceBusyError, match="loading the place 'haven'"),
            sole_loader(cluster_settings, "haven"),
        ):
            pass
        with sole_loader(cluster_settings, "other"):
            pass
    with sole_loader(cluster_settings, "haven"):
        pass


def test_unknown_and_impossible_places_are_named(
    cluster_settings: Settings, empty_place: Store, place_profile: dict[str, object]
) -> None:
    with (
        pytest.raises(UnknownPlaceError, match="'atlantis' is not known"),
        open_store(cluster_settings, place="atlantis"),
    ):
        pass
    with pytest.raises(UnknownPlaceError, match=empty_place.place):
        drop_place(cluster_settings, "atlantis")
    for name in ("", "1a", "a b", 'x"; drop', "A", "a" * 41):
        with pytest.raises(PlaceNameError, match="cannot be a place name"):
            create_place(cluster_settings, name, place_profile)


def test_the_profile_takes_further_facts(cluster_settings: Settings, empty_place: Store) -> None:
    set_profile(empty_place, {"fingerprint": "abc"})
    mark_complete(empty_place)
    with open_store(cluster_settings, place=empty_place.place) as store:
        assert store.district.profile["fingerprint"] == "abc"
        assert store.district.profile["code"] == "990001"
        assert store.district.is_complete
    with open_store(cluster_settings, place=empty_place.place, role="public") as store:
        assert store.district.profile == {}


def test_the_queue_is_found_by_its_address(empty_place: Store) -> None:
    with psycopg.connect(queue_address(empty_place)) as connection:
        assert connection.execute("select count(*) from procrastinate_jobs").fetchone() == (0,)


@pytest.fixture
def office(cluster_settings: Settings) -> Iterator[Settings]:
    """An empty database on a server, reached by a DSN as an office server is."""
    with open_cluster(cluster_settings) as cluster:
        with cluster.connect() as connection:
            connection.execute("create database office")
        yield Settings(home=cluster_settings.home, dsn=cluster.url("owner", "office"))
        with cluster.connect() as connection:
            connection.execute("drop database office with (force)")


def test_an_office_server_holds_one_place_with_the_same_schema(
    office: Settings, place_profile: dict[str, object]
) -> None:
    with pytest.raises(NoPlaceError, match="No district is loaded"), open_store(office):
        pass
    create_place(office, "bureau", place_profile)
    assert places(office) == ["bureau"]
    with pytest.raises(PlaceExistsError, match="bureau"):
        create_place(office, "other", place_profile)
    for role in ("app", "public"):
        with open_store(office, role=role) as store, store.engine.connect() as connection:
            user = connection.exec_driver_sql("select current_user").scalar()
            assert (store.place, user) == ("bureau", f"riskatlas_{role}")
            assert store.folder is None
    create_place(office, "other", place_profile, replace=True)
    assert places(office) == ["other"]


def test_an_office_user_without_rights_is_told_what_the_administrator_types(
    cluster_settings: Settings, office: Settings, place_profile: dict[str, object]
) -> None:
    with open_cluster(cluster_settings) as cluster:
        plain = Settings(home=office.home, dsn=cluster.url("app", "office"))
        with pytest.raises(ServerError, match="CREATE EXTENSION postgis"):
            create_place(plain, "bureau", place_profile)
