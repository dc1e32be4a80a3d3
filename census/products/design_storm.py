"""Choose the district's storm formula, hold a storm against what it is valid for, and make it."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from census.errors import NotYetMadeError
from census.products.layer_hashes import layer_hash
from census.store.connection import Store
from census.store.layers import read_layer
from geo.errors import ParameterError
from geo.storms import DesignStorm, IntensityFormula, chicago, runoff_by_step_mm

F = NDArray[np.float64]

# A formula in mm/min has no 167 L/(s ha) in it, which stand for 10,000 / 60 and are 0.2 % more.
_PER_HECTARE = (10_000.0 / 60.0) / 167.0


@dataclass(frozen=True, kw_only=True, eq=False)
class Storm:
    """
    A design storm and what of it runs off.

    Attributes
    ----------
    rain
        Rain by step.
    runoff_mm
        Runoff by step, millimetres.
    years, duration_min
        Return period and length.
    place, edition
        Whose formula it is.
    hashes
        Rows and SHA-256 of the formulas.
    """

    rain: DesignStorm
    runoff_mm: F
    years: float
    duration_min: float
    place: str
    edition: str
    hashes: dict[str, Any]


def design_storm(
    store: Store,
    rules: Mapping[str, Any],
    *,
    years: float,
    duration_min: float,
    edition: str | None = None,
) -> Storm:
    """
    Make a storm of the formula that was delivered with its source.

    Parameters
    ----------
    store
        The district's store.
    rules
        The method.
    years
        Return period.
    duration_min
        Length, minutes.
    edition
        Edition of the formula, where several were delivered.

    Returns
    -------
    Storm
        The storm.

    Raises
    ------
    NotYetMadeError
        If no formula was delivered.
    ParameterError
        If several were and none is named, or the formula does not hold for such a storm.
    """
    formulas = read_layer(store, "storm_formula")
    if formulas.empty:
        raise NotYetMadeError(
            "storm intensity formula with a source, and no storm is made up",
            "有来源的暴雨强度公式（不编造降雨）",
            "riskatlas import storm_formulas FILE",
        )
    row = chosen(formulas, edition)
    refuse_beyond(row, years, duration_min)
    shorter = _PER_HECTARE if row["intensity_unit"] == "mm_min" else 1.0
    formula = IntensityFormula(
        a1=float(row["a1"]) * shorter, c=float(row["c"]), b=float(row["b"]), n=float(row["n"]),
        source=str(row["source"]),
    )  # fmt: skip
    storm = rules["storm"]
    rain = chicago(formula, years, duration_min, storm["step_min"], peak_share=storm["peak_share"])
    return Storm(
        rain=rain,
        runoff_mm=runoff_by_step_mm(rain.depth_mm, rules["runoff"]["curve_number"]),
        years=float(years),
        duration_min=float(duration_min),
        place=str(row["place"]),
        edition=str(row["edition"]),
        hashes={"storm_formulas": layer_hash(formulas)},
    )


def chosen(formulas: pd.DataFrame, edition: str | None) -> Mapping[str, Any]:
    """
    Choose the formula by its edition.

    Parameters
    ----------
    formulas
        Rows of table ``storm_formula``.
    edition
        Edition; None where there is one formula alone.

    Returns
    -------
    Mapping
        The row.

    Raises
    ------
    ParameterError
        If none has the edition, or several were delivered and none is named.
    """
    fitting = formulas if edition is None else formulas[formulas["edition"] == edition]
    if len(fitting) == 1:
        return dict(fitting.iloc[0])
    known = sorted(f"{row.edition}（{row.place}）" for row in formulas.itertuples())
    raise ParameterError(
        f"{len(fitting)} storm formulas fit; name one with --formula EDITION. There are: "
        f"{', '.join(known)}.",
        f"有 {len(fitting)} 个暴雨强度公式符合；请用 --formula 版次 指明一个。"
        f"已有：{'、'.join(known)}。",
    )


def refuse_beyond(row: Mapping[str, Any], years: float, duration_min: float) -> None:
    """
    Refuse a storm that the formula does not hold for.

    Parameters
    ----------
    row
        Row of table ``storm_formula``.
    years
        Return period.
    duration_min
        Length, minutes.

    Raises
    ------
    ParameterError
        If return period or length lies outside what the formula is valid for.
    """
    words = {
        "return_period_years": (years, "重现期", "年", "return period", "years"),
        "duration_min": (duration_min, "历时", "分钟", "duration", "min"),
    }
    en, zh = [], []
    for name, (value, word_zh, unit_zh, word_en, unit_en) in words.items():
        low, high = float(row[f"least_{name}"]), float(row[f"most_{name}"])
        if not low <= value <= high:
            en.append(f"a {word_en} of {value:g} {unit_en}, it holds for {low:g} to {high:g}")
            zh.append(f"{word_zh} {value:g} {unit_zh}，公式适用 {low:g} 至 {high:g} {unit_zh}")
    if en:
        raise ParameterError(
            f"The storm formula of {row['place']} ({row['edition']}) is no source for such a "
            f"storm: {'; '.join(en)}.",
            f"{row['place']}（{row['edition']}）的暴雨强度公式不适用于这场雨：{'；'.join(zh)}。",
        )
