"""Material: what the movements leave in a depot, and whether it may still be used."""

from collections.abc import Iterator
from dataclasses import dataclass

from census.products.crosschecks.district import District, Finding, Record, of
from census.products.parameters import Parameters

_COMES = {"in": 1.0, "out": -1.0, "scrap": -1.0, "rotation": 0.0}


@dataclass
class Balance:
    """
    What is left of one batch of a material in a depot.

    Attributes
    ----------
    amount
        In the unit of its movements.
    last
        The movement that left it so.
    expires_on
        The latest date that any of its movements gives.
    """

    amount: float
    last: Record
    expires_on: object = None


def balances(district: District) -> Iterator[tuple[Balance, Record | None]]:
    """
    Follow the movements of each batch in the order of their days.

    Parameters
    ----------
    district
        The district.

    Yields
    ------
    balance : Balance
        As it stands after the last movement.
    below : mapping or None
        The movement after which less than nothing was left; None where that never was.
    """
    batches: dict[tuple[str, ...], list[Record]] = {}
    for each in district.records("stock_movement"):
        key = (each["depot_code"], each["material"], each["batch"] or "", each["unit"])
        batches.setdefault(key, []).append(each)
    for movements in batches.values():
        balance, below = Balance(0.0, movements[0]), None
        # What came in on a day may go out on it; a count closes the day.
        order = {"in": 0, "rotation": 1, "out": 2, "scrap": 2, "count": 3}
        for each in sorted(movements, key=lambda row: (row["moved_on"], order[row["movement"]])):
            is_count = each["movement"] == "count"
            balance.amount = (
                each["amount"] if is_count
                else balance.amount + _COMES[each["movement"]] * each["amount"]
            )  # fmt: skip
            balance.last = each
            balance.expires_on = each["expires_on"] or balance.expires_on
            below = each if balance.amount < 0 and below is None else below
        yield balance, below


def negative(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find batches of which more went than came.

    Parameters
    ----------
    district
        The district.
    rule
        Nothing is read of it.

    Yields
    ------
    Finding
        One per batch, at the movement that first took too much.
    """
    del rule
    for _, below in balances(district):
        if below is None:
            continue
        yield of(
            "stock_movement", below, column="amount", value=f"{below['amount']:g}",
            sentence_zh=f"{below['depot_code']} 的{below['material']}在 {below['moved_on']} "
            "出库后账面为负",
            sentence_en=f"After {below['moved_on']} less than nothing is left of "
            f"{below['material']} in {below['depot_code']}",
            fix_zh="补交漏登的入库单或盘点", fix_en="Deliver the missing receipt or a count",
        )  # fmt: skip


def expired(district: District, rule: Parameters) -> Iterator[Finding]:
    """
    Find batches in stock that may not be used any more.

    Parameters
    ----------
    district
        The district.
    rule
        Nothing is read of it.

    Yields
    ------
    Finding
        One per batch.
    """
    del rule
    for balance, _ in balances(district):
        ends, last = balance.expires_on, balance.last
        if balance.amount <= 0 or ends is None or ends >= district.today:  # type: ignore[operator]
            continue
        yield of(
            "stock_movement", last, column="expires_on", value=str(ends),
            sentence_zh=f"{last['depot_code']} 尚存{last['material']} {balance.amount:g} "
            f"{last['unit']}，有效期至 {ends}",
            sentence_en=f"{balance.amount:g} {last['unit']} of {last['material']} in "
            f"{last['depot_code']} expired on {ends}",
            fix_zh="轮换或报废并登记", fix_en="Rotate or scrap it, and enter that",
        )  # fmt: skip
