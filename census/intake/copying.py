"""Copy a stranger's file, and what must stand beside it, to a folder of its own under our name.

The files of a geodatabase, which is a folder, keep their names: these tell what they hold.

Nothing else beside it is seen by its reader, its own name is never interpreted, and nothing
changes under the reader's hands.
"""

import os
import re
import shutil
import stat
from pathlib import Path
from typing import Final

from census.intake.allowance import MEGABYTE
from census.intake.archives import MOST_MEMBERS
from census.intake.kinds import FileKind, bare_name
from census.intake.raw import UnreadableError

# No layer of a bureau is called so; a layer without a name is called like its file.
NAME: Final = "riskatlas-delivery"
_BESIDE: Final = {
    ".shp": (".shx", ".dbf", ".prj", ".cpg"), ".dbf": (".cpg",), ".asc": (".prj",),
}  # fmt: skip
_SMALL: Final = {".prj", ".cpg"}
_SMALL_BYTES: Final = 64 * 1024
# What the files of a geodatabase are called; marks of programs that have it open are left out.
_MEMBER: Final = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.]{0,99}")
_MARK: Final = ".lock"


def copied(path: Path, kind: FileKind, folder: Path) -> int:
    """
    Copy a file and its companions.

    Parameters
    ----------
    path
        The file.
    kind
        Its kind.
    folder
        An empty folder.

    Returns
    -------
    int
        Bytes of all that was copied.

    Raises
    ------
    UnreadableError
        When one is a link, a pipe or another thing that is no plain file, is too large, changes
        while it is copied, or cannot be read.
    """
    if kind.is_folder:
        return _copy_folder(path, folder / f"{NAME}{kind.suffix}", kind)
    beside = {each.name.casefold(): each for each in path.parent.iterdir()}
    size_bytes = _copy(path, folder / f"{NAME}{kind.suffix}", kind.largest_bytes, kind)
    for suffix in _BESIDE.get(kind.suffix, ()):
        companion = beside.get(f"{bare_name(path)}{suffix}".casefold())
        if companion is not None:
            most = _SMALL_BYTES if suffix in _SMALL else kind.largest_bytes
            size_bytes += _copy(companion, folder / f"{NAME}{suffix}", most, kind)
    return size_bytes


def _copy_folder(path: Path, to: Path, kind: FileKind) -> int:
    to.mkdir()
    size_bytes = 0
    parts = [each for each in sorted(path.iterdir()) if not each.name.endswith(_MARK)]
    if len(parts) > MOST_MEMBERS:
        raise UnreadableError(
            kind.name,
            f"it has {len(parts):,} files, more than {MOST_MEMBERS:,}; deliver the district alone",
            f"有 {len(parts):,} 个文件，超过 {MOST_MEMBERS:,}；请只交付本区",
        )
    for part in parts:
        if not _MEMBER.fullmatch(part.name):
            raise UnreadableError(
                kind.name,
                f"{part.name} is no file of a geodatabase; export it anew",
                f"{part.name} 不是地理数据库的文件；请重新导出",
            )
        size_bytes += _copy(part, to / part.name, kind.largest_bytes - size_bytes, kind)
    return size_bytes


def _copy(path: Path, to: Path, most_bytes: int, kind: FileKind) -> int:
    # Neither a link nor a pipe: who delivers names a file, and its content is what is read.
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
    try:
        handle = os.open(path, flags)
        with open(handle, "rb") as source, to.open("xb") as target:  # noqa: PTH123  (a handle, no path)
            if not stat.S_ISREG(os.fstat(handle).st_mode):
                raise _no_file(path, kind)
            size_bytes = os.fstat(handle).st_size
            if size_bytes > most_bytes:
                raise _too_large(path, kind, most_bytes)
            shutil.copyfileobj(source, target, MEGABYTE)
            if target.tell() != size_bytes:
                raise _changing(path, kind)
    except OSError as fault:
        reason = fault.strerror or str(fault)
        raise UnreadableError(
            kind.name, f"{path.name}: {reason}", f"{path.name}：{reason}"
        ) from fault
    return size_bytes


def _no_file(path: Path, kind: FileKind) -> UnreadableError:
    return UnreadableError(kind.name, f"{path.name} is no plain file", f"{path.name} 不是普通文件")


def _too_large(path: Path, kind: FileKind, most_bytes: int) -> UnreadableError:
    most = f"{most_bytes // 1024:,} KB"
    return UnreadableError(
        kind.name, f"{path.name} has more than {most}", f"{path.name} 超过 {most}"
    )


def _changing(path: Path, kind: FileKind) -> UnreadableError:
    return UnreadableError(
        kind.name,
        f"{path.name} changed while it was read; close the program that writes it and deliver "
        "again",
        f"{path.name} 在读取时被改动；请关闭正在写它的程序后重新交付",
    )
