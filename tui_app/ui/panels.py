"""The panels at the right: requests, chart, records and errors, under the strips of their names."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from rich.console import Group
from rich.table import Table
from rich.text import Text
from textual import on, work
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.widgets import Static

from tui_app.fetch import State
from tui_app.redlist.text import counted

from . import keys, messages, text
from .background import in_thread
from .chart.panel import ChartPanel
from .dialogs.export import ExportDialog, ShownPanels
from .dialogs.formats import default_name
from .job import Job, run_in_words
from .keys import PANELS
from .opening import DEMO, WELCOME
from .problems import ProblemGroup
from .records.arrivals import Arrivals
from .records.panel import AFTER, EMPTY, RecordsPanel
from .records.sheet import Sheet
from .requests.drawing import ENDS
from .requests.panel import RequestsPanel
from .screenrequest import ScreenRequest
from .service import ServiceHolder
from .theme import inks

if TYPE_CHECKING:
    from tui_app.runs.records_table import View

NO_ERRORS = "No errors. Failed requests appear here."
ROOM_FOR_WORDS = 76
"""Cells from which on there is room for words in the names of the panels."""


class Tab(Static):
    """A panel's name; a click chooses it."""

    def __init__(self, panel: str) -> None:
        super().__init__(classes=f"tab tab-{panel}", markup=False)
        self.panel = panel
        self.note("")

    def note(self, words: str) -> None:
        """Write something after the name: how many there are."""
        number = PANELS.index(self.panel) + 1
        self.update(f"{number} {self.panel.capitalize()} {words}".rstrip())

    async def on_click(self) -> None:
        """Choose it."""
        await self.screen.run_action(f"panel('{self.panel}')")


class Panels(Vertical):
    """The panels, drawn from a job's model. CSS shows those that the screen's classes name."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._problems_drawn: tuple[int, bool] | None = None
        self._noted: dict[str, str] = {}  # what stands after the panels' names
        self._counted: tuple[View, str] | None = None  # records, and which they are
        self._unread = False  # whether a notice said that records can't be read

    def compose(self) -> ComposeResult:
        """One strip for where a panel is shown alone, one for below the requests."""
        yield Horizontal(*map(Tab, PANELS), id="tabs-all")
        yield RequestsPanel(id="requests")
        yield Horizontal(*map(Tab, PANELS[1:]), id="tabs-lower")
        yield ChartPanel(id="chart")
        yield RecordsPanel(id="records")
        with VerticalScroll(id="errors", can_focus=True) as errors:
            errors.border_title = "Errors"
            yield Static(NO_ERRORS, id="problems", classes="empty", markup=False)

    def mark(self, panel: str) -> None:
        """Mark the names of the panel that is shown; below the requests the chart is."""
        lower = "chart" if panel == "requests" else panel
        for strip, shown in (("#tabs-all", panel), ("#tabs-lower", lower)):
            for tab in self.query(f"{strip} > Tab").results(Tab):
                tab.set_class(tab.panel == shown, "-shown")

    def begin(self, job: Job) -> None:
        """Show a job, and nothing of the one before."""
        self._problems_drawn = None
        self._unread = False
        self.query_one(RecordsPanel).clear(EMPTY if job.request.kind == "fetch" else AFTER)
        self._note("records", "")
        # One bar says nothing: of a list of one category the years do.
        targets = job.request.query.targets
        one = len(targets) == 1 and targets[0].operation.stem == "red_list_categories"
        first = "years" if one and targets[0].value else "categories"
        self._counted = None
        self.query_one(ChartPanel).show(job.model, (), about=job.request.about, first=first)

    def forget(self) -> None:
        """Draw everything anew the next time: the colours have changed."""
        self._problems_drawn = None
        self.query_one(ChartPanel).forget()

    def draw(self, job: Job, now: float) -> None:
        """Draw a job as it is at ``now``; only what is displayed costs time."""
        model, request = job.model, job.request
        requests, chart = self.query_one(RequestsPanel), self.query_one(ChartPanel)
        if requests.display:
            requests.show(model, now)
        if chart.display:
            if job.arrivals is not None and job.arrivals.view is not None:
                self._counted = job.arrivals.view, ""
            self._draw_counts(job)
            swept = bool(request.settings.in_flight_counts)
            counts = request.in_flight if swept else request.page_counts
            chart.show(model, counts, now, request.about, in_flight=swept)
        if job.arrivals is not None:
            self._draw_arrivals(job, job.arrivals)
        count, roomy = model.problems.count, self.size.width >= ROOM_FOR_WORDS
        if (count, roomy) != self._problems_drawn:
            self._problems_drawn = count, roomy
            groups, body = model.problems.worst_first(), self.query_one("#problems", Static)
            body.set_class(not groups, "empty")
            body.update(Group(*map(_drawn, groups)) if groups else NO_ERRORS)
            failed, not_found = model.problems.failed, model.problems.not_found
            said = [counted(failed, "failed attempt")] if failed else []
            noted = [text.count(failed)] if failed else []
            if not_found:
                words = f"{text.count(not_found)} not found"
                said.append(words)
                noted.append(words if roomy else f"{text.count(not_found)} × 404")
            self.query_one("#errors").border_subtitle = " · ".join(said)
            self._note("errors", ", ".join(noted))

    def _draw_arrivals(self, job: Job, arrivals: Arrivals) -> None:
        """Show the records that have arrived, and see to it that further ones are read."""
        panel, run = self.query_one(RecordsPanel), job.model.current
        if run is None:
            return
        if arrivals.view is not None:
            self._note("records", text.count(arrivals.view.stored_rows))
        news = arrivals.take()
        if news is not None and not panel.grow(news, run_in_words(run)):
            arrivals.read_again()
        if arrivals.fault is not None and not self._unread:
            self._unread = True
            words = f"{messages.error_in_words(arrivals.fault)} The run continues."
            self.notify(text.clean(words), severity="warning", markup=False)
        if arrivals.due(run, shown=panel.display):
            self._read_arrivals(partial(arrivals.read, run, panel.look(), shown=panel.display))

    @work(group="arrivals", exit_on_error=False)
    async def _read_arrivals(self, read: Callable[[], None]) -> None:
        await in_thread(read)

    def _draw_counts(self, job: Job) -> None:
        """Have the records drawn as counts."""
        run = job.model.run_to_show()
        if self._counted is not None and run is not None:
            (records, note), narrowed = self._counted, self.query_one(RecordsPanel).narrowed
            demo = job.request.settings.source == "demo"
            chart = self.query_one(ChartPanel)
            chart.count(records, run.run, demo=demo, note=note, narrowed=narrowed)

    @on(RecordsPanel.Counts)
    async def _count_column(self, event: RecordsPanel.Counts) -> None:
        self.query_one(ChartPanel).draw_column(event.column)
        await self.screen.run_action("panel('chart')")

    async def show_records(self, job: Job, sheet: Sheet | str) -> None:
        """Show the records of a job's run, or why there are none."""
        run = job.model.run_to_show()
        if isinstance(sheet, str):
            self.query_one(RecordsPanel).clear(sheet)
        elif run is not None:
            whose = " · ".join(filter(None, (sheet.note, run_in_words(run))))
            self._note("records", text.count(sheet.length))
            self._counted = sheet.source, sheet.note
            self._draw_counts(job)
            await self.query_one(RecordsPanel).show_in_the_end(sheet, whose)

    def to_export(self, now: float) -> ShownPanels:
        """What an export can write of what is shown at ``now``."""
        chart = self.query_one(ChartPanel)
        ending = chart.written_as if chart.has_focus else ".csv"
        rows = self.query_one(RecordsPanel).to_export()
        return ShownPanels(partial(chart.figure, now), ending, *rows)

    def invite(self, request: ScreenRequest | None, words: str = "") -> None:
        """Say what F5 does, and how long it would take or what is wrong with the form."""
        lines = [text.clean(words)]
        if request is not None:
            demo = DEMO if request.settings.source == "demo" else ""
            run, setup, help_ = map(keys.name_of, (keys.RUN, keys.SETUP, keys.HELP))
            what = f"{run} {request.in_words()}, from {request.server}."
            lines = [WELCOME, demo, what, *lines, f"{setup}: settings. {help_}: help."]
        self.query_one(RequestsPanel).invite("\n\n".join(filter(None, lines)))

    def _note(self, panel: str, words: str) -> None:
        if self._noted.get(panel) == words:
            return
        self._noted[panel] = words
        for tab in self.query(f".tab-{panel}").results(Tab):
            tab.note(f"({words})" if words else "")


def _drawn(group: ProblemGroup) -> Group:
    """One group: a heading and three lines."""
    mark, colour = ("✗", inks().bad) if group.lost else ("↻", inks().fair)
    if group.not_found:
        mark = ENDS[State.MISSING].glyph
    counts = {"given up": group.lost, "retried": group.retried, "not found": group.not_found}
    numbers = ", ".join(f"{text.count(one)} {words}" for words, one in counts.items() if one)
    heading = Text.assemble((f"{mark} {group.what}", f"bold {colour}"), f"  {numbers}")
    more = group.count - len(group.examples)
    where = ", ".join(group.examples) + (f" and {text.count(more)} more" if more > 0 else "")
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(width=7, style=inks().quiet)
    lines.add_column(overflow="fold")
    for name, words in (
        ("  why", group.reason or group.what),
        ("  where", f"{where}, by {' and '.join(group.methods)}"),
        ("  do", group.help),
    ):
        if words:
            lines.add_row(Text(name), Text(words))
    return Group(heading, lines, Text(""))


def export_of(
    job: Job | None, service: ServiceHolder, shown: ShownPanels, *, one_per_taxon: bool
) -> ExportDialog | None:
    """The dialog that writes a job; None where it has nothing to write yet."""
    run = None if job is None else job.model.run_to_show()
    if job is None or run is None:
        return None
    demo, told = job.request.settings.source == "demo", job.model.comparison
    return ExportDialog(
        service,
        run.run,
        run_in_words(run) if told is None else f"comparison {told.comparison}",
        default_name(job.request.query.label, demo=demo, ending=shown.ending),
        shown,
        records=run.records,
        comparison=told,
        one_per_taxon=one_per_taxon,
    )
