"""The requests of a run as CSV: one row a request, with the phases of its last attempt."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from tui_app.redlist import Cell
from tui_app.store import AttemptRow

from .atomic import Exported, FileTransaction, size_of, writing
from .csv_file import guarded


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _first(value: float | None, other: float | None) -> float | None:
    return other if value is None else value


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 3)


_CELLS: Final[dict[str, Callable[[Sequence[AttemptRow], AttemptRow], Cell]]] = {
    "request": lambda tries, last: last.request,
    "label": lambda tries, last: last.label,
    "page": lambda tries, last: last.page,
    "method": lambda tries, last: None,  # the run's
    "outcome": lambda tries, last: last.kind or "ok",  # or the error's kind
    "status": lambda tries, last: last.status,
    "attempts": lambda tries, last: len(tries),
    "records": lambda tries, last: last.rows,
    "bytes": lambda tries, last: last.size_bytes,
    "queued_s": lambda tries, last: _seconds(tries[0].queued),  # since the run began
    "started_s": lambda tries, last: _seconds(last.started),
    "ended_s": lambda tries, last: _seconds(last.body),
    "pace_wait_ms": lambda tries, last: _ms(0.0, sum(one.pace_wait_s for one in tries)),
    "dns_ms": lambda tries, last: _ms(last.started, last.dns),
    "connect_ms": lambda tries, last: _ms(_first(last.dns, last.started), last.connected),
    "send_ms": lambda tries, last: _ms(_first(last.connected, last.started), last.sent),
    "wait_ms": lambda tries, last: _ms(last.sent, last.headers),
    "body_ms": lambda tries, last: _ms(last.headers, last.body),
    "decode_ms": lambda tries, last: _ms(last.body, last.decoded),
    "total_ms": lambda tries, last: _ms(last.started, last.body),  # on the network
    "server_ms": lambda tries, last: _ms(0.0, last.server_s),  # the server's own x-runtime
    "source": lambda tries, last: None,  # the run's
    "message": lambda tries, last: last.message,
}

REQUEST_COLUMNS: Final = tuple(_CELLS)


def write_requests(
    path: Path,
    attempts: Iterable[AttemptRow],
    *,
    method: str,
    source: str,
    safe: bool = False,
    transaction: FileTransaction | None = None,
) -> Exported:
    """Write a row a request; attempts are ordered by request and attempt.

    ``safe`` is :func:`write_csv`'s: messages are the server's own.
    """
    count = 0
    with writing(path, transaction) as file:
        write = csv.writer(file).writerow
        write(REQUEST_COLUMNS)
        for _, group in groupby(attempts, key=lambda attempt: attempt.request):
            tries = list(group)
            cells = {name: cell(tries, tries[-1]) for name, cell in _CELLS.items()}
            row = {**cells, "method": method, "source": source}.values()
            write([guarded(cell) for cell in row] if safe else row)
            count += 1
        size = size_of(file)
    return Exported(path, count, size)
