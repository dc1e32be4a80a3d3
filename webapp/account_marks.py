"""Tell apart the people of one browser: what a page was opened for is not sent as another's."""

import hmac
from typing import Final

from flask import current_app, request

from census.errors import CensusError
from census.store.actors import Actor

HEADER: Final = "X-Account-Mark"
MARK_DIGITS: Final = 16


class OtherAccountError(CensusError):
    """Somebody else is signed in than the page was opened for."""

    def __init__(self) -> None:
        super().__init__(
            "Somebody else has signed in with this browser since this page was opened. Nothing "
            "was sent; what is drawn stays in this tab until its author signs in again.",
            "本页打开之后，另一人在此浏览器中登录。内容没有发送，仍保留在本标签页，"
            "原编制人重新登录后可继续。",
        )


def mark_of(actor: Actor) -> str:
    """
    Mark an account, telling nobody whose it is.

    Parameters
    ----------
    actor
        The account.

    Returns
    -------
    str
        Hexadecimal digits, the same for one account as long as the server keeps its key.
    """
    secret = current_app.secret_key or b""
    key = secret.encode() if isinstance(secret, str) else secret
    return hmac.new(key, actor.id.encode(), "sha256").hexdigest()[:MARK_DIGITS]


def require_owner(actor: Actor) -> None:
    """
    Refuse what a page sends for an account that is no longer the one signed in.

    Parameters
    ----------
    actor
        Who is signed in now. Where nobody is, the right that is missing is told instead.

    Raises
    ------
    OtherAccountError
        If the request names another account; one that names none is its sender's own.
    """
    said = request.headers.get(HEADER)
    if actor.is_signed_in and said is not None and said != mark_of(actor):
        raise OtherAccountError
