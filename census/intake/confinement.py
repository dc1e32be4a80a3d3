"""What a process that reads a stranger's file gives up before it looks at it.

The network, the files of the machine but the interpreter's own and one folder, the rights of root,
and more memory, time and space than the file needs. What a machine does not offer is told, not
taken for granted. Only the standard library is imported: the network is left before all else.
"""

import ctypes
import os
import pwd
import resource
import sys
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_NEW_NETWORK = 0x40000000
_NEW_USERS = 0x10000000
_NO_NEW_PRIVILEGES = 38
_NOBODY = "nobody"

# Calls and flags of Landlock, as linux/landlock.h has them.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_VERSION_ASKED, _PATH_BENEATH = 1, 1
_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE = 1, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_LOOK = _EXECUTE | _READ | _LIST
# Thirteen rights from the first version on; renaming, cutting and devices came with later ones.
_RIGHTS_OF_VERSION = {1: (1 << 13) - 1, 2: (1 << 14) - 1, 3: (1 << 15) - 1, 5: (1 << 16) - 1}
_NETWORK_SINCE, _SCOPES_SINCE = 4, 6
_BIND_AND_CONNECT, _SIGNALS_AND_SOCKETS = 3, 3
_FILE_RIGHTS = _EXECUTE | _WRITE | _READ | _TRUNCATE
# Where libraries, zones of time and the loader's table stand; absent ones are passed over.
_SYSTEM = (
    "/usr/lib", "/usr/lib64", "/usr/local/lib", "/lib", "/lib64", "/etc/ld.so.cache",
    "/usr/share/zoneinfo", "/etc/localtime", "/dev/null", "/dev/urandom", "/proc/self",
)  # fmt: skip
_PAGE_BYTES = resource.getpagesize()
_OPEN_FILES = 64


@dataclass(frozen=True)
class Surroundings:
    """
    What the process gave up.

    Attributes
    ----------
    no_network
        Whether it has no network, not even that of the machine itself.
    no_files
        Whether the kernel keeps it from every file but the interpreter's and its folder's.
    no_root
        Whether it runs without the rights of root.
    """

    no_network: bool
    no_files: bool
    no_root: bool


def leave_network() -> bool:
    """
    Leave the network of the machine for one of its own without any line.

    Returns
    -------
    bool
        False where the machine does not let this user do so.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) == 0:
        return True
    return bool(libc.unshare(_NEW_USERS | _NEW_NETWORK) == 0)


def leave_root(folder: Path) -> bool:
    """
    Become a user without rights, where that user can still read the interpreter.

    Parameters
    ----------
    folder
        The folder of the process, given to that user.

    Returns
    -------
    bool
        Whether the process has no rights of root any more.
    """
    if os.geteuid() != 0:
        return True
    needed = [path for path in _interpreter() if Path(path).exists()]
    try:
        nobody = pwd.getpwnam(_NOBODY)
        os.seteuid(nobody.pw_uid)
    except (KeyError, OSError):
        return False
    is_readable = all(os.access(path, os.R_OK | os.X_OK, effective_ids=True) for path in needed)
    os.seteuid(0)
    if not is_readable:
        return False
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setresgid(nobody.pw_gid, nobody.pw_gid, nobody.pw_gid)
    os.setresuid(nobody.pw_uid, nobody.pw_uid, nobody.pw_uid)
    return True


def _interpreter() -> list[str]:
    folders = {sys.prefix, sys.base_prefix, sys.exec_prefix, os.path.dirname(os.__file__)}  # noqa: PTH120  (a text among texts)
    return sorted(folders | {path for path in sys.path if path})


class _Ruleset(ctypes.Structure):
    _fields_ = (
        ("fs", ctypes.c_uint64), ("net", ctypes.c_uint64), ("scoped", ctypes.c_uint64)
    )  # fmt: skip


class _Beneath(ctypes.Structure):
    _pack_ = 1
    _fields_ = (("allowed", ctypes.c_uint64), ("parent", ctypes.c_int32))


def leave_files(folder: Path) -> bool:
    """
    Let the kernel refuse every file but those of the interpreter and of one folder (Landlock).

    Parameters
    ----------
    folder
        The folder of the process, where it may read and write.

    Returns
    -------
    bool
        False where the kernel has no Landlock.
    """
    libc = ctypes.CDLL(None, use_errno=True)
    version = libc.syscall(_CREATE_RULESET, None, ctypes.c_size_t(0), _VERSION_ASKED)
    if version < 1:
        return False
    rights = max(value for since, value in _RIGHTS_OF_VERSION.items() if since <= version)
    rules = _Ruleset(rights, 0, 0)
    size = 8
    if version >= _NETWORK_SINCE:
        rules.net, size = _BIND_AND_CONNECT, 16
    if version >= _SCOPES_SINCE:
        rules.scoped, size = _SIGNALS_AND_SOCKETS, 24
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(rules), ctypes.c_size_t(size), 0)
    if ruleset < 0:
        return False
    try:
        _allow(libc, ruleset, (*_SYSTEM, *_interpreter()), _LOOK)
        _allow(libc, ruleset, (str(folder),), rights & ~_EXECUTE)
        libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, paths: Iterable[str], rights: int) -> None:
    for path in paths:
        with suppress(OSError):
            handle = os.open(path, os.O_PATH | os.O_CLOEXEC)
            kept = rights if os.path.isdir(path) else rights & _FILE_RIGHTS  # noqa: PTH112  (a text among texts)
            rule = _Beneath(kept, handle)
            libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, ctypes.byref(rule), 0)
            os.close(handle)


def bound(*, memory_bytes: int, most_memory_bytes: int, cpu_s: int, written_bytes: int) -> None:
    """
    Bound what the process may use from here on.

    Parameters
    ----------
    memory_bytes
        Memory on top of what it holds now.
    most_memory_bytes
        The same, as far as it may raise it itself.
    cpu_s
        Seconds of the processor on top of those it has used.
    written_bytes
        Largest file that it may write.
    """
    used = resource.getrusage(resource.RUSAGE_SELF)
    seconds = int(used.ru_utime + used.ru_stime) + 1 + cpu_s
    held = held_bytes()
    resource.setrlimit(resource.RLIMIT_AS, (held + memory_bytes, held + most_memory_bytes))
    for what, limit in (
        (resource.RLIMIT_CPU, seconds),
        (resource.RLIMIT_FSIZE, written_bytes),
        (resource.RLIMIT_NOFILE, _OPEN_FILES),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (limit, limit))


def held_bytes() -> int:
    """
    Tell how much address space the process holds.

    Returns
    -------
    int
        Bytes.
    """
    return int(Path("/proc/self/statm").read_text("ascii").split()[0]) * _PAGE_BYTES
