"""Help: keys, panels, and what the words mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import ClassVar, Final

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Static

from .. import keys
from ..theme import inks
from . import Dialog, frame

_ABOUT: Final[dict[str, tuple[tuple[str, str], ...]]] = {
    "setup": (
        ("Setup", "What {run} does: compare methods, or fetch. Tab goes from field to field, the "
                  "mouse explains each. Where there is no room it is a drawer, which {setup} "
                  "opens. How long it would take stands below, where kept answers tell."),
        ("Plan", "p has it as a table: by each method and with 1 to 16 in flight, with a range, "
                 "and what to set. Where nothing is kept it asks for three answers, if you agree."),
    ),
    "requests": (
        ("Requests", "A row a request: a bar of its phases, told apart by glyph as the legend "
                     "says. All bars share one scale, so lengths compare. Up and down, or the "
                     "mouse, look at one request: its phases in ms, its bytes, the server's own "
                     "time. ▸ marks the path of requests that made the run as long as it was. It "
                     "follows the newest; scroll to look back, and End follows again. b has "
                     "them as a table, to search and sort."),
        ("Bars", "Each method over all of its runs that count. p50 and p95 are percentiles of the "
                 "time on the network, from the start of an attempt to the end of its body."),
    ),
    "chart": (
        ("Chart", "Four of them, and why. Times: execution time against number of pages, the "
                  "median where runs were repeated, with a line from the least to the most; · the "
                  "ideal; beside it how many times as fast as one at a time. Throughput, latency "
                  "and what was in flight are of the run, or of each method's largest. Why: what "
                  "set the time of each method, in words and figures. ^E writes the one that is "
                  "shown as .svg or .png, with its data beside it; as .html or .md a report of the "
                  "comparison, to be shown or printed."),
    ),
    "records": (
        ("Records", "The rows of the run that brought the most. Arrows move the cursor to a row "
                    "and a column; a click on a heading sorts."),
    ),
    "errors": (("Errors", "Failures in groups: what, why, where, and what to do."),),
    "record": (
        ("Record", "One record in full: a tab for each of its lists, empty ones left out."),
    ),
    "history": (
        ("History", "The runs that are kept, newest first. Enter shows one as if it had just "
                    "ended, u fetches what is missing by any method, e writes it. p replays it: "
                    "the methods that Setup has are compared on its pages, each as slow as it "
                    "came, and nobody is asked for them. Marked runs "
                    "stand against each other on one chart. What is deleted comes back with z; it "
                    "is gone for good an hour later, at the next start. Of what failed, bars end "
                    "with the last step that is kept."),
    ),
    "primer": (
        ("Primer", "Lessons in waiting: each shows a few lines of code, runs them on the demo "
                   "server, and tells what it measured. Nothing of it is kept."),
    ),
}  # fmt: skip
"""What is to be said of each place, in their order."""

_KEYS: Final[dict[str, Sequence[Binding]]] = {
    "chart": keys.CHARTS,
    "records": keys.RECORDS,
    "record": keys.RECORD,
    "history": keys.HISTORY,
    "primer": keys.PRIMER,
}
"""Keys of a place's own."""

_WORDS: Final = (
    ("operations", "The API's own paths. ^L lists all of them with their codes, to search; + "
                   "collects several, which the form writes with ' + ' between them. Their union "
                   "has what any of them lists, their intersection only what all of them list."),
    ("species", "Stands for a list of names, and assessments for a list of ids: pasted, or read "
                "from a file."),
    ("filters", "Narrow the lists down; only those that all chosen operations take are sent."),
    ("details", "Every row's full assessment is fetched too: a request a row."),
    ("fresh", "What is kept is asked for again. Ticked for the demo server; a live one is spared: "
              "what is less than a day old is taken from what is kept. A comparison always asks."),
    ("ideal", "What the very same answers can't take less than: the longest of what the pace "
              "allows, what the answers take with so many in flight, what the link carries, and "
              "what Python needs for each. What a method takes beyond it is its own doing."),
    ("pace", "Requests started a second over the whole run. Off on the demo server; 2 on the live "
             "one, because IUCN asks for half a second between calls."),
    ("window", "Requests started in any so many seconds, those of other runs included. Off on the "
               "demo server; 90 in 120 s on the live one, which refuses more than about 100 (429). "
               "A run that is refused pauses, then continues at a lower rate."),
    ("retry", "A failed attempt is made again after a growing pause, or when the server says so. "
              "Sequential, threads and asyncio decide alike."),
    ("methods", "A comparison takes those that are ticked, a fetch the first of them. uvloop, an "
                "extra, is asyncio on a loop that is written in C; other packages may bring more, "
                "and README tells how."),
    ("threads", "Python runs one thread at a time. Threads win where there is waiting to do; on a "
                "server that answers at once they lose to one request after another."),
    ("warm-up", "A run beforehand that doesn't count, so that nobody pays for the others' start."),
)  # fmt: skip


class HelpScreen(Dialog[None]):
    """A page to read; the keys that opened it close it.

    Args:
        place: where the user is, whose keys and words come first.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.HELP_PAGE)

    def __init__(self, place: str = "") -> None:
        super().__init__()
        self._place = place

    def compose(self) -> ComposeResult:
        """One text, scrolled."""
        with frame("Help", id="help", scrolls=True):
            yield Static(_page(self._place), markup=False)


def _page(place: str) -> RenderableType:
    here = [place] if place in _ABOUT else []
    everywhere = ("Keys everywhere", _key_lines((*keys.BINDINGS, keys.PALETTE, keys.QUIT)))
    others = [_section(one) for one in _ABOUT if one not in here]
    parts: list[RenderableType] = []
    for title, entries in (*map(_section, here), everywhere, *others, ("Words", _WORDS)):
        grid = Table.grid(padding=(0, 2, 0, 0))
        grid.add_column(width=14, style="bold")
        grid.add_column()
        for name, words in entries:
            grid.add_row(Text(f"  {name}"), Text(words))
        parts += [Text(title, f"bold {inks().title}"), grid, Text("")]
    return Group(*parts[:-1])


def _section(place: str) -> tuple[str, tuple[tuple[str, str], ...]]:
    own = {"run": keys.name_of(keys.RUN), "setup": keys.name_of(keys.SETUP)}
    title = _title(place)
    about = ((("" if name == title else name), said.format(**own)) for name, said in _ABOUT[place])
    return title, (*about, *_key_lines(_KEYS.get(place, ())))


def _title(place: str) -> str:
    """The name of a place, as its frame has it."""
    return _ABOUT[place][0][0]


def _key_lines(bindings: Iterable[Binding]) -> tuple[tuple[str, str], ...]:
    by_action: dict[str, tuple[list[str], str]] = {}
    for one in bindings:
        names, _ = by_action.setdefault(one.action, ([], one.tooltip or ""))
        names += keys.names(keys.of(one))
    return tuple(("  ".join(names), words) for names, words in by_action.values())
