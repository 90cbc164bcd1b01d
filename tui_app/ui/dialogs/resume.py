"""Resume: by which method."""

from __future__ import annotations

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Button, OptionList, Static

from tui_app.methods import usable_methods

from .. import keys, text
from ..theme import QUIET, look_of


class ResumeDialog(ModalScreen[str | None]):
    """Gives the method by which a run is to go on, or None.

    Args:
        what: the run and how far it got, a sentence without its end.
        method: the one that it used.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.RESUME_DIALOG)
    AUTO_FOCUS = "#resume-methods"

    def __init__(self, what: str, method: str) -> None:
        super().__init__()
        self._what = what
        self._method = method
        self._methods = list(usable_methods())

    def compose(self) -> ComposeResult:
        """The run, a line a method, two buttons."""
        with Vertical(classes="dialog") as dialog:
            dialog.border_title = "Resume"
            dialog.border_subtitle = "↑ ↓ choose the method · Enter resumes · Esc cancels"
            words = f"{self._what}. Only what is missing is asked for, at the run's own pace."
            yield Static(text.clean(words), markup=False, classes="dialog-what")
            yield OptionList(*map(self._option, self._methods), id="resume-methods", compact=True)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Resume", id="resume-go", compact=True, variant="primary")
                yield Button("Cancel", id="resume-cancel", compact=True)

    def _option(self, method: str) -> Content:
        look = look_of(method)
        before = "  as before" if method == self._method else ""
        return Content.assemble((f"{look.marker} ", look.colour), method, (before, QUIET))

    def on_mount(self) -> None:
        """Begin with the run's own method."""
        known = self._method in self._methods
        place = self._methods.index(self._method) if known else 0
        self.query_one(OptionList).highlighted = place

    @on(OptionList.OptionSelected)
    @on(Button.Pressed, "#resume-go")
    def action_go(self) -> None:
        """Leave with the method that is highlighted."""
        place = self.query_one(OptionList).highlighted
        self.dismiss(self._methods[place or 0])

    @on(Button.Pressed, "#resume-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)
