"""Ask the cross-checks of a district as it would be, and tell what a delivery breaks and mends.

The same rules are asked twice: of what stands, and of what would stand. Nothing is written; what
is found is kept with the proposal, with the state of every layer that a rule read.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import date
from typing import Any, Final

import pandas as pd

from census.intake.merging import Merging
from census.products.crosschecks.asking import METHOD, RULES, Answer, answered, stored_district
from census.products.crosschecks.district import Change, District, Finding
from census.products.parameters import Parameters, load_parameters
from census.store.connection import Store
from census.store.deliveries import generations
from census.store.loading_rules import loading_rules
from census.store.proposed_rows import proposed_layer, proposed_numbers
from census.store.settings import data_folder

# Divisions that change move the villages of every layer, which is done when they are loaded.
MOVES_OTHERS: Final = frozenset({"division"})
_KEPT: Final = (
    "table", "code", "name", "column", "value", "sentence_zh", "sentence_en", "fix_zh", "fix_en",
    "x", "y",
)  # fmt: skip


@dataclass(frozen=True)
class Watched(District):
    """
    A district that remembers which of its layers were asked for.

    Attributes
    ----------
    asked
        Their names.
    """

    asked: set[str] = field(default_factory=set)

    def layer(self, table: str) -> pd.DataFrame:
        """
        Give a table whole; see :meth:`District.layer`.

        Parameters
        ----------
        table
            Its name.

        Returns
        -------
        DataFrame
            Its rows.
        """
        self.asked.add(table)
        return super().layer(table)


def proposed_checks(store: Store, connection: Any, merging: Merging) -> dict[str, Any]:
    """
    Tell which cross-checks a delivery would newly break, and which it would mend.

    Parameters
    ----------
    store
        The store, role app.
    connection
        The transaction of the difference, in which the changes are told.
    merging
        The delivery.

    Returns
    -------
    dict
        ``asked_on``; ``rules``: of each rule that reads the layer its words, how many findings are
        ``broken``, ``mended`` and ``left`` as they are, and ``empty``, the tables for want of which
        it could not be asked;
        ``broken`` and ``mended``: the findings; ``generations`` of the layers that were read;
        ``moves_others`` where the villages of other layers would change as well.
    """
    # Before anything is read: what is accepted meanwhile makes the answer outdated, not wrong.
    states, layer = generations(store), merging.form.table
    before = _watched(stored_district(store))
    parameters = load_parameters(data_folder(), METHOD)["rule"]
    stands = {name: _asked(before, name, parameters[name], layer) for name in RULES}
    concerned = [name for name in RULES if layer in stands[name][1]]
    told: list[dict[str, Any]] = []
    findings: dict[str, list[dict[str, Any]]] = {"broken": [], "mended": []}
    read = {layer}
    if concerned:
        after = _as_it_would_be(store, connection, merging, before)
        for name in concerned:
            answer, tables = _asked(after, name, parameters[name], layer)
            read |= tables | stands[name][1]
            parts = _compared(stands[name][0], answer)
            told.append(_summed(answer, parts))
            for kind, part in parts.items():
                findings[kind] += [_kept(name, each) for each in part]
    most = int(loading_rules(store)["review"]["findings_kept"])
    return {
        "asked_on": before.today.isoformat(), "rules": told,
        **{kind: part[:most] for kind, part in findings.items()},
        "generations": {name: states.get(name, 0) for name in sorted(read)},
        "moves_others": layer in MOVES_OTHERS,
    }  # fmt: skip


def _watched(district: District) -> Watched:
    asked: set[str] = set()
    found = {each.name: getattr(district, each.name) for each in fields(district) if each.init}

    def changes(table: str, since: date) -> list[Change]:
        asked.add(table)
        return district.changes(table, since)

    return Watched(**(found | {"changes": changes, "asked": asked}))


def _asked(
    district: Watched, name: str, parameters: Parameters, layer: str
) -> tuple[Answer, set[str]]:
    district.asked.clear()
    answer = answered(district, name, parameters, {})
    # A table that is still empty hid those behind it.
    return answer, set(district.asked) | ({layer} & set(RULES[name][1]))


def _as_it_would_be(store: Store, connection: Any, merging: Merging, before: Watched) -> Watched:
    layer = merging.form.table
    would_be = proposed_layer(store, connection, merging.against(store))
    proposed = [Change(table=layer, code=code, column=column, before=was, after=now)
                for code, column, was, now in proposed_numbers(connection)]  # fmt: skip
    read: Callable[[str], pd.DataFrame] = before.layer

    def changes(table: str, since: date) -> list[Change]:
        stood = before.changes(table, since)
        return _joined(stood, proposed) if table == layer else stood

    after = replace(
        before, read=lambda table: would_be if table == layer else read(table), changes=changes
    )
    return _watched(after)


def _joined(stood: Iterable[Change], proposed: Iterable[Change]) -> list[Change]:
    """Let a number that changed before count from its first state, as the stored ones do."""
    first = {(each.code, each.column): each for each in stood}
    last = {(each.code, each.column): each for each in proposed}
    return [
        replace(last.get(key, change), before=first.get(key, change).before)
        for key, change in (first | last).items()
    ]


def _compared(before: Answer, after: Answer) -> dict[str, list[Finding]]:
    return {
        "broken": _beyond(after.findings, before.findings),
        "mended": _beyond(before.findings, after.findings),
    }


def _beyond(these: Iterable[Finding], those: Iterable[Finding]) -> list[Finding]:
    """Take out of some findings what the others tell of the same column of the same object."""
    left = Counter(_place(each) for each in those)
    same_words = Counter((_place(each), each.sentence_en) for each in those)
    # Those told in the same words are the same; of the others the first are.
    ordered = sorted(these, key=lambda each: not same_words[_place(each), each.sentence_en])
    found = []
    for each in ordered:
        if left[_place(each)] > 0:
            left[_place(each)] -= 1
        else:
            found.append(each)
    return found


def _place(finding: Finding) -> tuple[str, str, str]:
    return finding.table, finding.code, finding.column


def _summed(answer: Answer, parts: Mapping[str, list[Finding]]) -> dict[str, Any]:
    words = ("rule", "level", "title_zh", "title_en", "clause_zh", "clause_en", "is_verified")
    return {name: getattr(answer, name) for name in words} | {
        "empty": list(answer.empty_tables), "left": len(answer.findings) - len(parts["broken"]),
        **{kind: len(part) for kind, part in parts.items()},
    }  # fmt: skip


def _kept(rule: str, finding: Finding) -> dict[str, Any]:
    facts = asdict(finding)
    return {"rule": rule, **{name: facts[name] for name in _KEPT}}
