"""What F5 does, once the form has been read."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import urlsplit

from tui_app.redlist import Query
from tui_app.settings import Settings

from . import text
from .model import Kind


@dataclass(frozen=True, slots=True)
class Replayed:
    """A kept run whose pages are given again, as slow as they were.

    Attributes:
        run: its id.
        most: the greatest page count that it can be compared at; None where nobody asks.
        lists: how many pages each of its operations has.
    """

    run: str
    most: int | None = None
    lists: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Order:
    """What F5 does.

    Attributes:
        kind: compare or fetch.
        query: what is wanted.
        settings: how.
        resumes: id of the run that it finishes, or None.
        replays: the kept run that it compares on; None where a server is asked. The settings'
            server then is the one that the run's pages are from.
    """

    kind: Kind
    query: Query
    settings: Settings
    resumes: str | None = None
    replays: Replayed | None = None

    @property
    def label(self) -> str:
        """What is wanted, in words."""
        return self.query.label

    @property
    def replay_of(self) -> str | None:
        """Id of the run that it replays, or None."""
        return None if self.replays is None else self.replays.run

    @property
    def page_counts(self) -> tuple[int, ...]:
        """At which it compares, as far as that is known beforehand."""
        counts, most = (
            self.settings.page_counts,
            None if self.replays is None else self.replays.most,
        )
        return counts if most is None else tuple(sorted({min(count, most) for count in counts}))

    @property
    def methods(self) -> tuple[str, ...]:
        """Those that take part."""
        return self.settings.methods if self.kind == "compare" else (self.settings.method,)

    @property
    def runs(self) -> int:
        """How many runs are timed."""
        settings = self.settings
        if self.kind == "fetch":
            return 1
        return len(settings.methods) * len(self.page_counts) * settings.repeats

    @property
    def requests_per_method(self) -> int:
        """Pages that a comparison times by each method; 0 for a fetch, where nobody knows."""
        if self.kind == "fetch":
            return 0
        if self.replays is not None:
            lists = self.replays.lists
            once = sum(min(count, pages) for count in self.page_counts for pages in lists)
        else:
            once = sum(self.page_counts) * len(self.query.targets)
        return once * self.settings.repeats

    @property
    def requests(self) -> int:
        """Requests of a comparison in all, warm-ups and the first look included; 0 for a fetch."""
        if self.kind == "fetch":
            return 0
        from tui_app.runs import requests_of

        return requests_of(self.settings, len(self.query.targets))

    @property
    def live(self) -> bool:
        """Whether a real server is asked."""
        return self.settings.source == "live" and self.replay_of is None

    @property
    def hasty(self) -> bool:
        """Whether a real host would be asked faster than by default."""
        return self.live and self.settings.hasty

    @property
    def about(self) -> str:
        """What was asked for, of whom and how, for a figure on paper."""
        settings = self.settings
        invented = f", invented data ({settings.demo_profile})" * (settings.source == "demo")
        pace = text.pace(settings.effective_rate(), settings.effective_window())
        real = f" of {urlsplit(settings.server).netloc}" if not (self.live or invented) else ""
        return (
            f"{self.label} · {self.server}{real}{invented} · "
            f"{settings.concurrency} in flight at most · {pace}"
        )

    @property
    def server(self) -> str:
        """Who is asked, in words."""
        if self.replay_of is not None:
            return f"a replay of run {self.replay_of}"
        if self.settings.source == "demo":
            return "the demo server"
        return urlsplit(self.settings.server).netloc

    @property
    def starting(self) -> str:
        """What is to be said until the first request is sent."""
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
            upto = "all pages" if settings.pages is None else text.plural(settings.pages, "page")
            of = f"{upto} of " if paged else ""
            return f"fetches {of}{self.label} by {settings.method}"
        runs, requests = text.plural(self.runs, "run"), text.plural(self.requests, "request")
        return f"compares at {text.page_list(settings.page_counts)} pages: {runs}, {requests}"
