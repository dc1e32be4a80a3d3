"""Note what was delivered and count the changes of each layer."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

from sqlalchemy import Connection, insert, text

from census.store.connection import Store
from census.store.telling import tell_live

BUMP = (
    "insert into census.layer_generation as g (layer, generation) values (:layer, 1) "
    "on conflict (layer) do update set generation = g.generation + 1, changed_at = now() "
    "returning generation"
)

EDITIONS: Final = (
    "select 'pub.layer_generation'::regclass::oid::bigint, "
    "coalesce(jsonb_object_agg(layer, generation), '{}') from pub.layer_generation"
)


@contextmanager
def _within(store: Store, connection: Connection | None) -> Iterator[Connection]:
    if connection is not None:
        yield connection
        return
    with store.begin() as own:
        yield own


def record_delivery(
    store: Store,
    *,
    form: str,
    file_name: str,
    sha256: str,
    rows_imported: int,
    rows_refused: int = 0,
    source_crs: str | None = None,
    provider: str | None = None,
    data_date: date | None = None,
    problems: list[dict[str, Any]] | None = None,
    connection: Connection | None = None,
) -> int:
    """
    Note a delivery, in the transaction that loads it.

    Parameters
    ----------
    store
        The store, role app.
    form
        Name of the form.
    file_name
        Name of the delivered file, without its folder.
    sha256
        Hash of its bytes.
    rows_imported
        Rows that are loaded.
    rows_refused
        Rows left out by a stated rule.
    source_crs
        CRS declared for it.
    provider
        Who delivered it.
    data_date
        Date that it stands for.
    problems
        What was found in it.
    connection
        The caller's transaction; None for one of its own.

    Returns
    -------
    int
        Number of the delivery.
    """
    row = {
        "form": form, "file_name": file_name, "sha256": sha256, "rows_imported": rows_imported,
        "rows_refused": rows_refused, "source_crs": source_crs, "provider": provider,
        "data_date": data_date, "problems": problems or [],
    }  # fmt: skip
    table = store.tables.delivery
    put = insert(table).values(row).returning(table.c.id)
    with _within(store, connection) as transaction:
        return int(transaction.execute(put).scalar_one())


def bump_generation(store: Store, layer: str, *, connection: Connection | None = None) -> int:
    """
    Count a change of a layer, in the transaction that makes it, and tell the listeners at commit.

    Parameters
    ----------
    store
        The store, role app.
    layer
        Name of the layer: that of its table.
    connection
        The caller's transaction; None for one of its own.

    Returns
    -------
    int
        The new generation.
    """
    with _within(store, connection) as transaction:
        number = int(transaction.execute(text(BUMP), {"layer": layer}).scalar_one())
        tell_live(transaction, "generation", {"layer": layer, "generation": number})
    return number


def generation(store: Store, *layers: str) -> int:
    """
    Return the generation of layers, added up; it changes whenever one of them does.

    Parameters
    ----------
    store
        The store, any role.
    *layers
        Names of layers; none for all of them.

    Returns
    -------
    int
        The sum; 0 before the first change.
    """
    query = text(
        "select coalesce(sum(generation), 0) from pub.layer_generation "
        "where :all or layer = any(:layers)"
    )
    with store.engine.connect() as connection:
        found = connection.execute(query, {"all": not layers, "layers": list(layers)})
        return int(found.scalar_one())


def generations(store: Store) -> dict[str, int]:
    """
    Return the generation of each layer.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    dict of str to int
        Layer, by the name of its table, to generation; those that never changed are left out.
    """
    query = text("select layer, generation from pub.layer_generation")
    with store.engine.connect() as connection:
        return {str(layer): int(number) for layer, number in connection.execute(query)}


@dataclass(frozen=True)
class Editions:
    """
    The state of all layers at one moment.

    Attributes
    ----------
    table
        Number that the server gave to the table of generations when the place was made:
        generations alone start from 1 again with each loading.
    generations
        Layer, by the name of its table, to generation.
    """

    table: int
    generations: Mapping[str, int]

    def of(self, *layers: str) -> str:
        """
        Name the state of layers; another one after each change, and after a loading anew.

        Parameters
        ----------
        *layers
            Names of layers; none for all of them.

        Returns
        -------
        str
            Table and generations added up, such as ``16712-4``.
        """
        return f"{self.table}-{sum(self.generations.get(a, 0) for a in layers or self.generations)}"


def editions(store: Store) -> Editions:
    """
    Read the state of all layers.

    Parameters
    ----------
    store
        The store, any role.

    Returns
    -------
    Editions
        What was committed when the server was asked.
    """
    with store.engine.connect() as connection:
        table, generations = connection.execute(text(EDITIONS)).one()
        return Editions(int(table), generations)


def edition(store: Store, *layers: str) -> str:
    """
    Name the state of layers; see ``Editions.of``.

    Parameters
    ----------
    store
        The store, any role.
    *layers
        Names of layers; none for all of them.

    Returns
    -------
    str
        Such as ``16712-4``.
    """
    return editions(store).of(*layers)


def file_names(store: Store) -> dict[int, str]:
    """
    Name the delivered files.

    Parameters
    ----------
    store
        The store, role app.

    Returns
    -------
    dict
        Number of the delivery to the name of its file.
    """
    with store.engine.connect() as connection:
        found = connection.execute(text("select id, file_name from census.delivery"))
        return {row.id: row.file_name for row in found}
