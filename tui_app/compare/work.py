"""What a simulated server answers: how many pages and rows its lists have."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from tui_app.fetch import DETAILS, Plan, Request
from tui_app.redlist import FIRST_PAGE, Paging

_INVENTED: Final = 10**12
"""Ids from here on stand for assessments whose own are not known yet."""


USUAL_ROWS: Final = (100, 20, 10_000)
"""Rows of a page: of most lists of v4, of those of possibly extinct taxa, of v3."""


@dataclass(frozen=True, slots=True)
class ListSize:
    """How long a paged list is.

    Attributes:
        pages: that it has.
        rows: in all of them.
    """

    pages: int
    rows: int

    @property
    def page_rows(self) -> int:
        """Rows of each page but the last: as many as the API usually gives, if that fits."""
        for usual in USUAL_ROWS:
            if -(-self.rows // usual) == self.pages:
                return usual
        return max(1, -(-self.rows // max(1, self.pages)))


@dataclass(frozen=True, slots=True)
class Work:
    """A plan, and what there is to be found.

    Attributes:
        plan: what would be carried out. It knows what is kept, as that of a resumed run does.
        sizes: of the paged lists, by the target's index.
        follows: assessments that an answer without pages names, on average.
    """

    plan: Plan
    sizes: Mapping[int, ListSize] = field(default_factory=dict)
    follows: float = 1.0

    def pages_of(self, index: int) -> int:
        """Pages of a list that are wanted, kept ones among them."""
        size, limit = self.sizes[index], self.plan.pages
        # The first page is always asked for: it may be the one that says that there is nothing.
        return max(1, size.pages if limit is None else min(size.pages, limit))

    def rows_of(self, index: int) -> int:
        """Rows of those pages."""
        size = self.sizes[index]
        return min(size.rows, self.pages_of(index) * size.page_rows)

    @property
    def pages(self) -> int:
        """Answers that are wanted: pages of lists, and answers without pages."""
        targets = range(len(self.plan.query.targets))
        return sum(self.pages_of(one) if one in self.sizes else 1 for one in targets)

    @property
    def details(self) -> int:
        """Full assessments that rows lead to; at most, where several lists are intersected."""
        query = self.plan.query
        if not query.details:
            return 0
        rows = [self.rows_of(index) for index in self.sizes]
        if query.intersect:
            return min(rows, default=0)
        singles = sum(
            one.operation.lists_assessments
            for index, one in enumerate(query.targets)
            if index not in self.sizes
        )
        return sum(rows) + round(singles * self.follows)

    @property
    def kept(self) -> int:
        """Of all these, those that are kept and not asked for."""
        return len(self.plan.kept)

    @property
    def requests(self) -> int:
        """Requests that are left to send, retries not counted."""
        return max(0, self.pages + self.details - self.kept)


class Answers:
    """Answers a plan's requests as a server with so much to tell would.

    Args:
        work: what there is to be found.
    """

    def __init__(self, work: Work) -> None:
        query = work.plan.query
        self._work = work
        self._api = query.api
        self._details = query.details
        self._followed = 0.0
        # Lists that are intersected have the same rows, as far as they go; others have their own.
        base, self._bases = _INVENTED, dict[int, int]()
        for index, size in work.sizes.items():
            self._bases[index] = base
            base += 0 if query.intersect else size.rows + size.page_rows
        self._next_single = base + _INVENTED

    def to(self, request: Request) -> tuple[int, Paging, range]:
        """Rows of an answer, what its headers say of its list, ids that its rows name."""
        if request.target_index == DETAILS:
            return 1, _NOTHING, _NOBODY
        size = self._work.sizes.get(request.target_index)
        if size is None or request.page is None:
            return 1, _NOTHING, self._of_single(request)
        place = request.page - FIRST_PAGE[self._api]
        first = place * size.page_rows
        rows = max(0, min(size.page_rows, size.rows - first)) if place < size.pages else 0
        base = self._bases[request.target_index] + first
        paging = _NOTHING if self._api == "v3" else Paging(size.pages, size.rows)
        return rows, paging, range(base, base + rows) if self._details else _NOBODY

    def _of_single(self, request: Request) -> range:
        if not self._details or not request.operation.lists_assessments:
            return _NOBODY
        before = round(self._followed)
        self._followed += self._work.follows
        return range(self._next_single + before, self._next_single + round(self._followed))


_NOTHING: Final = Paging()
_NOBODY: Final = range(0)
