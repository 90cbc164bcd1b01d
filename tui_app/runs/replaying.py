"""A saved run's pages, to be served again with the latencies that they had."""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from functools import cache
from itertools import chain
from math import inf
from statistics import median
from typing import IO, Final
from urllib.parse import urlsplit

from tui_app.demo.recording import Recorded, write_recording
from tui_app.fetch import Cancel
from tui_app.redlist import FIRST_PAGE, Query
from tui_app.redlist.errors import Advice, KeepError, UsageError
from tui_app.redlist.rate_limit import NO_WINDOW
from tui_app.redlist.text import counted
from tui_app.settings import Settings
from tui_app.store import AttemptRow, PageRow, RunRow, Store, fault_of

from .planning import query_of
from .records import RunRecords

_ROOM: Final = 2.0
"""A replay's time-out is so many times the slowest page at least."""


Place = tuple[int, int | None]
"""An operation's index in its run, and a page."""


@dataclass(frozen=True, slots=True)
class PageLatency:
    """A page's latency."""

    latency_s: float  # from the request sent to the end of the body: no new connection counts
    server_s: float | None = None  # what the server said of itself (``x-runtime``)
    guessed: bool = False  # whether nobody measured it: it is the median of the others


@dataclass(frozen=True, slots=True)
class Replay:
    """What of a saved run can be replayed."""

    row: RunRow
    query: Query  # the operations that have pages without a gap from the first
    lists: tuple[tuple[tuple[PageRow, PageLatency], ...], ...]  # those pages with their latencies
    most: int  # the greatest page count at which all requested pages are there
    gaps: bool = False  # whether more pages are saved, after one that is missing
    notes: tuple[str, ...] = ()  # what differs from the run, a sentence each

    @property
    def run(self) -> str:
        """The run's id."""
        return self.row.run

    @property
    def known_pages(self) -> dict[int, int]:
        """How many pages each operation has, by its place in the query."""
        return dict(enumerate(map(len, self.lists)))

    @property
    def has_only(self) -> str:
        """How many pages there are to compare at, in words."""
        gapless = " without a gap" if self.gaps else ""
        pages = counted(self.most, "page")
        return f"Run {self.run} has only {pages} of {self.query.label}{gapless}"

    def sentence(self) -> str:
        """The run and its data, in words."""
        row = self.row
        whose = urlsplit(row.fetched_from).netloc
        if row.source == "demo":
            whose = "the demo server (DEMO, synthetic data)"
        replayed = "" if row.replay_of is None else f", itself a replay of run {row.replay_of}"
        pages = counted(sum(map(len, self.lists)), "page")
        return (
            f"Replaying run {self.run}{replayed}: {self.query.label} of {whose}, "
            f"fetched {row.fetched_utc[:10]}, {pages}."
        )

    def settings(self, settings: Settings) -> Settings:
        """Settings for a comparison on it: server and API are the run's.

        The embedded server needs no rate limit: where the settings have none of their own it is
        off.
        """
        row, demo = self.row, self.row.source == "demo"
        slowest_s = max(one.latency_s for pages in self.lists for _, one in pages)
        return replace(
            settings,
            source="demo" if demo else "live",
            api=self.query.api,
            base_url=None if demo else row.fetched_from,
            demo_profile=row.settings.get("demo_profile", settings.demo_profile),
            token=None,
            rate=inf if settings.rate is None else settings.rate,
            window=NO_WINDOW if settings.window is None else settings.window,
            timeout_s=max(settings.timeout_s, _ROOM * slowest_s),
        )


def look_at(store: Store, row: RunRow) -> Replay:
    """What of a run can be replayed; also of one that is running.

    Raises:
        UsageError: nothing can; says why.
    """
    query = query_of(row)
    if not any(target.operation.paged for target in query.targets):
        raise UsageError(
            f"Run {row.run} has no pages to compare: it is of {row.label}.",
            "Replay the run of a list, such as red_list_categories/CR.",
        )
    first = FIRST_PAGE[query.api]
    pages: list[list[PageRow]] = [[] for _ in query.targets]
    records = RunRecords(store, row)
    rows = [page for page in records.sound if page.page is not None]
    for page in rows:
        found = pages[page.target]
        # Of a list that got shorter meanwhile more may be saved than its last page says. Whether
        # they were requested again would depend on how many are in flight.
        ended = found and found[-1].total_pages is not None and found[-1].total_pages <= len(found)
        if page.page == first + len(found) and not ended:
            found.append(page)
    kept = {index: found for index, found in enumerate(pages) if found}
    if not kept:
        said = f"Run {row.run} can't be replayed: its first page is not saved."
        raise UsageError(
            f"{said} {records.damage}".strip(),
            Advice.RESUME_DAMAGED if records.damaged else Advice.RESUME_MISSING,
            run=row.run,
            what="it" if len(records.damaged) == 1 else "them",
        )
    took = page_latencies(store, row, [page for found in kept.values() for page in found])
    if took is None:
        raise UsageError(
            f"Run {row.run} can't be replayed: the latencies of its pages are unknown.",
            Advice.FETCH_FRESH,
        )
    left = iter(took)
    # Where an answer says that there are more pages than are saved, more would be requested.
    cut = [
        len(found)
        for found in kept.values()
        if any((one.total_pages or 0) > len(found) for one in found)
    ]
    return Replay(
        row=row,
        query=Query(
            query.api,
            tuple(query.targets[index] for index in kept),
            intersect=query.intersect and len(kept) == len(query.targets),
            written=query.written if len(kept) == len(query.targets) else (),
        ),
        lists=tuple(tuple((page, next(left)) for page in found) for found in kept.values()),
        most=min(cut, default=max(map(len, kept.values()))),
        gaps=len(rows) > len(took),
        notes=(*_notes(store, row, query, kept, took), *filter(None, [records.damage])),
    )


def _notes(
    store: Store,
    row: RunRow,
    query: Query,
    kept: dict[int, list[PageRow]],
    took: list[PageLatency],
) -> Iterator[str]:
    for index, target in enumerate(query.targets):
        if index not in kept and target not in {line.target for line in query.lines}:
            why = "its first page is not saved" if target.operation.paged else "it has no pages"
            yield f"{target.label} is left out: {why}."
    if query.lines or query.details:
        yield "Only lists are replayed, not single records."
    failed = sum(one.failed for one in store.attempts(row.run) if one.target in kept)
    if failed:
        yield f"Failures are not replayed ({counted(failed, 'failure')})."
    guessed = sum(one.guessed for one in took)
    if guessed:
        yield f"The latency of {counted(guessed, 'page')} is unknown; the median is used."


@contextmanager
def recorded(store: Store, replay: Replay, most: int, cancel: Cancel) -> Iterator[IO[bytes]]:
    """A recording of at most so many pages of each operation, in a file without a name.

    No other user can open it, and it is gone when it is closed, however the program ends. Where it
    was cancelled, it has what was recorded by then.

    Raises:
        KeepError: a page can't be read, or the file can't be written.
    """

    def pages() -> Iterator[tuple[Recorded, bytes]]:
        for page, took in chain.from_iterable(pages[:most] for pages in replay.lists):
            if cancel.is_set():
                return
            headers = {
                "etag": page.etag,
                "total-pages": page.total_pages,
                "total-count": page.total_count,
                "x-runtime": None if took.server_s is None else f"{took.server_s:.6f}",
            }
            sent = {name: str(value) for name, value in headers.items() if value is not None}
            # A 304 brought no body; the response that it confirmed did, with 200.
            yield Recorded(page.path, 200, sent, took.latency_s), store.body(replay.run, page)

    with ExitStack() as stack:
        folder = store.path.parent  # where there was room for these pages once
        try:
            file = stack.enter_context(tempfile.TemporaryFile(dir=folder))
            write_recording(file, pages())
        except OSError as error:
            raise KeepError(
                f"Run {replay.run} can't be replayed: {folder} can't hold a temporary file "
                f"({error.strerror or error}).",
                fault_of(error),
            ) from error
        yield file


# -- latencies of saved pages ------------------------------------------------------------


def page_latencies(store: Store, row: RunRow, pages: Iterable[PageRow]) -> list[PageLatency] | None:
    """The latencies of a run's pages, in their order; None where nothing is known of any.

    That of the attempt which brought the page's body counts. It may be another run's, where
    the page was kept before and reused, or asked about and unchanged (304). Where that run is
    gone, the 304's own latency counts; a page that nobody was asked about takes the median.
    """

    @cache  # many pages are from the same few runs
    def good(run: str, *, unchanged: bool = False) -> dict[Place, AttemptRow]:
        """The last attempt at each page that succeeded: with a body, or without (304)."""
        return {
            (one.target, one.page): one
            for one in store.attempts(run)
            if not one.kind and one.body is not None and (one.status == 304) is unchanged
        }

    def of(page: PageRow) -> PageLatency | None:
        own = good(row.run).get((page.target, page.page))
        if own is None and page.body_id is not None:
            elsewhere = store.places_of(row.origin, page.path, page.body_id)
            found = (good(run).get((target, number)) for run, target, number in elsewhere)
            own = next((one for one in found if one is not None), None)
        own = own or good(row.run, unchanged=True).get((page.target, page.page))
        if own is None:
            return None
        begun = own.started if own.sent is None else own.sent
        return PageLatency(round(max(0.0, (own.body or 0.0) - (begun or 0.0)), 6), own.server_s)

    each = [of(page) for page in pages]
    known = [one.latency_s for one in each if one is not None]
    if not known:
        return None
    usual = PageLatency(median(known), guessed=True)
    return [usual if one is None else one for one in each]
