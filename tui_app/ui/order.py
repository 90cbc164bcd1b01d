"""What F5 does, once the form has been read."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from urllib.parse import urlsplit

from tui_app.redlist import Query
from tui_app.settings import COURTEOUS_RATE, Settings

from . import text
from .model import Kind


@dataclass(frozen=True, slots=True)
class Order:
    """What F5 does.

    Attributes:
        kind: compare or fetch.
        query: what is wanted.
        settings: how.
        resumes: id of the run that it finishes, or None.
    """

    kind: Kind
    query: Query
    settings: Settings
    resumes: str | None = None

    @property
    def label(self) -> str:
        """What is wanted, in words."""
        return self.query.label

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
        return len(settings.methods) * len(settings.page_counts) * settings.repeats

    @property
    def requests_per_method(self) -> int:
        """Pages that a comparison times by each method; 0 for a fetch, where nobody knows."""
        if self.kind == "fetch":
            return 0
        lists = len(self.query.targets)
        return sum(self.settings.page_counts) * self.settings.repeats * lists

    @property
    def requests(self) -> int:
        """Requests of a comparison in all, warm-ups and the first look included; 0 for a fetch."""
        if self.kind == "fetch":
            return 0
        from tui_app.runs import requests_of

        return requests_of(self.settings, len(self.query.targets))

    @property
    def hasty(self) -> bool:
        """Whether a real host would be asked faster than its guidance permits."""
        settings = self.settings
        return settings.pace_is_owed and (settings.effective_rate() or inf) > COURTEOUS_RATE

    @property
    def about(self) -> str:
        """What was asked for, of whom and how, for a figure on paper."""
        settings = self.settings
        invented = f", invented data ({settings.demo_profile})" * (settings.source == "demo")
        rate = settings.effective_rate()
        return (
            f"{self.label} · {self.server}{invented} · {settings.concurrency} in flight at most · "
            f"{text.pace(rate)}"
        )

    @property
    def server(self) -> str:
        """Who is asked, in words."""
        if self.settings.source == "demo":
            return "the demo server"
        return urlsplit(self.settings.server).netloc

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
