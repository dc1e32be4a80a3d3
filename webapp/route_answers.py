"""Word what a browser is told of a route: findings, versions, and what a version changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

from census.store.reported_sites import local_minute
from census.store.routes import RouteHead, RouteVersion
from geo.vocabulary import HazardSiteKind, ReportKind
from webapp.markup import label
from webapp.words import Language, Say, catalogue, count, metres, speak

NOTICEABLE_M: Final = 1.0
NOTICEABLE_MIN: Final = 0.5
FIGURES: Final = ("length_m", "minutes", "hazard_m", "depth_max_m")


def finding(found: Mapping[str, Any], language: Language) -> dict[str, Any]:
    """
    Put a finding into words.

    Parameters
    ----------
    found
        ``code``, ``level``, ``at`` (longitude, latitude), ``metres``, ``people`` and ``facts``.
    language
        The language.

    Returns
    -------
    dict
        The same without facts, with ``sentence``.
    """
    code = str(found["code"])
    facts: dict[str, Any] = {str(key): value for key, value in (found.get("facts") or {}).items()}
    facts |= {"code": code, "metres": found.get("metres"), "people": count(found.get("people"))}
    # A check that is newer than the catalogue is told by its code rather than kept back.
    known = code if f"finding.{code}" in catalogue() else "other"
    if facts.get("named"):
        known = f"{code}_named"
    told = _written(facts, catalogue()[f"finding.{known}"][language], language)
    kept = {name: found.get(name) for name in ("code", "level", "at", "metres", "people")}
    say, more = speak(language), facts.get("more")
    sentence = say(f"finding.{known}", **told)
    if more:
        sentence = say("finding.and_more", sentence=sentence, more=count(more))
    return kept | {"sentence": sentence}


def _written(facts: Mapping[str, Any], sentence: str, language: Language) -> dict[str, str]:
    # Every fact that the sentence names is there, as words; one that the check left out is a dash.
    facts = {**facts, "named": _sites(facts, language)}
    named = {part.split("}")[0] for part in sentence.split("{")[1:]}
    return {name: _word(name, facts.get(name), language) for name in named}


def _sites(facts: Mapping[str, Any], language: Language) -> str:
    """Name the first few sites with their codes, and count the rest."""
    say, first = speak(language), facts.get("named") or []
    told = say("finding.site_mark").join(
        say("finding.site", code=code, name=name) for code, name in first
    )
    more = len(facts.get("sites") or first) - len(first)
    return say("finding.sites_more", sites=told, more=count(more)) if more > 0 else told


def _word(name: str, value: Any, language: Language) -> str:
    if value is None or value == "":
        return "–"
    if name == "kind":
        return label(HazardSiteKind, str(value), language)
    if name == "report_kind":
        return label(ReportKind, str(value), language)
    if name == "depth_m":
        return metres(float(value), digits=2)
    if name == "metres" or name.endswith("_m"):
        return metres(float(value), digits=0)
    return str(value)


def hazard_words(hazard: Mapping[str, float], language: Language) -> list[dict[str, Any]]:
    """
    Name the hazard classes that a line runs through.

    Parameters
    ----------
    hazard
        Metres by class.
    language
        The language.

    Returns
    -------
    list of dict
        ``word`` and ``metres``, most metres first.
    """
    rows = sorted(hazard.items(), key=lambda each: -each[1])
    return [
        {"word": label(HazardSiteKind, kind, language), "metres": value} for kind, value in rows
    ]


def version(made: RouteVersion, language: Language, timezone: str) -> dict[str, Any]:
    """
    Describe a version to a browser; account ids stay inside.

    Parameters
    ----------
    made
        The version.
    language
        Language of its words.
    timezone
        IANA zone that times are shown in.

    Returns
    -------
    dict
        Line, figures, findings in words, state.
    """
    names = (
        "version", "parent_version", "lines", "waypoints", "shelter_code", "shelter_name",
        "assembly_point_code", "off_road_reason", "note", "state", "reason", *FIGURES,
    )  # fmt: skip
    say = speak(language)
    return {name: getattr(made, name) for name in names} | {
        "hazard_words": hazard_words(made.hazard, language),
        "findings": [finding(each, language) for each in made.findings],
        "explanations": _reasons(made),
        "author_name": _origin(made.author_name, say),
        "made_at": moment(made.made_at, timezone),
        "state_word": say("state.untouched") if made.version == 0 else say(f"state.{made.state}"),
        "state_by": _origin(made.state_by, say) if made.state_by else None,
        "state_at": moment(made.state_at, timezone),
        "valid_from": made.valid_from.isoformat() if made.valid_from else None,
    }


def _reasons(made: RouteVersion) -> dict[str, str]:
    off_road = {"off_network": made.off_road_reason} if made.off_road_reason else {}
    return {**off_road, **made.explanations}


def _origin(name: str, say: Say) -> str:
    return say(f"origin.{name}") if name in {"planned", "delivered", "drawn"} else name


def moment(at: datetime | None, timezone: str) -> str | None:
    """
    Write a moment in the district's zone.

    Parameters
    ----------
    at
        The moment, with its zone.
    timezone
        IANA zone.

    Returns
    -------
    str or None
        Day, hour and minute; None for None.
    """
    return local_minute(at, timezone) if at else None


def changes(new: RouteVersion, old: RouteVersion | None, language: Language) -> list[str]:
    """
    Say in words what a version changes against the one shown to people.

    Parameters
    ----------
    new
        The version.
    old
        The version it would replace; None where there is none.
    language
        The language.

    Returns
    -------
    list of str
        One sentence each for length, time, hazard and shelter.
    """
    say = speak(language)
    if old is None and new.version == 0:
        return [say("change.first")]
    if old is None:
        told = proposal(new.length_m, new.minutes, new.hazard_m, new.shelter_name, language)
        return [say("change.new", words=told)]
    sentences = [_longer(new, old, say)]
    before, after = old.minutes, new.minutes
    if before is not None and after is not None and abs(after - before) >= NOTICEABLE_MIN:
        sentences.append(say("change.minutes", before=f"{before:.0f}", after=f"{after:.0f}"))
    wet = {"before": metres(old.hazard_m, digits=0), "after": metres(new.hazard_m, digits=0)}
    is_same = wet["before"] == wet["after"]
    sentences.append(say("change.same_hazard" if is_same else "change.hazard", **wet))
    names = {"before": old.shelter_name or "–", "after": new.shelter_name or "–"}
    is_same = old.shelter_code == new.shelter_code
    sentences.append(say("change.same_shelter" if is_same else "change.shelter", **names))
    return [sentence for sentence in sentences if sentence]


def _longer(new: RouteVersion, old: RouteVersion, say: Say) -> str:
    if new.length_m is None or old.length_m is None:
        return say("change.length", after=metres(new.length_m, digits=0))
    more = new.length_m - old.length_m
    facts = {"by": metres(abs(more), digits=0), "after": metres(new.length_m, digits=0)}
    if abs(more) < NOTICEABLE_M:
        return say("change.same_length", after=facts["after"])
    return say("change.longer" if more > 0 else "change.shorter", **facts)


def head(route: RouteHead) -> dict[str, Any]:
    """
    Describe a route to a browser.

    Parameters
    ----------
    route
        The route.

    Returns
    -------
    dict
        Its fields.
    """
    return {name: getattr(route, name) for name in RouteHead.__dataclass_fields__}


def published(
    reissue: Sequence[tuple[str, str]],
    tell: Sequence[tuple[str, str, str]],
    names: Mapping[str, str],
    language: Language,
) -> dict[str, Any]:
    """
    Say what a publication asks of people.

    Parameters
    ----------
    reissue
        Village code and kind of each sheet.
    tell
        Division code, post and role of each post.
    names
        Names of divisions by code.
    language
        The language.

    Returns
    -------
    dict
        ``reissue`` and ``tell``, lists of sentences.
    """
    say = speak(language)
    sheets = [say(f"sheet.{kind}", name=names.get(code, code)) for code, kind in reissue]
    roles = {"primary": say("role.primary"), "deputy": say("role.deputy")}
    posts = [
        " · ".join((names.get(code, code), post, roles.get(role, role)))
        for code, post, role in tell
    ]
    return {"reissue": sheets, "tell": posts}


def proposal(
    length_m: float | None,
    minutes: float | None,
    hazard_m: float | None,
    shelter_name: str | None,
    language: Language,
) -> str:
    """
    Say what a proposed line costs.

    Parameters
    ----------
    length_m
        Length, metres.
    minutes
        Walking time.
    hazard_m
        Metres in hazard.
    shelter_name
        Where it leads.
    language
        The language.

    Returns
    -------
    str
        One line of words.
    """
    return speak(language)(
        "proposal.words",
        length=metres(length_m, digits=0),
        minutes=count(minutes),
        hazard=metres(hazard_m, digits=0),
        shelter=shelter_name or "–",
    )


def with_reported(words: str, findings: Sequence[Mapping[str, Any]], language: Language) -> str:
    """
    Say of a proposed line which reported sites it runs through.

    Parameters
    ----------
    words
        What it costs.
    findings
        What the checks found of it.
    language
        The language.

    Returns
    -------
    str
        The words, with sites and metres where there are any.
    """
    met = [each for each in findings if each["code"] == "reported_site"]
    if not met:
        return words
    say = speak(language)
    sites = say("finding.site_mark").join(str(each["facts"]["site"]) for each in met)
    inside = metres(sum(each["metres"] for each in met), digits=0)
    return say("proposal.through", words=words, sites=sites, metres=inside)


def why_no_more(reason: str | None, language: Language) -> str | None:
    """
    Say why fewer ways are proposed than were wanted.

    Parameters
    ----------
    reason
        Code of the reason; None where there are enough.
    language
        The language.

    Returns
    -------
    str or None
        A sentence; None where there are enough.
    """
    if reason is None:
        return None
    known = reason if f"no_way.{reason}" in catalogue() else "no_way"
    return speak(language)(f"no_way.{known}")
