"""The strip of charts: which there are, and which one is shown."""

from __future__ import annotations

from typing import Final

from textual.message import Message
from textual.widgets import Static

CHARTS: Final = ("times", "throughput", "latency", "in flight", "why")

DRAWN: Final = CHARTS[:-1]
"""Those that are pictures, and can be written as such."""


class ChartName(Static):
    """One name; a click chooses it."""

    class Chosen(Message):
        """A name was clicked.

        Attributes:
            chart: which.
        """

        def __init__(self, chart: str) -> None:
            super().__init__()
            self.chart = chart

    def __init__(self, chart: str) -> None:
        super().__init__(chart.capitalize(), classes="chart-name", markup=False)
        self.chart = chart

    def on_click(self) -> None:
        """Choose it."""
        self.post_message(self.Chosen(self.chart))
