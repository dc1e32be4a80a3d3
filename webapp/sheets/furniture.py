"""Draw what makes a map measurable: graticule ticks, scale bar, north arrow and frame line."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from pyproj import Transformer

from webapp import theme
from webapp.sheets.frame import MapFrame
from webapp.sheets.strokes import halo_text

TICK_MM = 3.0
MINUTE, SECOND = "\u2032", "\u2033"
# Nearer to a corner a label would meet the one of the other side.
_CORNER_MM = 12.0
_METRES_PER_KM = 1000.0
BAR_MAX_MM = 60.0
BAR_HEIGHT_MM = 1.6
_STEPS_S = (1, 2, 5, 10, 15, 20, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 18000)
_ALONG = np.linspace(0.0, 1.0, 101)


@dataclass(frozen=True)
class Tick:
    """
    A meridian or parallel that meets the frame.

    Attributes
    ----------
    share
        Where along the side, 0 to 1 from the left or from the top.
    label
        Degrees, minutes, seconds and the hemisphere.
    """

    share: float
    label: str


def degrees_text(seconds: int, positive: str, negative: str) -> str:
    """
    Write an angle as degrees, minutes and seconds.

    Parameters
    ----------
    seconds
        The angle in arc seconds.
    positive
        Letter of the positive hemisphere.
    negative
        Letter of the negative one.

    Returns
    -------
    str
        Such as 106 degrees 50 minutes E; seconds are left out where they are 0.
    """
    size = abs(seconds)
    degrees, minutes, rest = size // 3600, size // 60 % 60, size % 60
    tail = f"{rest:02d}{SECOND}" if rest else ""
    return f"{degrees}°{minutes:02d}{MINUTE}{tail}{positive if seconds >= 0 else negative}"


def _side(values_deg: NDArray[np.float64], letters: tuple[str, str], step_s: int) -> list[Tick]:
    seconds = values_deg * 3600
    forward = seconds[-1] > seconds[0]
    along = _ALONG if forward else _ALONG[::-1]
    ordered = seconds if forward else seconds[::-1]
    first, last = int(np.ceil(ordered[0] / step_s)), int(np.floor(ordered[-1] / step_s))
    return [
        Tick(
            share=float(np.interp(number * step_s, ordered, along)),
            label=degrees_text(number * step_s, *letters),
        )
        for number in range(first, last + 1)
    ]


def graticule(frame: MapFrame, to_degrees: Transformer) -> dict[str, list[Tick]]:
    """
    Find where meridians and parallels meet the frame.

    Parameters
    ----------
    frame
        The map frame, metric CRS.
    to_degrees
        From the metric CRS to longitude and latitude, x,y order.

    Returns
    -------
    dict
        Ticks per side: ``top``, ``bottom``, ``left``, ``right``.
    """
    left, bottom, right, top = frame.bounds_m
    xs, ys = left + (right - left) * _ALONG, top + (bottom - top) * _ALONG
    step_s = _nice_step(frame, to_degrees)
    longitude, latitude = ("E", "W"), ("N", "S")
    sides = {}
    for name, y in (("top", top), ("bottom", bottom)):
        lon, _ = to_degrees.transform(xs, np.full_like(xs, y))
        sides[name] = _side(np.asarray(lon), longitude, step_s)
    for name, x in (("left", left), ("right", right)):
        _, lat = to_degrees.transform(np.full_like(ys, x), ys)
        sides[name] = _side(np.asarray(lat), latitude, step_s)
    return sides


def _nice_step(frame: MapFrame, to_degrees: Transformer) -> int:
    left, bottom, right, _ = frame.bounds_m
    (west, east), _ = to_degrees.transform([left, right], [bottom, bottom])
    wanted_s = abs(east - west) * 3600 / 5
    return next((step for step in _STEPS_S if step >= wanted_s), _STEPS_S[-1])


def draw_graticule(frame: MapFrame, to_degrees: Transformer, *, ink: str) -> str:
    """
    Draw the ticks inside the frame with their degrees.

    Parameters
    ----------
    frame
        The map frame.
    to_degrees
        From the metric CRS to longitude and latitude.
    ink
        Colour.

    Returns
    -------
    str
        SVG elements.
    """
    width, height = frame.width_mm, frame.height_mm
    drawn: list[str] = []
    for name, ticks in graticule(frame, to_degrees).items():
        for tick in ticks:
            if name in {"top", "bottom"}:
                x, y = tick.share * width, 0.0 if name == "top" else height
                inward = TICK_MM if name == "top" else -TICK_MM
                drawn.append(_stroke(f"M{x:.2f} {y:.2f}v{inward}", ink))
                if _CORNER_MM < x < width - _CORNER_MM:
                    text_y = y + (TICK_MM + 2.6 if name == "top" else -TICK_MM - 0.8)
                    drawn.append(halo_text(tick.label, x, text_y, size_pt=7, colour=ink))
            else:
                x, y = 0.0 if name == "left" else width, tick.share * height
                inward = TICK_MM if name == "left" else -TICK_MM
                drawn.append(_stroke(f"M{x:.2f} {y:.2f}h{inward}", ink))
                if _CORNER_MM < y < height - _CORNER_MM:
                    turn = -90.0 if name == "left" else 90.0
                    text_x = x + (TICK_MM + 2.6 if name == "left" else -TICK_MM - 2.6)
                    drawn.append(
                        halo_text(tick.label, text_x, y, size_pt=7, colour=ink, angle=turn)
                    )
    return "".join(drawn)


def _stroke(data: str, ink: str) -> str:
    return f'<path d="{data}" stroke="{ink}" stroke-width="0.25" fill="none"/>'


def bar_length_m(frame: MapFrame) -> float:
    """
    Return the round length of the scale bar.

    Parameters
    ----------
    frame
        The map frame.

    Returns
    -------
    float
        The longest of 1, 2, 5 times a power of ten that is at most 60 mm on paper, metres.
    """
    longest = BAR_MAX_MM * frame.metres_per_mm
    power = 10.0 ** np.floor(np.log10(longest))
    return float(next(power * step for step in (5, 2, 1) if power * step <= longest))


def _metres_text(length_m: float) -> str:
    in_km = length_m >= _METRES_PER_KM
    return f"{length_m / _METRES_PER_KM:g} km" if in_km else f"{length_m:g} m"


def draw_scale_bar(frame: MapFrame, x_mm: float, y_mm: float, *, ink: str) -> str:
    """
    Draw the scale bar: four blocks, ends and middle labelled, the fraction above.

    Parameters
    ----------
    frame
        The map frame.
    x_mm
        Left end of the bar, millimetres.
    y_mm
        Upper side of the bar, millimetres.
    ink
        Colour of the filled blocks.

    Returns
    -------
    str
        SVG elements.
    """
    length_m = bar_length_m(frame)
    length = length_m / frame.metres_per_mm
    quarter = length / 4
    drawn = [
        (
            f'<rect x="{x_mm - 4}" y="{y_mm - 7.5}" width="{length + 16:.2f}" height="14.5" '
            f'fill="{theme.PAPER}" fill-opacity="0.85"/>'
        ),
        halo_text(
            f"1:{frame.denominator:,.0f}".replace(",", " "),
            x_mm, y_mm - 2.4, size_pt=11, colour=ink, anchor="start", halo_mm=0, bold=True,
        ),
    ]  # fmt: skip
    for number in range(4):
        fill = ink if number % 2 == 0 else theme.PAPER
        drawn.append(
            f'<rect x="{x_mm + number * quarter:.3f}" y="{y_mm}" width="{quarter:.3f}" '
            f'height="{BAR_HEIGHT_MM}" fill="{fill}" stroke="{ink}" stroke-width="0.2"/>'
        )
    for share in (0.0, 0.5, 1.0):
        text = "0" if share == 0 else _metres_text(length_m * share)
        drawn.append(
            halo_text(text, x_mm + share * length, y_mm + 5, size_pt=7.5, colour=ink, halo_mm=0)
        )
    return "".join(drawn)


def draw_north(x_mm: float, y_mm: float, *, ink: str, caption: str) -> str:
    """
    Draw the north arrow of grid north.

    Parameters
    ----------
    x_mm
        Middle, millimetres.
    y_mm
        Tip, millimetres.
    ink
        Colour.
    caption
        What kind of north, under the arrow.

    Returns
    -------
    str
        SVG elements.
    """
    return (
        f'<rect x="{x_mm - 9}" y="{y_mm - 7}" width="18" height="26" fill="{theme.PAPER}" '
        'fill-opacity="0.85"/>'
        f'<path d="M{x_mm} {y_mm}l4 13l-4 -3z" fill="{ink}"/>'
        f'<path d="M{x_mm} {y_mm}l-4 13l4 -3z" fill="{theme.PAPER}" stroke="{ink}" '
        'stroke-width="0.25"/>'
        + halo_text("N", x_mm, y_mm - 1.6, size_pt=12, colour=ink, halo_mm=0, bold=True)
        + halo_text(caption, x_mm, y_mm + 17, size_pt=7, colour=ink, halo_mm=0)
    )


def draw_frame_line(frame: MapFrame, *, ink: str) -> str:
    """
    Draw the line around the map; it hides where shapes were cut.

    Parameters
    ----------
    frame
        The map frame.
    ink
        Colour.

    Returns
    -------
    str
        SVG element.
    """
    return (
        f'<rect x="0.25" y="0.25" width="{frame.width_mm - 0.5}" height="{frame.height_mm - 0.5}" '
        f'fill="none" stroke="{ink}" stroke-width="0.5"/>'
    )
