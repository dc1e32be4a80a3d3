"""The command that computes what floods of several return periods take."""

import argparse

from census.products.flood_losses import LossResult, run_losses
from census.store.database import open_store
from webapp.commands.console import Console


def run_losses_of(asked: argparse.Namespace, console: Console) -> int:
    """
    Compute the losses of a hazard and keep them.

    Parameters
    ----------
    asked
        What was typed.
    console
        Where to speak.

    Returns
    -------
    int
        0.
    """
    with open_store(console.settings, place=asked.place) as store:
        found = run_losses(store, hazard=asked.hazard, progress=console.progress)
        console.say(
            f"{store.place}：损失计算 {found.number} 完成。",
            f"{store.place}: losses {found.number} are computed.",
        )
    _tell(found, console)
    console.answer(
        {
            "number": found.number,
            "scenarios": found.scenarios,
            "district": found.district,
            "annual": found.annual,
            "summary": found.summary,
            "seconds": round(found.seconds, 3),
        }
    )
    return 0


def _tell(found: LossResult, console: Console) -> None:
    """Tell a person the district's figures, and what could not take part."""
    for each in found.district:
        years, people = f"{each['return_period_years']:g}", f"{each['people_affected']:,.0f}"
        wet, yuan = f"{each['wet_buildings']:,}", f"{each['loss_yuan']:,.0f}"
        console.say(
            f"  {years} 年一遇：受影响 {people} 人，进水 {wet} 栋，损失 {yuan} 元。",
            f"Once in {years} years: {people} people, {wet} buildings in water, {yuan} yuan.",
        )
    if found.annual is None:
        console.say(
            "  只有一个重现期，不给出年均值；请导入更多重现期的水深。",
            "One return period alone gives no mean of a year; import depths of further ones.",
        )
    else:
        console.say(
            f"  年均受影响 {found.annual['people_per_year']:,.1f} 人，"
            f"年均损失 {found.annual['loss_yuan_per_year']:,.0f} 元（两端取低，其间按直线）。",
            f"In a mean year {found.annual['people_per_year']:,.1f} people and "
            f"{found.annual['loss_yuan_per_year']:,.0f} yuan: low at both ends, straight between.",
        )
    bare, low = (f"{found.summary[f'buildings_without_{what}']:,}" for what in ("class", "levels"))
    unsure = len(found.summary["unverified_parameters"])
    console.say(
        f"  未分类建筑物 {bare} 栋（不计损失），层数未知 {low} 栋，待核参数表 {unsure} 个。",
        f"{bare} buildings without a class have no loss, {low} have unknown storeys; "
        f"{unsure} tables of parameters are unverified.",
    )
