"""Say in both languages why a request was refused before it reached the pages."""

import json
from typing import Final

from waitress.channel import HTTPChannel
from waitress.task import ErrorTask

from webapp.web_options import LARGEST_REQUEST_BYTES

TOO_LARGE: Final = 413
_MEGABYTES: Final = LARGEST_REQUEST_BYTES // (1024 * 1024)
_SAID: Final = {
    "fault": "too_large",
    "error_en": (
        f"What was sent is larger than {_MEGABYTES} MB and was not read. "
        "It stays where it was; send it smaller."
    ),
    "error_zh": f"所发内容超过 {_MEGABYTES} MB，未被接收，仍保留在原处；请缩小后再发送。",
}


def too_large() -> bytes:
    """
    Say in both languages that a body was too large to be read.

    Returns
    -------
    bytes
        JSON, as a script of the pages reads it.
    """
    return json.dumps(_SAID, ensure_ascii=False).encode()


class SpokenRefusal(ErrorTask):  # type: ignore[misc]  # waitress has no types
    """What waitress answers by itself; a body that is too large is told so in words."""

    def execute(self) -> None:
        """Write the answer."""
        if self.request.error.code != TOO_LARGE:
            super().execute()
            return
        body = too_large()
        self.status = "413 Request Entity Too Large"
        self.response_headers.append(("Content-Type", "application/json"))
        self.set_close_on_finish()
        self.content_length = len(body)
        self.write(body)


def speak() -> None:
    """Let every waitress server of this process speak."""
    HTTPChannel.error_task_class = SpokenRefusal
