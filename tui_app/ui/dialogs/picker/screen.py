"""The picker: an operation from all there are, its code from the list, or several of them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widgets import Button, Checkbox, Input, OptionList

from tui_app.redlist import Api, Operation
from tui_app.redlist.codes import Code, built_in
from tui_app.redlist.errors import RedListError

from ... import messages, text
from ...asking import join
from ...background import in_thread
from ...setup.fields import Choice, Tick
from ...setup.finding import Row
from ...setup.wanted import SETS, CodesOf
from .rows import Chosen, Rows
from .values import Values
from .view import Picked, PickerView


class Picker(PickerView):
    """Three steps in one dialog: operations, then their codes or values.

    Args:
        api: the version whose catalogue applies.
        line: what the form holds; several operations are gone on with.
        intersect: what the form says of several.
        codes_of: asks the server for codes; None where it is not to be asked now.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "back", "Back", id="picker_back"),
        Binding("ctrl+s", "use", "Use", id="picker_use"),
        Binding("f3,ctrl+n", "collect", "Collect", id="picker_collect"),
    ]

    def __init__(self, api: Api, line: str, intersect: bool, codes_of: CodesOf | None) -> None:
        super().__init__(api, line, intersect)
        self._codes_of = codes_of
        self._search = ""

    # -- steps ---------------------------------------------------------------------------

    async def _go_to(self, operation: Operation | None) -> None:
        """To an operation's codes or values, or back to the operations."""
        dialog = self.query_one("#picker", Vertical)
        search = self.query_one("#picker-search", Input)
        came_from, self._operation = self._operation, operation
        dialog.set_class(self.asks, "-values")
        self.show_several()
        dialog.border_title = (
            "Operations" if operation is None else f"Operations › {operation.path}"
        )
        if operation is None:
            with self.prevent(Input.Changed):
                search.value = self._search
            search.placeholder = "type to search"
            search.focus()
            search.action_select_all()  # typing begins anew
            self.find(None if came_from is None else came_from.path)
            return
        self._search = search.value
        if self.asks:
            self.say("about", operation.help)
            self.say("state", "Enter goes on.")
            await self.query_one(Values).ask_for(operation)
            return
        self._codes = built_in(operation.stem)
        with self.prevent(Input.Changed):
            search.value = ""
        search.placeholder = "type a code, or what it means"
        search.focus()
        if operation.takes is None:
            self._whence = "the filters that the API takes; several are given with &"
        elif self._codes_of is None:
            self._whence = "built-in list; the server isn't asked while a run goes on"
        else:
            self._whence = f"{'built-in list; ' if self._codes else ''}asking the server…"
            self._ask_codes(operation, self._codes_of)
        self.find()

    @work(group="codes", exclusive=True, exit_on_error=False)
    async def _ask_codes(self, operation: Operation, codes_of: CodesOf) -> None:
        codes: Sequence[Code] = ()
        why = "its list is empty"
        try:
            codes = await in_thread(lambda: codes_of(operation.stem))
        except RedListError as error:
            why = messages.sentence(error)
        except Exception as error:  # the picker outlives a list that can't be had
            why = f"{type(error).__name__}: {error}"
        if not self.is_attached or self._operation is not operation:
            return
        if codes:
            self._codes = codes
            self._whence = f"the server's list of {text.count(len(codes))}"
        else:
            ours = "built-in list" if self._codes else "no list; a code that is typed will do"
            self._whence = f"{ours}: the server's can't be had ({why})"
        self.find_again()

    # -- what is done --------------------------------------------------------------------

    def action_move(self, how: str) -> None:
        """Move in the rows."""
        getattr(self.query_one(Rows), f"action_{how}")()

    @on(Input.Submitted, "#picker-search")
    async def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self._take(self.query_one(Rows).row)

    @on(OptionList.OptionSelected, "#picker-rows")
    async def _clicked(self, event: OptionList.OptionSelected) -> None:
        event.stop()
        await self._take(self.query_one(Rows).row_at(event.option_index))
        if not self.asks:
            self.query_one("#picker-search").focus()

    @on(Input.Submitted, "#picker-values Input")
    async def _value_submitted(self, event: Input.Submitted) -> None:
        event.stop()
        await self._take_values()

    async def action_collect(self) -> None:
        """Add what is highlighted to the collection, or take it away again."""
        self.query_one("#picker-several", Tick).value = True
        self._several = True
        if self.asks:
            await self._take_values()
        else:
            await self._take(self.query_one(Rows).row)

    async def _take(self, row: Row | None) -> None:
        operation = None if row is None or self._operation is not None else row.operation
        if row is None:
            return
        if operation is not None and (operation.takes or operation.required):
            await self._go_to(operation)
            return
        self._settle(self.label_of(row))
        if self.is_attached and self._several:
            self.find(row.text)

    async def _take_values(self) -> None:
        try:
            label = self.query_one(Values).operation_with_values()
        except RedListError as error:
            self.say("state", messages.sentence(error), bad=True)
            return
        self._settle(label)
        if self._several:
            await self._go_to(None)

    def _settle(self, label: str) -> None:
        """Leave with an operation; or add it to the collection, or take it away."""
        if not self._several:
            self.dismiss(Picked(join([label]), self._intersects()))
            return
        if label in self._chosen:
            self._chosen.remove(label)
        else:
            self._chosen.append(label)
        self.show_several()

    @on(Chosen.Removed)
    def _removed(self, event: Chosen.Removed) -> None:
        self._chosen.remove(event.operation)
        self.show_several()
        self.find_again()
        if not self._chosen:
            self.query_one("#picker-search").focus()

    @on(Checkbox.Changed, "#picker-several")
    def _several_changed(self, event: Checkbox.Changed) -> None:
        event.stop()
        self._several = event.value
        self.show_several()
        self.find_again()

    def _intersects(self) -> bool:
        return self.query_one("#picker-set", Choice).value == SETS[1]

    @on(Button.Pressed, "#picker-use")
    async def action_use(self) -> None:
        """Leave with the collection; or with what is highlighted, where none is collected."""
        if self._several and self._chosen:
            self.dismiss(Picked(join(self._chosen), self._intersects()))
        elif self._several:
            self.say("state", "Nothing is collected yet: Enter adds.", bad=True)
        elif self.asks:
            await self._take_values()
        else:
            await self._take(self.query_one(Rows).row)

    @on(Button.Pressed, "#picker-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    async def action_back(self) -> None:
        """A step back; from the first one out."""
        if self._operation is None:
            self.dismiss(None)
        else:
            await self._go_to(None)
