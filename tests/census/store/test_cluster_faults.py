import fcntl
import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from census.errors import (
    DiskFullError,
    FolderError,
    PostgisMissingError,
    StoreBusyError,
    StoreStartError,
)
from census.store import binaries, cluster, server
from census.store.cluster import open_cluster, place_server
from census.store.database import Store, create_place, open_store
from census.store.settings import Settings

pytestmark = [pytest.mark.postgis, pytest.mark.slow]

ROOT = Path(__file__).resolve().parents[3]
IS_ROOT = os.geteuid() == 0
HOLD = """
import os, pwd, sys
from pathlib import Path
import psycopg
from census.store.cluster import open_cluster
from census.store.settings import Settings
if len(sys.argv) > 2:
    # The interpreter may lie in a folder that only root enters: load it first, then step down.
    try:
        psycopg.connect(host="/nowhere")
    except psycopg.OperationalError:
        user = pwd.getpwnam(sys.argv[2])
    os.setgroups([])
    os.setgid(user.pw_gid)
    os.setuid(user.pw_uid)
with open_cluster(Settings(home=Path(sys.argv[1]))) as cluster, cluster.connect() as connection:
    print(connection.execute("select current_user").fetchone()[0], flush=True)
    sys.stdin.readline()
"""


@pytest.fixture(scope="session", autouse=True)
def _needs_postgis(cluster_settings: Settings) -> None:
    assert cluster_settings.home.is_dir()


@pytest.fixture
def home() -> Iterator[Path]:
    """A home of its own for one cluster, below a folder that every user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="riskatlas-fault-"))
    folder.chmod(0o755)
    yield folder / "home"
    shutil.rmtree(folder)


@pytest.fixture
def stopped(home: Path) -> Settings:
    """A cluster that was made, used and stopped."""
    settings = Settings(home=home)
    with open_cluster(settings):
        pass
    place_server(settings).log_file.unlink()
    return settings


@pytest.fixture
def hold() -> Iterator[Callable[..., "subprocess.Popen[str]"]]:
    """Start other processes that hold a cluster until they are told to leave."""
    begun: list[subprocess.Popen[str]] = []

    def start(home: Path, *, user: str | None = None) -> "subprocess.Popen[str]":
        child = subprocess.Popen(
            [sys.executable, "-c", HOLD, str(home), *([user] if user else [])],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            cwd="/",
            env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
        )
        begun.append(child)
        return child

    yield start
    for child in begun:
        child.kill()
        child.communicate()


def _leave(child: "subprocess.Popen[str]") -> None:
    _, said = child.communicate("go\n")
    assert child.returncode == 0, said


def _says(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    assert child.stderr is not None
    return child.stdout.readline().strip() or child.stderr.read()


def _starts(settings: Settings) -> int:
    log = place_server(settings).log_file.read_text(encoding="utf-8")
    return log.count("starting PostgreSQL")


def _postmaster(settings: Settings) -> int:
    pid_file = place_server(settings).data / "postmaster.pid"
    return int(pid_file.read_text(encoding="utf-8").splitlines()[0])


def _is_up(settings: Settings) -> bool:
    return server.answers(place_server(settings))


def test_an_ordinary_user_has_a_cluster_of_his_own(home: Path, hold: Callable[..., object]) -> None:
    if not IS_ROOT:
        pytest.skip("only root can become another user; this whole run is an ordinary user's")
    home.parent.chmod(0o777)
    child = hold(home, user="nobody")
    assert _says(child) == "riskatlas_owner"
    folder = next(home.glob("pg*"))
    assert folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    owner = Path(f"/proc/{(folder / 'data/postmaster.pid').read_text().splitlines()[0]}").stat()
    assert owner.st_uid == pwd.getpwnam("nobody").pw_uid
    _leave(child)
    assert not (folder / "data/postmaster.pid").exists()


def test_root_hands_the_server_to_user_postgres_and_no_other_may_look(home: Path) -> None:
    with open_cluster(Settings(home=home)) as running:
        process = Path(f"/proc/{_postmaster(Settings(home=home))}")
        assert process.stat().st_uid == running.server.user.uid != 0
        assert stat.S_IMODE(running.socket_folder.stat().st_mode) == 0o700
        with running.connect() as connection:
            assert connection.execute("show listen_addresses").fetchone() == ("",)
            methods = "select distinct type, auth_method from pg_hba_file_rules"
            assert connection.execute(methods).fetchall() == [("local", "peer")]
    assert not running.socket_folder.exists()


def test_two_first_starts_at_once_make_one_cluster(
    home: Path, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    first, second = hold(home), hold(home)
    assert [_says(first), _says(second)] == ["riskatlas_owner"] * 2
    assert _starts(Settings(home=home)) == 1
    _leave(first)
    assert _is_up(Settings(home=home))
    _leave(second)
    assert not _is_up(Settings(home=home))


def test_two_starts_at_once_start_one_server(
    stopped: Settings, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    children = [hold(stopped.home) for _ in range(2)]
    assert [_says(child) for child in children] == ["riskatlas_owner"] * 2
    assert _starts(stopped) == 1
    for child in children:
        _leave(child)


def test_an_app_killed_while_another_uses_the_cluster_takes_nothing_away(
    stopped: Settings, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    victim = hold(stopped.home)
    _says(victim)
    with open_cluster(stopped) as running:
        victim.kill()
        victim.wait()
        with running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert not _is_up(stopped)


def test_a_server_left_by_a_killed_app_is_taken_over_and_then_stopped(
    stopped: Settings, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    victim = hold(stopped.home)
    _says(victim)
    left = _postmaster(stopped)
    victim.kill()
    victim.wait()
    assert _is_up(stopped)
    with open_cluster(stopped):
        assert _postmaster(stopped) == left
    assert not _is_up(stopped)


def test_a_killed_server_is_started_again_with_all_that_was_committed(stopped: Settings) -> None:
    with open_cluster(stopped) as running:
        with running.connect() as connection:
            connection.execute("create table kept as select generate_series(1, 1000) as n")
            connection.execute("create unlogged table lost as select 1 as n")
        os.kill(_postmaster(stopped), signal.SIGKILL)
        with open_cluster(stopped) as again, again.connect() as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (1000,)
            # Why no core table is unlogged.
            assert connection.execute("select count(*) from lost").fetchone() == (0,)
    assert not _is_up(stopped)


def test_a_pid_file_that_names_another_live_process_does_not_stop_the_start(
    stopped: Settings,
) -> None:
    planned = place_server(stopped)
    sleeper = subprocess.Popen(
        ["/bin/sleep", "600"], user=planned.user.uid if IS_ROOT else None
    )  # of the server's own user: PostgreSQL alone would refuse for ever
    try:
        pid_file = planned.data / "postmaster.pid"
        pid_file.write_text(f"{sleeper.pid}\n{planned.data}\n0\n5432\n\n\n\n", encoding="utf-8")
        os.chown(pid_file, planned.user.uid, planned.user.gid)
        with open_cluster(stopped) as running, running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
        assert sleeper.poll() is None
    finally:
        sleeper.kill()
        sleeper.wait()


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
        said = _says(hold(home, user="nobody"))
    else:
        home.parent.chmod(0o555)
        said = _says(hold(home))
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


def test_who_waits_for_the_boot_lock_says_for_whom(
    stopped: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    monkeypatch.setattr(
        cluster.log, "info", lambda *facts: told.set() if "12345" in facts else None
    )
    lock = (place_server(stopped).folder / "boot.lock").open("r+")
    fcntl.flock(lock, fcntl.LOCK_EX)
    lock.truncate(0)
    lock.write("12345")
    lock.flush()
    answers: list[bool] = []

    def use() -> None:
        with open_cluster(stopped):
            answers.append(_is_up(stopped))

    waiting = threading.Thread(target=use)
    waiting.start()
    assert told.wait(timeout=30)
    lock.close()
    waiting.join()
    assert answers == [True]


def test_a_boot_lock_held_for_ever_ends_in_a_sentence(
    stopped: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "BOOT_WAIT_S", 0.0)
    with (place_server(stopped).folder / "boot.lock").open("r+") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        lock.write("12345")
        lock.flush()
        with pytest.raises(StoreBusyError, match="Process 12345"), open_cluster(stopped):
            pass


def test_a_killed_backend_costs_the_others_one_reconnection(empty_place: Store) -> None:
    with empty_place.engine.connect() as connection:
        backend = connection.execute(text("select pg_backend_pid()")).scalar_one()
        os.kill(backend, signal.SIGKILL)
        with pytest.raises(Exception, match=r"server closed the connection|terminating connection"):
            connection.execute(text("select 1"))
    with empty_place.engine.connect() as connection:
        assert connection.execute(text("select 1")).scalar_one() == 1


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


def test_a_role_that_the_map_does_not_name_is_refused(stopped: Settings) -> None:
    with open_cluster(stopped) as running, running.connect() as connection:
        connection.execute("create role stranger login")
        address = running.url("owner", "postgres").replace("riskatlas_owner", "stranger")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            psycopg.connect(address)
