"""Codes of divisions over time: what a code became, and figures of today told in an older edition.

A link says that on a day one code gave way to another. Links of counties and towns hold for every
code that begins with theirs, unless the code has links of its own. Nothing is guessed: a code with
several heirs stays a question, and a figure that cannot be parted is told for the parts together.
"""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from functools import cached_property
from typing import Final

from geo.vocabulary import DivisionChange

COUNTY_DIGITS: Final = 6
TOWN_STEM_DIGITS: Final = 9
TOWN_TAIL: Final = "000"
RECODED: Final = DivisionChange.RECODED.value


@dataclass(frozen=True, kw_only=True)
class Link:
    """
    One change of a code.

    Attributes
    ----------
    from_code
        The code until then, 6 (county), 12 (town, village) or 15 digits (grid unit).
    to_code
        The code from then on; None where a division ended without an heir.
    kind
        A code of :class:`geo.vocabulary.DivisionChange`.
    changed_on
        First day of the new state.
    share
        Part of the former division that the heir took, 0 to 1; None where nobody told.
    """

    from_code: str
    to_code: str | None
    kind: str
    changed_on: date
    share: float | None = None


@dataclass(frozen=True)
class Fate:
    """
    What a code out of force became.

    Attributes
    ----------
    heirs
        Codes in force today that took its place; none where there is no heir, or none is known.
    changed_on
        First day on which it was no longer in force; None where no link names it.
    is_ended
        Whether a link says that it ended without an heir.
    """

    heirs: tuple[str, ...] = ()
    changed_on: date | None = None
    is_ended: bool = False


def stem(code: str) -> str | None:
    """
    Tell what every code below a division begins with.

    Parameters
    ----------
    code
        A code of 6, 12 or 15 digits.

    Returns
    -------
    str or None
        Six digits of a county, nine of a town; None for a village and what is below it.
    """
    if len(code) == COUNTY_DIGITS:
        return code
    if len(code) == TOWN_STEM_DIGITS + len(TOWN_TAIL) and code.endswith(TOWN_TAIL):
        return code[:TOWN_STEM_DIGITS]
    return None


@dataclass(frozen=True)
class Crosswalk:
    """
    All links of a district.

    Attributes
    ----------
    links
        The links, in any order.
    """

    links: tuple[Link, ...] = ()

    @cached_property
    def _by_code(self) -> Mapping[str, tuple[Link, ...]]:
        return _grouped((each.from_code, each) for each in self.links)

    @cached_property
    def _by_heir(self) -> Mapping[str, tuple[Link, ...]]:
        return _grouped((each.to_code, each) for each in self.links if each.to_code)

    @cached_property
    def _rules(self) -> tuple[tuple[str, str, Link], ...]:
        # A town or county that was merged or split has no rule for the numbers of its villages.
        rules = []
        for each in self.links:
            old, new = stem(each.from_code), stem(each.to_code or "")
            if each.kind == RECODED and old and new and len(old) == len(new) and old != new:
                rules.append((old, new, each))
        # The nearest holds: that of a town before that of its county.
        return tuple(sorted(rules, key=lambda rule: -len(rule[0])))

    def links_of(self, code: str) -> tuple[Link, ...]:
        """
        Find what a code gave way to, at the next step.

        Parameters
        ----------
        code
            A code of 6, 12 or 15 digits.

        Returns
        -------
        tuple of Link
            Links of the code itself; else the one that the recoding of its town, or of its county,
            means for it; none where it never changed.
        """
        own = tuple(each for each in self._by_code.get(code, ()) if each.to_code != code)
        if own:
            return own
        for old, new, rule in self._rules:
            if code.startswith(old) and len(code) > len(old):
                return (_inherited(rule, code, new + code[len(old) :]),)
        return ()

    def links_to(self, code: str) -> tuple[Link, ...]:
        """
        Find what a code came of, at the last step.

        Parameters
        ----------
        code
            A code of 6, 12 or 15 digits.

        Returns
        -------
        tuple of Link
            Its own links, and what the recodings of its town and county mean for it.
        """
        found = list(self._by_heir.get(code, ()))
        for old, new, rule in self._rules:
            if code.startswith(new) and code != rule.to_code and len(code) > len(new):
                former = _inherited(rule, old + code[len(new) :], code)
                if former in self.links_of(former.from_code):
                    found.append(former)
        return tuple(found)

    def fate(self, code: str, in_force: Collection[str]) -> Fate:
        """
        Follow a code that is out of force to the codes of today.

        Parameters
        ----------
        code
            The code.
        in_force
            Codes of today.

        Returns
        -------
        Fate
            Its heirs in order of their codes; a chain of changes is followed to its end, and a
            ring of changes ends where it began.
        """
        heirs: set[str] = set()
        seen, waiting = {code}, [code]
        first: date | None = None
        is_ended = False
        while waiting:
            links = self.links_of(waiting.pop())
            for each in links:
                if first is None:
                    first = min(link.changed_on for link in links)
                if each.to_code is None:
                    is_ended = True
                elif each.to_code in in_force:
                    heirs.add(each.to_code)
                elif each.to_code not in seen:
                    seen.add(each.to_code)
                    waiting.append(each.to_code)
        return Fate(tuple(sorted(heirs)), first, is_ended and not heirs)


def _inherited(rule: Link, from_code: str, to_code: str) -> Link:
    return Link(from_code=from_code, to_code=to_code, kind=rule.kind, changed_on=rule.changed_on)


def _grouped(pairs: Iterable[tuple[str, Link]]) -> Mapping[str, tuple[Link, ...]]:
    groups: defaultdict[str, list[Link]] = defaultdict(list)
    for key, link in pairs:
        groups[key].append(link)
    return {key: tuple(sorted(found, key=lambda link: link.changed_on))
            for key, found in groups.items()}  # fmt: skip


@dataclass(frozen=True)
class Told:
    """
    Figures told in the divisions of an edition.

    Attributes
    ----------
    figures
        Figure by code.
    together
        Figure by several codes that nothing told here can part; their own figures leave it out.
    parted
        Codes whose figure holds a part that was apportioned by weight.
    """

    figures: Mapping[str, float]
    together: Mapping[tuple[str, ...], float] = field(default_factory=dict)
    parted: frozenset[str] = frozenset()

    @property
    def total(self) -> float:
        """
        Add everything up.

        Returns
        -------
        float
            The same in every edition.
        """
        return sum(self.figures.values()) + sum(self.together.values())


def edition_codes(
    crosswalk: Crosswalk, in_force: Collection[str], day: date
) -> dict[str, tuple[str, ...]]:
    """
    Tell which codes were in force on a day in the place of each code of today.

    Parameters
    ----------
    crosswalk
        The links.
    in_force
        Codes of today.
    day
        The day.

    Returns
    -------
    dict
        Code of today to the codes of that day, in order; itself where it did not change since.
    """
    return {code: before(crosswalk, code, day) for code in sorted(in_force)}


def before(crosswalk: Crosswalk, code: str, day: date) -> tuple[str, ...]:
    """
    Tell which codes were in force on a day in the place of one code of today.

    Parameters
    ----------
    crosswalk
        The links.
    code
        Code of today.
    day
        The day.

    Returns
    -------
    tuple of str
        The codes of that day, in order; the code itself where nothing changed since.
    """
    found: set[str] = set()
    waiting: list[tuple[str, date]] = [(code, date.max)]
    seen = {(code, date.max)}
    while waiting:
        one, until = waiting.pop()
        links = [each for each in crosswalk.links_to(one) if day < each.changed_on < until]
        if not links:
            found.add(one)
            continue
        last = max(each.changed_on for each in links)
        for each in links:
            step = (each.from_code, last)
            if each.changed_on == last and step not in seen:
                seen.add(step)
                waiting.append(step)
    return tuple(sorted(found))


def told_in(
    figures: Mapping[str, float],
    befores: Mapping[str, tuple[str, ...]],
    *weights: Mapping[str, float],
) -> Told:
    """
    Tell figures of today in the divisions of an edition; nothing is lost and nothing is added.

    Parameters
    ----------
    figures
        Figure by code of today; whole numbers stay whole.
    befores
        What :func:`edition_codes` told.
    *weights
        Weight of codes of that edition, by which a figure of several is parted: the first that
        knows all of them.

    Returns
    -------
    Told
        A division that was split since is the sum of its heirs; one that was merged since has its
        part by weight where all weights are known, else it stands together with the others.
    """
    found: defaultdict[str, float] = defaultdict(int)
    together: defaultdict[tuple[str, ...], float] = defaultdict(int)
    parted: set[str] = set()
    for code, figure in figures.items():
        codes = befores.get(code, (code,))
        scale = next((each for each in weights if _parts(each, codes)), None)
        if len(codes) == 1 or not figure:
            for each in codes:
                found[each] += figure if len(codes) == 1 else 0
        elif scale is not None:
            shares = apportioned(figure, [scale[each] for each in codes])
            for each, share in zip(codes, shares, strict=True):
                found[each] += share
            parted |= set(codes)
        else:
            together[codes] += figure
    return Told(dict(found), dict(together), frozenset(parted))


def _parts(weights: Mapping[str, float], codes: Iterable[str]) -> bool:
    """Tell whether weights know all of these codes, and not all of them are nothing."""
    known = [weights.get(each) for each in codes]
    return None not in known and sum(each or 0 for each in known) > 0


def apportioned(figure: float, weights: list[float]) -> list[float]:
    """
    Part a figure by weights; the parts add up to it exactly where it is whole.

    Parameters
    ----------
    figure
        What to part, not negative.
    weights
        At least one above zero.

    Returns
    -------
    list of float
        One part per weight. Of a whole number all parts are whole: what rounding leaves goes to
        the largest remainders (method of Hamilton), the first of equals.
    """
    whole = sum(weights)
    if not isinstance(figure, int):
        return [figure * weight / whole for weight in weights]
    exact = [figure * Fraction(weight) / sum(map(Fraction, weights)) for weight in weights]
    parts = [int(each) for each in exact]
    left = figure - sum(parts)
    order = sorted(range(len(exact)), key=lambda i: (parts[i] - exact[i], i))
    for i in order[:left]:
        parts[i] += 1
    return list(parts)
