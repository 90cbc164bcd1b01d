"""From a job to a plan: the server, what earlier runs saved of it, its Red List version.

The version is requested before a run sends anything, and again after a long one. A page is
labelled with the version that the server had when its part of the run began; where the version has
changed since, the run is not complete, and resuming it requests the older pages again.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial
from time import monotonic
from typing import IO, Any, Final, NamedTuple
from urllib.parse import parse_qsl

from tui_app.demo import DemoError, DemoServer
from tui_app.fetch import CachedResponse, Cancel, Event, Observer, Plan, State, run
from tui_app.fetch.events import nobody
from tui_app.methods import load_method
from tui_app.redlist import Api, Paging, Query, Token, make_query, parse_target
from tui_app.redlist.errors import Advice, RedListError, Retired, TokenRefused
from tui_app.redlist.names_file import InputLine
from tui_app.redlist.names_table import READERS, ListOf
from tui_app.redlist.rate_limit import NO_WINDOW
from tui_app.settings import COURTEOUS_RATE, Settings, parse_window, token_for
from tui_app.settings.servers import is_loopback
from tui_app.store import PageRow, RunRow, ServerStarts, Store


def start_demo(profile: str, delay_s: float | None) -> DemoServer:
    """Start a demo server of a face's own, which it closes; raises DemoError."""
    server = DemoServer(profile, delay=delay_s)
    server.start()
    return server


class JobRequest(NamedTuple):
    """What a face asks for: what to fetch; how, and from which server."""

    query: Query
    settings: Settings


@dataclass(frozen=True, slots=True)
class Source:
    """Where requests go."""

    name: str  # ``demo`` or ``live``; of a replay, which of them its data are from
    base_url: str
    token: Token | None  # never the user's for the demo server
    origin: str  # whose data: one for all demo servers of a seed, one for each replay
    replays: RunRow | None = None  # the saved run whose pages it serves

    def kept(self) -> dict[str, str]:
        """What is saved with a run besides the settings: of a replay, where its data are from."""
        if self.replays is None:
            return {}
        return {
            "replay_of": self.replays.run,
            "replayed_base_url": self.replays.fetched_from,
            "fetched_utc": self.replays.fetched_utc,
        }


class Sources:
    """Opens sources; the demo servers that it starts run until :meth:`close`."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._running: dict[object, DemoServer] = {}  # of a profile and seed, or of a replay

    def open(self, settings: Settings) -> Source:
        """The source that these settings mean; starts the demo server if need be.

        Raises:
            RedListError: the demo server did not start.
            TokenWithheld: the token is not for that server.
            UsageError: its base URL is none, or the token would travel over plain http.
        """
        source = self.unopened(settings)
        if source.name == "live":
            return replace(source, token=token_for(settings))
        with self._lock:
            key = settings.demo_profile, settings.seed
            if key not in self._running:
                self._start(key, DemoServer(key[0], seed=key[1]))
            return replace(source, base_url=self._running[key].base_url)

    def unopened(self, settings: Settings) -> Source:
        """The same without a token, and without starting a server: to look up saved data."""
        if settings.source == "live":
            return Source("live", settings.server, None, settings.server)
        return Source("demo", "http://127.0.0.1", None, f"demo:{settings.seed}")

    @contextmanager
    def replaying(self, run: RunRow, recording: IO[bytes]) -> Iterator[Source]:
        """A source that answers from a run's recording, which is closed when the server has it.

        Raises:
            RedListError: the demo server did not start.
        """
        with self._lock, recording:
            server = DemoServer(replay=recording)
            self._start(server, server)
        try:
            yield Source(run.source, server.base_url, None, f"replay:{run.run}", run)
        finally:
            with self._lock:
                self._running.pop(server, None)
            server.close()

    def close(self) -> None:
        """Stop what was started; safe to call twice."""
        with self._lock:
            servers, self._running = self._running, {}
        for server in servers.values():
            server.close()

    def _start(self, key: object, server: DemoServer) -> None:
        try:
            server.start()
        except DemoError as error:
            raise RedListError(str(error), Advice.START_DEMO) from error
        self._running[key] = server


PATIENCE_S: Final = 10.0
"""How long the program waits for what it asks for itself: good to know, but no reason to pause."""


SILENCE_S: Final = 1.0
"""After so long the user is told what is waited for."""


def make_plan(
    query: Query, settings: Settings, source: Source, method: str, pages: int | None
) -> Plan:
    """The plan of one run; not known to the store yet.

    Raises:
        UsageError: there is no such method, or it can't be imported.
    """
    load_method(method)  # a run that could not begin is none
    return Plan(
        query=query,
        base_url=source.base_url,
        method=method,
        token=source.token,
        pages=pages,
        concurrency=settings.concurrency,
        rate=settings.effective_rate(),
        window=settings.effective_window(),
        pause_s=settings.pause_s,
        retries=settings.retries,
        backoff_s=settings.backoff_s,
        timeout_s=settings.timeout_s,
        connect_timeout_s=settings.connect_timeout_s,
        seed=settings.seed,
    )


def shared_starts(store: Store, plan: Plan) -> ServerStarts | None:
    """What other runs and programs start at a plan's server; None where nobody limits that."""
    if plan.window is None and is_loopback(plan.base_url):
        return None
    return store.starts(plan.base_url)


def described(query: Query, settings: Settings, source: Source) -> dict[str, Any]:
    """Of whom what is asked, and how, as forecasts and comparisons show it. No token."""
    window = settings.effective_window()
    return {
        "source": source.name,
        "api": query.api,
        "base_url": source.base_url,
        "demo_profile": settings.demo_profile if source.name == "demo" else None,
        "operations": list(query.operations),
        "concurrency": settings.concurrency,
        "rate": settings.effective_rate(),
        "window": None if window is None else str(window),
    }


def kept_settings(plan: Plan, settings: Settings) -> dict[str, Any]:
    """What it takes to do a plan again. No token."""
    kept: dict[str, Any] = {
        "pages": plan.pages,
        "concurrency": plan.concurrency,
        "in_flight": plan.in_flight,
        "rate": plan.rate,
        "window": None if plan.window is None else str(plan.window),
        "retries": plan.retries,
        "timeout": plan.timeout_s,
        "connect_timeout": plan.connect_timeout_s,
        "seed": plan.seed,
        "demo_profile": settings.demo_profile,
        "fresh": settings.fresh,
        "first_alone": plan.query.api == "v4" and not plan.known_pages,
    }
    query = plan.query
    if query.details:
        kept["details"] = True
    if query.intersect:
        kept["intersect"] = True
    if query.history:
        kept["history"] = True
    if query.distinct:
        kept["distinct"] = True
    if query.written:
        kept["written"] = dict(query.written)
    if query.only:
        kept["only"] = dict(query.only)
    if query.resolve:
        kept["resolve"] = len(query.targets)  # those that come later are accepted names
    if query.lines:
        texts = [""] * max(line.number for line in query.lines)
        for line in query.lines:
            texts[line.number - 1] = line.text
        kept["lines"] = texts
        if columns := next((list(line.own) for line in query.lines if line.own), None):
            kept["own_columns"] = columns
            kept["own_cells"] = {line.number: list(line.own.values()) for line in query.lines}
        kept["lines_hold"] = query.lines_hold
    return kept


def query_of(row: RunRow) -> Query:
    """The query that a kept run carries out."""
    api: Api = "v3" if row.api == "v3" else "v4"
    kept = row.settings
    hold: ListOf = "ids" if kept.get("lines_hold") == "ids" else "names"
    columns = kept.get("own_columns", ())
    own = {
        int(number): dict(zip(columns, cells, strict=False))
        for number, cells in kept.get("own_cells", {}).items()
    }
    lines = _with_params(READERS[hold](kept.get("lines", ()), own), row.operations)
    # A line is read already: reading its operation as well would take four times as long.
    known = {line.target.label: line.target for line in lines if line.target is not None}
    targets = tuple(known.get(text) or parse_target(text, api) for text in row.operations)
    asked = kept.get("resolve")
    return Query(
        api,
        targets,
        lines=lines,
        details=bool(kept.get("details")),
        intersect=bool(kept.get("intersect")),
        only=tuple(kept.get("only", {}).items()),
        history=bool(kept.get("history")),
        written=tuple((label, tuple(at)) for label, at in kept.get("written", {}).items()),
        distinct=bool(kept.get("distinct")),
        resolve=asked is not None,
        resolved=() if asked is None else targets[asked:],
        lines_hold=hold,
    )


def _with_params(lines: tuple[InputLine, ...], operations: Sequence[str]) -> tuple[InputLine, ...]:
    """Lines with the parameters that all of their requests had besides (``--param``)."""
    first = next((line.target for line in lines if line.target is not None), None)
    if first is None or first.label in operations:
        return lines
    begins = f"{first.label}{'&' if '?' in first.label else '?'}"
    label = next((text for text in operations if text.startswith(begins)), begins)
    params = tuple(parse_qsl(label.removeprefix(begins), keep_blank_values=True))
    return tuple(
        replace(line, target=one and replace(one, params=(*one.params, *params)))
        for line in lines
        for one in (line.target,)
    )


def settings_of(row: RunRow, settings: Settings, **changes: Any) -> Settings:
    """The settings with which a run began, with today's token and folder.

    A pace that is faster than a real host permits isn't among them: a store may be somebody
    else's. Of ``changes``, those that are None leave the run's own.
    """
    kept = row.settings
    demo = row.source == "demo"
    rate, window = kept.get("rate"), kept.get("window", "default")
    begun = replace(
        settings,
        source="demo" if demo else "live",
        api="v3" if row.api == "v3" else "v4",
        base_url=None if demo else row.base_url,
        demo_profile=kept.get("demo_profile", settings.demo_profile),
        method=row.method,
        pages=kept.get("pages"),
        concurrency=kept.get("concurrency", settings.concurrency),
        rate=float("inf") if rate is None else rate,
        window=NO_WINDOW if window is None else parse_window(window),
        retries=kept.get("retries", settings.retries),
        timeout_s=kept.get("timeout", settings.timeout_s),
        connect_timeout_s=kept.get("connect_timeout", settings.connect_timeout_s),
        seed=kept.get("seed", settings.seed),
        fresh=bool(kept.get("fresh")),
    )
    if begun.hasty:  # going faster than the API permits is asked for each time
        fast = (begun.effective_rate() or math.inf) > COURTEOUS_RATE
        begun = replace(begun, rate=None if fast else begun.rate, window=None)
    return replace(begun, **{name: one for name, one in changes.items() if one is not None})


FRESH_FOR: Final = timedelta(days=1)
"""The Red List is published two or three times a year, and corrected in between."""


@dataclass(slots=True)
class StoreCache:
    """The saved pages of one source."""

    store: Store
    origin: str
    # The Red List that the source has now: pages of another are requested anew, however young;
    # None where it doesn't say.
    version: str | None
    # Paths of lists that changed while they were fetched: requested anew as well.
    moved: frozenset[str] = frozenset()

    def find(self, paths: Sequence[str]) -> Iterator[tuple[str, CachedResponse, bytes]]:
        """Of each path the newest page, if any; damaged ones are left out."""
        for page, body in self.store.cached(self.origin, paths):
            if body is not None and page.body_id is not None:
                found = CachedResponse(
                    rows=page.rows,
                    etag=page.etag,
                    fresh=self._is_fresh(page),
                    paging=Paging(page.total_pages, page.total_count),
                    fetched_utc=page.fetched_utc,
                    reference=page.body_id,
                    body=partial(self.store.cached_body, page.body_id),
                )
                yield page.path, found, body

    def fresh(self) -> dict[str, PageRow]:
        """All pages that are as good as new, by their path, without their bodies."""
        since = datetime.now(UTC) - FRESH_FOR
        saved = self.store.cached_since(self.origin, since.isoformat(timespec="seconds"))
        return {path: page for path, page in saved.items() if self._is_fresh(page)}

    def _is_fresh(self, page: PageRow) -> bool:
        same_version = len({self.version, page.red_list_version} - {None}) < 2
        return page.path not in self.moved and is_fresh(page.fetched_utc) and same_version


def is_fresh(then_utc: str, within: timedelta = FRESH_FOR) -> bool:
    """Whether a time (ISO 8601, UTC) is less than so long ago, and not in the future."""
    try:
        then = datetime.fromisoformat(then_utc)
    except ValueError:
        return False
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    # A minute's grace: two machines that share a folder don't agree to the second.
    return -timedelta(minutes=1) < datetime.now(UTC) - then < within


VERSION_OPERATIONS: Final[dict[Api, tuple[str, str]]] = {
    "v4": ("information/red_list_version", "red_list_version"),
    "v3": ("version", "version"),
}
"""The operation that gives the version, and the field of its response."""

LONGEST_VERSION: Final = 40
HOLDS_S: Final = 600.0
"""Seconds for which a version holds for a run that is about to send requests, and that a run may
take before the version is requested again at its end. It changes two or three times a year."""


def saved_version(
    store: Store, source: Source, within: timedelta = FRESH_FOR
) -> tuple[bool, str | None]:
    """Whether a server was asked for its Red List version within that time, and its answer."""
    found = store.source_version(source.origin)
    if found is None or not is_fresh(found[1], within):
        return False, None
    return True, found[0]


def ask_version(
    store: Store,
    source: Source,
    settings: Settings,
    cancel: Cancel,
    *,
    after_a_run: bool = False,
    run_id: str = "",
    observer: Observer = nobody,
) -> str | None:
    """Ask a server for its Red List version, one request, and save the answer.

    After a run the pace holds for this request too. The observer receives waits for the rate
    limit, which may take minutes. Gives None where the server gives no version.

    Raises:
        TokenRefused, Retired: before a run, whose requests would all be refused too.
    """
    operation, name = VERSION_OPERATIONS[settings.api]
    rate = settings.effective_rate()
    if after_a_run and rate and cancel.wait(1 / rate):
        return None
    plan = make_plan(make_query([operation], settings.api), settings, source, "sequential", None)
    plan = replace(
        plan,
        run=run_id,
        retries=1,
        patience_s=PATIENCE_S,
        timeout_s=min(plan.timeout_s, PATIENCE_S),
        connect_timeout_s=min(plan.connect_timeout_s, PATIENCE_S),
    )

    def tell(event: Event) -> None:
        if event.state is State.PAUSED:
            observer(event)

    words = "Waiting for the server to name its Red List version…"
    late = Event(run_id, State.PAUSED, monotonic() + SILENCE_S, reason=words)
    timer = threading.Timer(SILENCE_S, observer, (late,))
    timer.daemon = True
    timer.start()
    try:
        result = run(plan, tell, cancel, starts=shared_starts(store, plan))
    finally:
        timer.cancel()
    stopped = result.totals.stopped
    if isinstance(stopped, TokenRefused | Retired) and not after_a_run:
        raise stopped
    given = next((page.records()[0].get(name) for page in result.pages), None)
    missing = all(one.error.status == 404 for one in result.totals.failures)
    version = None
    if isinstance(given, str) and given.isascii() and given.isprintable():
        version = given if 0 < len(given) <= LONGEST_VERSION else None
    if (version or missing) and not cancel.is_set():
        store.set_source_version(source.origin, version)
    return version
