"""Draw the objects of a layer over the villages: a picture that needs no tiles and no script."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from census.store.object_list import Mark, Outline

MARGIN: Final = 0.03
# Bends are left out below this share of the width of the whole district.
STEP_M: Final = 20.0
MOST_DRAWN: Final = 3000
TINTS: Final = 4


@dataclass(frozen=True)
class Village:
    """
    A village of the picture.

    Attributes
    ----------
    path
        Its border.
    title
        Its name, and how many objects it has where they are not drawn one by one.
    tint
        1 for few objects to 4 for many; 0 where it has none, or none are counted.
    """

    path: str
    title: str
    tint: int


@dataclass(frozen=True)
class Sign:
    """
    An object of the picture.

    Attributes
    ----------
    path
        Its shape; a point is a line without length, drawn as a round dot.
    title
        Code and name.
    href
        Its page.
    kind
        ``dot``, ``line`` or ``area``.
    colour
        Class of its colour; empty for the plain one.
    """

    path: str
    title: str
    href: str
    kind: str
    colour: str


@dataclass(frozen=True)
class Picture:
    """
    The picture of a layer.

    Attributes
    ----------
    box
        View box of the drawing.
    villages, signs
        What is drawn, in this order.
    steps
        Of counted objects the tint and the least and the largest number that it stands for.
    """

    box: str
    villages: tuple[Village, ...]
    signs: tuple[Sign, ...]
    steps: tuple[tuple[int, int, int], ...] = ()


def picture(
    outlines: Sequence[Outline],
    signs: Sequence[Sign],
    *,
    points: Sequence[tuple[float, float]] = (),
    counts: Mapping[str, int] | None = None,
    around: str = "",
) -> Picture | None:
    """
    Compose a picture.

    Parameters
    ----------
    outlines
        The villages of the district.
    signs
        The objects.
    points
        A point on each object: where no village has an outline they bound the picture.
    counts
        Code of a division to the number of its objects, where they are not drawn one by one.
    around
        Code of the town or village that fills the picture; empty for the district.

    Returns
    -------
    Picture or None
        None where there is nothing to draw.
    """
    shown = [each for each in outlines if around in {"", each.code, each.town_code}]
    corners = [each.box for each in shown] or [(x, y, x, y) for x, y in points]
    if not corners:
        return None
    counted = {each.code: (counts or {}).get(each.code, 0) for each in outlines}
    steps = tint_steps([number for number in counted.values() if number])
    villages = tuple(
        Village(
            each.path,
            f"{each.name} {counted[each.code]:,}" if steps else each.name,
            next((tint for tint, least, most in steps if least <= counted[each.code] <= most), 0),
        )
        for each in outlines
    )
    return Picture(_box(corners), villages, tuple(signs), steps)


def tint_steps(numbers: Sequence[int]) -> tuple[tuple[int, int, int], ...]:
    """
    Part numbers into four tints of about as many villages each; equal numbers have one tint.

    Parameters
    ----------
    numbers
        How many objects each village has, none of them 0.

    Returns
    -------
    tuple of tuple
        Tint, least and largest number; no tint that would hold nothing.
    """
    ranked = sorted(numbers)
    tops = sorted(
        {ranked[-(-len(ranked) * k // TINTS) - 1] for k in range(1, TINTS + 1)} if ranked else ()
    )
    steps, below = [], 0
    for tint, top in enumerate(tops, start=TINTS + 1 - len(tops)):
        least = next(each for each in ranked if each > below)
        steps.append((tint, least, top))
        below = top
    return tuple(steps)


def _box(corners: Sequence[tuple[float, float, float, float]]) -> str:
    west, north = min(c[0] for c in corners), min(c[1] for c in corners)
    east, south = max(c[2] for c in corners), max(c[3] for c in corners)
    edge = max(east - west, south - north, 1000.0) * MARGIN
    width, height = east - west + 2 * edge, south - north + 2 * edge
    return f"{west - edge:.0f} {north - edge:.0f} {width:.0f} {height:.0f}"


def sign(mark: Mark, href: str, colours: Mapping[str, str]) -> Sign:
    """
    Draw an object.

    Parameters
    ----------
    mark
        The object.
    href
        Its page.
    colours
        Stored value to class of colour.

    Returns
    -------
    Sign
        A dot where it is a point, else its shape.
    """
    title = " ".join(part for part in (mark.code, mark.name) if part)
    colour = colours.get(mark.colour or "", "")
    if mark.path is None:
        return Sign(f"M {mark.x:.0f} {mark.y:.0f} h 0", title, href, "dot", colour)
    kind = "area" if "Z" in mark.path or "z" in mark.path else "line"
    return Sign(mark.path, title, href, kind, colour)
