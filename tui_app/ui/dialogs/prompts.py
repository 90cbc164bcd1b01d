"""Short questions: yes or no, one line of text, a method, columns to show."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from typing import ClassVar

from textual import on, work
from textual.binding import BindingType
from textual.content import Content
from textual.widgets import Button, Input, OptionList, Static

from tui_app.methods import usable_methods
from tui_app.redlist.rate_limit import pace_in_words, spread_s
from tui_app.redlist.text import counted
from tui_app.settings import COURTEOUS_RATE, COURTEOUS_WINDOW

from .. import keys, messages, text
from ..background import in_thread
from ..footer import Severity
from ..screenrequest import ScreenRequest
from ..theme import QUIET, look_of
from . import Dialog, button_row, cancel_button, result_line

FindEmpty = Callable[[Callable[[], bool]], frozenset[str] | None]
"""Names the columns without a value; None where the callable it is given said to halt. Blocks."""


class Confirm(Dialog[bool]):
    """Asks; gives True for yes. The default answer is no."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.CONFIRM)
    AUTO_FOCUS = "#no"

    def __init__(self, question: str, yes: str) -> None:
        buttons = button_row(Button("No", id="no", variant="primary"), Button(yes, id="yes"))
        super().__init__("Really?", "", Static(question, markup=False), buttons)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer."""
        self.dismiss(event.button.id == "yes")


def question_before(request: ScreenRequest) -> Confirm | None:
    """What the user has to agree to before a real server is requested; None where nothing."""
    if request.kind == "compare" and request.live:
        return Confirm(live_question(request), "Compare")
    return Confirm(hasty_question(request), "Fetch") if request.hasty else None


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
    """Gives what was written, at most ``longest`` characters, or none; None where it was left."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.LINE)
    AUTO_FOCUS = "#line"

    def __init__(self, title: str, words: str, value: str, longest: int) -> None:
        super().__init__(
            title,
            "Enter keeps it · empty takes it away · Esc cancels",
            Input(value, id="line", max_length=longest),
            button_row(Button("Keep", id="line-keep", variant="primary"), cancel_button()),
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
            "↑ ↓ choose the method · Enter resumes · Esc cancels",
            shown,
            button_row(Button("Resume", id="resume-go", variant="primary"), cancel_button()),
            what=f"{what}. Only what is missing is asked for, at the run's own pace.",
        )

    @on(OptionList.OptionSelected)
    @on(Button.Pressed, "#resume-go")
    def action_go(self) -> None:
        """Leave with the method that is highlighted."""
        self.dismiss(self._methods[self.query_one(OptionList).highlighted or 0])


class ColumnsDialog(Dialog[tuple[set[str], frozenset[str]]]):
    """A tick a column. Gives the names of those to hide, and which of them as empty ones.

    What is hidden now may name other columns, too.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.COLUMNS)
    AUTO_FOCUS = "#columns"

    def __init__(
        self, columns: Sequence[str], hidden: Collection[str], find_empty: FindEmpty
    ) -> None:
        self._columns = columns
        self._before = {name for name in columns if name in hidden}
        self._hidden = set(self._before)
        self._find_empty = find_empty
        self._empty: frozenset[str] = frozenset()
        self._done = False
        super().__init__(
            "Columns",
            "Space hides and shows · Esc closes",
            OptionList(*map(self._option, columns), id="columns", compact=True),
            result_line("columns-note"),
            button_row(
                Button("Show all (a)", id="all"),
                Button("Hide empty (e)", id="empty"),
                Button("Close", id="close", variant="primary"),
            ),
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
        what, verb = counted(len(empty), "column"), "is" if len(empty) == 1 else "are"
        self.say(f"{what} {verb} empty and hidden." if empty else "No column is empty.")

    @on(Button.Pressed, "#close")
    def action_close(self) -> None:
        """Hide what isn't ticked; a table without columns would be nothing to look at."""
        if len(self._hidden) == len(self._columns):
            self.say("Show one column at least.", Severity.BAD, lasting=False)
            return
        self._done = True
        self.dismiss((self._hidden, frozenset(self._hidden & self._empty - self._before)))
