"""Turn the figures of a whole town or district into sentences, rankings and the zoning's scores."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from census.store.cards import DemandCard, DivisionCard, RiskCard, ZoningCard
from census.store.rankings import RankedDivision
from geo.vocabulary import UnvalidatedReason
from webapp.cards import division_link, pill
from webapp.codes_alone import sentences
from webapp.markup import card, facts, label
from webapp.origin_words import depth_sentence
from webapp.words import Language, Say, count, share
from webapp.zoning_facts import OWN, RIVALS, SCORES

RANKED: Final = {
    "people": "people", "demand": "demand_people", "unserved": "unserved_people",
}  # fmt: skip
"""Columns beside the name, and what of a division stands in each."""
RANKED_WITHOUT_PLAN: Final = {"people": "people", "deep": "people_in_hazard"}
# What a zoning cannot do without.
ZONED_FROM: Final = ("people", "flood_depth")
FORMS: Final = (
    "people",
    "buildings",
    "roads",
    "water",
    "hazard_sites",
    "shelters",
    "evacuation_routes",
    "assembly_points",
    "enterprises",
    "duties",
    "historical_disasters",
)


def place_sentence(
    division: DivisionCard, totals: DemandCard | None, risk: RiskCard | None, say: Say
) -> str:
    """
    Say in a sentence how many live here, must move and have no place.

    Parameters
    ----------
    division
        The division's card.
    totals
        Its demand; None before the first plan of the hazard.
    risk
        Its risk card, which counts who lives in deep water without a plan too; None before the
        first zoning.
    say
        The texts.

    Returns
    -------
    str
        The sentence.
    """
    if totals is None and risk is not None and risk.people_in_hazard is not None:
        if not round(risk.people_in_hazard):
            return say("place.nobody", people=count(division.people))
        deep = count(risk.people_in_hazard)
        return say("place.deep", people=count(division.people), deep=deep)
    if totals is None:
        return say("place.people", people=count(division.people))
    if not totals.demand_people:
        return say("place.nobody", people=count(totals.people))
    return say(
        "place.demand" if totals.unserved_people else "place.all_served",
        people=count(totals.people),
        demand=count(totals.demand_people),
        unserved=count(totals.unserved_people),
    )


def district_sentence(
    worst: Sequence[RankedDivision], totals: DemandCard | None, zoning: ZoningCard, say: Say
) -> str:
    """
    Say in a sentence where the risk is high and how many live in deep water.

    Parameters
    ----------
    worst
        Villages of the two highest classes.
    totals
        Demand of the district; None before the first plan of the hazard.
    zoning
        The current run, which counts who lives in deep water without a plan too.
    say
        The texts.

    Returns
    -------
    str
        The sentence.
    """
    people = count(sum(one.people or 0 for one in worst))
    if totals is None:
        deep = count(zoning.summary.get("people_in_hazard"))
        return say("district.people", people=people, deep=deep)
    return say("district.demand", people=people, demand=count(totals.demand_people))


def meaning(zoning: ZoningCard, language: Language, say: Say) -> Component:
    """
    Say what classes and deep water mean in a run, and of which water it speaks.

    Parameters
    ----------
    zoning
        The current run.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        Classes are relative, the depth that is too deep, and how computed depths were made.
    """
    deep_m = zoning.parameters["depth"]["evacuate_depth_m"]
    water = depth_sentence(zoning.summary.get("depth", {}), language, say)
    parts = [say("district.relative"), say("district.deep", depth=f"{deep_m:g}"), water]
    return html.Div([html.P(each) for each in parts if each], className="meaning")


def not_zoned(say: Say, *, delivered: Mapping[str, object], is_run: bool = False) -> Component:
    """
    Say that no zoning has been made yet, or that it left a division out.

    Parameters
    ----------
    say
        The texts.
    delivered
        Form to its number of rows.
    is_run
        Whether there is a zoning run.

    Returns
    -------
    Component
        The card; where nothing can be zoned it says what is missing, not what to type.
    """
    lacking = [say(f"form.{name}") for name in ZONED_FROM if not delivered.get(name)]
    if lacking and not is_run:
        sentence = say("why.lacks", forms="、".join(lacking))
    else:
        sentence = say("why.left_out" if is_run else "why.none")
    return card(say("why.title"), html.P(sentence, className="empty"))


def partial(division: DivisionCard, say: Say) -> Component | None:
    """
    Mark totals of a division whose parts do not cover it whole.

    Parameters
    ----------
    division
        The division's card.
    say
        The texts.

    Returns
    -------
    Component or None
        The mark; None where the parts cover the division.
    """
    if division.covered_share >= 0.995:  # noqa: PLR2004  (rounds to 100 %)
        return None
    sentence = say("town.partial", share=share(division.covered_share))
    return html.P(sentence, className="partial")


def ranking(
    title: str, ranked: Sequence[RankedDivision], language: Language, say: Say
) -> Component:
    """
    Rank divisions by class, worst first, with their figures.

    Parameters
    ----------
    title
        Heading.
    ranked
        The divisions in order.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        The table; without a plan it counts those in deep water instead of those who must move.
    """
    is_planned = any(one.demand_people is not None for one in ranked)
    columns = RANKED if is_planned else RANKED_WITHOUT_PLAN
    head = html.Tr([html.Th(say(f"ranking.{name}"), scope="col") for name in ("name", *columns)])
    rows = [
        html.Tr(
            [
                html.Td([division_link(one, language), pill(one.risk_class, language, say)]),
                *(html.Td(count(getattr(one, figure))) for figure in columns.values()),
            ]
        )
        for one in ranked
    ]
    return card(title, html.Table([html.Thead(head), html.Tbody(rows)], className="ranking"))


def validation(zoning: ZoningCard, language: Language, say: Say) -> Component:
    """
    Show how the zoning scores against past events, beside its simplest rivals.

    Parameters
    ----------
    zoning
        The current run, with ``validation``.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        Table of scores; a sentence where there is nothing to compare with.
    """
    title, scores = say("validation.title"), zoning.validation or {}
    report = html.P(html.A(say("zoning.report"), href=f"/zonings/{zoning.number}"))
    doubtful = zoning.summary.get("unsure", {}).get("village")
    unsure = [] if doubtful is None else [(say("validation.unsure"), count(doubtful))]
    if not scores.get("is_validated"):
        reason = label(
            UnvalidatedReason, scores.get("reason", UnvalidatedReason.NO_EVENT.value), language
        )
        told = html.P(reason, className="empty")
        return card(title, told, facts(unsure) if unsure else None, report)
    made_up = html.P(say("validation.made_up"), className="partial")
    left_out = scores.get("unseen_units")
    unseen = [(say("validation.unseen"), count(left_out))] if left_out else []
    base = [
        (say("validation.events"), "、".join(scores["events"])),
        (say("validation.n"), count(scores["n"])),
        *unseen,
        (say("validation.base_rate"), share(scores["base_rate"])),
        *unsure,
    ]
    return card(
        title,
        made_up if scores["is_made_up"] else None,
        _score_table(scores, say),
        facts(base),
        report,
        note=say("validation.note"),
    )


def _score_table(scores: Mapping[str, Any], say: Say) -> Component:
    columns = {OWN: scores} | {rival: scores.get(rival, {}) for rival in RIVALS}
    head = [html.Th(say(f"validation.{name}"), scope="col") for name in columns]
    rows = [
        html.Tr(
            [
                html.Th(say(f"validation.{score}"), scope="row"),
                *(html.Td(_score(column.get(score))) for column in columns.values()),
            ]
        )
        for score in SCORES
    ]
    parts = [html.Thead(html.Tr([html.Th(), *head])), html.Tbody(rows)]
    return html.Table(parts, className="ranking scores")


def _score(value: float | None) -> str:
    return "–" if value is None else f"{value:.2f}"


def codes_alone(say: Say) -> Component:
    """
    Say what a district of codes without outlines can do and cannot.

    Parameters
    ----------
    say
        The texts.

    Returns
    -------
    Component
        The card.
    """
    return card(say("codes.title"), *(html.P(told) for told in sentences(say)))


def missing_forms(delivered: Mapping[str, object], say: Say) -> Component | None:
    """
    Name the forms that nobody has delivered.

    Parameters
    ----------
    delivered
        Form to its number of rows.
    say
        The texts.

    Returns
    -------
    Component or None
        The card; None where every form was delivered.
    """
    missing = [say(f"form.{name}") for name in FORMS if not delivered.get(name)]
    if not missing:
        return None
    return card(say("card.not_delivered"), html.P("、".join(missing), className="empty"))
