"""A screen that tells beforehand what a run would take: in the form's note, and as a table."""

from __future__ import annotations

from collections.abc import Callable
from time import monotonic
from typing import Final

from textual import work
from textual.timer import Timer

from tui_app.fetch import Cancel

from .background import in_thread
from .foresight import foretell
from .order import Order
from .pastscreen import PastScreen
from .service import ServiceHolder
from .setup.panel import SetupPanel
from .status import Mood

AFTER_S: Final = 0.4
"""From the form's last change: nobody reads a forecast of what they are still typing."""


class PlanScreen(PastScreen):
    """Foretells the order that the form means."""

    def __init__(
        self, service: ServiceHolder, clock: Callable[[], float] = monotonic, *, classes: str
    ) -> None:
        super().__init__(service, clock, classes=classes)
        self._wanted: Order | None = None
        self._forgotten = Cancel()
        self._soon: Timer | None = None

    def foresee(self, order: Order | None) -> None:
        """The form means something else now: say what that would take, a moment from now."""
        self._wanted = order
        self._forget()
        # While a run is measured nothing else is done here.
        if order is not None and not self.busy:
            self._forgotten = Cancel()
            self._soon = self.set_timer(AFTER_S, lambda: self._foretell(order, self._forgotten))

    def _forget(self) -> None:
        """Nobody wants to know any more what was being foretold."""
        self._forgotten.set()
        if self._soon is not None:
            self._soon.stop()
            self._soon = None

    @work(group="foresight", exit_on_error=False)
    async def _foretell(self, order: Order, cancel: Cancel) -> None:
        home = order.settings.home
        try:
            words = await in_thread(lambda: foretell(self._service, order, home, cancel))
        except Exception:  # the form is of use without it, and a run says what is wrong
            return
        if not cancel.is_set():
            self.query_one(SetupPanel).foretell(order, words)
            self._picture.invite(order, words)

    def begin(self, order: Order) -> None:
        """Begin a job; nothing is foretold meanwhile."""
        self._forget()
        super().begin(order)

    def _set_busy(self, busy: bool) -> None:
        super()._set_busy(busy)
        if not busy and self._wanted is not None:  # more is known than before
            self.foresee(self._wanted)

    def action_plan(self) -> None:
        """What the order would take, by each method."""
        from .dialogs.plan import PlanDialog

        order, problems = self.query_one(SetupPanel).read()
        if self.busy:
            self.say("A plan waits until the run has ended; F8 stops it.", Mood.BAD)
        elif order is None:
            self.say(problems[0].sentence, Mood.BAD)
        else:
            self._forget()
            dialog = PlanDialog(self._service, order)
            self.app.push_screen(dialog, lambda _: self.foresee(self._wanted))
