"""Build the blocks of which every panel is made: headline, card, figures, rows."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Final

from dash import html
from dash.development.base_component import Component

from geo.vocabulary import Term
from webapp.words import Language, Say

FIRST_ROWS: Final = 6


def element(kind: Callable[..., Component], *children: Any, **properties: Any) -> Component:
    """
    Build an element with attributes whose names hold a dash, such as ``aria-hidden``.

    Parameters
    ----------
    kind
        Component class, such as ``html.Span``.
    *children
        What stands in it.
    **properties
        Properties and attributes.

    Returns
    -------
    Component
        The element.
    """
    return kind(*children, **properties)


def headline(question: str, number: str, unit: str, sentence: str) -> Component:
    """
    Ask the page's one question and answer it as a number and a sentence.

    Parameters
    ----------
    question
        Title of the page.
    number
        The answer.
    unit
        What the number counts.
    sentence
        The answer in words.

    Returns
    -------
    Component
        Head of the panel.
    """
    answer = [html.Span(number, className="number"), html.Span(unit, className="unit")]
    return html.Div(
        [html.H1(question), html.P(answer, className="answer"), html.P(sentence)],
        className="headline",
    )


def card(title: str, *parts: Component | str | None, note: str | None = None) -> Component:
    """
    Frame parts under a title.

    Parameters
    ----------
    title
        Heading of the card.
    *parts
        What stands in it; None is left out.
    note
        Small print below: where the figures come from.

    Returns
    -------
    Component
        The card.
    """
    small = [html.P(note, className="note")] if note else []
    return html.Section(
        [html.H2(title), *(part for part in parts if part), *small], className="card"
    )


def facts(rows: Iterable[tuple[str, str]]) -> Component:
    """
    List names with their figures.

    Parameters
    ----------
    rows
        Name and figure.

    Returns
    -------
    Component
        A definition list, figures aligned.
    """
    parts = [html.Div([html.Dt(name), html.Dd(figure)]) for name, figure in rows]
    return html.Dl(parts, className="facts")


def label(kind: type[Term], code: str | None, language: Language) -> str:
    """
    Word a stored code.

    Parameters
    ----------
    kind
        The vocabulary it belongs to.
    code
        The stored code, or None.
    language
        The language.

    Returns
    -------
    str
        The label; the code itself where the vocabulary does not know it.
    """
    known = {term.value: term for term in kind}
    return known[code].label(language) if code in known else (code or "–")


def first_then_all(rows: Sequence[Component], say: Say) -> list[Component]:
    """
    Show the first rows and fold the rest away.

    Parameters
    ----------
    rows
        The rows.
    say
        The texts.

    Returns
    -------
    list of Component
        A list, and a folded one that says how many more there are.
    """
    first, rest = list(rows[:FIRST_ROWS]), list(rows[FIRST_ROWS:])
    if not rest:
        return [html.Ul(first, className="rows")]
    more = html.Details(
        [html.Summary(say("card.more", rest=len(rest))), html.Ul(rest, className="rows")]
    )
    return [html.Ul(first, className="rows"), more]


def row(
    name: Component | str, figure: str, detail: str | None = None, *below: Component
) -> Component:
    """
    Write one row of a list.

    Parameters
    ----------
    name
        What it is.
    figure
        Its figure.
    detail
        A second, muted line.
    *below
        What stands below both.

    Returns
    -------
    Component
        The row.
    """
    line = html.Div([html.Span(name), html.Span(figure, className="figure")], className="row-line")
    second = [html.Div(detail, className="detail")] if detail else []
    return html.Li([line, *second, *below])
