"""Say which names an account may have: what is shown to others neither hides nor imitates."""

import unicodedata

from census.access_errors import AccountNameError, DisplayNameError, MixedScriptsError
from census.store.accounts import LONGEST_NAME, login_key_of


def checked_key(name: str) -> str:
    """
    Bring a new login name or staff number to its form for comparison.

    Parameters
    ----------
    name
        The name or number.

    Returns
    -------
    str
        Its form for comparison.

    Raises
    ------
    AccountNameError
        If it is empty, too long, or holds blanks or control characters.
    MixedScriptsError
        If its letters, apart from Chinese ones, are of more than one script.
    """
    key = login_key_of(name)
    is_odd = any(unicodedata.category(each)[0] in "CZ" for each in key + name.strip())
    if not key or is_odd or len(name.strip()) > LONGEST_NAME:
        raise AccountNameError(name[:LONGEST_NAME])
    scripts = {unicodedata.name(each, "?").split()[0] for each in key if each.isalpha()} - {"CJK"}
    if len(scripts) > 1:
        raise MixedScriptsError(name.strip(), sorted(each.capitalize() for each in scripts))
    return key


def checked_display(name: str) -> str:
    """
    Check a name shown to others.

    Parameters
    ----------
    name
        The name, as typed.

    Returns
    -------
    str
        The name without blanks around it.

    Raises
    ------
    DisplayNameError
        If it is too long, or holds controls, marks of direction or line ends.
    """
    plain = name.strip()
    is_odd = any(
        unicodedata.category(each)[0] == "C" or unicodedata.category(each) in {"Zl", "Zp"}
        for each in plain
    )
    if is_odd or len(plain) > LONGEST_NAME:
        raise DisplayNameError
    return plain
