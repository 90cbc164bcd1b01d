"""The lines at the bottom: status and keys; and the same keys as commands of the palette.

Textual's Footer orders keys by what has the focus and is built anew whenever that changes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from enum import Enum
from functools import partial
from typing import Any, Final, Protocol

from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.containers import Horizontal
from textual.content import Content
from textual.timer import Timer
from textual.widgets import Static

from . import keys
from .text import clean


class Severity(Enum):
    """Of a sentence on the status line: a CSS class, and a mark for those without colour."""

    PLAIN = ""
    GOOD = "✓ "
    FAIR = "■ "
    BAD = "✗ "


_NOTHING: Final = ("", Severity.PLAIN, "")
PASSING_S: Final = 20.0
"""How long a refusal or a hint stays where no key is pressed."""


class Say(Protocol):
    """Writes on a status line."""

    def __call__(
        self, sentence: str, severity: Severity = Severity.PLAIN, *, lasting: bool = False
    ) -> None:
        """See :meth:`StatusLine.say`."""


class StatusLine(Static):
    """A sentence on what just happened; it grows to a few lines where it has to.

    A lasting one, such as the outcome of a run, stays until another takes its place. A passing one,
    such as a refusal, covers it until the next key that does something, or for ``PASSING_S``.
    """

    def __init__(self, *, id: str) -> None:
        super().__init__("", id=id, markup=False)
        self._lasting = self._passing = _NOTHING
        self._timer: Timer | None = None

    @property
    def sentence(self) -> str:
        """What it says."""
        return self._passing[0] or self._lasting[0]

    def say(
        self,
        sentence: str,
        severity: Severity = Severity.PLAIN,
        *,
        lasting: bool = True,
        whole: str = "",
    ) -> None:
        """Write a sentence: in place of all before, or above the lasting one for a while.

        An empty one removes the lasting one only. ``whole`` is the tooltip, if it is cut.
        """
        said = clean(sentence), severity, clean(whole)
        if lasting:
            self._lasting = said
        if sentence and lasting:
            self._passing = _NOTHING
        elif sentence:
            self._passing = said
            if self._timer is not None:
                self._timer.stop()
            self._timer = self.set_timer(PASSING_S, self.pass_on)
        self._draw()

    def pass_on(self, *, refusal: bool = False) -> None:
        """Remove what passes; or only a refusal."""
        if self._passing[0] and (not refusal or self._passing[1] is Severity.BAD):
            self._passing = _NOTHING
            self._draw()

    def end(self, sentence: str) -> None:
        """Remove a sentence, if it is still there: it does not hold any more."""
        if sentence and clean(sentence) == self._passing[0]:
            self.pass_on()
        elif sentence and clean(sentence) == self._lasting[0]:
            self._lasting = _NOTHING
            self._draw()

    def _draw(self) -> None:
        sentence, severity, whole = self._passing if self._passing[0] else self._lasting
        self.tooltip = whole or None
        for one in Severity:
            self.set_class(one is severity, f"-{one.name.lower()}")
        self.update(Content(f"{severity.value}{sentence}" if sentence else ""))


def say_below(app: App[Any], sentence: str, severity: Severity, *, whole: str = "") -> None:
    """Write on the main screen's status line, whatever is open above it."""
    for screen in app.screen_stack:
        for line in screen.query("#status").results(StatusLine):
            line.say(sentence, severity, whole=whole)


class KeyHint(Static):
    """A key and what it does; a click does it."""

    def __init__(self, binding: Binding) -> None:
        key = keys.name_of(binding)
        self.words = Content.assemble((key, "bold $text-primary"), f" {binding.description}")
        super().__init__(self.words, markup=False, classes=f"-{binding.id}")
        self.binding = binding
        if binding.tooltip:
            self.tooltip = binding.tooltip

    async def on_click(self) -> None:
        """Do it."""
        if not self.has_class("-idle"):
            await self.screen.run_action(self.binding.action)


class KeyLine(Horizontal):
    """A hint for each key that is worth a place."""

    def __init__(self, bindings: Iterable[Binding], *, id: str) -> None:
        super().__init__(*map(KeyHint, bindings), id=id)

    def on_resize(self) -> None:
        """A hint that would be cut off is left out."""
        self.call_after_refresh(self._leave_out)  # styles that hide some are applied first

    def _leave_out(self) -> None:
        used = 0
        for hint in self.query(KeyHint):
            used += hint.words.cell_length if hint.display else 0
            hint.visible = used <= self.content_size.width
            used += hint.styles.margin.right if hint.display else 0

    def idle(self, action: str, idle: bool) -> None:
        """Dim the hint of an action that would do nothing now."""
        for hint in self.query(KeyHint):
            if hint.binding.action == action:
                hint.set_class(idle, "-idle")


class ScreenCommands(Provider):
    """The commands of a screen other than the main one: its keys, by name."""

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        for binding in type(self.screen).BINDINGS:
            if isinstance(binding, Binding):
                act = partial(self.screen.run_action, binding.action)
                yield binding.description, binding.tooltip, act

    async def discover(self) -> Hits:
        """All of them."""
        for title, words, act in self._all():
            yield DiscoveryHit(title, act, help=words)

    async def search(self, query: str) -> Hits:
        """Those that match."""
        matcher = self.matcher(query)
        for title, words, act in self._all():
            if score := matcher.match(title):
                yield Hit(score, matcher.highlight(title), act, help=words)
