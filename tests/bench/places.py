"""Run the command as a person would, each place in a folder of its own, and read its answer."""

import json
import os
import resource
import subprocess
import sys
import tempfile
import time
import urllib.request
from contextlib import contextmanager
from pathlib import Path

COMMAND = [sys.executable, "-m", "webapp.cli"]
ROOT = Path(__file__).resolve().parents[2]


def samples():
    """Return the folder of sample files, or None."""
    folder = Path(os.environ.get("RISKATLAS_SAMPLES") or ROOT.parent / "shared" / "data")
    return folder if folder.is_dir() else None


@contextmanager
def open_home():
    """Give an empty folder that the database's user may enter."""
    with tempfile.TemporaryDirectory(prefix="riskatlas-bench-") as folder:
        Path(folder).chmod(0o755)
        yield Path(folder) / "home"


def environment(home):
    """Return the environment of a command that works in ``home``."""
    return {**os.environ, "RISKATLAS_HOME": str(home)}


def load(home, place, *more):
    """Load a place without serving; return its answer, wall seconds and peak megabytes."""
    began = time.perf_counter()
    answer = subprocess.run(
        [*COMMAND, "demo", "--place", place, "--no-serve", "--json", *more],
        env=environment(home),
        check=True,
        capture_output=True,
        text=True,
    )
    seconds = time.perf_counter() - began
    peak_mb = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    return json.loads(answer.stdout), seconds, peak_mb


def answers(address):
    """Tell whether a page answers with 200."""
    try:
        with urllib.request.urlopen(address, timeout=1) as answer:  # noqa: S310  (our own page)
            return answer.status == 200
    except OSError:
        return False


def serving(home, place, port, *more):
    """Load a place where that is needed and serve it; see ``_running``."""
    return _running(home, port, ["demo", "--place", place, *more])


def served(home, place, port):
    """Serve a place that is there; see ``_running``."""
    return _running(home, port, ["serve", "--place", place])


@contextmanager
def _running(home, port, command):
    """Run a server; give its address and the seconds until the page answered."""
    began = time.perf_counter()
    server = subprocess.Popen(
        [*COMMAND, *command, "--port", str(port)],
        env=environment(home),
        stdout=subprocess.DEVNULL,
    )
    address = f"http://127.0.0.1:{port}"
    try:
        while not answers(address + "/readyz"):
            if server.poll() is not None:
                message = f"the server ended with {server.returncode}"
                raise RuntimeError(message)
            time.sleep(0.05)
        yield address, time.perf_counter() - began
    finally:
        server.terminate()
        server.wait(60)
