"""Read damage curves: versioned data, one curve for each class of building."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from geo.curves import Curve

UNCLASSED: Final = "unclassed"
"""Class of the buildings that no curve is for: counted, and without a loss."""


@dataclass(frozen=True, kw_only=True)
class DamageCurve:
    """
    A class of building and what it loses at each depth.

    Attributes
    ----------
    code
        Code of the class.
    label_zh, label_en
        Name of the class.
    kinds, structures
        Words of the census, lower case; no structures: any.
    curve
        Mean share of the value lost, 0..1, over metres of water.
    edition
        Edition of the figures.
    is_verified
        Whether somebody held them against their source.
    """

    code: str
    label_zh: str
    label_en: str
    kinds: frozenset[str]
    structures: frozenset[str]
    curve: Curve
    edition: str
    is_verified: bool


@dataclass(frozen=True, kw_only=True)
class DamageCurves:
    """
    One edition of damage curves.

    Attributes
    ----------
    edition
        Edition of the file.
    source_zh, source_en
        Where the figures come from.
    curves
        The classes; a building has the first that takes it.
    stored
        The file as it is kept with a run.
    """

    edition: str
    source_zh: str
    source_en: str
    curves: tuple[DamageCurve, ...]
    stored: Mapping[str, Any]

    @property
    def codes(self) -> tuple[str, ...]:
        """
        List the codes, that of buildings without a curve last.

        Returns
        -------
        tuple of str
            Codes in the order in which buildings are counted.
        """
        return (*(each.code for each in self.curves), UNCLASSED)


def damage_curves(folder: Path) -> DamageCurves:
    """
    Read the damage curves of this installation.

    Parameters
    ----------
    folder
        The data folder.

    Returns
    -------
    DamageCurves
        The edition of ``reference/damage_curves.toml``.

    Raises
    ------
    ParameterError
        If a curve is none.
    """
    path = folder / "reference" / "damage_curves.toml"
    return curves_of(tomllib.loads(path.read_text(encoding="utf-8")))


def curves_of(document: Mapping[str, Any]) -> DamageCurves:
    """
    Make curves of what a file or a kept run says.

    Parameters
    ----------
    document
        ``edition``, ``source`` and the tables ``curve``.

    Returns
    -------
    DamageCurves
        The curves.

    Raises
    ------
    ParameterError
        If a curve is none.
    """
    return DamageCurves(
        edition=document["edition"],
        source_zh=document["source"]["zh"],
        source_en=document["source"]["en"],
        curves=tuple(_curve(row) for row in document["curve"]),
        stored=document,
    )


def _curve(row: Mapping[str, Any]) -> DamageCurve:
    return DamageCurve(
        code=row["code"],
        label_zh=row["label_zh"],
        label_en=row["label_en"],
        kinds=frozenset(word.casefold() for word in row["kinds"]),
        structures=frozenset(word.casefold() for word in row["structures"]),
        curve=Curve(intensity=row["depth_m"], ratio=row["ratio"]),
        edition=row["edition"],
        is_verified=row["check"] != "待核",
    )
