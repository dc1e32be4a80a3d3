"""What is wrong with a delivery: file, row, column, value, rule and a sentence for each problem."""

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from census.intake.parsing import Level, tidy

LONGEST_VALUE = 120


@dataclass(frozen=True)
class Problem:
    """
    One fault, repair or remark about a delivery.

    Attributes
    ----------
    file
        Name of the file.
    sheet
        Sheet or layer; empty where the file has none.
    row
        Row as the sheet counts it, or number of the feature from 1; None for the whole file.
    column
        Heading of the column; empty for a whole row, ``geometry`` for its shape.
    value
        What stands there.
    rule
        Short name of the rule that speaks.
    level
        ``error``: the row is refused. ``repair``: it was changed by the rule. ``warning``: it
        enters as it is.
    sentence_zh
        What is wrong and what was or should be done, in Chinese.
    sentence_en
        The same in English.
    place
        Where it is, a GeoJSON geometry in the district's geographic CRS; None for nowhere known.
    """

    file: str
    sheet: str
    row: int | None
    column: str
    value: str
    rule: str
    level: Level
    sentence_zh: str
    sentence_en: str
    # What stands where is told by the words; two with the same words are the same.
    place: Mapping[str, Any] | None = field(default=None, compare=False)

    def as_row(self) -> dict[str, Any]:
        """
        Return the problem as plain values, for JSON and tables.

        Returns
        -------
        dict
            Field to value; without the place, which is for maps.
        """
        facts = asdict(self)
        del facts["place"]
        return facts


@dataclass(frozen=True)
class Source:
    """
    Where in a delivery something stands.

    Attributes
    ----------
    file
        Name of the file.
    sheet
        Sheet or layer.
    row
        Row or feature number; None for the whole file.
    """

    file: str
    sheet: str = ""
    row: int | None = None

    def problem(
        self,
        rule: str,
        level: Level,
        *,
        zh: str,
        en: str,
        column: str = "",
        value: object = "",
        place: Mapping[str, Any] | None = None,
    ) -> Problem:
        """
        State a problem at this place.

        Parameters
        ----------
        rule
            Short name of the rule.
        level
            How grave it is.
        zh
            The sentence in Chinese, without a closing stop.
        en
            The sentence in English, without a closing stop.
        column
            Heading of the column.
        value
            What stands there, spaces tidied; cut after 120 characters.
        place
            Where it is, where that is not the whole shape of the row.

        Returns
        -------
        Problem
            The problem.
        """
        # Texts are shown with their own signs: full-width digits are what a repair speaks of.
        shown = " ".join(value.split()) if isinstance(value, str) else tidy(value)
        if len(shown) > LONGEST_VALUE:
            shown = shown[:LONGEST_VALUE] + "…"
        return Problem(
            self.file, self.sheet, self.row, column, shown, rule, level, f"{zh}。", f"{en}.",
            place,
        )  # fmt: skip


def has_errors(problems: Iterable[Problem]) -> bool:
    """
    Tell whether any of the problems refuses a row or a file.

    Parameters
    ----------
    problems
        The problems.

    Returns
    -------
    bool
        True where one is an error.
    """
    return any(problem.level == "error" for problem in problems)


def in_order(problems: Iterable[Problem]) -> list[Problem]:
    """
    Sort problems as a person reads a file: whole-file faults first, then by sheet, row and column.

    Parameters
    ----------
    problems
        The problems.

    Returns
    -------
    list of Problem
        The same, sorted.
    """
    return sorted(
        problems,
        key=lambda problem: (problem.file, problem.sheet, problem.row or 0, problem.column),
    )
