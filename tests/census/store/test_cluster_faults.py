"""A cluster that several processes use, kill, leave behind and wait for."""

import fcntl
import os
import pwd
import signal
import stat
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path

import psycopg
import pytest
from sqlalchemy import text

from census.errors import StoreBusyError
from census.store import cluster
from census.store import server as servers
from census.store.cluster import Cluster, open_cluster, place_server
from census.store.database import Store
from census.store.settings import Settings
from tests.census.store.clusters import IS_ROOT, is_up, leave, postmaster, says, starts

pytestmark = [pytest.mark.postgis, pytest.mark.slow, pytest.mark.usefixtures("cluster_settings")]


def test_an_ordinary_user_has_a_cluster_of_his_own(home: Path, hold: Callable[..., object]) -> None:
    if not IS_ROOT:
        pytest.skip("only root can become another user; this whole run is an ordinary user's")
    home.parent.chmod(0o777)
    child = hold(home, user="nobody")
    assert says(child) == "riskatlas_owner"
    folder = next(home.glob("pg*"))
    assert folder.stat().st_uid == pwd.getpwnam("nobody").pw_uid
    owner = Path(f"/proc/{(folder / 'data/postmaster.pid').read_text().splitlines()[0]}").stat()
    assert owner.st_uid == pwd.getpwnam("nobody").pw_uid
    leave(child)
    assert not (folder / "data/postmaster.pid").exists()


def test_root_hands_the_server_to_user_postgres_and_no_other_may_look(home: Path) -> None:
    with open_cluster(Settings(home=home)) as running:
        process = Path(f"/proc/{postmaster(Settings(home=home))}")
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
    assert [says(first), says(second)] == ["riskatlas_owner"] * 2
    assert starts(Settings(home=home)) == 1
    leave(first)
    assert is_up(Settings(home=home))
    leave(second)
    assert not is_up(Settings(home=home))


def test_two_starts_at_once_start_one_server(
    stopped: Settings, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    children = [hold(stopped.home) for _ in range(2)]
    assert [says(child) for child in children] == ["riskatlas_owner"] * 2
    assert starts(stopped) == 1
    for child in children:
        leave(child)


def test_an_app_killed_while_another_uses_the_cluster_takes_nothing_away(
    stopped: Settings, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    victim = hold(stopped.home)
    says(victim)
    with open_cluster(stopped) as running:
        victim.kill()
        victim.wait()
        with running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)
    assert not is_up(stopped)


def test_a_server_left_by_a_killed_app_is_taken_over_and_then_stopped(
    stopped: Settings, hold: Callable[..., "subprocess.Popen[str]"]
) -> None:
    victim = hold(stopped.home)
    says(victim)
    left = postmaster(stopped)
    victim.kill()
    victim.wait()
    assert is_up(stopped)
    with open_cluster(stopped):
        assert postmaster(stopped) == left
    assert not is_up(stopped)


def test_a_killed_server_is_started_again_with_all_that_was_committed(stopped: Settings) -> None:
    with open_cluster(stopped) as running:
        with running.connect() as connection:
            connection.execute("create table kept as select generate_series(1, 1000) as n")
            connection.execute("create unlogged table lost as select 1 as n")
        os.kill(postmaster(stopped), signal.SIGKILL)
        with open_cluster(stopped) as again, again.connect() as connection:
            assert connection.execute("select count(*) from kept").fetchone() == (1000,)
            # Why no core table is unlogged.
            assert connection.execute("select count(*) from lost").fetchone() == (0,)
    assert not is_up(stopped)


def hang(running: Cluster) -> None:
    """Stop the checkpointer in its tracks: the server then never ends in order."""
    named = "select pid from pg_stat_activity where backend_type = 'checkpointer'"
    with running.connect() as connection:
        (pid,) = connection.execute(named).fetchone() or (0,)
    os.kill(pid, signal.SIGSTOP)


def test_a_server_that_does_not_end_in_order_is_stopped_at_once(
    stopped: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    planned = place_server(stopped)
    with open_cluster(stopped) as running:
        with running.connect() as connection:
            connection.execute("create table kept as select 1 as n")
        hang(running)
        servers.stop(planned, wait_s=1)
        assert not is_up(stopped)
    assert "stopped at once" in caplog.text
    with open_cluster(stopped) as again, again.connect() as connection:
        assert connection.execute("select n from kept").fetchone() == (1,)


def test_a_server_that_was_left_while_it_hung_in_its_end_is_started_again(
    stopped: Settings,
) -> None:
    planned = place_server(stopped)
    with open_cluster(stopped) as running:
        hang(running)
        left = postmaster(stopped)
        servers.run(planned, "pg_ctl", "stop", "-W", "-m", "fast", "-D", str(planned.data))
        with pytest.raises(psycopg.OperationalError, match="shutting down"):
            running.connect()
        servers.start(planned, patience_s=1)
        assert postmaster(stopped) != left
        with running.connect() as connection:
            assert connection.execute("select 1").fetchone() == (1,)


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
            answers.append(is_up(stopped))

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


def test_a_role_that_the_map_does_not_name_is_refused(stopped: Settings) -> None:
    with open_cluster(stopped) as running, running.connect() as connection:
        connection.execute("create role stranger login")
        address = running.url("owner", "postgres").replace("riskatlas_owner", "stranger")
        with pytest.raises(psycopg.OperationalError, match="Peer authentication failed"):
            psycopg.connect(address)
