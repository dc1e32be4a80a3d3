"""Who is in charge, whether their telephone was checked, and whether plans are of this time."""

from collections.abc import Iterator
from datetime import date
from typing import Any

from census.products.crosschecks.district import District, Finding, Record, of
from census.products.parameters import Parameters
from geo.vocabulary import DutyRole

FEBRUARY, LEAP_DAY = 2, 29


def sites_without_post(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find hazard sites with no post of their own and no primary duty in their village.

    Parameters
    ----------
    district
        The district.
    rule
        Nothing is read of it.

    Yields
    ------
    Finding
        One per site.
    """
    del rule
    covered = {
        duty["division_code"]
        for duty in district.records("duty")
        if duty["role"] == DutyRole.PRIMARY.value and is_in_force(duty, district.today)
    }
    for site in district.records("hazard_site"):
        if site["responsible_post"] or site["village_code"] in covered:
            continue
        yield of(
            "hazard_site", site, column="responsible_post",
            sentence_zh="既没有责任岗位，所属村也没有在任的A角责任",
            sentence_en="It has no post in charge, and its village no primary duty in force",
            fix_zh="填写责任岗位，或补交该村的责任清单",
            fix_en="Fill in the post in charge, or deliver the duties of the village",
        )  # fmt: skip


def stale_phones(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find duties in force whose telephone nobody checked for long; one finding where none ever was.

    Parameters
    ----------
    district
        The district.
    rule
        ``most_days``.

    Yields
    ------
    Finding
        One per duty, or one for all.
    """
    duties = [each for each in district.records("duty") if is_in_force(each, district.today)]
    never = [each for each in duties if each["phone_checked_on"] is None]
    fix: dict[str, Any] = {
        "fix_zh": "打电话核对后填写核对日期",
        "fix_en": "Call, then fill in the date",
    }
    if never and len(never) == len(duties):
        yield Finding(
            table="duty", code="", column="phone_checked_on", value=str(len(never)),
            sentence_zh=f"{len(never)} 条责任都没有电话核对日期",
            sentence_en=f"None of the {len(never)} duties says when its telephone was checked",
            **fix,
        )  # fmt: skip
        return
    for duty in duties:
        checked = duty["phone_checked_on"]
        if checked is not None and (district.today - checked).days <= rule["most_days"]:
            continue
        yield of(
            "duty", duty, name=duty["post"], column="phone_checked_on", value=str(checked or ""),
            sentence_zh="电话从未核对" if checked is None else f"电话上次核对于 {checked}",
            sentence_en="Its telephone was never checked" if checked is None
            else f"Its telephone was last checked on {checked}",
            **fix,
        )  # fmt: skip


def overdue_plans(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find plans whose review is overdue.

    Parameters
    ----------
    district
        The district.
    rule
        ``most_years`` since the issue, where no date of review is given.

    Yields
    ------
    Finding
        One per plan.
    """
    for plan in district.records("emergency_plan"):
        due = review_due(plan, rule["most_years"])
        if due >= district.today:
            continue
        stated = plan["review_due_on"] is not None
        yield of(
            "emergency_plan", plan, column="review_due_on", value=str(plan["review_due_on"] or ""),
            sentence_zh=f"应于 {due} 前复审，已逾期 {(district.today - due).days} 天"
            + ("" if stated else f"（按印发后 {rule['most_years']} 年计）"),
            sentence_en=f"Its review was due on {due}, {(district.today - due).days} days ago"
            + ("" if stated else f" ({rule['most_years']} years after it was issued)"),
            fix_zh="评估修订后更新印发与复审日期",
            fix_en="Review it, then deliver the new dates",
        )  # fmt: skip


def is_in_force(duty: Record, today: date) -> bool:
    """
    Tell whether a duty holds on a day.

    Parameters
    ----------
    duty
        A row of table ``duty``.
    today
        The day.

    Returns
    -------
    bool
        True also where begin and end were not delivered.
    """
    begins, ends = duty["valid_from"], duty["valid_to"]
    return (begins is None or begins <= today) and (ends is None or ends >= today)


def review_due(plan: Record, most_years: int) -> date:
    """
    Tell by when a plan has to be reviewed.

    Parameters
    ----------
    plan
        A row of table ``emergency_plan``.
    most_years
        Years since its issue, where no date of review was delivered.

    Returns
    -------
    date
        The last day on which it is of its time.
    """
    stated: date | None = plan["review_due_on"]
    return stated or _years_later(plan["issued_on"], most_years)


def _years_later(day: date, years: int) -> date:
    if (day.month, day.day) == (FEBRUARY, LEAP_DAY):
        return date(day.year + years, 3, 1)
    return day.replace(year=day.year + years)
