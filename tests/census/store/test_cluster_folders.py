"""What a cluster finds where it is to be made: other files, no right, no PostGIS, no room."""

import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from sqlalchemy import text

from census.errors import DiskFullError, FolderError, PostgisMissingError, StoreStartError
from census.store import binaries
from census.store.cluster import open_cluster, place_server
from census.store.database import Store, create_place, open_store
from census.store.settings import Settings
from tests.census.store.clusters import IS_ROOT, says

pytestmark = [pytest.mark.postgis, pytest.mark.slow, pytest.mark.usefixtures("cluster_settings")]


def test_a_half_made_cluster_is_made_anew(home: Path) -> None:
    settings = Settings(home=home)
    planned = place_server(settings)
    planned.data.mkdir(parents=True)
    (planned.folder / "STARTED").touch()
    (planned.data / "PG_VERSION").write_text("15\n", encoding="ascii")
    with open_cluster(settings) as running, running.connect() as connection:
        assert connection.execute("select 1").fetchone() == (1,)
    assert (planned.folder / "READY").exists()


def test_a_folder_that_is_not_ours_is_never_emptied(home: Path) -> None:
    settings = Settings(home=home)
    data = place_server(settings).data
    data.mkdir(parents=True)
    (data / "thesis.txt").write_text("ten years of work", encoding="ascii")
    with (
        pytest.raises(FolderError, match="files that Riskatlas did not make"),
        open_cluster(settings),
    ):
        pass
    assert (data / "thesis.txt").read_text(encoding="ascii") == "ten years of work"


def test_a_broken_configuration_is_quoted_from_the_log(stopped: Settings) -> None:
    planned = place_server(stopped)
    with (planned.data / "postgresql.conf").open("a", encoding="utf-8") as conf:
        conf.write("no_such_setting = 1\n")
    with pytest.raises(StoreStartError, match="no_such_setting"), open_cluster(stopped):
        pass


def test_a_home_that_cannot_be_a_folder_is_refused(home: Path, tmp_path: Path) -> None:
    home.write_text("a file", encoding="ascii")
    with (
        pytest.raises(FolderError, match="a file stands in its way"),
        open_cluster(Settings(home=home / "deeper")),
    ):
        pass
    if IS_ROOT:
        # pytest's folder is root's alone: the server's user cannot enter it.
        with (
            pytest.raises(FolderError, match="user postgres, who runs the server, may not enter"),
            open_cluster(Settings(home=tmp_path / "home")),
        ):
            pass


def test_a_folder_without_the_right_to_write_is_refused(
    home: Path, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    if IS_ROOT:
        said = says(hold(home, user="nobody"))
    else:
        home.parent.chmod(0o555)
        said = says(hold(home))
        home.parent.chmod(0o755)
    assert "census.errors.FolderError" in said
    assert "Permission denied. Choose another one with RISKATLAS_HOME" in said


def _fake_programs(folder: Path) -> Path:
    folder.mkdir()
    for name in ("postgres", "initdb", "pg_ctl"):
        (folder / name).write_text("#!/bin/sh\necho 'postgres (PostgreSQL) 15.18'\n", "ascii")
        (folder / name).chmod(0o755)
    return folder


def test_a_machine_without_postgis_is_told_the_line_that_installs_it(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(binaries, "search_folders", lambda: iter([tmp_path]))
    with (
        pytest.raises(
            PostgisMissingError, match="apt-get install -y postgresql postgresql-postgis"
        ),
        open_cluster(Settings(home=home)),
    ):
        pass
    bare = _fake_programs(tmp_path / "bin")
    monkeypatch.setattr(binaries, "search_folders", lambda: iter([bare]))
    with (
        pytest.raises(PostgisMissingError, match="apt-get install -y postgresql-15-postgis-3"),
        open_cluster(Settings(home=home)),
    ):
        pass
    assert not home.exists()


def test_data_of_another_major_version_names_the_server_they_need(home: Path) -> None:
    (home / "pg9").mkdir(parents=True)
    (home / "pg9" / "READY").touch()
    with (
        pytest.raises(PostgisMissingError, match="postgresql-9-postgis-3"),
        open_cluster(Settings(home=home)),
    ):
        pass


@pytest.fixture
def small_disk() -> Iterator[Path]:
    """A disk of 260 MB that may be filled."""
    folder = Path(tempfile.mkdtemp(prefix="riskatlas-disk-"))
    mounted = subprocess.run(
        ["/bin/mount", "-t", "tmpfs", "-o", "size=260m,mode=755", "tmpfs", str(folder)],
        capture_output=True,
        text=True,
        check=False,
    )
    if mounted.returncode != 0:
        folder.rmdir()
        pytest.skip(f"a small disk cannot be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["/bin/umount", str(folder)], check=True)
    folder.rmdir()


def _fill(store: Store) -> None:
    for batch in range(100):
        with store.begin() as connection:
            connection.execute(
                text(
                    "insert into census.duty (division_code, post, task, role) "
                    "select :batch, md5(n::text), repeat(md5(n::text), 40), 'primary' "
                    "from generate_series(1, 5000) n"
                ),
                {"batch": str(batch)},
            )


def _occupy(ballast: Path) -> None:
    with ballast.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(65536))


def _duties(settings: Settings) -> int:
    with open_store(settings) as store, store.engine.connect() as connection:
        return int(connection.execute(text("select count(*) from census.duty")).scalar_one())


def test_a_full_disk_ends_in_a_sentence_and_keeps_what_was_committed(
    small_disk: Path, place_profile: dict[str, object]
) -> None:
    settings = Settings(home=small_disk / "home")
    with open_cluster(settings):
        create_place(settings, "full", place_profile)
        with (
            open_store(settings) as store,
            pytest.raises(DiskFullError, match="what was stored before is safe"),
        ):
            _fill(store)
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="No space"):
            _occupy(ballast)
    # Without any room the server cannot even begin; with room it comes back by itself.
    with pytest.raises(DiskFullError, match="is full"), open_cluster(settings):
        pass
    ballast.unlink()
    subprocess.run(["/bin/mount", "-o", "remount,size=600m", str(small_disk)], check=True)
    kept = _duties(settings)
    assert kept > 0
    assert kept % 5000 == 0


def test_a_disk_without_room_is_refused_before_anything_is_made(small_disk: Path) -> None:
    (small_disk / "ballast").write_bytes(bytes(200 * 1024 * 1024))
    with (
        pytest.raises(DiskFullError, match="60 MB free, about 100 MB are needed"),
        open_cluster(Settings(home=small_disk / "home")),
    ):
        pass
    assert not list(small_disk.glob("home/pg*/data"))
