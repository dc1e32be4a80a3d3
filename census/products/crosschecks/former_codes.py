"""What still stands on codes of divisions that went, and which nobody but a person can settle."""

from collections.abc import Iterator

from census.products.crosschecks.district import District, Finding
from census.products.parameters import Parameters
from census.store.rights import rights
from census.store.stated_codes import WORDS, Standing

# Where each is put right: as a delivery of its form, or by hand.
_FIX = {
    "resident": (
        "按现行村代码重新登记这些居民（乡镇管理员或数据员）",
        "Enter these residents again under the codes of today",
    ),
    "duty_person": (
        "在现行的村重新指定责任人", "Name the holders of the posts anew in the villages of today",
    ),
    "account_role": (
        "由安全管理员在“账号”页收回旧范围、按现行区划重新授予",
        "On the page of accounts, take the former scope away and give one of today",
    ),
    "report_state": (
        "由全区的核查员处理", "To be decided by a verifier of the whole district",
    ),
}  # fmt: skip
_AGAIN = ("改填现行代码后重新交付", "Write the codes of today and deliver them again")


def former_codes(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find rows, scopes and reports that stand on codes out of force.

    Parameters
    ----------
    district
        The district.
    rule
        Nothing is read of it.

    Yields
    ------
    Finding
        One per layer and code, with how many there are and what the code became; of persons the
        number alone.
    """
    del rule
    for each in district.standing():
        zh, en = WORDS[each.layer]
        heirs_zh, heirs_en = _heirs(each, district)
        roles = [rights().roles[name].words for name in each.who if name in rights().roles]
        who_zh = f"（{'、'.join(word for word, _ in roles)}）" if roles else ""
        who_en = f" ({', '.join(word for _, word in roles)})" if roles else ""
        fix_zh, fix_en = _FIX.get(each.layer, _AGAIN)
        yield Finding(
            table=each.layer, code="", name=each.code, column="code", value=each.code,
            division_code=each.heirs[0] if each.heirs else "",
            sentence_zh=f"{zh}{who_zh}有 {each.rows} 条仍填 {each.code}，该代码已不再有效，"
            f"{heirs_zh}",
            sentence_en=f"{each.rows} {en}{who_en} stand on {each.code}, which is no longer in "
            f"force; {heirs_en}",
            fix_zh=fix_zh, fix_en=fix_en,
        )  # fmt: skip


def _heirs(each: Standing, district: District) -> tuple[str, str]:
    if not each.heirs:
        return (
            "没有说明去向：也可用“区划代码变动对照”交付其去向",
            "nothing says what became of it: its heir may also be delivered with division_changes",
        )
    layer = district.layer("division")
    names = dict(zip(layer["code"], layer["name"], strict=True))
    told = "、".join(f"{heir}（{names.get(heir, '')}）" for heir in each.heirs)
    told_en = ", ".join(f"{heir} ({names.get(heir, '')})" for heir in each.heirs)
    if len(each.heirs) == 1:
        return (
            f"去向为 {told}，该处已有同类行，未相加",
            f"it became {told_en}, which has rows of its own: they were not added up",
        )
    return (
        f"有 {len(each.heirs)} 个去向：{told}，未作猜测",
        f"it has {len(each.heirs)} heirs: {told_en}; none is guessed",
    )
