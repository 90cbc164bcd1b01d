"""The operation field: operations, completed as they are typed, their filters and lists."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.message import Message
from textual.suggester import Suggester
from textual.widgets import Button

from tui_app.redlist import IDS, NAMES, Api, operations_of
from tui_app.redlist.codes import Code
from tui_app.redlist.operations import TAXON_RANKS

from . import keys
from .dialogs.picker import CodesOf, Picked, Picker, SavedCodes
from .fields import Choice, Field, LineButton, TextInput, Tick
from .form import (
    DEFAULT_OPERATION,
    SEPARATOR,
    SETS,
    Filters,
    FormValues,
    all_paged,
    can_repeat,
    filters_among,
    filters_for,
    filters_in_words,
    split_operations,
)

if TYPE_CHECKING:
    from tui_app.redlist.names_table import ListOf
    from tui_app.settings import Settings

    from .service import ServiceHolder

_SORTS: Final[dict[str, ListOf]] = {NAMES: "names", IDS: "ids"}

_USUAL: Final = (
    *(f"red_list_categories/{code}" for code in ("CR", "EN", "EW", "VU")),
    *("countries/MG", "comprehensive_groups/mammals", "taxa/family/Felidae"),
    *("taxa/order/Crocodylia", "taxa/class/Amphibia", "threats/8_1_2", "habitats/1_6"),
)
"""Come before the rest: the catalogue knows paths, but no codes."""


class OperationInput(TextInput):
    """An input whose down key opens the picker."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.OPERATION_INPUT)


class OperationSuggester(Suggester):
    """The first operation of a version's catalogue that begins with what has been typed."""

    def __init__(self, api: Callable[[], Api]) -> None:
        super().__init__(use_cache=False, case_sensitive=True)  # completed_operation() does
        self._api = api

    async def get_suggestion(self, value: str) -> str | None:
        """The completion of ``value``, or None."""
        return completed_operation(value, self._api()) if value else None


def completed_operation(value: str, api: Api) -> str | None:
    """The completion of the last of the operations, or None where there is nothing to add."""
    _, _, last = value.rpartition(SEPARATOR)
    for known in completions(api) if last else ():
        if known.lower().startswith(last.lower()) and len(known) > len(last):
            return value + known[len(last) :]
    return None


def completions(api: Api) -> list[str]:
    """What is completed, the usual first."""
    found = [*_USUAL, NAMES, IDS] if api == "v4" else []
    for one in operations_of(api):
        found.append(f"{one.stem}/" if one.takes else one.path)
        if one.required:
            found.append(f"{one.path}?{one.required[0]}=")
    return found


class OperationField(Vertical):
    """The lines of the form that say what is requested.

    ``settings`` are the chosen server's; None while a run goes on, when no server is asked.
    """

    @dataclass
    class Changed(Message):
        """Filters, a list or the operations are others now."""

        fetch_only: bool = False  # it has no pages: it can be fetched, but not compared at

    def __init__(
        self,
        first: FormValues,
        api: Callable[[], Api],
        service: ServiceHolder,
        settings: Callable[[], Settings | None],
    ) -> None:
        super().__init__(id="wanted")
        self._first = first
        self._api = api
        self._service = service
        self._settings = settings
        self.filters: Filters = first.filters
        self.lists: dict[ListOf, tuple[str, ...]] = {"names": first.names, "ids": first.ids}
        self._counted: dict[ListOf, tuple[str, str]] = {}

    def compose(self) -> ComposeResult:
        """A line a field."""
        typed = OperationInput(
            self._first.operation,
            id="operation",
            compact=True,
            placeholder="taxa/family/Felidae",
            suggester=OperationSuggester(self._api),
        )
        pick = Button(" ▼", id="pick", compact=True, action="screen.pick")
        pick.styles.line_pad = 0  # the style sheet can't say 0
        yield Field("operation", "Operation", Horizontal(typed, pick))
        yield Field("several", "Several", Choice(SETS, SETS[self._first.intersect], id="several"))
        once = Tick("distinct", self._first.distinct, id="distinct", compact=True)
        yield Field("distinct", "Rows", Horizontal(once))
        yield Field("list", "Names", LineButton("none yet", id="open-list"))
        yield Field("filters", "Filters", LineButton("none", id="open-filters"))

    def on_mount(self) -> None:
        """Count the lists that came with the command line."""
        for sort, lines in self.lists.items():
            if lines:
                self._count(sort)

    @property
    def line(self) -> str:
        """The operations."""
        return self.query_one(OperationInput).value

    @property
    def intersect(self) -> bool:
        """What is to become of several."""
        return self.query_one("#several", Choice).value == SETS[1]

    @property
    def distinct(self) -> bool:
        """Whether an assessment is kept once."""
        return self.query_one("#distinct", Tick).value

    def adapt(self, *, fetch: bool) -> None:
        """Show the lines that matter for what is asked for."""
        asked, sort = split_operations(self.line), self._sort()
        self.query_one("#field-several").display = fetch and len(asked) > 1
        self.query_one("#field-distinct").display = fetch and can_repeat(self.line)
        field = self.query_one("#field-list", Field)
        field.display = sort is not None
        if sort is not None:
            field.relabel(sort.capitalize())
            short, long = self._counted.get(sort, ("none yet", "none yet"))
            button = self.query_one("#open-list", LineButton)
            button.say(short)
            button.tooltip = f"{long}. Press to paste others or read a file."
        taken = filters_for(self.line, self._api())
        words = filters_in_words(filters_among(self.filters, taken))
        words = words or ("none" if taken else "none apply")
        self.query_one("#open-filters", LineButton).say(words)

    def _sort(self) -> ListOf | None:
        """Of which sort the list is that the operations want."""
        if self._api() != "v4":
            return None
        return next((_SORTS[one] for one in split_operations(self.line) if one in _SORTS), None)

    # -- dialogs: imported when they are opened, the first frame has no time for them ----------

    def pick(self) -> None:
        """Open the picker."""
        # Nobody collected what the form began with.
        line = "" if self.line in DEFAULT_OPERATION.values() else self.line
        codes, saved = self._code_lists()
        picker = Picker(self._api(), line, self.intersect, codes, saved)
        self.app.push_screen(picker, self._picked)

    def _code_lists(self) -> tuple[CodesOf | None, SavedCodes | None]:
        """What asks the chosen server for codes, and reads the names of taxa that are saved."""
        settings, service = self._settings(), self._service
        if settings is None:
            return None, None
        stems = [f"taxa/{rank}" for rank in TAXON_RANKS] if settings.api == "v4" else []

        def ask(stem: str) -> Sequence[Code]:
            return service.get().codes(stem, settings)

        def saved() -> dict[str, Sequence[Code]]:
            return {stem: service.get().saved_codes(stem, settings) for stem in stems}

        return ask, saved if service.has_store() else None

    def _picked(self, picked: Picked | None) -> None:
        if picked is None:
            return
        self.query_one(OperationInput).put(picked.line)
        self.query_one("#several", Choice).choose(SETS[picked.intersect])
        if not all_paged(picked.line, self._api()):
            self.post_message(self.Changed(fetch_only=True))
        sort = self._sort()
        if sort is not None and not self.lists[sort]:
            self.edit_list()

    @on(Button.Pressed, "#open-filters")
    def choose_filters(self) -> None:
        """Open the filters."""
        from .dialogs.lists import FiltersDialog

        taken = filters_for(self.line, self._api())
        self.app.push_screen(FiltersDialog(self.line, taken, self.filters), self._filtered)

    def _filtered(self, filters: Filters | None) -> None:
        if filters is not None:
            self.filters = filters
            self.post_message(self.Changed())

    def choose(self, what: str) -> None:
        """Open the ``filters``, or the list of ``names`` or ``ids``."""
        if what == "filters":
            self.choose_filters()
        elif what == self._sort():
            self.edit_list()
        else:
            self._want_list(NAMES if what == "names" else IDS)

    def _want_list(self, word: str) -> None:
        """Open a list; ``species`` or ``assessments`` is the operation once it is used."""
        sort = _SORTS[word]

        def listed(lines: tuple[str, ...] | None) -> None:
            if lines is not None:
                self.query_one(OperationInput).put(word)
                self.post_message(self.Changed(fetch_only=True))
                self._listed(sort, lines)

        self._open_list(sort, listed)

    @on(Button.Pressed, "#open-list")
    def edit_list(self) -> None:
        """Open the list of names or ids that the operations want."""
        sort = self._sort()
        if sort is not None:
            self._open_list(sort, partial(self._listed, sort))

    def _open_list(self, sort: ListOf, answered: Callable[[tuple[str, ...] | None], None]) -> None:
        from .dialogs.lists import ListDialog

        match = None if self._settings() is None else self._match
        self.app.push_screen(ListDialog(sort, self.lists[sort], match), answered)

    def _match(self, lines: tuple[str, ...]) -> None:
        from .records.matches import MatchScreen

        self.app.push_screen(MatchScreen(self._service, lines))

    def _listed(self, sort: ListOf, lines: tuple[str, ...] | None) -> None:
        if lines is not None:
            self.lists[sort] = lines
            self._count(sort)
            self.post_message(self.Changed())

    def _count(self, sort: ListOf) -> None:
        """Count the lines of a list, for the words beside it."""
        from .dialogs.lists import tally_of

        self._counted.pop(sort, None)
        if self.lists[sort]:
            counted = tally_of(sort, self.lists[sort])
            self._counted[sort] = counted.in_short(), counted.in_words()
