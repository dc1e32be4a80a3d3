"""Describe the processes that are served, and the system user they run as."""

import os
import pwd
import subprocess
from pathlib import Path
from secrets import token_hex
from typing import Final

from census.store.settings import Settings, secret_key
from webapp.supervision import ChildSpec, python_command
from webapp.web_process import BOOT_VARIABLE, LIVE, WEB, WORKER

DROP_TO: Final = "postgres"
# Interpreter, code and libraries, one small part of each: whoever can read these can read the rest.
READ_A_LITTLE: Final = "import census.errors, starlette, webapp.supervision"


def drop_user(settings: Settings) -> str | None:
    """
    Choose the system user that children of root run as.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    str | None
        ``postgres`` where it can read interpreter and code; None to stay as one is.
    """
    if os.geteuid() != 0 or settings.dsn:
        return None
    try:
        pwd.getpwnam(DROP_TO)
        tried = subprocess.run(
            python_command("-c", READ_A_LITTLE),
            user=DROP_TO, group=DROP_TO, extra_groups=[], cwd="/", env=_environment(settings, "x"),
            capture_output=True, check=False, timeout=60,
        )  # fmt: skip
    except (KeyError, OSError, subprocess.TimeoutExpired):
        return None
    return DROP_TO if tried.returncode == 0 else None


def _environment(settings: Settings, key: str) -> dict[str, str]:
    kept = {
        name: value
        for name, value in os.environ.items()
        if name in {"PATH", "LANG", "LC_ALL", "TZ", "VIRTUAL_ENV", "PYTHONPATH"}
    }
    given = {
        "HOME": os.environ.get("HOME", "/"),
        "RISKATLAS_HOME": str(settings.home),
        "RISKATLAS_HOST": settings.host,
        "RISKATLAS_PORT": str(settings.port),
        "RISKATLAS_SECRET_KEY": key,
        BOOT_VARIABLE: token_hex(4),
        "PYTHONUNBUFFERED": "1",
        "PYTHONPATH": str(Path(__file__).resolve().parents[1]),
    }
    optional = {
        "RISKATLAS_DSN": settings.dsn,
        "RISKATLAS_PLACE": settings.place,
        "RISKATLAS_ADDRESS": settings.address,
        "RISKATLAS_TRUSTED_PROXY": settings.trusted_proxy,
        "RISKATLAS_SAMPLES": str(settings.samples) if settings.samples else None,
    }
    return {**kept, **given, **{name: value for name, value in optional.items() if value}}


def child_specs(settings: Settings, *, user: str | None) -> tuple[ChildSpec, ...]:
    """
    Describe the three processes.

    Parameters
    ----------
    settings
        The deployment.
    user
        System user they run as; None for the present one.

    Returns
    -------
    tuple of ChildSpec
        The pages, the live process, the queue.
    """
    environment = _environment(settings, secret_key(settings))
    if user:
        environment["HOME"] = pwd.getpwnam(user).pw_dir
    return tuple(
        ChildSpec(
            name=name,
            command=python_command("-m", "webapp.web_process", name),
            environment=environment,
            user=user,
            folder=Path("/") if user else None,
            is_patient=name == WORKER,
        )
        for name in (WEB, LIVE, WORKER)
    )


def share_locks(settings: Settings, user: str) -> None:
    """
    Give the cluster's lock files to the user that children run as, so that they may attach.

    Parameters
    ----------
    settings
        The deployment.
    user
        The user.
    """
    found = pwd.getpwnam(user)
    for file in settings.home.glob("pg*/*.lock"):
        os.chown(file, found.pw_uid, found.pw_gid)
