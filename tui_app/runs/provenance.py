"""Which Red List a source has, and which one each page of a run is of.

A source is asked before a run sends anything, and again after a long one. A page is labelled with
the version that the source had when its part of the run began; where the version has changed
since, the run is not complete, and resuming it requests the older pages again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

from tui_app.fetch import Cancel, Event, Observer, State, run
from tui_app.fetch.events import nobody
from tui_app.redlist import Api, make_query
from tui_app.redlist.errors import Retired, TokenRefused
from tui_app.settings import Settings
from tui_app.store import DETAILS, RunRow, Store

from .planning import PATIENCE_S, make_plan, shared_starts
from .response_cache import FRESH_FOR, is_fresh
from .source import Source

ASKED: Final[dict[Api, tuple[str, str]]] = {
    "v4": ("information/red_list_version", "red_list_version"),
    "v3": ("version", "version"),
}
"""Where each version of the API says so: the operation and the answer's field."""

LONGEST_VERSION: Final = 40
HOLDS_S: Final = 600.0
"""How long an answer holds for a run that is about to send requests, and how long a run may take
before the source is asked again at its end. A new version comes two or three times a year."""

OUTDATED: Final = "outdated"
"""Kind of the error of a run that has pages of an older Red List."""


class Provenance:
    """What is known of the sources' data.

    Args:
        store: where it is kept.
    """

    def __init__(self, store: Store) -> None:
        self._store = store

    def known(self, source: Source, within: timedelta = FRESH_FOR) -> tuple[bool, str | None]:
        """Whether a source was asked within that time, and what it said."""
        found = self._store.source_version(source.origin)
        if found is None or not is_fresh(found[1], within):
            return False, None
        return True, found[0]

    def ask(
        self,
        source: Source,
        settings: Settings,
        cancel: Cancel,
        *,
        after_a_run: bool = False,
        run_id: str = "",
        observer: Observer = nobody,
    ) -> str | None:
        """Ask a source, one request; None where it doesn't say.

        Args:
            source: whom.
            settings: time-outs and pace.
            cancel: stops it.
            after_a_run: whether other requests were sent just before, so that the pace holds
                for this one too.
            run_id: of the run that needs it.
            observer: told of a wait for the rate limit, which may take minutes.

        Raises:
            TokenRefused, Retired: before a run, where every further request would be refused too.
        """
        operation, name = ASKED[settings.api]
        rate = settings.effective_rate()
        if after_a_run and rate and cancel.wait(1 / rate):
            return None
        patient = replace(
            settings,
            retries=1,
            timeout_s=min(settings.timeout_s, PATIENCE_S),
            connect_timeout_s=min(settings.connect_timeout_s, PATIENCE_S),
        )
        plan = make_plan(make_query([operation], settings.api), patient, source, "sequential", None)
        plan = replace(plan, patience_s=PATIENCE_S, run=run_id)

        def tell(event: Event) -> None:
            if event.state is State.PAUSED:
                observer(event)

        result = run(plan, tell, cancel, starts=shared_starts(self._store, plan))
        stopped = result.totals.stopped
        if isinstance(stopped, TokenRefused | Retired) and not after_a_run:
            raise stopped
        said = next((page.records()[0].get(name) for page in result.pages), None)
        missing = all(one.error.status == 404 for one in result.totals.failures)
        version = said if isinstance(said, str) and _is_version(said) else None
        if (version or missing) and not cancel.is_set():
            self._store.set_source_version(source.origin, version)
        return version


def outdated(store: Store, run: RunRow) -> tuple[dict[str, Any], ...]:
    """The pages of a run that are of an older Red List than the run, as errors of the run."""
    found: list[dict[str, Any]] = []
    for version, places in store.outdated(run.run).items():
        targets: dict[int, list[int | None]] = {}
        for target, page in places:
            targets.setdefault(target, []).append(page)
        for target, pages in targets.items():
            label = "full assessments" if target == DETAILS else run.operations[target]
            found.append(
                {
                    "request": label,
                    "kind": OUTDATED,
                    "message": f"{_named(target, pages)} of Red List {version}, not"
                    f" {run.red_list_version}: the version changed during the run",
                    "attempts": 1,
                }
            )
    return tuple(found)


def _named(target: int, pages: Sequence[int | None]) -> str:
    """Pages in words, with their verb: ``pages 1-38, 41 are``."""
    if target == DETAILS:
        return "1 assessment is" if len(pages) == 1 else f"{len(pages):,} assessments are"
    numbers = [page for page in pages if page is not None]
    if not numbers:
        return "the answer is"
    if len(numbers) == 1:
        return f"page {numbers[0]} is"
    spans: list[list[int]] = []
    for number in numbers:
        if spans and number == spans[-1][1] + 1:
            spans[-1][1] = number
        else:
            spans.append([number, number])
    shown = [str(low) if low == high else f"{low}-{high}" for low, high in spans[:5]]
    more = f" and {len(spans) - 5} more ranges" if len(spans) > 5 else ""
    return f"pages {', '.join(shown)}{more} are"


def _is_version(text: str) -> bool:
    return text.isascii() and text.isprintable() and 0 < len(text) <= LONGEST_VERSION
