"""The search line of a table, and its filters as chips that can be removed."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from typing import ClassVar, Final

from rich.cells import cell_len, set_cell_size
from textual import events, on
from textual.actions import SkipAction
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.style import Style
from textual.widget import Widget
from textual.widgets import Input, Static

from tui_app.redlist.errors import UsageError

from .. import keys, text
from ..footer import Severity

PAUSE_S: Final = 0.15
"""A pause in typing so long begins the search."""
LONGEST_FIND: Final = 200
"""Characters of what is searched for."""
_WIDEST_CHIP: Final = 40
_CHIP: Final = "$foreground on $primary 30%"
_BLANK: Final = "\N{NO-BREAK SPACE}"


class TypedSearch(Widget):
    """An input that is shown while it is used; a pause in typing searches, as does Enter.

    The container comes before it among the bases: styles follow the first of them.
    """

    def open(self) -> None:
        """Show the input, and type."""
        self.add_class("-open")
        self.query_one(Input).focus()

    def close(self) -> None:
        """Hide the input, and forget what was typed."""
        self.remove_class("-open")
        with self.prevent(Input.Changed):
            self.query_one(Input).value = ""

    def count(self, words: str) -> None:
        """Say how many rows were found."""
        for one in self.query(".find-count").results(Static):
            one.update(words)

    @property
    def typed(self) -> str:
        """What is typed."""
        return self.query_one(Input).value

    @abstractmethod
    def search(self) -> object:
        """Search for what is typed."""

    @abstractmethod
    def action_done(self) -> None:
        """Search at once, and go to the rows."""

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        typed = event.value

        def search() -> None:
            if self.typed == typed:  # else more has been typed
                self.search()

        self.set_timer(PAUSE_S, search)

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_done()


class FindLine(Vertical, TypedSearch):
    """An input, shown while it is used, and a chip for each filter.

    ``find`` is called with the filters in words (nothing: all rows), ``leave`` when typing has
    ended; ``columns`` gives those of the table. The language is :mod:`tui_app.runs.row_filter`'s.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.FIND)

    def __init__(
        self,
        find: Callable[[str], None],
        leave: Callable[[], object],
        columns: Callable[[], Sequence[str]],
        *,
        id: str,
    ) -> None:
        super().__init__(id=id)
        self._find, self._leave, self._columns = find, leave, columns
        self._terms: list[str] = []

    def compose(self) -> ComposeResult:
        """See the class."""
        with Horizontal(id="find-line"):
            yield Static("/", id="find-mark")
            yield Input(
                placeholder='text · category:CR,EN · name="Canis lupus" · -latest:false',
                id="find",
                compact=True,
                max_length=LONGEST_FIND,
            )
            yield Static("", classes="find-count", markup=False)
        yield Static("", id="find-wrong", markup=False)
        with Horizontal(id="find-filters"):
            yield Static("", id="find-chips", markup=False)
            yield Static("", classes="find-count", markup=False)

    # -- filters -------------------------------------------------------------------------

    def filter_by(self, column: str, value: str, *, excluded: bool) -> None:
        """Keep the rows that have a value in a column, or the others; again removes the filter."""
        from tui_app.runs.row_filter import term_of

        term, other = (
            term_of(column, value, self._columns(), excluded=one)
            for one in (excluded, not excluded)
        )
        if term in self._terms:
            self._terms.remove(term)
        else:
            self._terms = [one for one in self._terms if one != other] + [term]
        self.search()

    def unfilter(self, number: int | None = None) -> bool:
        """Remove a filter, or the last one; whether there was one."""
        if not self._terms:
            return False
        del self._terms[-1 if number is None else number]
        self.search()
        return True

    def clear(self) -> None:
        """Show all rows again."""
        self.forget()
        self.search()

    def forget(self) -> None:
        """Show no filter, for the table is another one."""
        self._terms.clear()
        self.close()
        self.count("")
        self._draw()

    def close(self) -> None:
        """See :class:`TypedSearch`."""
        super().close()
        self._refuse("")

    def search(self) -> bool:
        """Apply the filters and the typed text; leave out and report what can't be parsed."""
        from tui_app.runs.row_filter import read

        wanted, wrong = [*self._terms, self.typed], ""
        try:
            read(self.typed, self._columns())
        except UsageError as error:
            lists = f"Columns: {keys.name_of(keys.RECORDS_COLUMNS)} lists them."
            wrong = f"{error} {lists}"
            wanted.pop()
        self._refuse(wrong)
        self._draw()
        self._find(" ".join(filter(None, wanted)))
        return not wrong

    def _refuse(self, sentence: str) -> None:
        self.set_class(bool(sentence), "-wrong")
        words = f"{Severity.BAD.value}{text.clean(sentence)}"
        self.query_one("#find-wrong", Static).update(words)

    def _draw(self) -> None:
        self.set_class(bool(self._terms), "-filtered")
        chips = []
        for number, term in enumerate(self._terms):
            shown = text.clean(term[: 2 * _WIDEST_CHIP])
            if cell_len(shown) > _WIDEST_CHIP:
                shown = set_cell_size(shown, _WIDEST_CHIP - 1) + "…"
            # Lines break between chips alone.
            chip = Content(f" {shown} × ".replace(" ", _BLANK)).stylize(_CHIP)
            chips.append(chip.stylize(Style.from_meta({"chip": number})))
        self.query_one("#find-chips", Static).update(Content(" ").join(chips))

    def on_click(self, event: events.Click) -> None:
        """A click on a chip removes its filter."""
        number = event.style.meta.get("chip")
        if isinstance(number, int) and number < len(self._terms):
            self.unfilter(number)

    # -- typed ---------------------------------------------------------------------------

    def on_descendant_blur(self) -> None:
        """Close a line in which nothing is typed."""
        if not self.typed:
            self.close()

    def action_done(self) -> None:
        """Make filters of what is typed, and go to the rows; not while a column is unknown."""
        from tui_app.runs.row_filter import read, split

        if not self.search():
            return
        new = (one for one in split(self.typed) if read(one, self._columns()))
        self._terms = list(dict.fromkeys([*self._terms, *new]))
        self.close()
        self.search()
        self._leave()

    def action_cancel(self) -> None:
        """Clear what is typed; where nothing is, remove all filters and go to the rows."""
        if self.typed:  # one who types on must not press the keys of the table
            self.query_one(Input).value = ""
        else:
            self.clear()
            self._leave()

    def action_remove(self) -> None:
        """Remove the last filter, where nothing is typed."""
        if self.typed or not self.unfilter():
            raise SkipAction
