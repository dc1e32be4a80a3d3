"""Codes that are no longer in force: taken as those of today where that is certain, else asked."""

from collections import defaultdict
from datetime import timedelta

import pandas as pd

from census.intake.context import Context
from census.intake.fields import Field, plain
from census.intake.parsing import Parsed, tidy
from census.intake.problems import Problem, Source
from census.intake.reading import Delivery
from geo.crosswalk import Fate, before

_SHOWN = 3
# The form whose rows of several villages add up to the row of one.
COUNTED_BY_VILLAGE = "people"


def heir_of(code: str, context: Context) -> Parsed:
    """
    Take a code that is not in force as the one that it became.

    Parameters
    ----------
    code
        Digits that no division of today has.
    context
        The district.

    Returns
    -------
    Parsed
        The code of today, if there is one and no other; else an error that says what to do.
    """
    fate = context.crosswalk.fate(code, context.levels)
    if len(fate.heirs) == 1:
        return Parsed(fate.heirs[0])
    if fate.heirs:
        names = [f"{heir}（{context.names[heir]}）" for heir in fate.heirs]
        return Parsed(
            None, "error",
            f"{code} gave way on {fate.changed_on} to {len(names)} divisions, {', '.join(names)}: "
            "write the code of the one that is meant",
            f"{code} 自 {fate.changed_on} 起分为 {len(names)} 个区划：{'、'.join(names)}；"
            "请改填所指的那一个代码",
        )  # fmt: skip
    if fate.is_ended or code in context.former:
        return _withdrawn(code, fate, context)
    return Parsed(None, "error", f"no division has the code {code}", f"没有代码为 {code} 的区划")


def _withdrawn(code: str, fate: Fate, context: Context) -> Parsed:
    former = context.former.get(code)
    name = "" if former is None else former.name
    last = None if former is None else former.valid_to
    if fate.changed_on is not None:
        last = fate.changed_on - timedelta(days=1)
    alike = [each for each, word in context.names.items() if name and plain(word) == plain(name)]
    zh, en = ("", "") if last is None else (f"（最后一日 {last}）", f" (last day {last})")
    hint_zh = f"，或改填同名的 {'、'.join(alike)}" if alike else ""
    hint_en = f", or write that of the same name, {', '.join(alike)}" if alike else ""
    return Parsed(
        None, "error",
        f"{code} {name} was withdrawn{en} and nothing says what became of it: write the code of "
        f"the village that is there now{hint_en}, or deliver its heir with the form "
        "division_changes",
        f"{code}{name}已撤销{zh}，没有说明去向：请改填现在所属村的代码{hint_zh}，"
        "或用表单“区划代码变动对照”（division_changes）交付其去向",
    )  # fmt: skip


def tell_carried(delivery: Delivery, context: Context) -> list[Problem]:
    """
    Count the rows whose codes were taken as those of today, and the codes that are a question.

    Parameters
    ----------
    delivery
        The delivery.
    context
        The district.

    Returns
    -------
    list of Problem
        A repair for each column and day of change, a warning for each column with codes that have
        several heirs.
    """
    problems: list[Problem] = []
    for each in delivery.form.fields:
        if each.type == "division" and each.name in delivery.frame.columns:
            problems += _told(delivery, each, context)
    return problems


def _told(delivery: Delivery, each: Field, context: Context) -> list[Problem]:
    counts = delivery.frame[each.name].map(tidy).value_counts()
    taken: defaultdict[object, dict[str, str]] = defaultdict(dict)
    asked = []
    for code in sorted(set(counts.index) - set(context.levels)):
        fate = context.crosswalk.fate(code, context.levels)
        if len(fate.heirs) == 1:
            taken[fate.changed_on][code] = fate.heirs[0]
        elif fate.heirs:
            asked.append(code)
    column = delivery.headings.get(each.name, each.heading)
    here = Source(delivery.path.name, str(delivery.frame["sheet"].iloc[0]))
    problems = [
        _taken(here, column, pairs, int(counts[list(pairs)].sum()), day)
        for day, pairs in taken.items()
    ]
    if asked:
        rows = int(counts[asked].sum())
        problems.append(
            here.problem(
                "several_heirs", "warning", column=column, value="、".join(asked),
                zh=f"{len(asked)} 个原代码有几个去向，涉及 {rows} 行：须逐行说明所指，未作猜测",
                en=f"{len(asked)} former codes have several heirs ({rows} rows): say of each row "
                "which is meant; none is guessed",
            )
        )  # fmt: skip
    return problems


def _taken(here: Source, column: str, pairs: dict[str, str], rows: int, day: object) -> Problem:
    last = pd.Timestamp(str(day)).date() - timedelta(days=1)
    shown = [f"{old} → {new}" for old, new in list(pairs.items())[:_SHOWN]]
    more_zh = f" 等 {len(pairs)} 个" if len(pairs) > _SHOWN else ""
    more_en = f" and {len(pairs) - _SHOWN} more" if len(pairs) > _SHOWN else ""
    return here.problem(
        "former_code", "repair", column=column, value=rows,
        zh=f"{rows} 行填的是 {last} 及以前有效的 {len(pairs)} 个代码，按对照表记作现行代码："
        f"{'、'.join(shown)}{more_zh}",
        en=f"{rows} rows carry {len(pairs)} codes that were in force until {last}; they are taken "
        f"as the codes of today: {', '.join(shown)}{more_en}",
    )  # fmt: skip


def are_parts(delivery: Delivery, one: int, other: int, code: str, context: Context) -> bool:
    """
    Tell whether two rows of people count two villages that became one.

    Parameters
    ----------
    delivery
        The delivery.
    one, other
        Positions in it.
    code
        The code of today that both came to.
    context
        The district.

    Returns
    -------
    bool
        True where both former codes were in force on one day; a village that is delivered under
        its former and its present code stands there twice.
    """
    if delivery.form.name != COUNTED_BY_VILLAGE:
        return False
    raw = delivery.frame["division_code"]
    both = {tidy(raw.iloc[one]), tidy(raw.iloc[other])}
    if len(both) == 1 or both & set(context.levels):
        return False
    days = {link.changed_on - timedelta(days=1) for link in context.crosswalk.links}
    return any(both <= set(before(context.crosswalk, code, day)) for day in days)


def name_fits(delivery: Delivery, row: int, name: str, context: Context) -> bool:
    """
    Tell whether a name goes with the code beside it; a former code may carry its former name.

    Parameters
    ----------
    delivery
        The delivery, of a form with ``division_code``.
    row
        Position in it.
    name
        The name as delivered.
    context
        The district.

    Returns
    -------
    bool
        False where a code in force belongs to another name.
    """
    code = tidy(delivery.frame["division_code"].iloc[row])
    return code not in context.names or plain(name) == plain(context.names[code])
