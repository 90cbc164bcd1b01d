"""Short questions: yes or no, one line of text, a method, columns to show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static

from tui_app.methods import usable_methods
from tui_app.redlist.rate_limit import pace_in_words, spread_s
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW

from .. import keys, messages, text
from ..background import in_thread
from ..screenrequest import ScreenRequest
from ..theme import QUIET, look_of
from . import Dialog, button_row, cancel_button, frame, result_line

FindEmpty = Callable[[Callable[[], bool]], frozenset[str] | None]
"""Names the columns without a value, or None where the callable it is given said to halt."""


class Confirm(Dialog[bool]):
    """Asks; gives True for yes. The default answer is no.

    Args:
        question: what to consider.
        yes: the label of the button that goes on.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CONFIRM)
    AUTO_FOCUS = "#no"

    def __init__(self, question: str, yes: str) -> None:
        super().__init__()
        self._question = question
        self._yes = yes

    def compose(self) -> ComposeResult:
        """The question and two buttons."""
        with frame("Really?", ""):
            yield Static(self._question, markup=False)
            yield button_row(
                Button("No", id="no", variant="primary"),
                Button(self._yes, id="yes"),
            )

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")


def hasty_question(request: ScreenRequest) -> str:
    """What to consider before a real server is asked faster than its guidance permits."""
    return (
        f"This asks {request.server} faster than the "
        f"{pace_in_words(COURTEOUS_RATE, COURTEOUS_WINDOW)} that the API permits "
        f"({request.pace}). A token can be limited or revoked for it."
    )


def live_question(request: ScreenRequest) -> str:
    """What to consider before comparing on a real server."""
    from tui_app.compare.forecast import duration

    settings = request.settings
    least_s = spread_s(request.requests, settings.effective_rate(), settings.effective_window())
    least = f", {duration(least_s)} or more" if least_s else ""
    return (
        f"This makes {text.count(request.requests)} requests to {request.server}, "
        f"{request.pace}{least}. Benchmarks do not belong on the live Red List: "
        "the demo server answers the same questions."
    )


class LineDialog(Dialog[str | None]):
    """Gives what was written, which may be nothing; None where it was left.

    Args:
        title: what is written.
        words: of what.
        value: what is there now.
        longest: at most so many characters.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LINE)
    AUTO_FOCUS = "#line"

    def __init__(self, title: str, words: str, value: str, longest: int) -> None:
        super().__init__()
        self._title = title
        self._words = words
        self._value = value
        self._longest = longest

    def compose(self) -> ComposeResult:
        """What it is for, the line, two buttons."""
        with frame(self._title, "Enter keeps it · empty takes it away · Esc cancels"):
            yield Static(text.clean(self._words), markup=False, classes="dialog-what")
            yield Input(self._value, id="line", max_length=self._longest)
            yield button_row(Button("Keep", id="line-keep", variant="primary"), cancel_button())

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
        super().__init__()
        self._what = what
        self._method = method
        self._methods = list(usable_methods())

    def compose(self) -> ComposeResult:
        """The run, a line a method, two buttons."""
        with frame("Resume", "↑ ↓ choose the method · Enter resumes · Esc cancels"):
            words = f"{self._what}. Only what is missing is asked for, at the run's own pace."
            yield Static(text.clean(words), markup=False, classes="dialog-what")
            yield OptionList(*map(self._option, self._methods), id="resume-methods", compact=True)
            yield button_row(Button("Resume", id="resume-go", variant="primary"), cancel_button())

    def _option(self, method: str) -> Content:
        look = look_of(method)
        before = "  as before" if method == self._method else ""
        return Content.assemble((f"{look.marker} ", look.colour), method, (before, QUIET))

    def on_mount(self) -> None:
        """Begin with the run's own method."""
        known = self._method in self._methods
        place = self._methods.index(self._method) if known else 0
        self.query_one(OptionList).highlighted = place

    @on(OptionList.OptionSelected)
    @on(Button.Pressed, "#resume-go")
    def action_go(self) -> None:
        """Leave with the method that is highlighted."""
        place = self.query_one(OptionList).highlighted
        self.dismiss(self._methods[place or 0])


class ColumnsDialog(Dialog[tuple[set[str], frozenset[str]]]):
    """A tick a column. Gives the names of those to hide, and which of them as empty ones.

    Args:
        columns: their names, in their order.
        hidden: those that are hidden now, and perhaps others.
        find_empty: finds those without a value; reads all rows, so it is called in a thread.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COLUMNS)
    AUTO_FOCUS = "#columns"

    def __init__(
        self, columns: Sequence[str], hidden: Collection[str], find_empty: FindEmpty
    ) -> None:
        super().__init__()
        self._columns = columns
        self._before = {name for name in columns if name in hidden}
        self._hidden = set(self._before)
        self._find_empty = find_empty
        self._empty: frozenset[str] = frozenset()
        self._done = False

    def compose(self) -> ComposeResult:
        """The list, and what can be done to all of it."""
        with frame("Columns", "Space hides and shows · Esc closes"):
            yield OptionList(*map(self._option, self._columns), id="columns", compact=True)
            yield result_line("columns-note")
            yield button_row(
                Button("Show all (a)", id="all"),
                Button("Hide empty (e)", id="empty"),
                Button("Close", id="close", variant="primary"),
            )

    def _option(self, name: str) -> Content:
        # A mark that is told without colour, unlike a SelectionList's.
        mark = "[ ]" if name in self._hidden else "[x]"
        return Content(f"{mark} {text.clean(name[:80])}")

    def _draw(self) -> None:
        shown = self.query_one(OptionList)
        for place, name in enumerate(self._columns):
            shown.replace_option_prompt_at_index(place, self._option(name))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self._hidden ^= {self._columns[event.option_index]}
        self._draw()

    def action_tick(self) -> None:
        """Hide or show the column under the cursor."""
        self.query_one(OptionList).action_select()

    @on(Button.Pressed, "#all")
    def action_all(self) -> None:
        """Show every column."""
        self._hidden.clear()
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
        verb = "is" if len(empty) == 1 else "are"
        self.say(
            f"{text.plural(len(empty), 'column')} {verb} empty and hidden."
            if empty
            else "No column is empty."
        )

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Hide what isn't ticked; a table without columns would be nothing to look at."""
        if len(self._hidden) == len(self._columns):
            self.say("Tick a column at least.")
            return
        self._done = True
        self.dismiss((self._hidden, frozenset(self._hidden & self._empty - self._before)))
