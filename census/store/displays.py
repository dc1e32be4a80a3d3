"""Read what wall screens show: the profiles of ``displays.toml``."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from census.screen_errors import DisplayFileError, UnknownProfileError
from census.store.settings import data_folder

View = Literal["risk", "reports", "shelters"]
VIEWS: Final[tuple[View, ...]] = get_args(View)
SHORTEST_S, LONGEST_S = 5, 600
# Layers that each view draws, by the names under which they are handed out.
VIEW_LAYERS: Final[Mapping[View, tuple[str, ...]]] = MappingProxyType(
    {"risk": ("villages", "towns"), "reports": ("reports",), "shelters": ("shelters",)}
)


@dataclass(frozen=True)
class Profile:
    """
    What a screen shows.

    Attributes
    ----------
    name
        Name of the profile.
    word_zh
        Its word in Chinese.
    word_en
        Its word in English.
    language
        ``zh`` or ``en``.
    views
        The views in the order of their turn.
    view_s
        Seconds that each is shown.
    is_of_town
        Whether a screen with it shows one town.
    """

    name: str
    word_zh: str
    word_en: str
    language: Literal["zh", "en"]
    views: tuple[View, ...]
    view_s: int
    is_of_town: bool

    def word(self, language: str) -> str:
        """
        Name it.

        Parameters
        ----------
        language
            ``zh`` or ``en``.

        Returns
        -------
        str
            Its word.
        """
        return self.word_zh if language == "zh" else self.word_en


def _faults(name: str, row: Mapping[str, Any]) -> list[str]:
    views, seconds = row.get("views", []), row.get("view_s")
    said = []
    if not views or not set(views) <= set(VIEWS):
        said.append(f"[{name}] views = {views!r}: {', '.join(VIEWS)}")
    if not isinstance(seconds, int) or not SHORTEST_S <= seconds <= LONGEST_S:
        said.append(f"[{name}] view_s = {seconds!r}: {SHORTEST_S}-{LONGEST_S}")
    if row.get("language") not in {"zh", "en"}:
        said.append(f"[{name}] language = {row.get('language')!r}: zh, en")
    said += [f"[{name}] {key}" for key in ("word_zh", "word_en") if not row.get(key)]
    return said


def load(path: Path | None = None) -> Mapping[str, Profile]:
    """
    Read and check the profiles.

    Parameters
    ----------
    path
        The file; None for ``reference/displays.toml`` of the data folder.

    Returns
    -------
    Mapping
        Name to profile.

    Raises
    ------
    DisplayFileError
        If a row makes no sense; all are named.
    """
    file = path or data_folder() / "reference" / "displays.toml"
    read = tomllib.loads(file.read_text("utf-8"))
    rows = {name: row for name, row in read.items() if isinstance(row, dict)}
    faults = [said for name, row in rows.items() for said in _faults(name, row)]
    if faults or not rows:
        raise DisplayFileError(faults)
    return MappingProxyType(
        {
            name: Profile(
                name=name, word_zh=row["word_zh"], word_en=row["word_en"],
                language=row["language"], views=tuple(row["views"]), view_s=row["view_s"],
                is_of_town=bool(row.get("is_of_town", False)),
            )
            for name, row in rows.items()
        }
    )  # fmt: skip


@cache
def profiles() -> Mapping[str, Profile]:
    """
    Return the profiles of this program.

    Returns
    -------
    Mapping
        Name to profile, read once.
    """
    return load()


def profile_of(name: str) -> Profile:
    """
    Return a profile.

    Parameters
    ----------
    name
        Its name.

    Returns
    -------
    Profile
        The profile.

    Raises
    ------
    UnknownProfileError
        If there is none of that name.
    """
    found = profiles().get(name)
    if found is None:
        raise UnknownProfileError(name, list(profiles()))
    return found
