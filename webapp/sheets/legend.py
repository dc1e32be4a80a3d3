"""Keep the legend of a map: only what was drawn enters it, each kind once, in drawing order."""

from dataclasses import dataclass, field
from html import escape

from webapp.sheets.column import Block
from webapp.sheets.words import Words

ROW_MM = 6.4
SWATCH_WIDTH_MM = 10.0
SWATCH_HEIGHT_MM = 5.0


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
        Set the legend in two columns.

        Returns
        -------
        list of Block
            One block per row of two entries.
        """
        cells = [_cell(*entry) for entry in self.entries.values()]
        half = -(-len(cells) // 2)
        left, right = cells[:half], cells[half:] + [""] * (2 * half - len(cells))
        return [
            Block(f'<div class="legend">{one}{two}</div>', ROW_MM)
            for one, two in zip(left, right, strict=True)
        ]


def _cell(swatch: str, first: str, second: str) -> str:
    return (
        '<div class="key">'
        f'<svg width="{SWATCH_WIDTH_MM}mm" height="{SWATCH_HEIGHT_MM}mm" '
        f'viewBox="0 0 {SWATCH_WIDTH_MM} {SWATCH_HEIGHT_MM}">{swatch}</svg>'
        f"<span>{escape(first)}<br/><i>{escape(second)}</i></span></div>"
    )
