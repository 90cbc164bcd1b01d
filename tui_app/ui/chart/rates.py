"""Requests kept a second over a run's time, in plotext."""

from __future__ import annotations

from textual.app import RenderResult
from textual_plotext import PlotextPlot

from tui_app.report.figure import nice_ticks

from ..looks import look_of
from .plot import to_braille
from .series import Points

_AROUND = 3
"""Lines of a plot that are not its canvas: frame and ticks."""


class RatesPlot(PlotextPlot):
    """A line and markers a method."""

    _series: dict[str, Points] = {}  # noqa: RUF012 - replaced, never changed

    def draw(self, series: dict[str, Points]) -> None:
        """Plot these anew."""
        self._series = series
        self.refresh()

    def render(self) -> RenderResult:
        """The plot at its present size."""
        plt = self.plt
        plt.clear_data()
        known = [point for points in self._series.values() for point in points]
        if known:
            right = max(x for x, _ in known) * 1.04 or 1.0
            top = max(*(y for _, y in known), 0.001) * 1.12
            height = max(2, self.size.height - _AROUND)
            for method, points in self._series.items():
                look = look_of(method)
                xs = [x for x, _ in points]
                if len(points) > 1:
                    ys = [to_braille(y / top, height) * top for _, y in points]
                    plt.plot(xs, ys, marker="braille", color=look.rgb)
                plt.scatter(xs, [y for _, y in points], marker=look.marker, color=look.rgb)
            plt.xlim(0, right)
            plt.ylim(0, top)
            ticks = nice_ticks(right, max(3, min(8, self.size.width // 12)))
            plt.xticks(ticks, [f"{tick:g}" for tick in ticks])
            ticks = nice_ticks(top, max(3, min(6, height * 2 // 3)))
            plt.yticks(ticks, [f"{tick:g}" for tick in ticks])
        return super().render()
