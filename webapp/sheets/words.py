"""Give the words of a sheet in two languages, the leading one first."""

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib import resources
from string import Formatter
from typing import Any, Final

from geo.errors import ParameterError
from geo.vocabulary import Term

_MARKS: Final = {"zh": "、", "en": ", "}


class _Plurals(Formatter):
    """Write ``{people:person|people}`` as the first word where there is one, else as the second."""

    def format_field(self, value: Any, format_spec: str) -> Any:
        one, divided, many = format_spec.partition("|")
        if not divided:
            return super().format_field(value, format_spec)
        return one if str(value) == "1" else many


@cache
def _catalogue() -> dict[str, dict[str, str]]:
    text = resources.files("webapp.sheets").joinpath("words.toml").read_text(encoding="utf-8")
    return tomllib.loads(text)


@dataclass(frozen=True)
class Words:
    """
    The words of a sheet.

    Attributes
    ----------
    language
        Leading language, ``"zh"`` or ``"en"``.

    Raises
    ------
    ParameterError
        If the language is neither.
    """

    language: str

    def __post_init__(self) -> None:
        """Refuse a language without words."""
        if self.language not in {"zh", "en"}:
            raise ParameterError(
                f"A sheet is made in zh or en, not in {self.language!r}.",
                f"图件语言只有 zh 与 en，没有“{self.language}”。",
            )

    @property
    def other(self) -> str:
        """
        Return the language of the second line.

        Returns
        -------
        str
            Chinese or English by its code.
        """
        return "en" if self.language == "zh" else "zh"

    def first(self, key: str, **facts: object) -> str:
        """
        Return a text in the leading language.

        Parameters
        ----------
        key
            Key of the catalogue.
        **facts
            Values put into the text.

        Returns
        -------
        str
            The text.
        """
        return _Plurals().vformat(_catalogue()[key][self.language], (), facts)

    def second(self, key: str, **facts: object) -> str:
        """
        Return a text in the other language.

        Parameters
        ----------
        key
            Key of the catalogue.
        **facts
            Values put into the text.

        Returns
        -------
        str
            The text.
        """
        return _Plurals().vformat(_catalogue()[key][self.other], (), facts)

    def pair(self, key: str, **facts: object) -> tuple[str, str]:
        """
        Return a text in both languages, the leading one first.

        Parameters
        ----------
        key
            Key of the catalogue.
        **facts
            Values put into both texts.

        Returns
        -------
        tuple
            Leading text, other text.
        """
        return self.first(key, **facts), self.second(key, **facts)

    def both(self, key: str, **facts: object) -> str:
        """
        Return a text in both languages on one line.

        Parameters
        ----------
        key
            Key of the catalogue.
        **facts
            Values put into both texts.

        Returns
        -------
        str
            The texts, a space between.
        """
        return " ".join(self.pair(key, **facts))

    def order(self, zh: str, en: str) -> tuple[str, str]:
        """
        Put two texts at hand into the order of the sheet.

        Parameters
        ----------
        zh
            Chinese text.
        en
            English text.

        Returns
        -------
        tuple
            Leading text, other text.
        """
        return (zh, en) if self.language == "zh" else (en, zh)

    def listed(self, *sides: Sequence[str]) -> tuple[str, str]:
        """
        Join items with the mark of each language.

        Parameters
        ----------
        *sides
            The items; a second list where they differ in the other language.

        Returns
        -------
        tuple
            Leading text, other text.
        """
        first, second = sides[0], sides[-1]
        return _MARKS[self.language].join(first), _MARKS[self.other].join(second)

    def term(self, terms: type[Term], code: str | None, unknown: str) -> tuple[str, str]:
        """
        Name a term of the vocabulary.

        Parameters
        ----------
        terms
            The terms.
        code
            Code of one of them; None where none was given.
        unknown
            Key of the words for a code that is none of them.

        Returns
        -------
        tuple
            Leading text, other text.
        """
        found = next((term for term in terms if term.value == code), None)
        if found is None:
            return self.pair(unknown)
        return found.label(self.language), found.label(self.other)
