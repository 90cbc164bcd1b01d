"""What the picker shows: a search line, rows, the collection, where one is in its steps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual import on
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, OptionList, Static

from tui_app.redlist import Api, Operation, Target
from tui_app.redlist.codes import Code, full_description

from ... import text
from ...asking import split
from ...setup.fields import Choice, Tick
from ...setup.finding import Row, find_codes, find_operations, with_typed
from ...setup.wanted import SETS
from .rows import Chosen, Rows, SearchInput
from .values import Values, asks_for_values


@dataclass(frozen=True, slots=True)
class Picked:
    """What was picked.

    Attributes:
        line: operations, as :func:`tui_app.ui.asking.split` reads them.
        intersect: keep only what all of them list.
    """

    line: str
    intersect: bool


class PickerView(ModalScreen[Picked | None]):
    """The dialog as it looks.

    Args:
        api: the version whose catalogue applies.
        line: what the form holds; several operations are gone on with.
        intersect: what the form says of several.
    """

    AUTO_FOCUS = "#picker-search"

    def __init__(self, api: Api, line: str, intersect: bool) -> None:
        super().__init__()
        self._api = api
        self._chosen = list(dict.fromkeys(split(line)))
        self._several = len(self._chosen) > 1
        self._intersect = intersect
        self._operation: Operation | None = None
        self._codes: Sequence[Code] = ()
        self._whence = ""

    def compose(self) -> ComposeResult:
        """Search, rows, what is highlighted, the collection, buttons."""
        with Vertical(classes="dialog", id="picker") as dialog:
            dialog.border_title = "Operations"
            yield SearchInput(id="picker-search", compact=True, placeholder="type to search")
            yield Rows(id="picker-rows")
            yield Values(id="picker-values")
            yield Static("", id="picker-about", markup=False)
            yield Static("", id="picker-state", markup=False)
            yield Chosen(id="picker-chosen")
            with Horizontal(id="picker-buttons"):
                yield Tick("several", self._several, id="picker-several", compact=True)
                yield Choice(SETS, SETS[self._intersect], id="picker-set")
                yield Button("Use ^S", id="picker-use", compact=True, variant="primary")
                yield Button("Cancel", id="picker-cancel", compact=True)

    def on_mount(self) -> None:
        """Say what the switches do."""
        self.query_one("#picker-several").tooltip = "Collect several operations into one run."
        self.query_one(
            "#picker-set"
        ).tooltip = "Union: what any of them lists. Intersect: only what all of them list."
        self.show_several()
        self.find()

    # -- what is shown -------------------------------------------------------------------

    @on(Input.Changed, "#picker-search")
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.find()

    def find(self, keep: str | None = None) -> None:
        """Show what is found; ``keep`` names a row to highlight."""
        if self.asks:
            return
        typed = self.query_one("#picker-search", Input).value
        if self._operation is None:
            found, ticked = find_operations(typed, self._api), set(self._chosen)
            self._whence = ""
        else:
            found = with_typed(find_codes(typed, self._codes), typed)
            ticked = {row.text for row in found.rows if self.label_of(row) in self._chosen}
        rows = self.query_one(Rows)
        rows.show_found(found, ticked if self._several else (), keep)
        self._about(rows.row)
        self._state(len(found.rows) + found.left_out)

    def find_again(self) -> None:
        """Show what is found now; the same row stays highlighted."""
        row = self.query_one(Rows).row
        self.find(None if row is None else row.text)

    @on(OptionList.OptionHighlighted, "#picker-rows")
    def _highlighted(self, event: OptionList.OptionHighlighted) -> None:
        event.stop()
        self._about(self.query_one(Rows).row)

    def _about(self, row: Row | None) -> None:
        if row is None:
            words = "Nothing like it was found."
        elif self._operation is None:
            words = row.words
        else:
            table = {one.code: one.description for one in self._codes}
            words = f"{row.text}  {full_description(row.text, table) or row.words}"
        self.say("about", words)

    def _state(self, number: int) -> None:
        if self._operation is None:
            self.say("state", text.plural(number, "operation"))
        else:
            self.say("state", f"{text.plural(number, 'row')} · {self._whence}")

    def say(self, where: str, words: str, *, bad: bool = False) -> None:
        """Write a line: ``about`` what is highlighted, or the ``state`` of things."""
        line = self.query_one(f"#picker-{where}", Static)
        line.set_class(bad, "-bad")
        line.update(f"{'✗ ' if bad else ''}{text.clean(words)}")

    def show_several(self) -> None:
        """Show the collection, where there is one."""
        dialog = self.query_one("#picker", Vertical)
        dialog.set_class(self._several, "-several")
        self.query_one(Chosen).show_operations(self._chosen)
        out = "Esc closes" if self._operation is None else "Esc back"
        plus = "F3" if self.asks else "+"
        dialog.border_subtitle = (
            f"Enter adds, or takes away · ^S uses them · {out}"
            if self._several
            else f"Enter takes it · {plus} collects several · {out}"
        )

    @property
    def asks(self) -> bool:
        """Whether values are typed in this step, rather than chosen."""
        return self._operation is not None and asks_for_values(self._operation)

    def label_of(self, row: Row) -> str:
        """A row as it is asked for."""
        if self._operation is None:
            return row.text
        if self._operation.takes is None:
            return Target(self._operation, None, ((self._operation.required[0], row.text),)).label
        return Target(self._operation, row.text).label
