"""The job that F5 starts: its request, its description, and its estimate."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from tui_app.compare.sweep import cap_page_counts
from tui_app.redlist import Query
from tui_app.redlist.text import counted, joined
from tui_app.settings import Settings

from . import text
from .model import Kind
from .service import ServiceHolder

if TYPE_CHECKING:
    from tui_app.compare.forecast import Forecast
    from tui_app.fetch import Cancel


@dataclass(frozen=True, slots=True)
class Replayed:
    """A saved run whose pages are served again with the delays that were measured."""

    run: str
    most: int | None = None  # the greatest page count that it can be compared at


@dataclass(frozen=True, slots=True)
class ScreenRequest:
    """What F5 does."""

    kind: Kind
    query: Query
    settings: Settings
    resumes: str | None = None  # id of the run that it finishes
    replays: Replayed | None = None
    """The saved run that it compares on, whose pages are from the settings' server."""
    lists: tuple[int, ...] = field(default=(), compare=False)
    """How many pages each of its operations has; empty where one's aren't known."""

    @property
    def replay_of(self) -> str | None:
        """Id of the run that it replays, or None."""
        return None if self.replays is None else self.replays.run

    @property
    def page_counts(self) -> tuple[int, ...]:
        """Page counts of a comparison, as far as known before it starts."""
        from tui_app.runs import sweep_of

        most = max(self.lists, default=None) if self.replays is None else self.replays.most
        return cap_page_counts(sweep_of(self.settings).page_counts, most)

    @property
    def in_flight(self) -> tuple[int, ...]:
        """Requests in flight at most; several where a comparison is over them."""
        swept = self.settings.in_flight_counts if self.kind == "compare" else ()
        return swept or (self.settings.concurrency,)

    @property
    def methods(self) -> tuple[str, ...]:
        """Methods that take part."""
        return self.settings.methods if self.kind == "compare" else (self.settings.method,)

    @property
    def runs(self) -> int:
        """How many runs are timed."""
        if self.kind == "fetch":
            return 1
        from tui_app.runs import sweep_of

        return len(sweep_of(self.settings, self.page_counts).points) * self.settings.repeats

    @property
    def requests_by_method(self) -> dict[str, int]:
        """Pages that a comparison times by each method, as far as is known; empty for a fetch."""
        if self.kind == "fetch":
            return {}
        from tui_app.compare.sweep import pages_asked
        from tui_app.runs import sweep_of

        found = dict.fromkeys(self.methods, 0)
        for method, count, _ in sweep_of(self.settings, self.page_counts).points:
            found[method] += pages_asked(count, self._lists) * self.settings.repeats
        return found

    @property
    def requests(self) -> int:
        """Requests of a comparison in all: warm-ups, the first look and prepared pages included."""
        from tui_app.runs import requests_of

        return requests_of(self.settings, self._lists)

    @property
    def _lists(self) -> Sequence[int | None]:
        """How many pages each list has; None where it isn't known."""
        return self.lists or [None] * len(self.query.targets)

    @property
    def live(self) -> bool:
        """Whether requests go to a real server."""
        return self.settings.source == "live" and self.replay_of is None

    def on_demo(self) -> ScreenRequest:
        """The same from the demo server."""
        return replace(self, settings=replace(self.settings, source="demo"))

    @property
    def hasty(self) -> bool:
        """Whether a real host would be requested faster than by default."""
        return self.live and self.settings.hasty

    @property
    def about(self) -> str:
        """What was requested, from where and how, for a figure on paper."""
        settings = self.settings
        invented = f", synthetic data ({settings.demo_profile})" * (settings.source == "demo")
        real = f" of {urlsplit(settings.server).netloc}" if not (self.live or invented) else ""
        return (
            f"{self.query.label} · {self.server}{real}{invented} · "
            f"up to {joined(self.in_flight)} in flight · {self.pace}"
        )

    @property
    def server(self) -> str:
        """The server, in words."""
        if self.replay_of is not None:
            return f"a replay of run {self.replay_of}"
        if self.settings.source == "demo":
            return "the demo server"
        return urlsplit(self.settings.server).netloc

    @property
    def pace(self) -> str:
        """The requests a second that it may make, in words."""
        return text.pace(self.settings.effective_rate(), self.settings.effective_window())

    @property
    def starting(self) -> str:
        """The status line until the first request is sent."""
        if self.replay_of is not None:
            return f"Preparing the replay of run {self.replay_of}…"
        return "Starting…" if self.live else "Starting the demo server…"

    @property
    def rate_limit(self) -> str:
        """When a comparison would meet a rate limit, in a sentence; empty where it would not."""
        if self.kind == "fetch" or self.replay_of is not None:
            return ""
        from tui_app.runs import limit_met

        return limit_met(self.settings, self.requests)

    def in_words(self) -> str:
        """What F5 does, in a sentence without its end."""
        settings = self.settings
        if self.kind == "fetch":
            paged = any(target.operation.paged for target in self.query.targets)
            upto = "all pages" if settings.pages is None else counted(settings.pages, "page")
            if self.lists and (settings.pages is None or settings.pages >= max(self.lists)):
                upto = (
                    f"all {counted(sum(self.lists), 'page')}" if sum(self.lists) > 1 else "1 page"
                )
            of = f"{upto} of " if paged else ""
            return f"fetches {of}{self.query.label} by {settings.method}"
        runs, requests = counted(self.runs, "run"), counted(self.requests, "request")
        counts = self.page_counts
        pages = f"{joined(counts)} page{'' if counts == (1,) else 's'}"
        flying = f" and {joined(self.in_flight)} in flight" * bool(settings.in_flight_counts)
        return f"compares at {pages}{flying}: {runs}, {requests} with preparation"


def forecast_of(
    service: ServiceHolder, request: ScreenRequest, cancel: Cancel
) -> tuple[str, tuple[int, ...]]:
    """Forecast a job from saved responses; empty if too little is known. And its ``lists``.

    Blocks; sends no request and creates no store.

    Raises:
        RedListError: the store can't be read.
    """
    if not service.has_store():
        return "", ()
    from tui_app.compare.forecast import duration

    query, settings = request.query, request.settings
    if request.kind == "compare":
        total = service.get().forecast_comparison(query, settings, cancel=cancel)
        if total is None:
            return "", ()
        runs = counted(total.runs, "run")
        words = f"About {duration(total.seconds)} for {runs} ({total.basis.in_words()})."
        return words, total.lists
    found = service.get().forecast(query, settings, cancel=cancel, ask=False, only_own=True)
    return ("", ()) if found is None else (forecast_sentence(found), found.lists)


def forecast_sentence(found: Forecast) -> str:
    """A forecast of a fetch in a sentence."""
    from tui_app.compare.forecast import duration

    row = found.own
    if row is None:
        return "Everything is already saved."
    return (
        f"About {duration(row.seconds)} for {found.work_in_words()} by {row.method} "
        f"({found.basis.in_words()})."
    )
