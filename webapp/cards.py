"""Turn what the district knows of a place into the cards of the left panel."""

from collections.abc import Sequence
from typing import Any, Final

from dash import dcc, html
from dash.development.base_component import Component

from census.store.cards import DivisionCard, EnterpriseCard, HazardSiteCard, HistoryCard, RiskCard
from geo.vocabulary import EnterpriseColour, HazardSiteKind, PeopleBasis, RiskLevel
from webapp import origins
from webapp.links import link
from webapp.markup import card, element, facts, first_then_all, label, row
from webapp.words import Language, Say, count, metres, share

FACTORS: Final = ("hazard", "exposure", "vulnerability", "capacity")
SHEETS: Final = ("evacuation", "risk")
LEAST_SHOWN: Final = 0.005  # less than this is written as nought
WIDEST_BAR: Final = 1.5  # contribution to ln R that fills half of the bar: a factor of 4.5


def pill(risk_class: int | None, language: Language, say: Say) -> Component:
    """
    Show a risk class as word, colour and hatch.

    Parameters
    ----------
    risk_class
        Ordinal 1-5; None where not assessed.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        Swatch and word.
    """
    if risk_class is None:
        swatch, word = "swatch-unknown", say("map.unknown")
    else:
        swatch = f"swatch-risk-{risk_class}"
        word = RiskLevel.from_ordinal(risk_class).label(language)
    sample = element(html.Span, className=f"swatch {swatch}", **{"aria-hidden": "true"})
    return html.Span([sample, html.Span(word)], className="class-word")


def _contribution(name: str, value: float) -> Component:
    width = min(abs(value) / WIDEST_BAR, 1) * 50
    side = {"left": "50%"} if value >= 0 else {"right": "50%"}
    bar = html.Span(
        className="contribution-up" if value >= 0 else "contribution-down",
        style={"width": f"{width:.1f}%", **side},
    )
    track = html.Span(bar, className="contribution-track")
    figure = html.Span(
        (f"{value:+.2f}" if abs(value) >= LEAST_SHOWN else "0.00").replace("-", "−"),
        className="figure",
    )
    return html.Li([html.Span(name), track, figure])


def why(risk: RiskCard, language: Language, say: Say) -> Component:
    """
    Say why a division has its class.

    Parameters
    ----------
    risk
        The division's risk card.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        Class, contributions as bars, sentences, and what would lower the class by one.
    """
    values = risk.contributions or ()
    bars = [
        _contribution(say(f"why.{name}"), value)
        for name, value in zip(FACTORS, values, strict=False)
    ]
    sentences = risk.why_zh if language == "zh" else risk.why_en
    if risk.risk_class is None and not sentences:
        sentences = (say("why.left_out"),)
    what_if = risk.counterfactual_zh if language == "zh" else risk.counterfactual_en
    return card(
        say("why.title"),
        html.Ul(bars, className="contributions") if bars else None,
        html.Ul([html.Li(sentence) for sentence in sentences or ()], className="sentences"),
        html.P(what_if, className="what-if") if what_if else None,
        *origins.notes(risk, language, say),
        note=say("why.note") if bars else None,
    )


def sureness(risk: RiskCard, language: Language, say: Say) -> Component | None:
    """
    Say how far the class holds when the weights are drawn anew within their doubt.

    Parameters
    ----------
    risk
        The division's risk card.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component | None
        Shares of the classes as a bar and in words, and the interval of ranks; None without a
        class, and for runs that drew none.
    """
    if risk.risk_class is None or not risk.class_shares:
        return None
    own = risk.class_shares[risk.risk_class - 1]
    lead = say("sure.unsure" if risk.is_unsure else "sure.sure", share=share(own))
    other = [
        f"{RiskLevel.from_ordinal(ordinal).label(language)} {share(each)}"
        for ordinal, each in enumerate(risk.class_shares, 1)
        if ordinal != risk.risk_class and each >= LEAST_SHOWN
    ]
    parts = [
        element(
            html.Span,
            className=f"swatch-risk-{ordinal}",
            style={"width": f"{each:.2%}"},
            **{"aria-hidden": "true"},
        )
        for ordinal, each in enumerate(risk.class_shares, 1)
        if each > 0
    ]
    rank = say("sure.rank", low=count(risk.rank_low), high=count(risk.rank_high),
               units=count(risk.units))  # fmt: skip
    listed = ("、" if language == "zh" else ", ").join(other)
    return card(
        say("sure.title"),
        html.Div(parts, className="class-shares"),
        html.P(lead, className="partial" if risk.is_unsure else "sentence"),
        html.P(say("sure.others", classes=listed)) if other else None,
        html.P(rank),
        note=say("sure.note_depth" if risk.scheme.get("depth_rmse_m") else "sure.note"),
    )


def people(
    division: DivisionCard, risk: RiskCard | None, language: Language, say: Say
) -> Component:
    """
    Count the people of a division.

    Parameters
    ----------
    division
        The division's card.
    risk
        Its risk card; None before the first zoning.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        Residents and how many of them live in deep water, with depth.
    """
    rows = [(say("people.residents"), count(division.people))]
    if risk is not None:
        rows += [
            (say("people.in_hazard"), count(risk.people_in_hazard)),
            (say("people.depth_mean"), metres(risk.depth_mean_m, digits=2)),
            (say("people.depth_max"), metres(risk.depth_max_m, digits=2)),
            (say("people.wet_share"), share(risk.wet_share)),
        ]
    basis = division.people_basis
    note = label(PeopleBasis, basis, language) if basis else None
    return card(say("people.title"), facts(rows), note=note)


def hazard_sites(sites: Sequence[HazardSiteCard], language: Language, say: Say) -> Component:
    """
    List the hazard sites of a place.

    Parameters
    ----------
    sites
        Hazard sites, most people first.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        The list, or a sentence.
    """
    if not sites:
        return card(say("sites.title"), html.P(say("sites.none"), className="empty"))
    rows = [
        row(
            site.name,
            say("card.people", people=count(site.people_threatened)),
            label(HazardSiteKind, site.kind, language),
        )
        for site in sites
    ]
    derived = any(site.origin == "derived" for site in sites)
    title = say("sites.title_n", n=len(sites))
    note = say("sites.derived") if derived else None
    return card(title, *first_then_all(rows, say), note=note)


def _touched(part: float | None, say: Say) -> str:
    # Rounded to nothing it would read as if the place was spared.
    if part and part < LEAST_SHOWN:
        return say("history.touched_little")
    return say("history.touched", share=share(part))


def history(events: Sequence[HistoryCard], say: Say) -> Component | None:
    """
    List the past disasters of a place.

    Parameters
    ----------
    events
        Past disasters, newest first.
    say
        The texts.

    Returns
    -------
    Component or None
        Event and the part of the area it touched; None where nothing is known.
    """
    if not events:
        return None
    rows = [
        row(
            one.event,
            say("history.unseen", share=share(one.affected_share))
            if one.is_unseen
            else _touched(one.affected_share, say),
            say("history.made_up") if one.is_made_up else None,
        )
        for one in events
    ]
    return card(say("history.title"), *first_then_all(rows, say))


def enterprises(
    firms: Sequence[EnterpriseCard], language: Language, say: Say, *, is_delivered: bool
) -> Component:
    """
    List graded enterprises.

    Parameters
    ----------
    firms
        Enterprises, worst grade first.
    language
        The language.
    say
        The texts.
    is_delivered
        Whether the form of enterprises was delivered.

    Returns
    -------
    Component
        The list, or a sentence.
    """
    if not firms:
        empty = say("enterprises.none" if is_delivered else "card.not_delivered")
        return card(say("enterprises.title"), html.P(empty, className="empty"))
    rows = [
        row(firm.name, label(EnterpriseColour, firm.colour, language), firm.kind) for firm in firms
    ]
    return card(say("enterprises.title"), *first_then_all(rows, say))


def downloads(code: str, language: Language, say: Say, *, hazard: str | None = None) -> Component:
    """
    Offer the two printed sheets of a village.

    Parameters
    ----------
    code
        The village's code.
    language
        Language of the sheets.
    say
        The texts.
    hazard
        Hazard of the risk sheet, where it was chosen.

    Returns
    -------
    Component
        Two buttons; the evacuation sheet is the primary one.
    """
    asked = {"risk": f"&hazard={hazard}"} if hazard else {}
    buttons = [
        html.A(
            say(f"sheets.{kind}"),
            href=f"/village/{code}/{kind}.pdf?lang={language}{asked.get(kind, '')}",
            target="_blank",
            className=f"button {look}",
        )
        for kind, look in zip(SHEETS, ("button-primary", ""), strict=True)
    ]
    return html.Div(buttons, className="buttons")


def fault(title: str, *sentences: str) -> Component:
    """
    Say what is wrong, where, and what to do.

    Parameters
    ----------
    title
        What is wrong, short.
    *sentences
        The sentences.

    Returns
    -------
    Component
        Panel of a page that cannot be shown.
    """
    home = dcc.Link("首页 Home", href="/", className="button")
    return html.Div([html.H1(title), *map(html.P, sentences), home], className="headline fault")


def division_link(division: Any, language: Language) -> Component:
    """
    Link to a division's page.

    Parameters
    ----------
    division
        Anything with ``name``, ``level`` and ``code``.
    language
        Language that the link keeps.

    Returns
    -------
    Component
        The link.
    """
    return dcc.Link(division.name, href=link(division.level, division.code, language))
