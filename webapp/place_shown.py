"""Say which place an address speaks of: what the map frames, and the names above it."""

from collections.abc import Callable, Sequence
from typing import Any

from census.errors import UnknownDivisionError
from census.store import pages
from census.store.cards import DivisionCard
from census.store.database import District, Store
from census.store.new_routes import village_of
from census.store.routes import route_place
from webapp import mapping, session
from webapp.links import Spot, link
from webapp.words import Language, speak


def district_name(district: District, language: Language) -> str:
    """
    Name the district.

    Parameters
    ----------
    district
        The district.
    language
        The language.

    Returns
    -------
    str
        Its name in that language.
    """
    return str(district.name_zh if language == "zh" else district.name_en)


def extent(divisions: Sequence[DivisionCard]) -> mapping.Bounds:
    """
    Frame divisions together.

    Parameters
    ----------
    divisions
        Cards with ``bounds`` (west, south, east, north), degrees; at least one.

    Returns
    -------
    tuple of float
        West, south, east, north.
    """
    # One without an outline would frame the whole district.
    drawn = [card for card in divisions if card.has_outline] or divisions
    west, south, east, north = zip(*(card.bounds for card in drawn), strict=True)
    return (min(west), min(south), max(east), max(north))


def _division_at(store: Store, at: Spot | None) -> DivisionCard | None:
    if at is None or at.level == "district":
        return None
    try:
        return pages.division(store, at.code)
    except UnknownDivisionError:
        # The panel says so; the map shows the district.
        return None


def place_of(store: Store, at: Spot | None, language: Language) -> dict[str, Any]:
    """
    Describe the place of a page for the map, with the names above it.

    Parameters
    ----------
    store
        The district's store.
    at
        What the address points to; where nothing is, the district stands in.
    language
        Language of the names.

    Returns
    -------
    dict
        ``level``, ``code``, ``bounds``, ``filled`` (the village drawn by its groups), ``steps``
        (name and link per level), and ``is_desk`` where the map shows all routes.
    """
    district = pages.district(store)
    steps = [(district_name(district, language), link("district", "", language))]
    if at is not None and at.level in {"desk", "route"}:
        steps.append((speak(language)("desk.name"), link("desk", "", language)))
        return _place_of_route(store, at, steps, language)
    if at is not None and at.level == "reports":
        steps.append((speak(language)("reports.name"), link("reports", "", language)))
        at = None
    card = _division_at(store, at)
    if at is None or card is None:
        return {
            "level": "district",
            "code": district.code,
            "bounds": extent(pages.towns(store)),
            "filled": None,
            "steps": steps,
        }
    if at.level == "village":
        steps.append((card.town_name or "–", link("town", card.town_code, language)))
    steps.append((card.name, link(at.level, card.code, language)))
    return {
        "level": at.level,
        "code": card.code,
        "bounds": card.bounds,
        "filled": card.code if at.level == "village" else None,
        "steps": steps,
    }


def tab_title(store: Store, level: str) -> Callable[..., str]:
    """
    Name the pages of a level for the tabs of a browser.

    Parameters
    ----------
    store
        The district's store, as the public may read it.
    level
        Level of the pages.

    Returns
    -------
    Callable
        From the code of a page to its name and that of the product.
    """

    def title(code: str = "", **_query: str) -> str:
        language = session.language()
        name, _ = place_of(store, Spot(level, code), language)["steps"][-1]
        return f"{name} · {speak(language)('shell.name')}"

    return title


def _place_of_route(
    store: Store, at: Spot, steps: list[tuple[str, str]], language: Language
) -> dict[str, Any]:
    place = {"code": at.code, "bounds": extent(pages.towns(store)), "filled": None, "steps": steps}
    if at.level == "desk":
        return {**place, "level": "district", "is_desk": True}
    found = route_place(store, at.code)
    if found is None:
        return _place_of_new(store, at, place, language)
    steps.append((found.name, link("route", at.code, language)))
    return {**place, "level": "route", "village": found.village_code, "bounds": found.bounds}


def _place_of_new(
    store: Store, at: Spot, place: dict[str, Any], language: Language
) -> dict[str, Any]:
    """Show the village that the code of a new route names, whether there is such a route or not."""
    village = _division_at(store, Spot("village", village_of(at.code) or ""))
    if village is None:
        return {**place, "level": "district"}
    place["steps"].append((at.code, link("route", at.code, language)))
    return {**place, "level": "route", "village": village.code, "bounds": village.bounds}
