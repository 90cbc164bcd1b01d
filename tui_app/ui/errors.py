"""Errors: what, why, how often, what to do. Groups, not a log."""

from __future__ import annotations

from rich.console import Group, RenderableType
from rich.table import Table
from rich.text import Text
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widgets import Static

from . import text
from .problems import ProblemGroup, Problems
from .theme import inks

EMPTY = "Nothing has gone wrong."


class ErrorsPanel(VerticalScroll, can_focus=True):
    """The panel of errors."""

    BORDER_TITLE = "Errors"

    def compose(self) -> ComposeResult:
        """One text: groups are few."""
        yield Static(EMPTY, id="problems", classes="empty", markup=False)

    def show(self, problems: Problems) -> None:
        """Draw these groups, those that lost something first."""
        body = self.query_one("#problems", Static)
        groups = problems.worst_first()
        body.set_class(not groups, "empty")
        self.border_subtitle = text.plural(problems.count, "failed attempt") if groups else ""
        body.update(Group(*(_drawn(group) for group in groups)) if groups else EMPTY)


def _drawn(group: ProblemGroup) -> RenderableType:
    """One group: a heading and three lines."""
    mark, colour = ("✗", inks().bad) if group.lost else ("↻", inks().fair)
    counts = [
        words
        for number, words in (
            (group.lost, f"{text.count(group.lost)} given up"),
            (group.retried, f"{text.count(group.retried)} tried again"),
        )
        if number
    ]
    heading = Text.assemble((f"{mark} {group.what}", f"bold {colour}"), f"  {', '.join(counts)}")
    more = group.count - len(group.examples)
    where = ", ".join(group.examples) + (f" and {text.count(more)} more" if more > 0 else "")
    lines = Table.grid(padding=(0, 2, 0, 0))
    lines.add_column(width=7, style=inks().quiet)
    lines.add_column(overflow="fold")
    for name, words in (
        ("  why", group.reason or group.what),
        ("  where", f"{where}, by {' and '.join(group.methods)}"),
        ("  do", group.advice),
    ):
        if words:
            lines.add_row(Text(name), Text(words))
    return Group(heading, lines, Text(""))
