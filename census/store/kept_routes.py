"""Keep routes that people published out of the way of plans and deliveries."""

from sqlalchemy import Connection, text

# Publications wait until the plan or the delivery is written, and the other way round.
HOLD = "lock table census.evacuation_route in share row exclusive mode"
PUBLISHED = "select code from census.evacuation_route where version is not null"


def hold_published(connection: Connection) -> frozenset[str]:
    """
    Name the routes that people published; nobody publishes for the rest of the transaction.

    Parameters
    ----------
    connection
        The transaction that writes routes.

    Returns
    -------
    frozenset of str
        Their codes.
    """
    connection.execute(text(HOLD))
    return frozenset(str(code) for code in connection.execute(text(PUBLISHED)).scalars())
