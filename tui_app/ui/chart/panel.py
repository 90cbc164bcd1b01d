"""Chart: the plot, and the speed-ups beside it (below it where there is no room).

plotext is imported, and the plot made, when there is something to plot.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.app import ComposeResult
from textual.containers import Container
from textual.widgets import Static

from ..figures import chart_points, speed_ups
from ..model import Model
from .speedups import SpeedUps

if TYPE_CHECKING:
    from .plot import TimesPlot

EMPTY = "Here grows the chart of execution time (s) against number of pages, as runs finish."


class ChartPanel(Container, can_focus=True):
    """The panel of the chart."""

    BORDER_TITLE = "Chart: execution time (s) by number of pages"
    DEFAULT_CLASSES = "-empty"

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._plot: TimesPlot | None = None
        self._drawn: tuple[Model, int] | None = None

    def compose(self) -> ComposeResult:
        """The plot comes later."""
        yield Static(EMPTY, id="chart-empty", classes="empty", markup=False)
        yield SpeedUps(id="speedups")

    def show(self, model: Model, page_counts: tuple[int, ...]) -> None:
        """Draw a model; nothing is drawn anew as long as nothing new has been timed."""
        if self._drawn is not None and self._drawn == (model, len(model.timed)):
            return
        self._drawn = model, len(model.timed)
        self.set_class(not model.timed, "-empty")
        if not model.timed:
            return
        if self._plot is None:
            from .plot import TimesPlot

            self._plot = TimesPlot(id="plot")
            self.mount(self._plot, before=self.query_one(SpeedUps))
        self._plot.draw(chart_points(model.timed, model.methods), page_counts)
        self.query_one(SpeedUps).show(*speed_ups(model.timed, model.methods))
