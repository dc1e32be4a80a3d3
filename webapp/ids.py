"""Name every component that a callback or a script speaks to, once."""

from typing import Final

from dash.dash import _ID_CONTENT, _ID_LOCATION

LOCATION: Final[str] = _ID_LOCATION
PAGE: Final[str] = _ID_CONTENT

MAP: Final = "map"
PLACE: Final = "place"
TRAIL: Final = "trail"
SEARCH: Final = "search"
SWITCHES: Final = "switches"
LAYER_URLS: Final = "layer-urls"
NOTICE: Final = "notice"


def layer(name: str) -> str:
    """
    Name the map layer of a kind.

    Parameters
    ----------
    name
        Layer as the live process serves it, such as ``shelters``.

    Returns
    -------
    str
        The component's id.
    """
    return f"layer-{name}"
