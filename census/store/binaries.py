"""Find the PostgreSQL programs that come with PostGIS, and the user that runs them."""

import os
import pwd
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from census.errors import PostgisMissingError

DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True)
class Binaries:
    """
    The server programs of one PostgreSQL.

    Attributes
    ----------
    folder
        Folder that holds initdb, pg_ctl and postgres.
    major
        Major version.
    version
        Full version, as the server prints it.
    """

    folder: Path
    major: int
    version: str


@dataclass(frozen=True)
class ServerUser:
    """
    The operating system user that runs the database server.

    Attributes
    ----------
    name
        Login name.
    uid
        User id.
    gid
        Group id.
    is_dropped_to
        Whether this process is root and drops to that user.
    """

    name: str
    uid: int
    gid: int
    is_dropped_to: bool


def server_user() -> ServerUser:
    """
    Choose the user that runs the server: PostgreSQL refuses root, so root drops to ``postgres``.

    Returns
    -------
    ServerUser
        The user.

    Raises
    ------
    PostgisMissingError
        If this process is root and no user ``postgres`` exists: the Debian package makes it.
    """
    if os.geteuid() != 0:
        own = pwd.getpwuid(os.geteuid())
        return ServerUser(own.pw_name, own.pw_uid, own.pw_gid, is_dropped_to=False)
    try:
        user = pwd.getpwnam("postgres")
    except KeyError:
        raise PostgisMissingError(None) from None
    return ServerUser(user.pw_name, user.pw_uid, user.pw_gid, is_dropped_to=True)


def _asked(command: list[str]) -> str:
    answer = subprocess.run(command, capture_output=True, text=True, check=False)
    return answer.stdout.strip() if answer.returncode == 0 else ""


def search_folders() -> Iterator[Path]:
    """
    List the folders in which PostgreSQL programs may lie.

    Yields
    ------
    Path
        The folder named by pg_config, those of Debian, newest first, and those on the PATH.
    """
    config = shutil.which("pg_config")
    named = _asked([config, "--bindir"]) if config else ""
    if named:
        yield Path(named)
    majors = [d for d in DEBIAN.glob("*") if d.name.isdecimal()] if DEBIAN.is_dir() else []
    for folder in sorted(majors, key=lambda d: -int(d.name)):
        yield folder / "bin"
    for entry in os.environ.get("PATH", "").split(os.pathsep):
        if entry:
            yield Path(entry)


def _share_folder(folder: Path) -> Path | None:
    config = folder / "pg_config"
    if config.is_file():
        named = _asked([str(config), "--sharedir"])
        if named:
            return Path(named)
    debian = Path("/usr/share/postgresql") / folder.parent.name
    return debian if debian.is_dir() else None


def find_binaries(*, made_by: int | None = None) -> Binaries:
    """
    Find the newest PostgreSQL with PostGIS on this machine.

    Parameters
    ----------
    made_by
        Major version that made the stored data; only that one can open them.

    Returns
    -------
    Binaries
        The programs.

    Raises
    ------
    PostgisMissingError
        If there is none; the sentence holds the line that installs it.
    """
    bare: list[int] = []
    for folder in dict.fromkeys(search_folders()):
        if not all((folder / name).is_file() for name in ("postgres", "initdb", "pg_ctl")):
            continue
        version = _asked([str(folder / "postgres"), "--version"])
        found = re.search(r"(\d+)(\.\d+)*", version)
        if found is None or made_by not in (None, int(found[1])):
            continue
        share = _share_folder(folder)
        if share and (share / "extension" / "postgis.control").is_file():
            return Binaries(folder, int(found[1]), found[0])
        bare.append(int(found[1]))
    raise PostgisMissingError(made_by or max(bare, default=None))
