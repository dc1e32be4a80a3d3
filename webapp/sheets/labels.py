"""Place labels one after another so that none lies on another, on a mark or on the furniture."""

from collections.abc import Iterable
from dataclasses import dataclass, field

import numpy as np
import shapely
from shapely.geometry.base import BaseGeometry

from webapp.sheets.strokes import MM_PER_PT, halo_text, text_width_mm

GAP_MM = 0.4
MARK_OFFSET_MM = 3.2
LONGEST_NAME = 32


def shortened(name: str, most: int = LONGEST_NAME) -> str:
    """
    Cut a name too long for the map; the lists beside it hold the whole name.

    Parameters
    ----------
    name
        The name.
    most
        Most characters.

    Returns
    -------
    str
        The name, or its beginning and an ellipsis.
    """
    return name if len(name) <= most else f"{name[: most - 1].rstrip()}…"


@dataclass(frozen=True)
class LabelStyle:
    """
    How a family of labels looks.

    Attributes
    ----------
    size_pt
        Size in points.
    colour
        Colour of the letters.
    bold
        Heavier letters.
    """

    size_pt: float
    colour: str
    bold: bool = False


@dataclass
class Labels:
    """
    The labels of one map, placed greedily: the first to ask gets the place.

    Attributes
    ----------
    width_mm
        Width of the map frame, millimetres.
    height_mm
        Height of the map frame, millimetres.
    """

    width_mm: float
    height_mm: float
    taken: list[BaseGeometry] = field(default_factory=list)
    avoided: list[BaseGeometry] = field(default_factory=list)
    written: list[str] = field(default_factory=list)
    dropped: int = 0

    def keep_clear(self, left: float, top: float, right: float, bottom: float) -> None:
        """
        Reserve a rectangle for a mark or a piece of furniture.

        Parameters
        ----------
        left
            Left side, millimetres.
        top
            Upper side, millimetres.
        right
            Right side, millimetres.
        bottom
            Lower side, millimetres.
        """
        self.taken.append(shapely.box(left, top, right, bottom))

    def avoid(self, shape: BaseGeometry) -> None:
        """
        Keep labels off a shape as long as there is another place for them.

        Parameters
        ----------
        shape
            Such as a route, millimetres.
        """
        if not shape.is_empty:
            self.avoided.append(shape)

    def is_clear(self, x_mm: float, y_mm: float, half_mm: float) -> bool:
        """
        Tell whether a square is still free.

        Parameters
        ----------
        x_mm
            Middle, millimetres.
        y_mm
            Middle, millimetres.
        half_mm
            Half of the side, millimetres.

        Returns
        -------
        bool
            Whether nothing stands there and it lies inside the frame.
        """
        return self._is_free(
            shapely.box(x_mm - half_mm, y_mm - half_mm, x_mm + half_mm, y_mm + half_mm)
        )

    def at_point(self, lines: list[str], x_mm: float, y_mm: float, style: LabelStyle) -> bool:
        """
        Write a label of one or more lines beside a mark.

        Parameters
        ----------
        lines
            Text, first line first.
        x_mm
            The mark, millimetres.
        y_mm
            The mark, millimetres.
        style
            How it looks.

        Returns
        -------
        bool
            Whether a free place was found.
        """
        width, height = self._size(lines, style)
        away = MARK_OFFSET_MM
        places = [
            (x_mm + away, y_mm - height / 2),
            (x_mm - away - width, y_mm - height / 2),
            (x_mm - width / 2, y_mm - away - height),
            (x_mm - width / 2, y_mm + away),
            (x_mm + away * 0.7, y_mm - away - height * 0.7),
            (x_mm + away * 0.7, y_mm + away * 0.7),
            (x_mm - away * 0.7 - width, y_mm - away - height * 0.7),
            (x_mm - away * 0.7 - width, y_mm + away * 0.7),
        ]
        return self._first_free(lines, places, style)

    def in_area(
        self, lines: list[str], shape: BaseGeometry, style: LabelStyle, *, must_fit: bool = False
    ) -> bool:
        """
        Write a label inside an area, as near its middle as there is room.

        Parameters
        ----------
        lines
            Text, first line first.
        shape
            The area, millimetres.
        style
            How it looks.
        must_fit
            Refuse a place that juts out of the area.

        Returns
        -------
        bool
            Whether a free place was found.
        """
        if shape.is_empty:
            return False
        width, height = self._size(lines, style)
        middle = shape.representative_point()
        left, top, right, bottom = shape.bounds
        xs, ys = np.meshgrid(np.linspace(left, right, 9)[1:-1], np.linspace(top, bottom, 9)[1:-1])
        inside = shapely.contains_xy(shape, xs.ravel(), ys.ravel())
        points = np.column_stack((xs.ravel(), ys.ravel()))[inside]
        order = np.argsort(np.hypot(points[:, 0] - middle.x, points[:, 1] - middle.y))
        anchors = [(middle.x, middle.y), *((float(x), float(y)) for x, y in points[order])]
        places = [(x - width / 2, y - height / 2) for x, y in anchors]
        if must_fit:
            places = [
                (x, y)
                for x, y in places
                if shapely.contains(shape, shapely.box(x, y, x + width, y + height))
            ]
        return self._first_free(lines, places, style)

    def along_line(self, text: str, line: BaseGeometry, style: LabelStyle) -> bool:
        """
        Write a label along the straightest long stretch of a line.

        Parameters
        ----------
        text
            The label.
        line
            Line in millimetres.
        style
            How it looks.

        Returns
        -------
        bool
            Whether the line is long enough and a free place was found.
        """
        width, height = text_width_mm(text, style.size_pt), style.size_pt * MM_PER_PT
        for at_mm in _stops(line, width):
            start, end = line.interpolate(at_mm - width / 2), line.interpolate(at_mm + width / 2)
            if start.distance(end) < 0.93 * width:
                continue
            angle = float(np.degrees(np.arctan2(end.y - start.y, end.x - start.x)))
            upright = (angle + 90) % 180 - 90
            x, y = (start.x + end.x) / 2, (start.y + end.y) / 2
            flat = shapely.box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
            box = shapely.affinity.rotate(flat, upright, origin=(x, y))
            if self._is_free(box):
                self._write_turned(text, x, y, upright, style)
                self.taken.append(box)
                return True
        return False

    def _write_turned(
        self, text: str, x_mm: float, y_mm: float, angle: float, style: LabelStyle
    ) -> None:
        # The baseline stands a third of the size below the middle, across the direction of writing.
        down = style.size_pt * MM_PER_PT * 0.35
        turn = np.radians(angle)
        self.written.append(
            halo_text(
                text,
                x_mm - down * float(np.sin(turn)),
                y_mm + down * float(np.cos(turn)),
                size_pt=style.size_pt,
                colour=style.colour,
                bold=style.bold,
                angle=angle,
            )
        )

    def _size(self, lines: Iterable[str], style: LabelStyle) -> tuple[float, float]:
        rows = list(lines)
        width = max(text_width_mm(row, style.size_pt) for row in rows)
        return width, len(rows) * style.size_pt * MM_PER_PT * 1.2

    def _is_free(self, box: BaseGeometry) -> bool:
        left, top, right, bottom = box.bounds
        if left < 1 or top < 1 or right > self.width_mm - 1 or bottom > self.height_mm - 1:
            return False
        if not self.taken:
            return True
        return not bool(shapely.dwithin(box, self.taken, GAP_MM).any())

    def _first_free(
        self, lines: list[str], places: list[tuple[float, float]], style: LabelStyle
    ) -> bool:
        width, height = self._size(lines, style)
        boxes = [
            shapely.box(left, top, left + width, top + height)
            for left, top in dict.fromkeys(places)
        ]
        free = [box for box in boxes if self._is_free(box)]
        best = [box for box in free if not self._is_avoided(box)]
        for box in (*best, *free)[:1]:
            self.taken.append(box)
            self._write(lines, (box.bounds[0] + box.bounds[2]) / 2, box.bounds[1], style)
        return bool(free)

    def _is_avoided(self, box: BaseGeometry) -> bool:
        return bool(self.avoided) and bool(shapely.intersects(box, self.avoided).any())

    def _write(self, lines: list[str], x_mm: float, top_mm: float, style: LabelStyle) -> None:
        step = style.size_pt * MM_PER_PT * 1.2
        for number, row in enumerate(lines):
            self.written.append(
                halo_text(
                    row,
                    x_mm,
                    top_mm + step * (number + 0.78),
                    size_pt=style.size_pt,
                    colour=style.colour,
                    bold=style.bold and number == 0,
                )
            )


def _stops(line: BaseGeometry, width_mm: float) -> list[float]:
    room = line.length - width_mm * 1.2
    if room <= 0:
        return []
    return [width_mm * 0.6 + room * share for share in (0.5, 0.3, 0.7, 0.1, 0.9)]
