"""A kept run as a line of History, and in sentences: pure functions."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from .. import text

if TYPE_CHECKING:
    from tui_app.store import RunRow

_STATES: Final = {
    "complete": ("✓ complete", "good"),
    "partial": ("◐ in part", "fair"),
    "stopped": ("■ stopped", "fair"),
    "failed": ("✗ failed", "bad"),
    "killed": ("✗ killed", "bad"),
    "running": ("● running", "busy"),
}
_FATES: Final = {
    "complete": "is complete",
    "partial": "is incomplete",
    "stopped": "was stopped",
    "failed": "failed",
    "killed": "was killed",
    "running": "goes on in another program",
}
_WIDE: Final = 100
"""From this width on there is room for the year and the method."""
GAP: Final = 1
"""Cells between two columns."""
_LEAST_WHAT: Final = 12


@dataclass(frozen=True, slots=True)
class Column:
    """A column of History.

    Attributes:
        name: its heading.
        width: in cells; 0: what the others leave.
        right: whether it holds figures.
    """

    name: str
    width: int
    right: bool = False

    def fit(self, said: str) -> str:
        """A cell's text in the column's width."""
        return said.rjust(self.width) if self.right else text.fit(said, self.width)


def columns(rows: list[RunRow], width: int) -> list[Column]:
    """The columns that fit into ``width`` cells; what was fetched has the room that is left."""
    wide = width >= _WIDE
    longest = max((len(row.run) for row in rows), default=0)
    found = [
        Column("run", max(3, longest), right=True),
        Column("when (UTC)", 16) if wide else Column("UTC", 11),
        Column("what", 0),
        Column("from", 4),
        *([Column("method", 10)] if wide else []),
        Column("state", 10),
        Column("pages", 9, right=True),
        Column("records", 8, right=True),
        Column("failed", 6, right=True),
    ]
    room = width - sum(one.width for one in found) - GAP * len(found)
    return [replace(one, width=one.width or max(_LEAST_WHAT, room)) for one in found]


def cell(row: RunRow, column: Column) -> str:
    """What a column says of a run, in its width."""
    return column.fit(_said(row, column.name))


def _said(row: RunRow, name: str) -> str:
    failed = row.summary.get("failed") or 0
    when = row.created_utc[:16].replace("T", " ")
    return text.clean(
        {
            "run": row.run,
            "when (UTC)": when,
            "UTC": when[5:],
            "what": _what(row),
            "from": _from(row),
            "method": row.method,
            "state": state(row)[0],
            "pages": _pages(row),
            "records": text.count(row.records),
            "failed": text.count(failed) if failed else "",
        }[name]
    )


def _what(row: RunRow) -> str:
    replayed = "" if row.replay_of is None else f"replay of {row.replay_of}: "
    return f"{row.name}: {replayed}{row.label}" if row.name else replayed + row.label


def _from(row: RunRow) -> str:
    if row.source == "demo":
        return "DEMO"
    return row.source if row.replay_of is None else "kept"  # nobody was asked


def state(row: RunRow) -> tuple[str, str]:
    """A run's state in words with a mark, and what sort of news it is, or nothing."""
    return _STATES.get(row.state.value, (f"? {row.state.value}", ""))


def may_be_resumed(row: RunRow) -> bool:
    """Whether something is left of it to do, and nobody does it."""
    return row.state.value not in ("complete", "running") and row.replay_of is None


def _pages(row: RunRow) -> str:
    total = _total(row)
    whole = total is None or row.state.value == "complete"
    return text.count(row.pages) if whole else f"{text.count(row.pages)}/{text.count(total or 0)}"


def _total(row: RunRow) -> int | None:
    """How many pages it was to have, where that was known when it ended."""
    total, limit = row.summary.get("pages_total"), row.settings.get("pages")
    if total is None:
        return None
    return int(total) if limit is None else min(int(total), limit * len(row.operations))


def fate(row: RunRow) -> str:
    """``Run 12 was stopped at 40 of 89 pages``."""
    fate = _FATES.get(row.state.value, f"is {row.state.value}")
    total = _total(row)
    if row.state.value == "complete":
        far = f": {text.plural(row.pages, 'page')}, {text.plural(row.records, 'record')}"
    elif total is None:
        far = f" after {text.plural(row.pages, 'page')}"
    else:
        far = f" at {text.count(row.pages)} of {text.plural(total, 'page')}"
    return f"Run {row.run} {fate}{far}"


def about(row: RunRow) -> list[str]:
    """What the line has no room for, a line each: what and how; what failed; its note."""
    settings = row.settings
    where = "DEMO (synthetic data)" if row.source == "demo" else row.fetched_from
    if row.replay_of is not None:
        where = f"replay of run {row.replay_of}, {where}"
    flying = settings.get("in_flight") or settings.get("concurrency") or 1
    facts = [
        where,
        f"{row.method}, {flying} in flight",
        text.pace(settings.get("rate"), settings.get("window")),
        "in full" if settings.get("details") else "",
        f"Red List {row.red_list_version}" if row.red_list_version else "",
        "of a comparison" if row.comparison is not None else "",
    ]
    return [
        text.clean(f"{row.label} · {' · '.join(fact for fact in facts if fact)}"),
        *filter(None, (text.clean(_trouble(row)), text.clean(row.note))),
    ]


def _trouble(row: RunRow) -> str:
    errors = row.summary.get("errors") or ()
    if errors:
        first = errors[0]
        more = f", and {text.count(len(errors) - 1)} more" if len(errors) > 1 else ""
        return f"Failed: {first.get('request')}: {first.get('message')}{more}"
    because = row.summary.get("stopped_because")
    return str(because) if because else ""
