"""What to say where headings do not fit a form: its columns, the nearest fields, words to try."""

import re
from collections.abc import Mapping, Sequence
from difflib import SequenceMatcher
from typing import Final

from census.intake.fields import Field, plain
from census.intake.heading_rows import PART

# Less alike than this two words have nothing to do with each other.
LEAST_ALIKE: Final = 0.6
# Traditional and Japanese signs of headings, so that 名稱 is near 名称; only for what is suggested.
_SIMPLE: Final = str.maketrans(
    "編號稱種類經緯縣鄉鎮區戶數級別點災險難場備註條積標層樓歲齡總計單會學樣時間報図広県価収",
    "编号称种类经纬县乡镇区户数级别点灾险难场备注条积标层楼岁龄总计单会学样时间报图广县价收",
)
# What a column that tells rows apart is called where it is not called a code.
_CODE_WORDS: Final = frozenset({"id", "no", "no.", "fid", "objectid", "番号", "序号", "编码"})
_SHOWN_HEADINGS: Final = 40
_UNIT: Final = re.compile(r"[(\[].*?[)\]]$")


def columns_shown(headings: Sequence[str]) -> str:
    """
    List the headings of a delivery in one line.

    Parameters
    ----------
    headings
        The headings.

    Returns
    -------
    str
        The first forty, and how many more there are.
    """
    shown = "、".join(headings[:_SHOWN_HEADINGS])
    more = len(headings) - _SHOWN_HEADINGS
    return f"{shown} … (+{more})" if more > 0 else shown


def words_to_try(
    headings: Sequence[str], matched: Mapping[str, str], missing: Sequence[Field]
) -> str:
    """
    Word the ``--map`` options that name the columns nearest to the fields that are missing.

    Parameters
    ----------
    headings
        Headings of the delivery.
    matched
        Heading to field, as far as they were known.
    missing
        Fields that the form needs and no heading names.

    Returns
    -------
    str
        One option per missing field; where no heading is near it, ``COLUMN`` stands for one.
    """
    left = [heading for heading in headings if heading not in matched]
    options = []
    for each in missing:
        nearest = max(left, key=lambda heading: _alike(each, heading), default="")
        if nearest and _alike(each, nearest) >= LEAST_ALIKE:
            left.remove(nearest)
        else:
            nearest = "COLUMN"
        column = f'"{nearest}"' if re.search(r"[^\w]", nearest) else nearest
        options.append(f"--map {column}={each.name}")
    return " ".join(options)


def _alike(each: Field, heading: str) -> float:
    word = _UNIT.sub("", plain(heading.rpartition(PART)[2])).translate(_SIMPLE)
    if not word:
        return 0.0
    if word in _CODE_WORDS and each.name.endswith("code"):
        return LEAST_ALIKE
    return max(_share(word, _UNIT.sub("", plain(own))) for own in each.headings())


def _share(word: str, own: str) -> float:
    """Share of signs in common, more where one holds the other whole, most where it begins so."""
    if not own:
        return 0.0
    if len(own) > 1 and len(word) > 1 and (word in own or own in word):
        share = LEAST_ALIKE + 0.3 * min(len(word), len(own)) / max(len(word), len(own))
        return share + 0.1 * (word.startswith(own) or own.startswith(word))
    return SequenceMatcher(None, word, own).ratio()
