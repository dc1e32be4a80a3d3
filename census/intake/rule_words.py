"""What a rule of a delivery is called, where it comes from, and what its sender does about it."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any, Final

from census.intake.fields import Field, Form, match_headings
from census.store.settings import data_folder

RULES: Final = "delivery_rules.toml"
OURS: Final = ("本项目规定", "this project's rule")
_THIS_CELL: Final = ("改正这一格", "Correct this cell")


@dataclass(frozen=True)
class RuleWords:
    """
    A rule in words.

    Attributes
    ----------
    title_zh, title_en
        What it looks at.
    clause_zh, clause_en
        Standard and clause, with 待核 where nobody has verified it; else that it is ours.
    fix_zh, fix_en
        What to do; empty where nothing is to be done.
    """

    title_zh: str
    title_en: str
    clause_zh: str
    clause_en: str
    fix_zh: str
    fix_en: str


def rule_words(form: Form, rule: str, level: str, column: str) -> RuleWords:
    """
    Put the rule of a problem into words.

    Parameters
    ----------
    form
        The form of the delivery.
    rule
        Short name of the rule: one of the table's, or of a field of the form.
    level
        Level of the problem: of a repair nothing is to be done.
    column
        Heading that it speaks of; empty for none.

    Returns
    -------
    RuleWords
        In both languages; the short name itself where nobody has put it into words.
    """
    by_name = {each.name: each for each in form.fields}
    asked = by_name.get(rule) or by_name.get(match_headings(form, [column]).get(column, ""))
    # A clause is written in the language of its standard.
    clause = (asked.clause, asked.clause) if asked is not None and asked.clause else OURS
    title, fix = _told(rule, by_name.get(rule))
    return RuleWords(*title, *clause, *(("", "") if level == "repair" else fix))


def _told(rule: str, field: Field | None) -> tuple[tuple[str, str], tuple[str, str]]:
    if field is not None:
        return (field.heading, field.label_en), _THIS_CELL
    words: Mapping[str, Any] = rule_table().get(rule) or {}
    return (
        (words.get("zh", rule), words.get("en", rule)),
        (words.get("fix_zh", ""), words.get("fix_en", "")),
    )


@cache
def rule_table() -> Mapping[str, Mapping[str, str]]:
    """
    Read the words of the rules that no form tells.

    Returns
    -------
    mapping
        Rule to ``zh``, ``en``, and ``fix_zh``, ``fix_en`` where something is to be done.
    """
    text = (data_folder() / "reference" / RULES).read_text("utf-8")
    table: Mapping[str, Mapping[str, str]] = tomllib.loads(text)["rule"]
    return table
