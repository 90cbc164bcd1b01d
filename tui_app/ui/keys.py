"""The table of all keys: bindings, palette, help, footer and ``[keys]`` are made from it.

Each main action has a function or ctrl key and a letter. Function keys alone won't do: VS Code's
terminal keeps F1 and F5. Nor letters: a focused input takes them. Never ctrl+h, i, j or m:
terminals send them for backspace, tab and enter.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding
from textual.keys import Keys

PANELS: Final = ("requests", "chart", "records", "errors")
"""The panels, in their order."""


def _bind(
    name: str, key: str, action: str, label: str, words: str = "", *, first: bool = False
) -> Binding:
    """A row of the table.

    Args:
        name: by which ``[keys]`` changes it.
        key: its keys with commas between them.
        action: what it does.
        label: in the footer and the palette.
        words: in help, tooltips and the palette.
        first: whether it comes before what an input does with the key.
    """
    return Binding(key, action, label, tooltip=words, id=name, priority=first)


def _moves(place: str, *actions: str, keys: tuple[str, ...] = ()) -> tuple[Binding, ...]:
    """Up, down, a page up and down, to the first line and the last one."""
    keys = keys or ("up", "down", "pageup", "pagedown", "home,g", "end,G")
    names = ("up", "down", "page_up", "page_down", "first", "last")
    return tuple(
        _bind(f"{place}_{name}", key, action, name.capitalize().replace("_", " "))
        for name, key, action in zip(names, keys, actions, strict=True)
    )


RUN = _bind("run", "f5,ctrl+r,r", "run", "Run", "Compare, or fetch: what Setup says")
STOP = _bind("stop", "f8,ctrl+t,x", "stop", "Stop", "Stop the run; what arrived is kept")
RESUME = _bind(
    "resume", "f9,u", "resume", "Resume", "Finish a fetch that was stopped or failed in part"
)
HISTORY_KEY = _bind("history", "ctrl+y,h", "history", "History", "Past runs: open, resume, export")
SETUP = _bind("setup", "f2,ctrl+o,s", "setup", "Setup", "To the form, and back")
PICK = _bind("pick", "ctrl+l,o", "pick", "Operations", "All operations and their codes, to search")
LEAVE = _bind("leave", "escape", "leave", "Panels", "From the form to the panels")
NEXT = _bind("next_panel", "f3,ctrl+n", "turn(1)", "Panel", "The next panel")
PREVIOUS = _bind("previous_panel", "f4", "turn(-1)", "Back", "The previous panel")
# An input has ctrl+e for its end; the export is worth more.
EXPORT = _bind(
    "export", "ctrl+e", "export", "Export", "Write records, the chart or a report", first=True
)
EXPORT_TOO = _bind("export_too", "f6,e", "export", "Export", EXPORT.tooltip)
FREEZE = _bind("freeze", "f7,space", "freeze", "Freeze", "Hold the picture still; the run goes on")
LEARN = _bind("learn", "ctrl+k,l", "learn", "Learn", "The primer: five lessons, live")
TOKEN = _bind("token", "ctrl+s,t", "token", "Token", "Add your token: it is tried, then kept")
ZOOM = _bind("zoom", "ctrl+u,z", "zoom", "Zoom", "One panel on all of the screen, and back")
TABLE = _bind("table", "b", "table", "Table", "The requests as a table")
PLAN = _bind("plan", "f10,p", "plan", "Plan", "What it would take, by each method")
PANEL_KEYS: Final = tuple(
    _bind(name, str(number), f"panel('{name}')", name.capitalize(), words)
    for number, (name, words) in enumerate(
        zip(
            PANELS,
            (
                "Requests: a row a request, live",
                "Chart: execution time against number of pages",
                "Records: the rows that arrived",
                "Errors: what went wrong, in groups",
            ),
            strict=True,
        ),
        1,
    )
)
HELP = _bind("help", "f1,ctrl+g,question_mark", "help", "Help", "Keys, panels, words")
PALETTE = _bind(
    "palette", "ctrl+p", "app.command_palette", "Commands", "All commands by name", first=True
)
QUIT = _bind(
    "quit",
    "ctrl+q",
    "app.quit",
    "Quit",
    "Leave; a run is stopped, what arrived is kept",
    first=True,
)

BINDINGS: Final = (
    *(RUN, STOP, RESUME, HISTORY_KEY, SETUP, PICK, LEAVE, NEXT, PREVIOUS, EXPORT, EXPORT_TOO),
    *(FREEZE, LEARN, TOKEN, ZOOM, TABLE, PLAN, *PANEL_KEYS, HELP),
)
"""Those of the main screen."""
APPLICATION: Final = (PALETTE, QUIT)
"""Those of the application."""
HINTS: Final = (
    *(RUN, STOP, RESUME, SETUP, PICK, NEXT, EXPORT, HISTORY_KEY, LEARN, HELP, PALETTE, QUIT),
)
"""Those on the last line."""
COMMANDS: Final = tuple(one for one in BINDINGS if one not in (LEAVE, NEXT, PREVIOUS, EXPORT_TOO))
"""Those that the palette lists; the others only move the focus."""
OPERATION_INPUT: Final = (_bind("operation_pick", "down", "pick", "Operations", "All operations"),)
"""Those of the form's operation field."""

WATERFALL: Final = (
    _bind("requests_up", "up,k", "cursor(-1)", "Up"),
    _bind("requests_down", "down,j", "cursor(1)", "Down"),
    _bind("requests_follow", "end,G", "follow", "Follow", "Follow the newest request"),
)
"""Those of the requests, while they have the focus."""

CHARTS: Final = (
    _bind("next_chart", "right_square_bracket,right", "chart(1)", "Next", "The next chart"),
    _bind(
        "previous_chart", "left_square_bracket,left", "chart(-1)", "Previous", "The chart before"
    ),
    _bind("chart_down", "down", "scroll_text(1)", "Down", "The reasons further down"),
    _bind("chart_up", "up", "scroll_text(-1)", "Up", "The reasons further up"),
)
"""Those of the charts, while they have the focus."""

_OPEN_RECORD: Final = _bind(
    "records_open", "enter", "open", "Open", "The record under the cursor, in full"
)
RECORDS: Final = (
    _OPEN_RECORD,
    _bind(
        "records_find", "slash", "find", "Find", "Search the rows; column:text searches one column"
    ),
    _bind(
        "records_sort", "s", "sort", "Sort", "By the column under the cursor; again the other way"
    ),
    _bind("records_filter", "f", "filter", "Filter", "Only rows with what is under the cursor"),
    _bind("records_columns", "c", "columns", "Columns", "Hide and show columns"),
    _bind("records_back", "escape", "back", "Clear", "The search, then the sorting"),
)
"""Those of the records, while they have the focus."""
RECORDS_TABLE: Final = (
    *_moves("records", "move(-1)", "move(1)", "move_page(-1)", "move_page(1)", "first", "last"),
    _bind("records_left", "left", "move_column(-1)", "Left"),
    _bind("records_right", "right", "move_column(1)", "Right"),
    _OPEN_RECORD,
)
"""Those of the rows themselves."""
FIND: Final = (
    _bind("find_done", "down", "done", "To the rows"),
    _bind("find_cancel", "escape", "cancel", "Clear"),
)
"""Those of the search line."""
COLUMNS: Final = (
    _bind("columns_close", "escape,c", "close", "Close"),
    _bind("columns_toggle", "space", "tick", "Hide or show"),
    _bind("columns_all", "a", "all", "Show all"),
    _bind("columns_empty", "e", "empty", "Hide empty"),
)
"""Those of the dialog of columns."""
REQUEST_TABLE: Final = (_bind("requests_back", "escape,b", "close", "Back", "Back to the panels"),)
"""Those of the requests as a table, besides those of the records."""

RECORD: Final = (
    _bind("record_back", "escape", "close", "Back", "Back to the table"),
    _bind("record_next", "n", "step(1)", "Next", "The next record"),
    _bind("record_previous", "p", "step(-1)", "Previous", "The record before"),
    _bind("record_tab", "right,tab", "turn(1)", "Tab", "The next tab"),
    _bind("record_tab_back", "left,shift+tab", "turn(-1)", "Tab", "The tab before"),
    _bind("record_open", "o", "open", "Open page", "Its page of the Red List, in the browser"),
)
"""Those of a record in full."""
_SCROLLS: Final = ("page_up", "page_down", "scroll_home", "scroll_end")
RECORD_BODY: Final = _moves(
    "record",
    *("scroll_up", "scroll_down", *_SCROLLS),
    keys=("up", "down", "pageup", "pagedown,space", "home,g", "end,G"),
)
"""Those of what a record's tab holds."""

HISTORY: Final = (
    _bind(
        "history_open", "enter", "show", "Open", "Its requests, records and errors in the panels"
    ),
    _bind("history_resume", "u,f9", "resume", "Resume", "Finish it, by any method"),
    _bind("history_export", "e,ctrl+e", "export", "Export", "Write its records to a file"),
    _bind(
        "history_replay",
        "p",
        "replay",
        "Replay",
        "Compare on its pages, as slow as they came; nobody is asked",
    ),
    _bind("history_mark", "space", "mark", "Mark", "Mark it, or not any more"),
    _bind("history_compare", "c", "compare", "Compare", "The marked runs on one chart"),
    _bind("history_name", "n", "rename", "Name", "Call it something"),
    _bind("history_note", "t", "annotate", "Note", "Say something of it"),
    _bind("history_delete", "d,delete", "delete", "Delete", "Take it away; z takes it back"),
    _bind(
        "history_undo", "z,ctrl+z", "undelete", "Undo", "Take back the run that was deleted last"
    ),
    _bind("history_all", "a", "comparisons", "All", "Those of comparisons as well, or not"),
    _bind("history_refresh", "r,f5", "refresh", "Refresh", "Read them again"),
    _bind("history_back", "escape,h,ctrl+y", "close", "Back", "Back to the panels"),
)
"""Those of History."""
HISTORY_TABLE: Final = _moves(
    "history", "move(-1)", "move(1)", "move_page(-1)", "move_page(1)", "move_to(0)", "move_to(-1)"
)
"""Those of its table."""
COMPARED_RUNS: Final = (_bind("compared_close", "escape,c", "dismiss(None)", "Close"),)
"""Those of the marked runs on one chart."""

PRIMER: Final = (
    _bind("primer_run", "enter,r,f5", "run", "Run", "Run the lines that are shown"),
    _bind("primer_stop", "x,f8,ctrl+t", "stop", "Stop", "Stop the lesson"),
    _bind("primer_next", "right,n", "turn(1)", "Next", "The next lesson"),
    _bind("primer_previous", "left,p", "turn(-1)", "Previous", "The lesson before"),
    _bind("primer_faster", "plus,equals_sign", "speed(1)", "Faster", "Counting goes faster"),
    _bind("primer_slower", "minus", "speed(-1)", "Slower", "Counting goes slower"),
    _bind("primer_back", "escape,l,ctrl+k", "close", "Back", "Stop, and back to the panels"),
)
"""Those of the primer."""
LESSONS: Final = tuple(
    _bind(f"lesson_{place + 1}", str(place + 1), f"show({place})", f"Lesson {place + 1}")
    for place in range(5)
)
"""Those of its lessons, whose numbers are to be seen there."""
PRIMER_PAGE: Final = _moves(
    "primer",
    *("screen.move(-1)", "screen.move(1)", *_SCROLLS),
    keys=("up", "down", "pageup", "pagedown,space", "home", "end"),
)
"""Those of a lesson's page."""

PICKER: Final = (
    _bind("picker_back", "escape", "back", "Back"),
    _bind("picker_use", "ctrl+s", "use", "Use"),
    _bind("picker_collect", "f3,ctrl+n", "collect", "Collect"),
)
"""Those of the picker."""
PICKER_SEARCH: Final = (
    _bind("picker_up", "up", "screen.move('cursor_up')", "Up"),
    _bind("picker_down", "down", "screen.move('cursor_down')", "Down"),
    _bind("picker_page_up", "pageup", "screen.move('page_up')", "Page up"),
    _bind("picker_page_down", "pagedown", "screen.move('page_down')", "Page down"),
    # Nothing that is searched for has a plus in it.
    _bind("picker_add", "plus", "screen.collect", "Collect", first=True),
)
"""Those of its search line."""
PICKER_CHOSEN: Final = (_bind("picker_remove", "delete,backspace", "select", "Remove"),)
"""Those of the operations that are collected."""
FILTERS: Final = (
    _bind("filters_cancel", "escape", "dismiss(None)", "Cancel"),
    _bind("filters_use", "ctrl+s", "use", "Use"),
    _bind("filters_clear", "ctrl+d", "clear", "Clear", first=True),
)
"""Those of the filters."""
LIST: Final = (
    _bind("list_cancel", "escape", "dismiss(None)", "Cancel"),
    _bind("list_use", "ctrl+s", "use", "Use"),
)
"""Those of a list of names or ids."""
LINE: Final = (_bind("line_cancel", "escape", "dismiss(None)", "Cancel"),)
"""Those of a run's name and note."""
CONFIRM: Final = (
    _bind("confirm_no", "escape,n", "dismiss(False)", "No"),
    _bind("confirm_yes", "y", "dismiss(True)", "Yes"),
    _bind("confirm_other", "left,right", "app.focus_next", "Other"),
)
"""Those of a question."""
EXPORT_DIALOG: Final = (
    _bind("export_close", "escape", "dismiss(None)", "Close"),
    _bind("export_write", "f6,ctrl+s", "write", "Export"),
)
"""Those of the export."""
PATH_INPUT: Final = (_bind("path_complete", "tab", "complete", "Complete", "Complete the path"),)
"""Those of an input for a path."""
PLAN_DIALOG: Final = (
    _bind("plan_close", "escape,p,f10", "close", "Close"),
    _bind("plan_ask", "a", "ask", "Ask"),
)
"""Those of the plan."""
RESUME_DIALOG: Final = (
    _bind("resume_cancel", "escape,n", "dismiss(None)", "Cancel"),
    _bind("resume_go", "u,f9", "go", "Resume"),
)
"""Those of the method by which a run is resumed."""
TOKEN_DIALOG: Final = (
    _bind("token_close", "escape", "dismiss(None)", "Close"),
    _bind("token_page", "ctrl+o", "open_page", "Open the page"),
    _bind("token_untried", "ctrl+s", "keep_untried", "Keep it untried"),
)
"""Those of the token."""
HELP_PAGE: Final = (
    _bind("help_close", "escape,f1,question_mark,ctrl+g", "dismiss(None)", "Close"),
)
"""Those of help."""

PLACES: Final[dict[str, tuple[Binding, ...]]] = {
    "the application": (*BINDINGS, *APPLICATION),
    "the operation field": OPERATION_INPUT,
    "the requests": WATERFALL,
    "the requests as a table": REQUEST_TABLE,
    "the charts": CHARTS,
    "the records": (*RECORDS, *RECORDS_TABLE[:-1]),
    "the search line": FIND,
    "columns": COLUMNS,
    "a record": (*RECORD, *RECORD_BODY),
    "History": (*HISTORY, *HISTORY_TABLE),
    "marked runs": COMPARED_RUNS,
    "the primer": (*PRIMER, *LESSONS, *PRIMER_PAGE),
    "operations": (*PICKER, *PICKER_SEARCH, *PICKER_CHOSEN),
    "filters": FILTERS,
    "a list of names or ids": LIST,
    "a name or note": LINE,
    "a question": CONFIRM,
    "the export": (*EXPORT_DIALOG, *PATH_INPUT),
    "the plan": PLAN_DIALOG,
    "resuming a run": RESUME_DIALOG,
    "the token": TOKEN_DIALOG,
    "help": HELP_PAGE,
}
"""The whole table. Keys of a place differ; a panel's own come before the application's."""

_SENT_FOR_OTHERS: Final = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+j": "enter",
    "ctrl+m": "enter",
}
_NAMED: Final = {str(one.value) for one in Keys} | {"space", "question_mark", "slash"}
_ALWAYS: Final = re.compile(r"(?:ctrl\+|alt\+).+|f\d+")
"""Keys that nobody types into an input."""
_NEVER: Final = "f24"
"""A key that no keyboard has: for what has lost its own."""

_WRITTEN: Final = {
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


def name_of(binding: Binding) -> str:
    """A binding's first key as it is written on keyboards, the user's own if there is one."""
    return names(of(binding))[0]


def names(keys: str) -> list[str]:
    """``f5,ctrl+r,r`` as it is written on keyboards: ``F5``, ``^R``, ``r``."""
    return [_name(key) for key in keys.split(",")]


def _name(key: str) -> str:
    if key.startswith("ctrl+"):
        return f"^{key[5:].upper()}"
    if key[0] == "f" and key[1:].isdigit():
        return key.upper()
    return _WRITTEN.get(key, key)


@dataclass(slots=True)
class Keymap:
    """The user's keys, as Textual takes them.

    Attributes:
        keys: by a binding's id, with commas between them.
        notices: a sentence for each line that could not be used.
    """

    keys: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def read_keymap(wanted: Mapping[str, str]) -> Keymap:
    """Check what the configuration says.

    Args:
        wanted: keys with commas between them, by what they do: ``{"run": "f5,ctrl+r"}``.

    Returns:
        What can be used of it; the rest keeps the keys that it had.
    """
    found = Keymap()
    places = {str(one.id): place for place, bindings in PLACES.items() for one in bindings}
    for name, text in wanted.items():
        identity = name.strip().replace("-", "_")
        if identity not in places:
            near = get_close_matches(identity, places, 1)
            hint = f" Did you mean {near[0]}?" if near else f" {name_of(HELP)} lists what has keys."
            found.notices.append(f"[keys] {name}: nothing is called so.{hint}")
            continue
        parts = [_normal(part) for part in text.split(",") if part.strip()]
        wrong = _wrong(identity, parts, _others(identity, places[identity], wanted))
        if wrong:
            found.notices.append(f"[keys] {name} = {text}: {wrong} The usual keys hold.")
        else:
            found.keys.update(_split(identity, parts))
    return found


def _others(identity: str, place: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Keys that are taken in a place, and by what: two may be exchanged."""
    taken: dict[str, str] = {}
    for one in PLACES[place]:
        name = (one.id or "").removesuffix("_too")
        if name != identity:
            for key in wanted.get(name, one.key).split(","):
                taken[_normal(key)] = one.description
    return taken


def _wrong(identity: str, parts: list[str], taken: Mapping[str, str]) -> str:
    if not parts:
        return "that is no key."
    for key in parts:
        if key in _SENT_FOR_OTHERS:
            return f"terminals send {key} for {_SENT_FOR_OTHERS[key]}."
        if not _is_key(key):
            return f"'{key}' is no key; keys look like f5, ctrl+r, x, space."
        if key in taken:
            return f"{key} is {taken[key]} already."
    if identity in ("quit", "palette") and not all(map(_ALWAYS.fullmatch, parts)):
        return "it takes a function key, or one with ctrl: the others can be typed."
    return ""


def _split(identity: str, parts: Iterable[str]) -> dict[str, str]:
    """The export has two bindings: one that comes before what an input does with the key."""
    parts = list(parts)
    if identity != "export":
        return {identity: ",".join(parts)}
    always = [key for key in parts if _ALWAYS.fullmatch(key)]
    typed = [key for key in parts if key not in always]
    return {"export": ",".join(always) or _NEVER, "export_too": ",".join(typed) or _NEVER}


def _normal(part: str) -> str:
    key = part.strip()
    return key if len(key) == 1 else key.lower()


def _is_key(key: str) -> bool:
    *modifiers, last = key.split("+") if key != "+" else [key]
    if not set(modifiers) <= {"ctrl", "shift", "alt", "super"}:
        return False
    return (len(last) == 1 and last.isprintable()) or last in _NAMED or key in _NAMED


def keys_example() -> str:
    """``[keys]`` of a ``config.ini`` with every key, commented out, as it is by default."""
    lines = [
        "",
        "[keys]",
        "# The application's keys, where you want others; several with commas between them.",
        "# Help (F1) shows them as they are.",
    ]
    for place, bindings in PLACES.items():
        lines += ["#", f"# {place[0].upper()}{place[1:]}:"]
        for one in bindings:
            if one is EXPORT:
                lines.append(f"# export = {EXPORT.key},{EXPORT_TOO.key}")
            elif one is not EXPORT_TOO:
                lines.append(f"# {one.id} = {one.key}")
    return "\n".join([*lines, ""])
