"""Name exactly what a product was made from: a hash of its facts and the version of the code."""

import hashlib
import importlib.metadata
import json
import subprocess
from collections.abc import Mapping
from pathlib import Path
from typing import Any


def fingerprint(parts: Mapping[str, Any]) -> str:
    """
    Hash a nested mapping of plain values.

    Parameters
    ----------
    parts
        Strings, numbers, lists and mappings of them.

    Returns
    -------
    str
        SHA-256 in hexadecimal, the same whatever the order of the keys.
    """
    text = json.dumps(parts, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return hashlib.sha256(text.encode()).hexdigest()


def package_version() -> str:
    """
    Name the version of the package, without the commit of a checkout.

    Returns
    -------
    str
        For example ``0.1.0``; ``0`` where the package is not installed.
    """
    try:
        return importlib.metadata.version("riskatlas")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def code_version() -> str:
    """
    Name the version of the running code.

    Returns
    -------
    str
        Version of the package, with the commit in a source checkout: ``0.1.0+g1a2b3c4``.
    """
    root, version = Path(__file__).resolve().parents[2], package_version()
    if not (root / ".git").exists():
        return version
    command = ["git", "-C", str(root), "describe", "--always", "--dirty", "--abbrev=10"]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, check=True, timeout=10)
    except (OSError, subprocess.SubprocessError):
        # A checkout that another user owns, or without git: the version of the package remains.
        return version
    return f"{version}+g{answer.stdout.strip().replace('-', '.')}"
