"""What is closed for a trial, light enough for the pages that ask."""

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, kw_only=True)
class WhatIf:
    """What is closed for a trial: ids of roads, codes of shelters."""

    closed_roads: Collection[int] = ()
    closed_shelters: Collection[str] = ()
