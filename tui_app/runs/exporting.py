"""Writing a kept run to files, each with its provenance beside it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from tui_app.export import (
    Exported,
    can_have_meta,
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
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.store import RunRow, Store

from .lookups import CodeLists
from .records import DEMO, RunRecords
from .summary import Summary, with_damaged


class DamagedRows(RedListError):
    """Files were written without the rows of saved answers that are damaged.

    Attributes:
        written: the files.
    """

    def __init__(self, sentence: str, written: list[Exported]) -> None:
        super().__init__(sentence)
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
            UsageError: there are no full assessments to make tables of.
        """
        if files.tables is not None:
            self._check_tables(records, row)
        written: list[Exported] = []
        if files.csv is not None:
            columns = records.columns_if_empty()
            written.append(write_csv(files.csv, records, columns=columns, safe=files.csv_safe))
        if files.jsonl is not None:
            written.append(write_jsonl(files.jsonl, records))
        if files.parquet is not None:
            columns = records.columns_if_empty()
            written.append(write_parquet(files.parquet, lambda: records, columns=columns))
        if files.requests_csv is not None:
            timed = row.source if row.replay_of is None else "replay"
            source = DEMO if row.source == "demo" else timed
            attempts = self._store.attempts(row.run)
            written.append(
                write_requests(
                    files.requests_csv,
                    attempts,
                    method=row.method,
                    source=source,
                    safe=files.csv_safe,
                )
            )
        said = with_damaged(summary, records.damaged).to_json()
        for export in written:
            if can_have_meta(export.path):
                write_meta(export.path, said, export.rows)
        if files.tables is not None:
            written += self._write_tables(files.tables, records, row, files)
            said = with_damaged(summary, records.damaged).to_json()
            write_meta(files.tables, said, summary.details or summary.records)
        if files.bibtex is not None:
            written.append(write_bibtex(files.bibtex, _bibtex(row)))
        of_records = (files.csv, files.jsonl, files.parquet, files.tables)
        if records.damaged and any(path is not None for path in of_records):
            raise DamagedRows(records.damage, written)
        return written

    def _check_tables(self, records: RunRecords, row: RunRow) -> None:
        lists = any(target.operation.lists_assessments for target in records.query.targets)
        gives = any(target.operation.gives_assessment for target in records.query.targets)
        if not gives and not (lists and records.query.details):
            raise UsageError(
                f"Run {row.run} has no full assessments to make tables of.",
                "Fetch with details (--details), or a list of ids (`assessments --ids FILE`).",
            )

    def _write_tables(
        self, folder: Path, records: RunRecords, row: RunRow, files: Exports
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
        )


def _bibtex(row: RunRow) -> str:
    return bibtex(row.red_list_version, row.fetched_utc, demo=row.source == "demo")
