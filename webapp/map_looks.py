"""The look of the map for a GIS: each layer in the colours, hatches and words of the pages."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from census.intake.forms import form_named, forms
from census.products.qgis_styles import Look, LookClass
from geo.vocabulary import EnterpriseColour, RiskLevel, RoadClass
from webapp.theme import (
    BASE,
    ENTERPRISES,
    FILL_SHARE,
    INK,
    MARKS,
    MUTED,
    PAPER,
    PATTERNS,
    RISK,
    ROUTES,
    UNKNOWN,
    darkened,
)

_OTHERS: Final = "其他 others"
_PALE: Final = 0.05


def look_of(layer: str) -> Look | None:
    """
    Tell how a GIS draws a layer.

    Parameters
    ----------
    layer
        Name of a layer of rows.

    Returns
    -------
    Look or None
        None for a layer without shapes.
    """
    if layer == "risk_zones":
        return Look("风险区划 risk zones", "risk_class", _risk(), {})
    if layer == "risk_areas":
        return Look("风险连片区域 risk areas", "risk_class", _risk(), {})
    form = next((each for each in forms() if each.name == layer), None)
    if form is None or form.geometry in {"none", "raster"}:
        return None
    field, classes = _LOOKS.get(layer, _plain)(layer)
    aliases = {each.name: each.heading for each in form.fields}
    mark = _MARKS.get(layer, "circle")
    return Look(f"{form.label_zh} {form.label_en}", field, classes, aliases, mark)


def _others(fill: str = UNKNOWN, line: str = MUTED, **how: float) -> LookClass:
    return LookClass(None, _OTHERS, fill, line, **how)  # type: ignore[arg-type]


def _risk() -> tuple[LookClass, ...]:
    shown = [
        LookClass(
            str(level.ordinal), f"{level.zh} {level.en}", RISK[level], darkened(RISK[level]),
            FILL_SHARE, PATTERNS[level].angles_deg, PATTERNS[level].gap_px,
        )
        for level in reversed(RiskLevel)
    ]  # fmt: skip
    unknown = LookClass(None, "未评估 not assessed", UNKNOWN, MUTED, FILL_SHARE)
    return (*shown, unknown)


def _words(layer: str, field: str) -> Mapping[str, str]:
    codes = form_named(layer).field(field).codes
    return {each.code: f"{each.zh} {each.en}" for each in codes}


Classed = tuple[str, tuple[LookClass, ...]]


def _divisions(layer: str) -> Classed:
    lines = {
        "town": (BASE["town-line"], 2.0),
        "village": (BASE["village-line"], 1.0),
        "grid_unit": (BASE["village-line"], 0.5),
    }
    words = _words(layer, "level")
    shown = [
        LookClass(level, words[level], BASE["land"], line, 0.0, width_px=width)
        for level, (line, width) in lines.items()
    ]
    return "level", (*shown, _others(BASE["land"], fill_share=0.0))


def _water(layer: str) -> Classed:
    fills = {"sea": BASE["sea"]}
    shown = [
        LookClass(kind, word, fills.get(kind, BASE["water"]), BASE["bank"])
        for kind, word in _words(layer, "kind").items()
    ]
    return "kind", (*shown, _others(BASE["water"], BASE["bank"]))


def _roads(layer: str) -> Classed:
    widths = dict(zip(RoadClass, (4.0, 3.2, 2.4, 1.6, 1.0), strict=True))
    words = _words(layer, "class")
    shown = [
        LookClass(kind.value, words[kind.value], BASE["road"], BASE["town-line"], width_px=width)
        for kind, width in widths.items()
    ]
    return "class", (*shown, _others(line=BASE["town-line"]))


def _enterprises(layer: str) -> Classed:
    words = _words(layer, "colour")
    shown = [
        LookClass(colour.value, words[colour.value], ENTERPRISES[colour], PAPER)
        for colour in EnterpriseColour
    ]
    return "colour", (*shown, _others(line=PAPER))


def _road_states(layer: str) -> Classed:
    colours = {
        "closed": MARKS["hazard-site"], "restricted": MARKS["notice"], "open": MARKS["shelter"],
    }  # fmt: skip
    words = _words(layer, "state")
    shown = [
        LookClass(state, words[state], colour, colour, FILL_SHARE, width_px=3.0)
        for state, colour in colours.items()
    ]
    return "state", (*shown, _others(width_px=3.0))


def _surveyed(layer: str) -> Classed:
    words = _words(layer, "coverage")
    shown = [
        LookClass(name, words[name], colour, colour, fill_share, width_px=1.2)
        for name, colour, fill_share in (
            ("looked", MARKS["history"], _PALE), ("hidden", INK, FILL_SHARE),
        )
    ]  # fmt: skip
    return "coverage", (*shown, _others(width_px=1.2))


def _one(
    fill: str, line: str, fill_share: float = 1.0, width_px: float = 1.0
) -> Callable[[str], Classed]:
    def drawn(layer: str) -> Classed:
        form = form_named(layer)
        label = f"{form.label_zh} {form.label_en}"
        return "", (LookClass(None, label, fill, line, fill_share, width_px=width_px),)

    return drawn


_plain = _one(INK, PAPER)
_LOOKS: Final[Mapping[str, Callable[[str], Classed]]] = MappingProxyType({
    "divisions": _divisions,
    "water": _water,
    "roads": _roads,
    "enterprises": _enterprises,
    "road_states": _road_states,
    "buildings": _one(MARKS["building"], darkened(MARKS["building"]), FILL_SHARE, 0.5),
    "hazard_sites": _one(MARKS["hazard-site"], MARKS["hazard-site"], _PALE, 1.6),
    "historical_disasters": _one(MARKS["history"], MARKS["history"], _PALE, 1.6),
    "surveyed_extents": _surveyed,
    "shelters": _one(MARKS["shelter"], PAPER),
    "assembly_points": _one(MARKS["assembly-point"], PAPER),
    "evacuation_routes": _one(ROUTES["primary"], ROUTES["primary"], width_px=3.0),
    "village_groups": _one(BASE["built"], BASE["village-line"], FILL_SHARE),
    "installations": _one(MARKS["notice"], PAPER),
    "rescue_teams": _one(ROUTES["new"], PAPER),
    "material_depots": _one(MARKS["building"], PAPER),
    "stations": _one(ROUTES["draft"], PAPER),
    "dykes": _one(INK, INK, width_px=2.4),
})  # fmt: skip
_MARKS: Final = {
    "shelters": "square", "hazard_sites": "triangle", "installations": "diamond",
    "enterprises": "diamond", "material_depots": "square", "stations": "triangle",
}  # fmt: skip
