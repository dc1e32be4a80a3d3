"""Say where the figures of a risk card come from: how depths were made, and from which layers."""

from dash import html
from dash.development.base_component import Component

from census.store.cards import RiskCard
from webapp.origin_words import depth_sentence, layer_word
from webapp.words import Language, Say


def notes(risk: RiskCard, language: Language, say: Say) -> list[Component]:
    """
    Tell where the figures of a risk card come from.

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
    list of Component
        How the depths were made, where the program made them; and the layers that the sentences
        stand on, each linked to what the run tells of it. Nothing for a run that kept neither.
    """
    sentence = depth_sentence(risk.depth, language, say)
    found = [html.P(sentence, className="note")] if sentence else []
    return [*found, *([_sources(risk, language, say)] if risk.sources else [])]


def _sources(risk: RiskCard, language: Language, say: Say) -> Component:
    providers = {told["provider"] for told in risk.sources.values()}
    key = "why.source" if len(providers) == 1 else "why.source_of"
    parts: list[Component | str] = []
    for name, told in risk.sources.items():
        layer = layer_word(name, language)
        said = say(key, layer=layer, date=told["data_date"], provider=told["provider"])
        parts += [html.A(said, href=f"/zonings/{risk.number}#input-{name}"), " · "]
    parts = parts[:-1]
    if len(providers) == 1:
        parts += [" · ", say("why.provider", provider=next(iter(providers)))]
    return html.P([f"{say('why.sources')} ", *parts], className="note sources")
