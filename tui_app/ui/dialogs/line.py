"""One line to write: a name, a note."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from .. import keys, text


class LineDialog(ModalScreen[str | None]):
    """Gives what was written, which may be nothing; None where it was left.

    Args:
        title: what is written.
        words: of what.
        value: what is there now.
        longest: at most so many characters.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LINE)
    AUTO_FOCUS = "#line"
    CSS = """
    LineDialog { align: center middle; background: $background 60%; }
    LineDialog #line, LineDialog #line:focus {
        height: 1; border: none; padding: 0 1; background: $panel;
    }
    LineDialog #line:focus { background: $primary 25%; }
    """

    def __init__(self, title: str, words: str, value: str, longest: int) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._value = value
        self._longest = longest

    def compose(self) -> ComposeResult:
        """What it is for, the line, two buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = self._title
            dialog.border_subtitle = "Enter keeps it · empty takes it away · Esc cancels"
            yield Static(text.clean(self._words), markup=False, classes="dialog-what")
            yield Input(self._value, id="line", max_length=self._longest)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Keep", id="line-keep", compact=True, variant="primary")
                yield Button("Cancel", id="line-cancel", compact=True)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.dismiss(event.value)

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        event.stop()
        kept = event.button.id == "line-keep"
        self.dismiss(self.query_one(Input).value if kept else None)
