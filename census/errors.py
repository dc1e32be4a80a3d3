"""The faults of census: each class builds its sentence from facts, in English and Chinese."""


class CensusError(Exception):
    """
    Base of every fault that census raises on purpose; a command shows it and exits.

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


class UnknownDivisionError(CensusError):
    """
    No division of the district has this code.

    Parameters
    ----------
    code
        The code asked for.
    place
        The place whose divisions were searched.
    """

    def __init__(self, code: str, place: str) -> None:
        super().__init__(
            f"No division of {place} has the code {code!r}. Search by name, or look at the list "
            "of towns and villages.",
            f"“{place}”没有代码为“{code}”的行政区划。请按名称搜索，或查看乡镇、村（社区）列表。",
        )


class UnknownPlaceError(CensusError):
    """
    A place was asked for that has not been loaded or is not known.

    Parameters
    ----------
    place
        The name asked for.
    known
        The names that are known.
    """

    def __init__(self, place: str, known: list[str]) -> None:
        names = ", ".join(known) or "-"
        super().__init__(
            f"The place {place!r} is not known here. Known places: {names}.",
            f"没有名为“{place}”的地区。已有：{names}。",
        )


class NoPlaceError(CensusError):
    """No district has been loaded yet."""

    def __init__(self) -> None:
        super().__init__(
            "No district is loaded yet. Type `riskatlas demo` for the example district, or "
            "`riskatlas init` for your own.",
            "尚未载入任何地区。输入 `riskatlas demo` 载入示例区，或用 `riskatlas init` 建立自己的地区。",
        )


class NotYetMadeError(CensusError):
    """
    A product was asked for before it was computed.

    Parameters
    ----------
    product
        Name of the product, in English.
    product_zh
        The same in Chinese.
    command
        The command that makes it.
    """

    def __init__(self, product: str, product_zh: str, command: str) -> None:
        super().__init__(
            f"There is no {product} yet. Make it with `{command}`.",
            f"还没有{product_zh}。请用 `{command}` 生成。",
        )
