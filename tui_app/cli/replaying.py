"""``compare --source RUN``: a kept run's pages again."""

from __future__ import annotations

from typing import Any, Final, get_args

from tui_app.redlist.errors import UsageError
from tui_app.settings import Source

from .options import FILTER_OPTIONS

LAST: Final = "last"
_NEGATED: Final = {"latest": "--all-years"}
"""What is no ``--not-…``."""


def run_to_replay(operations: tuple[str, ...], options: dict[str, Any]) -> str | None:
    """The run that ``--source`` names; None where it names a server, or nothing.

    Raises:
        UsageError: it names neither, or options were given that make no sense with a run.
    """
    text = options["source"]
    word = (text or "").strip().lower()
    if text is None or word in get_args(Source):
        return None
    if word != LAST and not (word.isascii() and word.isdigit()):
        raise UsageError(
            f"There is no source '{text}'.",
            f"Choose from {', '.join(get_args(Source))}, a run's id (`iucn-tui runs`), or {LAST}.",
        )
    foreign = [*operations, *_given(options)]
    if foreign:
        raise UsageError(
            f"--source {text} replays that run as it was fetched, and asks no server.",
            f"Leave out {', '.join(foreign)}.",
        )
    return word


def _given(options: dict[str, Any]) -> list[str]:
    """Options that say what to ask, of whom."""
    found = [
        _NEGATED.get(name, f"--not-{name}") if options[name] is False else f"--{name}"
        for name in ("base_url", "demo_profile", "api", *FILTER_OPTIONS)
        if options[name] is not None
    ]
    found += ["--param"] * bool(options["params"]) + ["--live"] * options["live"]
    return [name.replace("_", "-") for name in found]
