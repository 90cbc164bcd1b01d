"""Chart: five of them, one at a time under a strip of their names.

plotext, and what figures need, is imported when there is something to draw.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.reactive import var
from textual.widgets import Static

from .. import keys
from ..model import Model

if TYPE_CHECKING:
    from tui_app.report.figure import Figure

    from .plots import LinesPlot

CHARTS: Final = ("times", "throughput", "latency", "in flight", "why")

DRAWN: Final = CHARTS[:-1]
"""Those that are pictures, and can be written as such."""


class ChartName(Static):
    """One name; a click chooses it."""

    class Chosen(Message):
        """A name was clicked: which."""

        def __init__(self, chart: str) -> None:
            super().__init__()
            self.chart = chart

    def __init__(self, chart: str) -> None:
        super().__init__(chart.capitalize(), classes="chart-name", markup=False)
        self.chart = chart

    def on_click(self) -> None:
        """Choose it."""
        self.post_message(self.Chosen(self.chart))


EMPTY: Final = "Here grows the chart of execution time (s) against number of pages, as runs finish."
OF_A_FETCH: Final = "Times by number of pages are a comparison's. ] shows the other charts."
WHY_LATER: Final = "Here stands why, when a comparison has ended."
_TITLES: Final = {
    "times": "execution time (s) by number of pages, · the ideal",
    "throughput": "requests kept a second, over time (s)",
    "latency": "how long answers took (ms)",
    "in flight": "requests beside each other, over time (s)",
    "why": "why it came out like that",
}
LIVE_S: Final = 0.5
"""Between two pictures of a chart of a run that goes on."""


class ChartPanel(Container, can_focus=True):
    """The panel of the charts."""

    BORDER_TITLE = "Chart"
    BINDINGS: ClassVar[list[BindingType]] = list(keys.CHARTS)
    DEFAULT_CLASSES = "-empty"

    chart: var[str] = var("times", init=False)
    """The one that is shown."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plots: dict[str, LinesPlot] = {}
        self._model: Model | None = None
        self._page_counts: tuple[int, ...] = ()
        self._now, self._about = 0.0, ""
        self._drawn: object = None

    def compose(self) -> ComposeResult:
        """The strip, what is drawn in text, the speed-ups; plots come later."""
        with Container(id="chart-names"):
            for name in CHARTS:
                yield ChartName(name)
        yield Static(EMPTY, id="chart-empty", classes="empty", markup=False)
        with VerticalScroll(id="chart-scroll", can_focus=False):
            yield Static("", id="chart-text", markup=False)
        yield Static("", id="speedups", markup=False)

    def show(
        self, model: Model, page_counts: tuple[int, ...], now: float = 0.0, about: str = ""
    ) -> None:
        """Draw a model; nothing is drawn anew as long as there is nothing new.

        Args:
            model: what is measured.
            page_counts: all at which it is going to be.
            now: monotonic time up to which a run that goes on is drawn.
            about: what was asked for, of whom; stands under the title of an export.
        """
        if model is not self._model:
            self._model, self._drawn = model, None
            self.chart = "times" if model.kind == "compare" else "throughput"
        self._page_counts, self._now, self._about = page_counts, now, about
        self._draw()

    def forget(self) -> None:
        """What has been drawn has to be drawn again."""
        self._drawn = None
        self._draw()

    def figure(self, now: float) -> Figure | None:
        """The chart that is shown, for paper, as it is at ``now``; None while there is nothing."""
        from .series import figure_of

        model = self._model
        if model is None or self.chart not in DRAWN:
            return None
        ended = model.finished_at
        return figure_of(model, self.chart, self._about, now if ended is None else ended)

    @property
    def written_as(self) -> str:
        """How a file's name ends that has what is shown: the chart, or a report of why."""
        if self.chart in DRAWN:
            return f"-{self.chart.replace(' ', '-')}.svg"
        compared = self._model is not None and self._model.comparison is not None
        return "-report.html" if compared else ".csv"

    def on_mount(self) -> None:
        """Mark the name of the one that is shown."""
        self.watch_chart(self.chart)

    def watch_chart(self, chart: str) -> None:
        """Show another one."""
        for name in self.query(ChartName):
            name.set_class(name.chart == chart, "-shown")
        self.border_title = f"Chart: {_TITLES[chart]}"
        if self.has_focus:
            self.on_focus()
        self._drawn = None
        self._draw()

    def on_resize(self) -> None:
        """What is drawn in text has another size now."""
        if self.chart in ("latency", "in flight", "why"):
            self._drawn = None
            self._draw()

    # -- drawn ---------------------------------------------------------------------------

    def _draw(self) -> None:
        model = self._model
        if model is None:
            return
        live = int(self._now / LIVE_S) if model.status.busy else -1
        news: object = len(model.timed) if self.chart == "times" else (live, len(model.timed))
        news = (self.chart, news, model.status, model.comparison is None)
        if news == self._drawn:
            return
        self._drawn = news
        runs = model.runs_to_chart()
        nothing = not model.timed if self.chart == "times" else not runs
        if self.chart == "why":
            nothing = model.comparison is None
        self.set_class(nothing, "-empty")
        self.update_classes({f"-{one.replace(' ', '-')}": one == self.chart for one in CHARTS})
        if nothing:
            fetch = self.chart == "times" and model.kind == "fetch" and runs
            words = WHY_LATER if self.chart == "why" else OF_A_FETCH if fetch else EMPTY
            self.query_one("#chart-empty", Static).update(words)
        elif self.chart in ("times", "throughput"):
            self._plot(model)
        else:
            self.query_one("#chart-text", Static).update(self._text(model))

    def _plot(self, model: Model) -> None:
        from tui_app.report.figure import time_marks

        from .plots import LinesPlot, TimesPlot
        from .series import rate_marks, rows_to_compare, summary_rows
        from .texts import speed_up_text

        plot = self._plots.get(self.chart)
        if plot is None:
            plot = TimesPlot(id="plot") if self.chart == "times" else LinesPlot(id="rates")
            self._plots[self.chart] = plot
            self.mount(plot, before="#speedups")
        if isinstance(plot, TimesPlot):
            plot.page_counts = self._page_counts
            summary = summary_rows(model)
            rows = rows_to_compare(summary)
            self.query_one("#speedups", Static).update(speed_up_text(rows, model.methods))
            plot.show(time_marks(summary))
        else:
            plot.show(rate_marks(model.runs_to_chart(), self._now))

    def _text(self, model: Model) -> Content:
        from .texts import explanation, in_flight_text, latency_text

        size = self.query_one("#chart-scroll").size
        width, height = size.width or self.size.width, size.height or self.size.height - 1
        if self.chart == "why" and model.comparison is not None:
            return explanation(model.comparison, width)
        runs = model.runs_to_chart()
        if self.chart == "latency":
            return latency_text(runs, width, height)
        run = model.run_to_show() if model.kind == "compare" else runs[-1]
        return in_flight_text(run if run in runs else runs[-1], self._now, width, height)

    def on_focus(self) -> None:
        """Say the keys, while they are this panel's."""
        following, *_ = keys.names(keys.of(keys.CHARTS[0]))
        export, *_ = keys.names(keys.of(keys.EXPORT))
        ending = Path(self.written_as).suffix
        writes = {".svg": f" · {export} writes it as .svg", ".html": f" · {export} writes a report"}
        self.border_subtitle = f"{following} next chart{writes.get(ending, '')}"

    def on_blur(self) -> None:
        """They may be another panel's now."""
        self.border_subtitle = ""

    # -- chosen --------------------------------------------------------------------------

    @on(ChartName.Chosen)
    def _chosen(self, event: ChartName.Chosen) -> None:
        event.stop()
        self.chart = event.chart

    def action_scroll_text(self, lines: int) -> None:
        """Further down in what is written, or up."""
        self.query_one("#chart-scroll").scroll_relative(y=lines, animate=False)

    def action_chart(self, step: int) -> None:
        """The next chart, or the one before."""
        self.chart = CHARTS[(CHARTS.index(self.chart) + step) % len(CHARTS)]
