"""The faults of geo: each class builds its sentence from facts, in English and Chinese."""

from collections.abc import Iterable


class GeoError(Exception):
    """
    Base of every fault that geo raises.

    Parameters
    ----------
    sentence_en
        What is wrong, where, and what to do, in English.
    sentence_zh
        The same in Chinese.
    """

    def __init__(self, sentence_en: str, sentence_zh: str) -> None:
        super().__init__(sentence_en)
        self.sentence_en = sentence_en
        self.sentence_zh = sentence_zh

    def __reduce__(self) -> tuple[object, ...]:
        """Travel between processes although subclasses take facts, not sentences."""
        return (_rebuild, (type(self), self.sentence_en, self.sentence_zh))


def _rebuild(kind: type[GeoError], sentence_en: str, sentence_zh: str) -> GeoError:
    fault = kind.__new__(kind)
    GeoError.__init__(fault, sentence_en, sentence_zh)
    return fault


class CRSError(GeoError):
    """
    A layer's coordinate reference system does not fit the operation.

    Parameters
    ----------
    layer
        Name of the layer.
    found
        The CRS it has, as text.
    need
        What the operation needs, in English.
    need_zh
        The same in Chinese.
    """

    def __init__(self, layer: str, found: str, need: str, need_zh: str) -> None:
        super().__init__(
            f"{layer} is in {found}; {need}. Reproject it first.",
            f"图层“{layer}”的坐标系是 {found}；{need_zh}。请先转换坐标系。",
        )


class LayerError(GeoError):
    """A layer lacks a column, has a wrong geometry kind or holds values outside their range."""


class GridError(GeoError):
    """An array has a wrong shape, unit or value range for the operation."""


class NetworkError(GeoError):
    """A road network, a snapped point or a route cannot be built from what was given."""


class ParameterError(GeoError):
    """A method parameter lies outside the range in which the method is defined."""


class CapacityError(GeoError):
    """An allocation problem is malformed or too large for the method asked for."""


def refuse(kind: type[GeoError], faults: Iterable[tuple[str, str]]) -> None:
    """
    Raise one fault that tells them all, where there are any.

    Parameters
    ----------
    kind
        Class of the fault, one that takes its two sentences.
    faults
        Sentences without a full stop, in English and in Chinese.

    Raises
    ------
    GeoError
        Of ``kind``, if there is a fault.
    """
    told = list(faults)
    if told:
        raise kind("; ".join(en for en, _ in told) + ".", "；".join(zh for _, zh in told) + "。")
