"""The primer: a lesson at a time, run when Enter is pressed, drawn while it runs."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from time import monotonic
from typing import ClassVar, Final

from textual import on, work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.command import Provider
from textual.containers import Container, Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.timer import Timer
from textual.widgets import Static

from tui_app.fetch import Cancel
from tui_app.redlist.errors import RedListError

from .. import keys
from ..background import in_thread
from ..dialogs.help import HelpScreen
from ..footer import KeyHint, ScreenCommands, Severity, StatusLine
from .contents import Contents, Entry
from .course import COURSE
from .lesson import Desk, Lesson, Stopped, Trial
from .page import Page
from .server import Server

SPEEDS: Final = (1.0, 2.0, 4.0, 6.0, 8.0, 12.0, 24.0)
"""How many times as fast as told a lesson may go."""
BUSY: Final = (
    "A run goes on, and the numbers would be neither its own nor the lesson's. "
    "Esc, then F8 stops it; or wait for it, and Enter."
)
RUNNING: Final = "It runs; x stops it."
_PATIENCE_S: Final = 0.8


class PrimerScreen(Screen[None]):
    """Lessons, live on a demo server of the primer's own. Nothing of them is kept.

    Args:
        busy: whether a job goes on, beside which nothing can be measured.
        clock: monotonic seconds.
        lessons: those that are taught.

    Attributes:
        server: the demo server, while a lesson needs one.
    """

    CSS_PATH = "primer.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.PRIMER, *keys.LESSONS, keys.HELP]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {ScreenCommands}
    AUTO_FOCUS = "#primer-page"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    def __init__(
        self,
        busy: Callable[[], bool],
        clock: Callable[[], float] = monotonic,
        lessons: Sequence[Lesson] = COURSE,
    ) -> None:
        super().__init__()
        self.server = Server()
        self._busy = busy
        self._clock = clock
        self._lessons = lessons
        self._place = 0
        self._speed = 6.0
        self._cancel = Cancel()
        self._trial: Trial | None = None
        self._one_at_a_time = asyncio.Lock()
        self._told: dict[int, tuple[Trial, str]] = {}
        self._frames: Timer | None = None

    def compose(self) -> ComposeResult:
        """A heading, the lessons, the one that is shown, what is to be said of it, keys."""
        yield Static("", id="primer-head", markup=False)
        with Container(id="primer-body"):
            yield Contents(self._lessons, id="primer-contents")
            with Vertical():
                yield Page(id="primer-page")
                yield StatusLine(id="primer-status")
        with Horizontal(id="primer-keys"):
            for binding in (*keys.PRIMER, keys.HELP):
                yield KeyHint(binding)

    def on_mount(self) -> None:
        """The first lesson."""
        self._show(0)

    async def on_unmount(self) -> None:
        """Left, in whatever way: stop, and end the demo server."""
        self._cancel.set()
        closing = asyncio.ensure_future(in_thread(self.server.close))
        await asyncio.wait([closing], timeout=_PATIENCE_S)

    # -- shown ---------------------------------------------------------------------------

    @property
    def lesson(self) -> Lesson:
        """The one that is shown."""
        return self._lessons[self._place]

    def _show(self, place: int) -> None:
        self._place = place
        self._mark()
        self.query_one(Page).show(self.lesson)
        trial, said = self._told.get(place, (self._new_trial(), ""))
        self._draw(trial)
        if said:
            self._say(said, Severity.GOOD)
        else:
            self._say("Enter runs it: these very lines.")

    def _mark(self) -> None:
        speed = f" · speed {self._speed:g}× (+ −)" if self.lesson.has_speed else ""
        lesson = f"lesson {self._place + 1} of {len(self._lessons)}{speed}"
        head = Content.assemble(
            ("Primer", "bold $text-primary"),
            " · ",
            ("DEMO (synthetic data)", "bold $text-accent"),
            f" · {lesson}",
        )
        self.query_one("#primer-head", Static).update(head)
        self.query_one(Contents).mark(self._place, set(self._told))
        runs = self._trial is not None
        idle = {"run": runs, "stop": not runs}
        for hint in self.query(KeyHint):
            action = hint.binding.action
            no_speed = action.startswith("speed") and not self.lesson.has_speed
            hint.set_class(no_speed or idle.get(action, False), "-idle")

    def _new_trial(self) -> Trial:
        return self.lesson.begin(Desk(self.server.open, self._cancel, self._speed))

    def _draw(self, trial: Trial) -> None:
        now = self._clock() if trial.ended is None else trial.ended
        self.query_one(Page).draw(trial.picture(now))

    def _say(self, sentence: str, mood: Severity = Severity.PLAIN) -> None:
        self.query_one(StatusLine).say(sentence, mood)

    # -- run -----------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run the lesson."""
        if self._trial is not None and not self._cancel.is_set():
            return
        if self._busy():
            self._say(BUSY, Severity.BAD)
            return
        self._cancel = Cancel()
        self._trial = self._new_trial()
        self._mark()
        self._carry(self._place, self._trial)

    @work(group="lesson", exit_on_error=False)
    async def _carry(self, place: int, trial: Trial) -> None:
        self.query_one(Page).begin()
        timer = self.set_interval(trial.lesson.frame_s, self._tick)
        mood = Severity.BAD
        try:
            async with self._one_at_a_time:  # the one before may be stopping still
                await in_thread(trial.carry)
        except Stopped:
            said, mood = "Stopped. Enter runs it anew.", Severity.FAIR
        except RedListError as error:
            said = error.sentence()
        except Exception as error:  # the application outlives a lesson that fails
            said = str(error) or repr(error)
        else:
            said, mood = trial.said(), Severity.GOOD
        finally:
            timer.stop()
            trial.ended = self._clock()
            if self._trial is trial:
                self._trial = None
        if mood is Severity.GOOD:
            self._told[place] = trial, said
        if place == self._place and self._trial is None:
            self._draw(trial)
            self._say(said, mood)
        self._mark()

    def _tick(self) -> None:
        trial = self._trial
        if trial is not None and trial.lesson is self.lesson:
            self._say("Stopping…" if self._cancel.is_set() else trial.stage or RUNNING)
            self._draw(trial)

    def action_stop(self) -> None:
        """Stop the lesson that runs."""
        self._cancel.set()

    # -- keys ----------------------------------------------------------------------------

    def action_show(self, place: int) -> None:
        """Show a lesson; one that runs is stopped."""
        if 0 <= place < len(self._lessons) and place != self._place:
            self._cancel.set()
            self._show(place)

    def action_turn(self, step: int) -> None:
        """The next lesson, or the one before."""
        self.action_show((self._place + step) % len(self._lessons))

    def action_move(self, step: int) -> None:
        """Scroll a line; where there is nothing to scroll, to the next lesson."""
        page = self.query_one(Page)
        if page.max_scroll_y:
            page.scroll_relative(y=step, animate=False)
        else:
            self.action_turn(step)

    @on(Entry.Chosen)
    def _chosen(self, event: Entry.Chosen) -> None:
        self.action_show(event.place)

    def action_speed(self, step: int) -> None:
        """Go faster, or slower, from the next time on."""
        if self.lesson.has_speed:
            place = SPEEDS.index(self._speed) + step
            self._speed = SPEEDS[max(0, min(place, len(SPEEDS) - 1))]
            self._mark()

    def action_close(self) -> None:
        """Leave; what runs is stopped."""
        self._cancel.set()
        self.dismiss(None)

    def action_help(self) -> None:
        """Keys, panels, words."""
        self.app.push_screen(HelpScreen("primer"))
