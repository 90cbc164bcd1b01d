"""A kept run is replayed: its own pages, as slow as they were, and nobody is asked for them."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from tests.support.moving_list import moving
from tests.support.replays import (
    CROCODILES,
    VATICAN,
    bodies,
    change,
    exported,
    fetched,
    read,
    replayed,
)
from tests.support.servers import Server
from tui_app.demo import DemoServer
from tui_app.fetch import State
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.redlist.errors import UsageError
from tui_app.runs import Service
from tui_app.settings import Settings

# -- the pages ---------------------------------------------------------------------------


def test_a_replay_gives_the_same_pages_and_asks_their_server_for_nothing(
    service: Service, tmp_path: Path
) -> None:
    """Else a comparison on real traffic is more of it."""
    log = tmp_path / "log"
    with DemoServer("fast", log=log) as server:
        host = Server(server.base_url, log)
        settings = host.settings(tmp_path / "runs", concurrency=3)
        run = fetched(service, settings)
        host.asked(versions=True)
        first = replayed(service, run, settings, page_counts=(1, 99), warmup=1)
        assert host.asked(versions=True) == []
    second = replayed(service, run, settings)  # nobody is there to be asked
    kept = bodies(service, run)
    assert len(kept) == 5
    for outcome in (first, second):
        assert outcome.complete
        assert {(one.method, one.pages) for one in outcome.runs if one.pages > 1} == {
            (method, 5) for method in DEFAULT_METHODS
        }
        assert all((one.requests, one.failed) == (one.pages, 0) for one in outcome.runs)
        for one in outcome.runs:
            assert bodies(service, one.run).items() == dict(list(kept.items())[: one.pages]).items()
    assert [row for row in service.runs(comparisons=False) if row.run != run] == []


def test_what_is_replayed_is_kept_once(service: Service, server, tmp_path: Path) -> None:
    """Else twelve runs of a large list fill the disk twelve times."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings)
    count = "SELECT count(*) FROM bodies"
    before = read(settings.home, count)
    replayed(service, run, settings)
    assert read(settings.home, count) == before


def test_a_page_takes_as_long_as_it_took(service: Service, server, tmp_path: Path) -> None:
    """Else the comparison is of this machine's loopback."""
    settings = server(delay=0.05).settings(tmp_path / "runs", pages=2, method="sequential")
    run = fetched(service, settings)
    change(
        settings.home,
        "UPDATE attempts SET body = sent + 0.3, server_s = 0.123456 WHERE page = 1",
        "UPDATE attempts SET server_s = NULL WHERE page = 2",
    )
    measured = {one.page: one.body - one.sent for one in service.attempts(run)}
    assert measured[1] == pytest.approx(0.3)
    outcome = replayed(service, run, settings)
    for timed in outcome.runs:
        again = {one.page: one for one in service.attempts(timed.run)}
        for page, took_s in measured.items():
            assert again[page].body - again[page].started >= took_s - 1e-5
        assert [again[page].server_s for page in (1, 2)] == [0.123456, None]
    # One after another takes the sum, and beside each other the longest is all that must be.
    one_by_one = next(one for one in outcome.runs if one.method == "sequential")
    assert one_by_one.seconds >= sum(measured.values()) - 1e-4


def test_filters_and_parameters_are_asked_in_the_same_words(
    service: Service, server, tmp_path: Path
) -> None:
    """Else the pages are not found."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(
        service, settings, VATICAN, filters={"latest": "true"}, params=[("x", "a b&C"), ("y", "")]
    )
    outcome = replayed(service, run, settings)
    assert outcome.settings["operations"] == [f"{VATICAN}?latest=true&x=a b%26C&y="]
    assert outcome.complete
    assert bodies(service, outcome.runs[0].run) == bodies(service, run)


def test_v3_is_replayed_too(service: Service, settings: Settings) -> None:
    """Its pages count from 0, say nothing of how many there are, and are large."""
    settings = replace(settings, api="v3", pages=2)
    run = fetched(service, settings, "species/page")
    outcome = replayed(service, run, replace(settings, api="v4"), methods=("asyncio",))
    assert (outcome.settings["api"], outcome.settings["pages"]) == ("v3", [2])
    assert outcome.complete
    assert bodies(service, outcome.runs[0].run) == bodies(service, run)


def test_a_replay_can_be_replayed(service: Service, settings: Settings) -> None:
    """Whose data they are, and from when, is what the first run knew."""
    run = fetched(service, settings, CROCODILES)
    change(settings.home, "UPDATE runs SET created_utc = '2026-11-20T09:00:00+00:00'")
    first = replayed(service, run, settings, methods=("threads",)).runs[0].run
    replay = service.replayable(first)
    assert replay.sentence() == (
        f"Replaying run {first}, itself a replay of run {run}: {CROCODILES} of the demo server "
        "(DEMO, synthetic data), fetched 2026-11-20, 2 pages."
    )
    second = replayed(service, first, settings, methods=("asyncio",))
    assert second.complete
    assert second.settings["replay_of"] == first
    assert second.settings["fetched_utc"] == "2026-11-20T09:00:00+00:00"
    assert bodies(service, second.runs[0].run) == bodies(service, run)


# -- how many pages ----------------------------------------------------------------------


def test_pages_after_a_gap_are_not_replayed(service: Service, server, tmp_path: Path) -> None:
    """Else the timed runs wait for pages that nobody has."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings)
    change(settings.home, "DELETE FROM pages WHERE page = 3")
    outcome = replayed(service, run, settings, page_counts=(1, 4))
    assert outcome.settings["pages"] == [1, 2]
    assert outcome.note == (
        f"Run {run} has only 2 pages of {VATICAN} without a gap; larger page counts were "
        "reduced to 2."
    )
    assert outcome.complete
    assert service.replayable(run).sentence().endswith("2 pages.")


def test_of_several_lists_one_that_is_cut_short_sets_the_limit(
    service: Service, server, tmp_path: Path
) -> None:
    """Its answers say that there is more, and more would be asked for."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings, VATICAN, CROCODILES)
    assert replayed(service, run, settings, methods=("threads",)).settings["pages"] == [5]
    change(settings.home, "DELETE FROM pages WHERE page >= 4")
    outcome = replayed(service, run, settings)
    assert (outcome.settings["pages"], outcome.complete) == ([3], True)
    assert {one.requests for one in outcome.runs} == {5}
    change(settings.home, "DELETE FROM pages WHERE target = 1 AND page = 2")
    outcome = replayed(service, run, settings)
    assert (outcome.settings["pages"], outcome.complete) == ([1], True)


def test_a_list_that_changed_is_replayed_as_it_was(tmp_path: Path) -> None:
    """It grew while page 2 was asked for: a row came twice, and a page more than page 1 said."""
    ids = list(range(1, 13))
    settings = Settings(source="live", home=tmp_path / "runs", method="sequential", fresh=True)
    service = Service(settings)
    try:
        with moving(ids, [0, *ids], before=2) as (_, base_url):
            run = fetched(service, replace(settings, base_url=base_url), "countries/MG")
        assert service.run(run).pages == 4
        outcome = replayed(service, run, settings, concurrency=2)
        assert (outcome.settings["pages"], outcome.complete) == ([4], True)
        for timed in outcome.runs:
            assert exported(service, timed.run) == exported(service, run)
    finally:
        service.close()


def test_of_a_list_that_got_shorter_all_methods_ask_the_same(
    service: Service, server, tmp_path: Path
) -> None:
    """Else the one that asks for all at once is timed with more pages."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings)
    change(settings.home, "UPDATE pages SET total_pages = 3 WHERE page >= 3")
    outcome = replayed(service, run, settings)
    assert outcome.complete
    assert [one.requests for one in outcome.runs] == [3, 3, 3]


def test_what_has_no_pages_is_left_out_and_told(service: Service, server, tmp_path: Path) -> None:
    """A run may have fetched lists beside single records, and rows in full."""
    settings = server().settings(tmp_path / "runs")
    run = fetched(service, settings, "threats", CROCODILES, details=True)
    outcome = replayed(service, run, settings, page_counts=(1, 2))
    assert outcome.settings["operations"] == [CROCODILES]
    assert outcome.note == (
        "threats is left out: it has no pages. Only lists are replayed, not single records."
    )
    assert outcome.complete
    both = fetched(service, settings, VATICAN, CROCODILES)
    change(settings.home, f"DELETE FROM pages WHERE run = {both} AND target = 0 AND page = 1")
    outcome = replayed(service, both, settings, page_counts=(1,))
    assert outcome.settings["operations"] == [CROCODILES]
    assert outcome.note == f"{VATICAN} is left out: its first page is not saved."


def test_a_run_that_goes_on_is_replayed_as_far_as_it_got(
    service: Service, server, tmp_path: Path
) -> None:
    """By another program, that is: it has what is committed."""
    settings = server().settings(tmp_path / "runs", method="sequential")
    other = Service(settings)
    seen: list[str] = []

    def watch(event: Any) -> None:
        if event.state is State.KEPT and not seen:
            seen.append(other.replayable(event.run).row.state.value)
            seen.append(str(replayed(other, event.run, settings, page_counts=(1,)).complete))

    try:
        service.fetch(make_query([VATICAN]), settings, observer=watch)
    finally:
        other.close()
    assert seen == ["running", "True"]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"asked": ["threats"]}, "Run 1 has no pages to compare: it is of threats"),
        ({"asked": ["species"], "names": ["Panthera leo"]}, "Run 1 has no pages to compare"),
        ({"asked": ["assessments"], "ids": ["1"]}, "Run 1 has no pages to compare"),
        ({"asked": ["countries/QQQ"]}, "Run 1 can't be replayed: its first page is not saved"),
    ],
)
def test_what_cannot_be_replayed_is_told(
    service: Service, settings: Settings, asked: dict[str, Any], reason: str
) -> None:
    """In a sentence that says why, before anything is started."""
    service.fetch(make_query(**asked), replace(settings, retries=0))
    with pytest.raises(UsageError, match=reason):
        replayed(service, "1", settings)
    with pytest.raises(UsageError, match=reason):
        service.replayable("last")


def test_a_run_that_is_not_there_is_told(service: Service) -> None:
    """As every command tells it."""
    for run, reason in (
        ("last", "There are no saved runs"),
        ("7", "no run 7"),
        ("x", "not a run's id"),
    ):
        with pytest.raises(UsageError, match=reason):
            service.replayable(run)
