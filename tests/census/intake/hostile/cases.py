"""What a hostile file is to its test: a name, a form, how it is made, what has to become of it."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Case:
    """
    One hostile file.

    Attributes
    ----------
    name
        What is hostile about it.
    file
        Its name.
    form
        The form it is delivered for.
    make
        Writes it, and what belongs to it, given its path.
    harmless
        Why it may enter or is read in part; empty where it has to be refused.
    """

    name: str
    file: str
    form: str
    make: Callable[[Path], object]
    harmless: str = ""


def of_bytes(name: str, file: str, form: str, content: bytes, harmless: str = "") -> Case:
    return Case(name, file, form, lambda path: path.write_bytes(content), harmless)
