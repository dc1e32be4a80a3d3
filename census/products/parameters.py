"""Read the parameters of a method from its file, with overrides that must name existing entries."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from geo.errors import ParameterError

Parameters = Mapping[str, Any]


def load_parameters(folder: Path, name: str, overrides: Parameters | None = None) -> dict[str, Any]:
    """
    Read ``methods/<name>.toml`` below the data folder.

    Parameters
    ----------
    folder
        The data folder of the installation.
    name
        Name of the file without its ending, for example ``flood_zoning``.
    overrides
        Tables with the entries to replace, for example ``{"index": {"k": 0.3}}``.

    Returns
    -------
    dict
        The tables of the file, overrides applied; stored whole with each run.

    Raises
    ------
    ParameterError
        If the file is missing, or overrides name entries that the method does not have.
    """
    path = folder / "methods" / f"{name}.toml"
    if not path.is_file():
        raise ParameterError(
            f"There is no method file methods/{name}.toml in the data folder.",
            f"数据文件夹中没有方法参数文件 methods/{name}.toml。",
        )
    parameters = tomllib.loads(path.read_text(encoding="utf-8"))
    strange = _apply(parameters, overrides or {}, "")
    if strange:
        raise ParameterError(
            f"The method {name} has no parameter {', '.join(strange)}. "
            f"Look at methods/{name}.toml.",
            f"方法 {name} 没有参数：{'、'.join(strange)}。请查看 methods/{name}.toml。",
        )
    return parameters


def _apply(base: dict[str, Any], overrides: Parameters, prefix: str) -> list[str]:
    """Replace entries in place and return the names that do not exist."""
    strange: list[str] = []
    for key, value in overrides.items():
        if key not in base:
            strange.append(prefix + key)
        elif isinstance(base[key], dict) and isinstance(value, Mapping):
            strange += _apply(base[key], value, f"{prefix}{key}.")
        else:
            base[key] = value
    return strange


def unverified(parameters: Parameters) -> list[str]:
    """
    List the tables whose numbers nobody has checked against their source.

    Parameters
    ----------
    parameters
        Parameters as read from the file.

    Returns
    -------
    list of str
        Names of the tables marked ``待核``, sorted.
    """
    return sorted(
        name
        for name, table in parameters.items()
        if isinstance(table, Mapping) and table.get("check") == "待核"
    )
