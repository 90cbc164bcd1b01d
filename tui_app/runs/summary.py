"""One run in figures, and lists counted against what their server says of them."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain, groupby
from operator import itemgetter
from typing import Any, Final

import msgspec

from tui_app.compare.ideal import ideal_seconds
from tui_app.compare.statistics import Latency, latency
from tui_app.fetch import EMPTY_PAGES
from tui_app.redlist.citation import citation
from tui_app.redlist.errors import NotFound, Throttled
from tui_app.redlist.names_file import lines_in_words
from tui_app.redlist.rate_limit import kept_window
from tui_app.redlist.text import counted
from tui_app.store import DETAILS, AttemptRow, PageRow, RunRow, Store

DAMAGED: Final = ("damaged", "the saved response is damaged")
"""Kind and message of an answer that has to be fetched again."""

SOURCE_COLUMN: Final = "source"
DEMO: Final = "DEMO"
"""Column and label of synthetic rows."""

OUTDATED: Final = "outdated"
"""Kind of the error of a run that has pages of an older Red List."""


@dataclass(frozen=True, slots=True)
class Summary:
    """One run in figures."""

    run: str
    source: str
    api: str
    base_url: str
    operations: tuple[str, ...]
    method: str
    concurrency: int
    rate: float | None
    pages: int  # saved
    pages_total: int | None  # that the server has; None: it didn't say
    records: int  # rows saved
    records_total: int | None
    requests: int  # attempts sent
    retries: int
    failed: int  # requests given up, whose pages are missing
    seconds: float  # from the first request's queueing to the last page saved
    ideal_seconds: float  # the lower bound on that: a client without overhead
    efficiency: float | None  # ideal over actual, at most 1
    pace_wait_seconds: float  # in which only the rate limit kept requests back
    bytes: int  # of bodies on the wire
    latency_ms: Latency  # time on the network
    errors: tuple[dict[str, Any], ...]  # request, kind, message, attempts of what was given up
    red_list_version: str | None
    citation: str | None
    complete: bool  # whether all that was requested is saved
    created_utc: str = ""
    reused: int = 0  # pages and details that were saved before, for which nothing was sent
    revalidated: int = 0  # those that the server confirmed as unchanged (304)
    details: int | None = None  # full assessments saved because rows named them
    details_total: int | None = None  # that the rows name
    lines: dict[str, int] | None = None  # input lines, and how many have each outcome
    intersect: bool = False
    distinct: bool = False
    not_found: int = 0  # requests for what the server lacks; of threats/5+ they are no failures
    repeated: int = 0  # rows that came more than once, as their list changed; counted once
    stopped_because: str | None = None  # a fault that ended the run; None where the user did
    replay_of: str | None = None  # id of the run whose pages it was timed on
    replayed_base_url: str | None = None
    fetched_utc: str = ""  # of its rows: for a replay before it began
    cpu_seconds: float | None = None  # without the screen's; None of a run that was killed
    window: str | None = None  # ``90/120``: requests started in any so many seconds
    rate_limit_pauses: int = 0  # because of a 429
    rows: int | None = None  # of its table: one for each assessment of a taxon, for each input line
    lines_repeated: dict[str, int] | None = None  # lines of each outcome that repeat another one

    def to_json(self) -> dict[str, Any]:
        """As plain values."""
        found: dict[str, Any] = msgspec.to_builtins(self)  # asdict would take much longer
        return found

    @property
    def lost(self) -> int:
        """Requests given up for another reason than that the server lacks what they ask for."""
        return self.failed - len([one for one in self.errors if one["kind"] == NotFound.kind])

    @property
    def ideal_or_none(self) -> float | None:
        """``ideal_seconds``; None where no answer came to compute it from."""
        return None if self.efficiency is None else self.ideal_seconds

    @property
    def settled(self) -> bool:
        """Whether only what the server doesn't have (404) is missing: a resume gains nothing."""
        return self.failed > 0 and not self.lost and not self.stopped_because

    @property
    def fetched(self) -> str:
        """What is saved, in words: ``1,000 records in 10 pages``.

        Of names or ids, what became of the lines: see :func:`lines_in_words`.
        """
        records = counted(self.records if self.rows is None else self.rows, "record")
        pages = f"{records} in {counted(self.pages, 'page')}"
        if not (words := self.accounting):
            return pages
        assert self.lines is not None
        if all(is_name(one) or is_id(one) for one in self.operations):
            return words if self.rows in (None, self.lines["lines"]) else f"{words}, {records}"
        return f"{pages}; {words}"

    @property
    def accounting(self) -> str:
        """What became of the names or ids, as :func:`lines_in_words` has it; empty where none."""
        if not self.lines:
            return ""
        noun = "id" if any(map(is_id, self.operations)) else "name"
        return lines_in_words(self.lines, noun, self.lines_repeated or {})

    @property
    def given_up(self) -> str:
        """How many requests brought nothing, in words: ``2 not found, 1 failed``; empty for none.

        What :attr:`fetched` says of lines is not counted again.
        """
        not_found, failed = self.not_found, self.lost
        if self.lines:
            once = Counter(self.lines)
            once.subtract(self.lines_repeated or {})
            not_found -= once["not found"] + once["synonym"]
            failed -= once["failed"]
        parts = (not_found, "not found"), (failed, "failed")
        return ", ".join(f"{number:,} {words}" for number, words in parts if number > 0)

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Summary | None:
        """A summary from :meth:`to_json`, of this version or an older one; None if it is none."""
        try:
            return msgspec.convert(values, cls)
        except msgspec.ValidationError:
            return None


def is_name(operation: str) -> bool:
    """Whether an operation is the request of a list's name."""
    return operation.startswith("taxa/scientific_name?")


def is_id(operation: str) -> bool:
    """Whether an operation is the request of a list's id."""
    return operation.startswith("assessment/")


def summary_of(
    run: RunRow,
    pages: list[PageRow],
    attempts: list[AttemptRow],
    details: Sequence[int],
    *,
    seconds: float | None,
    stopped: bool,
) -> Summary:
    """Count what is saved of a run: its pages, attempts and the ids of its full assessments.

    A run that was killed has no ``seconds``: they go until its last attempt's end.
    """
    kept: set[tuple[int, int | None]] = {(page.target, page.page) for page in pages}
    kept.update((DETAILS, one) for one in details)
    # Requests that failed and that no later attempt made good.
    failed = [one for one in attempts if one.failed and (one.target, one.page) not in kept]
    unknown = _unknown_codes(run, failed, {page.target for page in pages})
    lost = {
        (one.target, one.page): error_of(one.label, one.kind, one.message, one.attempt)
        for one in failed
        if one.target not in unknown
    }
    # Whatever the last answer to a request was, a 404 too, the run can't have ended before it.
    arrived = [one for one in attempts if one.final and one.body is not None]
    latencies = [(one.body or 0.0) - (one.started or 0.0) for one in arrived]
    # A part that was killed left no figure of its own, but its attempts.
    seconds = max(seconds or 0.0, last_end_s(attempts))
    seconds = round(seconds, 6)  # as it is kept: the same figures whenever they are counted
    concurrency = int(run.settings.get("in_flight", run.settings.get("concurrency", 1)))
    rate, window = run.settings.get("rate"), kept_window(run.settings)
    ideal = ideal_seconds(
        latencies,
        concurrency,
        rate,
        window,
        first_alone=len(run.operations) == 1 and bool(run.settings.get("first_alone")),
    )
    # The responses of a run that was stopped may not be all that took its time.
    ideal = min(ideal, seconds) if seconds > 0 else ideal
    # Pages and records that the server has, where it gives them for all operations.
    given = {
        page.target: (1, page.rows) if page.page is None else (page.total_pages, page.total_count)
        for page in pages
        if page.page is None or page.total_pages is not None
    }
    whole = len(given) + len(unknown) >= len(run.operations)
    counts = [count for _, count in given.values() if count is not None]
    return Summary(
        run=run.run,
        source=run.source,
        api=run.api,
        base_url=run.base_url,
        operations=run.written_operations,
        method=run.method,
        concurrency=concurrency,
        rate=rate,
        pages=len(pages),
        pages_total=sum(total or 0 for total, _ in given.values()) if whole else None,
        records=sum(page.rows for page in pages),
        records_total=sum(counts) if whole and len(counts) == len(given) else None,
        requests=len(attempts),
        retries=sum(not one.final for one in attempts),
        failed=len(lost),
        seconds=seconds,
        ideal_seconds=round(ideal, 6),
        efficiency=round(ideal / seconds, 4) if seconds > 0 and latencies else None,
        pace_wait_seconds=round(sum(one.pace_wait_s for one in attempts), 6),
        bytes=sum(one.size_bytes for one in attempts),
        latency_ms=latency(latencies),
        errors=tuple(lost.values()),
        red_list_version=run.red_list_version,
        citation=citation(run.red_list_version, demo=run.source == "demo"),
        complete=not lost and not stopped,
        created_utc=run.created_utc,
        # A page that is kept without an attempt that brought it was kept before.
        reused=len(kept - {(one.target, one.page) for one in attempts if not one.kind}),
        revalidated=sum(not one.kind and one.status == 304 for one in attempts),
        details=len(details) if run.settings.get("details") else None,
        intersect=bool(run.settings.get("intersect")),
        distinct=bool(run.settings.get("distinct")),
        not_found=len({(one.target, one.page) for one in failed if one.kind == NotFound.kind}),
        replay_of=run.replay_of,
        replayed_base_url=None if run.replay_of is None else run.fetched_from,
        fetched_utc=run.fetched_utc,
        window=None if window is None else str(window),
        rate_limit_pauses=_pauses(attempts),
    )


def _unknown_codes(run: RunRow, failed: list[AttemptRow], arrived: set[int]) -> set[int]:
    """The targets of ``threats/5+`` that the server doesn't know, where it knows others of it."""
    missing = {one.target for one in failed if one.kind == NotFound.kind}
    families = run.settings.get("written", {}).values()
    known = (set(family) for family in families if not arrived.isdisjoint(family))
    return missing.intersection(chain.from_iterable(known))


def with_errors(summary: Summary, errors: Iterable[dict[str, Any]]) -> Summary:
    """The same with further errors, which make it incomplete."""
    known = {(one["request"], one["kind"]) for one in summary.errors}
    new = tuple(one for one in errors if (one["request"], one["kind"]) not in known)
    if not new:
        return summary
    return replace(
        summary,
        errors=(*summary.errors, *new),
        failed=summary.failed + len(new),
        complete=False,
    )


def without_errors(summary: Summary, requests: Container[str], *, stopped: bool) -> Summary:
    """The same without the errors of some requests: they were made good otherwise."""
    errors = tuple(one for one in summary.errors if one["request"] not in requests)
    return replace(summary, errors=errors, failed=len(errors), complete=not errors and not stopped)


def damaged(labels: Iterable[str]) -> list[dict[str, Any]]:
    """Saved answers that were found damaged, by the labels of their requests, as errors."""
    return [error_of(label, *DAMAGED) for label in labels]


def error_of(label: str, kind: str, message: str, attempts: int = 1) -> dict[str, Any]:
    """What is missing of a run, as :attr:`Summary.errors` has it."""
    return {"request": label, "kind": kind, "message": message, "attempts": attempts}


def outdated(store: Store, run: RunRow) -> list[dict[str, Any]]:
    """The pages of a run that are of an older Red List than the run, as errors of the run."""
    found: list[dict[str, Any]] = []
    for version, places in store.outdated(run.run).items():
        for target, group in groupby(places, key=itemgetter(0)):
            pages = [page for _, page in group]
            label = "full assessments" if target == DETAILS else run.operations[target]
            words = (
                f"{_named(target, pages)} of Red List {version}, not {run.red_list_version}: "
                "the version changed during the run"
            )
            found.append(error_of(label, OUTDATED, words))
    return found


def _named(target: int, pages: Sequence[int | None]) -> str:
    """Pages in words, with their verb: ``pages 1-38, 41 are``."""
    if target == DETAILS:
        return f"{counted(len(pages), 'assessment')} {'is' if len(pages) == 1 else 'are'}"
    numbers = [page for page in pages if page is not None]
    if not numbers:
        return "the response is"
    if len(numbers) == 1:
        return f"page {numbers[0]} is"
    spans: list[list[int]] = []
    for number in numbers:
        if not spans or number != spans[-1][1] + 1:
            spans.append([number, number])
        spans[-1][1] = number
    shown = [str(low) if low == high else f"{low}-{high}" for low, high in spans[:5]]
    more = f" and {len(spans) - 5} more ranges" if len(spans) > 5 else ""
    return f"pages {', '.join(shown)}{more} are"


UNDER_WAY_S: Final = 0.2
"""A request that starts within so many seconds of a refusal was sent before that was read: a pause
is longer."""


def _pauses(attempts: Sequence[AttemptRow]) -> int:
    """How often the run paused because of a 429; requests under way together make one pause."""
    refused = [one for one in attempts if one.kind == Throttled.kind and one.started is not None]
    pauses, since = 0, -math.inf
    for one in sorted(refused, key=_end_s):
        if (one.started or 0.0) > since:
            pauses, since = pauses + 1, _end_s(one) + UNDER_WAY_S
    return pauses


def _end_s(attempt: AttemptRow) -> float:
    return attempt.body or attempt.headers or attempt.started or 0.0


def last_end_s(attempts: list[AttemptRow]) -> float:
    """When the last of these attempts came to its end, in seconds since the run began."""
    return max((one.decoded or one.body or 0.0 for one in attempts), default=0.0)


CHANGED: Final = "changed"
MISSING: Final = "missing"
"""Kinds among a run's errors: of a list that changed meanwhile, and of one that lacks rows."""

PAGE_SIZES: Final = (100, 20)
"""Rows of a page of v4: of most lists, and of the possibly extinct."""

ROW_ID: Final = {"v4": "assessment_id", "v3": "taxonid"}
"""What tells the rows of a list apart."""


@dataclass(frozen=True, slots=True)
class Shift:
    """What is wrong with one list.

    A list is read page by page. When one row is published or withdrawn between two pages, all that
    follow move: a row comes again on the next page, and another one slips through. No page shows
    that; all of them together do, beside the total that the newest of them tells. The same count
    finds what a server left out: empty pages, pages that are cut short, a list that ends too soon.
    """

    target: int  # the operation's place in the run
    repeated: int  # rows that came more than once
    # Kind and message of the run's error; None where no row is missing, as far as that is known.
    wrong: tuple[str, str] | None


def shifts(store: Store, run: RunRow, pages: Sequence[PageRow]) -> tuple[Shift, ...]:
    """The lists of a run that lack rows, or have some twice; its damaged pages left out."""
    lists: dict[int, list[PageRow]] = {}
    for page in pages:
        # A list that comes whole may be counted as well.
        if page.target >= 0 and (page.page is not None or page.total_count is not None):
            lists.setdefault(page.target, []).append(page)
    if not lists:
        return ()
    bodies = [page.body_id for found in lists.values() for page in found if page.body_id]
    found_rows = {
        target: (rows, distinct)
        for target, rows, distinct in store.distinct_rows(run.run, ROW_ID[run.api], bodies)
    }
    found = (_shift(run, lists[target], found_rows.get(target, (0, 0))) for target in sorted(lists))
    return tuple(one for one in found if one.repeated or one.wrong)


def _shift(run: RunRow, pages: list[PageRow], sizes: tuple[int, int]) -> Shift:
    rows, distinct = sizes
    unread = sum(page.rows for page in pages) - rows  # without pages, or too deep for SQLite
    rows, distinct = rows + unread, distinct + unread
    newest = max(pages, key=lambda page: (page.fetched_utc, page.page or 0))
    limit = run.settings.get("pages")
    wanted = newest.total_pages or 1
    partial = limit is not None and (newest.total_pages is None or limit < wanted)
    # Where a page failed, or the run was stopped, that tells of its rows.
    total = None if partial or len(pages) < wanted else newest.total_count
    if total is not None:
        missing = max(0, total - distinct)
    elif partial or newest.total_count is None:
        missing = _missing_of_pages(pages, newest)
    else:
        missing = 0
    # A 304 may come without the list's total: what the saved page says then is old.
    counts = {page.total_count for page in pages if page.status != 304} - {None}
    withdrawn = 0 if total is None else max(0, max(filter(None, counts), default=0) - total)
    repeated = rows - distinct
    ended = _ended(pages, wanted if limit is None else min(limit, wanted))
    # Where not all rows are counted, a row that came twice has taken another's place.
    unseen = repeated if newest.total_count is None and not partial else 0
    if not (missing or withdrawn or ended or unseen):
        return Shift(pages[0].target, repeated, None)
    said = []
    if ended is not None:
        said.append("pages {:,} to {:,} are empty, so no further page was requested".format(*ended))
    are = "is" if missing == 1 else "are"
    changed = bool(repeated or withdrawn or (missing and len(counts) > 1))
    if changed:
        numbers = ((missing, "missing row"), (repeated, "duplicate row"))
        found = [counted(count, words) for count, words in numbers if count]
        if withdrawn:
            found.append(f"{counted(withdrawn, 'row')} withdrawn, and others may be missing")
        said.append(f"the list changed while it was fetched: {', '.join(found)}")
    elif missing and total is not None:
        said.append(
            f"{missing:,} of {counted(total, 'row')} {are} missing: "
            "the server counts more than it sent"
        )
    elif missing:
        said.append(
            f"at least {missing:,} {'row' if missing == 1 else 'rows'} {are} missing: "
            "some pages have too few rows"
        )
    return Shift(pages[0].target, repeated, (CHANGED if changed else MISSING, "; ".join(said)))


def _missing_of_pages(pages: list[PageRow], newest: PageRow) -> int:
    """How many rows pages lack at least, beside each other: all but the last are equally long."""
    if newest.total_pages is None:
        return 0
    last = newest.total_pages  # v4 counts from 1; v3 doesn't say how many there are
    size = max(page.rows for page in pages)
    if newest.total_count is not None and last:
        # As long as the last page isn't here, several sizes go with the totals: the API's own
        # is the likely one among them.
        least = -(-newest.total_count // last)
        most = (newest.total_count - 1) // (last - 1) if last > 1 else newest.total_count
        usual = next((one for one in PAGE_SIZES if least <= one <= most), least)
        size = max(size, usual)
    lacks = 0
    for page in pages:
        if page.page is not None and page.page < last:
            lacks += size - page.rows
        elif page.page == last > 1 and not page.rows:
            lacks += 1
    return lacks


def _ended(pages: list[PageRow], wanted: int) -> tuple[int, int] | None:
    """The empty pages in a row because of which fewer pages were requested than there are."""
    if len(pages) >= wanted:
        return None
    first = last = -1
    for number, rows in sorted((page.page, page.rows) for page in pages if page.page is not None):
        if rows:
            first = -1
            continue
        if first < 0 or number != last + 1:
            first = number
        last = number
        if last - first + 1 == EMPTY_PAGES:
            return first, last
    return None


def first_seen(
    ids: Sequence[object], seen: set[object], wanted: Container[object] | None = None
) -> Sequence[int]:
    """Places of the ids that were not seen before; of the wanted ones. Adds them to the seen."""
    if wanted is None and seen.isdisjoint(ids) and len(new := {*ids}) == len(ids):
        seen |= new  # as most pages are: ten times as fast as asking for each
        return range(len(ids))
    places = []
    for place, one in enumerate(ids):
        if one not in seen and (wanted is None or one in wanted):
            seen.add(one)
            places.append(place)
    return places
