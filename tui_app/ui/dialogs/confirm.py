"""A question whose default answer is no."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Static

from tui_app.settings import COURTEOUS_RATE

from .. import text
from ..form import Order


class Confirm(ModalScreen[bool]):
    """Asks; gives True for yes.

    Args:
        question: what to consider.
        yes: the label of the button that goes on.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,n", "dismiss(False)", "No", id="confirm_no"),
        Binding("y", "dismiss(True)", "Yes", id="confirm_yes"),
        Binding("left,right", "app.focus_next", "Other", show=False),
    ]
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


def hasty_question(order: Order) -> str:
    """What to consider before a real server is asked faster than its guidance permits."""
    return (
        f"This asks {order.server} faster than the {COURTEOUS_RATE:g} requests a second that the "
        f"API's guidance permits ({text.pace(order.settings.effective_rate())}). A token can be "
        "limited or revoked for it."
    )


def live_question(order: Order) -> str:
    """What to consider before comparing on a real server."""
    rate = order.settings.effective_rate()
    least = f", {text.clock(order.requests / rate)} minutes or more" if rate else ""
    return (
        f"This makes {text.count(order.requests)} requests to {order.server}, "
        f"{text.pace(rate)}{least}. Benchmarks do not belong on the live Red List: "
        "the demo server answers the same questions."
    )
