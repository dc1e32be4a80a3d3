"""What the checks found in a proposed delivery: as a list, as a file, and on the map beside it."""

import csv
import io
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from functools import cache, partial
from typing import Any, Final

from census.intake.fields import Form
from census.intake.forms import form_named
from census.intake.rule_words import rule_words
from census.store.connection import Store
from census.store.formulas import guard
from census.store.loading_rules import loading_rules
from census.store.proposal_reading import Proposal, proposal_problems
from webapp import identity
from webapp.words import Language, speak

SHOWN: Final = 500
LEVELS: Final = ("error", "warning", "repair")
# Sentences name the options of the command; the page has fields for the same.
OPTIONS: Final = {"source-crs": "crs", "encoding": "encoding", "map": "map", "layer": "layer"}
_OPTION: Final = re.compile(rf"--({'|'.join(OPTIONS)})\b")
COLUMNS: Final = ("level", "file", "sheet", "row", "column", "value", "rule")
WORDS: Final = ("title", "clause", "sentence", "fix")


def _found(office: Store, found: Proposal, language: Language) -> list[dict[str, Any]]:
    """Tell every problem of the last reading: errors first, then notes, then repairs."""
    form = form_named(found.form)
    problems = proposal_problems(office, identity.current_actor(), reading=found.reading)
    # Thousands of faults are of few rules.
    words = cache(partial(_words, form, language))
    told = [_told(at, each, words, language) for at, each in enumerate(problems, start=1)]
    return sorted(told, key=lambda each: LEVELS.index(each["level"]))


def on_page(sentence: str, language: Language) -> str:
    """
    Say where the page has what a sentence asks the command for.

    Parameters
    ----------
    sentence
        A sentence of a problem.
    language
        Language of the page.

    Returns
    -------
    str
        With the names of the page's fields in place of options.
    """
    say = speak(language)
    return _OPTION.sub(lambda found: say(f"change_option.{OPTIONS[found[1]]}"), sentence)


def _words(form: Form, language: Language, rule: str, level: str, column: str) -> dict[str, str]:
    words = vars(rule_words(form, rule, level, column))
    level_word = speak(language)(f"change_level.{level}")
    told = {name: words[f"{name}_{language}"] for name in ("title", "clause", "fix")}
    return told | {"level_word": level_word}


def _told(
    at: int,
    problem: Mapping[str, Any],
    words: Callable[[str, str, str], Mapping[str, str]],
    language: Language,
) -> dict[str, Any]:
    return {
        # What was read before places were kept has none.
        **problem, "at": at, "place": problem.get("place"),
        "sentence": on_page(problem[f"sentence_{language}"], language),
        **words(problem["rule"], problem["level"], problem["column"]),
    }  # fmt: skip


def _groups(faults: Iterable[Mapping[str, Any]]) -> list[tuple[str, str, int]]:
    counts = Counter((each["rule"], each["title"]) for each in faults)
    return [(rule, title, count) for (rule, title), count in counts.items()]


def faults_of(office: Store, found: Proposal, asked: str, language: Language) -> dict[str, Any]:
    """
    Gather what the page of a delivery shows of its faults.

    Parameters
    ----------
    office
        The store, role app.
    found
        The proposal.
    asked
        Rule whose faults are asked for; empty, or one that found nothing, for all.
    language
        Language of the page.

    Returns
    -------
    dict
        What the template shows.
    """
    faults = _found(office, found, language)
    groups = _groups(faults)
    rule = asked if asked in {name for name, _, _ in groups} else ""
    chosen = [each for each in faults if rule in {"", each["rule"]}]
    counts = Counter(each["level"] for each in faults)
    say = speak(language)
    return {
        "faults": chosen[:SHOWN],
        "fault_rule": rule,
        "fault_groups": groups,
        "fault_count": len(faults),
        "fault_chosen": len(chosen),
        "fault_levels": " · ".join(
            say(f"change_levels.{name}", count=f"{counts[name]:,}")
            for name in LEVELS
            if counts[name]
        ),
        "has_errors": counts["error"] > 0,
        "placed": sum(each["place"] is not None for each in faults),
        "most_drawn": int(loading_rules(office)["review"]["shown_on_map"]),
    }


def faults_on_map(office: Store, found: Proposal, language: Language, most: int) -> dict[str, Any]:
    """
    Gather the faults that have a place.

    Parameters
    ----------
    office
        The store, role app.
    found
        The proposal.
    language
        Language of the page.
    most
        How many at most.

    Returns
    -------
    dict
        ``faults``, each with ``at``, ``rule``, ``level``, ``place`` and ``text``; ``most``.
    """
    told = [
        {
            "at": each["at"], "rule": each["rule"], "level": each["level"],
            "place": each["place"], "text": each["sentence"],
        }
        for each in _found(office, found, language)
        if each["place"] is not None
    ]  # fmt: skip
    return {"faults": told[:most], "most": most}


def faults_csv(found: Proposal, language: Language) -> bytes:
    """
    Write all faults as a table.

    Parameters
    ----------
    found
        The proposal.
    language
        Language of the page.

    Returns
    -------
    bytes
        CSV with a byte order mark; no cell is a formula.
    """
    say, text = speak(language), io.StringIO(newline="")
    writer = csv.writer(text)
    writer.writerow([say(f"change_fault.{name}") for name in (*COLUMNS, *WORDS)])
    for each in _found(identity.office(), found, language):
        writer.writerow([guard(each[name]) for name in (*COLUMNS, *WORDS)])
    return b"\xef\xbb\xbf" + text.getvalue().encode()
