"""Writing a kept run to files, each with its provenance beside it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from pathlib import Path
from typing import Any

from tui_app.export import (
    Exported,
    FileTransaction,
    Output,
    can_have_meta,
    check_outputs,
    write_bibtex,
    write_csv,
    write_jsonl,
    write_meta,
    write_parquet,
    write_requests,
    write_tables,
)
from tui_app.redlist.citation import bibtex
from tui_app.redlist.codes import schemes
from tui_app.redlist.errors import Advice, RedListError, UsageError
from tui_app.store import RunRow, Store

from .lookups import CodeLists
from .records import DEMO, RunRecords
from .summary import Summary, with_damaged


class DamagedRows(RedListError):
    """Files were written without the rows of saved answers that are damaged.

    Attributes:
        written: the files.
    """

    advice = Advice.RESUME_DAMAGED

    def __init__(self, records: RunRecords, written: list[Exported], run: str) -> None:
        what = "it" if len(records.damaged) == 1 else "them"
        super().__init__(records.damage, run=run, what=what)
        self.written = written


@dataclass(frozen=True, slots=True)
class Exports:
    """Files to write; None where one is not wanted."""

    csv: Path | None = None
    jsonl: Path | None = None
    parquet: Path | None = None
    requests_csv: Path | None = None
    tables: Path | None = None
    bibtex: Path | None = None
    csv_safe: bool = False

    def outputs(self) -> list[Output]:
        """Those that are wanted, each with its form."""
        found = ((one.name, getattr(self, one.name)) for one in fields(self))
        return [(form, path) for form, path in found if isinstance(path, Path)]


class Exporter:
    """Writes runs of one store.

    Args:
        store: where they are.
        codes: kept code lists, for the descriptions of parents.
    """

    def __init__(self, store: Store, codes: CodeLists) -> None:
        self._store = store
        self._codes = codes

    def write(
        self, row: RunRow, records: RunRecords, summary: Summary, files: Exports
    ) -> list[Exported]:
        """Write what is wanted, in the order of :class:`Exports`.

        Args:
            row: the run.
            records: of the run.
            summary: of the run.
            files: what is wanted.

        Raises:
            DamagedRows: some saved answers are damaged; all else is written.
            ExportError: a file can't be written.
            UsageError: there are no full assessments to make tables of, or a file may not be
                replaced.
        """
        check_outputs(files.outputs(), home=self._store.folder)
        if files.tables is not None:
            self._check_tables(records, row)
        written: list[Exported] = []
        safe = files.csv_safe

        def said() -> dict[str, Any]:  # damage shows when the records are read
            return with_damaged(summary, records.damaged).to_json()

        if files.csv is not None:
            columns = records.columns_if_empty()
            csv = partial(write_csv, files.csv, records, columns=columns, safe=safe)
            written.append(_with_meta(files.csv, csv, said))
        if files.jsonl is not None:
            jsonl = partial(write_jsonl, files.jsonl, records)
            written.append(_with_meta(files.jsonl, jsonl, said))
        if files.parquet is not None:
            columns = records.columns_if_empty()
            parquet = partial(write_parquet, files.parquet, lambda: records, columns=columns)
            written.append(_with_meta(files.parquet, parquet, said))
        if files.requests_csv is not None:
            timed = row.source if row.replay_of is None else "replay"
            requests = partial(
                write_requests,
                files.requests_csv,
                self._store.attempts(row.run),
                method=row.method,
                source=DEMO if row.source == "demo" else timed,
                safe=safe,
            )
            written.append(_with_meta(files.requests_csv, requests, said))
        if files.tables is not None:
            with FileTransaction(files.tables) as transaction:
                written += self._write_tables(files.tables, records, row, files, transaction)
                rows = summary.details or summary.records
                write_meta(files.tables, said(), rows, transaction=transaction)
        if files.bibtex is not None:
            written.append(write_bibtex(files.bibtex, _bibtex(row)))
        of_records = (files.csv, files.jsonl, files.parquet, files.tables)
        if records.damaged and any(path is not None for path in of_records):
            raise DamagedRows(records, written, row.run)
        return written

    def _check_tables(self, records: RunRecords, row: RunRow) -> None:
        lists = any(target.operation.lists_assessments for target in records.query.targets)
        gives = any(target.operation.gives_assessment for target in records.query.targets)
        if not gives and not (lists and records.query.details):
            raise UsageError(
                f"Run {row.run} has no full assessments to make tables of.",
                "Fetch with details, or a list of assessments' ids.",
            )

    def _write_tables(
        self,
        folder: Path,
        records: RunRecords,
        row: RunRow,
        files: Exports,
        transaction: FileTransaction,
    ) -> list[Exported]:
        codes = {
            stem: {one.code: one.description for one in kept}
            for stem in schemes()
            if (kept := self._codes.kept(stem, row.origin))
        }
        return write_tables(
            folder,
            records.assessments(),
            codes=codes,
            safe=files.csv_safe,
            source=DEMO if row.source == "demo" else None,
            transaction=transaction,
        )


def _with_meta(
    path: Path, write: Callable[..., Exported], summary: Callable[[], dict[str, Any]]
) -> Exported:
    """Write an export and its provenance, which are replaced together."""
    with FileTransaction(path) as transaction:
        export = write(transaction=transaction)
        if can_have_meta(path):
            write_meta(path, summary(), export.rows, transaction=transaction)
    return export


def _bibtex(row: RunRow) -> str:
    return bibtex(row.red_list_version, row.fetched_utc, demo=row.source == "demo")
