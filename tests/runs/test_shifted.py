"""Lists that change while they are fetched, and what the user is told of it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from tests.support.moving_list import PER_PAGE, moving
from tests.support.raw_server import http, number_of, scripted
from tui_app.methods import DEFAULT_METHODS
from tui_app.redlist import make_query
from tui_app.runs import Service
from tui_app.settings import Settings
from tui_app.store import RunState

MADAGASCAR = make_query(["countries/MG"])


def live(base_url: str, home: Path, method: str = "sequential") -> Settings:
    return Settings(source="live", base_url=base_url, home=home, method=method)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "runs"


def exported(service: Service, run: str) -> list[int]:
    service.export(run, jsonl=Path("a.jsonl"))
    rows = Path("a.jsonl").read_text("utf-8").splitlines()
    return [json.loads(row)["assessment_id"] for row in rows]


@pytest.mark.parametrize("method", DEFAULT_METHODS)
def test_a_row_that_came_twice_is_exported_once(method: str, home: Path) -> None:
    """A row counted twice is a species counted twice."""
    # One is published at the head while page 2 is asked for: the last of page 1 comes again.
    ids = list(range(1, 13))
    with moving(ids, [0, *ids], before=2) as (_, base_url), _service(home) as service:
        summary = service.fetch(MADAGASCAR, live(base_url, home, method))
        assert summary.repeated == 1
        assert summary.records == len(set(exported(service, summary.run))) == 12
        assert sorted(exported(service, summary.run)) == ids
        assert len(service.records(summary.run)) == 12
        # The new one never came, and the server counts it.
        (error,) = summary.errors
        assert (error["kind"], summary.complete) == ("changed", False)
        assert "1 missing row, 1 duplicate row" in error["message"]


def test_resume_asks_a_list_that_changed_anew(home: Path) -> None:
    """Else what slipped through can't be had without starting over."""
    ids = list(range(1, 13))
    with moving(ids, [0, *ids], before=2) as (server, base_url), _service(home) as service:
        first = service.fetch(MADAGASCAR, live(base_url, home))
        assert service.run(first.run).state is RunState.PARTIAL
        server.asked.clear()
        summary = service.resume(first.run)
        assert server.asked == [1, 2, 3, 4]
        assert (summary.complete, summary.errors, summary.repeated) == (True, (), 0)
        assert exported(service, first.run) == [0, *ids]


def test_a_list_that_shrinks_is_not_complete(home: Path) -> None:
    """One withdrawn while page 2 is asked for moves another from page 2 to page 1: unseen."""
    ids = list(range(1, 13))
    with moving(ids, ids[1:], before=2) as (server, base_url), _service(home) as service:
        first = service.fetch(MADAGASCAR, live(base_url, home))
        assert first.repeated == 0
        assert exported(service, first.run) == [1, 2, 3, 4, *range(6, 13)]
        assert "1 row withdrawn, and others may be missing" in first.errors[0]["message"]
        again = service.resume(first.run)
        assert (again.complete, server.asked) == (True, [1, 2, 3, 1, 2, 3])
        assert exported(service, first.run) == list(range(2, 13))


@pytest.mark.parametrize("method", DEFAULT_METHODS)
def test_a_page_that_comes_twice_is_no_complete_list(method: str, home: Path) -> None:
    """A cache that mixes up its pages must not pass for data."""

    def answer(path: str, nth: int) -> bytes:
        number = min(number_of(path), 2)  # page 3 is page 2 again
        here = range(number * PER_PAGE, (number + 1) * PER_PAGE)
        body = json.dumps({"assessments": [{"assessment_id": one} for one in here]}).encode()
        return http(body, Total_Pages="3", Total_Count="12")

    with scripted(answer) as server, _service(home) as service:
        summary = service.fetch(MADAGASCAR, live(server.base_url, home, method))
        assert (summary.records, summary.repeated, summary.complete) == (8, 4, False)
        assert "4 missing rows" in summary.errors[0]["message"]
        assert len(exported(service, summary.run)) == 8


def test_some_pages_of_a_list_need_not_add_up(home: Path) -> None:
    """--pages 2 of 4 is what was asked for, not a list with holes."""
    ids = list(range(1, 13))
    with moving(ids, ids, before=99) as (_, base_url), _service(home) as service:
        summary = service.fetch(MADAGASCAR, replace(live(base_url, home), pages=2))
        assert (summary.complete, summary.errors, summary.records) == (True, (), 8)


@contextmanager
def _service(home: Path) -> Iterator[Service]:
    service = Service(Settings(home=home))
    yield service
    service.close()
