"""The picker: an operation from all there are, its code from the list, or several of them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import ClassVar, Final, NamedTuple

from textual import on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.widgets import Button, Checkbox, Input, OptionList

from tui_app.redlist import Api, Operation, Target
from tui_app.redlist.codes import Code, built_in, full_description, schemes
from tui_app.redlist.errors import RedListError
from tui_app.redlist.operations import WITH_BELOW
from tui_app.redlist.text import counted

from .. import keys, messages, text
from ..background import in_thread
from ..fields import Choice, Tick
from ..footer import Severity, StatusLine
from ..form import SETS, join_operations, split_operations
from . import Dialog, cancel_button, key_button, result_line
from .operationrows import (
    ChosenOperations,
    FoundRows,
    OperationValues,
    SearchInput,
    typed_values,
)
from .operationsearch import (
    AS_TYPED,
    UNLISTED,
    Found,
    FoundRow,
    OperationIndex,
    built_in_index,
    find_codes,
    with_typed,
)

CodesOf = Callable[[str], Sequence[Code]]
"""The server's own list of an operation's codes. Blocks; may raise."""
SavedCodes = Callable[[], Mapping[str, Sequence[Code]]]
"""The lists of codes and names that are saved, by path; requests nothing. Blocks; may raise."""

_SEARCH: Final = "type to search: an operation, a code, what it means, a taxon"


class Picked(NamedTuple):
    """What was picked."""

    line: str  # operations, as :func:`tui_app.ui.form.split_operations` reads them
    intersect: bool  # keep only what all of them list


class Picker(Dialog[Picked | None]):
    """Operations and codes by their words, or an operation, then its codes or values.

    Several that the form holds are gone on with. Where there is no ``codes_of``, the server is not
    asked now. Of the ``saved`` lists, names that are not built in are found as well.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PICKER)
    AUTO_FOCUS = "#picker-search"

    def __init__(
        self,
        api: Api,
        line: str,
        intersect: bool,
        codes_of: CodesOf | None,
        saved: SavedCodes | None = None,
    ) -> None:
        self._index = built_in_index(api)
        self._api = api
        self._saved = saved
        self._chosen = list(dict.fromkeys(split_operations(line)))
        self._several = len(self._chosen) > 1
        self._codes_of = codes_of
        self._operation: Operation | None = None
        self._codes: Sequence[Code] = ()
        self._whence = ""
        self._search = ""
        several = Tick("several", self._several, id="picker-several", compact=True)
        several.tooltip = "Collect several operations into one run."
        union = Choice(SETS, SETS[intersect], id="picker-set")
        union.tooltip = "Union: assessments in any list. Intersect: only assessments in all lists."
        use = key_button("Use", "picker_use", id="picker-use", variant="primary")
        use.compact = True
        super().__init__(
            "Operations",
            "",
            SearchInput(id="picker-search", compact=True, placeholder=_SEARCH),
            FoundRows(id="picker-rows"),
            OperationValues(id="picker-values"),
            StatusLine(id="picker-about"),
            result_line("picker-state"),
            ChosenOperations(id="picker-chosen", markup=False, compact=True),
            Horizontal(several, union, use, cancel_button(), id="picker-buttons"),
            id="picker",
        )

    def on_mount(self) -> None:
        """All operations, and what is collected."""
        self._show_several()
        self._find()
        if self._saved is not None:
            self._read_saved(self._saved)

    @work(group="saved", exit_on_error=False)
    async def _read_saved(self, saved: SavedCodes) -> None:
        """Search in the lists that are saved as well, if there are any."""
        try:
            index = await in_thread(lambda: OperationIndex(self._api, saved()))
        except Exception:  # what is built in is found all the same
            return
        self._index = index
        if self.is_attached and self._operation is None:
            self._find_again()

    # -- what is shown -------------------------------------------------------------------

    @on(Input.Changed, "#picker-search")
    def _typed(self) -> None:
        self._find()

    def _find(self, keep: str | None = None) -> None:
        """Show what is found; ``keep`` names a row to highlight."""
        if self._asks:
            return
        typed = self.query_one("#picker-search", Input).value
        if self._operation is None:
            found = self._index.find(typed)
        else:
            found = with_typed(find_codes(typed, self._codes), typed)
        chosen = self._chosen if self._several else ()
        ticked = {row.text for row in found.rows if self._label_of(row) in chosen}
        self.query_one(FoundRows).show_found(found, ticked, keep)
        self._highlighted()
        self.say(self._state(found, typed))

    def _state(self, found: Found, typed: str) -> str:
        """How many rows there are, and where from; or what to know in place of it."""
        number = len(found.rows) + found.left_out
        if self._operation is not None:
            return f"{counted(number, 'row')} · {self._whence}"
        return found.note or counted(number, "row" if typed.strip() else "operation")

    def _find_again(self) -> None:
        """Show what is found now; the same row stays highlighted."""
        row = self.query_one(FoundRows).row
        # What is only typed gives way to what a list has.
        self._find(None if row is None or row.words == AS_TYPED else row.text)

    @on(OptionList.OptionHighlighted, "#picker-rows")
    def _highlighted(self) -> None:
        row = self.query_one(FoundRows).row
        words = "" if row is None else row.words
        if row is not None and self._operation is not None:
            table = {one.code: one.description for one in self._codes}
            code = row.text.removesuffix(WITH_BELOW)
            meaning = full_description(code, table) or words
            words = f"{row.text}  {meaning}" + (f", {words}" if code != row.text else "")
        self._say_about(words)

    def _say_about(self, words: str) -> None:
        self.query_one("#picker-about", StatusLine).say(words)

    def _show_several(self) -> None:
        """Show the collection, where there is one."""
        self._frame.set_class(self._several, "-several")
        self.query_one(ChosenOperations).show_operations(self._chosen)
        out = "{picker_back}: " + ("close" if self._operation is None else "back")
        plus = "{picker_collect}" if self._asks else "{picker_add}"
        self.show_hint(
            f"Enter: add, remove · {{picker_use}}: use · {out}"
            if self._several
            else f"Enter: choose · {plus}: collect several · {out}"
        )

    @property
    def _asks(self) -> bool:
        """Whether values are typed in this step, rather than chosen."""
        return self._operation is not None and bool(typed_values(self._operation))

    def _label_of(self, row: FoundRow) -> str:
        """A row as it is asked for."""
        if self._operation is None:
            return row.text
        if self._operation.takes is None:
            return Target(self._operation, None, ((self._operation.required[0], row.text),)).label
        if row.text.endswith(WITH_BELOW) and self._operation.stem in schemes():
            code = row.text.removesuffix(WITH_BELOW)
            return f"{Target(self._operation, code).label}{WITH_BELOW}"
        return Target(self._operation, row.text).label

    # -- steps ---------------------------------------------------------------------------

    async def _go_to(self, operation: Operation | None, begun: str = "") -> None:
        """To an operation's codes, searched for ``begun``, or values; or back to the operations."""
        search = self.query_one("#picker-search", Input)
        came_from, self._operation = self._operation, operation
        self._frame.set_class(self._asks, "-values")
        self._show_several()
        self._frame.border_title = f"Operations › {operation.path}" if operation else "Operations"
        if operation is not None:
            self._search = search.value
            if self._asks:
                self._say_about(operation.help)
                self.say("Enter continues.")
                await self.query_one(OperationValues).ask_for(operation)
                return
        with self.prevent(Input.Changed):
            search.value = begun if operation else self._search
        search.placeholder = "type a code, or what it means" if operation else _SEARCH
        search.focus()
        if operation is None:
            search.action_select_all()  # typing begins anew
            self._find(came_from.path if came_from else None)
            return
        self._codes = built_in(operation.stem)
        if operation.takes is None:
            self._whence = "filters of the API; join several with &"
        elif self._codes_of is None:
            self._whence = "built-in list; no requests during a run"
        else:
            self._whence = (
                f"{'built-in list; ' if self._codes else ''}requesting the server's list…"
            )
            self._ask_codes(operation, self._codes_of)
        self._find()

    @work(group="codes", exclusive=True, exit_on_error=False)
    async def _ask_codes(self, operation: Operation, codes_of: CodesOf) -> None:
        codes: Sequence[Code] = ()
        why = "its list is empty"
        try:
            codes = await in_thread(lambda: codes_of(operation.stem))
        except RedListError as error:
            why = messages.error_in_words(error)
        except Exception as error:  # the picker outlives a list that can't be had
            why = f"{type(error).__name__}: {error}"
        if not self.is_attached or self._operation is not operation:
            return
        if codes:
            self._codes = codes
            self._whence = f"the server's list of {text.count(len(codes))}"
        else:
            ours = "built-in list" if self._codes else "no list; type a code"
            self._whence = f"{ours}: the server's is unavailable ({why})"
        self._find_again()

    # -- what is done --------------------------------------------------------------------

    def action_move(self, how: str) -> None:
        """Move in the rows."""
        getattr(self.query_one(FoundRows), f"action_{how}")()

    @on(Input.Submitted, "#picker-search")
    async def _submitted(self) -> None:
        await self._take(self.query_one(FoundRows).row)

    @on(OptionList.OptionSelected, "#picker-rows")
    async def _clicked(self) -> None:
        await self._submitted()
        if not self._asks:
            self.query_one("#picker-search").focus()

    @on(Input.Submitted, "#picker-values Input")
    async def _take_values(self) -> None:
        assert self._operation is not None
        try:
            label = self.query_one(OperationValues).operation_with_values(self._operation)
        except RedListError as error:
            self.say(messages.error_in_words(error), Severity.BAD)
            return
        self._settle(label)
        if self._several:
            await self._go_to(None)

    async def action_collect(self) -> None:
        """Add the highlighted row to the collection, or remove it."""
        self.query_one("#picker-several", Tick).value = True
        self._several = True
        await self._take_here()

    async def _take_here(self) -> None:
        """Take what was typed or is highlighted."""
        if self._asks:
            await self._take_values()
        else:
            await self._submitted()

    async def _take(self, row: FoundRow | None) -> None:
        if row is None:
            return
        operation = row.operation if self._operation is None else None
        if operation is not None and (operation.takes or operation.required):
            search = self.query_one("#picker-search", Input).value
            await self._go_to(operation, search if row.group == UNLISTED else "")
            return
        self._settle(self._label_of(row))
        if self._several:
            self._find(row.text)

    def _settle(self, label: str) -> None:
        """Leave with an operation; or add it to the collection, or remove it."""
        if not self._several:
            self._leave([label])
            return
        if label in self._chosen:
            self._chosen.remove(label)
        else:
            self._chosen.append(label)
        self._show_several()

    def _leave(self, operations: list[str]) -> None:
        intersect = self.query_one("#picker-set", Choice).value == SETS[1]
        self.dismiss(Picked(join_operations(operations), intersect))

    @on(OptionList.OptionSelected, "#picker-chosen")
    def _removed(self, event: OptionList.OptionSelected) -> None:
        del self._chosen[event.option_index]
        self._show_several()
        self._find_again()
        if not self._chosen:
            self.query_one("#picker-search").focus()

    @on(Checkbox.Changed, "#picker-several")
    def _several_changed(self, event: Checkbox.Changed) -> None:
        self._several = event.value
        self._show_several()
        self._find_again()

    @on(Button.Pressed, "#picker-use")
    async def action_use(self) -> None:
        """Leave with the collection; or with what is highlighted, where none is collected."""
        if self._several and self._chosen:
            self._leave(self._chosen)
        elif self._several:
            self.say("Nothing is collected yet. Enter adds.", Severity.BAD, lasting=False)
        else:
            await self._take_here()

    async def action_back(self) -> None:
        """A step back; from the first one out."""
        if self._operation is None:
            self.dismiss(None)
        else:
            await self._go_to(None)
