"""The requests of a run as CSV: one row a request, with the phases of its last attempt."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Sequence
from itertools import groupby
from pathlib import Path
from typing import Final

from tui_app.redlist import Cell
from tui_app.store import AttemptRow

from .atomic import Exported, FileTransaction, size_of, writing
from .csv_file import guarded

REQUEST_COLUMNS: Final = (
    "request",
    "label",
    "page",
    "method",
    "outcome",  # ok, or the error's kind
    "status",
    "attempts",
    "records",
    "bytes",
    "queued_s",  # since the run began
    "started_s",
    "ended_s",
    "pace_wait_ms",  # all attempts
    "dns_ms",
    "connect_ms",
    "send_ms",
    "wait_ms",  # from the request sent to the headers here
    "body_ms",
    "decode_ms",
    "total_ms",  # on the network: started to body
    "server_ms",  # the server's own x-runtime
    "source",
    "message",
)


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
        for _, tries in groupby(attempts, key=lambda attempt: attempt.request):
            row = _row(list(tries), method, source)
            write([guarded(cell) for cell in row] if safe else row)
            count += 1
        size = size_of(file)
    return Exported(path, count, size)


def _row(tries: Sequence[AttemptRow], method: str, source: str) -> list[Cell]:
    last = tries[-1]
    ready = last.connected if last.connected is not None else last.started
    return [
        last.request,
        last.label,
        last.page,
        method,
        last.kind or "ok",
        last.status,
        len(tries),
        last.rows,
        last.size_bytes,
        _seconds(tries[0].queued),
        _seconds(last.started),
        _seconds(last.body),
        round(sum(one.pace_wait_s for one in tries) * 1000, 3),
        _ms(last.started, last.dns),
        _ms(last.dns if last.dns is not None else last.started, last.connected),
        _ms(ready, last.sent),
        _ms(last.sent, last.headers),
        _ms(last.headers, last.body),
        _ms(last.body, last.decoded),
        _ms(last.started, last.body),
        None if last.server_s is None else round(last.server_s * 1000, 3),
        source,
        last.message,
    ]


def _seconds(value: float | None) -> float | None:
    return None if value is None else round(value, 6)


def _ms(start: float | None, end: float | None) -> float | None:
    return None if start is None or end is None else round((end - start) * 1000, 3)
