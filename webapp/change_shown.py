"""Put proposed deliveries into words for their pages: rows, changes, faults, steps."""

import json
from typing import Any, Final
from zoneinfo import ZoneInfo

from census.intake.change_files import KINDS as TAGS
from census.intake.change_words import ChangeWords
from census.intake.forms import forms
from census.intake.kinds import accepted_suffixes
from census.store.loading_rules import loading_rules
from census.store.proposal_decisions import WHOLE_ONLY
from census.store.proposal_events import AGAIN, BEGUN, OPEN, STATES, WORKING
from census.store.proposal_reading import (
    KINDS,
    Proposal,
    proposal_changes,
    proposal_steps,
)
from webapp import identity
from webapp.words import Language, speak

SHOWN: Final = 500
STAGES: Final = ("reading", "checking", "comparing", "asking", "writing", "over")
COUNTED: Final = ("added", "changed", "gone")


def _side(language: Language) -> int:
    return 0 if language == "zh" else 1


def _time(moment: Any, zone: ZoneInfo) -> str:
    return f"{moment.astimezone(zone):%Y-%m-%d %H:%M}"


def form_words(language: Language) -> list[dict[str, Any]]:
    """
    List the forms that can be proposed.

    Parameters
    ----------
    language
        Language of the page.

    Returns
    -------
    list of dict
        ``name``, ``word`` and ``files``, the endings of what is delivered.
    """
    return [
        {
            "name": each.name,
            "word": each.label_zh if language == "zh" else each.label_en,
            "files": ",".join(accepted_suffixes(each)),
        }
        for each in forms()
        if not each.is_personal
    ]


def row_of(found: Proposal, zone: ZoneInfo, language: Language) -> dict[str, Any]:
    """
    Put a proposal into words, as a row of the list.

    Parameters
    ----------
    found
        The proposal.
    zone
        Time zone of the district.
    language
        Language of the page.

    Returns
    -------
    dict
        What the templates name ``row``.
    """
    say, counts = speak(language), found.counts
    labels = {each["name"]: each["word"] for each in form_words(language)}
    figures = [
        say(f"change_count.{name}", count=f"{counts[name]:,}")
        for name in COUNTED
        if counts.get(name)
    ]
    return {
        "number": found.number,
        "form": labels.get(found.form, found.form),
        "files": found.file_names,
        "by": found.proposed_by_name,
        "at": _time(found.proposed_at, zone),
        "state": found.state,
        "state_word": STATES[found.state][_side(language)],
        "figures": " · ".join(figures),
    }


def _shown_changes(found: Proposal, kind: str, language: Language) -> list[dict[str, Any]]:
    office, actor = identity.office(), identity.current_actor()
    words = ChangeWords(found.form, is_chinese=language == "zh")
    twins = {code for t in found.found.get("twins") or [] for code in (t["gone"], t["came"])}
    changes = proposal_changes(office, actor, found=found, kind=kind, most=SHOWN)
    return [
        {
            "place": each.place,
            "code": each.code,
            "name": words.name(each),
            "kind": each.kind,
            "tag": TAGS[each.kind][_side(language)],
            "is_moved": each.moved_m is not None,
            "is_doubtful": each.code in twins,
            "has_place": bool(each.before.get("geom") or each.after.get("geom")),
            "moved": "" if each.moved_m is None else f"{each.moved_m:,.1f} m",
            "lines": words.lines(each),
        }
        for each in changes
    ]


def _steps(number: int, zone: ZoneInfo, language: Language) -> list[dict[str, Any]]:
    say, told = speak(language), []
    for each in proposal_steps(identity.office(), identity.current_actor(), number=number):
        left = each.detail.get("left_out") or []
        told.append(
            {
                "at": _time(each.at, zone),
                "who": each.actor_name,
                "what": say(f"change_step.{each.kind}"),
                "reason": each.reason or "",
                "left": say("changes.left_out", codes="、".join(left)) if left else "",
            }
        )
    return told


def facts_of(found: Proposal, kind: str, language: Language) -> dict[str, Any]:
    """
    Gather what the page of one delivery shows.

    Parameters
    ----------
    found
        The proposal.
    kind
        Which of its changes.
    language
        Language of the page.

    Returns
    -------
    dict
        What the template shows.
    """
    office, actor, say = identity.office(), identity.current_actor(), speak(language)
    zone, rules = ZoneInfo(office.district.timezone), loading_rules(office)
    counts = found.counts
    limit = rules["difference"]["most_gone_share"]
    gone_share = counts.get("gone", 0) / counts["stood"] if counts.get("stood") else 0.0
    needs_another = rules["review"]["by_another_person"] and found.proposed_by == actor.id
    may = actor.may("delivery.review", "")
    return {
        "row": row_of(found, zone, language),
        "found": found,
        "kind": kind,
        "kinds": [
            (name, say(f"change_kind.{name}"), _counted(counts, name)) for name in KINDS
        ],
        "changes": _shown_changes(found, kind, language),
        # What was read before first deliveries were told has none of its rows.
        "is_listed": found.found.get("is_listed", bool(counts.get("stood"))),
        "most_listed": f"{rules['review']['first_rows_listed']:,}",
        "is_first": bool(counts) and not counts["stood"],
        "counts": counts,
        "twins": found.found.get("twins") or [],
        "steps": _steps(found.number, zone, language),
        "gone_share": f"{gone_share:.1%}" if gone_share > limit else "",
        "needs_another": needs_another,
        "can_decide": may and found.state in OPEN and not needs_another,
        "can_reject": may and found.state in OPEN | AGAIN | {BEGUN},
        "can_stop": may and found.state in WORKING,
        "can_check": may and found.state in AGAIN,
        "is_whole_only": found.layer in WHOLE_ONLY,
        "stage_words": json.dumps({name: say(f"change_stage.{name}") for name in STAGES}),
    }  # fmt: skip


def _counted(counts: Any, name: str) -> int:
    if name == "all":
        return sum(counts.get(each, 0) for each in COUNTED)
    return int(counts.get(name, 0))
