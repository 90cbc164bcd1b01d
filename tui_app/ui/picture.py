"""Drawing a job: the screen's panels as functions of its model."""

from __future__ import annotations

from textual.screen import Screen

from . import text
from .chart.panel import ChartPanel
from .errors.panel import ErrorsPanel
from .form import Order, Problem
from .header import HeaderLine, heading
from .job import Job, whose
from .opening import DEMO, WELCOME
from .records.panel import RecordsPanel
from .records.sheet import Sheet
from .requests.panel import RequestsPanel
from .tabs import Tabs


class Picture:
    """What the panels show.

    Args:
        screen: whose panels they are.
    """

    def __init__(self, screen: Screen[None]) -> None:
        self._screen = screen
        self._problems_drawn: int | None = None
        self._form_is_newer = False

    def begin(self, job: Job) -> None:
        """A job begins: nothing of the one before stays."""
        self._problems_drawn = None
        self._form_is_newer = False
        self._screen.query_one(RecordsPanel).clear()
        self._note("records", 0)
        self._screen.query_one(ChartPanel).show(job.model, (), about=job.order.about)

    def forget(self) -> None:
        """What has been drawn has to be drawn again."""
        self._problems_drawn = None
        self._screen.query_one(ChartPanel).forget()

    def draw(self, job: Job, now: float) -> None:
        """Draw a job as it is at ``now``; only what is displayed costs time."""
        model, order, screen = job.model, job.order, self._screen
        if not self._form_is_newer or model.standing.busy:
            header = heading(order, model, now)
            screen.query_one(HeaderLine).heading = header
        requests = screen.query_one(RequestsPanel)
        if requests.display:
            requests.show(model, now)
        chart = screen.query_one(ChartPanel)
        if chart.display:
            chart.show(model, order.page_counts, now, order.about)
        if model.problems.count != self._problems_drawn:
            self._problems_drawn = model.problems.count
            screen.query_one(ErrorsPanel).show(model.problems)
            self._note("errors", model.problems.count)

    def show_records(self, job: Job, sheet: Sheet) -> None:
        """Show the records of a job's run."""
        run = job.model.run_to_show()
        if run is not None:
            self._screen.query_one(RecordsPanel).show(sheet, whose(run))
            self._note("records", sheet.length)

    def show_form(self, order: Order | None, problems: list[Problem], *, busy: bool) -> None:
        """Say what the form means, where nothing else is to be said."""
        if order is None:
            words = text.clean(problems[0].sentence)
            self._screen.query_one(RequestsPanel).invite(words)
            return
        self.invite(order)
        if not busy:
            self._form_is_newer = True
            header = heading(order, None, 0.0)
            self._screen.query_one(HeaderLine).heading = header

    def invite(self, order: Order, foretold: str = "") -> None:
        """Say what F5 does, and how long that would take, where there is nothing else to show."""
        words = [WELCOME, DEMO if order.settings.source == "demo" else ""]
        words += [f"F5 {order.in_words()}, from {order.server}.", text.clean(foretold)]
        words += ["F2 changes it, F1 helps."]
        self._screen.query_one(RequestsPanel).invite("\n\n".join(filter(None, words)))

    def _note(self, panel: str, number: int) -> None:
        words = f"({text.count(number)})" if number else ""
        for tabs in self._screen.query(Tabs):
            tabs.note(panel, words)
