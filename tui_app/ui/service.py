"""The service as the screen needs it, made when it is first needed and closed once."""

from __future__ import annotations

import threading
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from tui_app.compare import Forecast, Total
    from tui_app.fetch import Cancel, Observer
    from tui_app.redlist import Query, Token
    from tui_app.redlist.codes import Code
    from tui_app.runs import Comparison, Exported, Replay, Summary, TimedRun, TimedStart
    from tui_app.runs.records_table import View
    from tui_app.settings import Settings
    from tui_app.store import AttemptRow, RunRow


class RunService(Protocol):
    """The part of :class:`tui_app.runs.Service` that the screen uses. Its calls block."""

    def fetch(
        self, query: Query, settings: Settings, *, observer: Observer, cancel: Cancel
    ) -> Summary:
        """Fetch."""

    def resume(
        self, run_id: str, *, method: str | None, observer: Observer, cancel: Cancel
    ) -> Summary:
        """Finish a run, by its own method or another."""

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

    def replayable(self, run_id: str) -> Replay:
        """What of a kept run can be replayed."""

    def replay(
        self,
        run_id: str,
        settings: Settings,
        *,
        observer: Observer,
        cancel: Cancel,
        on_start: Callable[[TimedStart], None],
        on_finish: Callable[[TimedRun], None],
    ) -> Comparison:
        """Time methods against each other on a kept run's pages."""

    def forecast(
        self,
        query: Query,
        settings: Settings,
        *,
        cancel: Cancel,
        ask: bool = True,
        only_own: bool = False,
    ) -> Forecast | None:
        """What fetching would take; None where it was cancelled or too little is known."""

    def forecast_comparison(
        self, query: Query, settings: Settings, *, cancel: Cancel
    ) -> Total | None:
        """What a comparison would take, by what is kept."""

    def codes(self, stem: str, settings: Settings) -> Sequence[Code]:
        """The codes of an operation, as the settings' server has them."""

    @property
    def notices(self) -> tuple[str, ...]:
        """What the user must be told of how the store was found."""

    def runs(self, limit: int | None = None, *, comparisons: bool = True) -> list[RunRow]:
        """The runs that are kept, newest first."""

    def run(self, run_id: str) -> RunRow:
        """One run, by id or ``last``."""

    def wanted(self, run_id: str) -> tuple[Query, Settings]:
        """What a kept run is to fetch, and the settings with which it began."""

    def rename(self, run_id: str, name: str) -> None:
        """Call a run something."""

    def annotate(self, run_id: str, note: str) -> None:
        """Say something of a run."""

    def delete(self, run_id: str) -> None:
        """Hide a run."""

    def undelete(self, run_id: str) -> None:
        """Take a run back that was deleted."""

    def forget_deleted(self) -> None:
        """Forget what was deleted long enough ago."""

    def summary_at_end(self, run_id: str) -> Summary:
        """A kept run in figures, as it was counted when it ended."""

    def attempts(self, run_id: str) -> list[AttemptRow]:
        """All attempts of a kept run, by request and attempt."""

    def records(self, run_id: str) -> View:
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

    def report(self, comparison: Comparison, path: Path) -> Exported:
        """Write a report of a comparison."""

    def versions(self, settings: Settings) -> dict[str, str]:
        """What the server says of itself; that it takes the token."""

    def use_token(self, token: Token) -> None:
        """Send this one from now on."""

    def close(self) -> None:
        """Let go of everything."""


def real_service(settings: Settings, on_wait: Callable[[float], None]) -> RunService:
    """The real one. Importing it takes longer than the first frame may."""
    from tui_app.runs import Service

    return Service(settings, on_wait)


class ServiceHolder:
    """Makes the service on first use, from any thread; after :meth:`close` there is none.

    Attributes:
        waited_s: how long the store has been waited for by now; 0 where it isn't.
    """

    def __init__(
        self, settings: Settings, make: Callable[[Settings], RunService] | None = None
    ) -> None:
        self._settings = settings
        self._make = make or partial(real_service, on_wait=self._note_wait)
        self._lock = threading.Lock()
        self._service: RunService | None = None
        self._closed = False
        self.waited_s = 0.0

    def _note_wait(self, waited_s: float) -> None:
        self.waited_s = waited_s

    @property
    def home(self) -> Path:
        """The folder in which runs are kept."""
        return self._settings.home

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

    def use_token(self, token: Token) -> None:
        """Send this one from now on, whether the service is made already or not."""
        with self._lock:
            self._settings = replace(self._settings, token=token)
            if self._service is not None:
                self._service.use_token(token)

    def close(self) -> None:
        """Close it, if it was ever made; safe to call twice."""
        with self._lock:
            self._closed = True
            service, self._service = self._service, None
        if service is not None:
            service.close()
