"""The records of a saved run, and what is left to fetch of it."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cached_property, partial
from typing import Final

from tui_app.fetch import DETAILS, Plan, Request, make_request
from tui_app.fetch.plan import make_detail
from tui_app.redlist import (
    ASSESSMENT,
    IDS,
    NAMES,
    USUAL_COLUMNS,
    Operation,
    Query,
    Record,
    Target,
    assessment_ids,
    check_body,
    records,
)
from tui_app.redlist.citation import citation
from tui_app.redlist.columns import HISTORY_COLUMNS
from tui_app.redlist.decode import objects
from tui_app.redlist.errors import NotFound, RequestError
from tui_app.redlist.status import SeveralLatest, chosen, one_per_taxon, several_latest, taxon_id
from tui_app.redlist.taxon import history, taxon_of
from tui_app.redlist.text import counted
from tui_app.store import DamagedPage, PageRow, RunRow, RunState, Store

from .lines import LineAccounting
from .parts import Part
from .planning import query_of
from .summary import DEMO, ROW_ID, SOURCE_COLUMN, first_seen, last_end_s, shifts

OPERATION_COLUMN: Final = "operation"
CODE_COLUMN: Final = "code"
_CODE_TYPE: Final = "code_type"
NAMED: Final = 3
"""So many damaged pages are named in a sentence; the rest are counted."""


class RunRecords:
    """Reads one run's records as rows, in order of operation, page and the server's own.

    - A taxon's answer is a row for each of its assessments; :meth:`answers` gives it as it came.
    - A row that came twice, because its list changed meanwhile, is read once.
    - Of several operations, a field ``operation`` tells the rows apart; of the lists that make up
      ``threats/5+``, the field ``code``.
    - Of an intersection, each assessment is read once, as the first operation lists it.
    - Of a distinct query too, with the operations and codes of all lists that have it.
    - Details are merged into the row that named them.
    - Each input line of names or ids has its own row; with ``wide`` it has every field.
    - Synthetic rows have ``source`` = ``DEMO``.
    - Damaged pages count as not saved.

    ``query`` is what the run fetches, where that is known: reading it takes a second for 30,000
    names. ``trusted``: its pages have just been saved, so that none is checked. ``one_per_taxon``:
    of each taxon only the row that is its status is read. Attributes are the query, all saved
    pages (``pages``), the labels of the requests whose answers were found damaged by now, and
    ``wide``.
    """

    wide = False

    def __init__(
        self,
        store: Store,
        run: RunRow,
        query: Query | None = None,
        *,
        trusted: bool = False,
        one_per_taxon: bool = False,
    ) -> None:
        self._store = store
        self._run = run
        # A run that resolves synonyms may have further targets by now.
        self.query = query_of(run) if query is None or query.resolve else query
        self._targets: tuple[Target, ...] = self.query.targets
        self.pages = store.pages(run.run)
        self.damaged: dict[str, None] = {}
        self._last: tuple[PageRow | None, bytes] = None, b""
        self.one_per_taxon = one_per_taxon
        if trusted:
            self.sound = self.pages

    @cached_property
    def sound(self) -> list[PageRow]:
        """The undamaged pages. Reads all of them: about 0.1 ms a page of 100 rows."""
        return list(self._sound_pages())

    def _sound_pages(self) -> Iterator[PageRow]:
        """The undamaged pages, each checked when it is reached."""
        found = []
        for page in self.pages:
            request = make_request(0, page.target, self._targets[page.target], page.page)
            if self._checked(request, partial(self._body, page)) is not None:
                found.append(page)
                yield page
        self.sound = found

    def sound_detail(self, one: int) -> bytes | None:
        """A full assessment that a row named; None where it is not saved, or damaged."""
        return self._checked(make_detail(0, one), partial(self._store.detail, self._run.run, one))

    def _checked(self, request: Request, read: Callable[[], bytes | None]) -> bytes | None:
        try:
            body = read()
            if body is not None:
                check_body(request.operation, body, request.label, request.target, request.page)
        except (DamagedPage, RequestError):
            self.damaged[request.label] = None
            return None
        return body

    @property
    def damage(self) -> str:
        """A sentence on what was found damaged by now; mostly empty."""
        if not self.damaged:
            return ""
        labels = list(self.damaged)
        named = ", ".join(labels[:NAMED])
        more = f" and {len(labels) - NAMED:,} more" if len(labels) > NAMED else ""
        are = f"{counted(len(labels), 'saved response')} {'is' if len(labels) == 1 else 'are'}"
        return f"{are} damaged and left out: {named}{more}."

    @cached_property
    def lines(self) -> LineAccounting | None:
        """What became of the input lines; None where there were none."""
        if not self.query.lines:
            return None
        return LineAccounting(self._store, self._run, self.query, self.sound, self.as_arrived)

    def left(self, plan: Plan, *, missing: bool = True) -> tuple[Plan, frozenset[str], float]:
        """What is left to fetch of the run, which this store has claimed.

        Without ``missing`` what the server doesn't have (404) is not requested again.

        Returns:
            A plan for all of it with what is saved; the paths of pages whose list changed
            meanwhile, to be revalidated; the seconds that the run took until now.
        """
        store, run = self._store, self._run
        attempts = store.attempts(run.run)
        # A list that changed meanwhile, or lacks rows, is revalidated, page by page.
        changed = {one.target for one in shifts(store, run, self.sound) if one.wrong}
        # So is what is of an older Red List.
        old = {place for places in store.outdated(run.run).values() for place in places}
        pages = [
            page
            for page in self.sound
            if page.target not in changed and (page.target, page.page) not in old
        ]
        kept: set[tuple[int, int | None]] = {(page.target, page.page) for page in pages}
        details = store.details(run.run)
        kept.update((DETAILS, one) for one in details if self.sound_detail(one) is not None)
        if not missing:
            kept.update((one.target, one.page) for one in attempts if one.kind == NotFound.kind)
        plan = replace(
            plan,
            run=run.run,
            kept=frozenset(kept - old),
            listed=tuple((one.target, self._ids(one)) for one in pages if plan.query.details),
            known_pages={
                one.target: one.total_pages for one in pages if one.total_pages is not None
            },
            first_number=1 + max((one.request for one in attempts), default=-1),
        )
        moved = frozenset(page.path for page in self.pages if page.target in changed)
        return plan, moved, max(float(run.summary.get("seconds", 0.0)), last_end_s(attempts))

    @cached_property
    def parts(self) -> list[Part]:
        """The records, in order: all, or one per taxon."""
        if not self.one_per_taxon:
            return self.all_parts
        places: dict[int, list[int]] = {}
        for index, place in sorted(one_per_taxon(self._listed())):
            places.setdefault(index, []).append(place)
        return [
            part if part.of_line else part.only(places[index])
            for index, part in enumerate(self.all_parts)
            if part.of_line or index in places
        ]

    def _listed(self) -> Iterator[tuple[tuple[int, int], Hashable, Record]]:
        """The rows that are of no input line: part and place there, taxon, row."""
        for index, part in enumerate(self.all_parts):
            if not part.of_line:
                for place, row in enumerate((part.listed or part.load)()):
                    named = self._naming_taxon(row)
                    yield (index, place), taxon_id(named), named

    def _naming_taxon(self, row: Record) -> Record:
        """A row, with its full assessment where it is an id alone."""
        return self._detailed(row) if row.keys() <= {"assessment_id", SOURCE_COLUMN} else row

    def several_latest(self) -> SeveralLatest:
        """The taxa with more than one latest assessment in these records; reads all rows."""
        return several_latest(row for _, _, row in self._listed())

    @cached_property
    def all_parts(self) -> list[Part]:
        """All records, in order."""
        return list(self._all_parts())

    def count(self) -> int:
        """How many rows there are in all, as the query is now."""
        return sum(part.rows for part in self._all_parts())

    def _all_parts(self) -> Iterator[Part]:
        """The same, each as its page is checked."""
        of_lists: dict[int, set[object]] = defaultdict(set)
        in_lines = {line.target for line in self.query.lines} | set(self.query.resolved)
        lines = [self._of_line(index) for index in range(len(self.query.lines))]
        common = self._common_ids if self.query.intersect else None
        first = self.query.sides[0] if self.query.intersect else ()
        seen: set[object] = set()
        for page in self.__dict__.get("sound", self._sound_pages()):
            places: Sequence[int] | None = None
            if self._targets[page.target] in in_lines:
                yield from lines
                lines = []
                continue
            if self.query.intersect and page.target not in first:
                continue
            if self.query.intersect or (self.query.distinct and self._is_list(page)):
                places = first_seen(self._ids(page), seen, common)
            # A list that comes whole may be counted as well.
            elif self.may_repeat and (page.page is not None or page.total_count is not None):
                places = first_seen(self._row_ids(page), of_lists[page.target])
            yield from self._of_page(page, places)
        yield from lines

    def _of_page(self, page: PageRow, places: Sequence[int] | None) -> list[Part]:
        """The part that a page has, or those of its rows at ``places``; none where it has none."""
        key = page.target, -1 if page.page is None else page.page
        if self._operation(page).gives_taxon:
            number = sum(map(self.history_length, self.as_arrived(page)))
            return [Part(number, partial(self._taxon, page), partial(self.of_page, page), key=key)]
        rows = page.rows if places is None else len(places)
        load, listed = (partial(one, page, places) for one in (self.of_page, self.as_arrived))
        return [Part(rows, load, listed=listed, key=key, places=places)] if rows else []

    def _taxon(self, page: PageRow) -> list[Record]:
        found = [row for answer in self.as_arrived(page) for row in self.history(answer)]
        return self._with_labels(page, found)

    def history(self, answer: Record) -> list[Record]:
        """A row for each assessment of a taxon that passes the query's filters."""
        return history(answer, self.query.only, self._detailed)

    def history_length(self, answer: Record) -> int:
        """How many rows :meth:`history` gives; reads no full assessment."""
        return len(chosen(objects(answer.get("assessments")), self.query.only))

    def _of_line(self, index: int) -> Part:
        lines = self.lines
        assert lines is not None

        def row(*, wide: bool) -> list[Record]:
            return [self._labelled(None, lines.record(index, self._detailed, wide=wide))]

        def rows() -> list[Record]:
            found = lines.history(index, self.history, wide=self.wide)
            return [self._labelled(None, one) for one in found]

        answers, key = partial(row, wide=True), (-1, index)
        if not self.query.history or self.one_per_taxon:
            return Part(1, partial(row, wide=self.wide), answers, of_line=True, key=key)
        answer = lines.answer_for(lines.outcome(index)) or {}
        return Part(max(1, self.history_length(answer)), rows, answers, of_line=True, key=key)

    @cached_property
    def may_repeat(self) -> bool:
        """Whether a list may have rows twice; not where none were counted when the run ended."""
        if self._run.replay_of or self._run.state in (RunState.RUNNING, RunState.KILLED):
            return True  # a comparison doesn't count repeated rows
        return self._run.summary.get("repeated") != 0

    def _row_ids(self, page: PageRow) -> Sequence[object]:
        if self._is_list(page):
            return self._ids(page)
        key = ROW_ID[self._run.api]
        return [one.get(key, object()) for one in self.as_arrived(page)]  # without one: not twice

    @cached_property
    def _common_ids(self) -> dict[int, None]:
        """Of an intersection, the assessments that every operation lists, as the first has them."""
        if not self.query.intersect:
            return {}
        listed: list[dict[int, None]] = [{} for _ in self.query.sides]
        for page in self.sound:
            ids = dict.fromkeys(self._ids(page))
            for side, members in zip(self.query.sides, listed, strict=True):
                if page.target in side:
                    members.update(ids)
        first, *others = listed
        return {one: None for one in first if all(one in other for other in others)}

    @cached_property
    def _listed_by(self) -> dict[int, dict[int, None]]:
        """Of each assessment the places of the targets that list it, in their order."""
        found: dict[int, dict[int, None]] = {}
        for page in self.sound:
            if self._is_list(page):
                for one in self._ids(page):
                    found.setdefault(one, {})[page.target] = None
        return found

    @cached_property
    def _labels(self) -> dict[int, str]:
        """The operations as they were written, by the places of their targets; of several."""
        query = self.query
        if query.intersect:
            return {}
        if not query.written:
            named = [target.label for target in self._targets] if len(self._targets) > 1 else []
            return dict(enumerate(named))
        if len(query.written) + bool(query.lines) < 2:
            return {}
        return {at: label for label, places in reversed(query.written) for at in places}

    def columns_if_empty(self) -> tuple[str, ...]:
        """The header of a table without rows; nothing where rows give it."""
        if any(part.rows for part in self._in_turn()) or not self._targets:
            return ()
        operation = self._targets[0].operation
        if operation.gives_taxon and not self.query.lines:
            return HISTORY_COLUMNS
        return USUAL_COLUMNS[operation.api] if operation.paged else ()

    def of_page(self, page: PageRow, places: Sequence[int] | None = None) -> list[Record]:
        """The records of one page, or those of them at ``places``."""
        target = self._targets[page.target]
        found = self.as_arrived(page, places)
        if target.operation.paged and self.query.details:
            found = [self._detailed(record) for record in found]
        if self.query.distinct and self._is_list(page):
            return [self._labelled(None, self._with_codes(record)) for record in found]
        if self.query.written and target.operation.takes == CODE_COLUMN:  # fields come and go
            for record in found:
                record.setdefault(CODE_COLUMN, target.value)
        return self._with_labels(page, found)

    def _with_labels(self, page: PageRow, found: list[Record]) -> list[Record]:
        label = self._labels.get(page.target)
        if label is None and self._run.source != "demo":
            return found
        return [self._labelled(label, record) for record in found]

    def _with_codes(self, record: Record) -> Record:
        """A record with the operations and codes of all lists that have its assessment."""
        places = self._listed_by.get(record.get("assessment_id") or 0, {})
        targets = [self._targets[place] for place in places]
        codes = [one.value for one in targets if one.operation.takes == CODE_COLUMN]
        labels = dict.fromkeys(self._labels[place] for place in places if place in self._labels)
        operation = {OPERATION_COLUMN: list(labels)} if labels else {}
        types = list(dict.fromkeys(one for place in places if (one := self._code_types.get(place))))
        kinds = {_CODE_TYPE: types if len(types) > 1 else types[0]} if types else {}
        return {**operation, **record, **({CODE_COLUMN: codes} if codes else {}), **kinds}

    @cached_property
    def _code_types(self) -> dict[int, str]:
        """Of what kind the code of each list is, as its first row says: ``threat``."""
        first = {page.target: page for page in reversed(self.sound) if page.rows}
        rows = {place: next(iter(self.as_arrived(page)), {}) for place, page in first.items()}
        types = {place: row.get(_CODE_TYPE) for place, row in rows.items()}
        return {place: one for place, one in types.items() if isinstance(one, str)}

    @property
    def citation(self) -> str:
        """How the data are to be cited; empty where their Red List version isn't known."""
        run, demo = self._run, self._run.source == "demo"
        return citation(run.red_list_version, run.fetched_utc, demo=demo) or ""

    @property
    def operation(self) -> str:
        """What rows that don't name their operation are from."""
        if self.query.lines:
            return NAMES if self.query.lines_hold == "names" else IDS
        return replace(self.query, details=False).label

    def _labelled(self, label: str | None, record: Record) -> Record:
        """A record with its operation, and DEMO where it is synthetic."""
        if label is not None:
            record = {OPERATION_COLUMN: label, **record}
        if self._run.source == "demo":
            record[SOURCE_COLUMN] = DEMO  # decoded for this call: no other reader has it
        return record

    def _detailed(self, record: Record) -> Record:
        """A row with its full assessment merged in, where the run has it."""
        if not self.query.details:
            return record
        found = self._assessment(record.get("assessment_id"))
        return record if found is None else {**record, **found}

    def assessments(self) -> Iterator[Record]:
        """The full assessments that are saved, each once, in the order of the records."""
        chosen = self._statuses() if self.one_per_taxon else None
        for one in self.wanted_assessments():
            if (chosen is None or one in chosen) and (found := self._assessment(one)) is not None:
                yield found
        for page in self.sound:
            if self._operation(page).lists_in_full:
                yield from self.as_arrived(page)

    def _statuses(self) -> set[int]:
        """Of the assessments wanted in full, those that are their taxa's status."""
        wanted = set(self.wanted_assessments())
        answers = (row for page in self.sound for row in self.as_arrived(page))
        listed = (one for row in answers for one in (row, *objects(row.get("assessments"))))
        ids = ((row.get("assessment_id"), self._naming_taxon(row)) for row in listed)
        return one_per_taxon(
            (one, taxon_id(row), row) for one, row in ids if isinstance(one, int) and one in wanted
        )

    def wanted_assessments(self) -> Iterator[int]:
        """Ids of the assessments that the run was to fetch in full, each once, in order."""
        seen: set[int] = set()
        for page in self.sound:
            if self._operation(page).gives_assessment:
                ids: tuple[int, ...] = (int(self._targets[page.target].value or 0),)
            elif self.query.details and not self.query.intersect:
                ids = self._ids(page)
            else:
                ids = ()
            yield from (one for one in ids if one not in seen)
            seen.update(ids)
        if self.query.details:
            yield from self._common_ids

    @cached_property
    def _single(self) -> dict[int, PageRow]:
        """Pages of assessments that were asked for by their ids."""
        return {
            int(self._targets[page.target].value or 0): page
            for page in self.sound
            if self._operation(page).gives_assessment
        }

    def _assessment(self, assessment_id: object) -> Record | None:
        if not isinstance(assessment_id, int):
            return None
        if assessment_id in self._single:
            return self.as_arrived(self._single[assessment_id])[0]
        body = self.sound_detail(assessment_id)
        return None if body is None else records(ASSESSMENT, body)[0]

    def _is_list(self, page: PageRow) -> bool:
        return self._operation(page).paged and self._operation(page).lists_assessments

    def _operation(self, page: PageRow) -> Operation:
        return self._targets[page.target].operation

    def _ids(self, page: PageRow) -> tuple[int, ...]:
        """The assessments that a page lists."""
        return assessment_ids(self._operation(page), self._body(page), self.query.only)

    def _body(self, page: PageRow) -> bytes:
        last, body = self._last
        if last is not page:
            body = self._store.body(self._run.run, page)
            self._last = page, body  # it is checked, and then its rows are read
        return body

    def as_arrived(self, page: PageRow, places: Sequence[int] | None = None) -> list[Record]:
        """The records of one page as they arrived, or those of them at ``places``."""
        found = records(self._operation(page), self._body(page))
        return found if places is None else [found[place] for place in places]

    def __iter__(self) -> Iterator[Record]:
        for part in self._in_turn():
            yield from part.load()

    def _in_turn(self) -> Iterable[Part]:
        """The parts, to be loaded one by one; a page that is not checked yet is read only once."""
        needs_all = self.one_per_taxon or self.query.distinct or self.query.details
        return self.parts if needs_all or "sound" in self.__dict__ else self._all_parts()

    def answers(self) -> Iterator[Record]:
        """The records as they arrived: a taxon with the list of its assessments is one."""
        for part in self._in_turn():
            yield from (part.answers or part.load)()

    def taxa(self) -> Iterator[tuple[Record, list[Record]]]:
        """The answers for taxa that are saved, each taxon once, with the rows of its history."""
        seen: set[str] = set()
        for page in self.sound:
            if self._operation(page).gives_taxon:
                for answer in self.as_arrived(page):
                    taxon = str(taxon_of(answer).get("sis_id", page.path))
                    if taxon not in seen:
                        seen.add(taxon)
                        yield answer, self.history(answer)
