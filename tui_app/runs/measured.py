"""How long kept pages took when they came, as it was measured then."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from statistics import median

from tui_app.store import AttemptRow, PageRow, RunRow, Store

Place = tuple[int, int | None]
"""An operation's index in its run, and a page."""


@dataclass(frozen=True, slots=True)
class Measured:
    """A page's latency.

    Attributes:
        latency_s: from the request sent to the end of the body, so that a new connection does
            not count; seconds.
        server_s: what the server said of itself (``x-runtime``), or None.
        guessed: whether nobody measured it: it is the median of the others.
    """

    latency_s: float
    server_s: float | None = None
    guessed: bool = False


def measured(store: Store, row: RunRow, pages: Iterable[PageRow]) -> list[Measured] | None:
    """The latencies of a run's pages.

    That of the attempt which brought the page's body counts. It may be another run's, where
    the page was kept before and reused, or asked about and unchanged (304). Where that run is
    gone, the 304's own latency counts; a page that nobody was asked about takes the median.

    Args:
        store: where the run is.
        row: the run.
        pages: of it, as :meth:`~tui_app.store.Store.pages` gives them.

    Returns:
        A latency a page, in their order; None where nothing is known of any.
    """

    @cache  # many pages are from the same few runs
    def brought_by(run: str) -> dict[Place, AttemptRow]:
        return _good(store.attempts(run), unchanged=False)

    unchanged = _good(store.attempts(row.run), unchanged=True)

    def of(page: PageRow) -> Measured | None:
        own = brought_by(row.run).get((page.target, page.page))
        if own is None and page.body_id is not None:
            elsewhere = store.places_of(row.origin, page.path, page.body_id)
            found = (brought_by(run).get((target, number)) for run, target, number in elsewhere)
            own = next((one for one in found if one is not None), None)
        own = own or unchanged.get((page.target, page.page))
        return None if own is None else Measured(_latency_s(own), own.server_s)

    each = [of(page) for page in pages]
    known = [one.latency_s for one in each if one is not None]
    if not known:
        return None
    usual = Measured(median(known), guessed=True)
    return [usual if one is None else one for one in each]


def _good(attempts: Iterable[AttemptRow], *, unchanged: bool) -> dict[Place, AttemptRow]:
    """The last attempt at each page that succeeded: with a body, or without (304)."""
    return {
        (one.target, one.page): one
        for one in attempts
        if not one.kind and one.body is not None and (one.status == 304) is unchanged
    }


def _latency_s(attempt: AttemptRow) -> float:
    begun = attempt.started if attempt.sent is None else attempt.sent
    return round(max(0.0, (attempt.body or 0.0) - (begun or 0.0)), 6)
