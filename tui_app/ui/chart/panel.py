"""Chart: one at a time under a strip of their names. Those of records are in :mod:`.counts`.

What figures need is imported when there is something to draw.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import events, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.reactive import var
from textual.widgets import Static

from .. import keys, messages, text
from ..background import in_thread
from ..model import Model
from .counts import COUNTED, TITLES, RecordCounts

if TYPE_CHECKING:
    from tui_app.report.count_bars import CountsFigure
    from tui_app.report.figure import Figure
    from tui_app.runs.records_table import View

    from .plots import LinesPlot

CHART_TITLES: Final = {
    **TITLES,
    "times": "Time (s) by pages (· ideal)",
    "throughput": "Requests completed over time (steeper = faster)",
    "latency": "Responses by latency (ms)",
    "in flight": "Requests in flight over time",
    "why": "Explanation: what set the time",
}
TIMES_OVER: Final = (CHART_TITLES["times"], "Time (s) by requests in flight (· ideal)")
"""The title of the first one, by whether requests in flight are compared."""
CHARTS: Final = tuple(one for one in CHART_TITLES if one not in TITLES)
DRAWN: Final = CHARTS[:-1]
"""Those that are pictures, and can be written as such."""
OF_FETCH: Final = (*COUNTED, *DRAWN[1:])
"""Those of a fetch: a comparison has others in the place of its records."""
ALL_CHARTS: Final = (*COUNTED, *CHARTS)
EMPTY: Final = "The chart appears as runs finish."
OF_A_FETCH: Final = "This chart needs a comparison. ] shows the next chart."
WHY_LATER: Final = "The explanation appears when the comparison finishes."
_APART: Final = 3
"""Cells between the charts' names, where there is room."""
LIVE_S: Final = 0.5
"""Between two pictures of a chart of a run that goes on."""


class ChartPanel(Container, can_focus=True):
    """The panel of the charts."""

    BORDER_TITLE = "Chart"
    BINDINGS: ClassVar[list[BindingType]] = list(keys.CHARTS)
    DEFAULT_CLASSES = "-empty"

    chart: var[str] = var("times", init=False)
    """The one that is shown."""
    log_scales: var[bool] = var(False, init=False)
    """Whether times are drawn on logarithmic scales."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plot: LinesPlot | None = None  # mounted when there is something to draw
        self._model: Model | None = None
        self._ticks: tuple[int, ...] = ()
        self._in_flight = False
        self._now, self._about = 0.0, ""
        self._drawn: object = None
        self._counts = RecordCounts()
        self._demo = False
        self._first = ""  # the chart that this job began with
        self._notes: tuple[str, ...] = ()  # which records are counted

    def compose(self) -> ComposeResult:
        """The strip, what is drawn in text, the speed-ups; plots come later."""
        with Container(id="chart-names"):
            for name in ALL_CHARTS:
                yield Static(name.capitalize(), name=name, classes="chart-name", markup=False)
        yield Static(EMPTY, id="chart-empty", classes="empty", markup=False)
        with VerticalScroll(id="chart-scroll", can_focus=False):
            yield Static("", id="chart-text", markup=False)
        yield Static("", id="speedups", markup=False)

    def show(
        self,
        model: Model,
        counts: tuple[int, ...],
        now: float = 0.0,
        about: str = "",
        first: str = "categories",
        *,
        in_flight: bool = False,
    ) -> None:
        """Draw a model up to ``now``; nothing is drawn anew as long as there is nothing new.

        ``counts`` are all that are going to be timed, so that the axis doesn't move: page counts,
        or requests ``in_flight``.
        ``about`` names the operation and the server; an export has it under its title. ``first``
        is the chart that a fetch begins with.
        """
        if model is not self._model:
            self._model, self._drawn = model, None
            self._counts.begin()
            self.set_class(model.kind == "fetch", "-fetch")
            self._first = "times" if model.kind == "compare" else first
            self.chart = self._first
        self._ticks, self._in_flight = counts, in_flight
        self._now, self._about = now, about
        self._draw()

    def count(
        self, records: View, run: str, *, demo: bool = False, note: str = "", narrowed: bool = False
    ) -> None:
        """Draw these records of a run: how many have each category, year, scope.

        ``note`` says which they are, where they aren't all. ``narrowed``: some aren't shown.
        """
        filtered = "rows hidden by the filter in Records are counted too" if narrowed else ""
        notes = tuple(filter(None, (note, filtered)))
        if notes != self._notes:
            self._notes, self._drawn = notes, None
        self._demo = demo
        self._counts.use(records, run)
        if self.chart == self._first and self.chart in COUNTED:  # of a list of codes, another one
            self.chart = self._first = self._counts.first_of(self.chart)
        self._draw()

    def draw_column(self, column: str) -> None:
        """Draw how many records have each value of a column."""
        self._counts.column = column
        self.chart = "column"
        self.forget()

    @property
    def charts(self) -> tuple[str, ...]:
        """The charts of what is shown, in their order."""
        return OF_FETCH if self.has_class("-fetch") else CHARTS

    def forget(self) -> None:
        """What has been drawn has to be drawn again."""
        self._drawn = None
        self._draw()

    def figure(self, now: float) -> Figure | CountsFigure | None:
        """The chart that is shown, for paper, as it is at ``now``; None while there is nothing."""
        from .series import figure_of

        model = self._model
        if self.chart in COUNTED:
            about = " · ".join(self._about.split(" · ")[:2])  # not how it was fetched
            return self._counts.figure(self.chart, about, self._notes, demo=self._demo)
        if model is None or self.chart not in DRAWN:
            return None
        ended = model.finished_at
        until = now if ended is None else ended
        return figure_of(model, self.chart, self._about, until, log=self.log_scales)

    @property
    def written_as(self) -> str:
        """How a file's name ends that has what is shown: the chart, or a report of why."""
        if self.chart in (*COUNTED, *DRAWN):
            return f"-{self.chart.replace(' ', '-')}.svg"
        compared = self._model is not None and self._model.comparison is not None
        return "-report.html" if compared else ".csv"

    def on_mount(self) -> None:
        """Mark the name of the one that is shown."""
        self.watch_chart(self.chart)

    def watch_chart(self, chart: str) -> None:
        """Show another one."""
        for name in self.query(".chart-name"):
            name.set_class(name.name == chart, "-shown")
        self._fit_names()
        titled = self._counts.title(chart) if chart in COUNTED else CHART_TITLES[chart]
        self.border_title = f"Chart: {titled}"
        if self.has_focus:
            self.on_focus()
        self.forget()

    def watch_log_scales(self) -> None:
        """Draw times on the other scales."""
        if self.has_focus:
            self.on_focus()
        self.forget()

    def on_resize(self) -> None:
        """What is drawn in text has another size now."""
        self._fit_names()
        self.forget()

    def _fit_names(self) -> None:
        """Show the names of this job's charts; where there is little room, less apart or fewer."""
        shown = [one for one in ALL_CHARTS if one in self.charts or one == self.chart]
        room = self.size.width or sum(map(len, shown)) + _APART * len(shown)
        apart = _APART
        while len(shown) > 1 and sum(map(len, shown)) + apart * (len(shown) - 1) > room:
            if apart > 1:
                apart -= 1
            else:  # the keys still lead to it
                shown.remove([one for one in shown if one != self.chart][-1])
        for name in self.query(".chart-name"):
            name.display = name.name in shown
            name.styles.margin = (0, apart if name.name != shown[-1] else 0, 0, 0)

    # -- drawn ---------------------------------------------------------------------------

    def _draw(self) -> None:
        model = self._model
        if model is None or not self.is_attached:  # Textual refuses a new plot while it closes
            return
        if self.chart in COUNTED:
            self._draw_counts()
            return
        live = model.status.busy and self.chart != "times"
        now = int(self._now / LIVE_S) if live else -1
        news = self.chart, now, len(model.timed), model.status, model.comparison is None
        if news == self._drawn:
            return
        self._drawn = news
        runs = model.runs_to_chart()
        words = EMPTY
        if self.chart == "why":
            nothing, words = model.comparison is None, WHY_LATER
        elif self.chart == "times":
            nothing = not model.timed
            words = OF_A_FETCH if model.kind == "fetch" and runs else EMPTY
            self.border_title = f"Chart: {TIMES_OVER[self._in_flight]}"
        else:
            nothing = not runs
        self._show_chart(nothing=nothing)
        if nothing:
            self.query_one("#chart-empty", Static).update(words)
        elif self.chart in ("times", "throughput"):
            self._draw_plot(model)
        else:
            self.query_one("#chart-text", Static).update(self._text(model))

    def _show_chart(self, *, nothing: bool) -> None:
        """Show what the chart is drawn in, or that there is nothing yet."""
        self.set_class(nothing, "-empty")
        self.update_classes({f"-{one.replace(' ', '-')}": one == self.chart for one in ALL_CHARTS})

    def _draw_counts(self) -> None:
        """Draw what was counted of the records, and see to it that the rest is counted."""
        counts, chart = self._counts, self.chart
        self.border_title = f"Chart: {counts.title(chart)}"
        if self.display and counts.due(chart):
            self._count_on(counts, chart)
        found, words = counts.found(chart), counts.words(chart)
        if (news := (chart, found, words)) == self._drawn:
            return
        self._drawn = news
        self._show_chart(nothing=bool(words))
        if words:
            self.query_one("#chart-empty", Static).update(words)
            return
        width = self.size.width - 1  # beside a scroll bar
        coloured = not self.app.no_color
        picture = counts.picture(chart, width, self._notes, coloured=coloured)
        self.query_one("#chart-text", Static).update(picture)

    @work(group="counts", exclusive=True, exit_on_error=False)
    async def _count_on(self, counts: RecordCounts, chart: str) -> None:
        """Count in the background; what arrives meanwhile is drawn with the next frame."""
        view = counts.view
        await in_thread(lambda: counts.count(chart, lambda: counts.view is not view))
        if counts.fault is not None:
            words = messages.error_in_words(counts.fault)
            self.notify(text.clean(words), severity="warning", markup=False)
        if counts.view is not None and not counts.view.grows:
            self._draw()

    def _draw_plot(self, model: Model) -> None:
        from tui_app.report.figure import IN_FLIGHT, Plot, times_plot, times_title

        from .plots import LinesPlot
        from .series import completed_marks, rows_to_compare, summary_rows
        from .texts import speed_up_text

        if self._plot is None:
            self._plot = LinesPlot(id="plot")
            self.mount(self._plot, before="#speedups")
        if self.chart == "throughput":
            marks = completed_marks(model.runs_to_chart(), self._now)
            self._plot.show(Plot(marks, x_unit="s", y_unit="req"))
            return
        summary = summary_rows(model)
        plot = times_plot(summary, self._ticks, in_flight=self._in_flight, log=self.log_scales)
        swept = plot.x_unit == IN_FLIGHT
        words = speed_up_text(rows_to_compare(summary), model.methods, swept=swept)
        self.query_one("#speedups", Static).update(words)
        self.border_title = f"Chart: {times_title(plot)} (· ideal)"
        self._plot.show(plot)

    def _text(self, model: Model) -> Content:
        from .texts import explanation, in_flight_text, latency_text

        size = self.query_one("#chart-scroll").size
        width, height = size.width or self.size.width, size.height or self.size.height - 1
        if self.chart == "why" and model.comparison is not None:
            return explanation(model.comparison, width)
        runs = model.runs_to_chart()
        if self.chart == "latency":
            return latency_text(runs, width, height)
        return in_flight_text(runs, self._now, width, height)

    def on_focus(self) -> None:
        """Say what an export writes, while this panel has the focus."""
        what = {".svg": "as .svg", ".html": "a report"}.get(Path(self.written_as).suffix)
        self.border_subtitle = f"{keys.name_of(keys.EXPORT)}: export {what}" if what else ""

    def on_blur(self) -> None:
        """They may be another panel's now."""
        self.border_subtitle = ""

    # -- chosen --------------------------------------------------------------------------

    def on_click(self, event: events.Click) -> None:
        """A click on a name chooses it."""
        if event.widget is not None and event.widget.name in ALL_CHARTS:
            self.chart = event.widget.name

    def action_scroll_text(self, lines: int) -> None:
        """Further down in what is written, or up."""
        self.query_one("#chart-scroll").scroll_relative(y=lines, animate=False)

    def action_page_text(self, pages: int) -> None:
        """The same by what fits into the panel."""
        self.action_scroll_text(pages * max(1, self.query_one("#chart-scroll").size.height - 1))

    def action_chart(self, step: int) -> None:
        """The next chart, or the one before."""
        charts = self.charts
        place = charts.index(self.chart) + step if self.chart in charts else 0
        self.chart = charts[place % len(charts)]

    def action_log_scales(self) -> None:
        """Logarithmic scales for the times, or linear ones again."""
        if "times" in self.charts:
            self.log_scales = not self.log_scales
            self.chart = "times"
