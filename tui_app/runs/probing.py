"""A few requests, to see how long a source takes: kept nowhere, and no faster than is right."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from itertools import islice
from typing import Final

from tui_app.compare.observed import ObservedRun
from tui_app.compare.world import ASSESSMENT, Sort, sort_of
from tui_app.fetch import Cancel, FailedAttempt, MemoryRecorder, Page, Plan, Starts, run
from tui_app.redlist import ASSESSMENT as FULL_ASSESSMENT
from tui_app.redlist import FIRST_PAGE, Query, Target, assessment_ids
from tui_app.redlist.errors import NotFound

from .known import Known
from .observing import probed_run
from .planning import PATIENCE_S

PROBES: Final = 3
"""Requests at most; without a pace, and with full assessments, one more."""

Pick = tuple[int, int | None]
"""A target's index, and its page."""


@dataclass(slots=True)
class Probes:
    """What came of them.

    Attributes:
        runs: as measured.
        pages: the answers.
    """

    runs: list[ObservedRun] = field(default_factory=list)
    pages: list[Page] = field(default_factory=list)


class Prober:
    """Asks a source a few of the requests that a plan would take.

    Without a pace they are sent together, which shows what answers share; with one each waits for
    the one before it.

    Args:
        known: the plan, and what is known of it.
        missing: sorts of request of which nothing was measured yet.
        plan: the same plan at the pace at which the source may be asked.
        starts: counts what other runs and programs start at the source.
        cancel: stops it.
    """

    def __init__(
        self,
        known: Known,
        missing: set[Sort],
        plan: Plan,
        starts: Starts | None,
        cancel: Cancel,
    ) -> None:
        self._known = known
        self._plan = replace(plan, patience_s=PATIENCE_S)
        self._starts = starts
        self._missing = missing
        self._cancel = cancel
        self._found = Probes()

    def ask(self) -> Probes:
        """Ask; returns what came until it was cancelled.

        Raises:
            RequestError: nothing came; or the token was refused.
        """
        self._found = Probes()
        detail = ASSESSMENT in self._missing and self._plan.query.details
        # Two together tell less of what answers share than three: there one more is asked for.
        spared = detail and self._plan.rate is not None
        picks = list(islice(self._picks(), PROBES - spared))
        if picks:
            self._carry(self._plan_of(picks), again=False)
        if detail and not self._cancel.is_set():
            first = next(self._ids(), None)
            if first is not None:
                target = Target(FULL_ASSESSMENT, str(first))
                query = Query(self._plan.query.api, (target,))
                self._carry(self._single(query), again=bool(picks))
        return self._found

    def _picks(self) -> Iterator[Pick]:
        """The first page of each list whose length is not known, then what has to be measured."""
        known, targets = self._known, self._plan.query.targets
        first = FIRST_PAGE[self._plan.query.api]
        seen: set[Pick] = set()
        candidates: list[Pick] = [(index, first) for index in known.unknown]
        for index, target in enumerate(targets):
            if sort_of(target.operation) not in self._missing:
                continue
            if target.operation.paged:
                candidates += [(index, first + place) for place in range(self._most_of(index))]
            else:
                candidates.append((index, None))
        for pick in candidates:
            if pick not in seen:
                seen.add(pick)
                yield pick

    def _most_of(self, index: int) -> int:
        """Pages of a list that are worth asking for."""
        size, limit = self._known.sizes.get(index), self._plan.pages
        most = PROBES if size is None else max(1, size.pages)
        return min(PROBES, most, limit or PROBES)

    def _plan_of(self, picks: Sequence[Pick]) -> Plan:
        """A plan that asks just for these: pages of a list are its first ones, in a row."""
        indexes = list(dict.fromkeys(index for index, _ in picks))
        counts = Counter(index for index, _ in picks)
        most = max(counts.values())
        first = FIRST_PAGE[self._plan.query.api]
        targets = tuple(self._plan.query.targets[index] for index in indexes)
        left_out = {
            (place, first + page)
            for place, index in enumerate(indexes)
            for page in range(counts[index], most)
        }
        return replace(
            self._single(replace(self._plan.query, targets=targets, lines=(), intersect=False)),
            pages=most,
            known_pages={
                place: most for place, target in enumerate(targets) if target.operation.paged
            },
            kept=frozenset(left_out),
        )

    def _single(self, query: Query) -> Plan:
        """The user's own token, retries and time-outs."""
        return replace(
            self._plan,
            query=replace(query, details=False),
            method="sequential" if self._plan.rate else "threads",
            concurrency=PROBES,
            pages=None,
        )

    def _carry(self, plan: Plan, *, again: bool) -> None:
        if again and plan.rate and self._cancel.wait(1 / plan.rate):
            return
        keeper = MemoryRecorder()
        result = run(plan, cancel=self._cancel, recorder=keeper, starts=self._starts)
        if self._cancel.is_set():
            return
        failures = result.totals.failures
        if result.totals.stopped is not None:
            raise failures[-1].error if failures else result.totals.stopped
        if failures and not keeper.pages and not self._may_lack(failures):
            raise min(failures, key=lambda one: one.request.number).error
        pages = keeper.in_order()
        self._found.pages += pages
        self._found.runs.append(probed_run(plan, pages, keeper.failures))

    def _may_lack(self, failures: Sequence[FailedAttempt]) -> bool:
        """Whether these are items of the user's list that don't exist, which is an answer."""
        lines = self._plan.query.lines
        return bool(lines) and all(isinstance(one.error, NotFound) for one in failures)

    def _ids(self) -> Iterator[int]:
        """Assessments that the answers name, or that are asked for anyway."""
        only = self._plan.query.only
        for page in self._found.pages:
            yield from assessment_ids(page.request.operation, page.body, only)
        for _, ids in self._known.listed:
            yield from ids
