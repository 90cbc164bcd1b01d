"""Names against all that is saved; requests nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final
from weakref import WeakKeyDictionary

import msgspec

from tui_app.export.atomic import Exported, ExportError, FileTransaction
from tui_app.export.csv_file import write_csv
from tui_app.export.destinations import can_have_meta
from tui_app.export.jsonl_file import write_jsonl
from tui_app.export.meta_file import write_meta
from tui_app.redlist import Record, flatten
from tui_app.redlist.citation import citation
from tui_app.redlist.decode import decode_json, objects
from tui_app.redlist.errors import Advice, RedListError
from tui_app.redlist.names import Name
from tui_app.redlist.names_file import (
    NEAR_MATCHES,
    InputLine,
    LineOutcome,
    NameIndex,
    account,
    asked_name,
    line_cells,
    lines_in_words,
)
from tui_app.redlist.status import preferred
from tui_app.redlist.tables import day_of
from tui_app.redlist.text import counted
from tui_app.store import DamagedPage, KeptBody, Store

from .summary import DEMO, SOURCE_COLUMN


class _Answer(msgspec.Struct, gc=False):
    """What is read of a list, a taxon or a full assessment; no other field is decoded.

    All below ``taxon`` is of an assessment alone.
    """

    assessments: Any = None
    taxon: Any = None
    assessment_id: Any = None
    sis_taxon_id: Any = None
    red_list_category: Any = None
    possibly_extinct: Any = None
    possibly_extinct_in_the_wild: Any = None
    year_published: Any = None
    assessment_date: Any = None
    criteria: Any = None
    scopes: Any = None
    latest: Any = None
    url: Any = None

    def rows(self) -> list[Record]:
        """The assessments, as a list has them."""
        if self.assessment_id is None:
            return list(objects(self.assessments))
        row = msgspec.structs.asdict(self)
        del row["assessments"], row["taxon"]
        category = row.pop("red_list_category")
        code = category.get("code") if isinstance(category, dict) else None
        return [{**row, "red_list_category_code": code}]


_DECODER: Final = msgspec.json.Decoder(_Answer)


class KnownNames(NameIndex):
    """What an index knows of some names; much smaller than the index."""

    def __init__(self, index: NameIndex, names: Iterable[Name]) -> None:
        super().__init__()
        self._found: dict[str, tuple[str | None, str, bool, tuple[str, ...]]] = {}
        for name in names:
            accepted, has = index.accepted(name), index.has(name)
            near = () if accepted or has else index.near(name)
            self._found[name.key] = accepted, index.run_of(name), has, near

    def covers(self, names: Iterable[Name]) -> bool:
        """Whether all of these names were looked up."""
        return all(name.key in self._found for name in names)

    def accepted(self, name: Name) -> str | None:
        """See :class:`NameIndex`."""
        return self._of(name)[0]

    def run_of(self, name: Name) -> str:
        """See :class:`NameIndex`."""
        return self._of(name)[1]

    def has(self, name: Name) -> bool:
        """See :class:`NameIndex`."""
        return self._of(name)[2]

    def near(self, name: Name, n: int = NEAR_MATCHES) -> tuple[str, ...]:
        """See :class:`NameIndex`."""
        return self._of(name)[3][:n]

    def _of(self, name: Name) -> tuple[str | None, str, bool, tuple[str, ...]]:
        return self._found.get(name.key, (None, "", False, ()))


_LOOKED_UP: WeakKeyDictionary[Store, tuple[object, KnownNames]] = WeakKeyDictionary()
"""Of each store the names that were looked up last, and in what: a run that ends, its sentence and
its files look up the same ones, and to read all that is saved takes seconds."""


def look_up(store: Store, source: str, names: Sequence[Name]) -> NameIndex:
    """What all saved runs of a source (demo, live) know of some names.

    That are names, and the synonyms of full answers.

    Raises:
        KeepError: the store can't be read.
    """
    saved = [store.kept_taxa(source, lists=lists) for lists in (False, True)]
    before, known = _LOOKED_UP.get(store, (None, None))
    if known is None or before != (source, saved) or not known.covers(names):
        index = NameIndex()
        for kept in saved:
            for _ in _index_taxa(store, kept, index):
                pass
        known = KnownNames(index, names)
        _LOOKED_UP[store] = (source, saved), known
    return known


def _index_taxa(
    store: Store, saved: Iterable[KeptBody], known: NameIndex
) -> Iterator[tuple[str, Sequence[str], Record | None, list[Record]]]:
    """Add each taxon of each saved response to ``known``; newest runs first.

    Yields its run, the keys of its names (the accepted one first), the taxon as its answer
    describes it (None: a list doesn't), and its assessments. What is damaged is left out.
    """
    for kept in saved:
        try:
            answer = _read(store.cached_body(kept.body_id))
        except (DamagedPage, msgspec.MsgspecError, ValueError, RecursionError):
            continue
        rows = answer.rows()
        if isinstance(answer.taxon, dict):
            if keys := known.add_taxon(answer.taxon, kept.run):
                yield kept.run, keys, answer.taxon, rows
            continue
        for row in rows:
            name = row.get("taxon_scientific_name")
            if isinstance(name, str) and (key := known.add_name(name)):
                yield kept.run, (key,), None, [row]


def _read(body: bytes) -> _Answer:
    try:
        return _DECODER.decode(body)
    except msgspec.ValidationError:  # for one of a number beyond a double
        return msgspec.convert(decode_json(body), _Answer)


class _Taxon:
    """A taxon that a line asks for, with its saved assessments."""

    def __init__(self, taxon: Record) -> None:
        # Without its lists: of 10,000 taxa they take more memory than all else.
        self.taxon = {
            name: value
            for name, value in taxon.items()
            if name == "common_names" or not isinstance(value, list | dict)
        }
        self._rows: dict[int, tuple[int, Record]] = {}  # with their runs, by assessment

    def add(self, run: str, rows: list[Record]) -> None:
        """Add assessments; of two answers on one, that of the newer run holds."""
        for row in rows:
            number = row.get("assessment_id")
            if isinstance(number, int) and self._rows.get(number, (-1,))[0] < int(run):
                self._rows[number] = int(run), row

    @property
    def status(self) -> Record | None:
        """The assessment that is the taxon's status."""
        return preferred(row for _, row in self._rows.values())


@dataclass(frozen=True, slots=True)
class Matches:
    """What is kept on each line of a list of names."""

    lines: Sequence[tuple[LineOutcome, _Taxon | None]]
    source: str  # `demo` or `live`
    runs: tuple[str, ...]  # that have taxa, newest first
    red_list_version: str | None  # that all of them have; None where they differ

    @property
    def counts(self) -> dict[str, int]:
        """How many lines have each outcome, and ``lines`` in all."""
        counted = Counter(str(outcome.outcome) for outcome, _ in self.lines)
        return {"lines": len(self.lines), **counted}

    @property
    def repeated(self) -> dict[str, int]:
        """How many lines of each outcome repeat an earlier one."""
        same = (outcome for outcome, _ in self.lines if outcome.line.same_as is not None)
        return dict(Counter(str(outcome.outcome) for outcome in same))

    def in_words(self) -> str:
        """How many lines have which outcome."""
        demo = "DEMO, synthetic data: " if self.source == "demo" else ""
        absent = f"not in {counted(len(self.runs), 'saved run')}"
        return f"{demo}{lines_in_words(self.counts, 'name', self.repeated, absent)}."

    def rows(self, *, wide: bool = False) -> Iterator[Record]:
        """A row a line; ``wide`` adds what else is known of the taxon and the assessment."""
        for outcome, kept in self.lines:
            status, taxon = (kept.status or {}, kept.taxon) if kept else ({}, {})
            row: Record = dict(line_cells(outcome, status, taxon))
            if wide:
                more = {**taxon, **status}
                more.pop("common_names", None)
                row = with_fields(row, more)
            yield row | ({SOURCE_COLUMN: DEMO} if self.source == "demo" else {})

    def write(self, form: str, path: Path, *, wide: bool = False, safe: bool = False) -> Exported:
        """Write the rows as ``csv`` or ``jsonl``, beside them the provenance.

        Raises:
            ExportError: the file can't be written; says why.
        """
        rows = self.rows(wide=wide)
        try:
            with FileTransaction(path) as transaction:
                if form == "jsonl":
                    done = write_jsonl(path, rows, transaction=transaction)
                else:
                    done = write_csv(path, rows, safe=safe, transaction=transaction)
                if can_have_meta(path):
                    write_meta(path, self._provenance, done.rows, transaction=transaction)
        except ExportError as error:
            raise ExportError(str(error), "Choose another name, and match again.") from error
        return done

    @property
    def _provenance(self) -> dict[str, Any]:
        demo, version = self.source == "demo", self.red_list_version
        return {
            "source": self.source,
            "api": "v4",
            "red_list_version": version,
            "citation": citation(version, demo=demo),
            "lines": self.counts,
            "runs": self.runs,
        }


def match(store: Store, lines: Sequence[InputLine]) -> Matches:
    """Find names among the taxa of all saved runs; those of the demo only if there are no others.

    Raises:
        RedListError: no run has any taxa.
        KeepError: the store can't be read.
    """
    for source in ("live", "demo"):
        known = _Known(store, source, lines)
        if known.runs:
            break
    else:
        raise RedListError("There are no saved taxa to match with.", Advice.FETCH_LIST)
    of_run = {row.run: row.red_list_version for row in store.runs()}
    versions = {of_run.get(run) for run in known.runs}
    return Matches(
        [known.find(line) for line in lines],
        source,
        tuple(sorted(known.runs, key=int, reverse=True)),
        versions.pop() if len(versions) == 1 else None,
    )


def with_fields(row: Record, fields: Record) -> Record:
    """A line's row with further fields behind; one whose name has another value gets ``own_``."""
    for name, value in fields.items():
        if name not in row:
            row[name] = value
            continue
        nested = isinstance(value, list | dict)
        for cell, one in (flatten({name: value}) if nested else {name: day_of(value)}).items():
            if row.setdefault(cell, one) != one:
                row[f"own_{cell}"] = one
    return row


class _Known:
    """All names that the runs of a source have, and what else is kept of the taxa of some lines."""

    def __init__(self, store: Store, source: str, lines: Sequence[InputLine]) -> None:
        self.runs: set[str] = set()  # that have taxa
        self._names = NameIndex()
        self._taxa: dict[str, _Taxon] = {}
        self._below: dict[str, list[str]] = {}  # keys of taxa below a species that a line names
        asked = [name for line in lines if line.target and (name := asked_name(line.target))]
        wanted = {name.key for name in asked} | {_species(name.key) for name in asked}
        for lists in (False, True):
            accepted = (self._names.accepted(name) for name in asked)  # full answers tell
            wanted.update(self._names.add_name(name) for name in accepted if name)
            saved = store.kept_taxa(source, lists=lists)
            for run, keys, taxon, rows in _index_taxa(store, saved, self._names):
                self.runs.add(run)
                if not wanted.isdisjoint(keys) or _species(keys[0]) in wanted:
                    self._add(run, keys[0], taxon, rows)

    def _add(self, run: str, key: str, taxon: Record | None, rows: list[Record]) -> None:
        if key not in self._taxa:
            self._taxa[key] = _Taxon(taxon or {"scientific_name": rows[0]["taxon_scientific_name"]})
            if key != (species := _species(key)):
                self._below.setdefault(species, []).append(key)
        self._taxa[key].add(run, rows)

    def find(self, line: InputLine) -> tuple[LineOutcome, _Taxon | None]:
        """What became of a line, and its taxon."""
        name = asked_name(line.target) if line.target else None
        if name is None:
            return account(line, None, False, None, self._names), None
        accepted = None if name.key in self._taxa else self._names.accepted(name)
        if accepted is not None:
            kept = self._taxa.get(self._names.add_name(accepted))
            return account(line, None, True, None, self._names), kept
        others = self._below.get(name.key, [])
        other_rank = others[0] if len(others) == 1 else _species(name.key)
        for key in (name.key, other_rank):
            if taxon := self._taxa.get(key):
                return account(line, {"taxon": taxon.taxon}, False, None, self._names), taxon
        outcome = account(line, None, True, None, self._names)
        if others:
            texts = tuple(self._taxa[key].taxon["scientific_name"] for key in others)
            outcome = replace(outcome, near_matches=texts[:NEAR_MATCHES])
        return outcome, None


def _species(key: str) -> str:
    return " ".join(key.split(" ", 2)[:2])
