"""The records of a run that goes on: those of the pages that are committed by now."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterable, Iterator, Sequence
from copy import copy
from functools import cached_property
from itertools import accumulate, chain, groupby
from typing import Final, overload

from tui_app.redlist import Query, Target, flatten
from tui_app.redlist.names_file import LineOutcome
from tui_app.store import PageRow, RunRow, Store

from .lines import LineAccounting
from .parts import Part
from .records import RunRecords
from .records_table import RecordsView, SortKeys, View, arranged
from .summary import first_seen

NEAR_ROWS: Final = 100
_SAMPLED_AGAIN: Final = 20
"""Rows whose columns are read anew where rows get further values."""


class ArrivingRecords(RunRecords):
    """Reads the records of a run that goes on. Parts are in the order in which they arrived.

    Differs from :class:`RunRecords`, which reads them again when the run has ended:

    - Nothing is checked, and no row is left out because its list changed meanwhile.
    - Input lines have rows when they are answered; others are accounted for at the end.
    - Of a distinct query a row is where it arrived first, of an intersection it is there as soon as
      all operations have listed it.
    """

    def __init__(self, store: Store, run: RunRow, query: Query | None = None) -> None:
        super().__init__(store, run, query, trusted=True)
        first, self.pages = self.pages, []
        self.sound = self.pages
        self.parts = []
        self._known: set[tuple[int, int | None]] = set()
        self._seen: set[object] = set()
        self._listed_by = {}
        self._lines_of: dict[Target | None, list[int]] = {}
        for index, line in enumerate(self.query.lines):
            self._lines_of.setdefault(line.target, []).append(index)
        if self.query.lines:
            self.lines = _ArrivingLines(store, run, self.query, (), self.as_arrived)
        self._common = _Common(len(self.query.sides)) if self.query.intersect else None
        self._take(first)

    @cached_property
    def place_of_lines(self) -> int:
        """The target in whose place the rows of input lines are."""
        of_lines = [at for at, one in enumerate(self._targets) if one in self._lines_of]
        return min(of_lines, default=len(self._targets))

    @property
    def changes(self) -> bool:
        """Whether rows get further values after they have arrived."""
        return self.query.details or self.query.distinct

    def grow(self) -> None:
        """Add the parts of the pages that were committed since."""
        self._take(self._store.new_pages(self._run.run, self._known))

    def _take(self, pages: Iterable[PageRow]) -> None:
        for page in pages:
            self._known.add((page.target, page.page))
            if page.target < len(self._targets):  # else the accepted name of a synonym
                self.pages.append(page)
                self.parts += self._arrived(page)
        self.__dict__.pop("_code_types", None)

    def _arrived(self, page: PageRow) -> list[Part]:
        """The parts that are there now that a page is."""
        target = self._targets[page.target]
        places: Sequence[int] | None = None
        if isinstance(self.lines, _ArrivingLines):
            self.lines.add(target, page)
            if target in self._lines_of:
                return [self._of_line(index) for index in self._lines_of[target]]
            if target in self.query.resolved:
                return []
        if self._common is not None:
            sides = [page.target in side for side in self.query.sides]
            found = self._common.take(page, self._ids(page), sides)
            return [part for one, at in found for part in self._of_page(one, at)]
        if self.query.distinct and self._is_list(page):
            ids = self._ids(page)
            for one in ids:
                lists = (*self._listed_by.get(one, ()), page.target)
                self._listed_by[one] = dict.fromkeys(sorted(lists))
            places = first_seen(ids, self._seen)
        return self._of_page(page, places)


class _ArrivingLines(LineAccounting):
    """Of a run that goes on: only the outcomes of answered lines are read."""

    @cached_property
    def _failed(self) -> dict[Target | None, tuple[str, str]]:
        return {}  # no line that failed is read, and each reading would go through all attempts

    def add(self, target: Target, page: PageRow) -> None:
        """A page has arrived."""
        self._page_of[target] = page

    def outcome(self, index: int) -> LineOutcome:
        """The outcome of one line, without reading those of the others."""
        return self._outcome(self._query.lines[index])


class _Common:
    """Which assessments all sides of an intersection have listed, and where the first one has."""

    def __init__(self, sides: int) -> None:
        self._listed: list[set[int]] = [set() for _ in range(sides)]
        self._waiting: dict[int, tuple[PageRow, int]] = {}
        self._done: set[int] = set()

    def take(
        self, page: PageRow, ids: Sequence[int], sides: Sequence[bool]
    ) -> list[tuple[PageRow, list[int]]]:
        """Pages of the first side, with the places of the rows that all sides have listed now."""
        for members, listed in zip(self._listed, sides, strict=True):
            if listed:
                members.update(ids)
        if sides[0]:
            for place, one in enumerate(ids):
                if one not in self._done:
                    self._waiting.setdefault(one, (page, place))
        new: dict[int, tuple[PageRow, list[int]]] = {}
        for one in ids:
            if one in self._waiting and all(one in members for members in self._listed):
                of, place = self._waiting.pop(one)
                self._done.add(one)
                new.setdefault(id(of), (of, []))[1].append(place)
        return [(of, sorted(places)) for of, places in new.values()]


class ArrivingView(RecordsView):
    """The records of a run that goes on, as a table in the order that they have at its end.

    A table doesn't change: :meth:`grown` gives a longer one, in which rows are stored where they
    were. Safe between threads, but for that one.
    """

    _source: ArrivingRecords
    grows = True

    def __init__(self, source: ArrivingRecords) -> None:
        super().__init__(source)
        self.changes = source.changes
        self.order = self._in_order()

    def grown(self) -> ArrivingView:
        """The table with what was committed since.

        Raises:
            KeepError: the store can't be read.
        """
        source = self._source
        source.grow()
        known = len(self._ends)
        new = source.parts[known:]
        if not new and not self.changes:
            return self
        view = copy(self)
        ends = accumulate((part.rows for part in new), initial=self.stored_rows)
        view._ends = self._ends + list(ends)[1:]
        if self.changes:
            view._part = view._cache()
        view._sample(known)
        if self.changes and view._ends:
            some = chain.from_iterable(map(flatten, view._part(0)[:_SAMPLED_AGAIN]))
            view.columns = tuple(dict.fromkeys((*view.columns, *some)))
        view.order = view._in_order()
        return view

    def up_to(self, rows: int) -> ArrivingView:
        """The table as it was when it had so many rows, or a few more."""
        parts = bisect_left(self._ends, rows) + 1
        if parts >= len(self._ends):
            return self
        view = copy(self)
        view._ends = self._ends[:parts]
        view.order = view._in_order()
        return view

    def _in_order(self) -> Sequence[int]:
        """Where the rows are stored, in the order of operation, page and the server's own."""
        parts, lines = self._source.parts, self._source.place_of_lines
        keys = [
            (lines, -1, part.key[1]) if part.of_line else (*part.key, 0)
            for part in parts[: len(self._ends)]
        ]
        found: list[Sequence[int]] = []
        for _, same in groupby(sorted(range(len(keys)), key=keys.__getitem__), keys.__getitem__):
            indexes = list(same)
            stretches = [range(self._start(index), self._ends[index]) for index in indexes]
            if len(stretches) > 1:  # the rows of a page became known in several steps
                places = (parts[index].places or () for index in indexes)
                rows = zip(chain(*places), chain(*stretches), strict=True)
                found.append([stored for _, stored in sorted(rows)])
            elif found and isinstance(last := found[-1], range) and last.stop == stretches[0].start:
                found[-1] = range(last.start, stretches[0].stop)
            else:
                found += stretches
        return found[0] if len(found) == 1 else _Joined(found)


class _Joined(Sequence[int]):
    """Concatenates sequences without copying them."""

    def __init__(self, parts: Sequence[Sequence[int]]) -> None:
        self._parts = parts
        self._ends = list(accumulate(map(len, parts)))

    def __len__(self) -> int:
        return self._ends[-1] if self._ends else 0

    def __iter__(self) -> Iterator[int]:
        return chain.from_iterable(self._parts)

    @overload
    def __getitem__(self, index: int) -> int: ...
    @overload
    def __getitem__(self, index: slice) -> list[int]: ...
    def __getitem__(self, index: int | slice) -> int | list[int]:
        places = range(len(self))[index]
        if isinstance(places, range):
            return [self[one] for one in places]
        number = bisect_right(self._ends, places)
        return self._parts[number][places - (self._ends[number - 1] if number else 0)]

    def index(self, value: int, start: int = 0, stop: int | None = None) -> int:
        """Where a value is; raises a ValueError where it isn't."""
        before = 0
        for part in self._parts:
            if value in part:
                return before + part.index(value)
            before += len(part)
        raise ValueError(value)


def rearranged(
    before: View,
    now: View,
    *,
    find: str = "",
    sort: str | None = None,
    descending: bool = False,
    halted: Callable[[], bool] = lambda: False,
) -> View:
    """An arrangement of a table that has grown since: reads only the rows that are new.

    ``before`` is what :func:`arranged` gave, or this function, by the same arguments. Rows that
    were found stay, whatever values they got since.

    Raises:
        Halted, RedListError: as :func:`arranged`.
    """
    new = copy(now)
    new.order = range(before.stored_rows, now.stored_rows)
    new = arranged(new, find=find, halted=halted)
    view = copy(now)
    if find:
        shown = {*before.order, *new.order}
        view.order = [place for place in now.order if place in shown]
    if sort in now.columns:
        keys = before.sorted_by
        if keys is None:  # no row had the column
            keys, new = SortKeys(), view
        keys.read(new, sort, halted)
        view.order = keys.in_order(view.order, descending=descending)
        view.sorted_by = keys
    return view


def same_row(before: View, index: int, now: View) -> int:
    """Where a row is shown in another table of the same run; else the next that is shown there."""
    near = [*range(index, min(index + NEAR_ROWS, len(before)))]
    near += range(index - 1, max(-1, index - 1 - NEAR_ROWS), -1)
    if now.grows:  # what is stored stays there
        places = [before.order[one] for one in near]
    else:
        ids = [before.row_id(one) for one in near]
        stored = now.stored_at(ids)
        places = [stored[one] for one in ids if one in stored]
    found = (at for place in places if (at := now.shown_at(place)) is not None)
    return next(found, max(0, min(index, len(now) - 1)))
