"""Names or ids to ask for: pasted, typed or read from a file, and counted as they come in."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.timer import Timer
from textual.widgets import Button, Input, Static, TextArea

from tui_app.redlist.accounting import read_ids, read_names
from tui_app.redlist.errors import RedListError

from .. import keys, messages, text
from ..background import in_thread
from .listing import ReadLines, Sort, harmless, read_list, tally
from .paths import PathInput, PathSuggester, typed_path

READERS: Final[dict[Sort, ReadLines]] = {"names": read_names, "ids": read_ids}
_SETTLED_S: Final = 0.15
"""Lines are counted when typing has paused for so long."""
_ABOUT: Final = {
    "names": "A species' name a line, such as Canis lupus; # begins a comment.",
    "ids": "An assessment's id a line, such as 163508960; # begins a comment.",
}


class ListArea(TextArea):
    """An editor into which nothing harmful can be pasted."""

    async def _on_paste(self, event: events.Paste) -> None:
        # Before TextArea's own handler, which takes the text as it is.
        event.text = harmless(event.text)


class ListDialog(ModalScreen[tuple[str, ...] | None]):
    """Gives the lines as they stand: what they mean is the query's to say.

    Args:
        sort: names or ids.
        lines: those that there are.
        read: understands them; the real reader by default.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LIST)
    AUTO_FOCUS = "#list-text"

    def __init__(
        self, sort: Sort, lines: tuple[str, ...] = (), read: ReadLines | None = None
    ) -> None:
        super().__init__()
        self._sort = sort
        self._lines = lines
        self._read_lines = READERS[sort] if read is None else read
        self._timer: Timer | None = None

    def compose(self) -> ComposeResult:
        """Editor, path, what became of the lines, buttons."""
        with Vertical(classes="dialog", id="list") as dialog:
            dialog.border_title = self._sort.capitalize()
            dialog.border_subtitle = "Paste or type · Tab to the path · ^S uses them · Esc cancels"
            yield Static(_ABOUT[self._sort], markup=False, classes="dialog-what")
            yield ListArea(
                "\n".join(self._lines),
                id="list-text",
                soft_wrap=False,
                show_line_numbers=True,
                highlight_cursor_line=False,
                compact=True,
            )
            with Horizontal(id="list-file"):
                yield PathInput(
                    id="list-path",
                    placeholder="or a file: its path; Tab completes, Enter reads",
                    suggester=PathSuggester(),
                    compact=True,
                )
                yield Button("Read", id="list-read", compact=True)
            yield Static("", id="list-tally", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Use ^S", id="list-use", compact=True, variant="primary")
                yield Button("Clear", id="list-clear", compact=True)
                yield Button("Cancel", id="list-cancel", compact=True)

    def on_mount(self) -> None:
        """Count what is there."""
        self._count()

    @on(TextArea.Changed)
    def _changed(self, event: TextArea.Changed) -> None:
        event.stop()
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SETTLED_S, self._count)

    def _count(self) -> None:
        lines = self._read_lines(self.query_one(TextArea).text.split("\n"))
        counted = tally(self._sort, lines)
        self._say("\n".join((f"{counted.in_words()}.", *counted.reasons)), bad=False)

    def _say(self, words: str, *, bad: bool) -> None:
        line = self.query_one("#list-tally", Static)
        line.set_class(bad, "-bad")
        line.update(f"✗ {text.clean(words)}" if bad else words)

    @on(Input.Submitted, "#list-path")
    @on(Button.Pressed, "#list-read")
    def _read_file(self) -> None:
        typed = self.query_one("#list-path", PathInput).value.strip()
        if not typed:
            self._say("Type the path of a file.", bad=True)
            return
        self._say("Reading…", bad=False)
        self._load(typed)

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _load(self, typed: str) -> None:
        try:
            body = await in_thread(lambda: read_list(typed_path(typed)))
        except RedListError as error:
            self._say(messages.sentence(error), bad=True)
            return
        area = self.query_one(TextArea)
        area.text = body.rstrip("\n")
        area.focus()

    @on(Button.Pressed, "#list-use")
    def action_use(self) -> None:
        """Leave with the lines."""
        body = self.query_one(TextArea).text.rstrip()
        self.dismiss(tuple(body.split("\n")) if body else ())

    @on(Button.Pressed, "#list-clear")
    def _clear(self) -> None:
        area = self.query_one(TextArea)
        area.text = ""
        area.focus()

    @on(Button.Pressed, "#list-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)
