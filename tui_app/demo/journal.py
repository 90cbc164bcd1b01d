"""The server's log: one JSON line a request, without any token."""

from __future__ import annotations

import json
from typing import TextIO

from .answer import Target
from .exchange import Exchange


class Journal:
    """Writes the log, or nothing if there is no file for it."""

    def __init__(self, lines: TextIO | None) -> None:
        """Write to *lines*."""
        self._lines = lines

    def note(self, exchange: Exchange, answered: float) -> None:
        """Write down a request that was answered, or whose client went away, at *answered*.

        Times are seconds of ``time.monotonic``; the keys are those of the recorded exchanges'
        replay server, so that the same tests read both; ``sending`` is ours: no client has its
        answer before, while what was handed to the system may be there before it is noted.
        """
        if self._lines is None:
            return
        target, headers = Target.read(exchange.request.target), exchange.request.headers
        line = {
            "arrived": round(exchange.arrived, 6),
            "answered": round(answered, 6),
            "sending": round(exchange.sending, 6),
            "path": target.path,
            "query": {name: value for name, value in target.query if name != "token"},
            "status": exchange.status,
            "fault": exchange.fault,
            "in_flight": exchange.in_flight,
            "connection": exchange.connection.number,
            "user_agent": headers.get("user-agent"),
            "if_none_match": headers.get("if-none-match"),
        }
        self._lines.write(json.dumps(line) + "\n")
