"""Which encoding the texts of a delivery are in: declared, found, or asked about; never guessed.

Every candidate must decode all texts strictly. Among those that do, the readings are compared by
how likely each is in its language; two readings of about the same likelihood are a question.
"""

import codecs
import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

from census.intake.characters import Language, log_likelihood, nobodys_share
from census.intake.problems import Problem, Source

# Encoding, how it is called, the languages written in it, and how much more often deliveries have
# it (natural logarithm of the odds).
_CANDIDATES: Final[tuple[tuple[str, str, tuple[Language, ...], float], ...]] = (
    ("utf-8", "UTF-8", ("zh-Hans", "zh-Hant", "ja", "latin", "one script"), 5.0),
    ("gb18030", "GB18030", ("zh-Hans",), 0.0),
    ("cp950", "Big5", ("zh-Hant",), 0.0),
    ("cp932", "CP932", ("ja",), 0.0),
    ("cp1252", "Windows-1252", ("latin",), 0.0),
)
_WIDE: Final[tuple[tuple[str, str, tuple[Language, ...], float], ...]] = tuple(
    (name, label, ("zh-Hans", "zh-Hant", "ja", "latin", "one script"), 0.0)
    for name, label in (("utf-16-le", "UTF-16-LE"), ("utf-16-be", "UTF-16-BE"))
)
# What programs write into files whose encoding they do not know.
_WESTERN: Final = ("iso8859-1", "iso8859-15", "cp437", "cp850")
# A reading must be a thousand times likelier than the next to be taken without a question.
LEAST_ODDS: Final = 7.0
# A declaration that decodes is believed unless another reading is this much likelier.
LEAST_ODDS_AGAINST_DECLARED: Final = 20.0
# So many distinct texts beyond ASCII say all that more of them would.
SAMPLE_TEXTS: Final = 2_000
SHOWN_TEXTS: Final = 5
# More control signs and private ones than this, and it is no text in this encoding.
MOST_NOBODYS_SHARE: Final = 0.1
# A sign that is left out at the end of a column is as unlikely as a rare one.
CUT_ODDS: Final = 12.0
# No double-byte encoding has one of these as the second half of a sign; the bar may be one.
_CELL = re.compile(rb"[^,;\t\r\n\"]+")
_WIDE_CELLS = re.compile(r"[,;\t\r\n\"]+")


@dataclass(frozen=True)
class Reading:
    """
    Texts as one encoding reads them.

    Attributes
    ----------
    encoding
        The encoding, as codecs know it.
    label
        What it is called in a sentence.
    odds
        Natural logarithm of its likelihood; comparable among readings of the same bytes.
    preview
        The first texts beyond ASCII.
    """

    encoding: str
    label: str
    odds: float
    preview: tuple[str, ...]

    @property
    def shown(self) -> str:
        """
        Show the first texts in one line.

        Returns
        -------
        str
            The texts, parted by a middle dot.
        """
        return " · ".join(self.preview)


def decoded(text: bytes, encoding: str, *, may_be_cut: bool = False) -> tuple[str, bool] | None:
    """
    Decode a text strictly; only its end may be cut off within a sign.

    Parameters
    ----------
    text
        The bytes.
    encoding
        A codec.
    may_be_cut
        Whether half a sign at the end is left out rather than a fault.

    Returns
    -------
    tuple of str and bool, or None
        The text, and whether half a sign was left out; None where it cannot be decoded.
    """
    decoder = codecs.getincrementaldecoder(encoding)()
    try:
        read = decoder.decode(text, final=not may_be_cut)
    except UnicodeDecodeError:
        return None
    return read, bool(decoder.getstate()[0])


def readings(
    texts: Sequence[bytes],
    *,
    is_wide: bool = False,
    maybe_cut: Collection[bytes] = (),
    declared: str | None = None,
) -> list[Reading]:
    """
    Read texts in every encoding that decodes them all.

    Parameters
    ----------
    texts
        The texts, one per cell; ASCII ones tell nothing and are left aside.
    is_wide
        Whether they may be UTF-16 only: the bytes hold zeros.
    maybe_cut
        Those of the texts whose end may be half a sign.
    declared
        Codec that the file names: a western one decodes anything, and is held against the others.

    Returns
    -------
    list of Reading
        Likeliest first; empty where no candidate decodes them all.
    """
    telling = list(dict.fromkeys(text for text in texts if is_wide or not text.isascii()))
    found = []
    candidates = _WIDE if is_wide else _CANDIDATES
    if declared in _WESTERN:
        candidates = (*candidates, (declared, declared.upper(), ("latin",), 0.0))
    for encoding, label, languages, prior in candidates:
        whole = [decoded(text, encoding, may_be_cut=text in maybe_cut) for text in telling]
        sound = [each for each in whole if each is not None]
        if len(sound) < len(whole):
            continue
        sample = _sampled([text for text, _ in sound], is_wide=is_wide)
        if nobodys_share(sample) > MOST_NOBODYS_SHARE:
            continue
        odds = prior + max(log_likelihood(sample, language) for language in languages)
        odds -= CUT_ODDS * sum(is_cut for _, is_cut in sound[:SAMPLE_TEXTS])
        preview = tuple(
            dict.fromkeys(text.strip() for text in sample if text.strip() and not text.isascii())
        )[:SHOWN_TEXTS]
        found.append(Reading(encoding, label, odds, preview))
    return sorted(found, key=lambda reading: -reading.odds)


def _sampled(texts: list[str], *, is_wide: bool) -> list[str]:
    if is_wide:
        cells = (cell for text in texts for cell in _WIDE_CELLS.split(text))
        texts = list(dict.fromkeys(cell for cell in cells if cell))
    return texts[:SAMPLE_TEXTS]


def table_readings(content: bytes, *, is_wide: bool = False) -> list[Reading]:
    """
    Read a text table in every encoding that decodes all of it.

    Parameters
    ----------
    content
        The bytes of the table.
    is_wide
        Whether it may be UTF-16 only: the bytes hold zeros.

    Returns
    -------
    list of Reading
        Likeliest first, compared by the first cells beyond ASCII.
    """
    candidates = _WIDE if is_wide else _CANDIDATES
    sound = [each[0] for each in candidates if _is_sound(content, each[0])]
    if is_wide:
        found = readings([content], is_wide=True)
    else:
        cells: dict[bytes, None] = {}
        for match in _CELL.finditer(content):
            if not match[0].isascii():
                cells[match[0]] = None
                if len(cells) == SAMPLE_TEXTS:
                    break
        found = readings(list(cells))
    return [reading for reading in found if reading.encoding in sound]


def _is_sound(content: bytes, encoding: str) -> bool:
    try:
        content.decode(encoding)
    except UnicodeDecodeError:
        return False
    return True


def known_encoding(name: str) -> str | None:
    """
    Find the codec of an encoding as people and .cpg files write it.

    Parameters
    ----------
    name
        Such as ``"GBK"``, ``"936"``, ``"ANSI 1252"``, ``"CP932"`` or ``"Big5"``.

    Returns
    -------
    str or None
        Name of the codec; None where there is none. The Chinese ones are widened to GB18030, Big5
        and Shift JIS to the code pages that hold them.
    """
    text = re.sub(r"^(?:ansi|ibm|windows|oem|ms|cp)?[\s_-]*(?=\d+$)", "cp", name.strip().lower())
    text = {"cp65001": "utf-8", "cp54936": "gb18030", "cp88591": "iso8859-1"}.get(text, text)
    try:
        codec = codecs.lookup(text)
        "".encode(codec.name)
    except (LookupError, ValueError):
        return None
    wider = {"gbk": "gb18030", "gb2312": "gb18030", "big5": "cp950", "shift_jis": "cp932"}
    return wider.get(codec.name, codec.name)


def preferred(found: Sequence[Reading], declared: str | None) -> tuple[Reading | None, bool]:
    """
    Take the likeliest reading, or the declared one unless another is far likelier.

    Parameters
    ----------
    found
        What :func:`readings` returned.
    declared
        Codec that the file itself names; None where it names none.

    Returns
    -------
    reading : Reading or None
        None where it is a question, or nothing decodes.
    is_declared
        Whether it is what the file names.
    """
    if declared is not None:
        own = next((each for each in found if each.encoding == declared), None)
        if own and own.odds >= found[0].odds - LEAST_ODDS_AGAINST_DECLARED:
            return own, True
        if own is not None or not found:
            return None, False
    if not found or (len(found) > 1 and found[0].odds - found[1].odds < LEAST_ODDS):
        return None, False
    return found[0], False


def encoding_found(here: Source, reading: Reading) -> Problem:
    """
    Tell which encoding was found, with the first texts read in it.

    Parameters
    ----------
    here
        The file.
    reading
        What was taken.

    Returns
    -------
    Problem
        A warning.
    """
    return here.problem(
        "encoding",
        "warning",
        value=reading.shown,
        zh=f"文件没有写明文字编码，按 {reading.label} 读取，前几个值：{reading.shown}；如有乱码，"
        "请用 --encoding 指明编码",
        en=f"It names no encoding; read as {reading.label}, the first texts are: {reading.shown}; "
        "where they look wrong, name the encoding with --encoding",
    )


def encoding_question(here: Source, found: Sequence[Reading], declared: str = "") -> Problem:
    """
    Ask which encoding texts are in, showing each reading of the first ones.

    Parameters
    ----------
    here
        The file.
    found
        The readings that are about as likely, likeliest first; none where nothing decodes.
    declared
        What the file names, where that does not fit.

    Returns
    -------
    Problem
        An error of the whole file.
    """
    if not found:
        return here.problem(
            "encoding",
            "error",
            zh="文字编码不是 UTF-8、GB18030、Big5、CP932、UTF-16 中的任何一种；"
            "请用 --encoding 指明，或另存为 UTF-8",
            en="Its texts are in none of UTF-8, GB18030, Big5, CP932 and UTF-16; name the encoding "
            "with --encoding, or save it as UTF-8",
        )
    shown = found[: 3 if declared else 2]
    zh = "；".join(f"{each.label} 读作“{each.shown}”" for each in shown)
    en = "; ".join(f"{each.label} reads {each.shown!r}" for each in shown)
    options = " / ".join(f"--encoding {each.label}" for each in shown)
    named_zh = f"文件写明编码 {declared}，与文字不符" if declared else "文字编码不能确定"
    named_en = f"It names the encoding {declared}, which does not fit" if declared else (
        "Its encoding cannot be told for sure"
    )  # fmt: skip
    return here.problem(
        "encoding",
        "error",
        value=shown[0].shown,
        zh=f"{named_zh}：{zh}；请选定后加上 {options} 重新导入",
        en=f"{named_en}: {en}; choose one and import again with {options}",
    )
