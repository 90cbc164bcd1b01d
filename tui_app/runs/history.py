"""Saved runs: look at them, name, delete and export them."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cache, partial
from itertools import islice
from pathlib import Path
from typing import Any, Final

from tui_app.export.atomic import Exported, FileTransaction
from tui_app.export.csv_file import write_csv
from tui_app.export.destinations import can_have_meta, check_outputs
from tui_app.export.jsonl_file import write_jsonl
from tui_app.export.meta_file import provenance, write_bibtex, write_meta
from tui_app.export.parquet_file import write_parquet
from tui_app.export.parquet_folder import write_parquet_folder
from tui_app.export.requests_file import write_requests
from tui_app.export.tables_folder import write_tables
from tui_app.export.xlsx_file import write_xlsx
from tui_app.fetch import make_request
from tui_app.redlist import Api, Query, Record, Target, flatten, parse_target, records
from tui_app.redlist.citation import bibtex as bibtex_of
from tui_app.redlist.citation import citation
from tui_app.redlist.codes import Code, built_in, schemes
from tui_app.redlist.errors import Advice, KeepError, RedListError, UsageError
from tui_app.redlist.names_file import InputLine, LineOutcome, NameIndex
from tui_app.redlist.query import check_history, codes_left_out, with_codes_below
from tui_app.redlist.status import SeveralLatest
from tui_app.redlist.text import visible
from tui_app.store import AttemptRow, RunRow, RunState, Store

from .arriving import ArrivingRecords, ArrivingView
from .counts import RowCounts
from .difference import Difference, pair_of_runs
from .matching import Matches, match
from .planning import StoreCache, query_of
from .recorder import RunRecorder
from .records import RunRecords
from .records_table import RecordsView
from .selection import SelectedRecords, Selection
from .summary import DEMO, Summary, damaged, with_errors


class DamagedRows(RedListError):
    """Files (``written``) lack the rows of saved responses that are damaged."""

    advice = Advice.RESUME_DAMAGED

    def __init__(self, records: RunRecords, written: list[Exported], run: str) -> None:
        what = "it" if len(records.damaged) == 1 else "them"
        super().__init__(records.damage, run=run, what=what)
        self.written = written


@dataclass(frozen=True, slots=True)
class FailureRow:
    """One kind of failure of a run."""

    label: str  # of the first request that failed so
    kind: str  # as in :mod:`tui_app.redlist.errors`
    message: str
    count: int  # attempts
    lost: int  # requests given up


_NUMBER: Final = re.compile(r"\d+")

LONGEST_NAME: Final = 80
LONGEST_NOTE: Final = 2000
FORGOTTEN_AFTER_S: Final = 3600.0


class History:
    """The saved runs of one store, each by its id or as ``last``.

    Raises:
        UsageError: by all of its methods: there is no such run, or what is asked of it can't be
            done now.
    """

    def __init__(self, store: Store) -> None:
        self._store = store
        self._recorder = RunRecorder(store)

    def runs(self, limit: int | None = None, *, comparisons: bool = True) -> list[RunRow]:
        """The saved runs, newest first; ``limit`` of them, with those of comparisons or without."""
        found = self._store.runs(limit if comparisons else None)
        if not comparisons:
            found = [row for row in found if row.comparison is None][:limit]
        return found

    def run(self, run_id: str) -> RunRow:
        """One run."""
        return self._store.run(run_id)

    def rename(self, run_id: str, name: str) -> None:
        """Give a run a name, in one line of 80 characters at most; empty removes it."""
        self._store.set_name(run_id, " ".join(visible(name).split())[:LONGEST_NAME])

    def annotate(self, run_id: str, note: str) -> None:
        """Give a run a note, in 2,000 characters at most; empty removes it."""
        self._store.set_note(run_id, visible(note, None).strip()[:LONGEST_NOTE])

    def delete(self, run_id: str) -> None:
        """Hide a run that isn't running; :meth:`undelete` restores it for an hour at least."""
        self._store.delete(run_id)

    def forget(self, run_id: str) -> None:
        """Delete a run that isn't running, with the pages that no other run has, for good."""
        self._store.forget(self._store.run(run_id).run)

    def undelete(self, run_id: str) -> None:
        """Restore a run that was deleted."""
        self._store.undelete(run_id)

    def forget_deleted(self) -> None:
        """Remove what was deleted an hour ago or earlier, with the pages that no other run has."""
        self._store.forget_deleted(FORGOTTEN_AFTER_S)

    def summary(self, run_id: str) -> Summary:
        """One run in figures, counted anew; also of one that was killed."""
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
        """Whether the run is complete, and no saved response is damaged."""
        row = self._store.run(run_id)
        if row.state is not RunState.COMPLETE:
            return False
        records = RunRecords(self._store, row)
        details = self._store.details(row.run)
        return self._summary(row, records).complete and all(
            records.sound_detail(one) is not None for one in details
        )

    def summary_at_end(self, run_id: str) -> Summary:
        """As it was counted when the run ended, which is fast; counted anew where it never did.

        :meth:`summary` reads all rows, which takes most of a second with 100,000 of them.
        """
        row = self._store.run(run_id)
        ended = row.state not in (RunState.RUNNING, RunState.KILLED)
        kept = Summary.from_json(row.summary) if ended else None
        return self.summary(run_id) if kept is None else kept

    def attempts(self, run_id: str) -> list[AttemptRow]:
        """All attempts of a run, by request and attempt."""
        return self._store.attempts(self._store.run(run_id).run)

    def records(self, run_id: str, *, one_per_taxon: bool = False) -> RecordsView:
        """A run's records as a table: all, or of each taxon the one that is its status."""
        row = self._store.run(run_id)
        cited_as = citation(row.red_list_version, row.fetched_utc, demo=row.source == "demo")
        return RecordsView(RunRecords(self._store, row, one_per_taxon=one_per_taxon), cited_as)

    def arriving(self, run_id: str, query: Query | None = None) -> ArrivingView:
        """The records that a run which goes on has saved by now; ``query`` is what it fetches."""
        if query is not None and query.written:  # the server's own list may have further codes
            query = None
        return ArrivingView(ArrivingRecords(self._store, self._store.run(run_id), query))

    def first_records(
        self, run_id: str, count: int, query: Query | None = None, *, one_per_taxon: bool = False
    ) -> list[Record]:
        """The first records of a run, fast: nothing is checked, and names have no near matches.

        ``query`` is that of a run that has just ended.
        """
        row = self._store.run(run_id)
        records = RunRecords(self._store, row, query, trusted=True, one_per_taxon=one_per_taxon)
        if records.lines is not None and not records.query.resolve:
            records.lines.known = NameIndex()
        return list(islice(records, count))

    def several_latest(self, run_id: str, query: Query | None = None) -> SeveralLatest | None:
        """Taxa with several latest assessments in a run of latest ones; None where there is none.

        It is None as well where a scope was chosen. Of a run that has just ended, whose query is
        known, saved responses are not checked. Reads all rows.
        """
        row = self._store.run(run_id)
        records = RunRecords(self._store, row, query, trusted=query is not None)
        query = records.query
        # Of each name in a list there is one row already.
        asked = (() if query.lines else query.only, *(target.params for target in query.targets))
        filters = map(dict, asked)
        if all(one.get("latest") != "true" or "scope_code" in one for one in filters):
            return None
        found = records.several_latest()
        return found if found.taxa else None

    def difference(self, before: str, after: str, fields: Sequence[str] = ()) -> Difference:
        """What changed from one run to another; ``fields`` are compared besides the usual ones.

        Each is a run's id or ``last``, a Red List version (``2025-2``) or an operation, which
        stand for the newest run of it, of the same operations as the other one if there is one.

        Raises:
            UsageError: a run has nothing to compare by, or there is no such field.
        """
        runs = pair_of_runs(self._store, before, after)
        return Difference(self._store, *runs, fields)

    def counts(self, run_id: str, fields: Sequence[str] = ()) -> RowCounts:
        """A run's rows counted by a field or two; by category where none is named.

        Raises:
            UsageError: there is no such field; names near ones.
        """
        return RowCounts(RunRecords(self._store, self._store.run(run_id)), fields)

    def write_rows(
        self, path: Path, rows: Iterable[Record], columns: Sequence[str], *runs: str
    ) -> Exported:
        """Write rows that were made of those of some runs as CSV, beside it its ``.meta.json``.

        The provenance is the last run's; it names those before as ``compared_with``.

        Raises:
            ExportError: the file can't be written; says why.
            UsageError: it is a file that the program needs.
        """
        *before, after = (self.summary_at_end(run).to_json() for run in runs)
        with FileTransaction(path) as transaction:
            done = write_csv(path, rows, columns=columns, transaction=transaction)
            if can_have_meta(path):
                meta = {**after, "compared_with": before} if before else after
                write_meta(path, meta, done.rows, transaction=transaction)
        return done

    def lines(self, run_id: str, query: Query | None = None) -> tuple[LineOutcome, ...]:
        """What became of each input name or id of a run; empty where it had none.

        Of a run that has just ended, whose query is known, saved responses are not checked.
        """
        records = RunRecords(self._store, self.run(run_id), query, trusted=query is not None)
        return () if records.lines is None else records.lines.outcomes

    def lost_lines(self, run_id: str, query: Query) -> Iterator[LineOutcome]:
        """Those of :meth:`lines` that found nothing, fast: without near matches."""
        records = RunRecords(self._store, self.run(run_id), query, trusted=True)
        return iter(()) if records.lines is None else records.lines.lost()

    def match(self, lines: Sequence[InputLine]) -> Matches:
        """Find names among the taxa of all saved runs: see :func:`~tui_app.runs.matching.match`."""
        return match(self._store, lines)

    def failures(self, run_id: str) -> list[FailureRow]:
        """The failures of a run, most frequent first; those that differ in numbers are a group."""
        groups: dict[tuple[str, str], list[AttemptRow]] = {}
        for attempt in self.attempts(run_id):
            if attempt.failed:
                alike = _NUMBER.sub("#", attempt.message)
                groups.setdefault((attempt.kind, alike), []).append(attempt)
        return [
            FailureRow(
                label=group[0].label,
                kind=kind,
                message=group[0].message,
                count=len(group),
                lost=sum(one.final for one in group),
            )
            for (kind, _), group in sorted(groups.items(), key=lambda one: -len(one[1]))
        ]

    def export(
        self,
        run_id: str,
        *,
        csv: Path | None = None,
        jsonl: Path | None = None,
        parquet: Path | None = None,
        parquet_folder: Path | None = None,
        requests_csv: Path | None = None,
        tables: Path | None = None,
        bibtex: Path | None = None,
        xlsx: Path | None = None,
        csv_safe: bool = False,
        wide: bool = False,
        history: bool = False,
        one_per_taxon: bool = False,
        distinct: bool = False,
        selection: Selection | None = None,
    ) -> list[Exported]:
        """Write a saved run to files, each beside its ``.meta.json``; fetches nothing.

        ``requests_csv`` has a row a request; ``tables`` is a folder of tidy tables of the full
        assessments and taxa, ``bibtex`` the citation, all else the records: in ``parquet_folder``
        partitioned by operation and class, in ``xlsx`` with the provenance as a second sheet.
        ``csv_safe`` quotes cells that a spreadsheet would run. ``wide``: the rows of names have
        every field that came, as those of ``jsonl`` always do; ``history``: they are a row for each
        assessment, also where the run was not fetched so. ``one_per_taxon`` writes of each taxon
        the one that is its status; ``distinct`` keeps an assessment once, as that of a query does.
        ``selection`` is of the rows as ``one_per_taxon`` has them, and of no other option.

        Raises:
            DamagedRows: some saved responses are damaged; all else is written.
            ExportError: a file can't be written; says which and why.
            UsageError: a file may not be replaced, or there is nothing to make tables of.
        """
        row = self._store.run(run_id)
        if selection is None:
            records = RunRecords(self._store, row, one_per_taxon=one_per_taxon)
        else:
            records = SelectedRecords(self._store, row, selection, one_per_taxon=one_per_taxon)
        records.wide = wide
        if distinct:
            records.query = replace(records.query, distinct=True)
        # Counted where it is needed, mostly after the rows were read: that finds damaged pages.
        summary = cache(partial(self._summary, row, records))
        files = {"csv": csv, "jsonl": jsonl, "requests_csv": requests_csv, "tables": tables}
        files |= {"bibtex": bibtex, "parquet": parquet}
        # What may not fit comes last.
        files |= {"parquet_folder": parquet_folder, "xlsx": xlsx}
        outputs = [(form, path) for form, path in files.items() if path is not None]
        check_outputs(outputs, home=self._store.folder)
        query = records.query
        if history:
            check_history(query)
            summary()  # of the run as it was fetched
            query = records.query = replace(query, history=True)
        if tables is not None and not (query.gives_assessments or query.gives_taxa):
            raise UsageError(
                f"Run {row.run} has no full assessments or taxa for tables.",
                "Fetch with details, or a list of names or of assessments' ids.",
            )

        def as_json() -> dict[str, Any]:
            found = replace(summary(), distinct=records.query.distinct)
            return with_errors(found, damaged(records.damaged)).to_json()

        written: list[Exported] = []
        for form, path in outputs:
            if form == "bibtex":
                demo = row.source == "demo"
                text = bibtex_of(row.red_list_version, row.fetched_utc, demo=demo)
                written.append(write_bibtex(path, text))
                continue
            about: dict[str, Any] = {"one_per_taxon": records.one_per_taxon}
            if selection is not None and form != "requests_csv":
                about["selection"] = selection.facts()
            with FileTransaction(path) as transaction:
                if isinstance(records, SelectedRecords):
                    records.scratch = partial(transaction.scratch, path)
                done = self._write(
                    *(form, path, row, records, transaction),
                    summary=as_json,
                    about=about,
                    safe=csv_safe,
                )
                if can_have_meta(path):
                    write_meta(path, as_json(), done[0].rows, **about, transaction=transaction)
            written += done
        if records.damaged and any(form not in ("requests_csv", "bibtex") for form, _ in outputs):
            raise DamagedRows(records, written, row.run)
        return written

    def _write(
        self,
        form: str,
        path: Path,
        row: RunRow,
        records: RunRecords,
        transaction: FileTransaction,
        *,
        summary: Callable[[], dict[str, Any]],
        about: dict[str, Any],
        safe: bool,
    ) -> list[Exported]:
        demo = DEMO if row.source == "demo" else None
        if form == "jsonl":
            return [write_jsonl(path, records.answers(), transaction=transaction)]
        tabular = form in ("csv", "parquet", "parquet_folder", "xlsx")
        columns = records.columns_if_empty() if tabular else ()
        if form == "csv":
            return [write_csv(path, records, columns=columns, safe=safe, transaction=transaction)]
        if form == "parquet":
            return [write_parquet(path, records, columns=columns, transaction=transaction)]
        if form == "parquet_folder":
            export = write_parquet_folder(
                path,
                records,
                operation=records.operation,
                columns=columns,
                transaction=transaction,
            )
            return [export]
        if form == "xlsx":
            export = write_xlsx(
                path,
                records,
                provenance=lambda rows: provenance(path, summary(), rows, **about),
                columns=columns,
                transaction=transaction,
            )
            return [export]
        if form == "requests_csv":
            export = write_requests(
                path,
                self._store.attempts(row.run),
                method=row.method,
                source=demo or (row.source if row.replay_of is None else "replay"),
                safe=safe,
                transaction=transaction,
            )
            return [export]
        codes = {
            stem: {one.code: one.description for one in saved}
            for stem in schemes()
            if (saved := saved_codes(self._store, stem, row.origin)[0])
        }
        return write_tables(
            path,
            records.assessments() if records.query.gives_assessments else None,
            records.taxa() if records.query.gives_taxa else None,
            codes=codes,
            safe=safe,
            source=demo,
            transaction=transaction,
        )

    def codes_left_out(self, run_id: str, query: Query) -> tuple[str, ...]:
        """A sentence for each code of a run that has codes below it which its lists lack.

        None where the store can't be read: the run has ended, and nothing depends on them.
        """
        with suppress(KeepError):
            row = self._store.run(run_id)
            if query.written:  # with the codes of the server's own list
                query = query_of(row)
            known = partial(saved_codes, self._store, origin=row.origin)
            return tuple(codes_left_out(query, lambda stem: known(stem)[0] or built_in(stem)))
        return ()


def saved_codes(
    store: Store, stem: str, origin: str, api: Api = "v4"
) -> tuple[tuple[Code, ...], bool]:
    """The saved code list of a server, and whether it is fresh; none where it is damaged."""
    with suppress(KeepError, ValueError, RecursionError):
        target = parse_target(stem, api)
        path = make_request(0, 0, target, None).path
        for _, found, body in StoreCache(store, origin, None).find([path]):
            return read_codes(target, body), found.fresh
    return (), False


def with_saved_codes(store: Store, query: Query, origin: str) -> Query:
    """The same with the codes below, of ``threats/5+``, that a server's own saved list has."""
    return with_codes_below(query, lambda stem: saved_codes(store, stem, origin)[0])


def read_codes(target: Target, body: bytes) -> tuple[Code, ...]:
    """The codes of a code list's response."""
    found = []
    for record in records(target.operation, body):
        flat = flatten(record)
        first = next((cell for cell in flat.values() if cell is not None), "")
        code = record.get("code", record.get("name", first))
        found.append(Code(str(code), str(flat.get("description") or "")))
    return tuple(found)
