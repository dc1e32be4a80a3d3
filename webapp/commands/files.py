"""Write the files that a command was asked for: whole or not at all, and named where refused."""

import contextlib
import tempfile
from pathlib import Path

from webapp.errors import OutputFolderError


def require_file(file: Path, *, option: str) -> None:
    """
    Check that a file can be written before the work that it is to tell of.

    Parameters
    ----------
    file
        The file; it may exist already.
    option
        Option that named it.

    Raises
    ------
    OutputFolderError
        If it cannot.
    """
    if file.is_dir():
        raise OutputFolderError(file, "it is a folder (是文件夹)", option=option)
    try:
        with tempfile.TemporaryFile(dir=file.parent):
            pass
    except OSError as fault:
        raise OutputFolderError(file, fault.strerror or str(fault), option=option) from None


def write_file(file: Path, content: bytes, *, option: str) -> None:
    """
    Write a file beside and rename it: a full disk leaves no half file under the good name.

    Parameters
    ----------
    file
        The file; replaced where it exists.
    content
        Its bytes.
    option
        Option that named it or its folder.

    Raises
    ------
    OutputFolderError
        If it cannot be written.
    """
    half = file.with_name(f".{file.name}.part")
    try:
        half.write_bytes(content)
        half.replace(file)
    except OSError as fault:
        with contextlib.suppress(OSError):
            half.unlink(missing_ok=True)
        raise OutputFolderError(file, fault.strerror or str(fault), option=option) from None
