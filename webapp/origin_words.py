"""Name the layers that figures come from, and say how computed depths were made."""

from collections.abc import Mapping
from typing import Any, Final

from census.intake.forms import forms
from webapp.words import Language, Say, speak

COMPUTED: Final = ("storm_surge_depth", "pluvial_depth")


def layer_word(name: str, language: Language) -> str:
    """
    Name a layer or a raster.

    Parameters
    ----------
    name
        Name of a form or of a stored raster, such as ``people`` or ``flood_depth_T100``.
    language
        The language.

    Returns
    -------
    str
        Its words; the name itself where it has none.
    """
    say = speak(language)
    kind, _, years = name.partition("_T")
    words = {form.name: form.label_zh if language == "zh" else form.label_en for form in forms()}
    words |= {each: say(f"raster.{each}") for each in COMPUTED}
    word = words.get(kind, kind)
    return say("raster.of_years", layer=word, years=years) if years else word


def depth_sentence(depth: Mapping[str, Any], language: Language, say: Say) -> str:
    """
    Say how depths that the program computed were made, and what they leave out.

    Parameters
    ----------
    depth
        What the run's summary tells of its depths; empty for delivered ones.
    language
        The language.
    say
        The texts.

    Returns
    -------
    str
        Rung, return period and limits; empty for delivered depths.
    """
    if not depth:
        return ""
    years = depth.get("return_period_years")
    return say(
        "why.depth",
        rung=say(f"rung.{depth.get('rung') or 'unsaid'}"),
        years="–" if years is None else f"{years:g}",
        limits=depth.get(f"limits_{language}", ""),
    )
