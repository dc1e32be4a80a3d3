"""Draw the marks of a sheet: one shape per kind, white rim, a letter or number inside, 5 mm."""

from html import escape

from webapp import theme
from webapp.sheets.strokes import FONT, MM_PER_PT

SIZE_MM = 5.0
RIM_MM = 0.5
# Characters that fit at the common size.
_WIDE = 2


def _letter(text: str, x_mm: float, y_mm: float, *, size_pt: float, colour: str) -> str:
    return (
        f'<text x="{x_mm:.2f}" y="{y_mm:.2f}" font-size="{size_pt * MM_PER_PT:.2f}" '
        f'font-family="{FONT}" font-weight="700" text-anchor="middle" fill="{colour}">'
        f"{escape(text)}</text>"
    )


def triangle(x_mm: float, y_mm: float, text: str, *, fill: str, ink: str = theme.PAPER) -> str:
    """
    Draw a hazard site.

    Parameters
    ----------
    x_mm
        Middle, millimetres.
    y_mm
        Middle, millimetres, y down.
    text
        Number inside, at most three characters.
    fill
        Fill colour.
    ink
        Colour of the number.

    Returns
    -------
    str
        SVG elements.
    """
    half = SIZE_MM * 0.58
    size = 6.5 if len(text) <= _WIDE else 5.0
    shape = (
        f'<path d="M{x_mm:.2f} {y_mm - half:.2f}L{x_mm + half * 1.1:.2f} {y_mm + half * 0.8:.2f}'
        f'L{x_mm - half * 1.1:.2f} {y_mm + half * 0.8:.2f}Z" fill="{fill}" stroke="{theme.PAPER}" '
        f'stroke-width="{RIM_MM}" stroke-linejoin="round"/>'
    )
    return shape + _letter(text, x_mm, y_mm + half * 0.62, size_pt=size, colour=ink)


def house(x_mm: float, y_mm: float, text: str, *, fill: str, is_usable: bool = True) -> str:
    """
    Draw a shelter; one that cannot be used is hollow and crossed out.

    Parameters
    ----------
    x_mm
        Middle, millimetres.
    y_mm
        Middle, millimetres.
    text
        Number or letter inside.
    fill
        Fill colour.
    is_usable
        Whether the shelter stands dry.

    Returns
    -------
    str
        SVG elements.
    """
    half = SIZE_MM / 2 if is_usable else SIZE_MM * 0.34
    outline = (
        f"M{x_mm:.2f} {y_mm - half:.2f}L{x_mm + half:.2f} {y_mm - half * 0.2:.2f}"
        f"V{y_mm + half:.2f}H{x_mm - half:.2f}V{y_mm - half * 0.2:.2f}Z"
    )
    inside, rim = (fill, theme.PAPER) if is_usable else (theme.PAPER, fill)
    shape = (
        f'<path d="{outline}" fill="{inside}" stroke="{rim}" stroke-width="{RIM_MM}" '
        'stroke-linejoin="round"/>'
    )
    if not is_usable:
        return shape + (
            f'<path d="M{x_mm - half:.2f} {y_mm + half:.2f}L{x_mm + half:.2f} {y_mm - half:.2f}" '
            f'stroke="{fill}" stroke-width="0.6" fill="none"/>'
        )
    return shape + _letter(text, x_mm, y_mm + half * 0.72, size_pt=6.5, colour=theme.PAPER)


def circle(x_mm: float, y_mm: float, text: str, *, fill: str, size_mm: float = SIZE_MM) -> str:
    """
    Draw an assembly point, or the number of a route.

    Parameters
    ----------
    x_mm
        Middle, millimetres.
    y_mm
        Middle, millimetres.
    text
        Number or letter inside.
    fill
        Fill colour.
    size_mm
        Diameter, millimetres.

    Returns
    -------
    str
        SVG elements.
    """
    size = 6.5 if len(text) <= _WIDE else 5.5
    return (
        f'<circle cx="{x_mm:.2f}" cy="{y_mm:.2f}" r="{size_mm / 2:.2f}" fill="{fill}" '
        f'stroke="{theme.PAPER}" stroke-width="{RIM_MM}"/>'
    ) + _letter(text, x_mm, y_mm + 0.85, size_pt=size, colour=theme.PAPER)


def square(x_mm: float, y_mm: float, text: str, *, fill: str, ink: str) -> str:
    """
    Draw an enterprise with the letter of its colour grade.

    Parameters
    ----------
    x_mm
        Middle, millimetres.
    y_mm
        Middle, millimetres.
    text
        Letter of the grade.
    fill
        Colour of the grade.
    ink
        Colour of the letter.

    Returns
    -------
    str
        SVG elements.
    """
    side = SIZE_MM * 0.8
    return (
        f'<rect x="{x_mm - side / 2:.2f}" y="{y_mm - side / 2:.2f}" width="{side}" '
        f'height="{side}" rx="0.4" fill="{fill}" stroke="{theme.PAPER}" stroke-width="{RIM_MM}"/>'
    ) + _letter(text, x_mm, y_mm + 0.85, size_pt=6.5, colour=ink)
