"""Turn environment variables into the settings of a deployment.

======================  ==========================================================================
variable                meaning (default)
======================  ==========================================================================
RISKATLAS_HOME          folder of the private database (root: /var/lib/riskatlas; others:
                        $XDG_DATA_HOME/riskatlas)
RISKATLAS_DSN           an office PostgreSQL/PostGIS, ``postgresql://user@host/database`` (none)
RISKATLAS_PLACE         the place that commands act on (the one loaded last)
RISKATLAS_SAMPLES       folder of the sample files (none)
RISKATLAS_HOST          address to listen on (127.0.0.1)
RISKATLAS_PORT          port of the pages; the live process listens on the next one (8050)
RISKATLAS_ADDRESS       where people reach the pages, for QR codes: ``https://risk.example.org``
                        (http, the host listened on, the port)
RISKATLAS_TRUSTED_PROXY address of the one reverse proxy whose X-Forwarded-For and -Proto are
                        believed (none)
RISKATLAS_SECRET_KEY    key of the session cookie (made once and kept in the home folder)
======================  ==========================================================================
"""

import ipaddress
import os
import secrets
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from census.errors import SettingError

PORT = 8050
LAST_PORT = 65534
ADDRESS, PROXY = "RISKATLAS_ADDRESS", "RISKATLAS_TRUSTED_PROXY"
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104  (named, not bound)


@dataclass(frozen=True, kw_only=True)
class Settings:
    """
    Settings of a deployment; numbers of methods and rules are no settings.

    Attributes
    ----------
    home
        Folder of the private database and of what a deployment keeps beside it.
    dsn
        libpq URL of an office server; None for the private cluster.
    place
        The place that commands act on; None for the one loaded last.
    samples
        Folder of the sample files.
    host
        Address to listen on.
    port
        Port of the pages; the live process takes the next one.
    address
        Where people reach the pages, without a slash at the end; None for host and port.
    trusted_proxy
        Address of the reverse proxy that is believed who asks, and whether over https; None for
        nobody.
    secret_key
        Key of the session cookie; None for the one kept in ``home``.
    """

    home: Path
    dsn: str | None = None
    place: str | None = None
    samples: Path | None = None
    host: str = "127.0.0.1"
    port: int = PORT
    address: str | None = None
    trusted_proxy: str | None = None
    secret_key: str | None = None

    @property
    def public_address(self) -> str:
        """
        Return where people reach the pages; no visitor has a say in it.

        Returns
        -------
        str
            The address of the settings, else host and port; this machine's name where it listens
            at every address.
        """
        if self.address:
            return self.address
        host = socket.gethostname() if self.host in EVERY_ADDRESS else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    @property
    def is_behind_proxy(self) -> bool:
        """
        Tell whether a proxy stands in front: then pages and live process are one origin.

        Returns
        -------
        bool
            True where one is trusted, or the pages are reached over https, which the program itself
            does not speak.
        """
        return self.trusted_proxy is not None or self.public_address.startswith("https:")

    @classmethod
    def from_env(cls, environ: Mapping[str, str]) -> "Settings":
        """
        Read the settings from environment variables; empty ones count as absent.

        Parameters
        ----------
        environ
            The environment, such as ``os.environ``.

        Returns
        -------
        Settings
            The settings.

        Raises
        ------
        SettingError
            If RISKATLAS_PORT is no port number, RISKATLAS_ADDRESS no address of pages or
            RISKATLAS_TRUSTED_PROXY no address of a machine.
        """
        text = environ.get("RISKATLAS_PORT") or str(PORT)
        if not text.isdecimal() or not 0 < int(text) <= LAST_PORT:
            raise SettingError(
                "RISKATLAS_PORT",
                text,
                f"a whole number from 1 to {LAST_PORT}",
                f"1 至 {LAST_PORT} 的整数",
            )
        samples = environ.get("RISKATLAS_SAMPLES")
        return cls(
            home=_home(environ),
            dsn=environ.get("RISKATLAS_DSN") or None,
            place=environ.get("RISKATLAS_PLACE") or None,
            samples=Path(samples).absolute() if samples else None,
            host=environ.get("RISKATLAS_HOST") or "127.0.0.1",
            port=int(text),
            address=address_of(environ.get(ADDRESS) or None),
            trusted_proxy=_proxy(environ.get(PROXY) or None),
            secret_key=environ.get("RISKATLAS_SECRET_KEY") or None,
        )


def address_of(text: str | None, *, name: str = ADDRESS) -> str | None:
    """
    Read where people reach the pages.

    Parameters
    ----------
    text
        The address; None for none.
    name
        Setting or option that named it.

    Returns
    -------
    str | None
        The address without a slash at the end.

    Raises
    ------
    SettingError
        If it is no http or https address of a host alone.
    """
    if text is None:
        return None
    try:
        parts = urlsplit(text)
        is_sound = bool(parts.hostname) and parts.scheme in {"http", "https"} and parts.port != 0
    except ValueError:
        is_sound = False
    bare = text.rstrip("/")
    if not is_sound or bare != f"{parts.scheme}://{parts.netloc}" or not _is_plain(parts.netloc):
        raise SettingError(
            name,
            text,
            "an address such as https://risk.example.org, without a path",
            "不带路径的网址，例如 https://risk.example.org",
        )
    return bare


def _is_plain(netloc: str) -> bool:
    return all(each.isalnum() or each in "-.:[]" for each in netloc)


def _proxy(text: str | None) -> str | None:
    if text is None:
        return None
    try:
        return str(ipaddress.ip_address(text))
    except ValueError:
        raise SettingError(
            PROXY, text, "one IP address, such as 127.0.0.1", "一个 IP 地址，例如 127.0.0.1"
        ) from None


def _home(environ: Mapping[str, str]) -> Path:
    given = environ.get("RISKATLAS_HOME")
    if given:
        return Path(given).absolute()
    if os.geteuid() == 0:
        # The server runs as user postgres, who cannot enter root's own home.
        return Path("/var/lib/riskatlas")
    base = environ.get("XDG_DATA_HOME")
    return Path(base).absolute() / "riskatlas" if base else Path.home() / ".local/share/riskatlas"


def secret_key(settings: Settings) -> str:
    """
    Return the key of the session cookie; the first call makes one that only its owner may read.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    str
        The key.
    """
    if settings.secret_key:
        return settings.secret_key
    file = settings.home / "secret_key"
    if not file.exists():
        settings.home.mkdir(parents=True, exist_ok=True)
        fresh = file.with_name(f"secret_key.{os.getpid()}")
        fresh.touch(mode=0o600)
        fresh.write_text(secrets.token_urlsafe(48), encoding="ascii")
        try:
            # A link fails where another process was first, so every process reads one key.
            file.hardlink_to(fresh)
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return file.read_text(encoding="ascii")


def data_folder() -> Path:
    """
    Find the folder of rules, codes, method parameters and recipes.

    Returns
    -------
    Path
        ``data`` of a source checkout, or ``riskatlas_data`` beside the installed packages.
    """
    root = Path(__file__).resolve().parents[2]
    checkout = root / "data"
    return checkout if checkout.is_dir() else root / "riskatlas_data"
