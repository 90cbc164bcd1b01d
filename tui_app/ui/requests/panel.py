"""Requests: figures of each method above, a row a request below.

::

    ● sequential  ━━━━━━━━━━━────  14/19  0  0  3.1 …      Bars
    ▲ threads     …
            ╷0 s      ╷0.5      ╷1                         Waterfall
    page 1  ━━━━━━█                       312 ms 200
    ░ paced  ═ connect  ━ wait …                           Legend
"""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widgets import Static

from ..figures import method_figures
from ..model import Model
from .bars import Bars
from .details import Details
from .legend import Legend
from .waterfall import Waterfall


class RequestsPanel(Vertical):
    """The panel of requests."""

    BORDER_TITLE = "Requests"
    DEFAULT_CLASSES = "-empty"
    _now = 0.0

    def compose(self) -> ComposeResult:
        """See the sketch above."""
        yield Static("", id="requests-empty", classes="empty", markup=False)
        yield Bars(id="bars")
        yield Waterfall(id="waterfall")
        yield Details(id="request-details", markup=False)
        yield Legend(id="legend")

    def invite(self, words: str) -> None:
        """Say what F5 is going to do, as long as there is nothing else to show."""
        self.query_one("#requests-empty", Static).update(words)

    def show(self, model: Model, now: float) -> None:
        """Draw a model as it is at ``now``."""
        self.set_class(not model.lines, "-empty")
        self.query_one(Bars).figures = tuple(method_figures(model, now))
        self.query_one(Waterfall).show(model, now)
        follow = self.query_one(Waterfall).follow
        words = "" if follow else "End follows the newest"
        if self.border_subtitle != words:  # to set it is to draw all that is inside
            self.border_subtitle = words
        self._show_details(now)

    @on(Waterfall.Looked)
    def _looked(self) -> None:
        self._show_details(self._now)

    def _show_details(self, now: float) -> None:
        self._now = now
        waterfall, details = self.query_one(Waterfall), self.query_one(Details)
        row = waterfall.request
        if details.display != (row is not None):
            details.display = row is not None
        if row is not None:
            details.show(row, now, critical=waterfall.is_critical(row))
