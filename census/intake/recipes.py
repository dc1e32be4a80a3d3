"""Know the recipes of real districts in data/places, without the parts that follow them."""

from pathlib import Path

from census.errors import CensusError
from census.store.settings import data_folder


class SamplesMissingError(CensusError):
    """
    Files that a place is made from are not there.

    Parameters
    ----------
    place
        The place.
    missing
        The files.
    """

    def __init__(self, place: str, missing: list[Path]) -> None:
        names = ", ".join(str(path) for path in missing)
        super().__init__(
            f"The place {place!r} is made from files that are not here: {names}. Name their folder "
            "with --data; the README says where to get them.",
            f"地区“{place}”所需的文件不在：{names}。"
            "请用 --data 指明所在文件夹；README 说明从何处取得。",
        )


def known_places() -> list[str]:
    """
    List the places that there is a recipe for.

    Returns
    -------
    list of str
        Their names, sorted.
    """
    return sorted(path.stem for path in (data_folder() / "places").glob("*.toml"))
