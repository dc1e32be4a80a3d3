"""How likely a text is under the habits of a language: what tells one encoding from another.

The classes of characters come from the character sets themselves (the first level of GB 2312, of
Big5 and of JIS X 0208 holds the characters in daily use); only the lists of the most frequent ones
are ours. The shares of the classes are round figures of texts in tables: names, codes, words.
"""

import math
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType
from typing import Final, Literal

Language = Literal["zh-Hans", "zh-Hant", "ja", "latin", "one script"]

_FREQUENT_HANS: Final = (
    "的一是不了在人有我他这个们中来上大为和国地到以说时要就出会可也你对生能而子那得于着下自之年过发后作里"
    "用道行所然家种事成方多经么去法学如都同现当没动面起看定天分还进好小部其些主样理心本前开但因只从想实"
    "日军者意无力它与长把机十民第公此已工使情明性知全三又关点正业外将两高间由问很最重并物手应战向头文体"
    "政美相见被利什二等产或新己制身果加西斯月话合回特代内信表化老给世位次度门任常先海通教儿原东声提立及"
    "比员解水名真论处走义各入几口认条平系气题活尔更别打女变四神总何电数安少报才结反受目太量再感建务做接"
    "必场件计管期市直德资命山金指克许统区保至队形社便空决治展马科司五基眼书非则听白却界达光放强即像难且"
    "权思王象完设式色路记南品住告类求据程北边死张该交规万取拉格望觉术领共确传师观清今切院让识候带导争运"
    "县镇乡村街道办省州府厅局站桥河江湖港湾岛岸坡沟塘堰坝库渠井林农田园场居委组户栋楼层号室厂店校堂庙寺"
    "避灾险洪涝震滑坡崩塌泥石流火灾害点级红橙黄蓝绿普查统推算简繁语言字编码称址类型面积坐标经纬度备注宽"
    "沿龙凤凰福寿永兴华丰富顺康宁泰和昌盛荣庆祥仁义礼孝忠胜利解放建设幸卫星前进新城古老东西南北里外桃李"
    "杨柳松竹梅兰菊荷花溪泉潭岭峰岗坪坝湾洋淮黄河汉阳阴京津沪渝川贵云藏陕甘青宁疆蒙辽吉黑冀鲁豫鄂湘粤桂琼"
    "浙苏皖赣闽台澳杭温绍嘉衢舟丽济烟潍临沂郑洛武昆成都重庆哈尔滨长沙广深圳珠佛莞厦门泉漳州海口三亚石家庄"
    "医院政府中心卫生服务派出所消防队小学中学大学幼儿广场公园体育馆停车仓库敬老福利活动室礼堂文化站会所"
)
_FREQUENT_HANT: Final = (
    "這個們來為國說時會對於後過發裡種經麼學現當沒動還進樣開從實軍無與長機關點業將兩間問義應戰頭體見產"
    "關話給門員解東聲論處條氣題爾別變總電數報結務場計統區隊決馬書聽難權設記邊張該規萬類據傳師觀術領確運"
    "縣鎮鄉辦廳橋灣島溝壩渠農園場組戶棟樓層號廠廟險澇崩滑災級紅藍綠查簡體繁語編碼稱積標備註寬龍鳳興華豐順"
    "寧慶勝衛臺北桃園新竹苗栗彰化南投雲林嘉義臺南高雄屏東宜蘭花蓮澎湖基隆連江金門里鄰路段巷弄街道鄉鎮市區"
    "醫院政府中心國小國中高中大學公園體育館活動中心避難收容處所防災潛勢溪流"
)
_FREQUENT_JA: Final = (
    "市町村丁目区郡県府都道字大小中上下東西南北新本田山川原野島崎津浜港谷沢池森林木松竹梅杉桜藤福富吉高"
    "長安平和光明永豊栄幸石岩岡坂橋井口戸内外前後元古今宮寺社神天日月星水火土金地学校園館公民体育広場避難"
    "所施設名称住所緯度経度番号備考洪水高潮津波地震噴火土砂災害指定緊急避難場所収容人数第一二三四五六七八九十"
    "百千万人年月日時分秒円世帯男女総数計面積標高種別対象区域集会保健福祉市役支所出張小中等高等専門幼稚保育"
    "県鳥取米子境港倉吉石川七尾輪島能登金沢札幌函館青森秋田岩手仙台宮城福島茨城栃木群馬埼玉千葉東京神奈川横浜"
    "新潟富山福井山梨長野岐阜静岡愛知三重滋賀京都大阪兵庫奈良和歌島根広島徳香媛高知福岡佐賀崎熊分宮鹿児沖縄"
    "駅前通条線号室階棟会社店事業部課員駐車電話局見国語文化財団地帯図書簡体気象台雨雪風畑浦渡瀬沼湖滝峰坪塚"
)
_ASCII_SIGNS: Final = 95
_HALF_KATAKANA = re.compile("[\uff61-\uff9f]+")
_HALF_START, _HALF_NEXT = math.log(0.01 / 63), math.log(0.9 / 63)
_STRANGE: Final = math.log(1e-9)
# A sign that no table holds: a control sign, a private or unassigned place.
_IMPOSSIBLE: Final = math.log(1e-15)
_ACCENTED: Final = "àáâãäåæçèéêëìíîïñòóôõöøùúûüýÿœšžÀÁÂÃÄÅÆÇÈÉÊËÌÍÎÏÑÒÓÔÕÖØÙÚÛÜÝŒŠŽß"
_BLOCK_SIGNS: Final = 128


@dataclass(frozen=True)
class _Share:
    """A class of characters and how much of a text it makes up."""

    signs: frozenset[str]
    share: float


def log_likelihood(texts: Iterable[str], language: Language) -> float:
    """
    Measure how well texts fit the habits of a language.

    Parameters
    ----------
    texts
        Distinct texts; a text that repeats tells nothing new.
    language
        The language; ``one script`` is any alphabet of a single block of Unicode.

    Returns
    -------
    float
        Natural logarithm of the probability of the texts, character by character.
    """
    joined = "\n".join(texts)
    counts: dict[str, int] = {}
    for sign in joined:
        counts[sign] = counts.get(sign, 0) + 1
    known = _script_costs(counts) if language == "one script" else _costs(language)
    total = 0.0
    for sign, count in counts.items():
        if language == "ja" and "\uff61" <= sign <= "\uff9f":
            continue
        total += count * known.get(sign, _unknown(sign))
    if language == "ja":
        for run in _HALF_KATAKANA.findall(joined):
            total += _HALF_START + (len(run) - 1) * _HALF_NEXT
    return total


def nobodys_share(texts: Iterable[str]) -> float:
    """
    Tell how much of texts are signs that no table holds: control signs and private places.

    Parameters
    ----------
    texts
        The texts.

    Returns
    -------
    float
        Share among the signs beyond ASCII, 0 where there are none.
    """
    signs = [sign for text in texts for sign in text if not sign.isascii() or sign < " "]
    return sum(_unknown(sign) == _IMPOSSIBLE for sign in signs) / max(1, len(signs))


def _unknown(sign: str) -> float:
    if sign in "\n\r\t":
        return 0.0
    code = ord(sign)
    is_control = code < 0x20 or 0x7F <= code < 0xA0  # noqa: PLR2004  (C0, DEL and C1)
    is_private = 0xE000 <= code < 0xF900 or code >= 0xF0000  # noqa: PLR2004  (no one's signs)
    return _IMPOSSIBLE if is_control or is_private or sign == "\ufffd" else _STRANGE


@cache
def _costs(language: Language) -> Mapping[str, float]:
    shares = {
        "zh-Hans": _hans, "zh-Hant": _hant, "ja": _japanese, "latin": _latin,
    }[language]()  # fmt: skip
    costs: dict[str, float] = {}
    # The first class that has a sign is its own: lists go from frequent to rare.
    for each in shares:
        cost = math.log(each.share / len(each.signs))
        for sign in each.signs:
            costs.setdefault(sign, cost)
    return MappingProxyType(costs)


def _ascii(share: float) -> _Share:
    return _Share(frozenset(map(chr, range(0x20, 0x7F))), share)


def _hans() -> list[_Share]:
    return [
        _ascii(0.3),
        _Share(frozenset(_FREQUENT_HANS), 0.52),
        _Share(_pairs("gb2312", range(0xB0, 0xD8), _HIGH), 0.12),
        _Share(_pairs("gb2312", range(0xA1, 0xA4), _HIGH), 0.04),
        _Share(_pairs("gb2312", range(0xD8, 0xF8), _HIGH), 0.015),
        _Share(_pairs("gb2312", range(0xA4, 0xB0), _HIGH), 0.002),
        _Share(_pairs("gbk", range(0x81, 0xFE), range(0x40, 0xFF)), 0.003),
    ]


def _hant() -> list[_Share]:
    shared = [sign for sign in _FREQUENT_HANS if _is_in(sign, "cp950")]
    low = (*range(0x40, 0x7F), *_HIGH)
    return [
        _ascii(0.3),
        _Share(frozenset(shared) | frozenset(_FREQUENT_HANT), 0.5),
        _Share(_pairs("cp950", range(0xA4, 0xC7), low), 0.14),
        _Share(_pairs("cp950", range(0xA1, 0xA4), low), 0.04),
        _Share(_pairs("cp950", range(0xC9, 0xFA), low), 0.015),
    ]


def _japanese() -> list[_Share]:
    kana = frozenset(map(chr, (*range(0x3041, 0x3094), *range(0x30A1, 0x30F7), 0x30FC)))
    return [
        _ascii(0.25),
        _Share(kana, 0.35),
        _Share(frozenset(_FREQUENT_JA), 0.3),
        _Share(_pairs("euc_jp", range(0xB0, 0xD0), _HIGH), 0.06),
        _Share(_pairs("euc_jp", range(0xA1, 0xA4), _HIGH), 0.03),
        _Share(_pairs("euc_jp", range(0xD0, 0xF5), _HIGH), 0.004),
        _Share(_pairs("cp932", (0x81, 0x87, *range(0xFA, 0xFD)), range(0x40, 0xFD)), 0.002),
    ]


def _latin() -> list[_Share]:
    return [
        _ascii(0.93),
        _Share(frozenset(_ACCENTED), 0.06),
        _Share(frozenset(map(chr, range(0xA0, 0x180))) | frozenset("–—‘’“”…€™•"), 0.01),
    ]


def _script_costs(counts: Mapping[str, int]) -> Mapping[str, float]:
    """Give the signs of the block that most signs beyond ASCII stand in a likely share."""
    blocks: dict[int, int] = {}
    for sign, count in counts.items():
        if not sign.isascii():
            blocks[ord(sign) // _BLOCK_SIGNS] = blocks.get(ord(sign) // _BLOCK_SIGNS, 0) + count
    costs = dict.fromkeys(map(chr, range(0x20, 0x7F)), math.log(0.3 / _ASCII_SIGNS))
    if blocks:
        block = max(blocks, key=lambda number: blocks[number])
        alphabet = math.log(0.01 / _BLOCK_SIGNS)
        for code in range(block * _BLOCK_SIGNS, (block + 1) * _BLOCK_SIGNS):
            if chr(code).isprintable():
                costs[chr(code)] = alphabet
    return costs


_HIGH: Final = range(0xA1, 0xFF)


def _pairs(encoding: str, first: Iterable[int], second: Iterable[int]) -> frozenset[str]:
    trails = tuple(second)
    found = (_sign(bytes((lead, trail)), encoding) for lead in first for trail in trails)
    return frozenset(sign for sign in found if sign)


def _sign(pair: bytes, encoding: str) -> str:
    try:
        text = pair.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return text if len(text) == 1 and text.isprintable() and not text.isascii() else ""


def _is_in(sign: str, encoding: str) -> bool:
    try:
        sign.encode(encoding)
    except UnicodeEncodeError:
        return False
    return True
