"""Say of a town or village what makes its coping weak, what is not known, what would lift it."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final, Literal

from census.products.coping_method import Indicator
from geo.vocabulary import CapacityLevel

Language = Literal["zh", "en"]
LANGUAGES: Final[tuple[Language, Language]] = ("zh", "en")
NAMED: Final = 2
"""So many of the weakest indicators are named."""


@dataclass(frozen=True, kw_only=True)
class Coping:
    """
    What is known of a unit.

    Attributes
    ----------
    indicators
        Those that take part, by name.
    amounts
        Value by name of those that are known.
    full
        Value of full points by name.
    losses
        What each costs of the index, by name, the most first.
    missing
        Names of those that take part and have no value here.
    index
        0-1; None where the unit is not assessed.
    known_share, least_share
        Share of the weights that is known, and that has to be.
    limit
        Upper limit of its class; None in the highest.
    above
        The class above; None in the highest.
    lift
        Indicator that takes the least effort, and its value for the class above; None where no
        single one is enough.
    """

    indicators: Mapping[str, Indicator]
    amounts: Mapping[str, float]
    full: Mapping[str, float]
    losses: Mapping[str, float]
    missing: Sequence[str]
    index: float | None
    known_share: float
    least_share: float
    limit: float | None
    above: CapacityLevel | None
    lift: tuple[str, float] | None


def value_told(value: float | None, unit: str, language: Language) -> str:
    """
    Write a value with its unit.

    Parameters
    ----------
    value
        In the unit; None where it is not known.
    unit
        Unit of its indicator.
    language
        The language.

    Returns
    -------
    str
        A dash where nothing is known.
    """
    if value is None:
        return "–"
    if unit == "share":
        return f"{value:.1%}"
    if unit == "yes":
        yes, no = ("有", "没有") if language == "zh" else ("yes", "no")
        return yes if value >= 1 else no
    zh, en, digits = {
        "days": (" 天", " days", 0),
        "m": (" 米", " m", 0),
        "per_1000": (" 人/千人", " per 1,000", 2),
        "kinds": (" 种", " kinds", 0),
    }[unit]
    return f"{value:,.{digits}f}{zh if language == 'zh' else en}"


def reasons(coping: Coping, language: Language) -> list[str]:
    """
    Say what makes a unit weak, and what is not known of it.

    Parameters
    ----------
    coping
        What is known.
    language
        The language.

    Returns
    -------
    list of str
        Sentences, the gravest first.
    """
    said: list[str] = []
    if coping.index is None:
        known, least = f"{coping.known_share:.0%}", f"{coping.least_share:.0%}"
        said.append(
            f"未评估：已知的指标只占权重的 {known}，须有 {least}。"
            if language == "zh"
            else f"Not assessed: {known} of the weights are known, {least} are needed."
        )
    else:
        said += [
            _weakness(coping, name, lost, language)
            for name, lost in list(coping.losses.items())[:NAMED]
        ]
    if coping.missing:
        names = [_label(coping, name, language) for name in coping.missing]
        said.append(
            f"没有数据的指标：{'、'.join(names)}；其权重由其余各项分担。"
            if language == "zh"
            else f"Without a value: {', '.join(names)}; the others share their weights."
        )
    return said


def _weakness(coping: Coping, name: str, lost: float, language: Language) -> str:
    unit = coping.indicators[name].unit
    value, full = (value_told(each[name], unit, language) for each in (coping.amounts, coping.full))
    label = _label(coping, name, language)
    if language == "zh":
        return f"{label}：{value}（满分为{full}），使指数少 {lost:.3f}。"
    return f"{_opened(label)}: {value} (full points: {full}), which costs {lost:.3f} of the index."


def lifting(coping: Coping, language: Language) -> str | None:
    """
    Say what would lift a unit one class with the least effort.

    Parameters
    ----------
    coping
        What is known.
    language
        The language.

    Returns
    -------
    str or None
        A sentence; None for a unit without a class.
    """
    if coping.index is None:
        return None
    zh = language == "zh"
    if coping.above is None or coping.limit is None:
        return "已是最高一级。" if zh else "It is in the highest class."
    word, index, limit = coping.above.label(language), coping.index, coping.limit
    if coping.lift is None:
        name, most = next(iter(coping.losses.items()))
        label = _label(coping, name, language)
        return (
            f"没有哪一项单独能升为“{word}”：指数 {index:.3f}，须高于 {limit:.3f}，"
            f"{label}最多加 {most:.3f}。"
            if zh
            else f"No single indicator makes it {word}: the index is {index:.3f} and must exceed "
            f"{limit:.3f}; {label} can add {most:.3f} at most."
        )
    name, needed = coping.lift
    unit, label = coping.indicators[name].unit, _label(coping, name, language)
    value, to = (value_told(each, unit, language) for each in (coping.amounts[name], needed))
    return (
        f"升为“{word}”最省力的一项是{label}：由{value}到{to}"
        f"（指数 {index:.3f}，须高于 {limit:.3f}）。"
        if zh
        else f"The least effort to become {word} is {label}: from {value} to {to} "
        f"(the index is {index:.3f} and must exceed {limit:.3f})."
    )


def _label(coping: Coping, name: str, language: Language) -> str:
    each = coping.indicators[name]
    return each.label_zh if language == "zh" else each.label_en


def _opened(label: str) -> str:
    return label[:1].upper() + label[1:]
