"""Requests as the rows of a table: what the waterfall draws, as figures."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from .. import text
from ..model import Model, RequestRow
from ..requestrow import Phase
from .details import outcome, spent_ms

_PHASES: Final = (
    (Phase.PACED, "paced_ms"),
    (Phase.CONNECTING, "connect_ms"),
    (Phase.WAITING, "wait_ms"),
    (Phase.BODY, "body_ms"),
    (Phase.KEEPING, "keep_ms"),
    (Phase.RETRY, "retry_ms"),
)


class RequestRows:
    """A table of requests, as they were when it was made.

    Args:
        model: whose.
        now: monotonic time up to which those that go on have taken.

    Attributes:
        columns: their names; times are in ms, ``started_s`` is since the run began.
    """

    columns: tuple[str, ...] = (
        "method",
        "run",
        "request",
        "outcome",
        "status",
        "total_ms",
        *(name for _, name in _PHASES),
        "server_ms",
        "started_s",
        "attempts",
        "records",
        "bytes",
        "label",
        "why",
    )

    def __init__(self, model: Model, now: float) -> None:
        self._now = now
        self._rows: Sequence[RequestRow] = tuple(row for run in model.runs for row in run.rows)

    def __len__(self) -> int:
        return len(self._rows)

    def rows(self, start: int, stop: int) -> list[tuple[str, ...]]:
        """Rows ``start`` up to ``stop`` (left out), as text in the order of the columns."""
        return [tuple(self.record(index).values()) for index in range(start, min(stop, len(self)))]

    def record(self, index: int) -> dict[str, Any]:
        """One request, by column."""
        row = self._rows[index]
        run, spent = row.owner, spent_ms(row, self._now)
        began = run.begun if run.begun is not None else row.began
        return {
            "method": run.method,
            "run": run.run,
            "request": str(row.number),
            "outcome": outcome(row),
            "status": _said(row.status),
            "total_ms": _figure(row.took_ms(self._now)),
            **{name: _figure(spent.get(phase)) for phase, name in _PHASES},
            "server_ms": _figure(None if row.server_s is None else row.server_s * 1000),
            "started_s": f"{max(0.0, row.began - began):.3f}",
            "attempts": str(row.attempts),
            "records": _said(row.records),
            "bytes": _said(row.size_bytes),
            "label": text.clean(row.label),
            "why": row.reason,
        }


def _said(value: int | None) -> str:
    return "" if value is None else str(value)


def _figure(value: float | None) -> str:
    return "" if value is None else f"{value:.1f}"


__all__ = ["RequestRows"]
