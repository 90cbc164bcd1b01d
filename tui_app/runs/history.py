"""What can be done with runs that are kept: look at them, name, delete and write them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from tui_app.export import Exported
from tui_app.redlist import Query
from tui_app.redlist.accounting import LineOutcome
from tui_app.redlist.text import visible
from tui_app.store import AttemptRow, RunRow, RunState, Store

from .exporting import Exporter, Exports
from .lines import RunLines
from .lookups import CodeLists
from .recording import Recorder
from .records import RunRecords
from .recordsview import RecordsView
from .summary import Summary


@dataclass(frozen=True, slots=True)
class FailureRow:
    """A kind of failure of one run, and how often it came.

    Attributes:
        label: the first request that met it, in words.
        kind: as in :mod:`tui_app.redlist.errors`.
        message: what happened.
        count: how many attempts met it.
        lost: how many requests were given up because of it.
    """

    label: str
    kind: str
    message: str
    count: int
    lost: int


LONGEST_NAME: Final = 80
"""Characters of a run's name."""
LONGEST_NOTE: Final = 2000
FORGOTTEN_AFTER_S: Final = 3600.0
"""A run that was deleted can be taken back for so long at least."""


class History:
    """The kept runs of one store. None of this fetches."""

    _store: Store
    _recorder: Recorder
    _codes: CodeLists

    def runs(self, limit: int | None = None, *, comparisons: bool = True) -> list[RunRow]:
        """The runs that are kept, newest first; without those of comparisons if so wished."""
        found = self._store.runs(limit if comparisons else None)
        if not comparisons:
            found = [row for row in found if row.comparison is None][:limit]
        return found

    def run(self, run_id: str) -> RunRow:
        """One run, by id or ``last``."""
        return self._store.run(run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Call a run something, in one line of 80 characters at most; empty: nothing any more.

        Raises:
            UsageError: there is no such run.
        """
        self._store.set_name(run_id, " ".join(visible(name).split())[:LONGEST_NAME])

    def annotate(self, run_id: str, note: str) -> None:
        """Say something of a run, in 2,000 characters at most; empty: nothing any more.

        Raises:
            UsageError: there is no such run.
        """
        self._store.set_note(run_id, visible(note, None).strip()[:LONGEST_NOTE])

    def delete(self, run_id: str) -> None:
        """Hide a run; :meth:`undelete` takes it back until it is forgotten.

        Raises:
            UsageError: there is no such run, or it goes on.
        """
        self._store.delete(run_id)

    def undelete(self, run_id: str) -> None:
        """Take a run back that was deleted.

        Raises:
            UsageError: it has been forgotten.
        """
        self._store.undelete(run_id)

    def forget_deleted(self) -> None:
        """Forget what was deleted an hour ago or earlier, with the pages that no other run has."""
        self._store.forget_deleted(FORGOTTEN_AFTER_S)

    def summary(self, run_id: str) -> Summary:
        """One run in figures; of one that was killed, what can be said."""
        row = self._store.run(run_id)
        return self._summary(row, RunRecords(self._store, row))

    def _summary(self, row: RunRow, records: RunRecords) -> Summary:
        stopped = row.state is not RunState.COMPLETE
        seconds = row.summary.get("seconds")
        summary = self._recorder.summary(row.run, seconds, stopped=stopped, records=records)
        return replace(
            summary,
            stopped_because=row.summary.get("stopped_because"),
            cpu_seconds=row.summary.get("cpu_seconds"),
        )

    def is_whole(self, run_id: str) -> bool:
        """Whether nothing is left to fetch: a run is complete, and no saved answer is damaged."""
        row = self._store.run(run_id)
        if row.state is not RunState.COMPLETE:
            return False
        records = RunRecords(self._store, row)
        details = self._store.details(row.run)
        return self._summary(row, records).complete and all(
            records.sound_detail(one) is not None for one in details
        )

    def summary_at_end(self, run_id: str) -> Summary:
        """As it was counted when the run ended; counted anew where it never did.

        :meth:`summary` goes through all rows to tell whether the list changed meanwhile, which
        takes most of a second with 100,000 of them.
        """
        row = self._store.run(run_id)
        ended = row.state not in (RunState.RUNNING, RunState.KILLED)
        kept = Summary.from_json(row.summary) if ended else None
        return self.summary(run_id) if kept is None else kept

    def attempts(self, run_id: str) -> list[AttemptRow]:
        """All attempts of a run, by request and attempt."""
        return self._store.attempts(self._store.run(run_id).run)

    def records(self, run_id: str) -> RecordsView:
        """A run's records as a table."""
        return RecordsView(RunRecords(self._store, self._store.run(run_id)))

    def lines(self, run_id: str, query: Query | None = None) -> tuple[LineOutcome, ...]:
        """What became of each name or id that a run was given; nothing where it had none.

        Args:
            run_id: its id, or ``last``.
            query: what it was asked, where that is known.
        """
        lines = self._lines_of(run_id, query)
        return () if lines is None else lines.outcomes

    def lost_lines(self, run_id: str, query: Query) -> Iterator[LineOutcome]:
        """Of :meth:`lines`, those that brought nothing, read quickly: without near matches."""
        lines = self._lines_of(run_id, query)
        return iter(()) if lines is None else lines.lost()

    def _lines_of(self, run_id: str, query: Query | None) -> RunLines | None:
        # Where the query is known, the run has just ended: its pages need no check.
        trusted = query is not None
        return RunRecords(self._store, self._store.run(run_id), query, trusted=trusted).lines

    def failures(self, run_id: str) -> list[FailureRow]:
        """What went wrong in a run, grouped, most frequent first."""
        groups: dict[tuple[str, str], list[AttemptRow]] = {}
        for attempt in self.attempts(run_id):
            if attempt.failed:
                groups.setdefault((attempt.kind, attempt.message), []).append(attempt)
        return [
            FailureRow(
                label=group[0].label,
                kind=kind,
                message=message,
                count=len(group),
                lost=sum(one.final for one in group),
            )
            for (kind, message), group in sorted(groups.items(), key=lambda one: -len(one[1]))
        ]

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
        csv_safe: bool = False,
    ) -> list[Exported]:
        """Write a kept run to files, each beside its ``.meta.json``; fetches nothing.

        Args:
            run_id: its id, or ``last``.
            csv: the records as CSV.
            jsonl: the records as JSON Lines, nested.
            parquet: the records as Parquet: a file, or a folder of parts.
            requests_csv: a row a request.
            tables: a folder of tidy tables of the full assessments.
            bibtex: the citation.
            csv_safe: quote cells that a spreadsheet would run.

        Raises:
            DamagedRows: some saved answers are damaged; all else is written.
            ExportError: a file can't be written; says which and why.
            UsageError: there are no full assessments to make tables of.
        """
        row = self._store.run(run_id)
        files = Exports(csv, jsonl, parquet, requests_csv, tables, bibtex, csv_safe)
        records = RunRecords(self._store, row)
        summary = self._summary(row, records)
        return Exporter(self._store, self._codes).write(row, records, summary, files)
