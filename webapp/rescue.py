"""Turn a place's part of the evacuation plan into cards: who moves, where, how, who leads."""

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from census.products.relief import needs_for, relief_rules
from census.store.cards import DemandCard, DutyCard, RouteCard, ShelterCard
from geo.vocabulary import CapacitySource, DutyRole, ShelterKind, UnservedReason, UnusableReason
from webapp.markup import card, element, facts, first_then_all, label, row
from webapp.words import Language, Say, count, metres


def demand(totals: DemandCard | None, language: Language, say: Say) -> Component:
    """
    Show how many must move and how many have a place.

    Parameters
    ----------
    totals
        Demand of a place: people, demand, served, unserved; None before the first plan.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component
        A bar of served and unserved, and the figures.
    """
    if totals is None:
        return card(say("demand.title"), html.P(say("demand.none"), className="empty"))
    part = totals.served_people / totals.demand_people if totals.demand_people else 1.0
    bar = element(
        html.Div,
        html.Span(style={"width": f"{part:.1%}"}),
        className="share-bar",
        **{"aria-hidden": "true"},
    )
    rows = [
        (say("demand.people"), count(totals.people)),
        (say("demand.demand"), count(totals.demand_people)),
        (say("demand.served"), count(totals.served_people)),
        (say("demand.unserved"), count(totals.unserved_people)),
    ]
    rows += [
        (say("demand.of_them", reason=label(UnservedReason, reason, language)), count(people))
        for reason, people in totals.reasons.items()
    ]
    return card(
        say("demand.title"),
        bar if totals.demand_people else None,
        facts(rows),
        note=say("demand.note"),
    )


def needs(people: int, language: Language, say: Say) -> Component | None:
    """
    Show what people who must move need where they stay.

    Parameters
    ----------
    people
        How many.
    language
        The language.
    say
        The texts.

    Returns
    -------
    Component | None
        Amounts with units and the edition of the table; None for nobody.
    """
    if not people:
        return None
    rules = relief_rules()
    note = say("needs.note", edition=rules["edition"], source=rules[f"source_{language}"])
    return card(
        say("needs.title", people=count(people)), facts(_amounts(people, language)), note=note
    )


def _amounts(people: int, language: Language) -> list[tuple[str, str]]:
    return [
        (each.label_zh, f"{count(each.amount)} {each.unit_zh}")
        if language == "zh"
        else (each.label_en, f"{count(each.amount)} {each.unit_en}".strip())
        for each in needs_for(people)
    ]


def _needed(people: int, language: Language) -> str:
    told = [" ".join(each) for each in _amounts(people, language)]
    return ("、" if language == "zh" else ", ").join(told)


def _shelter(shelter: ShelterCard, language: Language, say: Say) -> Component:
    load = shelter.load_people or 0
    figure = say("shelters.load", load=count(load), capacity=count(shelter.capacity_people))
    source = label(CapacitySource, shelter.capacity_source, language)
    note = shelter.capacity_note_zh if language == "zh" else shelter.capacity_note_en
    kind = label(ShelterKind, shelter.kind, language)
    needed = say("needs.of_shelter", needs=_needed(load, language)) if load else None
    return row(shelter.name, figure, " · ".join(filter(None, (kind, source, note, needed))))


def shelters(
    places: Sequence[ShelterCard], language: Language, say: Say, *, is_delivered: bool
) -> Component:
    """
    List the shelters of a place with capacity and load, and those that cannot be used.

    Parameters
    ----------
    places
        Shelters.
    language
        The language.
    say
        The texts.
    is_delivered
        Whether the district has any shelter at all.

    Returns
    -------
    Component
        Usable ones first, then the unusable with the reason.
    """
    if not places:
        empty = say("shelters.none" if is_delivered else "card.not_delivered")
        return card(say("shelters.title"), html.P(empty, className="empty"))
    usable = [place for place in places if place.usable]
    broken = [place for place in places if not place.usable]
    parts = first_then_all([_shelter(place, language, say) for place in usable], say)
    if broken:
        rows = [
            row(place.name, "", label(UnusableReason, place.unusable_reason, language))
            for place in broken
        ]
        parts += [html.H3(say("shelters.unusable", n=len(broken))), *first_then_all(rows, say)]
    title = say("shelters.title_n", n=len(places), usable=len(usable))
    return card(title, *parts, note=say("shelters.note"))


def routes(
    ways: Sequence[RouteCard], say: Say, blocked: Mapping[str, list[Component]]
) -> Component:
    """
    List the routes of a place, one per group of households and shelter.

    Parameters
    ----------
    ways
        Routes.
    say
        The texts.
    blocked
        What is warned of on a route, by its code.

    Returns
    -------
    Component
        From and to, people, length, minutes and metres through the hazard; blocked ones first.
    """
    if not ways:
        return card(say("routes.title"), html.P(say("routes.none"), className="empty"))
    rows = [
        row(
            say("routes.from_to", unit=way.unit_name, shelter=way.shelter_name),
            say("card.people", people=count(way.people)),
            say(
                "routes.detail",
                length=metres(way.length_m, digits=0),
                minutes=count(way.minutes),
                hazard=metres(way.hazard_m, digits=0),
            ),
            *blocked.get(way.code, []),
        )
        for way in sorted(ways, key=lambda way: way.code not in blocked)
    ]
    return card(say("routes.title_n", n=len(ways)), *first_then_all(rows, say))


def duties(
    posts: Sequence[DutyCard], language: Language, say: Say, *, is_delivered: bool
) -> Component:
    """
    List who is responsible, by post and never by name.

    Parameters
    ----------
    posts
        Duties in order.
    language
        The language.
    say
        The texts.
    is_delivered
        Whether the form of duties was delivered.

    Returns
    -------
    Component
        Post, role and task, or a sentence.
    """
    if not posts:
        empty = say("duties.none" if is_delivered else "card.not_delivered")
        return card(say("duties.title"), html.P(empty, className="empty"))
    rows = [row(post.post, label(DutyRole, post.role, language), post.task) for post in posts]
    return card(say("duties.title"), *first_then_all(rows, say), note=say("duties.note"))
