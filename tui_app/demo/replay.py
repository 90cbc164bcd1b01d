"""Answers out of a recording, each as slow as it was."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from .answer import JSON_TYPE, Answer, Kind, Target, error
from .cache import Kept
from .recording import Recorded, Recording
from .sending import ready
from .wire import write_head

_NOT_FOUND: Final = ready(error(404, "Not found"), 0.0)
_UNREADABLE: Final = ready(error(500, "The recording can't be read any more"), 0.0)


class FromRecording:
    """Finds the answer to a request in a recording.

    Bodies are read when they are asked for, and not kept: the system does that better.
    """

    def __init__(self, recording: Recording) -> None:
        """Answers of *recording*."""
        self._recording = recording

    def warm(self) -> list[Callable[[], object]]:
        """Nothing is to be done beforehand."""
        return []

    def find(self, target: str, use: Callable[[Kept], None]) -> None:
        """Get the answer to a target and use it, at once."""
        wanted = Target.read(target)
        try:
            found = self._recording.find(wanted)
        except OSError:
            use(_UNREADABLE)
            return
        use(_NOT_FOUND if found is None else _as_it_was(*found, wanted.page_key()))


def _as_it_was(page: Recorded, body: bytes, page_key: str) -> Kept:
    headers = {"content-type": JSON_TYPE, **page.headers}
    answer = Answer(page.status, body, Kind.PAGE, etag=page.headers.get("etag"))
    head = write_head(page.status, headers.items(), len(body))
    return Kept(answer, page_key, page.delay_s, tuple(headers.items()), head)
