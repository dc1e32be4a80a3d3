"""Pack headings, sentences and table rows into columns of a sheet so that nothing is ever cut."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from html import escape

from webapp.sheets.strokes import MM_PER_PT, text_width_mm

COLUMN_WIDTH_MM = 104.0
COLUMN_HEIGHT_MM = 236.0
LINE_HEIGHT = 1.32
# A line of mixed text breaks a little before the column is full.
_BREAK_LOSS = 0.94
_SURE_TO_FIT = 0.99
# Columns are evened out in steps of this height.
_EVEN_STEP_MM = 3.0


@dataclass(frozen=True)
class Block:
    """
    A piece of a column that stays in one piece.

    Attributes
    ----------
    html
        What is shown.
    height_mm
        Room it takes in a column, never too little.
    is_heading
        Stays with the block after it.
    head
        Column heads of the table that this row belongs to; they stand above the first of its rows
        and again wherever the table goes on.
    """

    html: str
    height_mm: float
    is_heading: bool = False
    head: "Block | None" = None


@dataclass(frozen=True)
class Section:
    """
    Blocks under one heading.

    Attributes
    ----------
    heading
        The heading.
    continued
        The heading of what goes on in another column or on another page.
    blocks
        The blocks, in order.
    first_limit
        Most blocks on the first page.
    """

    heading: Block
    continued: Block
    blocks: tuple[Block, ...]
    first_limit: int = 1_000

    @property
    def height_mm(self) -> float:
        """
        Add up the room for the heading and every block.

        Returns
        -------
        float
            Millimetres.
        """
        return self.heading.height_mm + sum(block.height_mm for block in with_heads(self.blocks))

    def split(self, room_mm: float) -> tuple[tuple[Block, ...], "Section | None"]:
        """
        Take what fits from the front.

        Parameters
        ----------
        room_mm
            Room in the column, millimetres.

        Returns
        -------
        tuple
            Blocks that fit, heading included (none if not even one block fits), and the rest.
        """
        if not self.blocks:
            return (), None
        count = self._fitting(room_mm - self.heading.height_mm)
        if count == 0:
            return (), self
        rest = self.blocks[count:]
        taken = (self.heading, *with_heads(self.blocks[:count]))
        if not rest:
            return taken, None
        return taken, replace(self, heading=self.continued, blocks=rest, first_limit=1_000)

    def _fitting(self, room_mm: float) -> int:
        """Count the blocks that fit; a table does not begin with a single row of several."""
        count, above = 0, None
        for block in self.blocks[: self.first_limit]:
            is_new = block.head is not None and block.head != above
            room_mm -= block.height_mm + (block.head.height_mm if is_new and block.head else 0.0)
            if room_mm < 0:
                break
            count, above = count + 1, block.head
        heads = [block.head for block in self.blocks[: count + 1]]
        if 0 < count < len(self.blocks) and heads[-1] and heads[-1] == heads[-2]:
            is_lone = heads.count(heads[-1]) == len({"row", "next row"})
            return count - is_lone
        return count


def with_heads(blocks: Sequence[Block]) -> list[Block]:
    """
    Put the column heads above the first row of each table.

    Parameters
    ----------
    blocks
        Blocks of one piece of a column.

    Returns
    -------
    list of Block
        The same with heads.
    """
    shown: list[Block] = []
    above: Block | None = None
    for block in blocks:
        if block.head is not None and block.head != above:
            shown.append(block.head)
        shown.append(block)
        above = block.head
    return shown


def lines_of(text: str, *, size_pt: float, width_mm: float) -> int:
    """
    Estimate how many lines a text takes, never too few.

    Parameters
    ----------
    text
        The text.
    size_pt
        Size in points.
    width_mm
        Width of the column, millimetres.

    Returns
    -------
    int
        At least 1.
    """
    whole_mm = text_width_mm(text, size_pt)
    if whole_mm <= width_mm * _SURE_TO_FIT:
        return 1
    longest_word = max((text_width_mm(word, size_pt) for word in text.split(" ")), default=0.0)
    usable = max(width_mm * _BREAK_LOSS - min(longest_word / 4, width_mm / 8), size_pt)
    return max(1, -int(-whole_mm // usable))


def text_height_mm(text: str, *, size_pt: float, width_mm: float) -> float:
    """
    Estimate the height of a wrapped text.

    Parameters
    ----------
    text
        The text.
    size_pt
        Size in points.
    width_mm
        Width of the column, millimetres.

    Returns
    -------
    float
        Millimetres.
    """
    lines = lines_of(text, size_pt=size_pt, width_mm=width_mm)
    return lines * size_pt * MM_PER_PT * LINE_HEIGHT


def heading(first: str, second: str) -> Block:
    """
    Write a heading in two languages on one line.

    Parameters
    ----------
    first
        Leading language.
    second
        The other language, smaller.

    Returns
    -------
    Block
        8.5 mm high.
    """
    return Block(f"<h2>{escape(first)} <small>{escape(second)}</small></h2>", 8.5, is_heading=True)


def paragraph(first: str, second: str, *, size_pt: float, badge: str = "") -> Block:
    """
    Write a sentence in the leading language, under it the other language, smaller.

    Parameters
    ----------
    first
        Sentence in the leading language.
    second
        The same in the other language; may be empty.
    size_pt
        Size of the leading sentence, points.
    badge
        SVG or HTML put before the sentence.

    Returns
    -------
    Block
        The sentence.
    """
    inner_mm = COLUMN_WIDTH_MM - (8.0 if badge else 0.0)
    height = text_height_mm(first, size_pt=size_pt, width_mm=inner_mm)
    html = f'<div style="font-size:{size_pt}pt">{escape(first)}</div>'
    if second:
        height += text_height_mm(second, size_pt=7, width_mm=inner_mm)
        html += f'<div class="second">{escape(second)}</div>'
    mark = f'<div class="badge">{badge}</div>' if badge else ""
    inset = ' style="margin-left:8mm"' if badge else ""
    return Block(f'<div class="para">{mark}<div{inset}>{html}</div></div>', height + 1.6)


def row(
    cells: list[str],
    widths_mm: list[float],
    *,
    size_pt: float = 9.5,
    kind: str = "",
    head: Block | None = None,
) -> Block:
    """
    Write one row of a table with fixed columns.

    Parameters
    ----------
    cells
        Texts of the cells.
    widths_mm
        Width of each column, millimetres.
    size_pt
        Size, points.
    kind
        Class of the row: ``head``, ``odd`` or empty.
    head
        Column heads of the table.

    Returns
    -------
    Block
        The row.
    """
    height = max(
        text_height_mm(cell, size_pt=size_pt, width_mm=width - 2.4)
        for cell, width in zip(cells, widths_mm, strict=True)
    )
    inner = "".join(
        f'<td style="width:{width / COLUMN_WIDTH_MM:.2%}">{escape(cell)}</td>'
        for cell, width in zip(cells, widths_mm, strict=True)
    )
    return Block(
        f'<table class="{kind}" style="font-size:{size_pt}pt"><tr>{inner}</tr></table>',
        height + 1.4,
        head=head,
    )


def pack_first(
    sections: list[Section], fixed_mm: float, shares: list[float]
) -> tuple[list[list[Block]], list[Section]]:
    """
    Fill the column of the first page, each section within its share, then with what is left over.

    Parameters
    ----------
    sections
        Sections that may go on elsewhere, in order.
    fixed_mm
        Room kept for blocks that must stand on this page.
    shares
        Share of the room promised to each section; a smaller section gives the rest away.

    Returns
    -------
    tuple
        Blocks of this column by section, and the sections that go on.
    """
    room = COLUMN_HEIGHT_MM - fixed_mm
    promised = [
        min(section.height_mm, room * share)
        for section, share in zip(sections, shares, strict=True)
    ]
    placed: list[list[Block]] = []
    left: list[Section] = []
    for number, section in enumerate(sections):
        free = room - sum(promised[number + 1 :])
        taken, rest = section.split(free)
        placed.append(list(taken))
        room -= sum(block.height_mm for block in taken)
        if rest is not None:
            left.append(rest)
    return placed, left


def pack_on(sections: list[Section], *, height_mm: float, columns: int) -> list[list[list[Block]]]:
    """
    Fill further pages column by column, the columns of the last one evenly.

    Parameters
    ----------
    sections
        What is left.
    height_mm
        Height of a column, millimetres.
    columns
        Columns on a page.

    Returns
    -------
    list
        Pages of columns of blocks.
    """
    pages: list[list[list[Block]]] = []
    while sections:
        page, rest = _fill(sections, height_mm, columns)
        if not rest:
            page = _even(sections, height_mm, columns)
        pages.append(page)
        sections = rest
    return pages


def _even(sections: list[Section], height_mm: float, columns: int) -> list[list[Block]]:
    """Fill the last page to the lowest height at which everything still stands on it."""
    even_mm = sum(section.height_mm for section in sections) / columns
    while even_mm < height_mm:
        page, rest = _fill(sections, even_mm, columns)
        if not rest and _highest_mm(page) <= even_mm:
            return page
        even_mm += _EVEN_STEP_MM
    return _fill(sections, height_mm, columns)[0]


def _highest_mm(columns: list[list[Block]]) -> float:
    return max(sum(block.height_mm for block in column) for column in columns)


def _fill(
    sections: list[Section], height_mm: float, columns: int
) -> tuple[list[list[Block]], list[Section]]:
    filled: list[list[Block]] = []
    column: list[Block] = []
    room = height_mm
    waiting = list(sections)
    while waiting and len(filled) < columns:
        taken, rest = waiting[0].split(room)
        if not taken and not column:
            # A block taller than a page stands alone: it is shown, not dropped.
            taken, rest = waiting[0].split(float("inf"))
        column.extend(taken)
        room -= sum(block.height_mm for block in taken)
        if rest is None:
            waiting.pop(0)
            continue
        waiting[0] = rest
        filled.append(column)
        column, room = [], height_mm
    if column:
        filled.append(column)
    return filled, waiting
