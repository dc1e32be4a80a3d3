"""Ask and steer clusters in tests: other processes that hold one, and what its files say."""

import os
import subprocess
import sys
from pathlib import Path

from census.store import server
from census.store.cluster import place_server
from census.store.settings import Settings

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


def begin_holding(home: Path, *, user: str | None = None) -> "subprocess.Popen[str]":
    """Start a process that holds the cluster of a home until it is told to leave."""
    return subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home), *([user] if user else [])],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd="/",
        env={"PATH": os.environ["PATH"], "PYTHONPATH": str(ROOT)},
    )


def leave(child: "subprocess.Popen[str]") -> None:
    _, said = child.communicate("go\n")
    assert child.returncode == 0, said


def says(child: "subprocess.Popen[str]") -> str:
    assert child.stdout is not None
    assert child.stderr is not None
    return child.stdout.readline().strip() or child.stderr.read()


def starts(settings: Settings) -> int:
    log = place_server(settings).log_file.read_text(encoding="utf-8")
    return log.count("starting PostgreSQL")


def postmaster(settings: Settings) -> int:
    pid_file = place_server(settings).data / "postmaster.pid"
    return int(pid_file.read_text(encoding="utf-8").splitlines()[0])


def is_up(settings: Settings) -> bool:
    return server.answers(place_server(settings))
