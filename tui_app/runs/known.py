"""What is known of a piece of work beforehand: how long its lists are, what of them is kept."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from tui_app.compare.work import ListSize, Work
from tui_app.compare.world import ASSESSMENT as ASSESSMENT_SORT
from tui_app.compare.world import Sort, sort_of
from tui_app.fetch import DETAILS, Page, Plan, make_request
from tui_app.redlist import ASSESSMENT, FIRST_PAGE, Operation, Target, assessment_ids
from tui_app.redlist.errors import KeepError
from tui_app.store import PageRow, RunState, Store

from .response_cache import StoreCache

ROWS_A_PAGE: Final = {"v4": 100, "v3": 10_000}
V3_PAGES: Final = 16
"""Pages that the real v3 had when it was retired."""
RUNS_ASKED: Final = 40
MOST_PAGES: Final = 100_000
"""Of one list, whatever a server says: so many are looked for among what is kept."""


@dataclass(slots=True)
class Known:
    """What is known of a plan's work.

    Attributes:
        sizes: of its paged lists, by the target's index, as far as they are known.
        kept: what would not be asked for, as in :attr:`tui_app.fetch.Plan.kept`.
        listed: assessments that kept pages name, as in :attr:`tui_app.fetch.Plan.listed`.
        named: of answers without pages, how many assessments each names.
        assumed: sentences on what is not known.
    """

    plan: Plan
    sizes: dict[int, ListSize]
    kept: frozenset[tuple[int, int | None]]
    listed: tuple[tuple[int, tuple[int, ...]], ...]
    named: list[int]
    assumed: list[str]

    @property
    def unknown(self) -> list[int]:
        """Indexes of the paged lists whose length is not known."""
        targets = enumerate(self.plan.query.targets)
        return [
            index for index, target in targets if target.operation.paged and index not in self.sizes
        ]

    def sorts_left(self) -> set[Sort]:
        """The sorts of request that are left to send, as far as the lists are known."""
        query, found = self.plan.query, set[Sort]()
        work, unknown = Work(self.plan, self.sizes), set(self.unknown)
        kept = Counter(index for index, _ in self.kept)
        for index, target in enumerate(query.targets):
            wanted = 1 if index not in self.sizes else work.pages_of(index)
            if index in unknown or kept[index] < wanted:
                found.add(sort_of(target.operation))
        follows = any(target.operation.lists_assessments for target in query.targets)
        if query.details and follows and (unknown or kept[DETAILS] < work.details):
            found.add(ASSESSMENT_SORT)
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
                rows = page.paging.total_count
                self.sizes[index] = _size(total, page.rows * total if rows is None else rows)
            elif page.number is None and target.operation.lists_assessments:
                self.named.append(len(_ids(target.operation, page.body, self.plan)))

    def assume(self) -> bool:
        """Assume a length of the lists that still have none; False where there is no ground to."""
        api = self.plan.query.api
        for index in self.unknown:
            label = self.plan.query.targets[index].label
            if api == "v3":
                self.sizes[index] = _size(V3_PAGES, V3_PAGES * ROWS_A_PAGE[api])
                self.assumed.append(
                    f"v3 doesn't say how many pages there are: {V3_PAGES}, as it had at its end."
                )
            elif self.plan.pages is not None:
                self.sizes[index] = _size(self.plan.pages, self.plan.pages * ROWS_A_PAGE[api])
                self.assumed.append(f"How long {label} is, isn't known: it may have fewer pages.")
            elif self.sizes:
                known = list(self.sizes.values())
                pages = sum(one.pages for one in known) // len(known)
                self.sizes[index] = _size(pages, pages * ROWS_A_PAGE[api])
                self.assumed.append(f"{label} is taken to be as long as the others are.")
            else:
                return False
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


def what_is_known(store: Store, origin: str, plan: Plan, cache: StoreCache | None) -> Known:
    """What the store tells of a plan.

    Args:
        store: where runs are kept.
        origin: of the source.
        plan: for all of it.
        cache: what is kept and would be used; None: nothing.
    """
    first = FIRST_PAGE[plan.query.api]
    sizes: dict[int, ListSize] = {}
    for index, target in enumerate(plan.query.targets):
        if not target.operation.paged:
            continue
        found = store.cached_page(origin, make_request(0, index, target, first).path)
        if found is not None and found.total_pages is not None:
            total, rows = found.total_pages, found.total_count
            sizes[index] = _size(total, found.rows * total if rows is None else rows)
        elif plan.query.api == "v3" and (pages := _pages_found(store, origin, target)):
            sizes[index] = _size(pages, pages * ROWS_A_PAGE["v3"])
    fresh = {} if cache is None else cache.fresh()
    known = Known(plan, sizes, frozenset(), (), [], [])
    if fresh:
        _look_for_kept(store, known, fresh)
    return known


def _size(pages: int, rows: int) -> ListSize:
    return ListSize(max(0, pages), max(0, rows))


def _pages_found(store: Store, origin: str, target: Target) -> int | None:
    """How many pages of a v3 list a run has found until one was empty."""
    for row in store.measured(origin, "v3", RUNS_ASKED):
        whole = row.state is RunState.COMPLETE and row.settings.get("pages") is None
        if whole and row.operations == (target.label,):
            return row.summary.get("pages_total")
    return None


def _look_for_kept(store: Store, known: Known, fresh: Mapping[str, PageRow]) -> None:
    """Find which of a plan's requests are kept, and which assessments those pages name."""
    plan = known.plan
    query = plan.query
    kept: set[tuple[int, int | None]] = set()
    listed: list[tuple[int, tuple[int, ...]]] = []
    work = Work(plan, known.sizes)
    for index, target in enumerate(query.targets):
        pages: list[int | None] = [None]
        if target.operation.paged:
            first = FIRST_PAGE[query.api]
            count = work.pages_of(index) if index in known.sizes else 0
            pages = list(range(first, first + min(count, MOST_PAGES)))
        for page in pages:
            row = fresh.get(make_request(0, index, target, page).path)
            if row is None:
                continue
            kept.add((index, page))
            # What all of several lists have can't be told from the kept ones alone.
            if query.details and not query.intersect and row.body_id is not None:
                ids = _ids_kept(store, target.operation, row.body_id, plan)
                listed.append((index, ids))
                if page is None:
                    known.named.append(len(ids))
                kept.update((DETAILS, one) for one in ids if _detail_path(one) in fresh)
    known.kept, known.listed = frozenset(kept), tuple(listed)


def _detail_path(assessment_id: int) -> str:
    return make_request(0, DETAILS, Target(ASSESSMENT, str(assessment_id)), None).path


def _ids_kept(store: Store, operation: Operation, body_id: int, plan: Plan) -> tuple[int, ...]:
    try:
        return _ids(operation, store.cached_body(body_id), plan)
    except (KeepError, ValueError, RecursionError):  # what is damaged is asked for
        return ()


def _ids(operation: Operation, body: bytes, plan: Plan) -> tuple[int, ...]:
    return assessment_ids(operation, body, plan.query.only)
