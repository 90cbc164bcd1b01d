"""A server on loopback that spoils answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from .faults import Fault, answer
from .raw_server import Scripted, Send, number_of

PAGES = 12
ROWS = 5


def right_body(page: int) -> bytes:
    """The body of a page, as it should be."""
    rows = [{"assessment_id": page * 100 + row, "note": "x" * 40} for row in range(ROWS)]
    return json.dumps({"assessments": rows}).encode()


class FaultyServer:
    """Answers a list of so many pages, and spoils every ``every``-th answer.

    Attributes:
        base_url: where it listens.
        asked: pages in order of arrival.
    """

    def __init__(self, fault: Fault, every: int, pages: int = PAGES) -> None:
        self._fault, self._every, self._pages = fault, every, pages
        self._mended = False
        self._lock = threading.Lock()
        self.asked: list[int] = []
        self._server = Scripted(self._answer)
        self.base_url = self._server.base_url

    def _answer(self, path: str, nth: int) -> bytes | Send:
        page = number_of(path)
        with self._lock:
            self.asked.append(page)
            spoil = not self._mended and len(self.asked) % self._every == 0
        body = right_body(page)
        if spoil:
            return lambda sock: self._fault.serve(sock, body)
        return answer(body, total_pages=str(self._pages), total_count=str(self._pages * ROWS))

    def mend(self) -> None:
        """Spoil nothing from now on."""
        with self._lock:
            self._mended = True

    def close(self) -> None:
        """End all connections."""
        self._server.close()


@contextmanager
def faulty(fault: Fault, every: int = 1) -> Iterator[FaultyServer]:
    """A server that spoils every ``every``-th answer."""
    server = FaultyServer(fault, every)
    try:
        yield server
    finally:
        server.close()
