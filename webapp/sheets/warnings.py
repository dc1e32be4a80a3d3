"""Warn on a sheet of what was reported and verified on its routes: before anything else is read."""

from itertools import groupby

from census.store.blocked_routes import BlockedRoute
from census.store.reported_sites import local_minute
from geo.vocabulary import ReportKind
from webapp import theme
from webapp.sheets.column import Block
from webapp.sheets.content import SheetContent
from webapp.sheets.marks import triangle
from webapp.sheets.sentences import sentence
from webapp.sheets.words import Words

WARNING_PT = 12.0
_SIGN = triangle(3, 3, "!", fill=theme.MARKS["hazard-site"])
_BADGE = f'<svg width="6mm" height="6mm" viewBox="0 0 6 6">{_SIGN}</svg>'


def warnings(content: SheetContent, words: Words) -> list[Block]:
    """
    Name the routes that run through a reported site, by their numbers on the map.

    Parameters
    ----------
    content
        What the sheet shows.
    words
        Words of the sheet.

    Returns
    -------
    list of Block
        One sentence for each site; nothing where no route is blocked.
    """
    numbers = {card.code: number for number, card in enumerate(content.routes, start=1)}
    ordered = sorted(content.blocked, key=lambda each: each.site_code)
    return [
        _warning(list(group), numbers, content, words)
        for _, group in groupby(ordered, key=lambda each: each.site_code)
    ]


def _warning(
    blocked: list[BlockedRoute], numbers: dict[str, int], content: SheetContent, words: Words
) -> Block:
    site = blocked[0]
    at = local_minute(site.reported_at, content.district.timezone) if site.reported_at else "–"
    # A delivered route has no number on the map: it goes by its name.
    drawn = sorted(numbers[each.code] for each in blocked if each.code in numbers)
    named = [str(number) for number in drawn]
    named += [each.name for each in blocked if each.code not in numbers]
    return sentence(
        words,
        "route_blocked",
        size_pt=WARNING_PT,
        badge=_BADGE,
        routes=words.listed(named),
        ways=len(named),
        site=site.site_code,
        kind=words.term(ReportKind, site.report_kind, "kind_unknown"),
        at=at,
        metres=f"{max(each.metres for each in blocked):,.0f}",
    )
