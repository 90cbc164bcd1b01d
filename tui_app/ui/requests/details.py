"""One request in two lines: how it ended, and where its time went."""

from __future__ import annotations

from typing import Final

from textual.widgets import Static

from tui_app.fetch import State

from .. import text
from ..requestrow import Phase, RequestRow

NOTHING_MS: Final = 0.05
"""A phase that took less isn't told."""

_WORDS: Final = {
    Phase.QUEUED: "queued",
    Phase.PACED: "paced",
    Phase.CONNECTING: "connect",
    Phase.WAITING: "wait",
    Phase.BODY: "body",
    Phase.KEEPING: "keep",
    Phase.RETRY: "before a retry",
}
_ENDS: Final = {
    State.KEPT: "kept",
    State.HELD: "held until the run ends",
    State.REUSED: "kept before",
    State.FAILED: "failed",
    State.MISSING: "not found",
    State.CANCELLED: "stopped",
}


class Details(Static):
    """Shown while a request is looked at."""

    def show(self, row: RequestRow, now: float, *, critical: bool) -> None:
        """Write about a request."""
        self.update("\n".join(about(row, now, critical=critical)))


def about(row: RequestRow, now: float, *, critical: bool = False) -> tuple[str, str]:
    """The two lines: ``page 3 · HTTP 200 · kept · …`` and ``connect 2 · wait 310 · …``."""
    facts = [text.clean(row.label) or row.short_label]
    facts += [outcome(row)]
    if row.status is not None:
        facts.append(f"HTTP {row.status}")
    if row.size_bytes is not None:
        facts.append(f"{text.count(row.size_bytes)} bytes")
    if row.records is not None:
        facts.append(text.plural(row.records, "record"))
    if row.attempts > 1:
        facts.append(text.plural(row.attempts, "attempt"))
    if critical:
        facts.append("on the critical path")
    if row.reason:
        facts.append(row.reason)
    return " · ".join(facts), " · ".join(_times(row, now))


def outcome(row: RequestRow) -> str:
    """How it ended, or what it is doing, in a word."""
    return _ENDS.get(row.state, row.phase.name.lower())


def spent_ms(row: RequestRow, now: float) -> dict[Phase, float]:
    """Milliseconds by phase, all attempts together, in the order of first appearance."""
    spent: dict[Phase, float] = {}
    end = now if row.ended is None else row.ended
    afters = [at for _, at in row.steps[1:]] + [end]
    for (phase, start), after in zip(row.steps, afters, strict=True):
        spent[phase] = spent.get(phase, 0.0) + max(0.0, after - start) * 1000
    return spent


def _times(row: RequestRow, now: float) -> list[str]:
    said = []
    for phase, ms in spent_ms(row, now).items():
        if ms < NOTHING_MS:
            continue
        own = ""
        if phase is Phase.WAITING and row.server_s is not None:
            own = f" (server's own {text.milliseconds(row.server_s * 1000)})"
        said.append(f"{_WORDS[phase]} {text.milliseconds(ms)} ms{own}")
    return said
