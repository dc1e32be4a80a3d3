"""Tell a person or a program what a command did: two languages for one, JSON for the other."""

import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TextIO

from census.store.settings import Settings


@dataclass
class Console:
    """
    Where a command speaks.

    Attributes
    ----------
    settings
        The deployment that the command acts on.
    is_json
        One JSON object on standard output, nothing else there.
    out
        Standard output.
    err
        Standard error: progress and faults.
    """

    settings: Settings
    is_json: bool = False
    out: TextIO = field(default_factory=lambda: sys.stdout)
    err: TextIO = field(default_factory=lambda: sys.stderr)
    began: float = field(default_factory=time.monotonic)

    def say(self, zh: str, en: str) -> None:
        """
        Tell a person one thing; a program is told nothing.

        Parameters
        ----------
        zh
            In Chinese.
        en
            In English.
        """
        if not self.is_json:
            self.out.write(f"{zh}  {en}\n")
            self.out.flush()

    def line(self, text: str) -> None:
        """
        Write a line of a list; a program is told nothing.

        Parameters
        ----------
        text
            The line.
        """
        if not self.is_json:
            self.out.write(f"{text}\n")

    def answer(self, facts: dict[str, Any]) -> None:
        """
        Give a program the facts; a person has been told already.

        Parameters
        ----------
        facts
            Plain values; dates and paths become text.
        """
        if self.is_json:
            json.dump(facts, self.out, ensure_ascii=False, default=str)
            self.out.write("\n")
            self.out.flush()

    def progress(self, stage: str) -> None:
        """
        Say which stage begins, where a person watches.

        Parameters
        ----------
        stage
            Name of the stage.
        """
        if self.err.isatty():
            self.err.write(f"{time.monotonic() - self.began:7.1f} s  {stage}\n")
            self.err.flush()


def folder_of(text: str) -> Path:
    """
    Read a path argument; ``~`` is the person's own folder.

    Parameters
    ----------
    text
        What was typed.

    Returns
    -------
    Path
        Absolute path.
    """
    return Path(text).expanduser().absolute()
