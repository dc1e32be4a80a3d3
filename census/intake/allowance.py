"""What a child may use to read a file: it follows the file's kind and size.

A small file that needs much is damaged or made to harm; a large one may be a district's buildings.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from census.store.settings import data_folder

MEGABYTE: Final = 1024 * 1024


@dataclass(frozen=True)
class Allowance:
    """
    What one child may use.

    Attributes
    ----------
    memory_bytes
        Memory on top of the interpreter's own.
    most_memory_bytes
        The same once the head of a raster has told how many cells it has.
    cpu_s
        Seconds of the processor.
    wall_s
        Seconds by the clock, for a machine with much else to do.
    written_bytes
        Largest file of its answer.
    """

    memory_bytes: int
    most_memory_bytes: int
    cpu_s: int
    wall_s: int
    written_bytes: int


@cache
def _numbers() -> Mapping[str, Any]:
    text = (data_folder() / "methods" / "intake.toml").read_text("utf-8")
    numbers: Mapping[str, Any] = tomllib.loads(text)["reading"]
    return numbers


def allowance_for(suffix: str, size_bytes: int) -> Allowance:
    """
    Find what a file may use.

    Parameters
    ----------
    suffix
        Ending of its name, small letters, with the dot.
    size_bytes
        Its size, with its companions.

    Returns
    -------
    Allowance
        By ``[reading]`` of ``data/methods/intake.toml``.
    """
    numbers = _numbers()
    growth = numbers["growth"][suffix.removeprefix(".")]
    most = int(numbers["most_memory_mb"]) * MEGABYTE
    memory = int(numbers["least_memory_mb"]) * MEGABYTE + growth["memory_times"] * size_bytes
    seconds = numbers["least_cpu_s"] + growth["cpu_s_per_mb"] * size_bytes / MEGABYTE
    cpu_s = int(min(seconds, numbers["most_cpu_s"]))
    return Allowance(
        memory_bytes=min(memory, most),
        most_memory_bytes=most,
        cpu_s=cpu_s,
        wall_s=int(cpu_s * numbers["wall_times"] + numbers["wall_more_s"]),
        written_bytes=min(memory, most),
    )
