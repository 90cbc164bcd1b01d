"""What became of the names or ids that a run was given, line by line."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from functools import cached_property

from tui_app.redlist import Query, Record, Target
from tui_app.redlist.accounting import NameIndex, Outcome, account, line_cells
from tui_app.redlist.decode import chosen_assessment
from tui_app.redlist.errors import NotFound
from tui_app.store import PageRow, RunRow, Store

from .planning import holds_names
from .summary import DAMAGED


class RunLines:
    """The input lines of one run, each with its outcome.

    Args:
        store: where the run is.
        run: the run.
        query: what it was asked.
        pages: what is saved, and whole.
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
        self._page_of: dict[Target, PageRow] = {query.targets[one.target]: one for one in pages}
        self._names = holds_names(query)

    @cached_property
    def outcomes(self) -> tuple[Outcome, ...]:
        """What became of each line, in the file's order."""
        failures: dict[int, tuple[str, str]] = {}
        for one in self._store.attempts(self._run.run):
            if one.failed:
                failures[one.target] = one.kind, one.message
        failures.update(dict.fromkeys(self._damaged, DAMAGED))
        failed = {
            target: failures[index]
            for index, target in enumerate(self._query.targets)
            if index in failures and target not in self._page_of
        }
        known = self._known(failed)
        found: list[Outcome] = []
        for line in self._query.lines:
            kind, message = failed.get(line.target, ("", "")) if line.target else ("", "")
            missing = kind == NotFound.kind
            failure = message if kind and not missing else None
            found.append(account(line, self._answer(line.target), missing, failure, known))
        return tuple(found)

    def counts(self) -> dict[str, int]:
        """How many lines have each outcome; ``duplicates`` among them, and ``lines`` in all."""
        counted = Counter(str(one.outcome) for one in self.outcomes)
        duplicates = sum(line.same_as is not None for line in self._query.lines)
        return {"lines": len(self.outcomes), **counted, "duplicates": duplicates}

    def record(self, index: int, detailed: Callable[[Record], Record]) -> Record:
        """The row of a line: its outcome, then what the server said.

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
        # The assessment that is the taxon's status first, so that the table's first columns
        # are what a person looks for; then the whole answer.
        status = chosen_assessment(answer, self._query.only)
        return {**row, **_beside(row, {**(detailed(status) if status else {}), **answer})}

    def _answer(self, target: Target | None) -> Record | None:
        page = None if target is None else self._page_of.get(target)
        if page is None:
            return None
        found = self._read(page)
        return found[0] if found else None

    def _known(self, failed: dict[Target, tuple[str, str]]) -> NameIndex:
        """Names that a missing one may stand for; none are gathered where none is missing."""
        known = NameIndex()
        if not self._names or not any(kind == NotFound.kind for kind, _ in failed.values()):
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
