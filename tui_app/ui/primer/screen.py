"""The primer: the course, a lesson at a time, run when Enter is pressed, drawn while it runs."""

from __future__ import annotations

import asyncio
import inspect
import re
from collections.abc import Callable, Iterable, Sequence
from itertools import zip_longest
from time import monotonic
from typing import Any, ClassVar, Final

from textual import work
from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, Vertical, VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Static

from tui_app.fetch import Cancel
from tui_app.redlist.errors import RedListError

from .. import keys, messages
from ..background import in_thread
from ..dialogs import Place
from ..footer import KeyLine, Severity, StatusLine
from ..requests.panel import Legend
from .counting import COUNTING
from .fetching import METHODS_LESSON, PACE, READING, THREADS
from .figures import LATENCY, PREDICT
from .lesson import Lesson, LessonServer, Stopped, Trial
from .timeline import Pane, TimeLine

COURSE: Final[tuple[Lesson, ...]] = (
    *(READING, COUNTING, METHODS_LESSON, THREADS, PACE, LATENCY, PREDICT),
)
"""The lessons, in their order."""
MOST_PANES: Final = 4
BUSY: Final = (
    "A run is active, which would distort the times of the lesson. "
    "Stop it ({primer_back}, then {stop}) or wait for it, then press {primer_run}."
)
RUNNING: Final = "Running. {primer_stop}: stop."
_PATIENCE_S: Final = 0.8


def shown_source(functions: Iterable[Callable[..., Any]]) -> str:
    """The source of functions, one below another, without their docstrings.

    Where a program was installed without its source, a comment says so.
    """
    shown = []
    for function in functions:
        try:
            source = inspect.getsource(function)
        except (OSError, TypeError):
            source = f"# {function.__name__}: its source is not installed here."
        shown.append(re.sub(r'\n +""".*?"""', "", source, count=1, flags=re.DOTALL).rstrip())
    return "\n\n".join(shown)


class Entry(Static):
    """One lesson; a click shows it."""

    def __init__(self, place: int, lesson: Lesson) -> None:
        super().__init__(markup=False, classes="entry")
        self.place = place
        self._lesson = lesson
        self.tooltip = lesson.title

    def mark(self, *, shown: bool, done: bool) -> None:
        """Say whether it is the one that is shown, and whether it has been run."""
        self.set_class(shown, "-shown")
        number = ("▸" if shown else " ") + f"{self.place + 1} "
        name = (self._lesson.name, "underline" if shown else "")
        self.update(Content.assemble(number, name, " ✓" if done else "  "))

    async def on_click(self) -> None:
        """Show it."""
        await self.run_action(f"screen.show({self.place})")


class LessonPage(VerticalScroll, inherit_bindings=False):
    """Scrolled where it is longer than the screen; left and right are the lessons'."""

    BINDINGS: ClassVar[list[BindingType]] = list(keys.PRIMER_PAGE)

    def __init__(self, *, id: str) -> None:
        super().__init__(id=id)
        self._newest: int | None = None

    def compose(self) -> ComposeResult:
        """From the top down."""
        yield Static("", id="primer-words", markup=False)
        yield Static("", id="primer-code", markup=False)
        with Container(id="primer-picture"):
            for place in range(MOST_PANES):
                yield TimeLine(id=f"pane-{place}")
        yield Legend()

    def show(self, lesson: Lesson) -> None:
        """Show a lesson from its top; its picture follows."""
        words = Content.assemble((lesson.title, "bold $text-primary"), "\n", lesson.words)
        self.query_one("#primer-words", Static).update(words)
        code = highlight(shown_source(lesson.code), language="python")
        self.query_one("#primer-code", Static).update(code)
        self.query_one("#primer-picture").set_class(lesson.abreast, "-abreast")
        self.query_one(Legend).set_class(lesson.abreast, "-used")
        self._newest = None
        self.scroll_home(animate=False, force=True)

    def begin(self) -> None:
        """The lesson begins: bring its picture into view."""
        self._newest = -1

    def draw(self, panes: Sequence[Pane]) -> None:
        """Draw a picture; the pane in which something has just begun is brought into view."""
        span_s = max((pane.span_s for pane in panes), default=0.0)
        for line, pane in zip_longest(self.query(TimeLine), panes):
            line.set_class(pane is not None, "-used")
            if pane is not None:
                line.show(pane, span_s)
        newest = max((place for place, pane in enumerate(panes) if pane.span_s), default=0)
        if self._newest is not None and newest > self._newest:
            self._newest = newest
            self.call_after_refresh(self._bring)

    def on_resize(self) -> None:
        """What is said at the end takes lines from the page."""
        self.call_after_refresh(self._bring)

    def _bring(self) -> None:
        if self._newest is not None:
            newest = self.query_one(f"#pane-{max(0, self._newest)}")
            self.scroll_to_widget(newest, animate=False, force=True)


class PrimerScreen(Place[None]):
    """Lessons, live on a demo server of the primer's own. Nothing of them is kept.

    While a job is active (``busy``), nothing can be measured.
    """

    CSS_PATH = "primer.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*keys.PRIMER, *keys.LESSONS, keys.HELP]
    AUTO_FOCUS = "#primer-page"

    def __init__(
        self,
        busy: Callable[[], bool],
        clock: Callable[[], float] = monotonic,
        lessons: Sequence[Lesson] = COURSE,
    ) -> None:
        super().__init__()
        self.server = LessonServer()
        self._busy = busy
        self._clock = clock
        self._lessons = lessons
        self._place = 0
        self._dials = {one.dial.name: one.dial.first for one in lessons if one.dial is not None}
        self._cancel = Cancel()
        self._trial: Trial | None = None
        self._one_at_a_time = asyncio.Lock()
        self._told: dict[int, tuple[Trial, str]] = {}

    def compose(self) -> ComposeResult:
        """A heading, the lessons, the one that is shown, what is to be said of it, keys."""
        yield Static("", id="primer-head", markup=False)
        with Container(id="primer-body"):
            with Container(id="primer-contents"):
                for place, lesson in enumerate(self._lessons):
                    yield Entry(place, lesson)
            with Vertical():
                yield LessonPage(id="primer-page")
                yield StatusLine(id="primer-status")
        *own, back = keys.PRIMER
        yield KeyLine(more=own, last=(back, keys.HELP), id="primer-keys")

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
        self.query_one(LessonPage).show(self.lesson)
        trial, said = self._told.get(place, (self._new_trial(), ""))
        self._draw(trial)
        mood = Severity.GOOD if said else Severity.PLAIN
        run = keys.key_name("primer_run")
        self._say(said or f"{run}: run this code.", mood)

    def _mark(self) -> None:
        by = "{primer_less} {primer_more}".format(**keys.key_names())
        dial = self.lesson.dial
        shown = "" if dial is None else f" · {dial.name} {self._dials[dial.name]:g}× ({by})"
        head = Content.assemble(
            ("Primer", "bold $text-primary"),
            " · ",
            ("DEMO (synthetic data)", "bold $text-accent"),
            f" · lesson {self._place + 1} of {len(self._lessons)}{shown}",
        )
        self.query_one("#primer-head", Static).update(head)
        for entry in self.query(Entry):
            entry.mark(shown=entry.place == self._place, done=entry.place in self._told)
        line, runs, fixed = self.query_one(KeyLine), bool(self._trial), dial is None
        idle = {"run": runs, "stop": not runs, "dial(1)": fixed, "dial(-1)": fixed}
        for action, is_idle in idle.items():
            line.idle(action, is_idle)

    def _new_trial(self) -> Trial:
        lesson = self.lesson
        dial = 1.0 if lesson.dial is None else self._dials[lesson.dial.name]
        return lesson.trial(lesson, self.server.open, self._cancel, dial)

    def _draw(self, trial: Trial) -> None:
        now = self._clock() if trial.ended is None else trial.ended
        self.query_one(LessonPage).draw(trial.picture(now))

    def _say(self, sentence: str, mood: Severity = Severity.PLAIN, *, lasting: bool = True) -> None:
        self.query_one(StatusLine).say(sentence, mood, lasting=lasting)

    # -- run -----------------------------------------------------------------------------

    def action_run(self) -> None:
        """Run the lesson."""
        if self._trial is not None and not self._cancel.is_set():
            return
        if self._busy():
            self._say(BUSY.format(**keys.key_names()), Severity.BAD, lasting=False)
            return
        self._cancel = Cancel()
        self._trial = self._new_trial()
        self._mark()
        self._carry(self._place, self._trial)

    @work(group="lesson", exit_on_error=False)
    async def _carry(self, place: int, trial: Trial) -> None:
        self.query_one(LessonPage).begin()
        timer = self.set_interval(trial.lesson.frame_s, self._tick)
        mood = Severity.BAD
        try:
            async with self._one_at_a_time:  # the one before may be stopping still
                await in_thread(trial.carry)
        except Stopped:
            run = keys.key_name("primer_run")
            said, mood = f"Stopped. {run}: run it again.", Severity.FAIR
        except RedListError as error:
            said = messages.error_in_words(error)
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
            goes_on = trial.stage or RUNNING.format(**keys.key_names())
            self._say("Stopping…" if self._cancel.is_set() else goes_on)
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
        page = self.query_one(LessonPage)
        if page.max_scroll_y:
            page.scroll_relative(y=step, animate=False)
        else:
            self.action_turn(step)

    def action_dial(self, step: int) -> None:
        """Set a higher or lower number, for the next time it is run."""
        dial = self.lesson.dial
        if dial is not None:
            place = dial.values.index(self._dials[dial.name]) + step
            self._dials[dial.name] = dial.values[max(0, min(place, len(dial.values) - 1))]
            self._mark()
