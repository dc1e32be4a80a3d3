"""The faults that pass: each answer says when to ask again, and the log hears of an outage once."""

import logging
import threading
import time
from typing import Final

from census.errors import CensusError

RETRY_S: Final = 2
QUIET_S: Final = 60.0

log = logging.getLogger(__name__)


class PassingError(CensusError):
    """
    What is asked cannot be answered now, but soon: the answer says when to ask again.

    Parameters
    ----------
    retry_after_s
        When to ask again, seconds.
    sentence_en
        Why, and what to do, in English.
    sentence_zh
        The same in Chinese.
    """

    def __init__(self, retry_after_s: int, sentence_en: str, sentence_zh: str) -> None:
        super().__init__(sentence_en, sentence_zh)
        self.retry_after_s = retry_after_s


class CrowdedError(PassingError):
    """
    Too many visitors ask at the same time.

    Parameters
    ----------
    retry_after_s
        When to ask again, seconds.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            retry_after_s,
            "There are many visitors at the moment. The page asks again by itself in a few "
            "seconds; you need not do anything.",
            "当前访客较多。页面会在几秒后自动重试，无需操作。",
        )


class EnteringError(PassingError):
    """
    Too many people, or one who pretends to be many, sign in at the same time.

    Parameters
    ----------
    retry_after_s
        When to ask again, seconds.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            retry_after_s,
            "Many are signing in at the moment. The form comes again by itself in a few seconds; "
            "fill it in once more. This try was not counted.",
            "当前登录的人较多。表单会在几秒后重新出现，请再填一次；本次未计入失败次数。",
        )


class PrintingError(PassingError):
    """
    All places to wait for a sheet are taken.

    Parameters
    ----------
    retry_after_s
        When to ask again, seconds.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            retry_after_s,
            "Several sheets are being printed for others. The page asks again by itself in a "
            "minute.",
            "正在为他人出图。页面会在一分钟后自动重试。",
        )


class AwayError(PassingError):
    """
    The database does not answer.

    Parameters
    ----------
    retry_after_s
        When to ask again, seconds.
    """

    def __init__(self, retry_after_s: int) -> None:
        super().__init__(
            retry_after_s,
            "The database does not answer at the moment. The page asks again by itself; if this "
            "lasts longer than a minute, tell the administrator.",
            "数据库暂时没有应答。页面会自动重试；若超过一分钟仍如此，请告知管理员。",
        )


class Outage:
    """
    Log an outage once a minute, however many requests meet it.

    Parameters
    ----------
    quiet_s
        Time between two lines, seconds.
    """

    def __init__(self, quiet_s: float = QUIET_S) -> None:
        self.quiet_s = quiet_s
        self._door = threading.Lock()
        self._told_at: float | None = None

    def met(self, fault: BaseException) -> AwayError:
        """
        Take note of a request that met the outage.

        Parameters
        ----------
        fault
            What the database's driver raised.

        Returns
        -------
        AwayError
            What to tell the one who asked.
        """
        with self._door:
            now = time.monotonic()
            is_new = self._told_at is None or now - self._told_at >= self.quiet_s
            self._told_at = now if is_new else self._told_at
        if is_new:
            said = " ".join(str(fault).split())[:300]
            log.warning("the database is away, requests get 503 until it is back: %s", said)
        return AwayError(RETRY_S)
