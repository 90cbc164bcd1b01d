"""Fields of the form and the dialogs. On and off differ by glyph, not by colour alone."""

from __future__ import annotations

from textual.containers import Horizontal
from textual.content import Content
from textual.widget import Widget
from textual.widgets import Button, Checkbox, Input, RadioButton, RadioSet


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
    """One of a few words, side by side. The arrow keys turn one on, as in a dialog of a desktop."""

    def __init__(self, words: tuple[str, ...], chosen: str, *, id: str) -> None:
        super().__init__(*(Dot(word, word == chosen) for word in words), id=id, compact=True)
        self._words = words
        self._chosen = chosen

    def action_next_button(self) -> None:
        """Turn on the next one."""
        self._turn(1)

    def action_previous_button(self) -> None:
        """Turn on the previous one."""
        self._turn(-1)

    def _turn(self, step: int) -> None:
        if self.is_mounted:  # Textual's own mounting selects the first one
            self.choose(self._words[(self.pressed_index + step) % len(self._words)])
        else:
            self._selected = self._words.index(self._chosen)

    @property
    def value(self) -> str:
        """The one that is on."""
        return self._words[self.pressed_index] if self.pressed_index >= 0 else self._chosen

    def choose(self, word: str) -> None:
        """Turn one on."""
        button = self.query(Dot)[self._words.index(word)]
        if not button.value:
            button.value = True


class TextInput(Input):
    """An input that shows the beginning of its text while it hasn't the focus.

    Textual leaves the end in sight, where the cursor is. For a path the end says more.
    """

    def put(self, text: str) -> None:
        """Replace the text, and show its beginning although it has the focus."""
        self.value = text
        self.cursor_position = 0

    def watch_selection(self) -> None:
        """Besides Textual's own watcher, which scrolls to the cursor."""
        if not self.has_focus:
            self.on_blur()

    def on_blur(self) -> None:
        """Scroll to the beginning."""
        self.scroll_home(animate=False, force=True)


class LineButton(Button):
    """What is set, in words; pressing it opens what sets it."""

    def __init__(self, words: str, *, id: str, action: str | None = None) -> None:
        super().__init__(Content(words), id=id, compact=True, action=action)

    def say(self, words: str) -> None:
        """Show other words."""
        self.label = Content(words)


class Field(Horizontal):
    """A label and what stands beside it, in one line; it can be marked as wrong.

    The label, at most 9 cells, is drawn, not a widget: a form of widgets would take twice as long
    to open. The style sheet leaves room for it at the widget's left.
    """

    def __init__(self, field: str, label: str, widget: Widget) -> None:
        super().__init__(widget, id=f"field-{field}")
        self.field = field
        self._label = label
        self._widget = widget

    def render(self) -> Content:
        """The label."""
        room = max(0, self._widget.styles.margin.left - 1)
        return Content(f"✗ {self._label}"[:room] if self.has_class("-wrong") else self._label)

    def relabel(self, label: str) -> None:
        """Change what stands before it."""
        self._label = label
        self.refresh()

    def mark(self, wrong: bool) -> None:
        """Mark it as wrong, or not."""
        self.set_class(wrong, "-wrong")

    def focus_inner(self) -> None:
        """Give the focus to the field itself."""
        inner = self._widget
        if not inner.focusable:
            inner = next((one for one in inner.query(Widget) if one.focusable), inner)
        inner.focus()
