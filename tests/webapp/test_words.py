"""The catalogue holds every text of the pages in both languages, and no text that nobody says."""

import ast
import re
from pathlib import Path

import pytest

from webapp.words import LANGUAGES, catalogue, count, language_of, metres, share, speak

WEBAPP = Path(__file__).resolve().parents[2] / "webapp"
ROOMS = [
    path
    for path in [*WEBAPP.glob("*.py"), *WEBAPP.glob("*/*.py")]
    if "from webapp.words import" in path.read_text(encoding="utf-8")
]


def keys_of(argument):
    """The keys that the first argument of ``say`` may be, as patterns."""
    if isinstance(argument, ast.JoinedStr):
        parts = [
            re.escape(part.value) if isinstance(part, ast.Constant) else r"\w+"
            for part in argument.values
        ]
        return ["".join(parts)]
    found = [part.value for part in ast.walk(argument) if isinstance(part, ast.Constant)]
    return [re.escape(text) for text in found if isinstance(text, str) and "." in text]


def said():
    """Every key that a room says."""
    for path in ROOMS:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            is_call = isinstance(node, ast.Call) and bool(node.args)
            if is_call and ast.unparse(node.func).split("(")[0] in {"say", "speak"}:
                yield from keys_of(node.args[0])


def said_in_templates():
    """Every key that a template says."""
    for path in WEBAPP.glob("templates/*.html"):
        for key in re.findall(r"""\bsay\(["']([\w.]+)""", path.read_text(encoding="utf-8")):
            yield re.escape(key)


# Scripts that are given a part of the catalogue: they name its texts without the part's name.
SCRIPTS = {
    "phone.": "phone/*.*",
    "reports.": "assets/report_desk/*.js",
    "change_script.": "assets/changes/*.js",
}
NAMED = re.compile(
    r"""\b(?:say|both)\(["'](\w+)|data-word="(\w+)"|, "(need_\w+)"\]|\bbutton\(["'](\w+)"""
)
CHOSEN = re.compile(r"""\bsay\([^()`]*? \? ["'](\w+)["'] : ["'](\w+)["']""")
WRITTEN = re.compile(r"\bsay\(`([^`]+)`")


def said_in_scripts():
    """Every key that a script says."""
    for part, files in SCRIPTS.items():
        for path in WEBAPP.glob(files):
            script = path.read_text(encoding="utf-8")
            for found in NAMED.findall(script) + CHOSEN.findall(script):
                yield from (re.escape(part + name) for name in found if name)
            for template in WRITTEN.findall(script):
                yield re.escape(part) + re.sub(r"\$\{[^}]*\}", r"\\w+", template)


PATTERNS = sorted({*said(), *said_in_templates(), *said_in_scripts()})


@pytest.mark.parametrize("pattern", PATTERNS)
def test_every_key_that_the_pages_say_is_in_the_catalogue(pattern):
    assert any(re.fullmatch(pattern, key) for key in catalogue())


def test_the_catalogue_has_no_text_that_nobody_says():
    unsaid = [k for k in catalogue() if not any(re.fullmatch(p, k) for p in PATTERNS)]
    assert unsaid == []


@pytest.mark.parametrize("key", sorted(catalogue()))
def test_every_text_is_there_in_both_languages_with_the_same_facts(key):
    texts = catalogue()[key]
    assert set(texts) == set(LANGUAGES)
    assert all(texts.values())
    facts = {lang: set(re.findall(r"\{(\w+)\}", text)) for lang, text in texts.items()}
    assert facts["zh"] == facts["en"]


def test_a_key_that_is_not_there_is_a_fault_not_an_empty_text():
    with pytest.raises(KeyError, match=r"no\.such"):
        speak("zh")("no.such")


def test_any_language_but_english_is_chinese():
    assert [language_of(text) for text in ("en", "zh", "de", "", None)] == ["en"] + ["zh"] * 4


def test_figures_are_written_with_their_unit_and_unknown_ones_as_a_dash():
    assert count(1234567.4) == "1,234,567"
    assert share(0.625) == "62%"
    assert metres(0.82, digits=2) == "0.82 m"
    assert metres(1500) == "1.5 km"
    assert [write(None) for write in (count, share, metres)] == ["–"] * 3
