"""Filters: which of the assessments of a list, as far as the chosen operations take them."""

from __future__ import annotations

from typing import ClassVar, Final

from textual import on
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Horizontal, Vertical
from textual.screen import ModalScreen
from textual.widgets import Button, Input, Static

from tui_app.redlist.codes import built_in

from .. import keys, text
from ..fields import Choice, Field
from ..form import Filters, filters_in_words

_ANY: Final = ("any", "yes", "no")
_SENT: Final = {"yes": "true", "no": "false"}
_LABELS: Final = {
    "latest": "Latest assessment",
    "possibly_extinct": "Possibly extinct",
    "possibly_extinct_in_the_wild": "… in the wild",
    "scope_code": "Scope",
    "year_published": "Year published",
}
_TYPED: Final = {
    "scope_code": "any; 1 is Global, 2 Europe",
    "year_published": "any; a year such as 2020",
}
_EARLIEST, _LATEST = 1900, 2999


class FiltersDialog(ModalScreen[Filters | None]):
    """A line a filter; gives those that are set.

    Args:
        line: the operations that they are for.
        taken: filters that these take, by the API's names.
        filters: those that are set.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.FILTERS)

    def __init__(self, line: str, taken: tuple[str, ...], filters: Filters) -> None:
        super().__init__()
        self._line = line
        self._taken = [name for name in _LABELS if name in taken]
        self._set = dict(filters)

    def compose(self) -> ComposeResult:
        """What they are for, a line each, what they come to, buttons."""
        with Vertical(classes="dialog", id="filters") as dialog:
            dialog.border_title = "Filters"
            dialog.border_subtitle = "Tab and arrows choose · ^S uses them · Esc cancels"
            what = f"of {self._line}" if self._taken else f"{self._line} takes no filters."
            yield Static(text.clean(what), markup=False, classes="dialog-what")
            for name in self._taken:
                yield Field(name, _LABELS[name], self._field(name))
            yield Static("", id="filters-words", markup=False)
            with Horizontal(classes="dialog-buttons"):
                yield Button("Use ^S", id="filters-use", compact=True, variant="primary")
                yield Button("Clear ^D", id="filters-clear", compact=True)
                yield Button("Cancel", id="filters-cancel", compact=True)

    def _field(self, name: str) -> Choice | Input:
        value = self._set.get(name, "")
        if name in _TYPED:
            return Input(value, id=f"filter-{name}", compact=True, placeholder=_TYPED[name])
        words = {sent: word for word, sent in _SENT.items()}
        return Choice(_ANY, words.get(value, "any"), id=f"filter-{name}")

    def on_mount(self) -> None:
        """Say what is set."""
        self._changed()

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self) -> None:
        filters, wrong = self._read()
        for field in self.query(Field):
            field.mark(field.field in wrong)
        words = next(iter(wrong.values()), "") or filters_in_words(filters) or "none set: all of it"
        line = self.query_one("#filters-words", Static)
        line.set_class(bool(wrong), "-bad")
        line.update(text.clean(f"{'✗ ' if wrong else ''}{words}"))

    def _read(self) -> tuple[Filters, dict[str, str]]:
        """The filters, and a sentence for each field that is wrong."""
        found: list[tuple[str, str]] = []
        wrong: dict[str, str] = {}
        for name in self._taken:
            if name not in _TYPED:
                value = _SENT.get(self.query_one(f"#filter-{name}", Choice).value, "")
            else:
                value = self.query_one(f"#filter-{name}", Input).value.strip()
            if name == "scope_code":
                value = _scope(value)
            if name == "year_published" and value and not _is_year(value):
                wrong[name] = f"A year is four figures, such as 2020, not '{value}'."
            if value:
                found.append((name, value))
        return tuple(found), wrong

    @on(Input.Submitted)
    @on(Button.Pressed, "#filters-use")
    def action_use(self) -> None:
        """Leave with what is set; filters that these operations don't take stay as they are."""
        filters, wrong = self._read()
        if wrong:
            self.query_one(f"#filter-{next(iter(wrong))}").focus()
            return
        others = tuple(pair for pair in self._set.items() if pair[0] not in self._taken)
        self.dismiss((*filters, *others))

    @on(Button.Pressed, "#filters-clear")
    def action_clear(self) -> None:
        """Set none of them."""
        for name in self._taken:
            if name in _TYPED:
                self.query_one(f"#filter-{name}", Input).value = ""
            else:
                self.query_one(f"#filter-{name}", Choice).choose("any")

    @on(Button.Pressed, "#filters-cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)


def _scope(typed: str) -> str:
    """A scope's code: as it was typed, or of the scope that has this name."""
    named = {one.description.casefold(): one.code for one in built_in("scopes")}
    return named.get(typed.casefold(), typed)


def _is_year(value: str) -> bool:
    return value.isascii() and value.isdigit() and _EARLIEST <= int(value[:9]) <= _LATEST
