"""What the sender of a delivery declares about it, and how it travels to the child that reads."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Declared:
    """
    What the sender of a delivery declared about it.

    Attributes
    ----------
    source_crs
        CRS, such as ``"EPSG:4490"``; wins over the file's own; None where nothing was declared.
    encoding
        Encoding of texts; None to find it.
    mapping
        Heading to field name, for headings that the form does not know.
    layers
        Names of the layers or sheets to read; empty for all that fit.
    name
        What the sender calls the file, without its ending, where its reader knows it under another
        name; empty where it does not.
    part_rows
        A layer of more rows may be read in parts of so many; 0 where it is wanted whole.
    """

    source_crs: str | None = None
    encoding: str | None = None
    mapping: Mapping[str, str] = field(default_factory=dict)
    layers: tuple[str, ...] = ()
    name: str = ""
    part_rows: int = 0

    def asked(self, names: Sequence[str], own: str) -> tuple[str, ...]:
        """
        Name the layers that are asked for as the reader knows them.

        Parameters
        ----------
        names
            Layers or sheets of the file.
        own
            What the reader calls the file: a layer without a name is called so.

        Returns
        -------
        tuple of str
            ``layers``, with the reader's name of the file in place of the sender's.
        """
        return tuple(
            own if each == self.name and each not in names else each for each in self.layers
        )


def declared_row(declared: Declared) -> dict[str, Any]:
    """
    Write what was declared as plain values for JSON.

    Parameters
    ----------
    declared
        What was declared.

    Returns
    -------
    dict
        For :func:`read_declared`.
    """
    return {
        "source_crs": declared.source_crs,
        "encoding": declared.encoding,
        "mapping": dict(declared.mapping),
        "layers": list(declared.layers),
        "name": declared.name,
        "part_rows": declared.part_rows,
    }


def read_declared(row: Mapping[str, Any]) -> Declared:
    """
    Read what :func:`declared_row` wrote.

    Parameters
    ----------
    row
        Plain values.

    Returns
    -------
    Declared
        What was declared.

    Raises
    ------
    TypeError
        When one of the values is of another kind, or there are others.
    """
    words = [*row["layers"], row["name"], *row["mapping"], *row["mapping"].values()]
    words += [row[each] for each in ("source_crs", "encoding") if row[each] is not None]
    odd = [word for word in words if not isinstance(word, str)]
    if odd:
        raise TypeError(repr(odd[0]))
    if type(row["part_rows"]) is not int:
        raise TypeError(repr(row["part_rows"]))
    return Declared(**{**row, "layers": tuple(row["layers"])})
