"""How long a replayed page takes: as long as it took when it came, as far as that is known."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.replays import change, fetched, replayed
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import Store


def latencies(service: Service, run: str) -> list[tuple[float, bool]]:
    """What a replay would have each page take, and whether it is a guess."""
    (pages,) = service.replayable(run).lists
    return [(one.latency_s, one.guessed) for _, one in pages]


def test_a_page_that_was_kept_before_takes_as_long_as_when_it_came(
    service: Service, store: Store, server, tmp_path: Path
) -> None:
    """A page that was reused has no time of its own, and one that is unchanged has another's."""
    settings = server().settings(tmp_path / "runs", fresh=False)
    first = fetched(service, replace(settings, pages=2))
    change(settings.home, "UPDATE attempts SET body = sent + page, server_s = page")
    reuses = fetched(service, replace(settings, pages=3))
    change(settings.home, f"UPDATE attempts SET body = sent + 5 WHERE run = {reuses}")
    assert latencies(service, reuses) == [(1, False), (2, False), (5, False)]
    change(settings.home, "UPDATE pages SET fetched_utc = '2020-01-01T00:00:00+00:00'")
    asks = fetched(service, replace(settings, pages=3))
    assert {one.status for one in service.attempts(asks)} == {304}
    change(settings.home, f"UPDATE attempts SET body = sent + 0.5 WHERE run = {asks}")
    assert latencies(service, asks) == [(1, False), (2, False), (5, False)]
    # When the runs that fetched them are gone, what is known of the 304 is better than nothing.
    store.forget(first)
    assert latencies(service, asks) == [(0.5, False), (0.5, False), (5, False)]
    assert latencies(service, reuses) == [(5, True), (5, True), (5, False)]
    outcome_of = service.replayable(reuses)
    assert outcome_of.notes == ("The latency of 2 pages is unknown; the median is used.",)
    change(settings.home, f"DELETE FROM attempts WHERE run = {reuses}")
    store.forget(asks)
    with pytest.raises(UsageError, match="the latencies of its pages are unknown"):
        service.replayable(reuses)


def test_another_servers_page_with_the_same_body_tells_nothing(
    service: Service, server, tmp_path: Path
) -> None:
    """The same bytes from elsewhere took another time."""
    fast, slow = server(), server()
    settings = fast.settings(tmp_path / "runs", pages=1)
    elsewhere = fetched(service, slow.settings(tmp_path / "runs", pages=1))
    change(settings.home, f"UPDATE attempts SET body = sent + 9 WHERE run = {elsewhere}")
    run = fetched(service, settings)
    change(settings.home, f"UPDATE attempts SET status = 304 WHERE run = {run}")
    ((latency_s, guessed),) = latencies(service, run)
    assert latency_s < 9
    assert not guessed


def test_failures_of_then_are_told_and_not_replayed(service: Service, settings: Settings) -> None:
    """What is compared are methods, not how often a server had failed."""
    flaky = replace(settings, demo_profile="flaky", timeout_s=2.0, pages=12)
    run = fetched(service, flaky, "red_list_categories/DD")
    failed = sum(one.failed for one in service.attempts(run))
    assert failed > 0
    outcome = replayed(service, run, settings, methods=("asyncio",))
    assert outcome.complete
    assert outcome.runs[0].requests == outcome.runs[0].pages
    assert f"Failures are not replayed ({failed} failures)." in outcome.note
    # Nor does a short time-out make new ones.
    replay = service.replayable(run)
    slowest_s = max(one.latency_s for (pages,) in [replay.lists] for _, one in pages)
    assert replay.settings(replace(settings, timeout_s=0.01)).timeout_s == 2 * slowest_s
