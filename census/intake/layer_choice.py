"""Which layers of a file a form takes: those it was told, those that fit, or a question."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from census.intake.fields import Form, match_headings, plain
from census.intake.problems import Problem, Source

# The kinds of shape that a form can take, by the words of the library for a layer.
_KINDS: Final = {
    "point": ("Point", "MultiPoint"),
    "line": ("LineString", "MultiLineString", "CircularString", "CompoundCurve", "MultiCurve"),
    "polygon": ("Polygon", "MultiPolygon", "CurvePolygon", "MultiSurface"),
}
_UNTOLD: Final = ("Unknown", "Geometry", "GeometryCollection")


@dataclass(frozen=True)
class LayerFacts:
    """
    What a layer says of itself before it is read.

    Attributes
    ----------
    name
        Its name.
    kind
        Kind of its shapes, such as ``"Polygon"``; empty where it has none.
    headings
        Its headings.
    """

    name: str
    kind: str
    headings: tuple[str, ...]


@dataclass(frozen=True)
class Choice:
    """
    What is read of a file, and what is said about it.

    Attributes
    ----------
    names
        The layers to read.
    problems
        Layers left out, or the question which one is meant.
    """

    names: tuple[str, ...]
    problems: tuple[Problem, ...]


def choose_layers(
    facts: Sequence[LayerFacts],
    form: Form,
    file: str,
    *,
    mapping: Mapping[str, str],
    asked: Sequence[str],
) -> Choice:
    """
    Choose the layers of a file for a form.

    The layer with suitable shapes and all the columns that the form needs is taken, or all of
    them where they have the same columns, as one layer per level; a layer named after the form goes
    before all others. Where none has them all, the one that knows most of the form's columns is
    taken. Everything else is a question.

    Parameters
    ----------
    facts
        The layers.
    form
        The form.
    file
        Name of the file.
    mapping
        Heading to field, as the sender declared.
    asked
        Names of layers that the sender wants; empty for all that fit.

    Returns
    -------
    Choice
        Layers and remarks; no layers where it is a question.
    """
    names = [each.name for each in facts]
    if asked:
        absent = absent_layers(file, asked, names)
        if absent:
            return Choice((), tuple(absent))
        return _chosen([name for name in names if name in asked], names, file, is_asked=True)
    return _fitting(facts, form, file, mapping)


def sheets_together(file: str, names: Sequence[str]) -> list[Problem]:
    """
    Tell that several sheets of a workbook are read as one table: one may be an old copy.

    Parameters
    ----------
    file
        Name of the file.
    names
        The sheets that are read.

    Returns
    -------
    list of Problem
        One warning where they are several.
    """
    if len(names) <= 1:
        return []
    return [
        Source(file).problem(
            "sheets",
            "warning",
            value="、".join(names),
            zh=f"{len(names)} 张工作表都符合表单，合在一起读入：{'、'.join(names)}；"
            "只要其中几张时，请用 --layer 指明",
            en=f"{len(names)} sheets fit the form and are read together: {', '.join(names)}; where "
            "some of them are meant, say which with --layer",
        )
    ]


def _fitting(
    facts: Sequence[LayerFacts], form: Form, file: str, mapping: Mapping[str, str]
) -> Choice:
    names = [each.name for each in facts]
    suitable = [each for each in facts if _is_suitable(each.kind, form)] or list(facts)
    known = {each.name: _known(each, form, mapping) for each in suitable}
    own = {plain(word) for word in (form.name, form.table, form.label_zh, form.label_en)}
    needed = {each.name for each in form.fields if each.required}
    fitting = [name for name in known if needed and needed <= known[name]]
    named = [name for name in fitting or known if plain(name) in own]
    if named or len(fitting) == 1 or (fitting and _are_alike(suitable, fitting)):
        return _chosen(named or fitting, names, file)
    most = max(len(found) for found in known.values())
    best = fitting or [name for name, found in known.items() if len(found) == most]
    if len(best) > 1:
        return Choice((), (_question(file, best),))
    return _chosen(best, names, file)


def _are_alike(facts: Sequence[LayerFacts], names: Sequence[str]) -> bool:
    return len({each.headings for each in facts if each.name in names}) == 1


def _known(layer: LayerFacts, form: Form, mapping: Mapping[str, str]) -> set[str]:
    headings = list(layer.headings)
    declared = {mapping[heading] for heading in headings if heading in mapping}
    return declared | set(match_headings(form, headings).values())


def _is_suitable(kind: str, form: Form) -> bool:
    if not kind:
        return False
    flat = kind.removesuffix(" ZM").removesuffix(" Z").removesuffix(" M").removeprefix("2.5D ")
    flat = flat.removeprefix("Measured ").removeprefix("3D ")
    return flat in _UNTOLD or form.geometry not in _KINDS or flat in _KINDS[form.geometry]


def _chosen(
    chosen: Sequence[str], names: Sequence[str], file: str, *, is_asked: bool = False
) -> Choice:
    left = () if is_asked else tuple(_unused(file, name) for name in names if name not in chosen)
    return Choice(tuple(chosen), left)


def _unused(file: str, layer: str) -> Problem:
    return Source(file, layer).problem(
        "layer",
        "warning",
        value=layer,
        zh=f"图层“{layer}”不如所取图层符合表单，未读入；需要时用 --layer {layer} 指明",
        en=f"The layer {layer!r} fits the form less well than what is taken: it is not read; ask "
        f"for it with --layer {layer}",
    )


def absent_layers(file: str, asked: Sequence[str], names: Sequence[str]) -> list[Problem]:
    """
    Find layers or sheets that were asked for and are not there.

    Parameters
    ----------
    file
        Name of the file.
    asked
        What ``--layer`` names.
    names
        What the file has.

    Returns
    -------
    list of Problem
        One error, or none.
    """
    absent = [name for name in asked if name not in names]
    if not absent:
        return []
    return [
        Source(file).problem(
            "layer",
            "error",
            value="、".join(absent),
            zh=f"文件中没有 --layer 指的图层或工作表；文件中有：{'、'.join(names)}",
            en=f"It has no such layer or sheet as --layer names; it has: {', '.join(names)}",
        )
    ]


def _question(file: str, names: Sequence[str]) -> Problem:
    options = " / ".join(f"--layer {name}" for name in names)
    return Source(file).problem(
        "layer",
        "error",
        value="、".join(names),
        zh=f"有 {len(names)} 个图层同样符合表单：{'、'.join(names)}；请用 {options} 指明",
        en=f"{len(names)} of its layers fit the form equally well: {', '.join(names)}; say which "
        f"with {options} (once for each)",
    )


def facts_of(name: str, told: Mapping[str, Any]) -> LayerFacts:
    """
    Pick what the choice needs from what the library tells of a layer.

    Parameters
    ----------
    name
        Name of the layer.
    told
        What ``pyogrio.read_info`` returned.

    Returns
    -------
    LayerFacts
        The facts.
    """
    headings = tuple(str(each) for each in told["fields"])
    return LayerFacts(name, str(told["geometry_type"] or ""), headings)
