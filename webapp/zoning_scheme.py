"""Say how the limits of a run were set, and its classes in the words of other departments."""

import tomllib
from collections.abc import Mapping
from typing import Any, Final

from census.store.cards import ZoningCard
from census.store.settings import data_folder
from geo.vocabulary import RiskLevel
from webapp.words import Language, count, speak

SCHEMES: Final = "class_schemes.toml"
METHODS: Final = ("natural_breaks", "quantile", "mean_sd", "fixed", "fewer_breaks")
_UNVERIFIED: Final = "待核"


def how_set(run: ZoningCard, language: Language) -> list[str]:
    """
    Say how the limits were set, from which run they come, and which classes are empty.

    Parameters
    ----------
    run
        The run.
    language
        Language of the page.

    Returns
    -------
    list of str
        Sentences.
    """
    say, scheme = speak(language), run.scheme
    multiples = ", ".join(f"{each:+g}" for each in scheme.get("sd_multiples", ()))
    told = [
        say(
            f"zoning_breaks.{scheme['method']}", units=count(scheme["base_units"]),
            level=say(f"zoning_level.{scheme['base_level']}"), multiples=multiples,
        )
    ]  # fmt: skip
    if base := scheme.get("base_run"):
        told.append(say("zoning.base_run", number=base["number"], date=base["data_date"]))
    empty = empty_classes(scheme)
    if empty:
        words = [RiskLevel.from_ordinal(each).label(language) for each in empty]
        told.append(say("zoning.empty_classes", classes=say("zoning.comma").join(words)))
    return told


def empty_classes(scheme: Mapping[str, Any]) -> list[int]:
    """
    List the classes that none of the units that set the limits has.

    Parameters
    ----------
    scheme
        Scheme of a run.

    Returns
    -------
    list of int
        Ordinals, ascending; none for a run that did not count them.
    """
    counted = scheme.get("class_units", [])
    return [ordinal for ordinal, units in enumerate(counted, start=1) if not units]


def limits_of(breaks: list[float], ordinal: int) -> str:
    """
    Write between which indices a class lies.

    Parameters
    ----------
    breaks
        Inner upper limits; of mean and standard deviation they may lie beyond 0 or 1.
    ordinal
        The class, 1 the lowest.

    Returns
    -------
    str
        Such as ``0.100 – 0.400``; a dash where no index from 0 to 1 lies in it.
    """
    ends = [0.0, *breaks, 1.0]
    low, high = ends[ordinal - 1], ends[ordinal]
    if ordinal > 1 and (high <= 0 or low >= 1):
        return "–"
    if ordinal == 1 and high < 0:
        return "–"
    return f"{max(low, 0.0):.3f} – {min(high, 1.0):.3f}"


def in_words_of_others(run: ZoningCard, language: Language) -> list[dict[str, Any]]:
    """
    Tell each class of a run in the words and colours of other departments; nothing of it is kept.

    Parameters
    ----------
    run
        The run.
    language
        Language of the page.

    Returns
    -------
    list of dict
        Of each department ``name``, ``cells`` (``word``, ``colour``; the highest class first),
        ``source`` and whether it ``is_verified``.
    """
    read = tomllib.loads((data_folder() / "reference" / SCHEMES).read_text(encoding="utf-8"))
    classes = range(len(run.scheme["breaks"]) + 1, 0, -1)
    told = []
    for scheme in read.values():
        places = [scheme["of_class"][ordinal - 1] - 1 for ordinal in classes]
        cells = [
            {"word": scheme[f"words_{language}"][at], "colour": scheme["colours"][at]}
            for at in places
        ]
        told.append(
            {
                "name": scheme[language], "cells": cells, "source": scheme["source"],
                "is_verified": scheme["check"] != _UNVERIFIED,
            }
        )  # fmt: skip
    return told
