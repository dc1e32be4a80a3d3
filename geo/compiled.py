"""Compile an array loop to machine code without losing its type signature."""

from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar, cast

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


def compiled_for_threads(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile a loop that may run in several threads at once, each on cells of its own.

    As strict in arithmetic as `compiled`, but the interpreter goes on meanwhile, and a division
    by zero gives infinity or NaN as in numpy instead of a fault, so that loops become vectors. It
    can make no arrays, only cut slices: numba then counts no references, which took half the time.

    Parameters
    ----------
    function
        A function of arrays and numbers within numba's subset of Python.

    Returns
    -------
    Callable
        The compiled function; compiled on its first call for each kind of argument.
    """
    njit: Any = numba.njit  # some of its options are not declared
    free = njit(cache=True, nogil=True, error_model="numpy", _nrt=False)
    return cast("Callable[P, R]", free(function))


def compiled_in_place(function: Callable[P, R]) -> Callable[P, R]:
    """
    Compile a part of a loop for threads into whatever calls it, instead of a call each time.

    A call copies the descriptions of all arrays it is given, which for dozens of them takes longer
    than a row of cells.

    Parameters
    ----------
    function
        A function of arrays and numbers within numba's subset of Python.

    Returns
    -------
    Callable
        The compiled function; compiled on its first call for each kind of argument.
    """
    njit: Any = numba.njit
    free = njit(cache=True, nogil=True, error_model="numpy", _nrt=False, forceinline=True)
    return cast("Callable[P, R]", free(function))
