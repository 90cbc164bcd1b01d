"""Keys of the user's own: ``[keys]`` in the configuration, checked."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Final

from textual.binding import Binding
from textual.keys import Keys

from . import keys

_GROUPS: Final[dict[str, tuple[Binding, ...]]] = {
    "the application": (*keys.BINDINGS, keys.QUIT),
    "the charts": tuple(keys.CHARTS),
    "the records": tuple(keys.RECORDS),
    "a record": tuple(keys.RECORD),
    "History": tuple(keys.HISTORY),
    "the primer": (*keys.PRIMER, *keys.LESSONS),
}
"""Keys that have to differ from each other. A panel's own come before the application's."""

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
    groups = {str(one.id): name for name, bindings in _GROUPS.items() for one in bindings if one.id}
    for name, text in wanted.items():
        identity = name.strip().replace("-", "_")
        if identity not in groups:
            near = get_close_matches(identity, groups, 1)
            hint = f" Did you mean {near[0]}?" if near else " F1 lists what has keys."
            found.notices.append(f"[keys] {name}: nothing is called so.{hint}")
            continue
        parts = [_normal(part) for part in text.split(",") if part.strip()]
        wrong = _wrong(identity, parts, _others(identity, groups[identity], wanted))
        if wrong:
            found.notices.append(f"[keys] {name} = {text}: {wrong} The usual keys hold.")
        else:
            found.keys.update(_split(identity, parts))
    return found


def _others(identity: str, group: str, wanted: Mapping[str, str]) -> dict[str, str]:
    """Keys that are taken in a group, and by what: two may change places."""
    taken: dict[str, str] = {}
    for one in _GROUPS[group]:
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
    if identity == "quit" and not all(map(_ALWAYS.fullmatch, parts)):
        return "to leave it takes a function key, or one with ctrl: the others can be typed."
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


__all__ = ["Keymap", "read_keymap"]
