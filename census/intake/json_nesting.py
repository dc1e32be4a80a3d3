"""How deep a JSON text is nested, found without parsing it: a parser may fall where it is deep."""

from pathlib import Path
from typing import Final

import numpy as np

from census.intake.raw import UnreadableError

# A collection of polygons nested eight deep in a list of features takes 25 levels.
MOST_LEVELS: Final = 32

_CHUNK_BYTES = 4 * 1024 * 1024
_STRUCTURE = b'"{}[]'
_OTHER = bytes(each for each in range(256) if each not in _STRUCTURE)
_QUOTE = _STRUCTURE[0]


def require_shallow(path: Path) -> None:
    """
    Refuse a JSON text that is nested too deep.

    Parameters
    ----------
    path
        The file, read in pieces.

    Raises
    ------
    UnreadableError
        When it has more than ``MOST_LEVELS`` levels of brackets.
    """
    depth, is_text, rest = 0, False, b""
    with path.open("rb") as stream:
        while chunk := stream.read(_CHUNK_BYTES):
            piece = rest + chunk
            # A sign that is taken away from its meaning may stand in the next piece.
            odd = (len(piece) - len(piece.rstrip(b"\\"))) % 2
            rest = piece[len(piece) - odd :]
            piece = piece[: len(piece) - odd].replace(b"\\\\", b"").replace(b'\\"', b"")
            signs = np.frombuffer(piece.translate(None, _OTHER), np.uint8)
            quotes = signs == _QUOTE
            inside = (np.cumsum(quotes) + is_text) % 2 == 1
            is_text = bool((quotes.sum() + is_text) % 2)
            steps = np.where(np.isin(signs, (91, 123)), 1, -1)
            steps[quotes | inside] = 0
            depths = depth + np.cumsum(steps)
            if len(depths):
                if depths.max() > MOST_LEVELS:
                    raise _too_deep()
                depth = int(depths[-1])


def _too_deep() -> UnreadableError:
    return UnreadableError(
        "GeoJSON",
        f"its brackets are nested more than {MOST_LEVELS} deep; export it as points, lines or "
        "polygons",
        f"括号嵌套超过 {MOST_LEVELS} 层；请导出为点、线或面",
    )
