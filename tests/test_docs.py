"""The documentation is true: each command, setting and word of the field stands in the README."""

import re
from pathlib import Path

import pytest

from geo import vocabulary

ROOT = Path(__file__).resolve().parent.parent
READMES = [ROOT / "README.md", ROOT / "README.zh-CN.md"]


def code_words(text):
    return set(re.findall(r"`([^`]+)`", text))


@pytest.mark.parametrize("readme", READMES, ids=lambda p: p.name)
def test_the_two_commands_stand_in_the_readme(readme):
    text = readme.read_text(encoding="utf-8")
    assert "make demo" in text
    assert "make test" in text


@pytest.mark.parametrize("readme", READMES, ids=lambda p: p.name)
def test_every_picture_of_the_readme_is_there(readme):
    for picture in re.findall(r"!\[[^]]*]\(([^)]+)\)", readme.read_text(encoding="utf-8")):
        assert (ROOT / picture).is_file(), picture


def test_both_readmes_name_the_same_code_words():
    english, chinese = (code_words(p.read_text(encoding="utf-8")) for p in READMES)
    assert english == chinese


def test_both_readmes_have_the_same_headings_in_number():
    counts = [
        len(re.findall(r"^## ", p.read_text(encoding="utf-8"), re.MULTILINE)) for p in READMES
    ]
    assert counts[0] == counts[1]


def test_the_glossary_names_only_classes_that_exist():
    named = re.findall(r"`([A-Z][A-Za-z]+)`", READMES[0].read_text(encoding="utf-8"))
    assert named
    assert [name for name in named if not hasattr(vocabulary, name)] == []


def test_every_term_has_both_labels():
    terms = [
        t
        for kind in vars(vocabulary).values()
        if isinstance(kind, type) and issubclass(kind, vocabulary.Term)
        for t in kind
    ]
    assert terms
    assert [t for t in terms if not (t.zh and t.en)] == []
