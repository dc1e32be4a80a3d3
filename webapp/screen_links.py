"""Write the link of a wall screen, whose token is its key."""

from census.store.settings import Settings


def display_path(profile: str, token: str) -> str:
    """
    Write the path of a screen.

    Parameters
    ----------
    profile
        Name of its profile.
    token
        Token of its link.

    Returns
    -------
    str
        The path, on the live process.
    """
    return f"/display/{profile}/{token}"


def live_address(settings: Settings) -> str:
    """
    Tell where the live process is reached, where nobody asks by a browser.

    Parameters
    ----------
    settings
        The deployment.

    Returns
    -------
    str
        The address of the pages behind a proxy; else their host and the next port.
    """
    if settings.is_behind_proxy:
        return settings.public_address
    address = settings.public_address
    host, _, port = address.rpartition(":")
    is_port = port.isdecimal() and host not in {"http", "https"}
    return f"{host}:{int(port) + 1}" if is_port else f"{address}:{settings.port + 1}"
