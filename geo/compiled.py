"""Compile an array loop to machine code without losing its type signature."""

from collections.abc import Callable
from typing import ParamSpec, TypeVar, cast

import numba

P = ParamSpec("P")
R = TypeVar("R")


def compiled(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile a loop over arrays, strict in arithmetic and cached between processes.

    No fast-math and no threads: the result is the same on every run and with every thread count.

    Parameters
    ----------
    function
        A function of arrays and numbers within numba's subset of Python.

    Returns
    -------
    Callable
        The compiled function; compiled on its first call for each kind of argument.
    """
    return cast("Callable[P, R]", numba.njit(cache=True)(function))
