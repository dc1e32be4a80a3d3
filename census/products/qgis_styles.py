"""How QGIS draws an export: styles that lie in the GeoPackage itself, as QGIS keeps its own.

A GeoPackage with a table ``layer_styles`` opens in QGIS as the map of the pages looks: the same
colours, hatches and words. Beside QGIS's own language the same classes stand as OGC SLD.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from xml.etree import ElementTree as ET

import pandas as pd
import pyogrio
import shapely

TABLE: Final = "layer_styles"
GEOMETRY: Final = "geom"
_QML_HEAD: Final = "<!DOCTYPE qgis PUBLIC 'http://mrcc.com/qgis.dtd' 'SYSTEM'>\n"
# The edition of QGIS whose language is written; later ones read it.
_EDITION: Final = "3.22.0"
_KINDS: Final = ("marker", "line", "fill")
_SHOWN_DATE: Final = "2000-01-01T00:00:00.000Z"
_MM_PER_PX: Final = 0.26
_SLD: Final = {
    "": "http://www.opengis.net/sld",
    "ogc": "http://www.opengis.net/ogc",
    "version": "1.0.0",
}


@dataclass(frozen=True)
class LookClass:
    """
    How one class of a layer is drawn.

    Attributes
    ----------
    value
        Value of the field; None for all that no other class names.
    label
        Its words.
    fill
        Colour of an area or mark, ``#RRGGBB``.
    line
        Colour of its outline, or of a line, ``#RRGGBB``.
    fill_share
        How much of the ground an area covers, 0-1.
    angles_deg
        Directions of its hatch, degrees clockwise from north.
    gap_px
        Distance between the lines of the hatch, CSS pixels.
    width_px
        Width of its outline, or of a line, CSS pixels.
    """

    value: str | None
    label: str
    fill: str
    line: str
    fill_share: float = 1.0
    angles_deg: tuple[int, ...] = ()
    gap_px: int = 0
    width_px: float = 1.0


@dataclass(frozen=True)
class Look:
    """
    How a layer is drawn.

    Attributes
    ----------
    title
        Its name, shown in the list of styles.
    field
        Column whose value tells the class; empty where all are drawn alike.
    classes
        The classes, the one for all others last.
    aliases
        Column to the heading shown in its place.
    mark
        Shape of a point: circle, square, triangle or diamond.
    size_px
        Size of a point, CSS pixels.
    """

    title: str
    field: str
    classes: tuple[LookClass, ...]
    aliases: Mapping[str, str]
    mark: str = "circle"
    size_px: float = 12.0


def write_styles(path: Path, looks: Mapping[str, Look], layers: Mapping[str, Any]) -> None:
    """
    Put the styles of its layers into a GeoPackage, each as the default of its layer.

    Parameters
    ----------
    path
        The GeoPackage, with its layers in it.
    looks
        Layer to its look.
    layers
        Layer to its rows, GeoDataFrames of one kind of shape each.
    """
    rows = []
    for name, look in looks.items():
        kind = _kind(layers[name])
        rows.append(
            {
                "f_table_catalog": "",
                "f_table_schema": "",
                "f_table_name": name,
                "f_geometry_column": GEOMETRY,
                "styleName": look.title,
                "styleQML": qml(look, kind, list(layers[name].columns)),
                "styleSLD": sld(look, kind, name),
                "useAsDefault": True,
                "description": look.title,
                "owner": "",
                "ui": "",
                "update_time": pd.Timestamp(_SHOWN_DATE),
            }
        )
    pyogrio.write_dataframe(
        pd.DataFrame(rows), path, layer=TABLE, driver="GPKG", layer_options={"FID": "id"}
    )


def _kind(frame: Any) -> int:
    dimensions = shapely.get_dimensions(frame.geometry.to_numpy())
    return int(dimensions.max()) if len(dimensions) else 0


def qml(look: Look, kind: int, columns: list[str]) -> str:
    """
    Write a look in the language of QGIS.

    Parameters
    ----------
    look
        The look.
    kind
        0 for points, 1 for lines, 2 for areas.
    columns
        Columns of the layer, in their order.

    Returns
    -------
    str
        A QML document.
    """
    top = ET.Element("qgis", version=_EDITION, styleCategories="Symbology|Fields")
    is_classed = bool(look.field)
    renderer = ET.SubElement(
        top, "renderer-v2", type="categorizedSymbol" if is_classed else "singleSymbol",
        forceraster="0", symbollevels="0", enableorderby="0",
    )  # fmt: skip
    if is_classed:
        renderer.set("attr", look.field)
    if is_classed:
        classes = ET.SubElement(renderer, "categories")
        for number, each in enumerate(look.classes):
            ET.SubElement(
                classes, "category", value=each.value or "", symbol=str(number), label=each.label,
                render="true", type="string" if each.value else "NULL",
            )  # fmt: skip
    symbols = ET.SubElement(renderer, "symbols")
    for number, each in enumerate(look.classes):
        symbol = ET.SubElement(
            symbols, "symbol", name=str(number), type=_KINDS[kind], alpha="1",
            clip_to_extent="1", force_rhr="0",
        )  # fmt: skip
        _draw(symbol, look, each, kind)
    aliases = ET.SubElement(top, "aliases")
    for number, column in enumerate(name for name in columns if name != GEOMETRY):
        words = look.aliases.get(column, "")
        ET.SubElement(aliases, "alias", index=str(number), field=column, name=words)
    ET.SubElement(top, "layerGeometryType").text = str(kind)
    return _QML_HEAD + ET.tostring(top, encoding="unicode")


def _draw(symbol: ET.Element, look: Look, each: LookClass, kind: int) -> None:
    width = f"{each.width_px * _MM_PER_PX:.2f}"
    if kind == 0:
        _layer(
            symbol, "SimpleMarker", name=look.mark, color=_rgba(each.fill),
            outline_color=_rgba(each.line), outline_width=width, outline_width_unit="MM",
            size=f"{look.size_px * _MM_PER_PX:.2f}", size_unit="MM",
        )  # fmt: skip
    elif kind == 1:
        _layer(
            symbol, "SimpleLine", line_color=_rgba(each.line), line_width=width,
            line_width_unit="MM", capstyle="round", joinstyle="round", line_style="solid",
        )  # fmt: skip
    else:
        _layer(
            symbol, "SimpleFill", color=_rgba(each.fill, each.fill_share), style="solid",
            outline_color=_rgba(each.line), outline_style="solid", outline_width=width,
            outline_width_unit="MM", joinstyle="bevel",
        )  # fmt: skip
        for angle in each.angles_deg:
            _hatch(symbol, each, angle)


def _hatch(symbol: ET.Element, each: LookClass, angle_deg: int) -> None:
    place = len(symbol)
    # QGIS counts angles from the east, against the clock.
    hatch = _layer(
        symbol, "LinePatternFill", angle=str((90 - angle_deg) % 180),
        distance=f"{each.gap_px * _MM_PER_PX:.2f}", distance_unit="MM",
    )  # fmt: skip
    stroke = ET.SubElement(
        hatch, "symbol", name=f"@{symbol.get('name')}@{place}", type="line", alpha="1",
        clip_to_extent="1", force_rhr="0",
    )  # fmt: skip
    _layer(
        stroke, "SimpleLine", line_color=_rgba(each.line), line_width=f"{_MM_PER_PX:.2f}",
        line_width_unit="MM", line_style="solid",
    )  # fmt: skip


def _layer(symbol: ET.Element, kind: str, **options: str) -> ET.Element:
    """Write a layer of a symbol in both ways that editions of QGIS read."""
    drawn = ET.SubElement(
        symbol, "layer", {"class": kind, "enabled": "1", "locked": "0", "pass": "0"}
    )
    told = ET.SubElement(drawn, "Option", type="Map")
    for name, value in options.items():
        ET.SubElement(told, "Option", type="QString", name=name, value=value)
    for name, value in options.items():
        ET.SubElement(drawn, "prop", k=name, v=value)
    return drawn


def _rgba(colour: str, share: float = 1.0) -> str:
    red, green, blue = (int(colour[at : at + 2], 16) for at in (1, 3, 5))
    return f"{red},{green},{blue},{round(255 * share)}"


def sld(look: Look, kind: int, layer: str) -> str:
    """
    Write a look as an OGC Styled Layer Descriptor 1.0.0, without its hatches.

    Parameters
    ----------
    look
        The look.
    kind
        0 for points, 1 for lines, 2 for areas.
    layer
        Name of the layer.

    Returns
    -------
    str
        An SLD document.
    """
    top = ET.Element("StyledLayerDescriptor", xmlns=_SLD[""], version=_SLD["version"])
    top.set("xmlns:ogc", _SLD["ogc"])
    named = ET.SubElement(top, "NamedLayer")
    ET.SubElement(named, "Name").text = layer
    user = ET.SubElement(named, "UserStyle")
    ET.SubElement(user, "Title").text = look.title
    rules = ET.SubElement(user, "FeatureTypeStyle")
    for each in look.classes:
        rule = ET.SubElement(rules, "Rule")
        ET.SubElement(rule, "Title").text = each.label
        _condition(rule, look, each)
        _symbolize(rule, look, each, kind)
    return ET.tostring(top, encoding="unicode")


def _condition(rule: ET.Element, look: Look, each: LookClass) -> None:
    if not look.field:
        return
    if each.value is None:
        ET.SubElement(rule, "ElseFilter")
        return
    chosen = ET.SubElement(rule, "ogc:Filter")
    same = ET.SubElement(chosen, "ogc:PropertyIsEqualTo")
    ET.SubElement(same, "ogc:PropertyName").text = look.field
    ET.SubElement(same, "ogc:Literal").text = each.value


def _symbolize(rule: ET.Element, look: Look, each: LookClass, kind: int) -> None:
    stroke = {"stroke": each.line, "stroke-width": f"{each.width_px:g}"}
    fill = {"fill": each.fill, "fill-opacity": f"{each.fill_share:g}"}
    if kind == 1:
        _css(ET.SubElement(rule, "LineSymbolizer"), "Stroke", stroke)
    elif kind == 0:
        graphic = ET.SubElement(ET.SubElement(rule, "PointSymbolizer"), "Graphic")
        mark = ET.SubElement(graphic, "Mark")
        ET.SubElement(mark, "WellKnownName").text = look.mark
        _css(mark, "Fill", fill)
        _css(mark, "Stroke", stroke)
        ET.SubElement(graphic, "Size").text = f"{look.size_px:g}"
    else:
        area = ET.SubElement(rule, "PolygonSymbolizer")
        _css(area, "Fill", fill)
        _css(area, "Stroke", stroke)


def _css(parent: ET.Element, name: str, options: Mapping[str, str]) -> None:
    group = ET.SubElement(parent, name)
    for key, value in options.items():
        ET.SubElement(group, "CssParameter", name=key).text = value
