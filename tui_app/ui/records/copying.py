"""Copies a cell, a row, an address or a citation to the clipboard, by the terminal (OSC 52)."""

from __future__ import annotations

import os
from collections.abc import Collection
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import OptionList
from textual.widgets.option_list import Option

from tui_app.redlist.text import counted

from .. import keys, messages
from ..background import in_thread
from ..dialogs import Dialog, button_row, cancel_button, result_line
from ..footer import Severity, say_below
from ..text import clean, fit
from ..theme import QUIET
from .content import head_of, in_line

if TYPE_CHECKING:
    from tui_app.runs.records_table import View

MOST_BYTES: Final = 74_994
"""Terminals take 100,000 bytes of such a sequence, in base64."""
_MOST_CITATION: Final = 5_000
_DOUBT: Final = "If nothing arrives, your terminal doesn't allow programs to copy (OSC 52){tmux}."
_IN_TMUX: Final = "; in tmux `set -g set-clipboard on` allows it"
_NAME_WIDTH: Final = 26
_PREVIEW: Final = 200


class Copyable(NamedTuple):
    """Something that can be copied."""

    name: str  # of the action and its key
    title: str
    what: str  # "Copied …"
    text: str  # in one line, a row with its header in two; empty where there is none
    lacking: str = ""  # why there is none


def copyables(
    rows: View, index: int, column: str | None, hidden: Collection[str], *, cited: bool = True
) -> list[Copyable]:
    """What can be copied of a row, cleaned of control characters and line ends. Reads the row.

    Args:
        rows: the table.
        index: of the row in it.
        column: the one under the cursor; None for no cell.
        hidden: columns that are left out of the row.
        cited: whether rows are records, with a page and a citation.

    Raises:
        RedListError: the row can't be read.
    """
    (row,) = rows.rows(index, index + 1)
    # A cell that a server sent must not become two of a spreadsheet, or a command of a shell.
    cells = {name: clean(cell) for name, cell in zip(rows.columns, row, strict=True)}
    shown = {clean(name): cell for name, cell in cells.items() if name not in hidden}
    line = "\t".join(shown.values())
    found = []
    if column is not None:
        title = f"Cell: {clean(column)}"
        found.append(Copyable("cell", title, "the cell", cells.get(column, ""), "it is empty"))
    found += [
        Copyable("row", "Row, tab-separated", "the row", line),
        Copyable("header", "Row with its header", "the row and its header",
                 "\t".join(shown) + f"\n{line}"),
    ]  # fmt: skip
    if cited:
        head = head_of(rows.record(index))
        cite = in_line(rows.citation(index), _MOST_CITATION)
        found += [
            Copyable("address", "Address of its page", "the address", head.page, head.no_page),
            Copyable("citation", "Citation", "the citation", cite,
                     "the Red List's version is not known"),
        ]  # fmt: skip
    return found


def copied_in_words(one: Copyable) -> str:
    """What was copied, and what to do where it doesn't arrive."""
    tmux = _IN_TMUX if os.environ.get("TMUX") else ""
    size = counted(len(one.text), "character")
    return f"Copied {one.what} ({size}). {_DOUBT.format(tmux=tmux)}"


class CopyMenu(Dialog[None]):
    """A list of what can be copied of a row; the arguments are those of :func:`copyables`."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COPY_MENU)
    AUTO_FOCUS = "#copy-list"

    def __init__(
        self,
        rows: View,
        index: int,
        column: str | None = None,
        hidden: Collection[str] = (),
        *,
        cited: bool = True,
    ) -> None:
        self._of = rows, index, column, hidden
        self._cited = cited
        self._found: list[Copyable] = []
        self._wanted = ""
        super().__init__(
            "Copy",
            "A letter or Enter: copy · Esc: close",
            OptionList(id="copy-list", compact=True),
            result_line("copy-result", "Reading…"),
            button_row(cancel_button("Close")),
            id="copy",
        )

    def on_mount(self) -> None:
        """Read the row."""
        self._read()

    @work(group="copy", exclusive=True, exit_on_error=False)
    async def _read(self) -> None:
        try:
            found = await in_thread(lambda: copyables(*self._of, cited=self._cited))
        except Exception as error:  # the application outlives a record that can't be read
            self.say(messages.error_in_words(error), Severity.BAD)
            return
        self._found = found
        self.say("")
        letters = {one.action: keys.name_of(one) for one in keys.COPY_MENU}
        shown = self.query_one(OptionList)
        for one in found:
            preview = fit(clean(one.text[: 2 * _PREVIEW]), _PREVIEW).rstrip() or one.lacking
            letter = letters[f"take('{one.name}')"]
            line = Content.assemble(
                (f"{letter} ", "bold $text-primary"),
                f"{fit(one.title, _NAME_WIDTH)} ",
                (preview, QUIET),
            )
            shown.add_option(Option(line, disabled=not one.text))
        shown.action_first()
        if self._wanted:  # a key came first
            self.action_take(self._wanted)

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.action_take(self._found[event.option_index].name)

    def action_take(self, name: str) -> None:
        """Copy one of them, and close."""
        one = next((one for one in self._found if one.name == name), None)
        if not self._found:
            self._wanted = name
        elif one is not None and not one.text:
            self.say(f"Nothing was copied: {one.lacking}.", Severity.BAD)
        elif one is not None and len(one.text.encode()) > MOST_BYTES:
            self.say(
                f"Nothing was copied: {one.what} has {len(one.text):,} characters, and terminals "
                "take about 75,000. Export it.",
                Severity.BAD,
            )
        elif one is not None:
            self.app.copy_to_clipboard(one.text)
            self.dismiss(None)
            self.app.call_later(_say_copied, self.app, copied_in_words(one))


def _say_copied(app: App[object], words: str) -> None:
    say_below(app, words, Severity.GOOD)
    if not app.screen.query("#status"):
        app.notify(words, markup=False)
