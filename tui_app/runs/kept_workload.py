"""What the store and a few probes say of a piece of work: its size, and how long answers took."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from itertools import zip_longest
from typing import Final

from tui_app.compare.workload import ASSESSMENT as ASSESSMENT_KIND
from tui_app.compare.workload import ListSize, MeasuredRun, RequestKind, Sample, Work, kind_of
from tui_app.fetch import DETAILS, FailedAttempt, Page, Plan, make_request
from tui_app.fetch.plan import make_detail
from tui_app.redlist import FIRST_PAGE, Target, assessment_ids, parse_target
from tui_app.redlist.errors import KeepError, RedListError, Throttled
from tui_app.settings import Settings
from tui_app.store import AttemptRow, RunRow, RunState, Store

from .planning import Source, StoreCache
from .recorder import attempt_row, seconds_in

ROWS_A_PAGE: Final = {"v4": 100, "v3": 10_000}
V3_PAGES: Final = 16
"""Pages that the real v3 had when it was retired."""
MOST_PAGES: Final = 100_000
"""Of one list, whatever a server says: so many are looked for among what is kept."""


@dataclass(slots=True)
class KnownWork:
    """What is known of a plan's work."""

    plan: Plan
    sizes: dict[int, ListSize]  # of its paged lists, by the target's index, as far as known
    kept: frozenset[tuple[int, int | None]] = frozenset()  # as in a plan
    listed: tuple[tuple[int, tuple[int, ...]], ...] = ()  # as in a plan
    named: list[int] = field(default_factory=list)  # assessments, by each answer without pages
    assumed: list[str] = field(default_factory=list)  # sentences on what is not known
    guessed: bool = False  # whether the size of a list is assumed

    @property
    def unknown(self) -> list[int]:
        """Indexes of the paged lists whose length is not known."""
        targets = enumerate(self.plan.query.targets)
        return [
            index for index, target in targets if target.operation.paged and index not in self.sizes
        ]

    @property
    def lists(self) -> tuple[int, ...]:
        """Pages of each list, in the order of the targets; none where those of one aren't known."""
        known = [self.sizes[index].pages for index in sorted(self.sizes)]
        whole = len(known) == len(self.plan.query.targets) and not self.guessed
        return tuple(known) if whole else ()

    def kinds_left(self) -> set[RequestKind]:
        """The kinds of request that are left to send, as far as the lists are known."""
        query, unknown = self.plan.query, self.unknown
        plan = replace(self.plan, kept=self.kept)
        found = {kind for kind, _ in Work(plan, self.sizes).left()}
        found.update(kind_of(query.targets[index].operation) for index in unknown)
        follows = any(target.operation.lists_assessments for target in query.targets)
        if unknown and query.details and follows:
            found.add(ASSESSMENT_KIND)
        return found

    def learn(self, pages: list[Page]) -> None:
        """Take in what answers say of their lists."""
        targets = self.plan.query.targets
        index_of = {(one.path, one.params): index for index, one in enumerate(targets)}
        for page in pages:
            target = page.request.target
            index = index_of.get((target.path, target.params))
            total = page.paging.total_pages
            if index is not None and page.number is not None and total is not None:
                self.sizes[index] = _size(total, page.rows, page.paging.total_count)
            elif page.number is None and target.operation.lists_assessments:
                only = self.plan.query.only
                self.named.append(len(assessment_ids(target.operation, page.body, only)))

    def assume(self) -> bool:
        """Assume a length of the lists that still have none; False where there is no ground to."""
        api, alike = self.plan.query.api, list[str]()
        for index in self.unknown:
            label = self.plan.query.targets[index].label
            if api == "v3":
                pages = V3_PAGES
                words = f"v3 doesn't give the number of pages; {pages} are assumed, as at its end."
            elif self.plan.pages is not None:
                pages = self.plan.pages
                words = f"The length of {label} is unknown; it may have fewer pages."
            elif self.sizes:
                pages = sum(one.pages for one in self.sizes.values()) // len(self.sizes)
                alike.append(label)
                words = ""
            else:
                return False
            self.sizes[index] = _size(pages, ROWS_A_PAGE[api])
            self.guessed = True
            self.assumed += filter(None, [words])
        if alike:
            more = f" and {len(alike) - 1:,} more are" if alike[1:] else " is"
            self.assumed.append(f"{alike[0]}{more} assumed to be as long as the others.")
        return True

    def work(self) -> Work:
        """The work, as far as it is known."""
        first = FIRST_PAGE[self.plan.query.api]
        known_pages = {
            index: size.pages
            for index, size in self.sizes.items()
            # Else the first page has to be here before the others can be asked for.
            if (index, first) in self.kept and self.plan.query.api == "v4"
        }
        plan = replace(self.plan, kept=self.kept, listed=self.listed, known_pages=known_pages)
        follows = sum(self.named) / len(self.named) if self.named else 1.0
        return Work(plan, self.sizes, follows)


def known_work(store: Store, origin: str, plan: Plan, cache: StoreCache | None) -> KnownWork:
    """What the store tells of a plan; without a cache nothing that is saved would be used."""
    first = FIRST_PAGE[plan.query.api]
    sizes: dict[int, ListSize] = {}
    for index, target in enumerate(plan.query.targets):
        if not target.operation.paged:
            continue
        found = store.cached_page(origin, make_request(0, index, target, first).path)
        if found is not None and found.total_pages is not None:
            sizes[index] = _size(found.total_pages, found.rows, found.total_count)
        elif plan.query.api == "v3" and (count := _pages_found(store, origin, target)):
            sizes[index] = _size(count, ROWS_A_PAGE["v3"])
    known = KnownWork(plan, sizes)
    fresh = {} if cache is None else cache.fresh()
    if not fresh:
        return known
    query, work = plan.query, Work(plan, sizes)
    kept: set[tuple[int, int | None]] = set()
    listed: list[tuple[int, tuple[int, ...]]] = []
    for index, target in enumerate(query.targets):
        pages: list[int | None] = [None]
        if target.operation.paged:
            count = work.pages_of(index) if index in sizes else 0
            pages = list(range(first, first + min(count, MOST_PAGES)))
        for page in pages:
            row = fresh.get(make_request(0, index, target, page).path)
            if row is None:
                continue
            kept.add((index, page))
            # What all of several lists have can't be told from the kept ones alone.
            if query.details and not query.intersect and row.body_id is not None:
                ids: tuple[int, ...] = ()
                with suppress(KeepError, ValueError, RecursionError):  # damaged: is asked for
                    body = store.cached_body(row.body_id)
                    ids = assessment_ids(target.operation, body, query.only)
                listed.append((index, ids))
                if page is None:
                    known.named.append(len(ids))
                kept.update((DETAILS, one) for one in ids if make_detail(0, one).path in fresh)
    known.kept, known.listed = frozenset(kept), tuple(listed)
    return known


def _size(pages: int, page_rows: int, rows: int | None = None) -> ListSize:
    return ListSize(max(0, pages), max(0, pages * page_rows if rows is None else rows))


def _pages_found(store: Store, origin: str, target: Target) -> int | None:
    """How many pages of a v3 list a run has found until one was empty."""
    for row in store.measured(origin, "v3", RUNS_READ):
        whole = row.state is RunState.COMPLETE and row.settings.get("pages") is None
        if whole and row.operations == (target.label,):
            return row.summary.get("pages_total")
    return None


# -- measured attempts -------------------------------------------------------------------

RUNS_READ: Final = 40
MOST_ATTEMPTS: Final = 1_000
"""Of one run; of a crawl all parts are alike."""
ENOUGH_RUNS: Final = 12
ENOUGH_ANSWERS: Final = 400
"""Of each kind of request: older ones say nothing more."""

PAST_END: Final[RequestKind] = "past the end"
"""What a page without rows is like; no run is foretold to need any."""


def kept_runs(
    store: Store, source: Source, settings: Settings, kinds: Iterable[RequestKind]
) -> list[MeasuredRun]:
    """The newest kept runs of a source, until they have answers enough of these kinds.

    The demo server answers as fast as its profile says: those of another one tell nothing.
    """
    missing = dict.fromkeys(kinds, ENOUGH_ANSWERS)
    found: list[MeasuredRun] = []
    for row in store.measured(source.origin, settings.api, RUNS_READ):
        if source.name == "demo" and row.settings.get("demo_profile") != settings.demo_profile:
            continue
        whole = row.state is RunState.COMPLETE and not row.summary.get("reused")
        kinds = [_kind_of(label, row) for label in row.operations]
        run = MeasuredRun(
            method=row.method,
            samples=tuple(_samples(store.attempts(row.run, MOST_ATTEMPTS), kinds)),
            requests=int(row.summary.get("requests") or 0) if whole else 0,
            cpu_s=float(row.summary.get("cpu_seconds") or 0.0),
        )
        if run.samples:
            found.append(run)
        for one in run.samples:
            if one.span is not None and one.kind in missing:
                missing[one.kind] -= 1
        if len(found) >= ENOUGH_RUNS and all(left <= 0 for left in missing.values()):
            break
    return found


def _kind_of(label: str, row: RunRow) -> RequestKind:
    try:
        return kind_of(parse_target(label, "v3" if row.api == "v3" else "v4").operation)
    except RedListError:  # an operation that a newer version of this program knows
        return ""


def probed_run(plan: Plan, items: Sequence[Page | FailedAttempt]) -> MeasuredRun:
    """What a few requests that nobody keeps have shown."""
    attempts = sorted(map(attempt_row, items), key=lambda one: (one.request, one.attempt))
    kinds = [kind_of(target.operation) for target in plan.query.targets]
    some = any(one.rows for one in attempts)
    return MeasuredRun(plan.method, tuple(_samples(attempts, kinds, rows_expected=some)))


def _samples(
    attempts: Sequence[AttemptRow], kinds: Sequence[RequestKind], *, rows_expected: bool = False
) -> Iterable[Sample]:
    for one, later in zip_longest(attempts, attempts[1:]):
        if one.started is None or one.status == 304:  # what hasn't changed is told more quickly
            continue
        paused_s = None  # for how long the run paused after a 429
        if one.kind == Throttled.kind and later is not None and later.request == one.request:
            ended = max(filter(None, (one.started, one.sent, one.headers, one.body)), default=0.0)
            paused_s = None if later.started is None else max(0.0, later.started - ended)
        kind = ASSESSMENT_KIND if one.target == DETAILS else kinds[one.target]
        # What lies past the end of a list has no rows, and comes sooner: it was under way as well.
        past_end = rows_expected and not one.kind and not one.rows
        yield Sample(
            kind=PAST_END if past_end else kind,
            label=one.label,
            started=one.started,
            sent=one.sent,
            ended=one.body,
            new_connection=one.connected is not None,
            server_s=seconds_in(one.server_s),
            failure=one.kind,
            retry_after_s=paused_s,
        )
