"""Print the sheet of a village out of the district's database."""

from census.store.database import Store
from webapp.sheets.gathering import gather
from webapp.sheets.page import to_pdf
from webapp.sheets.sheet import ADDRESS, write_sheet
from webapp.sheets.words import Words


def render(
    store: Store,
    kind: str,
    village_code: str,
    language: str = "zh",
    *,
    address: str = ADDRESS,
    hazard: str | None = None,
) -> bytes:
    """
    Make the A3 sheet of a village.

    The same district, village, language and address give the same drawing: no clock enters it.

    Parameters
    ----------
    store
        The district's database, any role.
    kind
        ``"risk"`` (风险隐患分布图) or ``"evacuation"`` (避险转移路线图).
    village_code
        Code of the village.
    language
        Leading language, ``"zh"`` or ``"en"``; the other stands below it.
    address
        Where the web pages are reached; the QR code holds ``address/village/code``.
    hazard
        Hazard of a risk sheet; None for the district's leading one.

    Returns
    -------
    bytes
        A PDF of 420 x 297 mm pages: vector, fonts embedded, text searchable. What does not fit
        beside the map goes on a second page.

    Raises
    ------
    UnknownDivisionError
        If the district has no village of this code.
    ParameterError
        If the kind or the language is not known.
    """
    words = Words(language)
    content = gather(store, kind, village_code, hazard=hazard)
    return to_pdf(write_sheet(content, words, address=address))
