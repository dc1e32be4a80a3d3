"""Keep the legend of a map: only what was drawn enters it, each kind once, in drawing order."""

from dataclasses import dataclass, field
from html import escape

from webapp.sheets.column import Block
from webapp.sheets.words import Words

ROW_MM = 6.2
COLUMNS = 3
SWATCH_WIDTH_MM = 10.0
SWATCH_HEIGHT_MM = 5.0
_SHRUNK = 0.8


@dataclass
class Legend:
    """
    The legend of one map.

    Attributes
    ----------
    words
        Words of the sheet.
    """

    words: Words
    entries: dict[str, tuple[str, str, str]] = field(default_factory=dict)

    def add(self, key: str, swatch: str, *, name: tuple[str, str] | None = None) -> None:
        """
        Note that something was drawn; the second time changes nothing.

        Parameters
        ----------
        key
            Key of the word, or any key where ``name`` is given.
        swatch
            SVG of 10 x 5 mm.
        name
            Leading and other text.
        """
        if key not in self.entries:
            first, second = name or self.words.pair(key)
            self.entries[key] = (swatch, first, second)

    def blocks(self) -> list[Block]:
        """
        Set the legend in three columns, read downwards.

        Returns
        -------
        list of Block
            One block per row of three entries.
        """
        cells = [_cell(*entry) for entry in self.entries.values()]
        rows = -(-len(cells) // COLUMNS)
        return [
            Block(f'<div class="legend">{"".join(cells[number::rows])}</div>', ROW_MM)
            for number in range(rows)
        ]


def _cell(swatch: str, first: str, second: str) -> str:
    return (
        '<div class="key">'
        f'<svg width="{SWATCH_WIDTH_MM * _SHRUNK:g}mm" height="{SWATCH_HEIGHT_MM * _SHRUNK:g}mm" '
        f'viewBox="0 0 {SWATCH_WIDTH_MM} {SWATCH_HEIGHT_MM}">{swatch}</svg>'
        f"<span>{escape(first)}<br/><i>{escape(second)}</i></span></div>"
    )
