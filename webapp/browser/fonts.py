"""Cut the installed Noto Sans CJK into a web font that covers everyday Chinese.

English-only machines carry no Chinese font, and the bureau's network has no internet, so the pages
bring their own: the 6,763 characters of GB 2312, Latin, and the punctuation of both.
"""

import subprocess
import sys
from pathlib import Path

FONTS = Path("/usr/share/fonts/opentype/noto")
SOURCE = "NotoSansCJK-Regular.ttc"
TARGET = "NotoSansSC-Regular.woff2"
SIMPLIFIED_CHINESE = 2  # number of the SC face in the collection: JP, KR, SC, TC, HK


def web_characters() -> str:
    """
    Return the characters of the web font.

    Returns
    -------
    str
        ASCII, Latin-1, general and CJK punctuation, full-width forms and GB 2312.
    """
    ranges = [(0x20, 0x7E), (0xA0, 0xFF), (0x2010, 0x2027), (0x2030, 0x203B), (0x2150, 0x215F)]
    ranges += [(0x2190, 0x2199), (0x2200, 0x22A5), (0x2500, 0x25FF), (0x3000, 0x303F)]
    ranges += [(0xFF01, 0xFF5E)]
    plain = "".join(chr(c) for low, high in ranges for c in range(low, high + 1))
    rows = bytes(range(0xA1, 0xFF))
    pairs = (bytes([first, second]) for first in range(0xB0, 0xF8) for second in rows)
    return plain + "".join(pair.decode("gb2312", errors="ignore") for pair in pairs)


def cut(out: Path) -> Path:
    """
    Write the web font; browsers thicken it for headings.

    Parameters
    ----------
    out
        Folder for the ``.woff2`` file; made if absent.

    Returns
    -------
    Path
        The file.
    """
    out.mkdir(parents=True, exist_ok=True)
    characters = out / "characters.txt"
    characters.write_text(web_characters(), encoding="utf-8")
    target = out / TARGET
    subprocess.run(
        [
            sys.executable,
            "-m",
            "fontTools.subset",
            str(FONTS / SOURCE),
            f"--font-number={SIMPLIFIED_CHINESE}",
            f"--text-file={characters}",
            "--flavor=woff2",
            "--layout-features=kern,locl",
            f"--output-file={target}",
        ],
        check=True,
    )
    characters.unlink()
    return target


if __name__ == "__main__":
    cut(Path(sys.argv[1]))
