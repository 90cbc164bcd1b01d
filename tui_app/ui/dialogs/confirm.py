"""A question whose default answer is no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui_app.redlist.rate_limit import pace_in_words, spread_s
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW

from .. import keys, text
from ..jobrequest import JobRequest


class Confirm(ModalScreen[bool]):
    """Asks; gives True for yes.

    Args:
        question: what to consider.
        yes: the label of the button that goes on.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CONFIRM)
    AUTO_FOCUS = "#no"

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Really?"
            yield Static(self._question, markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("No", id="no", compact=True, variant="primary")
                yield Button(self._yes, id="yes", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")


def hasty_question(request: JobRequest) -> str:
    """What to consider before a real server is asked faster than its guidance permits."""
    return (
        f"This asks {request.server} faster than the "
        f"{pace_in_words(COURTEOUS_RATE, COURTEOUS_WINDOW)} that the API permits "
        f"({_pace(request)}). A token can be limited or revoked for it."
    )


def live_question(request: JobRequest) -> str:
    """What to consider before comparing on a real server."""
    from tui_app.compare import duration

    settings = request.settings
    least_s = spread_s(request.requests, settings.effective_rate(), settings.effective_window())
    least = f", {duration(least_s)} or more" if least_s else ""
    return (
        f"This makes {text.count(request.requests)} requests to {request.server}, "
        f"{_pace(request)}{least}. Benchmarks do not belong on the live Red List: "
        "the demo server answers the same questions."
    )


def _pace(request: JobRequest) -> str:
    return text.pace(request.settings.effective_rate(), request.settings.effective_window())
