"""What the tests of the screen share: patience, scripted events, a service that replays them."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import textual.app
import textual.pilot
from textual._context import active_app
from textual.css import stylesheet
from textual.css.model import RuleSet
from textual.css.tokenizer import Token
from textual.message_pump import MessagePump
from textual.pilot import Pilot
from textual.screen import Screen

from tui_app.compare.forecast import Forecast, Total
from tui_app.compare.statistics import Latency, summarise
from tui_app.fetch import Cancel, Event, Observer, State
from tui_app.redlist import Query, make_query
from tui_app.redlist.codes import Code, built_in
from tui_app.redlist.errors import RedListError, UsageError
from tui_app.redlist.status import SeveralLatest
from tui_app.runs import Comparison, Exported, Service, Summary, TimedRun, TimedStart
from tui_app.runs.records_table import View
from tui_app.runs.selection import Selection
from tui_app.settings import Settings
from tui_app.store import AttemptRow, RunRow, RunState
from tui_app.ui.app import RedListApp

PATIENCE_S = 60.0
"""How long a test waits for what has to come; long, for the machine may be busy."""
ZERO = 1000.0
"""The monotonic clock's reading at which scripted runs begin."""


@pytest.fixture(scope="session", autouse=True)
def exact_waits() -> Iterator[None]:
    """After a key, waits until the application has handled it and has drawn what it changed.

    Textual waits until the process uses little CPU time instead, which is true as well of one
    that gets none on a busy machine: keys then go to the widget that had the focus before. A test
    that needs more than the key's own messages waits for what it needs (:func:`until`).
    """
    with pytest.MonkeyPatch.context() as patch:
        for user in (textual.app, textual.pilot):
            patch.setattr(user, "wait_for_idle", _handled)
        yield


async def _handled(min_sleep: float = 0, max_sleep: float = 5) -> None:
    app, end = active_app.get(), time.monotonic() + max_sleep
    quiet = 0
    await asyncio.sleep(min_sleep)
    while quiet < 3 and time.monotonic() < end:  # what was just begun takes a turn to be seen
        await asyncio.sleep(0 if app._resize_event is None else 0.002)
        screen = app.screen_stack[-1] if app.screen_stack else None
        pumps = [app, *(screen.walk_children(with_self=True) if screen else ())]
        works = app._resize_event is not None or any(map(_is_at_work, pumps))
        quiet = 0 if works else quiet + 1
        if quiet and screen and _awaits_frame(screen):
            screen._on_timer_update()  # as Pilot does, in place of waiting for the next frame


def _awaits_frame(screen: Screen[Any]) -> bool:
    """Whether something is left for the next frame: a change of looks, or a call after it.

    A scroll is such a call: where it is still due, the next key scrolls from the old place.
    """
    return bool(
        screen._dirty_widgets
        or screen._layout_required
        or screen._scroll_required
        or screen._repaint_required
        or screen._recompose_required
        or screen._callbacks
    )


def _is_at_work(pump: MessagePump) -> bool:
    queue = pump._message_queue
    rests = queue.empty() and queue.ready_event._waiters
    return pump._running and not pump._closed and (bool(pump._next_callbacks) or not rests)


@pytest.fixture(scope="session", autouse=True)
def styles_parsed_once() -> Iterator[None]:
    """Parses a style sheet once for all applications, and looks its rules up faster.

    Textual parses those of all widgets at each start and at each change of the theme; and for each
    widget it calls a function of Python's for each rule, only to have its identity as a hash.
    """
    tokenize, parse = stylesheet.tokenize_values, stylesheet.parse
    tokens: dict[tuple[tuple[str, str], ...], dict[str, list[Token]]] = {}
    rules: dict[tuple[object, ...], list[RuleSet]] = {}

    def tokenize_once(values: dict[str, str]) -> dict[str, list[Token]]:
        key = tuple(values.items())
        if key not in tokens:
            tokens[key] = tokenize(values)
        return tokens[key]

    def parse_once(*args: Any, variable_tokens: Any, **more: Any) -> list[RuleSet]:
        key = *args, id(variable_tokens), *more.items()
        if key not in rules:
            rules[key] = list(parse(*args, variable_tokens=variable_tokens, **more))
        return rules[key]

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stylesheet, "tokenize_values", tokenize_once)
        patch.setattr(stylesheet, "parse", parse_once)
        patch.setattr(RuleSet, "__hash__", object.__hash__)
        yield


def play(
    app: RedListApp,
    scenario: Callable[[Pilot[None]], Awaitable[None]],
    size: tuple[int, int] = (120, 40),
    *,
    notices: bool = False,
) -> None:
    """Open the application without a terminal and act a scenario in it; ``notices`` are shown.

    Nothing moves by steps: a scroll is at its end with the next frame.
    """
    app.animation_level = "none"

    async def act() -> None:
        async with app.run_test(size=size, notifications=notices) as pilot:
            await pilot.pause()
            await scenario(pilot)

    asyncio.run(act())


async def until(pilot: Pilot[Any], condition: Callable[[], object]) -> None:
    """Let the application go on until a condition holds, and is drawn; fails if it never does."""
    end = time.monotonic() + PATIENCE_S
    while time.monotonic() < end:
        if condition():
            await pilot.pause()
            return
        await pilot.pause(0.01)
    raise AssertionError(f"never came true: {condition}")


async def until_done(pilot: Pilot[Any], app: RedListApp) -> None:
    """Let a job come to its end, records and all."""
    await until(pilot, lambda: app.main.job is not None and not app.main.busy)
    await app.workers.wait_for_complete([worker for worker in app.workers if worker.group == "run"])
    await pilot.pause()


def request_events(
    run: str, number: int, start: float, took_s: float, *, connect_s: float = 0.0
) -> list[Event]:
    """The events of a request that succeeds at once."""
    sent = start + connect_s
    end = start + took_s
    connected = [Event(run, State.CONNECTED, sent, number, 1)] if connect_s else []
    return [
        Event(
            run, State.QUEUED, start, number, 1,
            label=f"red_list_categories/CR page {number + 1}", page=number + 1,
        ),
        Event(run, State.STARTED, start, number, 1),
        *connected,
        Event(run, State.SENT, sent, number, 1),
        Event(run, State.HEADERS, end - 0.02, number, 1, status=200, server_s=0.1),
        Event(run, State.BODY, end, number, 1, size_bytes=20_000),
        Event(run, State.DECODED, end, number, 1, records=100),
        Event(run, State.KEPT, end + 0.005, number, 1, records=100),
    ]  # fmt: skip


def run_events(run: str, pages: int, in_flight: int, began: float = ZERO) -> list[Event]:
    """The events of a run in which page n takes 0.2 + n/50 seconds, in order of time."""
    events = [Event(run, State.BEGUN, began), Event(run, State.PLANNED, began, total=pages)]
    free = [began] * in_flight
    end = began
    for number in range(pages):
        place = free.index(min(free))
        took_s = 0.2 + number / 50
        connect_s = 0.03 if free[place] == began else 0.0
        events += request_events(run, number, free[place], took_s, connect_s=connect_s)
        free[place] += took_s + 0.005
        end = max(end, free[place])
    events.append(Event(run, State.ENDED, end))
    return sorted(events, key=lambda event: event.at)


def timed_run(start: TimedStart, events: list[Event]) -> TimedRun:
    """What a run of these events was measured to take."""
    seconds = events[-1].at - events[0].at
    return TimedRun(
        method=start.method, pages=start.pages, repeat=start.repeat, order=start.order,
        seconds=seconds, ideal_seconds=seconds * 0.97, requests=start.pages, failed=0,
        latency_ms=Latency(), run=start.run,
    )  # fmt: skip


class Table(View):
    """Records as the service gives them: any number, made when they are asked for."""

    def __init__(self, length: int) -> None:
        self.columns = ("assessment_id", "taxon_scientific_name", "url")
        self.order = range(length)
        self.length = length
        self.asked: list[tuple[int, int]] = []

    def read(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        self.asked.append((start, stop))
        for number in range(start, stop):
            url = f"https://example.org/{number}"
            yield str(100_000 + number), f"Genus species{number}", url

    def stored(self, place: int) -> dict[str, Any]:
        return dict(zip(self.columns, next(self.read(place, place + 1)), strict=True))


class NothingYet(Table):
    """The records of a run whose pages aren't saved."""

    grows = True

    def grown(self) -> NothingYet:
        return self


class ScriptedService(Service):
    """A service without server and store: the same events every time.

    Args:
        script: further events of a fetch, after those of ten pages by asyncio.
        failure: raised in place of doing anything.
        hold: whether a fetch goes on until it is cancelled.
    """

    def __init__(
        self,
        script: list[Event] | None = None,
        failure: Exception | None = None,
        *,
        hold: bool = False,
        records: int = 1000,
    ) -> None:
        self.script = script
        self.failure = failure
        self.hold = hold
        self.table = Table(records)
        self.resumed: list[str] = []
        self.resumed_by: list[str | None] = []
        self.kept: list[RunRow] = []
        self.gone: dict[str, RunRow] = {}
        self.closed = 0
        self.observers: list[Observer] = []
        self.asked_codes: list[tuple[str, Settings]] = []
        self.codes_failure: Exception | None = None
        self.several: SeveralLatest | None = None
        self.foretold: Forecast | Exception | None = None
        self.foretold_total: Total | None = None
        self.forecasts: list[tuple[Query, Settings, bool]] = []

    def codes_left_out(self, run_id: str, query: Query) -> tuple[str, ...]:
        return ()

    def forecast(
        self,
        query: Query,
        settings: Settings,
        *,
        cancel: Cancel,
        ask: bool = True,
        only_own: bool = False,
    ) -> Forecast | None:
        self.forecasts.append((query, settings, ask))
        if isinstance(self.foretold, Exception):
            raise self.foretold
        return self.foretold

    def forecast_comparison(
        self, query: Query, settings: Settings, *, cancel: Cancel
    ) -> Total | None:
        return self.foretold_total

    def fetch(
        self, query: Query, settings: Settings, *, observer: Observer, cancel: Cancel
    ) -> Summary:
        if self.failure is not None:
            raise self.failure
        self.observers.append(observer)
        for event in run_events("f1", 10, 8) if self.script is None else self.script:
            observer(event)
        if self.hold:
            cancel.wait(30)
        return summary(complete=self.script is None and not cancel.is_set())

    def resume(
        self, run_id: str, *, method: str | None = None, observer: Observer, cancel: Cancel
    ) -> Summary:
        self.resumed.append(run_id)
        self.resumed_by.append(method)
        for event in run_events(run_id, 10, 8):
            observer(event)
        return summary(complete=True)

    def compare(
        self,
        query: Query,
        settings: Settings,
        *,
        observer: Observer,
        cancel: Cancel,
        on_start: Callable[[TimedStart], None],
        on_finish: Callable[[TimedRun], None],
    ) -> Comparison:
        if self.failure is not None:
            raise self.failure
        timed: list[TimedRun] = []
        for start, events in comparison_script(settings):
            on_start(start)
            for event in events:
                observer(event)
            timed.append(timed_run(start, events))
            on_finish(timed[-1])
        rows = summarise(timed, settings.methods)
        return Comparison(settings={}, runs=tuple(timed), summary=tuple(rows))

    def codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
        self.asked_codes.append((stem, settings))
        if self.codes_failure is not None:
            raise self.codes_failure
        return (*built_in(stem), Code("ZZ", "Only the server knows"))

    def saved_codes(self, stem: str, settings: Settings) -> tuple[Code, ...]:
        return ()

    def runs(self, limit: int | None = None, *, comparisons: bool = True) -> list[RunRow]:
        return [row for row in self.kept if comparisons or row.comparison is None][:limit]

    def run(self, run_id: str) -> RunRow:
        for row in self.kept:
            if run_id in ("last", row.run):
                return row
        raise UsageError("There are no saved runs.")

    def wanted(self, run_id: str) -> tuple[Query, Settings]:
        row = self.run(run_id)
        settings = Settings(source=row.source, method=row.method, rate=row.settings["rate"])
        return make_query(list(row.operations)), settings

    def _changed(self, run_id: str, **values: str) -> None:
        self.kept = [
            replace(row, **values) if row.run == run_id else row  # type: ignore[arg-type]
            for row in self.kept
        ]

    def rename(self, run_id: str, name: str) -> None:
        self._changed(run_id, name=name)

    def annotate(self, run_id: str, note: str) -> None:
        self._changed(run_id, note=note)

    def delete(self, run_id: str) -> None:
        self.gone[run_id] = self.run(run_id)
        self.kept.remove(self.gone[run_id])

    def undelete(self, run_id: str) -> None:
        self.kept.append(self.gone.pop(run_id))
        self.kept.sort(key=lambda row: -int(row.run))

    def forget_deleted(self) -> None:
        self.gone.clear()

    def summary_at_end(self, run_id: str) -> Summary:
        return replace(summary(complete=True), run=run_id)

    def attempts(self, run_id: str) -> list[AttemptRow]:
        return []

    def records(self, run_id: str, *, one_per_taxon: bool = False) -> Table:
        return Table(self.table.length // 2) if one_per_taxon else self.table

    def arriving(self, run_id: str, query: Query | None = None) -> Any:
        return NothingYet(0)

    def first_records(
        self, run_id: str, count: int, query: Query | None = None, *, one_per_taxon: bool = False
    ) -> list[dict[str, Any]]:
        return [self.table.stored(place) for place in range(min(count, self.table.length))]

    def several_latest(self, run_id: str, query: Query) -> SeveralLatest | None:
        return self.several

    def export(
        self,
        run_id: str,
        *,
        csv: Path | None = None,
        jsonl: Path | None = None,
        requests_csv: Path | None = None,
        one_per_taxon: bool = False,
        selection: Selection | None = None,
    ) -> list[Exported]:
        if csv is not None and csv.name == "full.csv":
            raise RedListError("full.csv can't be written: no space is left on the device.")
        paths = [path for path in (csv, jsonl, requests_csv) if path is not None]
        rows = 500 if one_per_taxon else 1000
        rows = rows if selection is None else len(selection.places)
        return [Exported(path, rows, 132_000) for path in paths]

    @property
    def notices(self) -> tuple[str, ...]:
        return ()

    def close(self) -> None:
        self.closed += 1


def comparison_script(settings: Settings) -> Iterator[tuple[TimedStart, list[Event]]]:
    """Every method at every page count, a run each."""
    of = len(settings.methods) * len(settings.page_counts)
    order = 0
    for pages in settings.page_counts:
        for method in settings.methods:
            order += 1
            start = TimedStart(f"c{order}", method, pages, 1, order, of)
            yield start, run_events(start.run, pages, 1 if method == "sequential" else 8)


def summary(*, complete: bool) -> Summary:
    """A fetch of ten pages in figures."""
    return Summary(
        run="f1", source="demo", api="v4", base_url="http://127.0.0.1:1",
        operations=("red_list_categories/CR",), method="asyncio", concurrency=8, rate=None,
        pages=10, pages_total=10, records=1000, records_total=1000, requests=10, retries=0,
        failed=0 if complete else 1, seconds=0.7, ideal_seconds=0.68, efficiency=0.97,
        pace_wait_seconds=0.0, bytes=200_000, latency_ms=Latency(),
        errors=() if complete else (
            {"request": "red_list_categories/CR page 3", "kind": "server",
             "message": "HTTP 503", "attempts": 2},
        ),
        red_list_version=None, citation=None, complete=complete,
    )  # fmt: skip


def kept_run(number: int, state: str = "complete", **more: Any) -> RunRow:
    """A run as the store gives it."""
    given: dict[str, Any] = {
        "run": str(number), "created_utc": f"2026-11-{1 + number % 28:02}T09:41:00+00:00",
        "source": "demo", "api": "v4", "base_url": "http://127.0.0.1:1", "method": "asyncio",
        "label": "red_list_categories/CR", "operations": ("red_list_categories/CR",),
        "settings": {"pages": None, "concurrency": 8, "in_flight": 8, "rate": None},
        "state": RunState(state), "pid": 1, "pages": 40, "records": 4000, "comparison": None,
        "summary": {"pages_total": 89, "failed": 0, "errors": []},
    }  # fmt: skip
    return RunRow(**{**given, **more})


def scripted_app(
    settings: Settings, service: ScriptedService, clock: Callable[[], float] = lambda: ZERO + 2
) -> RedListApp:
    """The application over a scripted service, its clock standing still."""
    return RedListApp(settings, make_service=lambda _: service, clock=clock)
