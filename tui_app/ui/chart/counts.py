"""Pictures of records: how many have each category, year, scope, or value of a column.

No widgets: the panel of charts reads in a thread, and draws what is found here.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import thread_time
from typing import TYPE_CHECKING, Final

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from tui_app.redlist.text import counted
from tui_app.report.count_bars import CountBar, CountsFigure, count_bars, counts_table

from .. import text
from ..categories import CATEGORIES, category, contrast
from ..records.arrivals import ReadingPace
from ..theme import QUIET, ground, inks

if TYPE_CHECKING:
    from tui_app.runs.counts import ValueCounts
    from tui_app.runs.records_table import View

COUNTED: Final = {"categories": "category", "years": "year", "scopes": "scope", "column": ""}
"""The charts, and what most records have that is counted in them."""
TITLES: Final = {
    "categories": "Records by Red List category",
    "years": "Records by year of publication",
    "scopes": "Records by scope",
    "column": "Records by column",
}
NOTHING_YET: Final = "The chart appears as pages arrive."
CHOOSE: Final = "Press {key} in Records to draw the column under the cursor."
NO_RECORDS: Final = "There are no records to count."
COUNTING: Final = "Counting…"
DEMO: Final = "DEMO"
INVENTED: Final = "DEMO (synthetic data)"
SEVERAL: Final = "A record with several values is counted once for each."
_AT_ONCE_S: Final = 0.03
"""Of a processor's time at once, while records arrive: what is counted slows the run down."""
_FAINT: Final = 1.7
"""With less contrast to what is behind it, a bar is hatched."""
_PARTS: Final = "▏▎▍▌▋▊▉█"
_NAMED: Final = 90
"""Cells from which on there is room for the categories' names."""


@dataclass(frozen=True, slots=True)
class Counted:
    """What was counted, when it was last drawn."""

    column: str
    totals: dict[str, int]  # by value, in order
    rows: int
    whole: bool  # whether these are all records of a run that has ended
    crowded: bool  # whether it has too many values to be drawn

    @property
    def several(self) -> bool:
        """Whether some record has several values."""
        return sum(self.totals.values()) > self.rows


class RecordCounts:
    """Counts the records of a run, also while they arrive.

    Attributes:
        view: the records; None before there are any.
        column: the column that the user chose; None before that.
        fault: why they could not be read, if so.
    """

    def __init__(self) -> None:
        self.view: View | None = None
        self.column: str | None = None
        self.fault: Exception | None = None
        self._run = ""
        self._counting = False
        self._pace = ReadingPace()
        self._tallies: dict[tuple[str, ...], ValueCounts] = {}
        self._found: dict[str, Counted] = {}

    def begin(self) -> None:
        """Forget the records of another run."""
        self.view, self._run = None, ""
        self._tallies, self._found = {}, {}

    def use(self, view: View, run: str) -> None:
        """Count these records from now on: of the same run with more of them, or of another."""
        if view is self.view:
            return
        grown = run == self._run and view.grows
        if run != self._run:
            self._found = {}
        if not grown:  # until they are counted, what was counted before is shown
            self._tallies, self._pace = {}, ReadingPace()
        self.view, self._run = view, run

    def column_of(self, chart: str) -> str | None:
        """The column that a chart is about; None where these records have none."""
        from tui_app.runs.counts import usual_column

        if chart == "column" or self.view is None:
            return self.column
        return usual_column(COUNTED[chart], self.view.columns)

    def first_of(self, chart: str) -> str:
        """This chart, if these records have what is counted in it; else one that has."""
        charts = [one for one in (chart, *COUNTED) if one != "column"]
        known = self.view is None or not self.view.stored_rows
        return next((one for one in charts if known or self.column_of(one)), "throughput")

    def _columns(self, chart: str) -> tuple[str, ...]:
        """What is counted together: the usual columns, or the one that was chosen."""
        charts = [one for one in COUNTED if one != "column"] if chart != "column" else ["column"]
        return tuple(filter(None, map(self.column_of, charts)))

    def due(self, chart: str) -> bool:
        """Whether to :meth:`count` for a chart: there is something to count, and it is time."""
        columns = self._columns(chart)
        if self.view is None or self._counting or not columns or not self._pace.due():
            return False
        tally = self._tallies.get(columns)
        if tally is not None and tally.rows >= self.view.stored_rows:
            return False
        self._counting = True
        return True

    def count(self, chart: str, halted: Callable[[], bool] = lambda: False) -> None:
        """Count in the calling thread: all records, or of those that arrive some more.

        Never raises. ``halted`` is called between pages.
        """
        from tui_app.runs.counts import ValueCounts

        view, columns, pace = self.view, self._columns(chart), self._pace
        assert view is not None
        tally = self._tallies.setdefault(columns, ValueCounts(columns))
        pace.begin()
        until = thread_time() + _AT_ONCE_S
        self.fault = None
        try:
            done = tally.count(view, lambda: halted() or (view.grows and thread_time() >= until))
            if (done or view.grows) and self._tallies.get(columns) is tally:
                for column in columns:
                    whole, crowded = not view.grows, column in tally.crowded
                    totals = tally.totals(column)
                    self._found[column] = Counted(column, totals, tally.rows, whole, crowded)
        except Exception as fault:  # the application outlives records that can't be read
            self.fault, tally.rows = fault, view.stored_rows
        finally:
            if view.grows:
                pace.end()
            self._counting = False

    def found(self, chart: str) -> Counted | None:
        """What was counted for a chart by now."""
        column = self.column_of(chart)
        return None if column is None else self._found.get(column)

    def words(self, chart: str) -> str:
        """What to say in place of a chart that can't be drawn; empty where it can."""
        from .. import keys

        column, found = self.column_of(chart), self.found(chart)
        if chart == "column" and column is None:
            return CHOOSE.format(key=keys.name_of(keys.RECORDS_BARS))
        if self.view is None or (self.view.grows and not self.view.stored_rows):
            return NOTHING_YET
        if not self.view.stored_rows:
            return NO_RECORDS
        if column is None:
            return f"These records have no {COUNTED[chart]}."
        if found is None or not found.rows:
            return COUNTING
        if self.view.grows and self.view.changes and not any(found.totals):
            return f"{text.clean(column)} is counted when the fetch ends."
        return f"{text.clean(column)} has too many values for a chart." if found.crowded else ""

    def title(self, chart: str) -> str:
        """What is drawn: ``Records by scope``."""
        if chart == "column" and self.column is not None:
            return f"Records by {text.clean(self.column)}"
        return TITLES[chart]

    def picture(
        self, chart: str, width: int, notes: Sequence[str], *, coloured: bool = True
    ) -> Content:
        """The bars, a line each, under a line that says what was counted."""
        found = self.found(chart)
        if found is None:
            return Content("")
        whose = "" if found.whole else " so far"
        said = [f"{counted(found.rows, 'record')}{whose}", text.clean(found.column), *notes]
        heading = " · ".join(filter(None, said))
        lines = [Content.styled(heading, QUIET), *bar_lines(found, width, coloured=coloured)]
        if found.several:
            lines.append(Content.styled(SEVERAL, QUIET))
        return Content("\n").join(lines)

    def figure(
        self, chart: str, about: str, notes: Sequence[str], *, demo: bool
    ) -> CountsFigure | None:
        """The same for paper; None while not all records have been counted."""
        found = self.found(chart)
        if found is None or not found.whole or not found.totals or found.crowded:
            return None
        view = self.view
        is_category = _is_category(found.column)
        colours = {one: CATEGORIES[one].colour for one in found.totals if is_category(one)}
        bars = tuple(
            CountBar(_label(bar, is_category), bar.rows, bar.value)
            for bar in count_bars(found.totals)
        )
        said = (INVENTED if demo else "", about, counted(found.rows, "record"), *notes)
        below = (SEVERAL if found.several else "", "" if view is None else view.run_citation)
        return CountsFigure(
            self.title(chart),
            " · ".join(filter(None, said)),
            bars,
            found.rows,
            colours,
            tuple(filter(None, below)),
            counts_table(found.column, found.totals, found.rows, demo=DEMO if demo else ""),
        )


def _is_category(column: str) -> Callable[[str | None], bool]:
    """Whether a value of a column is a category: CR is Costa Rica as well."""
    return lambda value: "category" in column and category(value) is not None


def _label(bar: CountBar, is_category: Callable[[str | None], bool]) -> str:
    named = is_category(bar.value) and bar.value is not None
    return f"{bar.label} {CATEGORIES[bar.value or ''].name}" if named else text.clean(bar.label)


def bar_lines(found: Counted, width: int, *, coloured: bool = True) -> list[Content]:
    """A bar a line, with its value, count and share, in ``width`` cells."""
    bars, is_category = count_bars(found.totals), _is_category(found.column)
    most = max((bar.rows for bar in bars), default=1) or 1
    shares = [bar.share(found.rows) for bar in bars]
    counts = [text.count(bar.rows) for bar in bars]
    names = [
        CATEGORIES[bar.value].name if is_category(bar.value) and bar.value else "" for bar in bars
    ]
    badges = [f" {text.clean(bar.label)} " for bar in bars]
    badge = min(max(map(cell_len, badges), default=0), max(8, width // 3))
    name = max(map(len, names), default=0) + 1 if width >= _NAMED and any(names) else 0
    room_count, room_share = max(map(len, counts), default=0), max(map(len, shares), default=0)
    room = max(4, width - badge - name - room_count - room_share - 3)
    lines = []
    for bar, letters, words, rows, share in zip(bars, badges, names, counts, shares, strict=True):
        colour = CATEGORIES[bar.value].colour if words and bar.value else ""
        cell = letters if cell_len(letters) <= badge else f"{set_cell_size(letters, badge - 2)}… "
        style = ""
        if colour:
            ink = CATEGORIES[bar.value or ""].ink
            style = f"bold {ink} on {colour}" if coloured else "bold"
        lines.append(
            Content.assemble(
                (cell, style),
                " " * (badge - cell_len(cell) + 1),
                (f"{words:<{name}}" if name else "", QUIET),
                _bar(bar.rows / most, room, colour if coloured else ""),
                f" {rows:>{room_count}}",
                (f" {share:>{room_share}}", QUIET),
            )
        )
    return lines


def _bar(share: float, room: int, colour: str) -> Content:
    """A bar in so many cells, as long as its share of them."""
    eighths = max(1, round(share * room * len(_PARTS)))
    full, part = divmod(eighths, len(_PARTS))
    bar = "█" * full + (_PARTS[part - 1] if part else "")
    style = colour or "$primary"
    if colour and contrast(colour, ground()) < _FAINT:
        bar, style = "░" * max(1, round(share * room)), f"{inks().quiet} on {colour}"
    return Content.assemble((bar, style), " " * (room - len(bar)))
