"""Every rule that a delivery can break has words in both languages, and no words are left over."""

import ast
from pathlib import Path

import census.intake
from census.intake.forms import form_named
from census.intake.rule_words import OURS, rule_table, rule_words
from census.intake.stated_villages import STATED_VILLAGE

INTAKE = Path(census.intake.__file__).parent
# Rules whose names are chosen where they are told; ``values.py`` names the field itself.
CHOSEN = {STATED_VILLAGE, "vertices", "shape", "level", "parent"}


def told():
    """The names that stand in the calls of the intake: rule and level of each."""
    for path in INTAKE.glob("*.py"):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            is_call = isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "problem"
            if is_call and len(node.args) > 1 and isinstance(node.args[0], ast.Constant):
                yield node.args[0].value, ast.unparse(node.args[1])


def test_every_rule_has_a_title_and_says_what_to_do_unless_the_program_did_it():
    table, missing = rule_table(), []
    for rule, level in told():
        words = table.get(rule, {})
        needs = {"zh", "en"} | (set() if level == "'repair'" else {"fix_zh", "fix_en"})
        missing += [f"{rule} ({level}): {need}" for need in sorted(needs - set(words))]
    assert missing == []


def test_no_words_are_kept_for_a_rule_that_nobody_tells():
    assert set(rule_table()) - {rule for rule, _ in told()} - CHOSEN == set()


def test_the_rule_of_a_cell_is_its_field_with_the_clause_of_the_form():
    shelters = form_named("shelters")
    field = next(each for each in shelters.fields if each.clause)
    words = rule_words(shelters, field.name, "error", field.heading)
    assert (words.title_zh, words.title_en) == (field.heading, field.label_en)
    assert words.clause_zh == field.clause
    assert words.fix_en == "Correct this cell"
    # Of what the program mended itself nothing is left to do.
    assert rule_words(shelters, field.name, "repair", field.heading).fix_zh == ""


def test_a_rule_of_no_field_is_ours_and_one_without_words_keeps_its_name():
    words = rule_words(form_named("divisions"), "overlap", "warning", "geometry")
    assert (words.title_zh, words.clause_zh) == ("重叠", OURS[0])
    assert rule_words(form_named("divisions"), "unheard", "error", "").title_en == "unheard"
