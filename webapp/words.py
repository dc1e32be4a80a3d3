"""Turn a key and its facts into a sentence, in Chinese or English, from one catalogue."""

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, ...]] = ("zh", "en")
Say = Callable[..., str]

KILOMETRE_M: Final = 1000
CATALOGUE: Final = Path(__file__).with_name("words.toml")


@cache
def catalogue() -> Mapping[str, Mapping[str, str]]:
    """
    Read the catalogue of texts.

    Returns
    -------
    Mapping
        Key (``room.name``) to its text per language.
    """
    rooms = tomllib.loads(CATALOGUE.read_text(encoding="utf-8"))
    return MappingProxyType(
        {
            f"{room}.{name}": MappingProxyType(texts)
            for room, names in rooms.items()
            for name, texts in names.items()
        }
    )


def language_of(text: str | None) -> Language:
    """
    Read a language from a link or a cookie.

    Parameters
    ----------
    text
        What was given, may be anything.

    Returns
    -------
    Language
        ``"en"`` where asked for, else ``"zh"``.
    """
    return "en" if text == "en" else "zh"


def speak(language: Language) -> Say:
    """
    Return the function that says things in a language.

    Parameters
    ----------
    language
        The language.

    Returns
    -------
    Callable
        ``say(key, **facts) -> str``; a key that is not in the catalogue raises ``KeyError``.
    """

    def say(key: str, **facts: object) -> str:
        return catalogue()[key][language].format(**facts)

    return say


def count(number: float | None) -> str:
    """
    Write a count of people or things.

    Parameters
    ----------
    number
        The count, or None where it is not known.

    Returns
    -------
    str
        Thousands set off by commas; a dash for None.
    """
    return "–" if number is None else f"{round(number):,}"


def share(number: float | None) -> str:
    """
    Write a share as per cent.

    Parameters
    ----------
    number
        The share, 0-1, or None where it is not known.

    Returns
    -------
    str
        Per cent without decimals; a dash for None.
    """
    return "–" if number is None else f"{number:.0%}"


def metres(number: float | None, *, digits: int = 1) -> str:
    """
    Write a length or a depth.

    Parameters
    ----------
    number
        The length, metres, or None where it is not known.
    digits
        Decimals below one kilometre.

    Returns
    -------
    str
        Metres, or kilometres from 1,000 m on; a dash for None.
    """
    if number is None:
        return "–"
    return f"{number / KILOMETRE_M:.1f} km" if number >= KILOMETRE_M else f"{number:.{digits}f} m"
