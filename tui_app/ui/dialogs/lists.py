"""Lists of names or ids, typed, pasted or read from a file; filters that narrow the API's lists."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from glob import escape, glob
from pathlib import Path
from typing import Any, ClassVar, Final, NamedTuple

from textual import events, on, work
from textual.binding import BindingType
from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.timer import Timer
from textual.widgets import Button, Input, TextArea

from tui_app.redlist.codes import built_in
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.redlist.names_file import InputLine
from tui_app.redlist.names_table import ListOf, list_text, parse_list
from tui_app.redlist.text import counted
from tui_app.settings import read_regular
from tui_app.settings.loading import expanded

from .. import keys, messages, text
from ..background import in_thread
from ..fields import Choice, Field, TextInput
from ..footer import Severity, StatusLine
from ..form import Filters, filters_in_words
from . import Dialog, button_row, cancel_button, key_button, result_line

LARGEST_FILE: Final = 4_000_000
"""Bytes. 50,000 names are 1 MB; more than that is no list to look through on a screen."""
_LONGEST_LINE: Final = 5_000
"""Characters; few tables have rows as long. A line of a megabyte makes an editor slow."""
_REASONS: Final = 3

# Copied text has marks that nobody sees; in a name they would make it another one.
_INVISIBLE: Final = re.compile("[\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]")


def harmless(typed: str) -> str:
    """Text as an editor may show it: no invisible marks, no control characters, no endless line."""
    lines = _INVISIBLE.sub("", typed).replace("\r\n", "\n").replace("\r", "\n").split("\n")
    # Tabs stay: they stand between columns, of which the first one counts.
    return "\n".join("\t".join(map(text.clean, line[:_LONGEST_LINE].split("\t"))) for line in lines)


def read_list(path: Path) -> str:
    """A file's text, made harmless; a workbook is CSV.

    Raises:
        UsageError: it can't be read, is too large, or is neither.
    """
    try:
        body = read_regular(path, LARGEST_FILE)
    except OSError as error:
        raise UsageError(f"{path} can't be read: {error.strerror}.") from None
    except ValueError:
        raise UsageError("This is not a path.") from None
    if len(body) > LARGEST_FILE:
        raise _too_large(path)
    try:
        found = list_text(body)
    except ValueError:
        raise UsageError(f"{path} is not text.", "Save it as UTF-8 text.") from None
    if len(found) > LARGEST_FILE:  # a workbook is packed
        raise _too_large(path)
    return harmless(found)


def _too_large(path: Path) -> UsageError:
    return UsageError(
        f"{path} has more than {text.size(LARGEST_FILE)}.",
        "Split it, or fetch it on the command line.",
    )


class Tally(NamedTuple):
    """What became of the lines of a list."""

    sort: ListOf
    understood: int  # lines that will be asked for
    duplicates: int
    malformed: int
    reasons: tuple[str, ...]  # why they are malformed, of the first few kinds
    columns: int = 0  # of the table, where it is one

    def in_words(self) -> str:
        """``52 names (1 duplicate, 2 malformed) in a table of 4 columns``."""
        notes = [counted(self.duplicates, "duplicate")] if self.duplicates else []
        if self.malformed:
            notes.append(f"{text.count(self.malformed)} malformed")
        words = counted(self.understood, self.sort[:-1])
        words += f" ({', '.join(notes)})" if notes else ""
        table = f" in a table of {counted(self.columns, 'column')}" if self.columns else ""
        return words + table

    def in_short(self) -> str:
        """``52 names (2 malformed)``."""
        return self._replace(duplicates=0, columns=0).in_words()


def tally_of(sort: ListOf, lines: Iterable[str]) -> Tally:
    """Read a list and count its lines; of a table without a column of names, that is the reason."""
    try:
        return tally(sort, parse_list(lines, sort))
    except RedListError as error:
        return Tally(sort, 0, 0, 0, (messages.error_in_words(error),))


def tally(sort: ListOf, lines: Sequence[InputLine]) -> Tally:
    """Count lines."""
    bad: dict[str, list[InputLine]] = {}
    for line in lines:
        if line.problem:
            bad.setdefault(line.problem, []).append(line)
    reasons = []
    for problem, alike in list(bad.items())[:_REASONS]:
        more = f" (and {counted(len(alike) - 1, 'line')} more)" if len(alike) > 1 else ""
        shown = text.fit(text.clean(alike[0].text), 30).rstrip()
        reasons.append(f"line {alike[0].number} '{shown}': {text.clean(problem)}{more}")
    malformed = sum(map(len, bad.values()))
    again = sum(not line.problem and line.same_as is not None for line in lines)
    columns = max((len(line.own) for line in lines), default=0)
    return Tally(sort, len(lines) - malformed - again, again, malformed, tuple(reasons), columns)


def typed_path(typed: str) -> Path:
    """The path that was typed; UsageError if it is the folder of a user that there isn't."""
    return expanded(typed, "Type another path.")


class PathSuggester(Suggester):
    """The first file or folder that begins with what has been typed."""

    async def get_suggestion(self, value: str) -> str | None:
        """The completion of ``value``, or None."""
        return complete_path(value)


def complete_path(value: str) -> str | None:
    """``out/fel`` becomes ``out/felidae.csv``; folders come first and end in a slash.

    Files that the program writes beside an export (``felidae.csv.meta.json``) are left out.
    """
    if not value or "\0" in value:
        return None
    folder, name = os.path.split(value)
    from tui_app.export.destinations import is_beside

    found = glob(f"{escape(os.path.join(os.path.expanduser(folder), name))}*")
    for is_file, path in sorted((not os.path.isdir(one), one) for one in found):
        if is_file and is_beside(Path(path)):
            continue
        completed = value + os.path.basename(path)[len(name) :] + ("" if is_file else os.sep)
        if completed != value:
            return completed
    return None


class PathInput(Input):
    """An input that Tab completes, as in a shell; with nothing to complete, Tab moves on."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PATH_INPUT)

    def __init__(self, value: str = "", **more: Any) -> None:
        suggester = PathSuggester(use_cache=False, case_sensitive=True)
        super().__init__(value, suggester=suggester, **more)

    def action_complete(self) -> None:
        """Take the suggestion, or move on."""
        completed = complete_path(self.value) if self.cursor_at_end else None
        if completed is None:
            self.screen.focus_next()
        else:
            self.value = completed
            self.cursor_position = len(completed)


_SETTLED_S: Final = 0.15
"""Lines are counted when typing has paused for so long."""
_ABOUT: Final = {
    "names": "One name per line (Canis lupus), or a table; # starts a comment.",
    "ids": "One id per line (163508960), or a table; # starts a comment.",
}


class ListArea(TextArea):
    """An editor into which nothing harmful can be pasted."""

    async def _on_paste(self, event: events.Paste) -> None:
        # Before TextArea's own handler, which takes the text as it is.
        event.text = harmless(event.text)


class ListDialog(Dialog[tuple[str, ...] | None]):
    """Edits names or ids. Gives the lines as they stand: what they mean is the query's to say.

    ``match`` shows what saved runs have on lines of names; None: it can't now.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LIST)
    AUTO_FOCUS = "#list-text"

    def __init__(
        self,
        sort: ListOf,
        lines: tuple[str, ...] = (),
        match: Callable[[tuple[str, ...]], None] | None = None,
    ) -> None:
        self._sort = sort
        self._match = match
        self._timer: Timer | None = None
        path = PathInput(
            id="list-path",
            placeholder="or a file: its path; Tab completes, Enter reads",
            compact=True,
        )
        match_button = [key_button("Match", "list_match", id="list-match")]
        super().__init__(
            sort.capitalize(),
            "Paste or type · Tab: path · {list_use}: use · {list_cancel}: cancel",
            ListArea(
                "\n".join(lines),
                id="list-text",
                soft_wrap=False,
                show_line_numbers=True,
                highlight_cursor_line=False,
                compact=True,
            ),
            Horizontal(path, Button("Read", id="list-read", compact=True), id="list-file"),
            result_line("list-tally"),
            button_row(
                key_button("Use", "list_use", id="list-use", variant="primary"),
                *match_button[: sort == "names"],
                Button("Clear", id="list-clear"),
                cancel_button(),
            ),
            what=_ABOUT[sort],
            id="list",
        )

    def on_mount(self) -> None:
        """Count what is there."""
        self._count()

    @on(Input.Changed, "#list-path")
    @on(TextArea.Changed)
    def _changed(self) -> None:
        if self._timer is not None:
            self._timer.stop()
        self._timer = self.set_timer(_SETTLED_S, self._count)

    def _count(self) -> None:
        found = tally_of(self._sort, self.query_one(TextArea).text.split("\n"))
        self.say("")
        words = "\n".join((f"{found.in_words()}.", *found.reasons))
        self.query_one("#list-tally", StatusLine).update(words)  # lines, which say would join

    @on(Input.Submitted, "#list-path")
    @on(Button.Pressed, "#list-read")
    def _read_file(self) -> None:
        typed = self.query_one("#list-path", PathInput).value.strip()
        if not typed:
            self.say("Type the path of a file.", Severity.BAD)
            return
        self.say("Reading…")
        self._load(typed)

    @work(group="list", exclusive=True, exit_on_error=False)
    async def _load(self, typed: str) -> None:
        try:
            body = await in_thread(lambda: read_list(typed_path(typed)))
        except RedListError as error:
            self.say(messages.error_in_words(error), Severity.BAD)
        else:
            self._replace(body.rstrip("\n"))

    @on(Button.Pressed, "#list-use")
    def action_use(self) -> None:
        """Leave with the lines."""
        body = self.query_one(TextArea).text.rstrip()
        self.dismiss(tuple(body.split("\n")) if body else ())

    @on(Button.Pressed, "#list-match")
    def action_match(self) -> None:
        """Show what saved runs have on the names; requests nothing."""
        body = self.query_one(TextArea).text.rstrip()
        if self._sort != "names":
            self.say("Only names can be matched.", Severity.BAD)
        elif self._match is None:
            self.say("Names can be matched when the run has ended.", Severity.BAD)
        elif not body:
            self.say("No names yet: paste them or read a file.", Severity.BAD)
        else:
            self._match(tuple(body.split("\n")))

    @on(Button.Pressed, "#list-clear")
    def _clear(self) -> None:
        self._replace("")

    def _replace(self, body: str) -> None:
        area = self.query_one(TextArea)
        area.text = body
        area.focus()


_ANY: Final = {"any": "", "yes": "true", "no": "false"}
"""What a filter that is on or off is called, and what is sent."""
_LABELS: Final = {
    "latest": ("Latest assessment", ""),
    "possibly_extinct": ("Possibly extinct", ""),
    "possibly_extinct_in_the_wild": ("… in the wild", ""),
    "scope_code": ("Scope", "any; 1 is Global, 2 Europe"),
    "year_published": ("Year published", "any; a year such as 2020"),
}
"""Labels of the filters; of those that are typed, what can be."""
_EARLIEST, _LATEST = 1900, 2999


class FiltersDialog(Dialog[Filters | None]):
    """A line for each filter that the operations of ``line`` take; gives those that are set."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.FILTERS)

    def __init__(self, line: str, taken: tuple[str, ...], filters: Filters) -> None:
        self._set = dict(filters)
        self._fields: dict[str, Choice | Input] = {}
        for name, (_, example) in _LABELS.items():
            value, id = self._set.get(name, ""), f"filter-{name}"
            if name in taken and example:
                self._fields[name] = TextInput(value, id=id, compact=True, placeholder=example)
            elif name in taken:
                chosen = next((word for word, sent in _ANY.items() if sent == value), "any")
                self._fields[name] = Choice(tuple(_ANY), chosen, id=id)
        super().__init__(
            "Filters",
            "Tab, arrows: choose · {filters_use}: use · {filters_cancel}: cancel",
            *(Field(name, _LABELS[name][0], field) for name, field in self._fields.items()),
            result_line("filters-words"),
            button_row(
                key_button("Use", "filters_use", id="filters-use", variant="primary"),
                key_button("Clear", "filters_clear", id="filters-clear"),
                cancel_button(),
            ),
            what=f"of {line}" if self._fields else f"{line} accepts no filters.",
            id="filters",
        )

    def on_mount(self) -> None:
        """Say what is set."""
        self._changed()

    @on(Input.Changed)
    @on(Choice.Changed)
    def _changed(self) -> None:
        filters, wrong = self._read()
        for field in self.query(Field):
            field.mark(field.field in wrong)
        words = (
            next(iter(wrong.values()), "")
            or filters_in_words(filters)
            or "no filters: all assessments"
        )
        self.say(words, Severity.BAD if wrong else Severity.PLAIN)

    def _read(self) -> tuple[Filters, dict[str, str]]:
        """The filters, and a sentence for each field that is wrong."""
        found: list[tuple[str, str]] = []
        wrong: dict[str, str] = {}
        for name, field in self._fields.items():
            value = field.value.strip() if isinstance(field, Input) else _ANY[field.value]
            if name == "scope_code":
                value = _scope(value)
            if name == "year_published" and value and not _is_year(value):
                wrong[name] = f"A year has four digits, such as 2020, not '{value}'."
            if value:
                found.append((name, value))
        return tuple(found), wrong

    @on(Input.Submitted)
    @on(Button.Pressed, "#filters-use")
    def action_use(self) -> None:
        """Leave with what is set; filters that these operations don't take stay as they are."""
        filters, wrong = self._read()
        if wrong:
            self._fields[next(iter(wrong))].focus()
            return
        others = tuple(pair for pair in self._set.items() if pair[0] not in self._fields)
        self.dismiss((*filters, *others))

    @on(Button.Pressed, "#filters-clear")
    def action_clear(self) -> None:
        """Set none of them."""
        for field in self._fields.values():
            if isinstance(field, Input):
                field.value = ""
            else:
                field.choose("any")


def _scope(typed: str) -> str:
    """A scope's code: as it was typed, or of the scope that has this name."""
    named = {one.description.casefold(): one.code for one in built_in("scopes")}
    return named.get(typed.casefold(), typed)


def _is_year(value: str) -> bool:
    return value.isascii() and value.isdigit() and _EARLIEST <= int(value[:9]) <= _LATEST
