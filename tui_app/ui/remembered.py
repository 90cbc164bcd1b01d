"""What is remembered from one session to the next: the theme, and what the form held.

Never the token, a server's address, a list of names or ids, or that the source was live: the source
follows from whether there is a token.
"""

from __future__ import annotations

import json
import os
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, get_args

from tui_app.methods import known_methods
from tui_app.redlist import Api
from tui_app.settings import APPLICATION_FILE, Profile, read_regular

if TYPE_CHECKING:
    from .form import FormValues

_LARGEST_BYTES: Final = 2**20
_LONGEST: Final = 2000

_FIELDS: Final = (
    *("action", "profile", "api", "operation", "intersect", "distinct", "details", "one_per_taxon"),
    *("history", "methods", "method", "over", "page_counts", "pages", "repeats", "concurrency"),
    *("in_flight_counts", "rate", "window", "retries", "timeout"),
)
"""Those of the form that are remembered. A setting of the same name comes before them."""
_SETTINGS: Final = {"profile": "demo_profile", "timeout": "timeout_s"}
"""Settings that have another name than their field."""
_LIVE: Final = (
    *("operation", "intersect", "distinct", "one_per_taxon", "history", "method", "page_counts"),
    *("pages", "concurrency", "retries", "timeout"),
)
"""Those that a live source takes over: not the demo's pace, nor details, a request a row."""

_CHOICES: Final = {
    "action": ("compare", "fetch"),
    "profile": get_args(Profile),
    "api": get_args(Api),
    "over": ("pages", "in flight"),
}


@dataclass(frozen=True, slots=True)
class Remembered:
    """What an earlier session left."""

    theme: str = ""
    form: Mapping[str, Any] = field(default_factory=dict)
    """By field of :class:`~tui_app.ui.form.FormValues`, as JSON has it."""
    notice: str = ""
    """A sentence for the user where it could not be read."""


def recall(home: Path) -> Remembered:
    """Read what was left; nothing where there is nothing, or where it can't be read."""
    path = home / APPLICATION_FILE
    try:
        said = json.loads(read_regular(path, _LARGEST_BYTES))
        return Remembered(str(said["theme"]), dict(said["form"]))
    except FileNotFoundError:
        return Remembered()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        words = f"The saved theme and form can't be read from {path}; the defaults apply."
        return Remembered(notice=words)


def remember(home: Path, theme: str, form: FormValues) -> None:
    """Keep what a session leaves, whole or not at all. Errors are nobody's business here."""
    values = {name: getattr(form, name) for name in _FIELDS}
    from tui_app.redlist import IDS, NAMES  # with the readers of lists: not for the first frame

    if {NAMES, IDS}.intersection(form.operation.split()):  # of no use without their lists
        del values["operation"]
    if form.source == "live":  # its pace is no pace for the demo, nor the other way round
        del values["rate"], values["window"]
    path = home / APPLICATION_FILE
    part = path.with_name(f".{APPLICATION_FILE}.{os.getpid()}.part")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        part.write_text(json.dumps({"theme": theme, "form": values}, indent=1), encoding="utf-8")
        os.replace(part, path)
    except OSError:
        with suppress(OSError):
            part.unlink()


def renewed(first: FormValues, form: Mapping[str, Any], given: Collection[str]) -> FormValues:
    """The form's first values with those of last time where nothing else says what they are.

    Settings that are ``given`` by an option, the environment or a file come first.
    """
    found: dict[str, Any] = {}
    for name in _LIVE if first.source == "live" else _FIELDS:
        value = form.get(name)
        if isinstance(value, list):
            # The methods: one that was ticked may be gone with its package.
            value = tuple(one for one in known_methods() if one in value) or None
        if name == "method" and value not in known_methods():
            value = None
        if _SETTINGS.get(name, name) not in given and _fits(name, value, getattr(first, name)):
            found[name] = value
    if form.get("api", "v4") != found.get("api", first.api):
        found.pop("operation", None)  # it is the other version's
    return replace(first, **found)


def _fits(name: str, value: object, first: object) -> bool:
    if type(value) is not type(first):
        return False
    if name in _CHOICES:
        return value in _CHOICES[name]
    return not isinstance(value, str) or len(value) <= _LONGEST
