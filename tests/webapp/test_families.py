"""Every family of words, a key built from a code, has a text for each code that there is."""

import ast
import re
from pathlib import Path
from typing import get_args, get_type_hints

import pytest

from census.store.proposal_events import STATES
from census.store.proposal_reading import KINDS
from geo import vocabulary
from geo.alternatives import Alternatives
from webapp import (
    account_pages,
    audit_pages,
    capacity_pages,
    cards,
    change_checks,
    change_faults,
    change_shown,
    loss_told,
    mapping,
    origin_words,
    overview,
    shell,
    zoning_doubts,
    zoning_facts,
    zoning_history,
    zoning_scheme,
)
from webapp.pages import desk
from webapp.words import catalogue

ROOT = Path(__file__).resolve().parents[2]
WEBAPP = ROOT / "webapp"
ROOMS = [
    path
    for path in [*WEBAPP.glob("*.py"), *WEBAPP.glob("pages/*.py")]
    if "from webapp.words import" in path.read_text(encoding="utf-8")
]
JUDGES = [ROOT / "geo/checks.py", *(ROOT / "census/products").glob("route_*.py")]
FINDINGS = {
    code
    for path in JUDGES
    for code in re.findall(r'\bcode="([a-z_]+)"', path.read_text(encoding="utf-8"))
}
EDITOR = {
    name
    for path in [*(WEBAPP / "assets").glob("*editor*.js"), *(WEBAPP / "assets/editor").glob("*.js")]
    for name in re.findall(r'(?<!news\.)\bsay\("([a-z_0-9]+)"', path.read_text(encoding="utf-8"))
}
BEGIN = set(
    re.findall(
        r"this\.words\.(\w+)|field\(\"(\w+)\"",
        (WEBAPP / "assets" / "65_new_route.js").read_text(encoding="utf-8"),
    )
)
BEGIN = {name for pair in BEGIN for name in pair if name} | {"propose", "draw", "title"}
SCREEN = {
    name
    for path in (WEBAPP / "screen").glob("*.js")
    for name in re.findall(r"\bwords\.(\w+)", path.read_text(encoding="utf-8"))
}
WHY_NOT_MORE = get_type_hints(Alternatives)["why_not_more"]
MEMBERS = {
    "account_state": account_pages.STATES,
    "accounts_said": account_pages.SAID,
    "audit_outcome": audit_pages.OUTCOMES,
    "desk": ("town", "village", "state"),
    "editor": sorted(EDITOR),
    "begin": sorted(BEGIN),
    "capacity_breaks": capacity_pages.BREAKS,
    "capacity_left": capacity_pages.LEFT_OUT,
    "capacity_reason": capacity_pages.REASONS,
    "change_count": change_shown.COUNTED,
    "change_fault": (*change_faults.COLUMNS, *change_faults.WORDS),
    "change_grid": change_checks.GRID,
    "change_kind": sorted(KINDS),
    "change_level": change_faults.LEVELS,
    "change_levels": change_faults.LEVELS,
    "change_option": sorted(change_faults.OPTIONS.values()),
    "change_stage": change_shown.STAGES,
    "change_step": sorted({*STATES} - {"begun"}),
    "finding": (*sorted(FINDINGS), "other"),
    "mover": zoning_doubts.INPUTS,
    "no_way": [reason for each in get_args(WHY_NOT_MORE) for reason in get_args(each)],
    "origin": ("planned", "delivered"),
    "raster": origin_words.COMPUTED,
    "rung": loss_told.RUNGS,
    "screen": sorted(SCREEN),
    "screen_glyph": [each.value for each in vocabulary.ReportKind],
    "sheet": ("risk", "evacuation"),
    "state": (*desk.STATES, "untouched"),
    "form": overview.FORMS,
    "layer": mapping.SWITCHED,
    "legend": mapping.SWITCHED[1:],
    "ranking": overview.RANKED,
    "sheets": cards.SHEETS,
    "tab": shell.TABS,
    "unnamed": (*mapping.TILED, *mapping.MAY_BE_TILED),
    "validation": (*overview.SCORES, overview.OWN, *overview.RIVALS),
    "why": cards.FACTORS,
    "recomputed_way": zoning_history.WAYS,
    "zoning_breaks": zoning_scheme.METHODS,
    "zoning_level": zoning_facts.LEVELS,
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
