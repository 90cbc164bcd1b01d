"""The keys of the screen: each main action has a function or ctrl key and a letter.

Function keys alone won't do: VS Code's terminal keeps F1 and F5. Nor letters: a focused input
takes them. Never ctrl+h, i, j or m: terminals send them for backspace, tab and enter.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from textual.binding import Binding

RUN = Binding("f5,ctrl+r,r", "run", "Run", tooltip="Compare, or fetch: what Setup says", id="run")
STOP = Binding(
    "f8,ctrl+t,x", "stop", "Stop", tooltip="Stop the run; what arrived is kept", id="stop"
)
RESUME = Binding(
    "f9,u", "resume", "Resume", tooltip="Finish a fetch that was stopped or failed in part",
    id="resume",
)  # fmt: skip
SETUP = Binding("f2,ctrl+o,s", "setup", "Setup", tooltip="To the form, and back", id="setup")
PICK = Binding(
    "ctrl+l,o", "pick", "Operations", tooltip="All operations and their codes, to search", id="pick"
)
LEAVE = Binding("escape", "leave", "Panels", tooltip="From the form to the panels", id="leave")
NEXT = Binding("f3,ctrl+n", "turn(1)", "Panel", tooltip="The next panel", id="next_panel")
PREVIOUS = Binding("f4", "turn(-1)", "Back", tooltip="The previous panel", id="previous_panel")
# An input has ctrl+e for its end; the export is worth more.
EXPORT = Binding(
    "ctrl+e",
    "export",
    "Export",
    tooltip="Write records, the chart or a report",
    id="export",
    priority=True,
)
EXPORT_TOO = Binding("f6,e", "export", "Export", tooltip=EXPORT.tooltip, id="export_too")
FREEZE = Binding(
    "f7,space", "freeze", "Freeze", tooltip="Hold the picture still; the run goes on", id="freeze"
)
HELP = Binding("f1,ctrl+g,question_mark", "help", "Help", tooltip="Keys, panels, words", id="help")
HISTORY_KEY = Binding(
    "ctrl+y,h", "history", "History", tooltip="Past runs: open, resume, export", id="history"
)
LEARN = Binding("ctrl+k,l", "learn", "Learn", tooltip="The primer: five lessons, live", id="learn")
ZOOM = Binding(
    "ctrl+u,z", "zoom", "Zoom", tooltip="One panel on all of the screen, and back", id="zoom"
)
PLAN = Binding("f10,p", "plan", "Plan", tooltip="What it would take, by each method", id="plan")
TABLE = Binding("b", "table", "Table", tooltip="The requests as a table", id="table")
TOKEN = Binding(
    "ctrl+s,t", "token", "Token", tooltip="Add your token: it is tried, then kept", id="token"
)
PANELS: Final = [
    Binding(str(number), f"panel('{name}')", name.capitalize(), tooltip=words, id=name)
    for number, name, words in (
        (1, "requests", "Requests: a row a request, live"),
        (2, "chart", "Chart: execution time against number of pages"),
        (3, "records", "Records: the rows that arrived"),
        (4, "errors", "Errors: what went wrong, in groups"),
    )
]
PALETTE = Binding("ctrl+p", "app.command_palette", "Commands", tooltip="All commands by name")
QUIT = Binding(
    "ctrl+q", "app.quit", "Quit", tooltip="Leave; a run is stopped, what arrived is kept", id="quit"
)

BINDINGS: Final = [
    RUN, STOP, RESUME, HISTORY_KEY, SETUP, PICK, LEAVE, NEXT, PREVIOUS, EXPORT, EXPORT_TOO, FREEZE,
    LEARN, TOKEN, ZOOM, TABLE, PLAN,
    *PANELS, HELP,
]  # fmt: skip
"""Those of the screen; the last two are the application's."""

HINTS: Final = [
    RUN, STOP, RESUME, SETUP, PICK, NEXT, EXPORT, HISTORY_KEY, LEARN, HELP, PALETTE, QUIT,
]  # fmt: skip
"""Those on the last line."""

CHARTS: Final = [
    Binding("right_square_bracket,right", "chart(1)", "Next", tooltip="The next chart",
            id="next_chart"),
    Binding("left_square_bracket,left", "chart(-1)", "Previous", tooltip="The chart before",
            id="previous_chart"),
    Binding("down", "scroll_text(1)", "Down", tooltip="The reasons further down",
            id="chart_down"),
    Binding("up", "scroll_text(-1)", "Up", tooltip="The reasons further up", id="chart_up"),
]  # fmt: skip
"""Those of the charts, while they have the focus."""

RECORDS: Final = [
    Binding("enter", "open", "Open", tooltip="The record under the cursor, in full",
            id="records_open"),
    Binding("slash", "find", "Find", tooltip="Search the rows; column:text searches one column",
            id="records_find"),
    Binding("s", "sort", "Sort", tooltip="By the column under the cursor; again the other way",
            id="records_sort"),
    Binding("f", "filter", "Filter", tooltip="Only rows with what is under the cursor",
            id="records_filter"),
    Binding("c", "columns", "Columns", tooltip="Hide and show columns", id="records_columns"),
    Binding("escape", "back", "Clear", tooltip="The search, then the sorting", id="records_back"),
]  # fmt: skip
"""Those of the records, while they have the focus."""

REQUEST_TABLE: Final = [
    Binding("escape,b", "close", "Back", tooltip="Back to the panels", id="requests_back"),
]
"""Those of the requests as a table, besides those of the records."""

RECORD: Final = [
    Binding("escape", "close", "Back", tooltip="Back to the table", id="record_back"),
    Binding("n", "step(1)", "Next", tooltip="The next record", id="record_next"),
    Binding("p", "step(-1)", "Previous", tooltip="The record before", id="record_previous"),
    Binding("right,tab", "turn(1)", "Tab", tooltip="The next tab", id="record_tab"),
    Binding("left,shift+tab", "turn(-1)", "Tab", tooltip="The tab before", id="record_tab_back"),
    Binding("o", "open", "Open page", tooltip="Its page of the Red List, in the browser",
            id="record_open"),
]  # fmt: skip
"""Those of a record in full."""

HISTORY: Final = [
    Binding("enter", "show", "Open", tooltip="Its requests, records and errors in the panels",
            id="history_open"),
    Binding("u,f9", "resume", "Resume", tooltip="Finish it, by any method", id="history_resume"),
    Binding("e,ctrl+e", "export", "Export", tooltip="Write its records to a file",
            id="history_export"),
    Binding("p", "replay", "Replay", id="history_replay",
            tooltip="Compare on its pages, as slow as they came; nobody is asked"),
    Binding("space", "mark", "Mark", tooltip="Mark it, or not any more", id="history_mark"),
    Binding("c", "compare", "Compare", tooltip="The marked runs on one chart",
            id="history_compare"),
    Binding("n", "rename", "Name", tooltip="Call it something", id="history_name"),
    Binding("t", "annotate", "Note", tooltip="Say something of it", id="history_note"),
    Binding("d,delete", "delete", "Delete", tooltip="Take it away; z takes it back",
            id="history_delete"),
    Binding("z,ctrl+z", "undelete", "Undo", tooltip="Take back the run that was deleted last",
            id="history_undo"),
    Binding("a", "comparisons", "All", tooltip="Those of comparisons as well, or not",
            id="history_all"),
    Binding("r,f5", "refresh", "Refresh", tooltip="Read them again", id="history_refresh"),
    Binding("escape,h,ctrl+y", "close", "Back", tooltip="Back to the panels", id="history_back"),
]  # fmt: skip
"""Those of History."""

PRIMER: Final = [
    Binding("enter,r,f5", "run", "Run", tooltip="Run the lines that are shown", id="primer_run"),
    Binding("x,f8,ctrl+t", "stop", "Stop", tooltip="Stop the lesson", id="primer_stop"),
    Binding("right,n", "turn(1)", "Next", tooltip="The next lesson", id="primer_next"),
    Binding("left,p", "turn(-1)", "Previous", tooltip="The lesson before", id="primer_previous"),
    Binding("plus,equals_sign", "speed(1)", "Faster", tooltip="Counting goes faster",
            id="primer_faster"),
    Binding("minus", "speed(-1)", "Slower", tooltip="Counting goes slower", id="primer_slower"),
    Binding("escape,l,ctrl+k", "close", "Back", tooltip="Stop, and back to the panels",
            id="primer_back"),
]  # fmt: skip
"""Those of the primer."""

LESSONS: Final = [
    Binding(str(place + 1), f"show({place})", f"Lesson {place + 1}", id=f"lesson_{place + 1}")
    for place in range(5)
]
"""Those of its lessons, whose numbers are to be seen there."""


_NAMES: Final = {
    "question_mark": "?", "slash": "/", "space": "Space", "escape": "Esc", "enter": "Enter",
    "tab": "Tab", "shift+tab": "⇧Tab", "left": "←", "right": "→",
    "right_square_bracket": "]", "left_square_bracket": "[",
    "up": "↑", "down": "↓", "plus": "+", "equals_sign": "=", "minus": "−",
}  # fmt: skip


_own: dict[str, str] = {}
"""Keys of the user's own, by id. Set once, when the application starts."""


def use(own: Mapping[str, str]) -> None:
    """Show these keys from now on, by the ids of what they do."""
    _own.clear()
    _own.update(own)


def of(binding: Binding) -> str:
    """A binding's keys, with commas between them: the user's own where there are any."""
    return _own.get(binding.id or "", binding.key)


def names(keys: str) -> list[str]:
    """``f5,ctrl+r,r`` as it is written on keyboards: ``F5``, ``^R``, ``r``."""
    return [_name(key) for key in keys.split(",")]


def _name(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"^{key[5:].upper()}"
    if key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _NAMES.get(key, key)
