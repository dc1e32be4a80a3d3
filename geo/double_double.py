"""Numbers of twice the digits: a pair of floats whose sum is the number, for sums that cancel."""

from geo.compiled import compiled

SPLITTER = 134217729.0  # 2**27 + 1 halves the 53 bits of a float (Veltkamp)


@compiled
def two_sum(a: float, b: float) -> tuple[float, float]:
    """
    Return the rounded sum and what rounding took from it, exactly (Knuth).

    Parameters
    ----------
    a, b
        Finite numbers.

    Returns
    -------
    tuple of float
        Sum and remainder.

    Examples
    --------
    >>> two_sum(1.0, 1e-17)
    (1.0, 1e-17)
    """
    total = a + b
    taken = total - a
    return total, (a - (total - taken)) + (b - taken)


@compiled
def two_product(a: float, b: float) -> tuple[float, float]:
    """
    Return the rounded product and what rounding took from it, exactly (Dekker).

    Parameters
    ----------
    a, b
        Numbers below 1e300 in size.

    Returns
    -------
    tuple of float
        Product and remainder.

    Examples
    --------
    A third in binary misses a third by 2^-54 / 3:

    >>> two_product(1 / 3, 3.0) == (1.0, -(2.0**-54))
    True
    """
    product = a * b
    wide = SPLITTER * a
    a_high = wide - (wide - a)
    a_low = a - a_high
    wide = SPLITTER * b
    b_high = wide - (wide - b)
    b_low = b - b_high
    rest = a_high * b_high - product
    return product, ((rest + a_high * b_low) + a_low * b_high) + a_low * b_low


@compiled
def add(a: float, a_rest: float, b: float, b_rest: float) -> tuple[float, float]:
    """
    Add two pairs.

    Parameters
    ----------
    a, a_rest, b, b_rest
        The pairs.

    Returns
    -------
    tuple of float
        Their sum, right to about 31 digits of the larger one.

    Examples
    --------
    >>> add(1.0, 1e-20, -1.0, 0.0)
    (1e-20, 0.0)
    """
    total, rest = two_sum(a, b)
    small, dust = two_sum(a_rest, b_rest)
    total, rest = two_sum(total, rest + small)
    return two_sum(total, rest + dust)


@compiled
def square_over(a: float, a_rest: float, whole: float) -> tuple[float, float]:
    """
    Return the square of a pair over a number.

    Parameters
    ----------
    a, a_rest
        The pair.
    whole
        What it is divided by, not 0.

    Returns
    -------
    tuple of float
        The quotient, right to about 30 digits.

    Examples
    --------
    >>> square_over(3.0, 0.0, 2.0)
    (4.5, 0.0)
    """
    product, rest = two_product(a, a)
    product, rest = two_sum(product, rest + 2.0 * a * a_rest)
    quotient = product / whole
    back, back_rest = two_product(quotient, whole)
    return two_sum(quotient, ((product - back) - back_rest + rest) / whole)
