"""What opens above the screen: a question, a list, an export, help. Here what they share."""

from __future__ import annotations

from textual import on
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen, ScreenResultType
from textual.widgets import Button

from ..footer import Severity, StatusLine


class Dialog(ModalScreen[ScreenResultType]):
    """A frame above the screen; a button of the class ``-cancel`` closes it with None."""

    def say(self, sentence: str, severity: Severity = Severity.PLAIN) -> None:
        """Write on the dialog's result line."""
        self.query_one(".dialog-result", StatusLine).say(sentence, severity)

    @on(Button.Pressed, ".-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)


def frame(
    title: str, subtitle: str = "Esc closes", *, id: str | None = None, scrolls: bool = False
) -> Vertical | VerticalScroll:
    """What a dialog's content stands in."""
    framed = (VerticalScroll if scrolls else Vertical)(classes="dialog", id=id)
    framed.border_title, framed.border_subtitle = title, subtitle
    return framed


def result_line(id: str) -> StatusLine:
    """The line on which :meth:`Dialog.say` writes."""
    line = StatusLine(id=id)
    line.add_class("dialog-result")
    return line


def button_row(*buttons: Button) -> Horizontal:
    """The buttons at the end of a dialog."""
    for one in buttons:
        one.compact = True
    return Horizontal(*buttons, classes="dialog-buttons")


def cancel_button(label: str = "Cancel") -> Button:
    """A button that closes the dialog with None."""
    return Button(label, compact=True, classes="-cancel")
