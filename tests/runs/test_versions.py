"""A run is of one Red List: where a new version comes meanwhile, that is seen, and mended."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.support.methods import EVERY_METHOD
from tests.support.raw_server import Scripted, http, number_of, scripted
from tui_app.fetch import Cancel, Event, State
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings

PAGES = 6
QUERY = make_query(["countries/MG"])


class RedList:
    """A server whose Red List changes when so many pages have been sent."""

    def __init__(self, changes_after: int) -> None:
        self.sent = 0
        self.changes_after = changes_after
        self.log: list[tuple[str, bool]] = []

    @property
    def version(self) -> str:
        return "2026-1" if self.sent < self.changes_after else "2026-2"

    def answer(self, path: str, nth: int) -> bytes:
        if "information" in path:
            return http(json.dumps({"red_list_version": self.version}).encode())
        number = number_of(path)
        self.sent += 1
        rows = [{"assessment_id": number * 10 + row, "year": self.version} for row in range(2)]
        body = json.dumps({"assessments": rows}).encode()
        return http(body, total_pages=str(PAGES), total_count=str(2 * PAGES))


@contextmanager
def red_list(changes_after: int) -> Iterator[tuple[RedList, Scripted]]:
    red_list = RedList(changes_after)
    with scripted(red_list.answer) as server:
        yield red_list, server


def kinds(server: Scripted) -> str:
    """What was asked, in order: V for a version, a digit for a page."""
    return "".join(
        "V" if "information" in path else str(number_of(path)) for _, path in server.asked
    )


@pytest.fixture
def careful(settings: Settings) -> Iterator[Service]:
    """A service to which every run is a long one."""
    service = Service(settings, version_holds_s=0)
    yield service
    service.close()


def live(server: Scripted, home: Path, **more: object) -> Settings:
    return Settings(source="live", base_url=server.base_url, home=home, **more)  # type: ignore[arg-type]


def test_a_short_run_asks_for_the_version_once_before_its_first_page(
    service: Service, settings: Settings
) -> None:
    """Pages are labelled with the answer; one request is what that may cost."""
    with red_list(99) as (_, server):
        summary = service.fetch(QUERY, live(server, settings.home, method="sequential"))
        more = service.fetch(make_query(["countries/AD"]), live(server, settings.home, pages=1))
    assert kinds(server) == "V1234561"
    assert summary.red_list_version == more.red_list_version == "2026-1"


def test_a_fresh_run_asks_for_the_version_again(service: Service, settings: Settings) -> None:
    """Else rows of a new Red List are labelled and cited as those of the one before."""
    with red_list(1) as (_, server):
        asking = live(server, settings.home, pages=1, fresh=True)
        found = [service.fetch(QUERY, asking).red_list_version for _ in range(2)]
    assert kinds(server) == "V1V1"
    assert found == ["2026-1", "2026-2"]


@pytest.mark.parametrize("method", EVERY_METHOD)
def test_a_version_that_changes_during_a_run_is_reported_and_mended(
    careful: Service, settings: Settings, method: str
) -> None:
    """Else rows of two Red Lists are cited as one."""
    with red_list(4) as (_, server):
        asking = live(server, settings.home, method=method)
        summary = careful.fetch(QUERY, asking)
        assert not summary.complete
        assert summary.red_list_version == "2026-2"
        assert (summary.pages, summary.failed) == (PAGES, 1)
        (error,) = summary.errors
        assert error["request"] == "countries/MG"
        assert error["message"] == (
            "pages 1-6 are of Red List 2026-1, not 2026-2: the version changed during the run"
        )
        before = len(server.asked)
        resumed = careful.resume(summary.run)
        again = kinds(server)[before:]
    assert "".join(sorted(again)) == "123456VV"
    assert again[0] == again[-1] == "V"
    assert resumed.complete
    careful.export(summary.run, csv=Path("a.csv"))
    assert "2026-1" not in Path("a.csv").read_text()


def test_pages_of_both_versions_are_told_apart(careful: Service, settings: Settings) -> None:
    """A run that was stopped under one version and resumed under the next has pages of both."""
    with red_list(3) as (_, server):
        asking = live(server, settings.home, method="sequential")

        class After(Cancel):
            def __init__(self, pages: int) -> None:
                super().__init__()
                self.left = pages

            def __call__(self, event: Event) -> None:
                if event.state is State.DECODED:
                    self.left -= 1
                    if self.left == 0:
                        self.set()

        first = After(3)
        stopped = careful.fetch(QUERY, asking, observer=first, cancel=first)
        assert stopped.errors == ()
        second = After(1)
        again = careful.resume(stopped.run, observer=second, cancel=second)
        assert not again.complete
        assert again.red_list_version == "2026-2"
        (error,) = again.errors
        assert error["message"].startswith("pages 2-3 are of Red List 2026-1, not 2026-2")
        whole = careful.resume(stopped.run)
    assert whole.complete
    assert kinds(server) == "V123V1V23456V"


def test_full_assessments_of_an_older_version_are_requested_again(
    careful: Service, settings: Settings
) -> None:
    """A list and its assessments are of one Red List."""

    def answer(path: str, nth: int) -> bytes:
        if "information" in path:
            return http(json.dumps({"red_list_version": f"2026-{min(nth, 2)}"}).encode())
        if "assessment/" in path:
            return http(json.dumps({"assessment_id": int(path.rpartition("/")[2])}).encode())
        rows = [{"assessment_id": 7}, {"assessment_id": 8}]
        return http(json.dumps({"assessments": rows}).encode(), total_pages="1", total_count="2")

    query = make_query(["countries/MG"], details=True)
    with scripted(answer) as server:
        summary = careful.fetch(query, live(server, settings.home))
        messages = [error["message"].partition(",")[0] for error in summary.errors]
        assert sorted(messages) == [
            "2 assessments are of Red List 2026-1",
            "page 1 is of Red List 2026-1",
        ]
        resumed = careful.resume(summary.run)
        assert resumed.complete
        assert sum("assessment/" in path for _, path in server.asked) == 4


def test_a_server_that_says_no_version_is_not_asked_again(
    careful: Service, settings: Settings
) -> None:
    """Else each run of a server without that operation costs a request more."""

    def answer(path: str, nth: int) -> bytes:
        if "information" in path:
            return http(b'{"error":"Not found"}', 404)
        return http(b'{"assessments":[{"assessment_id":1}]}', total_pages="1")

    with scripted(answer) as server:
        summary = careful.fetch(QUERY, live(server, settings.home))
        assert summary.complete
        assert summary.red_list_version is None
        assert kinds(server) == "V1"
