"""What opens above the screen: a question, a list, an export, help. Here what they share."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.containers import Horizontal, Vertical, VerticalScroll
from textual.content import Content
from textual.events import Click
from textual.screen import ModalScreen, Screen, ScreenResultType
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Button, Static

from .. import keys
from ..footer import ScreenCommands, Severity, StatusLine
from ..text import clean


class Place(Screen[ScreenResultType]):
    """A whole screen that returns nothing; the palette lists its keys as commands."""

    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ScreenCommands}
    # No ClassVar: Textual's own declaration has none that mypy could see.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def action_close(self) -> None:
        """Leave."""
        self.dismiss(None)


class Dialog(ModalScreen[ScreenResultType]):
    """A frame above the screen; a button of the class ``-cancel`` closes it with None.

    The first of its bindings closes it. So does a click beside it, unless something is typed in it.

    Args:
        title: in the frame's upper edge; hint: which keys do what, in the lower one, as in
            ``Tab: next · {list_use}: use``. A click on a part that begins with a key does the same.
        content: what stands in the frame, from the top down.
        what: of what, in a sentence above the content.
        id: the frame's.
    """

    BINDINGS: ClassVar[list[BindingType]] = [keys.HELP]

    def __init__(
        self,
        title: str,
        hint: str = "",
        *content: Widget,
        what: str = "",
        id: str | None = None,
        scrolls: bool = False,
    ) -> None:
        super().__init__()
        if what:
            content = (Static(clean(what), markup=False, classes="dialog-what"), *content)
        self._frame = (VerticalScroll if scrolls else Vertical)(*content, classes="dialog", id=id)
        self._frame.border_title = title
        self.show_hint(hint)

    def compose(self) -> ComposeResult:
        """The frame."""
        yield self._frame

    def say(
        self, sentence: str, severity: Severity = Severity.PLAIN, *, lasting: bool = True
    ) -> None:
        """Write on the dialog's result line."""
        self.query_one(".dialog-result", StatusLine).say(sentence, severity, lasting=lasting)

    def show_hint(self, hint: str) -> None:
        """Write in the frame's lower edge which keys do what; without a hint, which one closes."""
        closing, *_ = bindings = [one for one in self.BINDINGS if isinstance(one, Binding)]
        parts: list[Content] = []
        own = keys.key_names()
        for part in (hint or f"{{{closing.id}}}: close").split(" · "):
            words = part.format_map(own)
            for one in bindings:
                # "Esc" is written out where the user's own key can't take its place.
                if part.startswith(f"{{{one.id}}}") or (part[:3] == "Esc" and one is closing):
                    act = Style.from_meta({"@click": _of_screen(one.action)})
                    parts.append(Content.styled(words, act))
                    break
            else:
                parts.append(Content(words))
        self._frame.border_subtitle = Content(" · ").join(parts)

    async def on_click(self, event: Click) -> None:
        """Close it by a click beside the frame; not where that would lose what was typed."""
        under, _ = self.get_widget_at(event.screen_x, event.screen_y)
        if under is self and not self.query("Input, TextArea"):
            closing, *_ = (one for one in self.BINDINGS if isinstance(one, Binding))
            await self.run_action(_of_screen(closing.action))

    @on(Button.Pressed, ".-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)


def _of_screen(action: str) -> str:
    return action if action.startswith(("app.", "screen.")) else f"screen.{action}"


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


def key_button(label: str, key: str, **more: Any) -> Button:
    """A button with its key, named as in ``[keys]``, behind the label."""
    return Button(Content(f"{label} {keys.key_name(key)}"), **more)


def cancel_button(label: str = "Cancel") -> Button:
    """A button that closes the dialog with None."""
    return Button(label, compact=True, classes="-cancel")
