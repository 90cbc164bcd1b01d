"""Kept runs as lines of History, and in sentences."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.binding import BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui_app.redlist.text import counted

from .. import keys, text

if TYPE_CHECKING:
    from tui_app.store import RunRow

_STATES: Final = {
    "complete": ("✓ complete", "good", "is complete"),
    "partial": ("◐ in part", "fair", "is incomplete"),
    "stopped": ("■ stopped", "fair", "was stopped"),
    "failed": ("✗ failed", "bad", "failed"),
    "killed": ("✗ killed", "bad", "was killed"),
    "running": ("● running", "busy", "is running in another program"),
}
"""By a run's state: its mark and word, what sort of news that is, and the verb of a sentence."""
_SETTLED: Final = ("◐ not all", "fair", "has all that the server has")
_NOTHING: Final = ("? none", "fair", "found nothing")
"""The same for runs that lack only what the server doesn't have."""
_WIDE: Final = 100
"""From this width on there is room for the year and the method."""
GAP: Final = " "
"""Between two columns."""
_LEAST_WHAT: Final = 12


class Column(NamedTuple):
    """A column of History."""

    name: str
    width: int  # in cells; 0: what the others leave
    right: bool = False  # whether it holds figures

    def fit(self, said: str) -> str:
        """A cell's text in the column's width."""
        return said.rjust(self.width) if self.right else text.fit(said, self.width)


def columns(rows: list[RunRow], width: int) -> list[Column]:
    """The columns that fit into ``width`` cells; what was fetched has the room that is left."""
    wide = width >= _WIDE
    longest = max((len(row.run) for row in rows), default=0)
    found = [
        Column("run", max(3, longest), right=True),
        Column("when", 16 if wide else 11),
        Column("what", 0),
        Column("from", 5),
        *([Column("method", 10)] if wide else []),
        Column("state", 10),
        Column("pages", 9, right=True),
        Column("records", 8, right=True),
    ]
    lost, not_found = any(row.lost for row in rows), any(row.not_found for row in rows)
    if wide or lost or not not_found:
        found.append(Column("failed", 6, right=True))
    if not_found:
        found.append(Column("not found", 9, right=True))
    room = width - sum(one.width for one in found) - len(found) * len(GAP)
    if not wide and room < _LEAST_WHAT:  # the day without the time
        found[1], room = Column("when", 5), room + 6
    return [one._replace(width=one.width or max(_LEAST_WHAT, room)) for one in found]


def cells(row: RunRow, columns: list[Column]) -> list[str]:
    """What the columns say of a run, each in its width."""
    failed, not_found = row.lost, row.not_found
    when = text.local(row.created_utc)
    total = _total(row)
    whole = total is None or row.state.value == "complete"
    replayed = "" if row.replay_of is None else f"replay of {row.replay_of}: "
    # A replay asks nobody.
    source = "DEMO" if row.source == "demo" else row.source if not replayed else "saved"
    said = {
        "run": row.run,
        "when": when if columns[1].width == len(when) else when[5 : 5 + columns[1].width],
        "what": f"{row.name}{': ' if row.name else ''}{replayed}{row.label}",
        "from": source,
        "method": row.method,
        "state": _state(row)[0],
        "pages": text.count(row.pages) + ("" if whole else f"/{text.count(total or 0)}"),
        "records": text.count(row.rows),
        "failed": text.count(failed) if failed else "",
        "not found": text.count(not_found) if not_found else "",
    }
    return [one.fit(text.clean(said[one.name])) for one in columns]


def _state(row: RunRow) -> tuple[str, str, str]:
    name = row.state.value
    if row.settled:
        return _SETTLED if row.pages else _NOTHING
    return _STATES.get(name, (f"? {name}", "", f"is {name}"))


def matches(row: RunRow, find: str) -> bool:
    """Whether a run has each word in what was fetched, its method, state, name, note or number."""
    source = "DEMO" if row.source == "demo" else row.source
    parts = (row.run, row.name, row.label, row.method, source, _state(row)[0], row.note)
    held = "\n".join(parts).casefold()
    return all(word in held for word in find.casefold().split())


def _total(row: RunRow) -> int | None:
    """How many pages it was to have, where that was known when it ended."""
    total, limit = row.summary.get("pages_total"), row.settings.get("pages")
    if total is None:
        return None
    return int(total) if limit is None else min(int(total), limit * len(row.operations))


def fate(row: RunRow) -> str:
    """``Run 12 was stopped at 40 of 89 pages``."""
    total = _total(row)
    if row.state.value == "complete" or row.settled:
        far = f": {counted(row.pages, 'page')}, {counted(row.rows, 'record')}"
        far += f", {text.count(row.not_found)} not found" * (row.not_found > 0)
    elif total is None:
        far = f" after {counted(row.pages, 'page')}"
    else:
        far = f" at {text.count(row.pages)} of {counted(total, 'page')}"
    return f"Run {row.run} {_state(row)[2]}{far}"


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
        "full assessments" if settings.get("details") else "",
        f"Red List {row.red_list_version}" if row.red_list_version else "",
        "of a comparison" if row.comparison is not None else "",
    ]
    return [
        text.clean(f"Run {row.run}: " + " · ".join(filter(None, (row.label, *facts)))),
        *filter(None, (text.clean(_trouble(row)), text.clean(row.note))),
    ]


def _trouble(row: RunRow) -> str:
    errors = row.summary.get("errors") or ()
    if errors:
        first = errors[0]
        more = f", and {text.count(len(errors) - 1)} more" if len(errors) > 1 else ""
        what = "Not found" if row.settled else "Failed"
        return f"{what}: {first.get('request')}: {first.get('message')}{more}"
    because = row.summary.get("stopped_because")
    return str(because) if because else ""


_MARK: Final = "◆ "


class RunsTable(ScrollView, can_focus=True):
    """Runs under a fixed heading; one of them has the cursor.

    Attributes:
        place: of the run under the cursor.
        marked: ids of the runs that are marked, in the order in which they were.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        f"runs--{name}"
        for name in ("heading", "line", "cursor", "demo", "good", "fair", "bad", "busy")
    }
    BINDINGS: ClassVar[list[BindingType]] = list(keys.HISTORY_TABLE)

    class Moved(Message):
        """The cursor is on another run."""

    class Chosen(Message):
        """The run under the cursor was clicked twice."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self.place = 0
        self.marked: list[str] = []
        self._rows: list[RunRow] = []
        self._columns: list[Column] = []

    # -- told ----------------------------------------------------------------------------

    def show(self, rows: list[RunRow]) -> None:
        """Show these runs, with the cursor on the same one as before if it is among them."""
        here = None if self.here is None else self.here.run
        self._rows = rows
        there = {row.run for row in rows}
        self.marked = [run for run in self.marked if run in there]
        self.virtual_size = Size(0, len(rows) + 1)
        self._fit()
        self.action_move_to(next((n for n, row in enumerate(rows) if row.run == here), 0))

    @property
    def here(self) -> RunRow | None:
        """The run under the cursor; None where there is none."""
        return self._rows[self.place] if self.place < len(self._rows) else None

    @property
    def chosen(self) -> list[RunRow]:
        """The marked runs, in the order in which they were marked."""
        by_id = {row.run: row for row in self._rows}
        return [by_id[run] for run in self.marked]

    def mark(self) -> None:
        """Mark the run under the cursor, or not any more, and go to the next one."""
        if here := self.here:
            change = self.marked.remove if here.run in self.marked else self.marked.append
            change(here.run)
            self.action_move(1)

    def on_resize(self) -> None:
        """Other columns may fit."""
        self._fit()

    def _fit(self) -> None:
        self._columns = columns(self._rows, self.scrollable_content_region.width - len(_MARK))
        self.refresh()

    # -- the cursor ----------------------------------------------------------------------

    def action_move_to(self, place: int) -> None:
        """Put the cursor on a run, the last one where it is -1, and scroll it into view."""
        last = len(self._rows) - 1
        self.place = max(0, last if place < 0 else min(place, last))
        with_heading = Region(0, self.place, 1, 2)
        self.scroll_to_region(with_heading, animate=False, immediate=True, force=True)
        self.refresh()
        self.post_message(self.Moved())

    def action_move(self, by: int) -> None:
        """Move the cursor by so many runs."""
        self.action_move_to(max(0, self.place + by))

    def action_move_page(self, by: int) -> None:
        """Move the cursor by so many screens."""
        self.action_move(by * max(1, self.size.height - 2))

    def on_click(self, event: events.Click) -> None:
        """Put the cursor where it was clicked; twice opens the run."""
        place = self.scroll_offset.y + event.y - 1
        if event.y > 0 and place < len(self._rows):
            self.action_move_to(place)
            if event.chain > 1:
                self.post_message(self.Chosen())

    # -- drawn ---------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        """One line of the screen."""
        width = self.scrollable_content_region.width
        place = self.scroll_offset.y + y - 1
        if place >= len(self._rows) and y:
            return Strip.blank(width, self.rich_style)
        base = self._style("heading" if y == 0 else "cursor" if place == self.place else "line")
        if y == 0:
            said = [one.fit(one.name) for one in self._columns]
            segments = [Segment(" " * len(_MARK) + "".join(one + GAP for one in said), base)]
        else:
            row = self._rows[place]
            mark = _MARK if row.run in self.marked else " " * len(_MARK)
            segments = [Segment(mark, base + self._accent("demo"))]
            accents = {"state": _state(row)[1], "failed": "bad", "from": row.source}
            for column, said_of in zip(self._columns, cells(row, self._columns), strict=True):
                accent = self._accent(accents.get(column.name, ""))
                segments.append(Segment(said_of + GAP, base + accent))
        return Strip(segments).adjust_cell_length(width, base)

    def _accent(self, name: str) -> Style:
        """A colour on the line's own background."""
        if f"runs--{name}" not in self.COMPONENT_CLASSES:
            return Style()
        accent = self._style(name)
        return Style(color=accent.color, bold=accent.bold)

    def _style(self, name: str) -> Style:
        return self.get_component_rich_style(f"runs--{name}")
