"""Help: the topics of the documentation; first the one that fits the focus, below its keys."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import Any, ClassVar, Final

from markdown_it import MarkdownIt
from rich.cells import cell_len
from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Markdown, OptionList
from textual.widgets._markdown import MarkdownTable, MarkdownTableContent
from textual.widgets.option_list import Option

from tui_app.docs import ORDER, Topic, topic, topics

from .. import keys
from ..footer import keys_of_focus
from ..theme import QUIET
from . import Dialog

TOPICS: Final = {
    "OperationInput": "filters-and-operations",
    "SetupPanel": "fetching",
    "RequestsPanel": "comparing",
    "ChartPanel": "comparing",
    "RecordsPanel": "records",
    "#errors": "troubleshooting",
    "RequestsScreen": "comparing",
    "RecordScreen": "records",
    "HistoryScreen": "resume-and-cache",
    "PrimerScreen": "teachers",
    "Picker": "filters-and-operations",
    "FiltersDialog": "filters-and-operations",
    "ListDialog": "names",
    "MatchScreen": "names",
    "ColumnsDialog": "records",
    "CopyMenu": "records",
    "ExportDialog": "formats",
    "PlanDialog": "planning",
    "TokenDialog": "configuration",
    "LiveComparison": "comparing",
    "ResumeDialog": "resume-and-cache",
    "LineDialog": "resume-and-cache",
    "ChangesScreen": "resume-and-cache",
    "AgainstScreen": "comparing",
}
"""The topic of each place: a widget's class, or its id. Around others, the inner one counts."""
_FIRST: Final = "getting-started"
_ROOM_FOR_LIST: Final = 90
"""Columns from which on the list stands beside the page."""
_GAP: Final = 2
"""Cells between the columns of a table, as the style sheet has it."""
_WEB: Final = re.compile(r"\[([^\]]+)\]\((https?://[^)]+)\)")
_FENCE: Final = re.compile(r"^```.+$", re.MULTILINE)
_TABLES: Final = re.compile(r"<!-- tables -->.*<!-- end -->", re.DOTALL)
_LABELLED_KEY: Final = re.compile(r"([\w ]+) \(\*\*([^*]+)\*\*\)")


def topic_of_focus(screens: Sequence[Screen[Any]], *, compares: bool, replays: bool) -> str:
    """The topic of what has the focus; of a question, of what is below it.

    Args:
        screens: those that are open, the lowest first.
        compares: whether the form compares.
        replays: whether the panels show a replay.
    """
    for screen in reversed(screens):
        for node in (screen.focused or screen).ancestors_with_self:
            found = TOPICS.get(type(node).__name__) or TOPICS.get(f"#{node.id}")
            if found == "fetching" and compares:
                return "comparing"
            if found == "comparing" and replays:
                return "replay"
            if found:
                return found
    return _FIRST


def keys_here(screen: Screen[Any]) -> tuple[Binding, ...]:
    """The keys of what has the focus, and those of the screen where it isn't the main one."""
    here = [] if screen.focused is None else [*keys_of_focus(screen.focused)]
    for one in type(screen).BINDINGS:
        if isinstance(one, Binding) and one not in (*keys.BINDINGS, *here):
            here.append(one)
    return tuple(here)


def shared_widths(columns: Sequence[Sequence[str]], room: int) -> list[int]:
    """Widths for the columns of a table: the widest wrap first, and no word is cut.

    What is left is the last one's. They are wider than ``room`` where its words are.
    """
    widths = [max(map(cell_len, one)) for one in columns]
    words = [max(cell_len(word) for cell in one for word in ["", *cell.split()]) for one in columns]
    spare = room - sum(widths) - _GAP * (len(widths) - 1)
    while spare < 0 and widths != words:
        widest = max(range(len(widths)), key=lambda at: (widths[at] > words[at], widths[at]))
        widths[widest] -= 1
        spare += 1
    widths[-1] += max(0, spare)
    return widths


class HelpTable(MarkdownTable):
    """A table whose columns have the room that their texts need."""

    def compose(self) -> ComposeResult:
        """The table, with its widths: else they change once it is seen."""
        for table in super().compose():
            if isinstance(table, MarkdownTableContent):
                _share(table, self._markdown.content_size.width)
            yield table

    def on_resize(self) -> None:
        """Share the room there is now."""
        _share(self.query_one(MarkdownTableContent), self.size.width)


def _share(table: MarkdownTableContent, room: int) -> None:
    columns = zip(table.headers, *table.rows, strict=True)
    texts = [[cell.plain for cell in one] for one in columns]
    table.styles.grid_columns = tuple(map(str, shared_widths(texts, room)))


class HelpPage(Markdown):
    """A topic."""

    BLOCKS = {**Markdown.BLOCKS, "table_open": HelpTable}  # noqa: RUF012


class HelpScreen(Dialog[None]):
    """A list of the topics and one of them; where there is little room, one or the other.

    Args:
        first: the name of the topic that is shown at first.
        here: the keys that are shown above it.
    """

    BINDINGS: ClassVar[list[BindingType]] = list(keys.HELP_PAGE)
    AUTO_FOCUS = "#help-page"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (_ROOM_FOR_LIST, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012

    def __init__(self, first: str, here: Sequence[Binding] = ()) -> None:
        self._first, self._here = first, here
        self._wanted = self._shown = ""
        page = VerticalScroll(HelpPage(open_links=False, parser_factory=_parser), id="help-page")
        hint = "{help_other}: topics · {help_close}: close"
        super().__init__("Help", hint, Horizontal(OptionList(id="help-topics"), page), id="help")

    def on_mount(self) -> None:
        """List the topics; show that of the focus."""
        self.query_one(OptionList).add_options(Option(one.title, one.name) for one in topics())
        self.call_after_refresh(self.show, self._first)  # the page has its width then

    def on_resize(self) -> None:
        """Say what the topics answer where the list stands alone."""
        for one in topics():
            alone = self.size.width < _ROOM_FOR_LIST
            summary = (f"\n{one.summary}", QUIET) if alone else ""
            prompt = Content.assemble((one.title, "bold" * alone), summary)
            self.query_one(OptionList).replace_option_prompt(one.name, prompt)

    def show(self, name: str) -> None:
        """Show a topic, from its beginning."""
        self.query_one(OptionList).highlighted = ORDER.index(name)
        idle, self._wanted = self._wanted == self._shown, name
        if idle:
            self._draw()

    @work(group="help")
    async def _draw(self) -> None:
        """Draw the topic that is wanted; one that isn't any more by then is left out."""
        while (name := self._wanted) != self._shown:
            here = self._here if name == self._first else ()
            await self.query_one(Markdown).update(_in_application(topic(name), here))
            self.query_one("#help-page").scroll_to(0, 0, animate=False, immediate=True, force=True)
            self._frame.border_title = f"Help: {topic(name).title}"
            self._shown = name

    @on(OptionList.OptionHighlighted)
    def _looked_at(self, event: OptionList.OptionHighlighted) -> None:
        # After fast keys the list has moved on: going back to this one would move it for ever.
        if self.has_class("-wide") and event.option_index == event.option_list.highlighted:
            self.show(str(event.option_id))

    @on(OptionList.OptionSelected)
    def _chosen(self, event: OptionList.OptionSelected) -> None:
        self.show(str(event.option_id))
        self._turn_to("page")

    @on(Markdown.LinkClicked)
    def _followed(self, event: Markdown.LinkClicked) -> None:
        name = event.href.removesuffix(".md")
        if name in ORDER:
            self.show(name)

    def action_other(self) -> None:
        """From the page to the list, or back."""
        self._turn_to("topics" if self.query_one("#help-page").has_focus else "page")

    def _turn_to(self, part: str) -> None:
        self.set_class(part == "topics", "-choosing")
        self.query_one(OptionList).highlighted = ORDER.index(self._wanted)
        self.call_after_refresh(self.query_one(f"#help-{part}").focus)


def _parser() -> MarkdownIt:
    return MarkdownIt("commonmark").enable("table")  # addresses are no links


def _in_application(one: Topic, here: Sequence[Binding]) -> str:
    """A topic as the application shows it: keys are the user's own, addresses are written out."""
    text = _TABLES.sub(lambda _: key_tables(), one.text)
    text = _LABELLED_KEY.sub(_own_key, _WEB.sub(r"\1 (`\2`)", _FENCE.sub("```text", text)))
    if here:
        text = f"## Keys here\n\n{_table(here)}\n{text}"
    return text


def _own_key(found: re.Match[str]) -> str:
    label, key = found[1], found[2].replace("Ctrl+", "^")
    for table in keys.PLACES.values():
        for one in table:
            if label.endswith(one.description) and key in keys.names(one.key):
                # An action can have two bindings; own keys leave one of them without a key.
                same = (both for both in table if both.action == one.action)
                return f"{label} (**{keys.name_of(next(filter(keys.first_key, same), one))}**)"
    return found[0]


def key_tables() -> str:
    """All keys that have words, a table for each place, in Markdown."""
    parts = []
    for place, bindings in keys.PLACES.items():
        if told := [one for one in bindings if one.tooltip]:
            parts.append(f"\n## {place[0].upper()}{place[1:]}\n\n{_table(told, named=True)}")
    return "".join(parts)


def _table(bindings: Iterable[Binding], *, named: bool = False) -> str:
    rows: dict[tuple[str, str], tuple[list[str], str]] = {}
    for one in bindings:
        what = one.description, one.tooltip or one.description
        names, _ = rows.setdefault(what, ([], str(one.id)))
        names += keys.names(keys.of(one)) if keys.first_key(one) else []
    lines = ["| keys | does | name |", "|-|-|-|"] if named else ["| keys | does |", "|-|-|"]
    for (_, words), (names, name) in rows.items():
        together = ", ".join(names).replace("|", "&#124;")
        lines.append(f"| {together} | {words} |" + f" `{name}` |" * named)
    return "\n".join([*lines, ""])
