import os
import stat
from pathlib import Path

import pytest

from census.errors import ServerAwayError, SettingError
from census.store.places import places
from census.store.settings import PORT, Settings, data_folder, secret_key


def test_settings_come_from_the_environment_alone() -> None:
    settings = Settings.from_env(
        {
            "RISKATLAS_HOME": "/srv/atlas",
            "RISKATLAS_DSN": "postgresql://u@h/d",
            "RISKATLAS_PLACE": "haven",
            "RISKATLAS_SAMPLES": "/srv/samples",
            "RISKATLAS_PORT": "9000",
        }
    )
    assert settings.home == Path("/srv/atlas")
    assert (settings.dsn, settings.place, settings.port) == ("postgresql://u@h/d", "haven", 9000)
    assert settings.samples == Path("/srv/samples")


def test_empty_settings_count_as_absent() -> None:
    settings = Settings.from_env({"RISKATLAS_DSN": "", "RISKATLAS_PORT": "", "HOME": "/nowhere"})
    assert (settings.dsn, settings.port, settings.host) == (None, PORT, "127.0.0.1")


def test_root_and_ordinary_users_have_different_homes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert Settings.from_env({}).home == Path("/var/lib/riskatlas")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert Settings.from_env({"XDG_DATA_HOME": "/home/li/data"}).home == Path(
        "/home/li/data/riskatlas"
    )


@pytest.mark.parametrize("port", ["0", "65535", "-1", "web", "80.5"])
def test_a_port_that_is_none_is_refused(port: str) -> None:
    # 65535 leaves no next port for the live process.
    with pytest.raises(SettingError, match="RISKATLAS_PORT"):
        Settings.from_env({"RISKATLAS_PORT": port})


def test_the_secret_key_is_made_once_and_only_its_owner_reads_it(tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "home")
    key = secret_key(settings)
    assert len(key) >= 32
    assert secret_key(settings) == key
    assert stat.S_IMODE((settings.home / "secret_key").stat().st_mode) == 0o600
    assert secret_key(Settings(home=tmp_path, secret_key="given")) == "given"


def test_rules_and_recipes_lie_in_the_data_folder() -> None:
    assert (data_folder() / "places").is_dir()


@pytest.mark.parametrize(
    "dsn", ["nonsense", "http://user:hush@host/x", "postgresql:///x?host=/nowhere"]
)
def test_an_office_server_that_is_away_gets_a_sentence_without_its_password(
    tmp_path: Path, dsn: str
) -> None:
    with pytest.raises(ServerAwayError, match="cannot be reached") as fault:
        places(Settings(home=tmp_path, dsn=dsn))
    assert "hush" not in str(fault.value)


@pytest.mark.parametrize(
    ("stated", "address"),
    [
        ({}, "http://127.0.0.1:8050"),
        ({"RISKATLAS_HOST": "192.0.2.7", "RISKATLAS_PORT": "81"}, "http://192.0.2.7:81"),
        ({"RISKATLAS_HOST": "fd00::7"}, "http://[fd00::7]:8050"),
        ({"RISKATLAS_HOST": "::"}, "http://desk7:8050"),
        ({"RISKATLAS_ADDRESS": "https://risk.example.org/"}, "https://risk.example.org"),
    ],
)
def test_people_reach_the_pages_where_the_settings_say(
    stated: dict[str, str], address: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("socket.gethostname", lambda: "desk7")
    assert Settings.from_env(stated).public_address == address


@pytest.mark.parametrize(
    "address",
    [
        "risk.example", "ftp://risk.example", "https://", "https://a/b", "https://a?b",
        "https://u@a", "https://a:b", "https://a:0", "https://a b", "https://a;script-src *",
        "javascript:alert(1)",
    ],
)  # fmt: skip
def test_an_address_that_is_none_is_refused(address: str) -> None:
    with pytest.raises(SettingError, match="RISKATLAS_ADDRESS"):
        Settings.from_env({"RISKATLAS_ADDRESS": address})


@pytest.mark.parametrize("proxy", ["*", "proxy.example", "10.0.0.0/8", "10.0.0.1, 10.0.0.2"])
def test_one_machine_alone_is_a_trusted_proxy(proxy: str) -> None:
    with pytest.raises(SettingError, match="RISKATLAS_TRUSTED_PROXY"):
        Settings.from_env({"RISKATLAS_TRUSTED_PROXY": proxy})


def test_a_proxy_stands_in_front_where_one_is_named_or_pages_are_https() -> None:
    assert not Settings.from_env({"RISKATLAS_ADDRESS": "http://risk.example"}).is_behind_proxy
    assert Settings.from_env({"RISKATLAS_ADDRESS": "https://risk.example"}).is_behind_proxy
    assert Settings.from_env({"RISKATLAS_TRUSTED_PROXY": "127.0.0.1"}).is_behind_proxy
