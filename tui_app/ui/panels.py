"""The panels at the right: requests, chart, records and errors, under the strips of their names."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.widgets import Static

from . import keys, text
from .chart.panel import ChartPanel
from .errors import ErrorsPanel
from .job import Job, run_in_words
from .keys import PANELS
from .opening import DEMO, WELCOME
from .records.panel import RecordsPanel
from .records.sheet import Sheet
from .requests.panel import RequestsPanel
from .screenrequest import ScreenRequest


class Tab(Static):
    """A panel's name; a click chooses it."""

    class Chosen(Message):
        """A tab was clicked.

        Attributes:
            panel: whose.
        """

        def __init__(self, panel: str) -> None:
            super().__init__()
            self.panel = panel

    def __init__(self, panel: str) -> None:
        super().__init__(classes=f"tab tab-{panel}", markup=False)
        self.panel = panel
        self.note("")

    def note(self, words: str) -> None:
        """Write something after the name: how many there are."""
        number = PANELS.index(self.panel) + 1
        self.update(f"{number} {self.panel.capitalize()} {words}".rstrip())

    def on_click(self) -> None:
        """Choose it."""
        self.post_message(self.Chosen(self.panel))


class Panels(Vertical):
    """The panels, drawn from a job's model. CSS shows those that the screen's classes name."""

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._problems_drawn: int | None = None

    def compose(self) -> ComposeResult:
        """One strip for where a panel is shown alone, one for below the requests."""
        yield Horizontal(*map(Tab, PANELS), id="tabs-all")
        yield RequestsPanel(id="requests")
        yield Horizontal(*map(Tab, PANELS[1:]), id="tabs-lower")
        yield ChartPanel(id="chart")
        yield RecordsPanel(id="records")
        yield ErrorsPanel(id="errors")

    def mark(self, panel: str) -> None:
        """Mark the names of the panel that is shown; below the requests the chart is."""
        lower = "chart" if panel == "requests" else panel
        for strip, shown in (("#tabs-all", panel), ("#tabs-lower", lower)):
            for tab in self.query(f"{strip} > Tab").results(Tab):
                tab.set_class(tab.panel == shown, "-shown")

    def begin(self, job: Job) -> None:
        """Show a job, and nothing of the one before."""
        self._problems_drawn = None
        self.query_one(RecordsPanel).clear()
        self._note("records", 0)
        self.query_one(ChartPanel).show(job.model, (), about=job.request.about)

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
            chart.show(model, request.page_counts, now, request.about)
        if model.problems.count != self._problems_drawn:
            self._problems_drawn = model.problems.count
            self.query_one(ErrorsPanel).show(model.problems)
            self._note("errors", model.problems.count)

    def show_records(self, job: Job, sheet: Sheet | str) -> None:
        """Show the records of a job's run, or why there are none."""
        run = job.model.run_to_show()
        if isinstance(sheet, str):
            self.query_one(RecordsPanel).clear(sheet)
        elif run is not None:
            self.query_one(RecordsPanel).show(sheet, run_in_words(run))
            self._note("records", sheet.length)

    def invite(self, request: ScreenRequest | None, words: str = "") -> None:
        """Say what F5 does, where there is nothing else to show.

        Args:
            request: what the form means; None where it can't be read.
            words: how long it would take, or what is wrong with the form.
        """
        lines = [text.clean(words)]
        if request is not None:
            demo = DEMO if request.settings.source == "demo" else ""
            run, setup, help_ = map(keys.name_of, (keys.RUN, keys.SETUP, keys.HELP))
            what = f"{run} {request.in_words()}, from {request.server}."
            lines = [WELCOME, demo, what, *lines, f"{setup} changes it, {help_} helps."]
        self.query_one(RequestsPanel).invite("\n\n".join(filter(None, lines)))

    def _note(self, panel: str, number: int) -> None:
        for tab in self.query(f".tab-{panel}").results(Tab):
            tab.note(f"({text.count(number)})" if number else "")
