"""Fixtures shared by every room: sample files, one real cluster for the run, an empty place."""

import os
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from hypothesis import settings as hypothesis_settings
from playwright.sync_api import Browser, sync_playwright

from census.errors import PostgisMissingError
from census.store.cluster import open_cluster
from census.store.database import Store, create_place, drop_place, open_store
from census.store.places import current_place
from census.store.settings import Settings

# How long an example takes says how busy the machine is.
hypothesis_settings.register_profile("riskatlas", deadline=None)
hypothesis_settings.load_profile("riskatlas")

ROOT = Path(__file__).resolve().parents[1]
# Runs with the peer's own libraries, which are no part of this installation.
collect_ignore = ["bench/peer_jenkspy.py", "bench/peer_tipg.py"]
CHROMIUM = Path("/usr/bin/chromium")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for the cluster, so that the pure ones can run without it."""
    for item in items:
        if "cluster_settings" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.postgis)


def _folder(variable: str, name: str) -> Path:
    folder = Path(os.environ.get(variable) or ROOT.parent / "shared" / name)
    if not folder.is_dir():
        pytest.skip(f"no {name} folder beside the repository, nor named by {variable}")
    return folder


@pytest.fixture(scope="session")
def samples() -> Path:
    """Folder of the real sample files."""
    return _folder("RISKATLAS_SAMPLES", "data")


@pytest.fixture(scope="session")
def reference() -> Path:
    """Folder of results computed by others."""
    return _folder("RISKATLAS_REFERENCE", "reference")


@pytest.fixture(scope="session")
def open_home() -> Iterator[Path]:
    """A folder that the server's user may enter, unlike pytest's own."""
    home = Path(tempfile.mkdtemp(prefix="riskatlas-test-"))
    home.chmod(0o755)
    yield home
    shutil.rmtree(home)


@pytest.fixture(scope="session")
def cluster_settings(open_home: Path) -> Iterator[Settings]:
    """Settings whose private cluster runs for the whole session."""
    settings = Settings(home=open_home / "home")
    try:
        with open_cluster(settings):
            yield settings
    except PostgisMissingError as fault:
        pytest.skip(fault.sentence_en)


@pytest.fixture
def place_profile() -> dict[str, object]:
    """Profile of a small made-up district, stored in CGCS2000."""
    return {
        "code": "990001",
        "name_zh": "测试区",
        "name_en": "Test District",
        "srid": 4490,
        "metric_srid": 4549,
        "timezone": "Asia/Shanghai",
        "is_made_up": True,
        "attribution": "made up",
        "data_date": "2026-01-01",
    }


@pytest.fixture
def empty_place(cluster_settings: Settings, place_profile: dict[str, object]) -> Iterator[Store]:
    """A fresh database, open as role app."""
    place = f"test_{uuid4().hex[:8]}"
    create_place(cluster_settings, place, place_profile)
    with open_store(cluster_settings, place=place) as store:
        yield store
    drop_place(cluster_settings, place)


@pytest.fixture(scope="session")
def story_place(cluster_settings: Settings) -> str:
    """A loaded district: Jakarta where its files are there, else a small example district."""
    from census.products.demo import load_place  # noqa: PLC0415  (compiles geo; few tests need it)

    folder = Path(os.environ.get("RISKATLAS_SAMPLES") or ROOT.parent / "shared" / "data")
    if (folder / "jakarta").is_dir():
        load_place(cluster_settings, "jakarta", samples=folder)
        return "jakarta"
    load_place(cluster_settings, "example", samples=None, villages=20)
    return str(current_place(cluster_settings))


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    """One browser for the tests of a file; names that end in .test lead to this machine."""
    if not CHROMIUM.exists():
        pytest.skip(f"no {CHROMIUM}; apt-get install chromium")
    arguments = ["--no-sandbox", "--host-resolver-rules=MAP *.test 127.0.0.1"]
    with sync_playwright() as play:
        browser = play.chromium.launch(executable_path=CHROMIUM, args=arguments)
        yield browser
        browser.close()
