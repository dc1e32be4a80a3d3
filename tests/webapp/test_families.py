"""Every family of words, a key built from a code, has a text for each code that there is."""

import ast
from pathlib import Path

import pytest

from geo import vocabulary
from webapp import cards, mapping, overview, shell
from webapp.words import catalogue

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
ROOMS = [
    path
    for path in [*WEBAPP.glob("*.py"), *WEBAPP.glob("pages/*.py")]
    if "from webapp.words import" in path.read_text(encoding="utf-8")
]
MEMBERS = {
    "form": overview.FORMS,
    "layer": mapping.SWITCHED,
    "legend": mapping.SWITCHED[1:],
    "ranking": overview.RANKED,
    "sheets": cards.SHEETS,
    "tab": shell.TABS,
    "validation": (*overview.SCORES, overview.OWN, *overview.RIVALS),
    "why": cards.FACTORS,
}


def families():
    """The rooms of the catalogue whose keys are built as ``say(f"room.{code}")``."""
    for path in ROOMS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            said = isinstance(node, ast.Call) and ast.unparse(node.func).startswith(
                ("say", "speak")
            )
            if said and node.args and isinstance(node.args[0], ast.JoinedStr):
                yield node.args[0].values[0].value


def test_every_key_is_built_from_a_family_whose_members_are_listed():
    assert {name.partition(".")[0] for name in families()} - {"fault"} == set(MEMBERS)
    assert all(name.endswith(".") for name in families())


@pytest.mark.parametrize(("family", "members"), MEMBERS.items())
def test_every_member_of_a_family_has_words(family, members):
    missing = [name for name in members if f"{family}.{name}" not in catalogue()]
    assert missing == []


@pytest.mark.parametrize(
    "kind", [each for each in vars(vocabulary).values() if isinstance(each, type)]
)
def test_every_term_has_two_labels(kind):
    for term in [] if kind in (vocabulary.Term, vocabulary.Enum) else kind:
        assert term.label("zh")
        assert term.label("en")
