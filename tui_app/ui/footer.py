"""The lines at the bottom: status and keys; and the same keys as commands of the palette.

Textual's Footer is built anew whenever the focus changes, and cuts off what has no room.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from enum import Enum
from functools import partial
from itertools import accumulate
from operator import itemgetter
from typing import Any, Final, NamedTuple, Protocol

from rich.cells import cell_len
from textual.app import App
from textual.binding import Binding
from textual.command import DiscoveryHit, Hit, Hits, Provider
from textual.content import Content
from textual.dom import DOMNode
from textual.events import Click, MouseEvent, MouseMove
from textual.reactive import reactive
from textual.timer import Timer
from textual.widget import Widget
from textual.widgets import Input, Static, TextArea

from . import keys
from .text import clean


class Severity(Enum):
    """Of a sentence on the status line: a CSS class, and a mark for those without colour."""

    PLAIN = ""
    GOOD = "✓ "
    FAIR = "■ "
    BAD = "✗ "


_NOTHING: Final = ("", Severity.PLAIN, "")
FAINT: Final = "$foreground 45%"
_IDLE: Final = 9
"""The rank of a hint that would do nothing."""
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


def keys_of_focus(focused: Widget) -> tuple[Binding, ...]:
    """The keys of a widget and of those around it, without the screen's."""
    here: list[object] = []
    for node in focused.ancestors_with_self:
        if node is focused.screen:
            break
        here += getattr(node, "HINTS", node.BINDINGS)
    return tuple(one for one in here if keys.is_told(one))


class KeyHint(NamedTuple):
    """A key and what it does; or two that do alike, such as ``← → Chart``."""

    bindings: tuple[Binding, ...]
    names: tuple[str, ...]  # their keys, as written on keyboards
    label: str

    @property
    def length(self) -> int:
        """Cells that it takes."""
        return cell_len(" ".join((*self.names, self.label)))


class Placed(NamedTuple):
    """A hint and the column at which it begins; what stands between it and the one before."""

    hint: KeyHint
    column: int
    gap: str


def hints_of(bindings: Iterable[Binding], *, typing: bool = False) -> list[KeyHint]:
    """A hint a binding; neighbours of one label are one.

    Left out are keys and labels that came before, and while ``typing`` the keys that are typed.
    """
    found: list[KeyHint] = []
    taken: set[str] = set()
    for one in bindings:
        key, label = keys.first_key(one, typing=typing), one.description
        again = label in taken and found[-1].label != label
        if not key or key in taken or again:
            continue
        taken |= {key, label}
        name = keys.names(key)[0]
        if found and found[-1].label == label:
            before = found.pop()
            both = (*before.bindings, one), (*before.names, name)
            found.append(KeyHint(*both, label))
        else:
            found.append(KeyHint((one,), (name,), label))
    return found


def placed_hints(groups: Sequence[Sequence[tuple[int, KeyHint]]], width: int) -> list[Placed]:
    """As many hints as there is room for, in their order.

    Args:
        groups: hints that belong together on the line, each with its rank: those of the highest
            are left out first, and of one rank the last.
        width: cells.
    """
    ranked = sorted(
        (rank, group, place)
        for group, some in enumerate(groups)
        for place, (rank, _) in enumerate(some)
    )
    for count in range(len(ranked), 0, -1):
        placed: list[Placed] = []
        column, before = 0, -1
        for group, place in sorted(one[1:] for one in ranked[:count]):
            gap = "" if before < 0 else "  " if before == group else " │ "
            hint, before = groups[group][place][1], group
            placed.append(Placed(hint, column + len(gap), gap))
            column += len(gap) + hint.length
        if column <= width:
            return placed
    return []


class KeyLine(Widget):
    """Keys and what they do, in one line; a click does it. As many as there is room for.

    Args:
        bindings: at the left; ``last``: at the right. They stay longest.
        more: between them, where there is room.
        follows: whether the keys of the widget that has the focus come before ``more``.
    """

    hovered: reactive[KeyHint | None] = reactive(None)
    """The hint under the mouse."""

    def __init__(
        self,
        bindings: Iterable[Binding] = (),
        *,
        id: str,
        last: Iterable[Binding] = (),
        more: Iterable[Binding] = (),
        follows: bool = False,
    ) -> None:
        super().__init__(id=id)
        self._first, self._last, self._more = tuple(bindings), tuple(last), tuple(more)
        self._follows = follows
        self._here: tuple[Binding, ...] = ()
        self._typing = False
        self._idle: set[str] = set()
        self._hidden: set[str] = set()
        self._labels: dict[str, str] = {}

    def on_mount(self) -> None:
        """Watch what has the focus."""
        if self._follows:
            self.watch(self.screen, "focused", self._follow)

    def _follow(self, focused: Widget | None) -> None:
        if focused is None:  # for a moment, or as the screen is left
            return
        typing = isinstance(focused, Input | TextArea)
        found = keys_of_focus(focused)
        if (found, typing) != (self._here, self._typing):
            self._here, self._typing = found, typing
            self.refresh()

    @property
    def shown(self) -> list[Placed]:
        """What is on the line."""
        groups: list[list[tuple[int, KeyHint]]] = []
        labels: set[str] = set()
        for rank, bindings, typing in (
            (0, self._first, False),
            (2, self._here, self._typing),
            (3, self._more, self._typing),
            (1, self._last, False),
        ):
            now = (one for one in bindings if one.action not in self._hidden)
            hints = hints_of(map(self._labelled, now), typing=typing)
            hints = [one for one in hints if one.label not in labels]
            labels.update(one.label for one in hints)
            groups.append([(_IDLE if self._rests(one) else rank, one) for one in hints])
        return placed_hints(groups, self.content_size.width)

    def _rests(self, hint: KeyHint) -> bool:
        return hint.bindings[0].action in self._idle

    def _labelled(self, binding: Binding) -> Binding:
        label = self._labels.get(binding.action)
        return binding if label is None else replace(binding, description=label)

    def render(self) -> Content:
        """The hints."""
        parts: list[tuple[str, str]] = []
        for hint, _, gap in self.shown:
            idle = self._rests(hint)
            over = " on $panel" if hint == self.hovered and not idle else ""
            parts += [
                (gap, FAINT),
                (" ".join(hint.names), FAINT if idle else f"bold $text-primary{over}"),
                (f" {hint.label}", FAINT if idle else f"$foreground 75%{over}"),
            ]
        return Content.assemble(*parts)

    def idle(self, action: str, idle: bool) -> None:
        """Dim the hint of an action that would do nothing now; it is left out first."""
        _put(self._idle, action, idle)
        self.refresh()

    def hide(self, action: str, hidden: bool) -> None:
        """Leave out the hint of an action that is seldom possible, while it isn't."""
        _put(self._hidden, action, hidden)
        self.refresh()

    def relabel(self, action: str, label: str) -> None:
        """Call an action by what it does now."""
        self._labels[action] = label
        self.refresh()

    # -- the mouse -----------------------------------------------------------------------

    def _under(self, event: MouseEvent) -> tuple[KeyHint, Binding] | None:
        at = event.get_content_offset_capture(self).x
        for hint, column, _ in self.shown:
            if column <= at < column + hint.length:
                left_of = accumulate(cell_len(name) + 1 for name in hint.names)
                place = sum(at - column >= edge for edge in left_of)
                return hint, hint.bindings[min(place, len(hint.bindings) - 1)]
        return None

    def on_mouse_move(self, event: MouseMove) -> None:
        """Show what is under the mouse, and explain it."""
        under = self._under(event)
        self.hovered = under and under[0]
        words = under and under[1].tooltip
        if self.tooltip != words:
            self.tooltip = words

    def on_leave(self) -> None:
        """Nothing is under the mouse."""
        self.hovered = None

    async def on_click(self, event: Click) -> None:
        """Do it, where it would be done by the key: at what has the focus, or around that."""
        under = self._under(event)
        if under is None or under[1].action in self._idle:
            return
        binding, node = under[1], self.screen.focused or self.screen
        around = (one for one in node.ancestors_with_self if _has(one, binding))
        await self.app.run_action(binding.action, next(around, self.screen))


def _has(node: DOMNode, binding: Binding) -> bool:
    ours = (vars(one).get("BINDINGS", ()) for one in type(node).__mro__)
    return any(one.id == binding.id for some in ours for one in some if isinstance(one, Binding))


def _put(into: set[str], one: str, wanted: bool) -> None:
    (into.add if wanted else into.discard)(one)


_EXPLAINED: Final = 0.01
"""Less than a name that matches scores."""


class ScreenCommands(Provider):
    """The commands of a screen other than the main one: its keys, by name."""

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        found = [one for one in type(self.screen).BINDINGS if keys.is_told(one)]
        shared = Counter(one.description for one in found)
        for one in found:
            act = partial(self.screen.run_action, one.action)
            title = one.tooltip if shared[one.description] > 1 else one.description
            yield title, keys.words_with_key(one), act

    async def discover(self) -> Hits:
        """All of them."""
        for title, words, act in self._all():
            yield DiscoveryHit(title, act, help=words)

    async def search(self, query: str) -> Hits:
        """Those whose names match; after them, those whose explanation has what was typed."""
        matcher = self.matcher(query)
        for title, words, act in self._all():
            score = matcher.match(title) or _EXPLAINED * (query.casefold() in words.casefold())
            if score:
                yield Hit(score, matcher.highlight(title), act, help=words)


class MainCommands(ScreenCommands):
    """The commands of the application, by name."""

    def _all(self) -> Iterator[tuple[str, str, Any]]:
        every = self.app.get_system_commands(self.screen)
        for title, words, act, _ in sorted(every, key=itemgetter(0)):
            yield title, words, act
