"""The supervisor keeps children alive and ends them; serving refuses what cannot work."""

import asyncio
import os
import signal
import socket
import sys
import tempfile
from dataclasses import replace
from pathlib import Path

import pytest

from census.store import server
from census.store.cluster import open_cluster, place_server
from census.store.settings import Settings
from webapp import children, serve
from webapp.errors import AlreadyServingError, NotServingError, PortTakenError
from webapp.supervision import ChildSpec, Supervisor, next_wait_s

SLEEPER = (
    "import signal, sys; signal.signal(signal.SIGTERM, lambda *_: sys.exit(0)); signal.pause()"
)
LEASHED = "import signal; from webapp.web_process import watch_leash; watch_leash(); signal.pause()"


def child(name, code):
    return ChildSpec(name, (sys.executable, "-c", code), dict(os.environ))


async def until(condition):
    async with asyncio.timeout(20):
        while not condition():  # noqa: ASYNC110  (a process comes alive; nobody sets an event)
            await asyncio.sleep(0.02)


def test_waits_double_and_end_at_half_a_minute():
    assert [next_wait_s(fallen) for fallen in (1, 2, 3, 10)] == [0.5, 1.0, 2.0, 30.0]


def test_a_child_that_dies_is_started_again_and_all_end_together():
    async def story():
        supervisor = Supervisor((child("a", SLEEPER), child("b", SLEEPER)))
        running = asyncio.create_task(supervisor.run())
        await until(lambda: len(supervisor.running) == 2)
        first = supervisor.running["a"]
        first.kill()
        await until(lambda: supervisor.running["a"].pid != first.pid)
        supervisor.stop()
        await running
        return supervisor

    supervisor = asyncio.run(story())
    assert supervisor.restarts == {"a": 1}
    assert all(process.returncode is not None for process in supervisor.running.values())


def test_a_patient_child_starts_once_the_others_are_ready():
    async def story():
        patient = replace(child("worker", SLEEPER), is_patient=True)
        supervisor = Supervisor((child("web", SLEEPER), patient))
        running = asyncio.create_task(supervisor.run())
        await until(lambda: "web" in supervisor.running)
        before = set(supervisor.running)
        supervisor.go_on()
        await until(lambda: "worker" in supervisor.running)
        supervisor.stop()
        await running
        return before

    assert asyncio.run(story()) == {"web"}


def test_a_patient_child_is_never_started_where_the_others_were_stopped_first():
    async def story():
        patient = replace(child("worker", SLEEPER), is_patient=True)
        supervisor = Supervisor((child("web", SLEEPER), patient))
        running = asyncio.create_task(supervisor.run())
        await until(lambda: "web" in supervisor.running)
        supervisor.stop()
        await running
        return set(supervisor.running)

    assert asyncio.run(story()) == {"web"}


def test_a_child_ends_when_its_supervisor_is_gone():
    async def story():
        read, write = os.pipe()
        process = await asyncio.create_subprocess_exec(sys.executable, "-c", LEASHED, stdin=read)
        os.close(read)
        os.close(write)
        async with asyncio.timeout(20):
            return await process.wait()

    assert asyncio.run(story()) == -15


def test_a_taken_port_is_named_before_anything_starts(tmp_path):
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        holder.listen()
        port = holder.getsockname()[1]
        settings = Settings(home=tmp_path, port=port)
        with pytest.raises(PortTakenError, match=f"Port {port} of 127.0.0.1"):
            serve.require_ports(settings)
        with pytest.raises(PortTakenError, match="--port"):
            serve.require_ports(replace(settings, port=port - 1))


def test_two_servers_of_one_home_and_port_are_refused(tmp_path):
    settings = Settings(home=tmp_path, port=18050)
    with serve.pid_file(settings):
        assert serve.serving(settings) == {18050: os.getpid()}
        with (
            pytest.raises(AlreadyServingError, match="port 18050"),
            serve.pid_file(settings),
        ):
            pass
        assert serve.serving(settings) == {18050: os.getpid()}
    assert serve.serving(settings) == {}


def test_the_file_of_a_dead_server_is_not_believed(tmp_path):
    (tmp_path / "serve-8050.pid").write_text("1")
    with pytest.raises(NotServingError, match="Nothing to stop"):
        serve.stop(Settings(home=tmp_path))


def test_children_get_the_settings_and_nothing_else_of_the_environment(tmp_path, monkeypatch):
    monkeypatch.setenv("AWS_SECRET", "x")
    settings = Settings(home=tmp_path, place="example", secret_key="k")
    web, live, worker = children.child_specs(settings, user=None)
    assert [web.name, live.name, worker.name] == ["web", "live", "worker"]
    assert web.environment["RISKATLAS_PLACE"] == "example"
    assert web.environment["RISKATLAS_SECRET_KEY"] == "k"
    assert "AWS_SECRET" not in web.environment
    # A child that falls and starts again is no new program to those who read its pages.
    again = children.child_specs(settings, user=None)
    boots = {each.environment["RISKATLAS_BOOT"] for each in (web, live, worker)}
    assert len(boots) == 1
    assert again[1].environment["RISKATLAS_BOOT"] not in boots
    assert [web.is_patient, live.is_patient, worker.is_patient] == [False, False, True]
    assert "faulthandler" in web.command


@pytest.mark.postgis
def test_a_database_that_is_killed_is_started_again_while_serving():
    async def watched(settings):
        stopping = asyncio.Event()
        watch = asyncio.create_task(serve.keep_database(settings, stopping))
        await until(lambda: server.answers(place_server(settings)))
        stopping.set()
        await watch

    with tempfile.TemporaryDirectory(prefix="riskatlas-serve-") as folder:
        # The server's own user must be able to enter it.
        Path(folder).chmod(0o755)
        settings = Settings(home=Path(folder) / "home", port=18052)
        with open_cluster(settings) as cluster:
            postmaster = (place_server(settings).data / "postmaster.pid").read_text().split()[0]
            os.kill(int(postmaster), signal.SIGKILL)
            asyncio.run(watched(settings))
            with cluster.connect() as connection:
                assert connection.execute("select 1").fetchone() == (1,)


def test_nobody_answers_on_a_closed_port():
    with socket.socket() as holder:
        holder.bind(("127.0.0.1", 0))
        assert not serve.answers("127.0.0.1", holder.getsockname()[1])
