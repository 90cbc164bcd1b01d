"""Progress on stderr: a bar on a terminal, a line per event with ``--plain``, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from time import monotonic
from typing import Any, ClassVar, TextIO, cast

from tui_app.fetch import Event, Observer, State
from tui_app.fetch.events import nobody
from tui_app.redlist.errors import waiting_words
from tui_app.redlist.text import counted, timespan
from tui_app.runs import Service
from tui_app.settings import Settings

from .messages import say


class _Hardy:
    """A terminal that may be closed while a bar is drawn on it."""

    def __init__(self, terminal: TextIO) -> None:
        self._terminal = terminal

    def __getattr__(self, name: str) -> Any:
        return getattr(self._terminal, name)

    def write(self, text: str) -> int:
        with suppress(OSError):
            self._terminal.write(text)
        return len(text)

    def flush(self) -> None:
        with suppress(OSError):
            self._terminal.flush()


_WORDS = {
    State.QUEUED: "queued",
    State.PACED: "waiting for the rate limit",
    State.STARTED: "started",
    State.DNS: "name resolved",
    State.CONNECTED: "connected",
    State.SENT: "sent",
    State.HEADERS: "headers",
    State.BODY: "body",
    State.DECODED: "decoded",
    State.KEPT: "saved",
    State.HELD: "held in memory until the run ends",
    State.REUSED: "cached, not requested",
    State.RETRIED: "failed, retrying",
    State.FAILED: "failed, no more retries",
    State.MISSING: "not found",
    State.CANCELLED: "cancelled",
}


class PlainLines:
    """An observer that prints one line per event, for screen readers and logs."""

    def __init__(self) -> None:
        self._began = monotonic()
        self._labels: dict[int, str] = {}

    def __call__(self, event: Event) -> None:
        """Print an event."""
        if event.state is State.BEGUN:
            self._began = event.at
        elif event.state is State.QUEUED:
            self._labels[event.request] = event.label
        elif event.state in (State.SLOWED, State.PAUSED):
            say(f"{event.at - self._began:9.3f} s  {event.reason}")
        word = _WORDS.get(event.state)
        if word is None:
            return
        label = event.label or self._labels.get(event.request, "")
        parts = [f"{event.at - self._began:9.3f} s", label, word]
        if event.status is not None:
            parts.append(f"HTTP {event.status}")
        if event.size_bytes is not None:
            parts.append(counted(event.size_bytes, "byte"))
        if event.records is not None and event.state in (State.KEPT, State.HELD, State.REUSED):
            parts.append(counted(event.records, "record"))
        if event.reason:
            parts.append(f"({event.reason})")
        if event.wait_s is not None:
            parts.append(
                f"{'in' if event.state is State.RETRIED else 'for'} {timespan(event.wait_s)}"
            )
        say("  ".join(parts))
        if event.state in (State.KEPT, State.HELD, State.FAILED, State.MISSING, State.CANCELLED):
            self._labels.pop(event.request, None)


def say_pauses(event: Event) -> None:
    """An observer that prints each pause of the run, and its end."""
    if event.state is State.PAUSED:
        say(event.reason)


class StoreLines:
    """Prints from time to time that another program has locked the store."""

    FIRST_S: ClassVar[float] = 1.0
    EVERY_S: ClassVar[float] = 10.0

    def __init__(self) -> None:
        self._due_s = self.FIRST_S

    def __call__(self, waited_s: float) -> None:
        """Print how long it has waited; 0 ends the wait."""
        if not waited_s:
            self._due_s = self.FIRST_S
        elif waited_s >= self._due_s:
            self._due_s = waited_s + self.EVERY_S
            say(waiting_words(waited_s))


@contextmanager
def opened(settings: Settings) -> Iterator[Service]:
    """A service, whose notices are printed to stderr; closed at the end.

    Raises:
        KeepError: the store can't be used.
    """
    service = Service(settings, StoreLines())
    said = service.notices
    try:
        for notice in said:
            say(f"iucn-tui: {notice}")
        yield service
        for notice in service.notices[len(said) :]:  # runs that were found damaged meanwhile
            say(f"iucn-tui: {notice}")
    finally:
        service.close()


@contextmanager
def watching(service: Service, *, plain: bool, quiet: bool) -> Iterator[Observer]:
    """The observer that fits this stderr."""
    if plain:
        yield PlainLines()
    elif quiet or not sys.stderr.isatty():
        yield nobody
    else:
        with _bar(service) as observer:
            yield observer


@contextmanager
def _bar(service: Service) -> Iterator[Observer]:
    from rich.console import Console
    from rich.progress import (
        BarColumn,
        MofNCompleteColumn,
        Progress,
        TextColumn,
        TimeElapsedColumn,
        TimeRemainingColumn,
    )

    progress = Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TextColumn("requests"),
        TimeElapsedColumn(),
        TextColumn("left"),
        TimeRemainingColumn(),
        TextColumn("{task.fields[note]}", markup=False),
        console=Console(file=cast("TextIO", _Hardy(sys.stderr))),
        transient=True,
    )
    task = progress.add_task("Fetching", total=None, note="")
    counts = {"records": 0, "retried": 0, "not found": 0, "failed": 0}

    def count(what: str, number: int, advance: int) -> None:
        counts[what] += number
        progress.update(task, advance=advance, note=note())

    def note() -> str:
        """The count of records, and the other counts that are not zero."""
        return ", ".join(f"{n:,} {what}" for what, n in counts.items() if n or what == "records")

    def observe(event: Event) -> None:
        if event.state is State.PLANNED:
            progress.update(task, total=event.total)
        elif event.state in (State.KEPT, State.HELD, State.REUSED):
            count("records", event.records or 0, 1)
        elif event.state is State.RETRIED:
            count("retried", 1, 0)
        elif event.state in (State.FAILED, State.MISSING):
            count("failed" if event.state is State.FAILED else "not found", 1, 1)
        elif event.state is State.PAUSED:  # a line above the bar, however narrow the terminal
            progress.console.print(event.reason, markup=False, highlight=False, soft_wrap=True)

    def wait(waited_s: float) -> None:
        progress.update(task, note=waiting_words(waited_s) if waited_s else note())

    service.on_wait(wait)
    try:
        with progress:
            yield observe
    finally:
        service.on_wait(StoreLines())
