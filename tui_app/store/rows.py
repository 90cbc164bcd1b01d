"""The store's rows, as values."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

import msgspec

from tui_app.redlist.errors import Interrupted


class RunState(StrEnum):
    """How far a run has got."""

    RUNNING = "running"
    """It goes on, here or in another program."""
    KILLED = "killed"
    """Its program was ended before it. Not kept, but seen: it is noted as running, and nobody
    carries it."""
    COMPLETE = "complete"
    PARTIAL = "partial"
    STOPPED = "stopped"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class NewRun:
    """What is known of a run when it begins.

    Attributes:
        source: ``demo`` or ``live``; a replay's is that of its data.
        api: ``v4`` or ``v3``.
        base_url: the server's root.
        method: how.
        label: the operations in words.
        operations: as they were asked for, with their parameters.
        settings: all that it takes to do it again; never a token.
        comparison: the comparison it belongs to, or None.
        origin: whose data it fetches: the server's root, the demo's seed, or a replay's run.
        lookup: whether it serves the program itself (a code list), and isn't listed.
        red_list_version: what the server says its data are, if that is known yet.
    """

    source: str
    api: str
    base_url: str
    method: str
    label: str
    operations: tuple[str, ...]
    settings: dict[str, Any]
    comparison: int | None = None
    origin: str = ""
    lookup: bool = False
    red_list_version: str | None = None


@dataclass(frozen=True, slots=True)
class RunRow:
    """One run as it is kept.

    A replay's ``source`` says whose data it has, as the replayed run's does; its ``base_url``
    and ``origin`` are the replay's own.

    Attributes:
        name: what its user calls it, or empty; note: what they say of it.
    """

    run: str
    created_utc: str
    source: str
    api: str
    base_url: str
    method: str
    label: str
    operations: tuple[str, ...]
    settings: dict[str, Any]
    state: RunState
    pid: int
    pages: int
    records: int
    comparison: int | None
    summary: dict[str, Any]
    origin: str = ""
    red_list_version: str | None = None
    name: str = ""
    note: str = ""

    @property
    def replay_of(self) -> str | None:
        """Id of the run whose pages it was timed on again, from this machine; None for most."""
        return self.settings.get("replay_of")

    @property
    def fetched_from(self) -> str:
        """Root of the server that its rows are from."""
        return str(self.settings.get("replayed_base_url") or self.base_url)

    @property
    def fetched_utc(self) -> str:
        """When its rows were fetched from there, ISO 8601."""
        return str(self.settings.get("fetched_utc") or self.created_utc)


class AttemptRow(msgspec.Struct, frozen=True, gc=False):
    """One attempt at one request. Times are seconds since the run began; None: never.

    Attributes:
        request: the request's number in its run.
        attempt: which attempt, from 1.
        target: index of its operation in the run.
        page: its page number, or None.
        label: the request in words.
        kind: ``""`` where it succeeded, else the error's kind.
        final: whether no further attempt followed.
        retry_wait_s: how long the run waited before the next attempt, or None.
    """

    request: int
    attempt: int
    target: int
    page: int | None
    label: str
    status: int | None
    kind: str
    message: str
    final: bool
    size_bytes: int
    rows: int
    server_s: float | None
    pace_wait_s: float
    queued: float | None
    started: float | None
    dns: float | None
    connected: float | None
    sent: float | None
    headers: float | None
    body: float | None
    decoded: float | None

    @property
    def failed(self) -> bool:
        """Whether it came to nothing, and not because the user stopped it."""
        return self.kind not in ("", Interrupted.kind)


class PageRow(msgspec.Struct, frozen=True, gc=False):
    """One page as it is kept.

    Attributes:
        target: index of its operation in the run.
        page: its page number, or None.
        path: what was asked, from the server's root; never with a token.
        rows: how many records it has.
        body: unpacked; empty where only the page's place was asked for.
        rows_key: key of the list that they are in; None where the body itself is the record.
        fetched_utc: when the server last vouched for it, ISO 8601; empty: now.
        body_id: the kept body that it shares, where nothing new came.
        red_list_version: the server's when it last vouched for the page; None: not known.
    """

    target: int
    page: int | None
    path: str
    status: int
    rows: int
    etag: str | None
    total_pages: int | None
    total_count: int | None
    body: bytes
    rows_key: str | None = None
    fetched_utc: str = ""
    body_id: int | None = None
    red_list_version: str | None = None


@dataclass(frozen=True, slots=True)
class ComparisonRow:
    """A comparison as it is kept.

    Attributes:
        comparison: its id.
        created_utc: when it began, ISO 8601.
        label: the operations in words.
        result: as ``compare --json`` printed it; empty where it did not come to its end.
    """

    comparison: str
    created_utc: str
    label: str
    result: dict[str, Any]
