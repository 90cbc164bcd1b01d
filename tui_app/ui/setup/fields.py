"""The form's fields. On and off differ by glyph, not by colour alone."""

from __future__ import annotations

from typing import Final

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Checkbox, RadioButton, RadioSet

LABEL_WIDTH: Final = 9


class Tick(Checkbox):
    """``[x] sequential`` or ``[ ] sequential``."""

    @property
    def _button(self) -> Content:
        style = self.get_visual_style("toggle--button")
        return Content.styled("[x]" if self.value else "[ ]", style)


class Dot(RadioButton):
    """``(•) demo`` or ``( ) demo``."""

    @property
    def _button(self) -> Content:
        style = self.get_visual_style("toggle--button")
        return Content.styled("(•)" if self.value else "( )", style)


class Choice(RadioSet):
    """One of a few words, side by side.

    Args:
        words: to choose from.
        chosen: the one that is on.
    """

    def __init__(self, words: tuple[str, ...], chosen: str, *, id: str) -> None:
        super().__init__(*(Dot(word, word == chosen) for word in words), id=id, compact=True)
        self._words = words
        self._chosen = chosen

    @property
    def value(self) -> str:
        """The one that is on."""
        return self._words[self.pressed_index] if self.pressed_index >= 0 else self._chosen

    def choose(self, word: str) -> None:
        """Turn one on."""
        button = self.query(Dot)[self._words.index(word)]
        if not button.value:
            button.value = True


class Field(Horizontal):
    """A label and what stands beside it, in one line; it can be marked as wrong.

    The label is drawn, not a widget: a form of widgets would take twice as long to open.

    Args:
        field: its name in :class:`~tui_app.ui.form.FormValues`.
        label: what stands before it, at most 9 cells.
        widget: the field itself; the style sheet leaves room at its left.
    """

    def __init__(self, field: str, label: str, widget: Widget) -> None:
        super().__init__(widget, id=f"field-{field}")
        self.field = field
        self._label = label
        self._widget = widget

    def render(self) -> Content:
        """The label."""
        return Content(
            f"✗ {self._label}"[:LABEL_WIDTH] if self.has_class("-wrong") else self._label
        )

    def mark(self, wrong: bool) -> None:
        """Mark it as wrong, or not."""
        self.set_class(wrong, "-wrong")

    def focus_inner(self) -> None:
        """Give the focus to the field itself."""
        self._widget.focus()
