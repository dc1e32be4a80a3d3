"""The rules of the house that a machine can check: size of rooms, words, purity."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
SOURCES = sorted(
    path
    for package in ("geo", "census", "webapp")
    for path in (ROOT / package).rglob("*.py")
    if "node_modules" not in path.parts
)
BANNED_WORDS = {"utils", "util", "helper", "helpers", "manager", "data", "info", "process", "misc"}
MIGRATIONS = "versions"
# A family of fonts is called like a town of the samples.
FONTS = re.compile(r"noto (?:sans|cjk)|(?:fonts-|opentype/)noto", re.IGNORECASE)


def functions(path):
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


def body_lines(function):
    has_docstring = ast.get_docstring(function) is not None and len(function.body) > 1
    body = function.body[1:] if has_docstring else function.body
    return body[-1].end_lineno - body[0].lineno + 1


def test_no_file_holds_more_than_400_lines():
    long = {
        str(p.relative_to(ROOT)): n
        for p in SOURCES
        if MIGRATIONS not in p.parts
        and (n := len(p.read_text(encoding="utf-8").splitlines())) > 400
    }
    assert long == {}


def test_no_function_body_is_longer_than_40_lines():
    long = {
        f"{p.relative_to(ROOT)}:{f.name}": body_lines(f)
        for p in SOURCES
        if MIGRATIONS not in p.parts
        for f in functions(p)
        if body_lines(f) > 40
    }
    assert long == {}


def test_no_file_is_named_by_a_word_that_says_nothing():
    named = [str(p.relative_to(ROOT)) for p in SOURCES if p.stem in BANNED_WORDS]
    assert named == []


def test_every_module_begins_with_its_story():
    silent = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if not (ast.get_docstring(ast.parse(p.read_text(encoding="utf-8"))) or "").strip()
    ]
    assert silent == []


def test_geo_asks_neither_clock_nor_environment():
    asked = re.compile(r"\bos\.environ|\bgetenv\(|datetime\.now|time\.time\(|date\.today")
    guilty = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.is_relative_to(ROOT / "geo") and asked.search(p.read_text(encoding="utf-8"))
    ]
    assert guilty == []


def test_no_code_knows_the_name_of_a_district():
    places = {p.stem for p in (ROOT / "data" / "places").glob("*.toml")}
    assert places
    guilty = [
        f"{p.relative_to(ROOT)}: {place}"
        for p in SOURCES
        for place in places
        if re.search(rf"\b{place}\b", FONTS.sub("", p.read_text(encoding="utf-8")), re.IGNORECASE)
    ]
    assert guilty == []


def test_colours_live_in_the_theme_alone():
    colour = re.compile(r"[\"']#[0-9A-Fa-f]{6}[\"']")
    guilty = [
        str(p.relative_to(ROOT))
        for p in SOURCES
        if p.name != "theme.py" and colour.search(p.read_text(encoding="utf-8"))
    ]
    assert guilty == []


@pytest.mark.parametrize("word", ["suppress_callback_exceptions", "dash.callback(", "@callback"])
def test_no_global_callback_and_no_suppressed_fault(word):
    guilty = [str(p.relative_to(ROOT)) for p in SOURCES if word in p.read_text(encoding="utf-8")]
    assert guilty == []


def test_no_committed_file_holds_an_address_of_a_registry_in_locks_or_set_up():
    files = [
        ROOT / "requirements.lock",
        ROOT / "requirements-test.lock",
        ROOT / "Makefile",
        ROOT / "webapp" / "browser" / "package-lock.json",
        *(ROOT / ".ci").iterdir(),
    ]
    assert [f.name for f in files if re.search(r"https?://", f.read_text(encoding="utf-8"))] == []
