"""Put losses into words and figures: amounts of money, floods, and what could not take part."""

from collections.abc import Mapping, Sequence
from typing import Any, Final

from census.store.loss_reading import LossRun
from webapp.loss_figures import Figure, figure, round_steps
from webapp.words import Language, Say, count, share

RUNGS: Final = ("spill", "simulation", "imported", "connected", "unsaid")
UNIT_YUAN: Final[Mapping[Language, float]] = {"zh": 1e4, "en": 1e6}
"""Yuan of the unit that amounts are told in: 万元, million yuan."""
HUNDRED: Final = 100
TEN: Final = 10
TICKED_YEARS: Final = (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000, 2000, 5000, 10000)


def amount(yuan: float | None, language: Language) -> str:
    """
    Write an amount of money.

    Parameters
    ----------
    yuan
        Yuan, or None where it is not known.
    language
        The language, which has its own unit.

    Returns
    -------
    str
        In 万元 or million yuan; a dash for None.
    """
    if yuan is None:
        return "–"
    return plain(yuan / UNIT_YUAN[language])


def plain(number: float) -> str:
    """
    Write a number with as many decimals as its size is worth.

    Parameters
    ----------
    number
        The number, >= 0.

    Returns
    -------
    str
        Thousands set off by commas.
    """
    if number == 0 or number >= HUNDRED:
        return f"{number:,.0f}"
    return (
        f"{number:,.1f}" if number >= TEN else f"{number:,.2g}" if number < 1 else f"{number:,.2f}"
    )


def flood_rows(
    rows: Sequence[Mapping[str, Any]], run: LossRun, language: Language, say: Say
) -> Any:
    """
    Tell what each flood takes of a unit.

    Parameters
    ----------
    rows
        Rows of ``unit_loss`` of the unit, by return period.
    run
        The run.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    list of dict
        ``years``, ``rung``, ``people``, ``buildings``, ``footprint_m2``, ``loss`` and, for the
        office, ``classes``.
    """
    made = {each["return_period_years"]: each for each in run.scenarios}
    return [
        {
            "years": say("losses.once", years=f"{row['return_period_years']:g}"),
            "rung": say(f"rung.{made[row['return_period_years']]['rung'] or RUNGS[-1]}"),
            "people": count(row["people_affected"]), "buildings": count(row["wet_buildings"]),
            "footprint_m2": count(row["wet_footprint_m2"]),
            "loss": amount(row["loss_yuan"], language),
        }
        for row in rows
    ]  # fmt: skip


def class_table(
    rows: Sequence[Mapping[str, Any]], run: LossRun, language: Language, say: Say
) -> dict[str, Any] | None:
    """
    Tell the losses of each class of building.

    Parameters
    ----------
    rows
        Rows of ``unit_loss`` of the unit, by return period.
    run
        The run.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    dict or None
        ``floods`` and ``rows``: the class with buildings and amount per flood; None where the
        classes are kept to the office.
    """
    if not rows or "by_class" not in rows[0]:
        return None
    names = {each["code"]: each[f"label_{language}"] for each in run.curves["curve"]}
    names["unclassed"] = say("losses.unclassed")
    wet = [code for code in names if any(code in row["by_class"] for row in rows)]
    return {
        "floods": [say("losses.once", years=f"{row['return_period_years']:g}") for row in rows],
        "rows": [
            (names[code], [_of_class(row["by_class"].get(code), language, say) for row in rows])
            for code in wet
        ],
    }


def _of_class(sums: Mapping[str, Any] | None, language: Language, say: Say) -> str:
    if not sums:
        return "–"
    return say(
        "losses.of_class", buildings=count(sums["wet_buildings"]),
        loss=amount(sums["loss_yuan"], language),
    )  # fmt: skip


def period_rows(
    annual: Mapping[str, Any], run: LossRun, language: Language, say: Say
) -> list[dict[str, str]]:
    """
    Tell the losses at the return periods of the method.

    Parameters
    ----------
    annual
        Row of ``unit_annual_loss``.
    run
        The run.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    list of dict
        ``years``, ``people`` and ``loss``; words where nothing is known.
    """
    asked = run.parameters["annual"]["return_periods_years"]
    shortest = run.scenarios[0]["return_period_years"]
    told = zip(asked, annual["people_at"], annual["loss_yuan_at"], strict=True)
    return [
        {
            "years": say("losses.once", years=f"{years:g}"),
            "people": count(people) if people is not None else "–",
            "loss": amount(loss, language) if loss is not None
            else say("losses.more_often" if years < shortest else "losses.beyond"),
        }
        for years, people, loss in told
    ]  # fmt: skip


def loss_figure(rows: Sequence[Mapping[str, Any]], language: Language, say: Say) -> Figure | None:
    """
    Draw losses over return periods.

    Parameters
    ----------
    rows
        Rows of ``unit_loss`` of a unit, by return period.
    language
        Language of the page.
    say
        The texts.

    Returns
    -------
    Figure or None
        None for fewer than two floods.
    """
    if len(rows) < 2:  # noqa: PLR2004  (a line has two ends)
        return None
    unit = UNIT_YUAN[language]
    points = [(row["return_period_years"], row["loss_yuan"] / unit) for row in rows]
    first, last = points[0][0], points[-1][0]
    years = [each for each in TICKED_YEARS if first <= each <= last] or [first, last]
    steps = round_steps(max(loss for _, loss in points))
    return figure(
        points, [(each, f"{each:g}") for each in years], [(each, plain(each)) for each in steps],
        say("losses.figure"), is_logarithmic=True,
    )  # fmt: skip


def marks(run: LossRun, say: Say) -> list[tuple[str, str]]:
    """
    Tell what was delivered, what was assumed, and what could not take part.

    Parameters
    ----------
    run
        The run.
    say
        The texts.

    Returns
    -------
    list of tuple
        Word and sentence.
    """
    told, rules = run.summary, run.parameters
    buildings = told["buildings"]
    found = [
        (say("losses.mark_people"),
         say("losses.counted", counted=told["villages_of_counted_people"], all=told["villages"])),
        (say("losses.mark_levels"),
         say("losses.assumed", few=count(told["buildings_without_levels"]), all=count(buildings),
             share=_part(told["buildings_without_levels"], buildings),
             levels=f"{rules['buildings']['levels_unknown']:g}")),
        (say("losses.mark_class"),
         say("losses.without_class", few=count(told["buildings_without_class"]),
             share=_part(told["buildings_without_class"], buildings))),
    ]  # fmt: skip
    unknown = max(told["buildings_of_unknown_depth"])
    people = max(told["people_of_unknown_depth"]) + told["people_without_cell"]
    if unknown or people >= 1:
        found.append(
            (
                say("losses.mark_depth"),
                say("losses.unknown_depth", buildings=count(unknown), people=count(people)),
            )
        )
    if told["buildings_outside_villages"]:
        outside = say("losses.outside", buildings=count(told["buildings_outside_villages"]))
        found.append((say("losses.mark_outside"), outside))
    if told["villages_where_a_rarer_flood_takes_less"]:
        less = say("losses.less", villages=told["villages_where_a_rarer_flood_takes_less"])
        found.append((say("losses.mark_floods"), less))
    return found


def _part(few: int, whole: int) -> str:
    return share(few / whole if whole else None)
