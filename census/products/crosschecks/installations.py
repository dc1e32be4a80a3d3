"""Major hazard installations: the level that is delivered against the one their substances give."""

from collections.abc import Iterator, Mapping
from typing import Any

from census.intake.fields import plain
from census.products.crosschecks.district import District, Finding, Record, of
from census.products.parameters import Parameters
from geo.installations import alpha_of, level_of


def levels(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Compare delivered levels and R values with R = alpha x sum of beta q/Q (GB 18218-2018, 4.3).

    Parameters
    ----------
    district
        The district; the people within 500 m outside give alpha.
    rule
        ``level_at_least_r``, ``alpha_at_least_people``, ``alpha``, ``most_r_difference_share``.

    Yields
    ------
    Finding
        Levels and R values that differ, and installations that cannot be computed.
    """
    parts: dict[str, list[Record]] = {}
    for substance in district.records("installation_substance"):
        parts.setdefault(substance["installation_code"], []).append(substance)
    for installation in district.records("installation"):
        yield from _judged(
            installation, parts.get(installation["code"], []), rule, district.substances
        )


def _judged(
    installation: Record, parts: list[Record], rule: Parameters, known: Parameters
) -> Iterator[Finding]:
    missing = _missing(parts, known)
    if missing is not None:
        zh, en = missing
        yield of(
            "installation", installation, column="level", value=installation["level"] or "",
            sentence_zh=f"级别无法核算：{zh}", sentence_en=f"Its level cannot be computed: {en}",
            fix_zh="补交物质与数量表单中的这些内容",
            fix_en="Deliver what is missing with the form of substances",
        )  # fmt: skip
        return
    shares = [each["quantity_t"] / _critical_t(each, known) for each in parts]
    weights = [_beta(each, known) for each in parts]
    weighed = sum(b * s for b, s in zip(weights, shares, strict=True))
    if sum(shares) < 1:
        yield of(
            "installation", installation, column="level", value=installation["level"] or "",
            sentence_zh=f"各物质 q/Q 之和为 {sum(shares):.2f}，不足1，按数量不构成重大危险源",
            sentence_en=f"q/Q adds up to {sum(shares):.2f}, below 1: by its quantities it is no "
            "major hazard installation",
            fix_zh="核对存在量与临界量，或撤销登记",
            fix_en="Check quantities and critical quantities, or take it off the list",
        )  # fmt: skip
        return
    if installation["people_within_500m"] is None:
        yield from _bounded(installation, weighed, rule)
    else:
        yield from _compared(installation, weighed, rule)


def _bounded(installation: Record, weighed: float, rule: Parameters) -> Iterator[Finding]:
    """Without the people around only the levels between nobody and many can be told."""
    worst, best = (
        level_of(weighed * alpha, rule["level_at_least_r"])
        for alpha in (max(rule["alpha"]), min(rule["alpha"]))
    )
    delivered = installation["level"]
    if worst == best and delivered in (None, f"level_{best}"):
        return
    between = str(best) if worst == best else f"{worst}–{best}"
    yield of(
        "installation", installation, column="people_within_500m", value=delivered or "",
        sentence_zh=f"没有厂外500米内人数，按物质计算在 {between} 级，交付为 "
        f"{delivered[-1] if delivered else '（空）'} 级",
        sentence_en="Without the people within 500 m outside its substances give level "
        f"{between}; {delivered[-1] if delivered else 'none'} is delivered",
        fix_zh="补交厂外500米内人数，再核对级别",
        fix_en="Deliver the people within 500 m outside, then check the level",
    )  # fmt: skip


def _compared(installation: Record, weighed: float, rule: Parameters) -> Iterator[Finding]:
    alpha = alpha_of(
        installation["people_within_500m"], rule["alpha_at_least_people"], rule["alpha"]
    )
    r_value = alpha * weighed
    grade = level_of(r_value, rule["level_at_least_r"])
    how = f"R = {r_value:.2f}（校正系数 {alpha:g}）", f"R = {r_value:.2f} (alpha = {alpha:g})"
    delivered, computed = installation["level"], f"level_{grade}"
    if delivered is not None and delivered != computed:
        yield of(
            "installation", installation, column="level", value=delivered,
            sentence_zh=f"交付为 {delivered[-1]} 级，按物质计算 {how[0]}，为 {grade} 级",
            sentence_en=f"Level {delivered[-1]} is delivered; {how[1]} gives level {grade}",
            fix_zh="核对物质、数量、临界量与周边人数，再更正级别",
            fix_en="Check substances, quantities and the people around, then correct the level",
        )  # fmt: skip
    stated = installation["r_value"]
    if stated is not None and abs(stated - r_value) > rule["most_r_difference_share"] * r_value:
        yield of(
            "installation", installation, column="r_value", value=f"{stated:g}",
            sentence_zh=f"交付 R = {stated:g}，计算 {how[0]}",
            sentence_en=f"R = {stated:g} is delivered, {how[1]} computed",
            fix_zh="核对物质与数量，再更正R值", fix_en="Check the substances, then correct R",
        )  # fmt: skip


def _missing(parts: list[Record], known: Parameters) -> tuple[str, str] | None:
    if not parts:
        return "没有物质", "it has no substance"
    for part in parts:
        for value, zh, en in (
            (_critical_t(part, known), "临界量", "critical quantity"),
            (_beta(part, known), "校正系数β", "factor beta"),
        ):
            if not value:
                return f"{part['substance']} 没有{zh}", f"{part['substance']} has no {en}"
    return None


def _critical_t(part: Record, known: Parameters) -> Any:
    return part["critical_quantity_t"] or _listed(part, known).get("critical_quantity_t")


def _beta(part: Record, known: Parameters) -> Any:
    of_class = known.get("beta_of_class", {}).get(part["hazard_class"])
    return part["beta"] or _listed(part, known).get("beta") or of_class


def _listed(part: Record, known: Parameters) -> Mapping[str, Any]:
    name = plain(part["substance"])
    for row in known.get("substance", ()):
        same_name = name in {plain(each) for each in row["names"]}
        if row["cas"] == part["cas"] or (part["cas"] is None and same_name):
            return dict(row)
    return {}
