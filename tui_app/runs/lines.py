"""What became of the input lines of a run, names or ids, and the row of each."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property
from typing import Final

from tui_app.redlist import Query, Record, Target
from tui_app.redlist.decode import objects
from tui_app.redlist.errors import NotFound
from tui_app.redlist.names_file import (
    InputLine,
    LineOutcome,
    NameIndex,
    accepted_target,
    account,
    asked_name,
    line_cells,
    outcome_cells,
)
from tui_app.redlist.status import preferred
from tui_app.redlist.taxon import CATEGORY_PE, newest_first, taxon_of
from tui_app.store import PageRow, RunRow, Store

from .matching import look_up, with_fields
from .summary import DAMAGED

READ_AT_STOP: Final = 1_000
"""Answers that are read at most where the user waits for the end of a run: a tenth of a second."""


class LineAccounting:
    """What became of the input lines of one run: names or ids.

    ``sound`` are its undamaged pages, and ``read`` gives the records of one as they arrived.
    """

    def __init__(
        self,
        store: Store,
        run: RunRow,
        query: Query,
        sound: Sequence[PageRow],
        read: Callable[[PageRow], list[Record]],
    ) -> None:
        self._store, self._run, self._query, self._read = store, run, query, read
        self._page_of: dict[Target | None, PageRow] = {
            query.targets[one.target]: one for one in sound
        }
        self._names = query.lines_hold == "names"

    @cached_property
    def outcomes(self) -> tuple[LineOutcome, ...]:
        """The outcome of each line, in the file's order."""
        return tuple(self._outcome(line, self.known) for line in self._query.lines)

    def outcome(self, index: int) -> LineOutcome:
        """The outcome of one line."""
        return self.outcomes[index]

    def counts(self) -> tuple[dict[str, int], dict[str, int]]:
        """How many lines have each outcome; ``duplicates`` among them, and ``lines`` in all.

        And how many of those of each outcome repeat an earlier line.
        """
        return self._counted((one.line, str(one.outcome)) for one in self.outcomes)

    def counts_at_stop(self) -> tuple[dict[str, int], dict[str, int]]:
        """As :meth:`counts`, fast: where answers are many, they are counted as ``answered``."""
        few = len(self._page_of) <= READ_AT_STOP
        # One look-up for each of perhaps a million lines.
        known: dict[Target | None, bool] = {None: True, **dict.fromkeys(self._failed, True)}
        known |= dict.fromkeys(self._page_of, few)

        def outcome(line: InputLine) -> str:
            if (read := known.get(line.target)) is None:
                return "stopped"
            return self._outcome(line).outcome if read else "answered"

        return self._counted((line, outcome(line)) for line in self._query.lines)

    def lost(self) -> Iterator[LineOutcome]:
        """The malformed lines, and those whose requests failed.

        No answer is read: a name that was not found has no near matches.
        """
        for line in self._query.lines:
            if line.target is None or line.target in self._failed:
                yield self._outcome(line)

    def _outcome(self, line: InputLine, known: NameIndex | None = None) -> LineOutcome:
        kind, message = self._failed.get(line.target, ("", ""))
        missing = kind == NotFound.kind
        failure = message if kind and not missing else None
        found = account(line, self.answer(line.target), missing, failure, known or NameIndex())
        # Once the accepted name was requested, this run says so itself.
        return replace(found, message=found.message.removesuffix(f", from run {self._run.run}"))

    def _counted(
        self, outcomes: Iterable[tuple[InputLine, str]]
    ) -> tuple[dict[str, int], dict[str, int]]:
        counted: Counter[str] = Counter()
        repeated: Counter[str] = Counter()
        for line, outcome in outcomes:
            counted[outcome] += 1
            if line.same_as is not None:
                repeated[outcome] += 1
        found = {"lines": len(self._query.lines), **counted, "duplicates": repeated.total()}
        return found, dict(repeated)

    @cached_property
    def _failed(self) -> dict[Target | None, tuple[str, str]]:
        """Kind and message of the last failure of each request that was given up."""
        failures: dict[int, tuple[str, str]] = {}
        for one in self._store.attempts(self._run.run, unsuccessful=True):
            if one.failed and one.target >= 0:
                failures[one.target] = one.kind, one.message
        # Of what is saved, and not among the sound pages, all is damaged.
        failures |= {page.target: DAMAGED for page in self._store.pages(self._run.run)}
        targets = self._query.targets
        found = ((targets[index], failure) for index, failure in failures.items())
        return {target: failure for target, failure in found if target not in self._page_of}

    def record(
        self, index: int, detailed: Callable[[Record], Record], *, wide: bool = False
    ) -> Record:
        """The row of a line: the user's own columns, its outcome, its taxon's status.

        ``wide`` adds every other field of the server's answer and of the full assessment; a line
        with an id always has them.
        """
        outcome = self.outcome(index)
        answer = self.answer_for(outcome) or {}
        if not self._names:
            return with_fields(dict(outcome_cells(outcome)), answer)
        listed = preferred(objects(answer.get("assessments")), self._query.only)
        status = detailed(listed) if listed else {}
        row: Record = dict(line_cells(outcome, status, taxon_of(answer)))
        return with_fields(row, {**status, **answer}) if wide else row

    def history(
        self, index: int, rows_of: Callable[[Record], list[Record]], *, wide: bool = False
    ) -> list[Record]:
        """The rows of a line: its outcome, with each of its taxon's assessments, newest first.

        ``rows_of`` gives the rows of a taxon's answer.
        """
        outcome = self.outcome(index)
        answer = self.answer_for(outcome) or {}
        found = newest_first(rows_of(answer)) or [{}]
        rows = []
        for assessment in found:
            row: Record = dict(line_cells(outcome, assessment, taxon_of(answer)))
            row[CATEGORY_PE] = assessment.get(CATEGORY_PE)
            rows.append(with_fields(row, assessment) if wide else row)
        return rows

    def unresolved(self) -> list[Target]:
        """What asks for the accepted names of synonyms that the server doesn't know, each once."""
        found = dict.fromkeys(map(self._accepted, self.outcomes))
        asked = set(self._query.targets)
        return [one for one in found if one is not None and one not in asked]

    def resolved(self) -> set[str]:
        """Labels of the requests for synonyms whose accepted names were answered."""
        return {
            one.line.target.label
            for one in self.outcomes
            if one.line.target is not None and self._accepted(one) in self._page_of
        }

    def _accepted(self, outcome: LineOutcome) -> Target | None:
        target = outcome.line.target
        missing = outcome.outcome == "synonym" and target not in self._page_of
        return accepted_target(target, outcome.matched_name) if target and missing else None

    def answer_for(self, outcome: LineOutcome) -> Record | None:
        """The answer for a line's name; else that for the accepted one."""
        return self.answer(self._accepted(outcome) or outcome.line.target)

    def answer(self, target: Target | None) -> Record | None:
        """What the server answered for a line's name or id; None where that is not saved."""
        page = None if target is None else self._page_of.get(target)
        if page is None:
            return None
        found = self._read(page)
        return found[0] if found else None

    @cached_property
    def known(self) -> NameIndex:
        """What is saved of the source on the names that were not found."""
        missing = [one for one, (kind, _) in self._failed.items() if kind == NotFound.kind]
        names = [name for one in missing if one and (name := asked_name(one)) is not None]
        return look_up(self._store, self._run.source, names) if names else NameIndex()
