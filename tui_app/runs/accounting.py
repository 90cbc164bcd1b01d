"""What became of the names or ids that a run was given, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Sequence
from functools import cached_property
from typing import Final

from tui_app.redlist import Query, Record, Target
from tui_app.redlist.accounting import InputLine, LineOutcome, NameIndex, account, line_cells
from tui_app.redlist.decode import chosen_assessment
from tui_app.redlist.errors import NotFound
from tui_app.store import PageRow, RunRow, Store

from .planning import holds_names
from .summary import DAMAGED

READ_AT_STOP: Final = 1_000
"""Answers that are read at most where the user waits for the end of a run: a tenth of a second."""


class LineAccounting:
    """What became of the input lines of one run: names or ids.

    Args:
        store: where the run is.
        run: the run.
        query: what it fetches.
        pages: its undamaged pages.
        read: gives a page's records.
        damaged: indexes of the operations whose saved answers are damaged.
    """

    def __init__(
        self,
        store: Store,
        run: RunRow,
        query: Query,
        pages: Sequence[PageRow],
        read: Callable[[PageRow], list[Record]],
        *,
        damaged: Collection[int] = (),
    ) -> None:
        self._store = store
        self._run = run
        self._query = query
        self._damaged = damaged
        self._read = read
        self._page_of: dict[Target | None, PageRow] = {
            query.targets[one.target]: one for one in pages
        }
        self._names = holds_names(query)

    @cached_property
    def outcomes(self) -> tuple[LineOutcome, ...]:
        """The outcome of each line, in the file's order."""
        known = self._known()
        return tuple(self._outcome(line, known) for line in self._query.lines)

    def counts(self) -> dict[str, int]:
        """How many lines have each outcome; ``duplicates`` among them, and ``lines`` in all."""
        return self._counted(Counter(str(one.outcome) for one in self.outcomes))

    def counts_at_stop(self) -> dict[str, int]:
        """As :meth:`counts`, fast: where answers are many, they are counted as ``answered``."""
        few = len(self._page_of) <= READ_AT_STOP
        # One look-up for each of perhaps a million lines.
        known: dict[Target | None, bool] = {None: True, **dict.fromkeys(self._failed, True)}
        known |= dict.fromkeys(self._page_of, few)
        counted: Counter[str] = Counter()
        for line in self._query.lines:
            if (read := known.get(line.target)) is None:
                counted["stopped"] += 1
            else:
                counted[self._outcome(line).outcome if read else "answered"] += 1
        return self._counted(counted)

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
        return account(line, self._answer(line.target), missing, failure, known or NameIndex())

    def _counted(self, counted: Counter[str]) -> dict[str, int]:
        duplicates = sum(line.same_as is not None for line in self._query.lines)
        return {"lines": len(self._query.lines), **counted, "duplicates": duplicates}

    @cached_property
    def _failed(self) -> dict[Target | None, tuple[str, str]]:
        """Kind and message of the last failure of each request that was given up."""
        failures: dict[int, tuple[str, str]] = {}
        for one in self._store.attempts(self._run.run, unsuccessful=True):
            if one.failed and one.target >= 0:
                failures[one.target] = one.kind, one.message
        failures.update(dict.fromkeys(self._damaged, DAMAGED))
        targets = self._query.targets
        return {
            targets[index]: failure
            for index, failure in failures.items()
            if targets[index] not in self._page_of
        }

    def record(self, index: int, detailed: Callable[[Record], Record]) -> Record:
        """The row of a line: its outcome, then the server's answer.

        Args:
            index: the line's place.
            detailed: merges a row with its full assessment.
        """
        outcome = self.outcomes[index]
        answer = self._answer(outcome.line.target)
        row: Record = dict(line_cells(outcome))
        if answer is None:
            return row
        if not self._names:
            return {**row, **_beside(row, answer)}
        # The assessment that is the taxon's status comes first, as the table's first columns.
        status = chosen_assessment(answer, self._query.only)
        return {**row, **_beside(row, {**(detailed(status) if status else {}), **answer})}

    def _answer(self, target: Target | None) -> Record | None:
        page = None if target is None else self._page_of.get(target)
        if page is None:
            return None
        found = self._read(page)
        return found[0] if found else None

    def _known(self) -> NameIndex:
        """Names that a missing one may be meant for; empty where none is missing."""
        known = NameIndex()
        missing = any(kind == NotFound.kind for kind, _ in self._failed.values())
        if not self._names or not missing:
            return known
        for target in self._page_of:
            taxon = (self._answer(target) or {}).get("taxon")
            if isinstance(taxon, dict):
                known.add_taxon(taxon)
        for name in self._store.scientific_names(self._run.origin):
            known.add_name(name)
        return known


def _beside(row: Record, answer: Record) -> Record:
    """An answer whose fields can stand beside a line's own: one of their names gets ``own_``."""
    return {f"own_{name}" if name in row else name: value for name, value in answer.items()}
