"""The hash by which a delivery is known again, whatever its files are called."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

_PIECE_BYTES = 1024 * 1024


def sha256_of(paths: Sequence[Path]) -> str:
    """
    Sum up what was delivered.

    Parameters
    ----------
    paths
        Its files; a geodatabase is a folder of files.

    Returns
    -------
    str
        SHA-256 in hexadecimal: of the file, or of the hashes of several.
    """
    digests = [_digest(path) for path in paths]
    if len(digests) == 1:
        return digests[0]
    return hashlib.sha256("\n".join(digests).encode()).hexdigest()


def _digest(path: Path) -> str:
    whole = hashlib.sha256()
    for part in sorted(path.iterdir()) if path.is_dir() else [path]:
        with part.open("rb") as stream:
            while chunk := stream.read(_PIECE_BYTES):
                whole.update(chunk)
    return whole.hexdigest()
