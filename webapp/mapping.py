"""Turn the names of layers into the parts of the map: areas, marks, switches and their legend."""

import json
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any, Final

import dash_leaflet as dl
import dash_mantine_components as dmc
from dash import html
from dash.development.base_component import Component

from geo.vocabulary import EnterpriseColour, HazardSiteKind, HazardType, RiskLevel, ShelterKind
from webapp import ids, theme
from webapp.markup import element, label
from webapp.words import Language, Say

Bounds = tuple[float, float, float, float]

SWITCHED: Final = (
    "villages",
    "hazard_sites",
    "shelters",
    "routes",
    "assembly_points",
    "enterprises",
    "historical_disasters",
    "buildings",
)
FETCHED: Final = (
    "hazard_sites",
    "shelters",
    "assembly_points",
    "enterprises",
    "historical_disasters",
)
SHOWN_FIRST: Final = ("villages", "hazard_sites", "shelters", "routes")
MADE_HERE: Final = ("hazard_sites",)  # also derived by the program, so never missing
OF_THE_PLACE: Final = ("ring-casing", "ring", "routes-casing", "routes", "grid_units")
CLUSTER_BELOW_ZOOM: Final = 14
TILED: Final = ("buildings",)
MAY_BE_TILED: Final = ("hazard_sites", "enterprises")
MOST_FETCHED: Final = 5000  # features of a layer of marks; more come as tiles
MOST_SHAPES: Final = 1000  # of a layer of areas; more are drawn on a canvas


def script(name: str) -> dict[str, str]:
    """
    Point to a function of the map's scripts.

    Parameters
    ----------
    name
        Name of the function in ``webapp/assets``.

    Returns
    -------
    dict
        What dash-leaflet resolves in the browser.
    """
    return {"variable": f"riskatlas.{name}"}


def layer_urls(live: str) -> dict[str, str]:
    """
    Address the layers that are fetched when they are first switched on.

    Parameters
    ----------
    live
        Origin of the live process, such as ``http://127.0.0.1:8051``.

    Returns
    -------
    dict of str to str
        Layer name to address, in the order of ``FETCHED``.
    """
    return {name: f"{live}/features/{name}.geojson" for name in FETCHED}


def _area_words(language: Language, say: Say) -> dict[str, Any]:
    classes = {level.ordinal: say("map.class", word=level.label(language)) for level in RiskLevel}
    return {
        "classes": classes,
        "unknown": say("map.unknown"),
        "unsure": say("map.unsure"),
        "people": say("map.people", people="{people}"),
    }


def _area_hideout(language: Language, say: Say, *, is_crowded: bool) -> dict[str, Any]:
    styles = {
        level.ordinal: theme.risk_style(level) | {"share": theme.FILL_SHARE} for level in RiskLevel
    }
    return {
        "styles": styles,
        "unknownShare": theme.UNKNOWN_SHARE,
        "isCrowded": is_crowded,
        "words": _area_words(language, say),
    }


def _labels(kinds: Iterable[Any], language: Language) -> dict[str, str]:
    return {kind.value: kind.label(language) for kind in kinds}


def _layer(name: str, **options: Any) -> Component:
    pane = options.pop("pane", name)
    return element(dl.GeoJSON, id=ids.layer(name), pane=f"ra-{pane}", **options)


def _areas(
    live: str, villages: int, hazard: str | None, language: Language, say: Say
) -> list[Component]:
    asked = f"?hazard={hazard}" if hazard else ""

    def area(*, is_crowded: bool) -> dict[str, Any]:
        hideout = _area_hideout(language, say, is_crowded=is_crowded)
        return {"style": script("styleArea"), "hideout": hideout}

    return [
        _layer(
            "villages",
            url=f"{live}/features/villages.geojson{asked}",
            onEachFeature=script("nameVillage"),
            **area(is_crowded=villages > MOST_SHAPES),
        ),
        _layer("grid_units", onEachFeature=script("nameUnit"), **area(is_crowded=False)),
        _layer("towns", url=f"{live}/features/towns.geojson{asked}", style=script("styleTown")),
        _layer(
            "historical_disasters",
            style=script("stylePast"),
            onEachFeature=script("namePast"),
        ),
    ]


def _lines(say: Say) -> list[Component]:
    facts = ("people", "minutes", "length_m")
    words = {"words": {"route": say("map.route", **{name: f"{{{name}}}" for name in facts})}}
    route = {"pane": "routes", "onEachFeature": script("nameRoute"), "hideout": words}
    return [
        _layer("ring-casing", pane="ring", style=script("styleRingCasing")),
        _layer("ring", style=script("styleRing")),
        _layer("routes-casing", style=script("styleRouteCasing"), **route),
        _layer("routes", style=script("styleRoute"), **route),
    ]


def _crowded(script_name: str) -> dict[str, Any]:
    """Gather marks that stand close, each cluster drawn by a function of the scripts."""
    return {
        "cluster": True,
        "clusterToLayer": script(script_name),
        "zoomToBoundsOnClick": True,
        "superClusterOptions": {"radius": 80, "maxZoom": CLUSTER_BELOW_ZOOM},
    }


def _marks(language: Language, say: Say) -> list[Component]:
    capacity = say("map.capacity", capacity_people="{capacity_people}")
    shelters = {"kinds": _labels(ShelterKind, language), "facts": capacity}
    threatened = say("map.threatened", people_threatened="{people_threatened}")
    sites = {"kinds": _labels(HazardSiteKind, language), "facts": threatened}
    letters = _labels(EnterpriseColour, language)
    enterprises = {
        "kinds": {},
        "letters": {code: label[:1].upper() for code, label in letters.items()},
    }
    return [
        _layer(
            "hazard_sites",
            style=script("styleHazard"),
            onEachFeature=script("nameHazard"),
            pointToLayer=script("hazardSite"),
            hideout={"words": sites},
        ),
        _layer(
            "shelters",
            pointToLayer=script("shelter"),
            hideout={"words": shelters},
            **_crowded("clusterShelters"),
        ),
        _layer(
            "assembly_points",
            pointToLayer=script("assemblyPoint"),
            hideout={"words": {"kinds": {}}},
        ),
        _layer(
            "enterprises",
            pointToLayer=script("enterprise"),
            hideout={"words": enterprises},
            **_crowded("clusterEnterprises"),
        ),
    ]


def tiled(rows: Mapping[str, int]) -> list[str]:
    """
    Name the layers that come as tiles because a browser does not take them whole.

    Parameters
    ----------
    rows
        Layer to its number of rows, whoever they come from.

    Returns
    -------
    list of str
        Layer names.
    """
    many = [name for name in MAY_BE_TILED if rows.get(name, 0) > MOST_FETCHED]
    return [*TILED, *many]


def _tiled_words(language: Language, say: Say) -> str:
    names = (*TILED, *MAY_BE_TILED)
    said = {
        "shown": say("tiled.shown", layer="{layer}", n="{n}", of="{of}"),
        "squares": say("tiled.squares", layer="{layer}", of="{of}"),
        "names": {name: say(f"layer.{name}") for name in names},
        "unnamed": {name: say(f"unnamed.{name}") for name in names},
        "cell": say("tiled.cell", count="{count}"),
        "nothing": say("tiled.nothing"),
        "failed": say("tiled.failed"),
        "levels": say("tiled.levels", levels="{levels}"),
        "area": say("tiled.area", footprint_m2="{footprint_m2}"),
        "threatened": say("map.threatened", people_threatened="{people_threatened}"),
        "grades": _labels(EnterpriseColour, language),
    }
    return json.dumps(said, ensure_ascii=False)


def district_map(
    live: str,
    bounds: Bounds,
    villages: int,
    language: Language,
    say: Say,
    *,
    crowded: Collection[str] = TILED,
    zoned: Sequence[str] = (),
    hazard: str | None = None,
) -> Component:
    """
    Build the one map of the pages, all layers in place and empty until fetched.

    Parameters
    ----------
    live
        Origin of the live process.
    bounds
        Extent of the district, degrees: west, south, east, north.
    villages
        How many villages the district has.
    language
        Language of the tooltips.
    say
        The texts.
    crowded
        Layers that come as tiles.
    zoned
        Hazards that were zoned.
    hazard
        The one whose classes are shown; None before the first run.

    Returns
    -------
    Component
        The map in its frame.
    """
    west, south, east, north = bounds
    parts = [*_areas(live, villages, hazard, language, say), *_lines(say), *_marks(language, say)]
    chart = dl.Map(
        [
            *parts,
            dl.ZoomControl(position="topright"),
            dl.ScaleControl(position="bottomright", imperial=False),
        ],
        id=ids.MAP,
        # dash-leaflet fails with bounds alone; the script frames the place once it is known.
        center=[(south + north) / 2, (west + east) / 2],
        zoom=11,
        zoomSnap=0.5,
        minZoom=8,
        maxZoom=18,
        zoomControl=False,
        attributionControl=False,
        trackViewport=False,
        className="chart",
    )
    told = {
        "live": live,
        "bounds": ",".join(str(edge) for edge in bounds),
        "name": say("map.name"),
        "zoom-in": say("map.zoom_in"),
        "zoom-out": say("map.zoom_out"),
        "hazard": hazard or "",
        "hazards": " ".join(zoned),
        "tiled": " ".join(crowded),
        "tiled-words": _tiled_words(language, say),
    }
    marks = {f"data-{name}": text for name, text in told.items()}
    return element(html.Div, chart, className="map-frame", **marks)


def switches(delivered: Mapping[str, int], say: Say) -> Component:
    """
    Build the list of layers that can be switched on and off.

    Parameters
    ----------
    delivered
        Form to its number of rows.
    say
        The texts.

    Returns
    -------
    Component
        A check box per layer; a layer that was not delivered says so and cannot be switched.
    """
    there = {
        name: bool(delivered[name]) or name in MADE_HERE for name in SWITCHED if name in delivered
    }
    boxes = [_switch(name, is_there=there.get(name, True), say=say) for name in SWITCHED]
    group = dmc.CheckboxGroup(
        html.Div(boxes, className="switch-list"), id=ids.SWITCHES, value=list(SHOWN_FIRST)
    )
    title = html.Summary(say("map.layers"))
    return html.Details([title, group], className="switches", open=False)


def _switch(name: str, *, is_there: bool, say: Say) -> Component:
    label = say(f"layer.{name}")
    text = label if is_there else say("map.not_delivered", layer=label)
    return element(dmc.Checkbox, label=text, value=name, disabled=not is_there, size="md")


def _legend_row(swatch: str, text: str, layer: str, *, ordinal: str | None = None) -> Component:
    marks = {"data-legend-layer": layer}
    if ordinal is not None:
        marks["data-legend-class"] = ordinal
    sample = element(html.Span, className=f"swatch {swatch}", **{"aria-hidden": "true"})
    return element(html.Li, [sample, html.Span(text)], hidden=True, **marks)


def legend(
    present: Collection[int], language: Language, say: Say, *, hazard: str | None = None
) -> Component:
    """
    Build the legend; the map's script hides what is not visible.

    Parameters
    ----------
    present
        Ordinals of the risk classes that the scheme has.
    language
        Language of the class words.
    say
        The texts.
    hazard
        Hazard whose classes are shown; None where there is only one.

    Returns
    -------
    Component
        Class words beside colour and hatch, worst first, then the marks.
    """
    levels = [level for level in reversed(RiskLevel) if level.ordinal in present]
    rows = [
        _legend_row(
            f"swatch-risk-{level.ordinal}",
            say("map.class", word=level.label(language)),
            "villages",
            ordinal=str(level.ordinal),
        )
        for level in levels
    ]
    rows.append(_legend_row("swatch-unknown", say("map.unknown"), "villages", ordinal=""))
    rows.append(_legend_row("swatch-unsure", say("map.unsure"), "villages", ordinal="unsure"))
    for name in SWITCHED[1:]:
        rows.append(_legend_row(f"swatch-{name.replace('_', '-')}", say(f"legend.{name}"), name))
        if name == "shelters":
            rows.append(_legend_row("swatch-shelters-unusable", say("map.unusable"), name))
        if name == "historical_disasters":
            rows.append(_legend_row("swatch-not-surveyed", say("map.not_surveyed"), name))
    rows += [
        _legend_row(f"swatch-{name}", say(f"legend.{name}"), name) for name in ("ring", "edit")
    ]
    named = f" · {label(HazardType, hazard, language)}" if hazard else ""
    title = html.Summary(say("map.legend") + named)
    return html.Details([title, html.Ul(rows)], className="legend", open=True)
