"""Short questions: yes or no, one line of text, a method, columns to show."""

from __future__ import annotations

import os
from collections.abc import Callable, Collection, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, ClassVar, Final

from textual import on, work
from textual.app import App
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static

from tui_app.methods import usable_methods
from tui_app.redlist.errors import RedListError
from tui_app.redlist.rate_limit import pace_in_words, spread_s
from tui_app.redlist.text import counted
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW

from .. import keys, messages, text
from ..background import in_thread
from ..fields import TextInput
from ..footer import Severity
from ..screenrequest import ScreenRequest
from ..service import ServiceHolder
from ..theme import QUIET, look_of
from . import Dialog, button_row, cancel_button, key_button, result_line

_LEAST_LINES: Final = 12
"""Columns that are seen at once, if there are as many."""

FindEmpty = Callable[[Callable[[], bool]], frozenset[str] | None]
"""Names the columns without a value; None where the callable it is given said to halt. Blocks."""


CANCELLED: Final = "Cancelled; no requests were sent."
"""The status line once a question was answered with no."""
USE_DEMO, USE_LIVE = "demo", "live"
"""Answers of :class:`LiveComparison`; another one is the id of the run to replay."""
_LOOKED_AT: Final = 20
"""Saved fetches, newest first, among which one that can be replayed is looked for."""


class Confirm(Dialog[bool]):
    """Asks; gives True for yes. The default answer is no."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CONFIRM)
    AUTO_FOCUS = "#no"

    def __init__(self, title: str, question: str, yes: str) -> None:
        buttons = button_row(Button("No", id="no", variant="primary"), Button(yes, id="yes"))
        hint = "← → choose · {confirm_yes}: yes · {confirm_no}: no"
        super().__init__(title, hint, Static(question, markup=False), buttons)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")


class LiveComparison(Dialog[str | None]):
    """What to compare on in place of a live server: the demo server, or a saved fetch.

    Gives :data:`USE_DEMO`, :data:`USE_LIVE`, the id of a run to replay, or None.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LIVE_COMPARISON)
    AUTO_FOCUS = "#live-demo"

    def __init__(self, request: ScreenRequest, service: ServiceHolder) -> None:
        self._service = service
        self._run = ""
        replay = Button("Replay the last fetch", id="live-replay", compact=True, disabled=True)
        super().__init__(
            "Compare on another server?",
            "↑ ↓ choose · Enter: answer · Esc: cancel",
            Button("Use the demo server", id="live-demo", compact=True, variant="primary"),
            Static(f"Synthetic data, profile {request.settings.demo_profile}.", markup=False),
            replay,
            result_line("live-saved", "Looking for a saved fetch…"),
            Button("Compare on the live API…", id="live-live", compact=True),
            Static(f"{counted(request.requests, 'request')} to {request.server}.", markup=False),
            what=f"{keys.name_of(keys.RUN)} would compare on {request.server}. Benchmarks don't "
            "belong on the live Red List API: the demo server and a replay answer the same "
            "questions.",
            id="live",
        )

    def on_mount(self) -> None:
        """Look for a fetch to replay, away from the screen."""
        self._look()

    @work(group="replay", exit_on_error=False)
    async def _look(self) -> None:
        try:
            self._run, words = await in_thread(lambda: fetch_to_replay(self._service))
        except Exception as error:  # the other answers need no store
            words = messages.error_in_words(error)
        if self.is_attached:
            self.query_one("#live-replay", Button).disabled = not self._run
            self.say(words)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        answers = {"live-demo": USE_DEMO, "live-live": USE_LIVE}
        self.dismiss(answers.get(event.button.id or "", self._run))


def fetch_to_replay(service: ServiceHolder) -> tuple[str, str]:
    """The newest saved fetch that can be replayed, in words; or an empty id, and why none can be.

    Blocks; creates no store.

    Raises:
        RedListError: the store can't be read.
    """
    if not service.has_store():
        return "", "Not available: no fetch is saved yet."
    why = "no fetch is saved yet."
    opened = service.get()
    for number, row in enumerate(opened.runs(_LOOKED_AT, comparisons=False)):
        try:
            replay = opened.replayable(row.run)
        except RedListError as error:
            why = why if number else str(error)
        else:
            pages = counted(sum(map(len, replay.lists)), "page")
            demo = " (DEMO)" * (row.source == "demo")
            return (
                row.run,
                f"Run {row.run}{demo}: {replay.query.label}, {pages}, with the measured delays.",
            )
    return "", f"Not available: {why}"


def ask_before(
    request: ScreenRequest,
    app: App[Any],
    service: ServiceHolder,
    answered: Callable[[str | bool | None], None],
) -> bool:
    """Ask what must be agreed to before a request begins; False where nothing must.

    ``answered`` gets True for going on, an answer of :class:`LiveComparison` in place of it, or
    False or None.
    """
    if request.kind == "compare" and request.live:

        def chosen(answer: str | None) -> None:
            if answer == USE_LIVE:
                confirm = Confirm("Compare on the live API?", live_question(request), "Compare")
                app.push_screen(confirm, answered)
            else:
                answered(answer)

        app.push_screen(LiveComparison(request, service), chosen)
    elif request.hasty:
        confirm = Confirm("Fetch faster than permitted?", hasty_question(request), "Fetch")
        app.push_screen(confirm, answered)
    else:
        return False
    return True


class CreateFolder(Confirm):
    """Asks whether to create a folder that is missing; gives True for yes, the default answer."""

    AUTO_FOCUS = "#yes"

    def __init__(self, folder: Path) -> None:
        question = f"Folder {text.clean(str(folder))} doesn't exist. Create it?"
        super().__init__("New folder", question, "Create")


class QuitDuringRun(Confirm):
    """Asks whether to stop what runs and quit."""

    def __init__(self) -> None:
        again = keys.key_name("quit")
        words = f"Stop it and quit? Saved pages stay saved. {again} again quits as well."
        super().__init__("A run is active", words, "Quit")


class ReplaceFiles(Confirm):
    """Asks whether to replace files that exist; gives True for yes, the default answer."""

    AUTO_FOCUS = "#yes"

    def __init__(self, files: Sequence[Path]) -> None:
        first, more = files[0], len(files) - 1
        found = first.stat()
        written = f"{datetime.fromtimestamp(found.st_mtime):%Y-%m-%d %H:%M}"
        which = f"{text.clean(os.path.abspath(first))} ({text.size(found.st_size)}, {written})"
        words = f"{which} exists. Replace it?"
        if more:
            words = f"{which} and {counted(more, 'more file')} exist. Replace them?"
        super().__init__("Replace", words, "Replace")


def hasty_question(request: ScreenRequest) -> str:
    """What to consider before a real server is asked faster than its guidance permits."""
    return (
        f"This fetches from {request.server} faster than the "
        f"{pace_in_words(COURTEOUS_RATE, COURTEOUS_WINDOW)} that the API permits "
        f"({request.pace}). A token can be limited or revoked for it."
    )


def live_question(request: ScreenRequest) -> str:
    """What to consider before comparing on a real server."""
    from tui_app.compare.forecast import duration

    settings = request.settings
    least_s = spread_s(request.requests, settings.effective_rate(), settings.effective_window())
    least = f": {duration(least_s)} or more" if least_s else ""
    return (
        f"This sends {counted(request.requests, 'request')} to {request.server}, "
        f"{request.pace}{least}. IUCN asks not to misuse the API: it is for conservation, research "
        "and education, and a token can be limited or revoked."
    )


class LineDialog(Dialog[str | None]):
    """Gives what was written, at most ``longest`` characters, or none; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LINE)
    AUTO_FOCUS = "#line"

    def __init__(self, title: str, words: str, value: str, longest: int) -> None:
        super().__init__(
            title,
            "Enter: save · empty: remove · {line_cancel}: cancel",
            TextInput(value, id="line", max_length=longest),
            button_row(Button("Save", id="line-keep", variant="primary"), cancel_button()),
            what=words,
        )

    @on(Input.Submitted)
    @on(Button.Pressed, "#line-keep")
    def _kept(self) -> None:
        self.dismiss(self.query_one(Input).value)


class ResumeDialog(Dialog[str | None]):
    """Gives the method by which a run is to go on, or None.

    Args:
        what: the run and how far it got, a sentence without its end.
        method: the one that it used.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.RESUME_DIALOG)
    AUTO_FOCUS = "#resume-methods"

    def __init__(self, what: str, method: str) -> None:
        self._methods = usable_methods()
        lines = []
        for one in self._methods:
            look, before = look_of(one), "  as before" if one == method else ""
            lines.append(Content.assemble((f"{look.marker} ", look.colour), one, (before, QUIET)))
        shown = OptionList(*lines, id="resume-methods", compact=True)
        shown.highlighted = self._methods.index(method) if method in self._methods else 0
        super().__init__(
            "Resume",
            "↑ ↓: method · Enter: resume · {resume_cancel}: cancel",
            shown,
            button_row(Button("Resume", id="resume-go", variant="primary"), cancel_button()),
            what=f"{what}. Only missing requests are sent, within the run's rate limit.",
        )

    @on(OptionList.OptionSelected)
    @on(Button.Pressed, "#resume-go")
    def action_go(self) -> None:
        """Leave with the method that is highlighted."""
        self.dismiss(self._methods[self.query_one(OptionList).highlighted or 0])


class ColumnSearch(Input):
    """A search whose first match stays selected in the list below it."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COLUMN_SEARCH)


class ColumnsDialog(Dialog[tuple[set[str], frozenset[str]]]):
    """A tick a column. Gives the names of those to hide, and which of them as empty ones.

    What is hidden now may name other columns, too. "All" means those that a search found.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COLUMNS)
    AUTO_FOCUS = "#columns"

    def __init__(
        self, columns: Sequence[str], hidden: Collection[str], find_empty: FindEmpty
    ) -> None:
        self._columns = columns
        self._found = list(columns)
        self._before = {name for name in columns if name in hidden}
        self._hidden = set(self._before)
        self._find_empty = find_empty
        self._empty: frozenset[str] = frozenset()
        self._done = False
        shown = OptionList(*map(self._option, columns), id="columns", compact=True)
        shown.styles.min_height = min(len(columns), _LEAST_LINES)  # it stays while one searches
        search = keys.name_of(keys.COLUMNS_FIND)
        super().__init__(
            "Columns",
            "{columns_find}: search · {columns_toggle}: hide, show · {columns_close}: close",
            ColumnSearch(placeholder=f"{search} to search", id="columns-find", compact=True),
            shown,
            result_line("columns-note"),
            button_row(
                key_button("Show all", "columns_all", id="all"),
                key_button("Hide all", "columns_none", id="none"),
                key_button("Hide empty", "columns_empty", id="empty"),
                Button("Close", id="close", variant="primary"),
            ),
        )

    def _option(self, name: str) -> Content:
        # A mark that is told without colour, unlike a SelectionList's.
        mark = "[ ]" if name in self._hidden else "[x]"
        return Content(f"{mark} {text.clean(name[:80])}")

    def _draw(self) -> None:
        shown = self.query_one(OptionList)
        for place, name in enumerate(self._found):
            shown.replace_option_prompt_at_index(place, self._option(name))

    # -- searched ------------------------------------------------------------------------

    def action_find(self) -> None:
        """Go to the search."""
        self.query_one(ColumnSearch).focus()

    @on(Input.Changed)
    def _searched(self, event: Input.Changed) -> None:
        words = event.value.casefold().replace("_", " ").split()
        spaced = {name: name.casefold().replace("_", " ") for name in self._columns}
        shown = self.query_one(OptionList)
        before = None if shown.highlighted is None else self._found[shown.highlighted]
        self._found = [name for name in self._columns if all(one in spaced[name] for one in words)]
        shown.clear_options().add_options(map(self._option, self._found))
        if self._found:
            shown.highlighted = self._found.index(before) if before and not words else 0
        match = f"{len(self._found)} of {counted(len(self._columns), 'column')} match. "
        only = "Show all and Hide all change only these." if self._found else ""
        self.say(match + only if words else "")

    @on(Input.Submitted)
    def action_tick(self) -> None:
        """Hide or show the column that is selected."""
        self.query_one(OptionList).action_select()

    def action_move(self, action: str) -> None:
        """Select another column while the search has the focus."""
        getattr(self.query_one(OptionList), f"action_{action}")()

    def action_leave_search(self) -> None:
        """Show all columns in the list, and go to it."""
        self.query_one(ColumnSearch).value = ""
        self.query_one(OptionList).focus()

    # -- ticked --------------------------------------------------------------------------

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._hidden ^= {self._found[event.option_index]}
        self._draw()

    @on(Button.Pressed, "#all")
    def action_all(self) -> None:
        """Show every column that was found."""
        self._hidden.difference_update(self._found)
        self._draw()
        self.say("")

    @on(Button.Pressed, "#none")
    def action_none(self) -> None:
        """Hide every column that was found."""
        self._hidden.update(self._found)
        self._draw()
        self.say("")

    @on(Button.Pressed, "#empty")
    def action_empty(self) -> None:
        """Hide those that hold nothing in any row."""
        self.say("Reading all rows…")
        self._hide_empty()

    @work(group="columns", exclusive=True, exit_on_error=False)
    async def _hide_empty(self) -> None:
        try:
            empty = await in_thread(lambda: self._find_empty(lambda: self._done))
        except Exception as error:  # the application outlives records that can't be read
            self.say(messages.error_in_words(error))
            return
        if empty is None or self._done:
            return
        self._empty = empty
        self._hidden |= empty
        self._draw()
        what, verb = counted(len(empty), "column"), "is" if len(empty) == 1 else "are"
        self.say(f"{what} {verb} empty and hidden." if empty else "No column is empty.")

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Hide what isn't ticked; a table without columns would be nothing to look at."""
        if len(self._hidden) == len(self._columns):
            self.say("Show at least one column.", Severity.BAD, lasting=False)
            return
        self._done = True
        self.dismiss((self._hidden, frozenset(self._hidden & self._empty - self._before)))
