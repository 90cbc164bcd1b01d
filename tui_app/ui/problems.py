"""What went wrong, in groups: what, why, how often, what to do."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from tui_app.fetch import Event, State

from .messages import key_advice_on
from .text import clean

MOST_GROUPS: Final = 100
"""Further kinds of failure share one group: a screen is no log file."""
EXAMPLES: Final = 3

_NUMBERS: Final = re.compile(r"\d+(\.\d+)?")

_WHAT: Final = {
    "connection": "No connection",
    "timeout": "Timed out",
    "cut-off": "Body cut off",
    "malformed": "Malformed answer",
    "repeated": "Page once more",
    "too-large": "Body too large",
    "throttled": "Asked too often",
    "server": "Server fault",
    "not-found": "Not found",
    "rejected": "Rejected",
    "unexpected": "Unexpected status",
    "redirected": "Redirected",
    "token": "Token refused",
    "forbidden": "Refused (403)",
    "retired": "API v3 is retired",
    "outdated": "Older Red List",
}


@dataclass(slots=True)
class ProblemGroup:
    """Failures that are alike.

    Attributes:
        kind: as in :mod:`tui_app.redlist.errors`.
        status: the HTTP status, or None.
        reason: why, in the words of the first of them.
        retried: attempts that were followed by another.
        lost: requests that were given up.
        methods: that met it.
        examples: the first few requests that met it.
    """

    kind: str
    status: int | None
    reason: str
    retried: int = 0
    lost: int = 0
    methods: dict[str, None] = field(default_factory=dict)
    examples: dict[str, None] = field(default_factory=dict)

    @property
    def count(self) -> int:
        """Attempts that met it."""
        return self.retried + self.lost

    @property
    def what(self) -> str:
        """The kind in words, with the status."""
        words = _WHAT.get(self.kind, self.kind.capitalize() or "Error")
        return f"{words} (HTTP {self.status})" if self.status else words

    @property
    def advice(self) -> str:
        """What to do."""
        return key_advice_on(self.kind)


@dataclass(slots=True)
class Problems:
    """All failures of one job, grouped by kind, status and reason (its figures left out)."""

    groups: dict[tuple[str, int | None, str], ProblemGroup] = field(default_factory=dict)

    def take(self, event: Event, method: str, label: str) -> None:
        """Count a failure."""
        reason = clean(event.reason)
        key = (event.kind, event.status, _NUMBERS.sub("#", reason))
        if key not in self.groups and len(self.groups) >= MOST_GROUPS:
            key, reason = ("", None, ""), "of many further kinds"
        group = self.groups.setdefault(key, ProblemGroup(key[0], key[1], reason))
        if event.state is State.RETRIED:
            group.retried += 1
        else:
            group.lost += 1
        group.methods[method] = None
        if len(group.examples) < EXAMPLES:
            group.examples[clean(label)] = None

    @property
    def count(self) -> int:
        """Attempts that failed."""
        return sum(group.count for group in self.groups.values())

    @property
    def lost(self) -> int:
        """Requests that were given up."""
        return sum(group.lost for group in self.groups.values())

    def worst_first(self) -> list[ProblemGroup]:
        """Those that lost something first, then the most frequent."""
        return sorted(self.groups.values(), key=lambda one: (-one.lost, -one.count))
