"""A lesson's page: words, code, picture."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar, Final

from textual.app import ComposeResult
from textual.binding import BindingType
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.highlight import highlight
from textual.widgets import Static

from .. import keys
from ..requests.legend import Legend
from .lesson import Lesson
from .picture import Pane
from .snippet import source_of
from .timeline import TimeLine

MOST_PANES: Final = 3


class Page(VerticalScroll, inherit_bindings=False):
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
        code = highlight(source_of(lesson.code), language="python")
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
        lines = list(self.query(TimeLine))
        for place, line in enumerate(lines):
            line.set_class(place < len(panes), "-used")
            if place < len(panes):
                line.show(panes[place], span_s)
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
