"""What opens above the screen: a question, a list, an export, help. Here what they share."""

from __future__ import annotations

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.screen import ModalScreen, ScreenResultType
from textual.widget import Widget
from textual.widgets import Button, Static

from ..footer import Severity, StatusLine
from ..text import clean


class Dialog(ModalScreen[ScreenResultType]):
    """A frame above the screen; a button of the class ``-cancel`` closes it with None.

    Args:
        title: in the frame's upper edge; hint: which keys do what, in the lower one.
        content: what stands in the frame, from the top down.
        what: of what, in a sentence above the content.
        id: the frame's.
    """

    def __init__(
        self,
        title: str,
        hint: str = "Esc closes",
        *content: Widget,
        what: str = "",
        id: str | None = None,
        scrolls: bool = False,
    ) -> None:
        super().__init__()
        if what:
            content = (Static(clean(what), markup=False, classes="dialog-what"), *content)
        self._frame = (VerticalScroll if scrolls else Vertical)(*content, classes="dialog", id=id)
        self._frame.border_title, self._frame.border_subtitle = title, hint

    def compose(self) -> ComposeResult:
        """The frame."""
        yield self._frame

    def say(
        self, sentence: str, severity: Severity = Severity.PLAIN, *, lasting: bool = True
    ) -> None:
        """Write on the dialog's result line."""
        self.query_one(".dialog-result", StatusLine).say(sentence, severity, lasting=lasting)

    @on(Button.Pressed, ".-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)


def result_line(id: str, sentence: str = "") -> StatusLine:
    """The line on which :meth:`Dialog.say` writes."""
    line = StatusLine(id=id)
    line.add_class("dialog-result")
    line.say(sentence)
    return line


def button_row(*buttons: Button) -> Horizontal:
    """The buttons at the end of a dialog."""
    for one in buttons:
        one.compact = True
    return Horizontal(*buttons, classes="dialog-buttons")


def cancel_button(label: str = "Cancel") -> Button:
    """A button that closes the dialog with None."""
    return Button(label, compact=True, classes="-cancel")
