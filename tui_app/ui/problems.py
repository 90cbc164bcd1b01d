"""What went wrong, in groups: what, why, how often, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tui_app.fetch import Event, State
from tui_app.redlist.errors import Throttled, TimedOut

from .messages import key_advice_on
from .text import clean

MOST_GROUPS: Final = 100
"""Further kinds of failure share one group: a screen is no log file."""
EXAMPLES: Final = 3

_NUMBERS: Final = re.compile(r"\d+(\.\d+)?")
_QUOTED: Final = re.compile(r"'[^']*'")

_WHAT: Final = {
    "connection": "No connection", "timeout": "Timed out", "cut-off": "Body cut off",
    "malformed": "Malformed response", "repeated": "Duplicate page", "too-large": "Body too large",
    "throttled": "Rate limit reached", "server": "Server error", "unexpected": "Unexpected status",
    "token": "Token refused", "forbidden": "Refused (403)", "retired": "API v3 is retired",
    "outdated": "Older Red List", "not-found": "Not found",
}  # fmt: skip
"""Kinds in words; others are called as they are."""


@dataclass(slots=True)
class ProblemGroup:
    """Failures that are alike."""

    what: str  # the kind in words, with the HTTP status
    reason: str  # in the words of the first of them
    advice: str
    retried: int = 0  # attempts that were followed by another
    lost: int = 0  # requests that were given up
    not_found: int = 0  # requests for what the server doesn't have: no failures
    slows: bool = False  # it costs time, also where a retry succeeds
    methods: dict[str, None] = field(default_factory=dict)
    examples: dict[str, None] = field(default_factory=dict)  # the first few requests

    @property
    def help(self) -> str:
        """The advice, where there is something left to do; empty where retries did it."""
        return self.advice if self.lost or self.not_found or self.slows else ""

    @property
    def count(self) -> int:
        """Attempts that met it."""
        return self.retried + self.lost + self.not_found


@dataclass(slots=True)
class Problems:
    """All failures of one job, grouped by kind, status and reason (its figures left out)."""

    groups: dict[tuple[str, int | None, str, str], ProblemGroup] = field(default_factory=dict)

    def take(self, event: Event, method: str, label: str, request: str = "") -> None:
        """Count a failure of a request, given by a short label and in full."""
        reason = clean(event.reason)
        advice = key_advice_on(event.kind, request)
        # What helps where something is not found depends on what was requested.
        key = (event.kind, event.status, _NUMBERS.sub("#", reason), _QUOTED.sub("", advice))
        if key not in self.groups and len(self.groups) >= MOST_GROUPS:
            key, reason, advice = ("", None, "", ""), "errors of other kinds", ""
        if key not in self.groups:
            kind, status, *_ = key
            words = _WHAT.get(kind, kind.capitalize() or "Error")
            what = f"{words} (HTTP {status})" if status else words
            slows = event.kind in (Throttled.kind, TimedOut.kind)
            self.groups[key] = ProblemGroup(what, reason, advice, slows=slows)
        group = self.groups[key]
        if event.state is State.RETRIED:
            group.retried += 1
        elif event.state is State.MISSING:
            group.not_found += 1
        else:
            group.lost += 1
        group.methods[method] = None
        if len(group.examples) < EXAMPLES:
            group.examples[clean(label)] = None

    @property
    def count(self) -> int:
        """Attempts that failed, or found nothing."""
        return sum(group.count for group in self.groups.values())

    @property
    def not_found(self) -> int:
        """Requests for what the server doesn't have."""
        return sum(group.not_found for group in self.groups.values())

    @property
    def failed(self) -> int:
        """Attempts that failed otherwise."""
        return self.count - self.not_found

    @property
    def lost(self) -> int:
        """Requests that were given up."""
        return sum(group.lost for group in self.groups.values())

    def worst_first(self) -> list[ProblemGroup]:
        """Those that lost something first, then the most frequent."""
        return sorted(self.groups.values(), key=lambda one: (-one.lost, -one.count))
