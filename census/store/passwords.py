"""Hash and check passwords: argon2id, a few at a time, none of those that everybody tries first."""

import secrets
import unicodedata
from functools import cache
from threading import BoundedSemaphore

from argon2 import PasswordHasher, Type
from argon2.exceptions import InvalidHashError, VerificationError

from census.access_errors import WeakPasswordError
from census.store.rights import rights
from census.store.settings import data_folder

_COMMON = "common_passwords.txt"


@cache
def _hasher() -> PasswordHasher:
    given = rights().limits["passwords"]
    return PasswordHasher(
        time_cost=given["passes"],
        memory_cost=given["memory_kib"],
        parallelism=given["lanes"],
        type=Type.ID,
    )


@cache
def _room() -> BoundedSemaphore:
    # Each hash takes its memory and a processor: without a queue, signing in would be a door for
    # anybody who wants the machine busy.
    return BoundedSemaphore(rights().limits["passwords"]["at_once"])


@cache
def _common() -> frozenset[str]:
    lines = (data_folder() / "reference" / _COMMON).read_text("utf-8").splitlines()
    return frozenset(line.strip() for line in lines if line and not line.startswith("#"))


@cache
def _nobodys_hash() -> str:
    return hashed(secrets.token_urlsafe(32))


def _plain(password: str) -> str:
    # What a Chinese keyboard types in full width is the same password.
    return unicodedata.normalize("NFKC", password)


def require_strong(password: str, *, names: tuple[str, ...] = ()) -> None:
    """
    Refuse a password that is too short, too long, among the commonest, or the account's own name.

    Parameters
    ----------
    password
        The password.
    names
        Login name and staff number of the account.

    Raises
    ------
    WeakPasswordError
        If it cannot be used.
    """
    given = rights().limits["passwords"]
    least, most = given["least_characters"], given["most_characters"]
    plain = _plain(password)
    if len(plain) < least:
        raise WeakPasswordError(f"it has fewer than {least} characters", f"少于{least}个字符")
    if len(password) > most or len(plain) > most:
        raise WeakPasswordError(f"it has more than {most} characters", f"多于{most}个字符")
    if plain.casefold() in _common() or len(set(plain)) == 1:
        raise WeakPasswordError("it is among the commonest", "它是最常见的密码之一")
    if plain.casefold() in {_plain(name).casefold() for name in names}:
        raise WeakPasswordError("it is the name of the account", "它与登录名相同")


def hashed(password: str) -> str:
    """
    Hash a password; callers queue where as many as the rules allow are under way.

    Parameters
    ----------
    password
        The password.

    Returns
    -------
    str
        Its argon2id hash with salt and parameters.
    """
    with _room():
        return _hasher().hash(_plain(password))


def is_right(stored: str | None, password: str) -> bool:
    """
    Check a password; for an account without one, or none at all, it takes the same time.

    Parameters
    ----------
    stored
        The stored hash; None where there is none.
    password
        The password given.

    Returns
    -------
    bool
        Whether it is the one.
    """
    if len(password) > rights().limits["passwords"]["most_characters"]:
        password = ""
    against = stored or _nobodys_hash()
    with _room():
        try:
            return _hasher().verify(against, _plain(password)) and stored is not None
        except (VerificationError, InvalidHashError):
            return False


def is_outdated(stored: str) -> bool:
    """
    Tell whether a hash was made with other parameters than today's.

    Parameters
    ----------
    stored
        The stored hash.

    Returns
    -------
    bool
        Whether to hash anew at the next sign-in.
    """
    return _hasher().check_needs_rehash(stored)
