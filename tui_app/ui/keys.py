"""All keys, from ``keys.txt``: bindings, palette, help, footer and ``[keys]`` are made of them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Final

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
EXPORT, EXPORT_TOO = named("export", "export_too")
PALETTE, SCREENSHOT, QUIT = named("palette", "screenshot", "quit")
CHANGES_TIMES = named("changes_times")[0]
PANEL_KEYS: Final = named(*PANELS)
HINTS: Final = named(
    *("run", "stop", "resume", "setup", "pick", "next_panel", "export", "history", "learn"),
    *("help", "palette", "quit"),
)
"""Those on the last line."""
BINDINGS: Final = _SECTIONS["BINDINGS"]
"""Those of the main screen; the names below are those of the table's sections."""
COMMANDS: Final = tuple(
    one for one in BINDINGS if one.id not in ("leave", "next_panel", "previous_panel", "export_too")
)
"""Those that the palette lists; the others only move the focus."""
APPLICATION: Final = _SECTIONS["APPLICATION"]
OPERATION_INPUT: Final = _SECTIONS["OPERATION_INPUT"]
WATERFALL: Final = _SECTIONS["WATERFALL"]
REQUEST_TABLE: Final = _SECTIONS["REQUEST_TABLE"]
CHARTS: Final = _SECTIONS["CHARTS"]
RECORDS: Final = _SECTIONS["RECORDS"]
RECORDS_TABLE: Final = (*_SECTIONS["RECORDS_TABLE"], *named("records_open"))
FIND: Final = _SECTIONS["FIND"]
COPY_MENU: Final = _SECTIONS["COPY_MENU"]
COLUMNS: Final = _SECTIONS["COLUMNS"]
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


def key_name(identity: str) -> str:
    """:func:`name_of` a binding by its name in ``[keys]``."""
    return name_of(_NAMED_BINDINGS[identity])


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
    if identity in ("quit", "palette", "screenshot") and not all(map(_ALWAYS.fullmatch, parts)):
        return "it takes a function key, or one with ctrl: the others can be typed."
    return ""


def _split(identity: str, parts: list[str]) -> dict[str, str]:
    """The export has two bindings: one that comes before what an input does with the key."""
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
