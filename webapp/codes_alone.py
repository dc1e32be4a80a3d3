"""Say what a district of codes without outlines can do, what it cannot, and what helps."""

from webapp.words import Say


def sentences(say: Say) -> list[str]:
    """
    Say it.

    Parameters
    ----------
    say
        The texts.

    Returns
    -------
    list of str
        What can be done, what cannot, and what to deliver.
    """
    return [say("codes.can"), say("codes.cannot"), say("codes.how")]
