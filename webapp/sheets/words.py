"""Give the words of a sheet in two languages, the leading one first."""

import tomllib
from dataclasses import dataclass
from functools import cache
from importlib import resources

from geo.errors import ParameterError


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
        return _catalogue()[key][self.language].format(**facts)

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
        return _catalogue()[key][self.other].format(**facts)

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
