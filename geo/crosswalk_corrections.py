"""A link of the crosswalk that was wrong, and the delivery that says what is right instead."""

from collections.abc import Iterable

from geo.crosswalk import Link


def corrected(stored: Iterable[Link], delivered: Iterable[Link]) -> tuple[Link, ...]:
    """
    Find the stored links that a delivery corrects.

    Parameters
    ----------
    stored
        Links as they stand.
    delivered
        Links of the delivery.

    Returns
    -------
    tuple of Link
        Of a code that the delivery tells of, the stored links that it does not name and that speak
        of the same day (another heir is right), or of the same heir (another day is). What a code
        became on other days stays: a name may change more than once.
    """
    told = list(delivered)
    named = {(each.from_code, each.to_code, each.changed_on) for each in told}
    days = {(each.from_code, each.changed_on) for each in told}
    heirs = {(each.from_code, each.to_code) for each in told if each.from_code != each.to_code}
    return tuple(
        each
        for each in stored
        if (each.from_code, each.to_code, each.changed_on) not in named
        and ((each.from_code, each.changed_on) in days or (each.from_code, each.to_code) in heirs)
    )
