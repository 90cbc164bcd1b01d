"""The service as the screen needs it, made when it is first needed and closed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from tui_app.fetch import Cancel, Observer
from tui_app.redlist import Query
from tui_app.settings import Settings

from .records.sheet import Rows

if TYPE_CHECKING:
    from tui_app.redlist.codes import Code
    from tui_app.runs import Comparison, Exported, Summary, TimedRun, TimedStart


class RunService(Protocol):
    """The part of :class:`tui_app.runs.Service` that the screen uses. Its calls block."""

    def fetch(
        self, query: Query, settings: Settings, *, observer: Observer, cancel: Cancel
    ) -> Summary:
        """Fetch."""

    def resume(self, run_id: str, *, observer: Observer, cancel: Cancel) -> Summary:
        """Finish a run."""

    def compare(
        self,
        query: Query,
        settings: Settings,
        *,
        observer: Observer,
        cancel: Cancel,
        on_start: Callable[[TimedStart], None],
        on_finish: Callable[[TimedRun], None],
    ) -> Comparison:
        """Time methods against each other."""

    def codes(self, stem: str, settings: Settings) -> Sequence[Code]:
        """The codes of an operation, as the settings' server has them."""

    def records(self, run_id: str) -> Rows:
        """A run's records as a table."""

    def export(
        self,
        run_id: str,
        *,
        csv: Path | None = None,
        jsonl: Path | None = None,
        parquet: Path | None = None,
        requests_csv: Path | None = None,
        tables: Path | None = None,
        bibtex: Path | None = None,
    ) -> list[Exported]:
        """Write files."""

    def close(self) -> None:
        """Let go of everything."""


def real_service(settings: Settings) -> RunService:
    """The real one. Importing it takes longer than the first frame may."""
    from tui_app.runs import Service

    return Service(settings)


class ServiceHolder:
    """Makes the service on first use, from any thread; after :meth:`close` there is none."""

    def __init__(
        self, settings: Settings, make: Callable[[Settings], RunService] = real_service
    ) -> None:
        self._settings = settings
        self._make = make
        self._lock = threading.Lock()
        self._service: RunService | None = None
        self._closed = False

    def get(self) -> RunService:
        """The service.

        Raises:
            RedListError: it can't be made, its store for instance.
            RuntimeError: it has been closed.
        """
        with self._lock:
            if self._closed:
                raise RuntimeError("The application is closing.")
            if self._service is None:
                self._service = self._make(self._settings)
            return self._service

    def close(self) -> None:
        """Close it, if it was ever made; safe to call twice."""
        with self._lock:
            self._closed = True
            service, self._service = self._service, None
        if service is not None:
            service.close()
