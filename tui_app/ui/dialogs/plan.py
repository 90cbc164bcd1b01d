"""Plan: what a fetch would take, by method and requests in flight."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Button, Static

from tui_app.compare.forecast import duration
from tui_app.fetch import Cancel
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist.text import counted
from tui_app.settings import COURTEOUS_RATE

from .. import keys, messages, text
from ..background import in_thread
from ..screenrequest import ScreenRequest, forecast_sentence
from ..service import ServiceHolder
from ..theme import QUIET, look_of
from . import Dialog, button_row, result_line

if TYPE_CHECKING:
    from tui_app.compare.forecast import Forecast, ForecastRow

_COLUMNS: Final = (("in flight", 9), ("time", 11), ("from", 11), ("to", 11))
_NAME: Final = 12


class PlanDialog(Dialog[None]):
    """A table of the estimates; where too little is saved, it offers to send a few requests.

    Of a comparison it plans a fetch of its most pages.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PLAN_DIALOG)
    AUTO_FOCUS = ".dialog"

    def __init__(self, service: ServiceHolder, request: ScreenRequest) -> None:
        self._service = service
        self._request = request
        self._settings = replace(request.settings, methods=DEFAULT_METHODS)
        if request.kind == "compare":
            most = max(request.settings.page_counts)
            self._settings = replace(request.settings, pages=most, fresh=True)
        self._cancel = Cancel()
        self._probes = 3
        if request.query.details and self._settings.effective_rate() is None:
            self._probes = 3 + (not self._settings.pace_is_owed)
        pages = self._settings.pages
        upto = "all" if pages is None else counted(pages, "page")
        super().__init__(
            "Plan",
            "",
            result_line("plan-table", "Estimating…"),
            button_row(
                Button(f"Send {self._probes}", id="plan-ask", variant="primary"),
                Button("Close", id="plan-close"),
            ),
            what=f"{request.query.label} ({upto}) from {request.server}, {request.pace}.",
            scrolls=True,
        )

    def on_mount(self) -> None:
        """Estimate from what is saved."""
        self._look(ask=False)

    @on(Button.Pressed, "#plan-close")
    def action_close(self) -> None:
        """Leave; requests that are being sent are stopped."""
        self._cancel.set()
        self.dismiss(None)

    @on(Button.Pressed, "#plan-ask")
    def action_ask(self) -> None:
        """Send the few requests that it takes."""
        if self.has_class("-unknown"):
            self.remove_class("-unknown")
            self.say(f"Sending {counted(self._probes, 'request')} to {self._request.server}…")
            self.query_one(".dialog").focus()
            self._look(ask=True)

    @work(group="plan", exclusive=True, exit_on_error=False)
    async def _look(self, *, ask: bool) -> None:
        query, settings, cancel = self._request.query, self._settings, self._cancel
        try:
            found = await in_thread(
                lambda: self._service.get().forecast(query, settings, cancel=cancel, ask=ask)
            )
        except Exception as error:  # the application outlives a failed plan
            self._tell_unknown(f"No estimate: {messages.error_in_words(error)}")
            return
        if not self.is_attached or cancel.is_set():
            return
        if found is not None:
            self.query_one("#plan-table", Static).update(drawn_forecast(found))
            return
        pace = ""
        if settings.pace_is_owed:
            rate = min(settings.effective_rate() or COURTEOUS_RATE, COURTEOUS_RATE)
            pace = f", {rate:g} a second"
        self._tell_unknown(
            "No earlier runs to estimate from. "
            f"Send {counted(self._probes, 'test request')} to {self._request.server}{pace}? "
            "The responses aren't saved."
        )

    def _tell_unknown(self, words: str) -> None:
        if self.is_attached:
            self.add_class("-unknown")
            self.say(words)
            self.query_one("#plan-ask").focus()


def drawn_forecast(found: Forecast) -> Content:
    """A forecast as a sentence, what to set, and a table."""
    lines = [Content(text.clean(forecast_sentence(found))), *map(Content, found.advice)]
    lines += [Content.styled(text.clean(one), QUIET) for one in found.assumed]
    if found.rows:
        heading = " " * _NAME + "".join(f"{name:>{width}}" for name, width in _COLUMNS)
        lines += [Content(""), Content.styled(f"{heading}  waits for", QUIET)]
        lines += [_line(row, own=row is found.own) for row in found.rows]
    return Content("\n").join(lines)


def _line(row: ForecastRow, *, own: bool) -> Content:
    look = look_of(row.method)
    figures = (str(row.concurrency), *map(duration, (row.seconds, row.low, row.high)))
    cells = zip(figures, _COLUMNS, strict=True)
    words = "".join(f"{figure:>{width}}" for figure, (_, width) in cells)
    return Content.assemble(
        (text.fit(f"{look.marker} {row.method}", _NAME), look.colour),
        (f"{words}  {row.limit}", "bold" if own else ""),
    )
