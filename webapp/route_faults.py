"""Refuse what a browser sends about a route, with a sentence that says what to do."""

from census.errors import CensusError


class RouteBodyError(CensusError):
    """
    A request about a route cannot be read.

    Parameters
    ----------
    sentence_en
        What is wrong and what to do, in English.
    sentence_zh
        The same in Chinese.
    status
        HTTP status that says so.
    """

    def __init__(self, sentence_en: str, sentence_zh: str, *, status: int = 422) -> None:
        super().__init__(sentence_en, sentence_zh)
        self.status = status


class OutsideError(RouteBodyError):
    """
    A line lies in another district.

    Parameters
    ----------
    lon
        Longitude of the first vertex outside, degrees.
    lat
        Its latitude, degrees.
    """

    def __init__(self, lon: float, lat: float) -> None:
        super().__init__(
            f"The line leaves this district at {lon:.5f}, {lat:.5f}. Draw it inside the district.",
            f"线路在 {lon:.5f}, {lat:.5f} 处超出了本区县范围。请在本区县内画线。",
        )


def not_read(what_en: str, what_zh: str) -> RouteBodyError:
    """
    Say that no page of ours sends such a request.

    Parameters
    ----------
    what_en
        What is wrong with it, in English.
    what_zh
        The same in Chinese.

    Returns
    -------
    RouteBodyError
        To be raised.
    """
    return RouteBodyError(
        f"The request cannot be read: {what_en}. Load the page again.",
        f"请求无法读取：{what_zh}。请刷新页面。",
    )
