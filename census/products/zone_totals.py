"""Count the classes of a zoning and say what its vulnerability was made of."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd


def counted(scored: Mapping[str, pd.DataFrame]) -> dict[str, Any]:
    """
    Count the units of each class, and those whose class is unsure.

    Parameters
    ----------
    scored
        Units of each level with ``risk_class`` and ``is_unsure``.

    Returns
    -------
    dict
        ``classes`` (units of class 1..5) and ``unsure`` (units) by level.
    """
    classes = {
        name: np.bincount(table["risk_class"].dropna().astype(int), minlength=6)[1:6].tolist()
        for name, table in scored.items()
    }
    unsure = {name: int(table["is_unsure"].sum()) for name, table in scored.items()}
    return {"classes": classes, "unsure": unsure}


def ages_told(*, has_ages: bool, neutral: float) -> dict[str, str]:
    """
    Say what the vulnerability was made of.

    Parameters
    ----------
    has_ages
        Whether the ages of any village were delivered.
    neutral
        Score without ages.

    Returns
    -------
    dict
        ``vulnerability_zh`` and ``vulnerability_en``.
    """
    return {
        "vulnerability_zh": "按14岁及以下和65岁及以上人口比例计算。"
        if has_ages
        else f"未交付年龄结构，脆弱性一律取中性值{neutral:g}，不区分各单元。",
        "vulnerability_en": "From the shares of residents aged 0-14 and 65 and over."
        if has_ages
        else f"Ages were not delivered: vulnerability is the neutral {neutral:g} everywhere.",
    }
