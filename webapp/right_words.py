"""Say in words what the tables of rights name: roles, actions, scopes."""

from collections.abc import Mapping

from census.store.rights import EVERYWHERE, rights
from webapp.words import Language, speak


def role_word(name: str, language: Language) -> str:
    """
    Name a role.

    Parameters
    ----------
    name
        Its name in the tables.
    language
        Language of the page.

    Returns
    -------
    str
        Its word; the name itself where the tables have it no more.
    """
    row = rights().roles.get(name)
    return name if row is None else row.words[language != "zh"]


def action_word(name: str, language: Language) -> str:
    """
    Name an action.

    Parameters
    ----------
    name
        Its name in the tables.
    language
        Language of the page.

    Returns
    -------
    str
        Its word; the name itself where the tables have it no more.
    """
    words = rights().actions.get(name)
    return name if words is None else words[language != "zh"]


def scope_word(code: str, names: Mapping[str, str], language: Language) -> str:
    """
    Name a scope.

    Parameters
    ----------
    code
        Code of a division; empty for the whole district.
    names
        Names of the divisions by code.
    language
        Language of the page.

    Returns
    -------
    str
        Its name with its code, for two villages may have the same name.
    """
    if code == EVERYWHERE:
        return speak(language)("account.everywhere")
    return f"{names[code]} {code}" if code in names else code
