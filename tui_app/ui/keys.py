"""All keys, from ``keys.txt``: bindings, palette, help, footer and ``[keys]`` are made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final, TypeGuard

from textual.binding import Binding
from textual.keys import Keys

PANELS: Final = ("requests", "chart", "records", "errors")
"""The panels, in their order."""

PLACES: Final[dict[str, tuple[Binding, ...]]] = {}
"""The whole table, by place. Keys of a place differ; a panel's own come before the others."""
_SECTIONS: Final[dict[str, tuple[Binding, ...]]] = {}


def _read_table() -> None:
    section = place = ""
    for line in Path(__file__).with_name("keys.txt").read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section, _, place = line[1:].partition("] ")
        elif line and not line.startswith("#"):
            name, key, action, label, *more = (part.strip() for part in line.split("|"))
            words, first = more[0] if more else "", more[1:] == ["first"]
            one = Binding(key, action, label, tooltip=words, id=name, priority=first)
            for table, title in ((_SECTIONS, section), (PLACES, place)):
                table[title] = (*table.get(title, ()), one)


_read_table()
_NAMED_BINDINGS: Final = {str(one.id): one for table in PLACES.values() for one in table}


def named(*names: str) -> tuple[Binding, ...]:
    """Bindings by their names in ``[keys]``."""
    return tuple(map(_NAMED_BINDINGS.__getitem__, names))


RUN, STOP, RESUME, SETUP, HELP = named("run", "stop", "resume", "setup", "help")
EXPORT = named("export")[0]
RECORDS_FIND, RECORDS_COLUMNS = named("records_find", "records_columns")
COLUMNS_FIND, COLUMNS_TOGGLE = named("columns_find", "columns_toggle")
RECORDS_BARS = named("records_bars")[0]
PANEL_KEYS: Final = named(*PANELS)
FIRST_HINTS: Final = (RUN, STOP, RESUME, EXPORT, SETUP)
LAST_HINTS: Final = named("help", "quit")
"""Those that the last line of the main screen has always, at its left and at its right."""
MORE_HINTS: Final = named("mode", "history", "next_panel", "palette", "pick", "learn")
"""Those that it has where there is room, after those of what has the focus."""
FORM_HINTS: Final = named("leave", "pick", "token", "filters", "names", "ids", "plan")
"""Those of the form."""
BINDINGS: Final = _SECTIONS["BINDINGS"]
"""Those of the main screen; the names below are those of the table's sections."""
APPLICATION: Final = _SECTIONS["APPLICATION"]
_NO_COMMANDS: Final = (
    *("leave", "next_panel", "previous_panel", "export_too", "palette", "palette_too", "quit"),
)
COMMANDS: Final = tuple(one for one in (*BINDINGS, *APPLICATION) if one.id not in _NO_COMMANDS)
"""Those that the palette lists: not itself, and not what only moves the focus."""
OPERATION_INPUT: Final = _SECTIONS["OPERATION_INPUT"]
WATERFALL: Final = _SECTIONS["WATERFALL"]
REQUEST_TABLE: Final = _SECTIONS["REQUEST_TABLE"]
CHARTS: Final = _SECTIONS["CHARTS"]
RECORDS: Final = _SECTIONS["RECORDS"]
RECORDS_TABLE: Final = (*_SECTIONS["RECORDS_TABLE"], *named("records_open"))
FIND: Final = _SECTIONS["FIND"]
SEARCH_LINE: Final = named("find_done", "find_cancel")
"""Those of a search line without filters."""
COPY_MENU: Final = _SECTIONS["COPY_MENU"]
COLUMNS: Final = _SECTIONS["COLUMNS"]
COLUMN_SEARCH: Final = _SECTIONS["COLUMN_SEARCH"]
RECORD: Final = _SECTIONS["RECORD"]
RECORD_BODY: Final = _SECTIONS["RECORD_BODY"]
HISTORY: Final = _SECTIONS["HISTORY"]
HISTORY_TABLE: Final = _SECTIONS["HISTORY_TABLE"]
COMPARED_RUNS: Final = _SECTIONS["COMPARED_RUNS"]
CHANGES: Final = _SECTIONS["CHANGES"]
PRIMER: Final = _SECTIONS["PRIMER"]
LESSONS: Final = _SECTIONS["LESSONS"]
PRIMER_PAGE: Final = _SECTIONS["PRIMER_PAGE"]
PICKER: Final = _SECTIONS["PICKER"]
PICKER_SEARCH: Final = _SECTIONS["PICKER_SEARCH"]
PICKER_CHOSEN: Final = _SECTIONS["PICKER_CHOSEN"]
FILTERS: Final = _SECTIONS["FILTERS"]
LIST: Final = _SECTIONS["LIST"]
MATCHES: Final = _SECTIONS["MATCHES"]
LINE: Final = _SECTIONS["LINE"]
CONFIRM: Final = _SECTIONS["CONFIRM"]
LIVE_COMPARISON: Final = _SECTIONS["LIVE_COMPARISON"]
EXPORT_DIALOG: Final = _SECTIONS["EXPORT_DIALOG"]
PATH_INPUT: Final = _SECTIONS["PATH_INPUT"]
PLAN_DIALOG: Final = _SECTIONS["PLAN_DIALOG"]
RESUME_DIALOG: Final = _SECTIONS["RESUME_DIALOG"]
TOKEN_DIALOG: Final = _SECTIONS["TOKEN_DIALOG"]
HELP_PAGE: Final = _SECTIONS["HELP_PAGE"]

_SENT_FOR_OTHERS: Final = {
    "ctrl+h": "backspace",
    "ctrl+i": "tab",
    "ctrl+j": "enter",
    "ctrl+m": "enter",
}
_NAMED: Final = {str(one.value) for one in Keys} | {"space", "question_mark", "slash"}
_ALWAYS: Final = re.compile(r"(?:ctrl\+|alt\+).+|f\d+")
"""Keys that nobody types into an input."""
_NOT_TYPED: Final = frozenset(str(one.value) for one in Keys)
_NEVER: Final = "f24"
"""A key that no keyboard has: for what has lost its own."""

_WRITTEN: Final = {
    "question_mark": "?", "slash": "/", "space": "Space", "escape": "Esc", "enter": "Enter",
    "backspace": "Backspace",
    "tab": "Tab", "shift+tab": "⇧Tab", "left": "←", "right": "→",
    "right_square_bracket": "]", "left_square_bracket": "[", "colon": ":",
    "pageup": "PgUp", "pagedown": "PgDn", "home": "Home", "end": "End",
    "delete": "Del",
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


def first_key(binding: Binding, *, typing: bool = False) -> str:
    """The first of a binding's keys; while something is typed, of those that aren't. Or none."""
    usable = (key for key in of(binding).split(",") if key != _NEVER)
    return next((key for key in usable if not (typing and _is_typed(key))), "")


def _is_typed(key: str) -> bool:
    return not _ALWAYS.fullmatch(key) and key not in _NOT_TYPED


def words_with_key(binding: Binding) -> str:
    """What it does, and its first key."""
    return f"{binding.tooltip} ({name_of(binding)})"


def is_told(binding: object) -> TypeGuard[Binding]:
    """Whether it is one of the table's with words: those without only move a cursor."""
    return isinstance(binding, Binding) and binding.id in _NAMED_BINDINGS and bool(binding.tooltip)


def key_name(identity: str) -> str:
    """:func:`name_of` a binding by its name in ``[keys]``."""
    return name_of(_NAMED_BINDINGS[identity])


def key_names() -> dict[str, str]:
    """:func:`name_of` every binding, by its name in ``[keys]``: for sentences with ``{run}``."""
    return {name: name_of(binding) for name, binding in _NAMED_BINDINGS.items()}


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
    """The user's keys by a binding's id, and a sentence for each line that could not be used."""

    keys: dict[str, str] = field(default_factory=dict)
    notices: list[str] = field(default_factory=list)


def read_keymap(wanted: Mapping[str, str]) -> Keymap:
    """What can be used of ``{"run": "f5,ctrl+r"}``; the rest keeps the keys that it had."""
    found = Keymap()
    places = {str(one.id): place for place, bindings in PLACES.items() for one in bindings}
    for name, text in wanted.items():
        identity = name.strip().replace("-", "_")
        if identity not in places:
            near = get_close_matches(identity, places, 1)
            hint = f" Did you mean {near[0]}?" if near else f" {name_of(HELP)} lists the actions."
            found.notices.append(f"[keys] {name}: unknown action.{hint}")
            continue
        parts = [_normal(part) for part in text.split(",") if part.strip()]
        wrong = _wrong(identity, parts, _others(identity, places[identity], wanted))
        if wrong:
            found.notices.append(f"[keys] {name} = {text}: {wrong} The default keys apply.")
        else:
            found.keys.update(_split(identity, parts))
    return found


def _others(identity: str, place: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Keys that are taken in a place, and by what: two may be exchanged."""
    taken: dict[str, str] = {}
    for one in (*PLACES[place], *(one for one in APPLICATION if one.priority)):
        name = (one.id or "").removesuffix("_too")
        if name != identity:
            for key in wanted.get(name, one.key).split(","):
                taken[_normal(key)] = one.description
    return taken


def _wrong(identity: str, parts: list[str], taken: Mapping[str, str]) -> str:
    if not parts:
        return "no key is given."
    for key in parts:
        if key in _SENT_FOR_OTHERS:
            return f"terminals send {key} for {_SENT_FOR_OTHERS[key]}."
        if not _is_key(key):
            return f"unknown key '{key}'. Examples: f5, ctrl+r, x, space."
        if key in taken:
            return f"{key} is already used by {taken[key]}."
    always = identity in ("quit", "palette", "screenshot")
    if always and not any(map(_ALWAYS.fullmatch, parts)):
        return "at least one has to be a function key or have ctrl: inputs take the others."
    return ""


def _split(identity: str, parts: list[str]) -> dict[str, str]:
    """Some have two bindings: one comes before what an input does with the key, one doesn't."""
    too = f"{identity}_too"
    if too not in _NAMED_BINDINGS:
        return {identity: ",".join(parts)}
    always = [key for key in parts if _ALWAYS.fullmatch(key)]
    typed = [key for key in parts if key not in always]
    return {identity: ",".join(always) or _NEVER, too: ",".join(typed) or _NEVER}


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
        "# The application's keys. To change one, remove the # and write other keys, with commas",
        "# between them. Help (F1) shows the keys in use.",
    ]
    for place, bindings in PLACES.items():
        lines += ["#", f"# {place[0].upper()}{place[1:]}:"]
        for one in bindings:
            too = _NAMED_BINDINGS.get(f"{one.id}_too")
            if not str(one.id).endswith("_too"):
                lines.append(f"# {one.id} = {one.key}" + (f",{too.key}" if too else ""))
    return "\n".join([*lines, ""])
