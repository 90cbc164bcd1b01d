"""The Python API that the documentation promises: it works, and type checkers know its types.

mypy checks this file with the package: a changed type fails there, a changed value here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from importlib.resources import files
from typing import Any, assert_type

import pytest

from tui_app.fetch import Event, Page, Plan, Result, run, stream
from tui_app.redlist import Query, Token, make_query
from tui_app.redlist.decode import Record
from tui_app.redlist.rate_limit import Window


@pytest.fixture
def make_plan(running_servers: Any) -> Callable[[str], Plan]:
    """Plans for the demo server, by method."""

    def plan(method: str) -> Plan:
        query = assert_type(make_query(["taxa/family/Felidae"]), Query)
        return Plan(
            query,
            running_servers.take().base_url,
            token=Token("not-a-real-token-0"),
            rate=None,
            window=Window(90, 120.0),
            method=method,
        )

    return plan


@pytest.mark.parametrize("method", ["sequential", "threads", "asyncio"])
def test_a_plan_runs_and_gives_its_pages(make_plan: Callable[[str], Plan], method: str) -> None:
    seen: list[Event] = []
    result = assert_type(run(make_plan(method), seen.append), Result)
    assert assert_type(result.complete, bool)
    assert assert_type(result.pages, tuple[Page, ...])
    assert assert_type(result.seconds, float) > 0
    records = assert_type(result.pages[0].records(), list[Record])
    assert {"assessment_id", "taxon_scientific_name"} <= records[0].keys()
    assert seen[0].run == seen[-1].run


def test_stream_gives_the_same_pages_one_at_a_time(make_plan: Callable[[str], Plan]) -> None:
    pages = assert_type(stream(make_plan("sequential")), Iterator[Page])
    numbers = [page.number for page in pages]
    assert numbers == [page.number for page in run(make_plan("asyncio")).pages]


def test_the_package_says_that_it_is_typed() -> None:
    assert files("tui_app").joinpath("py.typed").is_file()
