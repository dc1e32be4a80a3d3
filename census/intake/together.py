"""Several files that are delivered as one."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import geopandas as gpd
import pandas as pd

from census.intake.context import Context
from census.intake.problems import Source, has_errors
from census.intake.reading import Delivery


def together(deliveries: Sequence[Delivery], context: Context) -> Delivery:
    """
    Put the files of a delivery together.

    Parameters
    ----------
    deliveries
        Its files, as they were read.
    context
        The district.

    Returns
    -------
    Delivery
        All rows and problems, layers in the district's CRS; an error where layers and tables mix.
    """
    first = deliveries[0]
    if len(deliveries) == 1:
        return first
    problems = [problem for each in deliveries for problem in each.problems]
    frames: list[Any] = []
    for each in deliveries:
        frame: Any = each.frame
        if isinstance(frame, gpd.GeoDataFrame) and frame.crs is not None:
            frame = frame.to_crs(context.srid)
        frames.append(frame)
    shaped = [isinstance(frame, gpd.GeoDataFrame) for frame in frames if len(frame)]
    if any(shaped) and not all(shaped) and not has_errors(problems):
        problems.append(
            Source(first.path.name).problem(
                "file_kind", "error",
                zh="同一次交付不能既有图层又有表格",
                en="Layers and tables do not mix in one delivery",
            )
        )  # fmt: skip
    headings = {name: word for each in deliveries for name, word in each.headings.items()}
    if has_errors(problems):
        return replace(first, problems=tuple(problems))
    filled = [frame for frame in frames if len(frame)] or frames[:1]
    whole = pd.concat(filled, ignore_index=True)
    return replace(first, frame=whole, problems=tuple(problems), headings=headings)
