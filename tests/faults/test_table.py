"""The fault table, by each method: at every third answer, and at all of them."""

from __future__ import annotations

import re

import pytest

from tests.support.faults import FAULTS, LIMIT_BYTES, Fault, answer, sends
from tests.support.faulty_server import PAGES, ROWS, FaultyServer, faulty, right_body
from tests.support.methods import EVERY_METHOD
from tui_app.fetch import Plan, Result, run
from tui_app.redlist import Token, make_query

RETRIES = 7
PAUSES = 5
SECRET = "F4ulty-T0k3n"
each_fault = pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
each_method = pytest.mark.parametrize("method", EVERY_METHOD)


def fetch(server: FaultyServer, fault: Fault, method: str, retries: int = RETRIES) -> Result:
    plan = Plan(
        make_query(["countries/MG"]),
        server.base_url,
        method=method,
        token=Token(SECRET),
        retries=retries,
        backoff_s=0.001,
        pause_s=0.001,
        rate=10_000,  # a 429 lowers it, and it is no limit all the same
        concurrency=3,
        timeout_s=0.3 if fault.kind == "timeout" else 30.0,
        max_body_bytes=LIMIT_BYTES,
    )
    return run(plan)


@each_method
@each_fault
def test_at_every_third_answer(fault: Fault, method: str) -> None:
    """What a retry mends is mended, and what it can't costs that page and no other."""
    with faulty(fault, every=3) as server:
        result = fetch(server, fault, method)
    rows = [row["assessment_id"] for page in result.pages for row in page.records()]
    lost = [one.request.page for one in result.totals.failures]
    if fault.ok or fault.then in ("retried", "paused"):
        assert result.complete, result.totals
        assert rows == [page * 100 + row for page in range(1, PAGES + 1) for row in range(ROWS)]
        assert (result.totals.retries > 0) is not fault.ok
        assert result.totals.requests == len(server.asked)
    else:
        assert not result.complete
        assert {one.error.kind for one in result.totals.failures} == {fault.kind}
        assert len(rows) == len(set(rows)) == len(result.pages) * ROWS
        assert not set(lost) & {page.number for page in result.pages}
        if fault.then == "given up":
            assert len(result.pages) + len(lost) == PAGES
        else:
            assert result.totals.stopped is not None


@each_method
@pytest.mark.parametrize(
    "fault", [one for one in FAULTS if not one.ok], ids=lambda fault: fault.name
)
def test_at_all_of_them(fault: Fault, method: str) -> None:
    """So many attempts, that kind, that sentence; and the token went nowhere else."""
    retries = 2
    with faulty(fault) as server:
        result = fetch(server, fault, method, retries)
        asked = len(server.asked)
    (failure,) = result.totals.failures
    tries = {"retried": 1 + retries, "paused": 1 + PAUSES}.get(fault.then, 1)
    assert asked == result.totals.requests == tries
    assert re.fullmatch(fault.kind, failure.error.kind)
    stops = fault.then in ("stops", "paused")
    told = result.totals.stopped if fault.then == "stops" else failure.error
    assert re.search(fault.says, str(told)), told
    assert (result.totals.stopped is not None) is stops
    assert SECRET not in f"{failure}{told}{result}"
    assert not result.pages


@each_method
def test_a_server_that_does_not_know_of_pages(method: str) -> None:
    """It says nothing of how many there are, and answers each with the first: that ends."""
    fault = Fault("one page", sends(lambda right: answer(right_body(1))), "given up", "", "")
    with faulty(fault) as server:
        result = fetch(server, fault, method)
    assert [page.number for page in result.pages] == [1]
    assert str(result.totals.failures[0].error).endswith("it repeats page 1")
    assert len(server.asked) <= 16
    assert "requests in a row failed" in str(result.totals.stopped)
